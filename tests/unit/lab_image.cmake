# SPDX-License-Identifier: MIT
set(linux ${CMAKE_SOURCE_DIR}/guest/linux)

fpb_unit_test(test_lab_frame_write LIBS fpb_frame_write)
fpb_unit_test(test_lab_init SOURCES ${linux}/file.c ${linux}/kmsg.c)
fpb_unit_test(test_lab_image SOURCES lab_image_fixture.c ${linux}/file.c
	LIBS fpb_lab_image PkgConfig::LIBARCHIVE)
fpb_unit_test(test_lab_image_cache SOURCES lab_image_fixture.c
	LIBS fpb_lab_image PkgConfig::LIBARCHIVE)
