# SPDX-License-Identifier: MIT
set(failing_memory ${CMAKE_CURRENT_LIST_DIR}/failing_memory.c)
set(wrap_memory -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup)

fpb_unit_test(test_explain_file SOURCES ${failing_memory} LIBS fpb_report)
target_link_options(test_explain_file PRIVATE ${wrap_memory})

fpb_unit_test(test_plot_series SOURCES ${CMAKE_CURRENT_LIST_DIR}/report_fixture.c ${failing_memory}
	LIBS fpb_figures)
target_link_options(test_plot_series PRIVATE ${wrap_memory})
