// SPDX-License-Identifier: MIT
/* What crashes some hosts is refused before KVM hears of it, by name, until it is allowed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/x86/msr.h"
#include "guest/x86/xsave.h"
#include "host/hazard_list.h"
#include "host/machine/hazards.h"
#include "host/vmm/hazard.h"
#include "host/vmm/msr.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

static const struct payload payload = {
	.entry = FAKE_ENTRY_GPA,
	.info = { .trap_stubs = FAKE_STUBS_GPA, .trap_stub_bytes = FAKE_STUB_BYTES },
};
static struct vm *vm;
static struct vcpu *vcpu;
static struct fpb_err err;

static int setup(void **state)
{
	const struct vm_config config = { .sys = &kvm_sys_fake, .memory_bytes = ABI_MEMORY_BYTES };

	(void)state;
	fake_kvm_reset();
	fake.xsave_bytes = FAKE_XSAVE_BYTES;
	err = (struct fpb_err){ 0 };
	if (vm_create(&config, &vm, &err))
		fail_msg("%s", err.text);
	if (vcpu_create(vm, 0, &payload, VCPU_RING0, &vcpu, &err))
		fail_msg("%s", err.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hazard_allow(false);
	vcpu_destroy(vcpu);
	vm_destroy(vm);
	return fake_kvm_nr_open() || fake_kvm_nr_mapped();
}

static void save_in_kvm(uint64_t xstate_bv)
{
	struct xsave_area *area = (void *)fake.xsave;

	area->xstate_bv = xstate_bv;
}

static uint64_t xfd_in_kvm(void)
{
	for (unsigned int i = 0; i < fake.nr_msrs; i++) {
		if (fake.msrs[i].index == MSR_IA32_XFD)
			return fake.msrs[i].data;
	}
	return 0;
}

static void put_in_kvm(uint64_t xfd)
{
	fake.msrs[fake.nr_msrs++] = (struct kvm_msr_entry){ .index = MSR_IA32_XFD, .data = xfd };
}

static void check_refused(int ret, enum hazard hazard, const char *read)
{
	assert_int_equal(ret, -EPERM);
	assert_int_equal(err.code, -EPERM);
	assert_non_null(strstr(err.text, hazard_list[hazard].key));
	assert_non_null(strstr(err.text, read));
	assert_non_null(strstr(err.text, "--allow-hazards"));
}

static void priming_over_tiles(void **state)
{
	(void)state;
	save_in_kvm(XFEATURE_AMX | XFEATURE_SSE);
	check_refused(vcpu_prime_xfd(vcpu, &err), HAZARD_SET_XFD_OVER_TILES, "XSTATE_BV 0x60002");
	assert_int_equal(fake.nr_msrs, 0);
}

static void priming_without_tiles(void **state)
{
	(void)state;
	/* A configuration alone is no tile data. */
	save_in_kvm(XFEATURE_XTILECFG | XFEATURE_SSE);
	assert_int_equal(vcpu_prime_xfd(vcpu, &err), 0);
	assert_int_equal(fake.nr_msrs, 1);
	assert_true(xfd_in_kvm() == 0);
	/* Nor is a write of 0 anything to be careful with, whatever is saved. */
	save_in_kvm(XFEATURE_AMX);
	assert_int_equal(vcpu_set_msr(vcpu, MSR_IA32_XFD, 0, &err), 0);
}

static uint8_t *area_with(uint64_t xstate_bv)
{
	static _Alignas(64) uint8_t area[FAKE_XSAVE_BYTES];
	struct xsave_area *header = (void *)area;

	memset(area, 0, sizeof(area));
	header->xstate_bv = xstate_bv;
	area[FAKE_XSAVE_BYTES - 1] = 0x5a;
	return area;
}

static void tiles_under_xfd(void **state)
{
	(void)state;
	put_in_kvm(XFD_XTILEDATA);
	check_refused(vcpu_set_xsave(vcpu, area_with(XFEATURE_AMX), &err),
		      HAZARD_SET_XSAVE_UNDER_XFD, "IA32_XFD is 0x40000");
	assert_int_equal(fake.xsave[FAKE_XSAVE_BYTES - 1], 0);
}

static void tiles_without_xfd(void **state)
{
	(void)state;
	put_in_kvm(0);
	assert_int_equal(vcpu_set_xsave(vcpu, area_with(XFEATURE_AMX), &err), 0);
	assert_int_equal(fake.xsave[FAKE_XSAVE_BYTES - 1], 0x5a);
	put_in_kvm(XFD_XTILEDATA);
	assert_int_equal(vcpu_set_xsave(vcpu, area_with(XFEATURE_XTILECFG), &err), 0);
}

static void allowed(void **state)
{
	(void)state;
	hazard_allow(true);
	assert_true(hazard_is_allowed());
	save_in_kvm(XFEATURE_AMX);
	assert_int_equal(vcpu_set_msr(vcpu, MSR_IA32_XFD, XFD_XTILEDATA, &err), 0);
	assert_true(xfd_in_kvm() == XFD_XTILEDATA);
	assert_int_equal(vcpu_set_xsave(vcpu, area_with(XFEATURE_AMX), &err), 0);
	assert_int_equal(fake.xsave[FAKE_XSAVE_BYTES - 1], 0x5a);
}

/* What cannot be read is not assumed to be harmless. */
static void unreadable(void **state)
{
	(void)state;
	fake.fail_at = fake.nr_calls + 1;
	fake.fail_code = -EIO;
	assert_int_equal(vcpu_prime_xfd(vcpu, &err), -EIO);
	assert_string_equal(fake.failed, "KVM_GET_XSAVE2");
	assert_int_equal(fake.nr_msrs, 0);
	err = (struct fpb_err){ 0 };
	fake.refused_msr = MSR_IA32_XFD;
	assert_int_equal(vcpu_set_xsave(vcpu, area_with(XFEATURE_AMX), &err), -EINVAL);
	assert_int_equal(fake.xsave[FAKE_XSAVE_BYTES - 1], 0);
}

static size_t nr_avoided(json_int_t d1_eax, bool is_allowed, const char **last)
{
	json_t *record = json_pack("{s:s, s:s, s:[{s:i, s:I}, {s:i, s:i}]}", "kernel_release",
				   "6.18.0", "kvm_backend", "kvm_intel", "cpuid_0xd", "index", 1,
				   "eax", d1_eax, "index", 18, "ecx", 6);
	json_t *avoided = hazards_avoided(record, is_allowed);
	const size_t nr = json_array_size(avoided);
	const char *text = json_string_value(json_array_get(avoided, nr - 1));

	assert_non_null(avoided);
	for (size_t i = 0; nr && i < NR_HAZARDS; i++) {
		if (!strcmp(hazard_list[i].key, text))
			*last = hazard_list[i].key;
	}
	json_decref(avoided);
	json_decref(record);
	return nr;
}

static void what_a_plan_keeps_clear_of(void **state)
{
	const char *last = NULL;

	(void)state;
	assert_int_equal(nr_avoided(0xf, false, &last), 0);
	assert_int_equal(nr_avoided(0x1f, false, &last), NR_HAZARDS);
	/* No option makes a guest leave TILERELEASE out. */
	last = NULL;
	assert_int_equal(nr_avoided(0x1f, true, &last), 1);
	assert_string_equal(last, "guest_xfd_without_tilerelease");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(priming_over_tiles),
		TEST(priming_without_tiles),
		TEST(tiles_under_xfd),
		TEST(tiles_without_xfd),
		TEST(allowed),
		TEST(unreadable),
		TEST(what_a_plan_keeps_clear_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
