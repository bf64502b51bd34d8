# SPDX-License-Identifier: MIT
set(fake_kvm ${CMAKE_SOURCE_DIR}/tests/unit/fake_kvm.c)
set(fake_payload ${CMAKE_SOURCE_DIR}/tests/unit/fake_payload.c)

fpb_unit_test(test_boot SOURCES ${fake_payload} LIBS fpb_vmm)
fpb_unit_test(test_cpuid_policy SOURCES ${fake_kvm} LIBS fpb_vmm)
fpb_unit_test(test_kvm_stats SOURCES ${fake_kvm} LIBS fpb_vmm)
fpb_unit_test(test_kvm_sys SOURCES ${fake_kvm} LIBS fpb_vmm)
fpb_unit_test(test_payload SOURCES ${fake_payload} LIBS fpb_vmm fpb_payload)
fpb_unit_test(test_vcpu SOURCES ${fake_kvm} LIBS fpb_vmm)
fpb_unit_test(test_vcpu_run SOURCES ${fake_kvm} ${fake_payload} LIBS fpb_vmm)

fpb_unit_test(test_vmm_faults SOURCES ${fake_kvm} ${fake_payload} LIBS fpb_core)
target_link_options(test_vmm_faults PRIVATE
	-Wl,--wrap=calloc,--wrap=sigaction,--wrap=timer_create,--wrap=timer_delete,--wrap=timer_settime)
