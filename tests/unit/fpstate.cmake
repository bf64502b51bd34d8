# SPDX-License-Identifier: MIT
# Guests' registers are live in these, as in host/fpstate itself.
set(guarded ${CMAKE_SOURCE_DIR}/tests/unit/guarded_fpstates.c)
set(captured ${CMAKE_SOURCE_DIR}/tests/unit/captured_machine.c)
set_source_files_properties(${guarded} test_fpstate.c test_fpstate_layout.c test_fpstate_property.c
	PROPERTIES COMPILE_OPTIONS "-mgeneral-regs-only;-fno-builtin;-fno-sanitize=thread")
fpb_unit_test(test_fpstate SOURCES ${guarded} LIBS fpb_fpstate)
fpb_unit_test(test_fpstate_layout SOURCES ${guarded} ${captured} LIBS fpb_fpstate fpb_machine)
fpb_unit_test(test_fpstate_property SOURCES ${guarded} LIBS fpb_fpstate)
