# SPDX-License-Identifier: MIT
# What resume, noise and merge stand on.
set(report_fixture ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c)

fpb_unit_test(test_environment_diff SOURCES ${report_fixture} LIBS fpb_report)
fpb_unit_test(test_journal_json SOURCES ${report_fixture} LIBS fpb_report)
fpb_unit_test(test_journal_open SOURCES ${report_fixture}
	LIBS $<LINK_GROUP:RESCAN,fpb_core,fpb_cases>)
fpb_unit_test(test_merge SOURCES ${report_fixture} LIBS fpb_report)
fpb_unit_test(test_noise SOURCES ${report_fixture} LIBS fpb_report)
