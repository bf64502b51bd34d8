# SPDX-License-Identifier: MIT
set(cli ${CMAKE_SOURCE_DIR}/bench/cli)
fpb_unit_test(test_lab_compare
	SOURCES ${cli}/lab_compare.c ${cli}/exit_code.c ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c
	LIBS fpb_report fpb_err)
