# SPDX-License-Identifier: MIT
fpb_unit_test(test_lab_channel LIBS fpb_lab_boot PkgConfig::ZLIB)
fpb_unit_test(test_lab_console LIBS fpb_lab_boot)
fpb_unit_test(test_lab_engine LIBS fpb_lab_boot)
fpb_unit_test(test_lab_bochs LIBS fpb_lab_boot)
# These are their own child processes.
fpb_unit_test(test_lab_boot_process LIBS fpb_lab_boot)
fpb_unit_test(test_lab_boot
	SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/lab_boot_emulator.c
	LIBS fpb_lab_boot PkgConfig::ZLIB)
target_link_options(test_lab_boot PRIVATE -Wl,--wrap=statvfs)
