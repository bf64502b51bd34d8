# SPDX-License-Identifier: MIT
fpb_unit_test(test_gdb_client
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_gdbstub.c LIBS fpb_lab_boot)
fpb_unit_test(test_lab_trace
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_gdbstub.c LIBS fpb_lab_boot)
fpb_unit_test(test_lab_symbols LIBS fpb_lab_boot PkgConfig::ZLIB)
fpb_unit_test(test_symbols LIBS fpb_attribution)
fpb_unit_test(test_attribution LIBS fpb_attribution)
fpb_unit_test(test_explanation LIBS fpb_attribution)

set(cli ${CMAKE_SOURCE_DIR}/bench/cli)
fpb_unit_test(test_lab_record SOURCES ${cli}/lab_record.c LIBS fpb_lab_boot fpb_report)
fpb_unit_test(test_explain_tell SOURCES ${cli}/explain_tell.c LIBS fpb_report)
fpb_unit_test(test_exit_code SOURCES ${cli}/exit_code.c LIBS fpb_lab_boot fpb_report)
