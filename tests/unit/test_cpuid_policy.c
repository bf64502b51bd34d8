// SPDX-License-Identifier: MIT
/* What the guest's CPUID shows; bit positions from SDM vol. 2A, CPUID, spelled out here once more.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/vmm/cpuid_policy.h"
#include "tests/unit/fake_kvm.h"

static int kvm_fd;

/* A machine that has everything of Sapphire Rapids that matters here. */
static int setup(void **state)
{
	(void)state;
	fake_kvm_reset();
	fake_kvm_leaf(7, 0)->edx = 0xffffffff;
	fake_kvm_leaf(7, 1)->eax = 0xffffffff;
	fake_kvm_leaf(7, 1)->edx = 0xffffffff;
	fake_kvm_leaf(0xd, 0)->eax = 0x000602e7;
	fake_kvm_leaf(0xd, 1)->eax = 0x1f;
	fake_kvm_leaf(0xd, 2)->eax = 256;
	fake_kvm_leaf(0xd, 17)->eax = 64;
	fake_kvm_leaf(0xd, 18)->eax = 8192;
	fake_kvm_leaf(0xd, 19)->eax = 128;
	fake_kvm_leaf(0x1d, 0)->eax = 1;
	fake_kvm_leaf(0x1d, 1)->eax = 1;
	fake_kvm_leaf(0x1e, 0)->ebx = 1;
	fake_kvm_leaf(0x80000001, 0)->edx = 1u << 27;
	kvm_fd = kvm_sys_fake.open("/dev/kvm", 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kvm_sys_fake.close(kvm_fd);
	return 0;
}

static struct kvm_cpuid2 *create(enum xstate_permission permission)
{
	struct kvm_cpuid2 *cpuid = NULL;
	struct fpb_err err = { 0 };

	if (cpuid_policy_create(&kvm_sys_fake, kvm_fd, permission, &cpuid, &err))
		fail_msg("%s", err.text);
	return cpuid;
}

static bool has_leaf(const struct kvm_cpuid2 *cpuid, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function == function && cpuid->entries[i].index == index)
			return true;
	}
	return false;
}

static void test_amx_hidden(void **state)
{
	struct kvm_cpuid2 *cpuid = create(XSTATE_PERMISSION_NONE);

	(void)state;
	/* AMX-BF16 22, AMX-TILE 24, AMX-INT8 25. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 7, 0).edx, 0xffffffff & ~0x03400000u);
	/* AMX-FP16 21, AMX-COMPLEX 8. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 7, 1).eax, 0xffffffff & ~0x00200000u);
	assert_int_equal(cpuid_policy_leaf(cpuid, 7, 1).edx, 0xffffffff & ~0x00000100u);
	/* XTILECFG 17, XTILEDATA 18. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 0).eax, 0x2e7);
	/* XFD 4; XSAVEOPT, XSAVEC, XGETBV(1) and XSAVES stay. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 1).eax, 0xf);
	assert_false(has_leaf(cpuid, 0xd, 17));
	assert_false(has_leaf(cpuid, 0xd, 18));
	assert_false(has_leaf(cpuid, 0x1d, 0));
	assert_false(has_leaf(cpuid, 0x1d, 1));
	assert_false(has_leaf(cpuid, 0x1e, 0));
	free(cpuid);
}

static void test_rest_stays(void **state)
{
	struct kvm_cpuid2 *cpuid = create(XSTATE_PERMISSION_NONE);

	(void)state;
	assert_int_equal(cpuid->nent, fake.nr_supported - 5);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 2).eax, 256);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 19).eax, 128);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0x80000001, 0).edx, 1u << 27);
	assert_int_equal(cpuid_policy_xcr0(cpuid), 0x2e7);
	free(cpuid);
}

static void test_amx_shown(void **state)
{
	struct kvm_cpuid2 *cpuid = create(XSTATE_PERMISSION_GUEST);

	(void)state;
	assert_int_equal(cpuid->nent, fake.nr_supported);
	assert_memory_equal(cpuid->entries, fake.supported,
			    fake.nr_supported * sizeof(fake.supported[0]));
	assert_int_equal(cpuid_policy_xcr0(cpuid), 0x602e7);
	free(cpuid);
}

/* The kernel says E2BIG and no more: the table grows until it fits. */
static void test_growth(void **state)
{
	struct kvm_cpuid2 *cpuid;

	(void)state;
	for (uint32_t i = 0; fake.nr_supported < FAKE_MAX_CPUID; i++)
		fake_kvm_leaf(0x40000000 + i, 0)->eax = i;
	cpuid = create(XSTATE_PERMISSION_GUEST);
	assert_int_equal(cpuid->nent, FAKE_MAX_CPUID);
	assert_memory_equal(cpuid->entries, fake.supported, sizeof(fake.supported));
	free(cpuid);
}

static void expect_failure(int code, const char *word)
{
	struct kvm_cpuid2 *cpuid = NULL;
	struct fpb_err err = { 0 };
	int ret = cpuid_policy_create(&kvm_sys_fake, kvm_fd, XSTATE_PERMISSION_NONE, &cpuid, &err);

	if (ret != code || err.code != code || !strstr(err.text, "KVM_GET_SUPPORTED_CPUID") ||
	    !strstr(err.text, word))
		fail_msg("expected %d and '%s', got %d '%s'", code, word, ret, err.text);
	assert_null(cpuid);
}

static void test_growth_ends(void **state)
{
	(void)state;
	fake.nr_supported = 0xffffffff;
	expect_failure(-E2BIG, "more than");
	assert_true(fake.nr_calls < 16);
}

/* More entries claimed than there was room for: none of them may be read. */
static void test_claims_too_many(void **state)
{
	(void)state;
	fake.nr_claimed = 1u << 30;
	expect_failure(-EPROTO, "more entries");
}

static void test_failures(void **state)
{
	static const int codes[] = { -ENOMEM, -EFAULT, -EIO, -ENOTTY };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		fake.fail_at = fake.nr_calls + 1;
		fake.fail_code = codes[i];
		expect_failure(codes[i], "");
	}
	/* In the second round too. */
	for (uint32_t i = 0; fake.nr_supported < 200; i++)
		fake_kvm_leaf(0x40000000 + i, 0)->eax = i;
	fake.fail_at = fake.nr_calls + 2;
	expect_failure(-ENOTTY, "");
}

