# SPDX-License-Identifier: MIT
fpb_unit_test(test_svg_inline LIBS fpb_page)
fpb_unit_test(test_page SOURCES ${CMAKE_CURRENT_LIST_DIR}/report_fixture.c LIBS fpb_page)
