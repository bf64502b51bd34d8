# SPDX-License-Identifier: MIT
# What ab stands on.
set(cli ${CMAKE_SOURCE_DIR}/bench/cli)
set(core "$<LINK_GROUP:RESCAN,fpb_core,fpb_cases>")

fpb_unit_test(test_ab_design SOURCES ${cli}/ab_design.c LIBS ${core})
fpb_unit_test(test_preparation SOURCES ${cli}/preparation.c LIBS fpb_lab_boot fpb_report)
