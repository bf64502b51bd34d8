# SPDX-License-Identifier: MIT
fpb_unit_test(test_summary LIBS fpb_stats)
fpb_unit_test(test_report_roundtrip
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c LIBS fpb_report)
target_link_options(test_report_roundtrip PRIVATE
	-Wl,--wrap=write,--wrap=fsync,--wrap=rename)
fpb_unit_test(test_report_read
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c LIBS fpb_report)
target_link_options(test_report_read PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)
