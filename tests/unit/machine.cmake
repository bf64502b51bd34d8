# SPDX-License-Identifier: MIT
fpb_unit_test(test_cpu_list LIBS fpb_machine)
fpb_unit_test(test_disturbance LIBS fpb_machine)
fpb_unit_test(test_engine LIBS fpb_machine)
fpb_unit_test(test_environment LIBS fpb_machine PkgConfig::ZLIB)
fpb_unit_test(test_kernel_notes LIBS fpb_machine)
fpb_unit_test(test_perf_group LIBS fpb_machine)
fpb_unit_test(test_topology LIBS fpb_machine)
fpb_unit_test(test_tsc_rate LIBS fpb_machine)
