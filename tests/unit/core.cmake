# SPDX-License-Identifier: MIT
# Benchmarks call the collector of evidence, which is in the core: each library needs the other.
set(core "$<LINK_GROUP:RESCAN,fpb_core,fpb_cases>")

# row.c by itself, so that the test brings its own registry.
fpb_unit_test(test_row SOURCES ${CMAKE_SOURCE_DIR}/bench/core/row.c LIBS fpb_err)

fpb_unit_test(test_registry LIBS ${core})
target_include_directories(test_registry PRIVATE ${FPB_GENERATED})
target_compile_definitions(test_registry PRIVATE
	FPB_CASES_FOLDER="${CMAKE_SOURCE_DIR}/bench/cases")

fpb_unit_test(test_capabilities LIBS ${core})
fpb_unit_test(test_abba LIBS ${core})
fpb_unit_test(test_calm LIBS ${core})
fpb_unit_test(test_plan LIBS ${core})
fpb_unit_test(test_proof LIBS ${core})
fpb_unit_test(test_progress LIBS ${core})

fpb_unit_test(test_journal LIBS ${core})
target_link_options(test_journal PRIVATE -Wl,--wrap=write,--wrap=fsync)

# The test calls the sled from inline assembly.
fpb_unit_test(test_inject LIBS ${core})
target_compile_options(test_inject PRIVATE -mno-red-zone)

# It loads vector registers behind the compiler's back.
fpb_unit_test(test_xstate LIBS fpb_common)
target_compile_options(test_xstate PRIVATE -mgeneral-regs-only)

set(host_caps ${CMAKE_SOURCE_DIR}/tests/unit/host_caps.c)
set_source_files_properties(${host_caps} PROPERTIES COMPILE_OPTIONS -mgeneral-regs-only)
fpb_unit_test(test_measure SOURCES ${host_caps} LIBS ${core})
target_link_options(test_measure PRIVATE -Wl,--wrap=getrusage)

fpb_unit_test(test_guest SOURCES
	${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c ${CMAKE_SOURCE_DIR}/tests/unit/fake_payload.c
	LIBS ${core})
target_include_directories(test_guest PRIVATE ${FPB_GENERATED})
add_dependencies(test_guest fpb_list_hash)

fpb_unit_test(test_probe SOURCES
	${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c ${CMAKE_SOURCE_DIR}/tests/unit/fake_payload.c
	${CMAKE_SOURCE_DIR}/tests/unit/captured_machine.c
	LIBS ${core})
target_include_directories(test_probe PRIVATE ${FPB_GENERATED})
add_dependencies(test_probe fpb_list_hash)

# These are their own child processes.
fpb_unit_test(test_child LIBS ${core})
fpb_unit_test(test_runner LIBS ${core})

# The child's side, in the program that people run.
fpb_unit_test(test_worker LIBS ${core})
target_compile_definitions(test_worker PRIVATE FPB_PROGRAM="$<TARGET_FILE:fpstate-bench>")
add_dependencies(test_worker fpstate-bench)

fpb_unit_test(test_amx_machine SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/captured_machine.c
	LIBS ${core})
fpb_unit_test(test_debate SOURCES ${CMAKE_SOURCE_DIR}/tests/unit/report_fixture.c LIBS fpb_report ${core})
