# SPDX-License-Identifier: MIT
set(kernel_fixture ${CMAKE_SOURCE_DIR}/tests/unit/kernel_fixture.c)

fpb_unit_test(test_lab_kernel SOURCES ${kernel_fixture}
	LIBS fpb_lab_kernel PkgConfig::LIBARCHIVE)
fpb_unit_test(test_lab_kernel_errors SOURCES ${kernel_fixture}
	LIBS fpb_lab_kernel PkgConfig::LIBARCHIVE)
fpb_unit_test(test_lab_kernel_damage SOURCES ${kernel_fixture}
	LIBS fpb_lab_kernel PkgConfig::LIBARCHIVE)
