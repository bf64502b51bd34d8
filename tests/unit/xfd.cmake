# SPDX-License-Identifier: MIT
# Benchmarks call the collector of evidence, which is in the core: each library needs the other.
set(core "$<LINK_GROUP:RESCAN,fpb_core,fpb_cases>")

fpb_unit_test(test_xfd SOURCES
	${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c ${CMAKE_SOURCE_DIR}/tests/unit/fake_payload.c
	LIBS ${core})

set(host_caps ${CMAKE_SOURCE_DIR}/tests/unit/host_caps.c)
set_source_files_properties(${host_caps} PROPERTIES COMPILE_OPTIONS -mgeneral-regs-only)
fpb_unit_test(test_twins SOURCES ${host_caps} LIBS ${core})

fpb_unit_test(test_hazard SOURCES
	${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c ${CMAKE_SOURCE_DIR}/tests/unit/fake_payload.c
	LIBS fpb_vmm fpb_machine)
