# SPDX-License-Identifier: MIT
# What compare and gate stand on.
set(report_fixture ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c)

fpb_unit_test(test_compare SOURCES ${report_fixture} ${CMAKE_CURRENT_LIST_DIR}/failing_memory.c LIBS fpb_report)
target_link_options(test_compare PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)
fpb_unit_test(test_escape LIBS fpb_report)
fpb_unit_test(test_policy LIBS fpb_report)
fpb_unit_test(test_run_values LIBS fpb_report)
fpb_unit_test(test_words LIBS fpb_report)
