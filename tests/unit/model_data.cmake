# SPDX-License-Identifier: MIT
fpb_unit_test(test_median_interval LIBS fpb_stats)
fpb_unit_test(test_cost_rows SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c
	LIBS fpb_model ${core})
fpb_unit_test(test_workload_perf_kvm SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c
	LIBS fpb_model)
fpb_unit_test(test_workload_kvm_stats LIBS fpb_model)
