// SPDX-License-Identifier: MIT
/* Making VMs and vCPUs: sizes, start state, kernels that lack something. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "guest/x86/cpuid.h"
#include "guest/x86/cr.h"
#include "guest/x86/msr.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xsave.h"
#include "host/vmm/vcpu.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

static const struct payload payload = {
	.entry = FAKE_ENTRY_GPA,
	.info = { .trap_stubs = FAKE_STUBS_GPA, .trap_stub_bytes = FAKE_STUB_BYTES },
};
static struct vm *vm;
static struct vcpu *vcpu;

/* Anew, with what the fake says now. */
static void create_vcpu(enum vcpu_ring ring)
{
	struct fpb_err err = { 0 };

	vcpu_destroy(vcpu);
	if (vcpu_create(vm, 0, &payload, ring, &vcpu, &err))
		fail_msg("%s", err.text);
}

static void create_vm(void)
{
	const struct vm_config config = { .sys = &kvm_sys_fake, .memory_bytes = ABI_MEMORY_BYTES };
	struct fpb_err err = { 0 };

	vm_destroy(vm);
	if (vm_create(&config, &vm, &err))
		fail_msg("%s", err.text);
}

static int setup(void **state)
{
	(void)state;
	fake_kvm_reset();
	vcpu = NULL;
	vm = NULL;
	create_vm();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcpu_destroy(vcpu);
	vm_destroy(vm);
	return fake_kvm_nr_open() || fake_kvm_nr_mapped();
}

/* KVM_GET_XSAVE refuses a guest with dynamic features; KVM_GET_XSAVE2 is for it. */
static void test_xsave_sizes(void **state)
{
	static uint8_t area[FAKE_XSAVE_BYTES];
	struct fpb_err err = { 0 };

	(void)state;
	create_vcpu(VCPU_RING3);
	assert_int_equal(vcpu->xsave_bytes, 4096);
	assert_int_equal(vcpu_get_xsave(vcpu, area, &err), 0);
	assert_false(fake.used_xsave2);
	fake.xsave_bytes = FAKE_XSAVE_BYTES;
	create_vcpu(VCPU_RING3);
	assert_int_equal(vcpu->xsave_bytes, FAKE_XSAVE_BYTES);
	memset(fake.xsave, 0x5a, sizeof(fake.xsave));
	assert_int_equal(vcpu_get_xsave(vcpu, area, &err), 0);
	assert_true(fake.used_xsave2);
	assert_memory_equal(area, fake.xsave, sizeof(area));
	area[FAKE_XSAVE_BYTES - 1] = 1;
	assert_int_equal(vcpu_set_xsave(vcpu, area, &err), 0);
	assert_int_equal(fake.xsave[FAKE_XSAVE_BYTES - 1], 1);
}

static void test_start_state(void **state)
{
	(void)state;
	create_vcpu(VCPU_RING3);
	assert_true(fake.regs.rip == FAKE_ENTRY_GPA);
	assert_true(fake.xcr0 == 7 && vcpu->xcr0 == 7);
	assert_true(fake.sregs.cr4 >> 18 & 1);
	assert_int_equal(fake.sregs.cs.dpl, 3);
	assert_int_equal(fake.nr_irqchips, 0);
	assert_int_equal(fake.nr_msrs, 0);
}

#define PKRU_OFFSET 2688

/* A KVM that shows XSAVES with CET_U and CET_S, and PKU. */
static void show_everything(void)
{
	fake_kvm_leaf(7, 0)->ecx = CPUID_7_ECX_PKU;
	fake_kvm_leaf(CPUID_D, 0)->eax |= XFEATURE_PKRU;
	fake_kvm_leaf(CPUID_D, 1)->eax = CPUID_D1_EAX_XSAVES;
	fake_kvm_leaf(CPUID_D, 1)->ecx = XFEATURE_CET_U | XFEATURE_CET_S;
	fake_kvm_leaf(CPUID_D, 9)->eax = 8;
	fake_kvm_leaf(CPUID_D, 9)->ebx = PKRU_OFFSET;
	create_vm();
}

static uint64_t msr_set(uint32_t index)
{
	for (unsigned int i = 0; i < fake.nr_msrs; i++) {
		if (fake.msrs[i].index == index)
			return fake.msrs[i].data;
	}
	return ~0ull;
}

/* As near to the host as CPUID lets it be: KVM then has nothing to switch around entries. */
static void test_registers_of_the_host(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	show_everything();
	create_vcpu(VCPU_RING0);
	assert_true(vcpu->xss == (XFEATURE_CET_U | XFEATURE_CET_S));
	assert_true(msr_set(MSR_IA32_XSS) == vcpu->xss);
	assert_false(fake.sregs.cr4 & CR4_PKE);
	assert_int_equal(vcpu_enable_pku(vcpu, &err), 0);
	assert_true(fake.sregs.cr4 == (0x40620 | CR4_PKE));
	/* What KVM refuses is said, with the MSR's number. */
	vcpu_destroy(vcpu);
	vcpu = NULL;
	fake.refused_msr = MSR_IA32_XSS;
	assert_int_equal(vcpu_create(vm, 0, &payload, VCPU_RING0, &vcpu, &err), -EINVAL);
	assert_non_null(strstr(err.text, "0xda0"));
	assert_null(vcpu);
}

