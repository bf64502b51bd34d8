# SPDX-License-Identifier: MIT
fpb_unit_test(test_plots SOURCES ${CMAKE_CURRENT_LIST_DIR}/report_fixture.c
	${CMAKE_CURRENT_LIST_DIR}/failing_memory.c LIBS fpb_figures)
target_link_options(test_plots PRIVATE
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)