static void test_leaf(void **state)
{
	struct kvm_cpuid2 *cpuid = create(XSTATE_PERMISSION_GUEST);
	struct kvm_cpuid_entry2 missing = cpuid_policy_leaf(cpuid, 0x12345, 6);

	(void)state;
	assert_int_equal(missing.function, 0x12345);
	assert_int_equal(missing.index, 6);
	assert_int_equal(missing.eax | missing.ebx | missing.ecx | missing.edx, 0);
	/* Leaf 1 has no subleaves: ECX does not matter to the instruction either. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 1, 5).ecx, fake_kvm_leaf(1, 0)->ecx);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 3).eax, 0);
	free(cpuid);
}

static void test_xcr0(void **state)
{
	struct kvm_cpuid2 *cpuid;

	(void)state;
	fake_kvm_leaf(0xd, 0)->edx = 0x80000001;
	cpuid = create(XSTATE_PERMISSION_NONE);
	assert_true(cpuid_policy_xcr0(cpuid) == 0x80000001000002e7ull);
	free(cpuid);
	/* Leaf 0xD says nothing where XSAVE itself is hidden. */
	fake_kvm_leaf(1, 0)->ecx &= ~(1u << 26);
	cpuid = create(XSTATE_PERMISSION_NONE);
	assert_true(cpuid_policy_xcr0(cpuid) == 0);
	free(cpuid);
}

static void test_withhold(void **state)
{
	struct kvm_cpuid2 *cpuid;
	uint32_t nent;

	(void)state;
	fake_kvm_leaf(0xd, 0)->edx = 0x80000001;
	cpuid = create(XSTATE_PERMISSION_GUEST);
	nent = cpuid->nent;
	cpuid_policy_withhold(cpuid, 0x8000000000000204ull);
	assert_int_equal(cpuid->nent, nent);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 0).edx, 1);
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 0).eax,
			 fake_kvm_leaf(0xd, 0)->eax & ~0x204u);
	/* Subleaves and other leaves stay. */
	assert_int_equal(cpuid_policy_leaf(cpuid, 0xd, 1).eax, fake_kvm_leaf(0xd, 1)->eax);
	assert_int_equal(cpuid_policy_leaf(cpuid, 1, 0).ecx, fake_kvm_leaf(1, 0)->ecx);
	free(cpuid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_amx_hidden, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rest_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_amx_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
		cmocka_unit_test_setup_teardown(test_growth_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claims_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leaf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_xcr0, setup, teardown),
		cmocka_unit_test_setup_teardown(test_withhold, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
