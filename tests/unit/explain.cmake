# SPDX-License-Identifier: MIT
fpb_unit_test(test_gdb_client
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_gdbstub.c LIBS fpb_lab_boot)
fpb_unit_test(test_lab_trace
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_gdbstub.c LIBS fpb_lab_boot)
fpb_unit_test(test_lab_symbols LIBS fpb_lab_boot PkgConfig::ZLIB)
fpb_unit_test(test_symbols LIBS fpb_attribution)
fpb_unit_test(test_attribution LIBS fpb_attribution)
fpb_unit_test(test_explanation LIBS fpb_attribution)
