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

option(FPB_FUZZ "Build the fuzzers (clang only)" OFF)
if(FPB_FUZZ AND CMAKE_C_COMPILER_ID MATCHES Clang)
	# Built from the source, since the room's library has no coverage to steer by.
	add_executable(fuzz_channel
		${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_channel.c
		${CMAKE_SOURCE_DIR}/host/lab/channel.c ${CMAKE_SOURCE_DIR}/host/err.c)
	target_link_libraries(fuzz_channel PRIVATE fpb_common PkgConfig::ZLIB)
	target_compile_options(fuzz_channel PRIVATE -fsanitize=fuzzer,address,undefined)
	target_link_options(fuzz_channel PRIVATE -fsanitize=fuzzer,address,undefined)
endif()