static void test_pkru(void **state)
{
	static const uint32_t wanted = PKRU_OTHER;
	const struct xsave_area *header = (const void *)fake.xsave;
	struct fpb_err err = { 0 };
	uint32_t pkru = 1;

	(void)state;
	show_everything();
	create_vcpu(VCPU_RING3);
	memset(fake.xsave, 0x5a, 512);
	assert_int_equal(vcpu_set_pkru(vcpu, wanted, &err), 0);
	assert_memory_equal(fake.xsave + PKRU_OFFSET, &wanted, sizeof(wanted));
	assert_true(header->xstate_bv & XFEATURE_PKRU);
	/* The rest stays as it is. */
	assert_int_equal(fake.xsave[511], 0x5a);
	assert_int_equal(vcpu_get_pkru(vcpu, &pkru, &err), 0);
	assert_int_equal(pkru, wanted);
	assert_int_equal(vcpu_set_xcr0(vcpu, 3, &err), 0);
	assert_int_equal(vcpu_get_pkru(vcpu, &pkru, &err), -ENODATA);
	assert_non_null(strstr(err.text, "XCR0 read 0x3"));
}

/* The deadline timer is shown where the VM has it, though KVM_GET_SUPPORTED_CPUID does not tell. */
static void test_irqchip(void **state)
{
	const struct vm_config config = {
		.sys = &kvm_sys_fake,
		.memory_bytes = ABI_MEMORY_BYTES,
		.has_irqchip = true,
	};
	struct fpb_err err = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		fake.has_deadline = i;
		vm_destroy(vm);
		assert_int_equal(vm_create(&config, &vm, &err), 0);
		assert_int_equal(fake.nr_irqchips, i + 1);
		assert_int_equal(!!(cpuid_policy_leaf(vm->cpuid, 1, 0).ecx & 1u << 24), i);
	}
	fake.has_deadline = true;
	create_vm();
	assert_false(cpuid_policy_leaf(vm->cpuid, 1, 0).ecx & 1u << 24);
}

/* Neither XSAVE nor statistics: the vCPU is made all the same. */
static void test_poor_kernel(void **state)
{
	(void)state;
	fake_kvm_leaf(1, 0)->ecx = 0;
	fake.has_stats = false;
	fake.xsave_bytes = 0;
	fake.xcr0 = 99;
	create_vm();
	create_vcpu(VCPU_RING0);
	assert_null(vcpu->stats);
	assert_true(fake.xcr0 == 99 && vcpu->xcr0 == 0);
	assert_false(fake.sregs.cr4 >> 18 & 1);
	assert_int_equal(vcpu->xsave_bytes, 4096);
}

static void test_short_run_mapping(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	fake.run_bytes = (int)sizeof(struct kvm_run) - 1;
	assert_int_equal(vcpu_create(vm, 0, &payload, VCPU_RING0, &vcpu, &err), -EPROTO);
	assert_non_null(strstr(err.text, "KVM_GET_VCPU_MMAP_SIZE"));
	assert_null(vcpu);
}

static void test_vm_memory_sizes(void **state)
{
	static const size_t bad[] = { 0, 1, 4096, (2ul << 20) - 1, (2ul << 20) + 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct vm_config config = { .sys = &kvm_sys_fake, .memory_bytes = bad[i] };
		struct fpb_err err = { 0 };
		struct vm *other = vm;
		const unsigned int nr_open = fake_kvm_nr_open();

		assert_int_equal(vm_create(&config, &other, &err), -EINVAL);
		assert_null(other);
		assert_non_null(strstr(err.text, "2 MiB"));
		assert_int_equal(fake_kvm_nr_open(), nr_open);
	}
}

static void test_answer_in_kernel(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(vm_answer_in_kernel(vm, 0xfc, &err), 0);
	assert_int_equal(fake.ioeventfd.addr, 0xfc);
	assert_int_equal(fake.ioeventfd.len, 4);
	assert_int_equal(fake.ioeventfd.flags, KVM_IOEVENTFD_FLAG_PIO);
	assert_int_equal(fake.ioeventfd.fd, vm->ioeventfd);
	assert_int_equal(vm_answer_in_kernel(vm, 0xf8, &err), -EBUSY);
	assert_int_equal(fake.ioeventfd.addr, 0xfc);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start_state),
		TEST(test_xsave_sizes),
		TEST(test_poor_kernel),
		TEST(test_short_run_mapping),
		TEST(test_vm_memory_sizes),
		TEST(test_answer_in_kernel),
		TEST(test_registers_of_the_host),
		TEST(test_pkru),
		TEST(test_irqchip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
