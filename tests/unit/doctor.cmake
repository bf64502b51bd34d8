# SPDX-License-Identifier: MIT
set(captured_machine ${CMAKE_SOURCE_DIR}/tests/unit/captured_machine.c)

fpb_unit_test(test_doctor_machines SOURCES ${captured_machine} LIBS fpb_machine)
fpb_unit_test(test_doctor_checkup SOURCES ${captured_machine} LIBS fpb_machine)

# Benchmarks call the collector of evidence, which is in the core: each library needs the other.
set(core "$<LINK_GROUP:RESCAN,fpb_core,fpb_cases>")
set(cli ${CMAKE_SOURCE_DIR}/bench/cli)
fpb_unit_test(test_doctor_coverage SOURCES ${cli}/coverage.c ${cli}/groups.c LIBS ${core})
fpb_unit_test(test_doctor_sections SOURCES ${cli}/sections.c ${cli}/groups.c LIBS ${core})
fpb_unit_test(test_doctor_text SOURCES ${cli}/doctor_text.c LIBS fpb_report)
