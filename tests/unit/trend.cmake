# SPDX-License-Identifier: MIT
fpb_unit_test(test_trend SOURCES ${CMAKE_CURRENT_LIST_DIR}/report_fixture.c
	${CMAKE_CURRENT_LIST_DIR}/failing_memory.c LIBS fpb_report)
target_link_options(test_trend PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)
