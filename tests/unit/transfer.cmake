# SPDX-License-Identifier: MIT
fpb_unit_test(test_carried SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c LIBS fpb_vmm)
fpb_unit_test(test_transfer SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c LIBS ${core})
fpb_unit_test(test_lab_carry SOURCES ${CMAKE_SOURCE_DIR}/bench/cli/lab_carry.c lab_image_fixture.c
	LIBS fpb_lab_boot fpb_lab_image PkgConfig::LIBARCHIVE ${core})
fpb_unit_test(test_signal_frame LIBS fpb_err)
# They include guest/x86/xstate.h, whose instructions the compiler must not mix with its own vectors.
foreach(test IN ITEMS test_carried test_transfer test_lab_carry test_signal_frame)
	target_compile_options(${test} PRIVATE -mgeneral-regs-only)
endforeach()
