// SPDX-License-Identifier: MIT
/*
 * Host halves of restore/full, restore/trim, reset/init and expand/eager_cpuid2, on kernels that do
 * what these rows are there to find, and on machines with AMX, of which this is none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/bench.h"
#include "guest/x86/cpuid.h"
#include "guest/x86/msr.h"
#include "guest/x86/xstate.h"
#include "host/vmm/carried.h"
#include "host/vmm/hazard.h"
#include "host/vmm/vcpu.h"
#include "tests/unit/fake_kvm.h"

#define USER_XFEATURES (XSTATE_ORDINARY | XFEATURE_AMX)
#define XFEATURE_MPX   (1ull << 3 | 1ull << 4)

/* As captured on a machine with AMX, and MPX's place, which such machines lack. */
static const struct abi_xstate layout[ABI_NR_XSTATE] = {
	[0] = { 32, 128 },  [1] = { 160, 256 },	 [2] = { 576, 256 },	[3] = { 960, 64 },
	[4] = { 1024, 64 }, [5] = { 1088, 64 },	 [6] = { 1152, 512 },	[7] = { 1664, 1024 },
	[9] = { 2688, 8 },  [17] = { 2752, 64 }, [18] = { 2816, 8192 },
};

/* The kernel under test, where it is not the fake's. */
static struct {
	uint64_t settable; /* XSTATE_BV that KVM_SET_XSAVE takes; others are -EINVAL */
	uint64_t gettable; /* that KVM_GET_XSAVE gives */
	bool is_lazy;	   /* tiles are taken only once XCR0 has them */
	bool damages;	   /* a register, when state is set */
	bool expands;	   /* KVM_SET_CPUID2 with tiles: KVM_GET_XSAVE then refuses */
	bool has_tiles;	   /* ..by the last KVM_SET_CPUID2 */
	bool ignores_init;
	uint64_t cleared; /* by INIT */
	bool is_latched;
	char calls[64];	      /* F: IA32_XFD, X: XCR0, S: XSTATE; since the last clear_calls() */
	uint64_t guest_xfd;   /* that the guest reads */
	unsigned int nr_read; /* what the guest was asked */
} kernel;

static struct {
	struct kvm_sys sys;
	struct vm *vm;
	struct fpb_run run;
	uint8_t *scratch;
} t;

static void clear_calls(void)
{
	kernel.calls[0] = 0;
}

static void note_call(char call)
{
	const size_t nr = strlen(kernel.calls);

	if (nr + 1 < sizeof(kernel.calls)) {
		kernel.calls[nr] = call;
		kernel.calls[nr + 1] = 0;
	}
}

static int set_xsave(int fd, unsigned long arg)
{
	const struct xsave_area *area = (const void *)arg; /* NOLINT(performance-no-int-to-ptr) */
	int ret;

	note_call('S');
	if (area->xstate_bv & ~kernel.settable ||
	    (kernel.is_lazy && area->xstate_bv & XFEATURE_AMX & ~fake.xcr0))
		return -EINVAL;
	ret = kvm_sys_fake.ioctl(fd, KVM_SET_XSAVE, arg);
	if (kernel.damages)
		fake.xsave[layout[1].offset] ^= 1;
	return ret;
}

static int get_xsave(int fd, unsigned long request, unsigned long arg)
{
	struct xsave_area *area = (void *)arg; /* NOLINT(performance-no-int-to-ptr) */
	int ret;

	if (request == KVM_GET_XSAVE && kernel.expands && kernel.has_tiles)
		return -EINVAL;
	ret = kvm_sys_fake.ioctl(fd, request, arg);
	if (!ret)
		area->xstate_bv &= kernel.gettable;
	return ret;
}

static int set_cpuid2(int fd, unsigned long arg)
{
	const struct kvm_cpuid2 *table = (const void *)arg; /* NOLINT(performance-no-int-to-ptr) */

	kernel.has_tiles = cpuid_policy_leaf(table, CPUID_D, 0).eax & XFEATURE_XTILEDATA;
	return kvm_sys_fake.ioctl(fd, KVM_SET_CPUID2, arg);
}

static int get_xcrs(unsigned long arg)
{
	struct kvm_xcrs *xcrs = (void *)arg; /* NOLINT(performance-no-int-to-ptr) */

	if (fake_kvm_is_failing("KVM_GET_XCRS"))
		return fake.fail_code;
	*xcrs = (struct kvm_xcrs){ .nr_xcrs = 1, .xcrs = { { .value = fake.xcr0 } } };
	return 0;
}

static int set_events(unsigned long arg)
{
	const struct kvm_vcpu_events *events = /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
		(const void *)arg;

	if (fake_kvm_is_failing("KVM_SET_VCPU_EVENTS"))
		return fake.fail_code;
	assert_true(events->flags & KVM_VCPUEVENT_VALID_SMM);
	kernel.is_latched = events->smi.latched_init;
	return 0;
}

static int get_mp_state(void)
{
	struct xsave_area *area = (void *)fake.xsave;

	if (fake_kvm_is_failing("KVM_GET_MP_STATE"))
		return fake.fail_code;
	if (kernel.is_latched && !kernel.ignores_init) {
		fake.regs.rip = 0xfff0;
		area->xstate_bv &= ~kernel.cleared;
	}
	kernel.is_latched = false;
	return 0;
}

static int kernel_ioctl(int fd, unsigned long request, unsigned long arg)
{
	switch (request) {
	case KVM_SET_XSAVE:
		return set_xsave(fd, arg);
	case KVM_GET_XSAVE:
	case KVM_GET_XSAVE2:
		return get_xsave(fd, request, arg);
	case KVM_SET_CPUID2:
		return set_cpuid2(fd, arg);
	case KVM_GET_XCRS:
		return get_xcrs(arg);
	case KVM_SET_VCPU_EVENTS:
		return set_events(arg);
	case KVM_GET_MP_STATE:
		return get_mp_state();
	case KVM_SET_XCRS:
		note_call('X');
		break;
	case KVM_SET_MSRS:
		note_call('F');
		break;
	default:
		break;
	}
	return kvm_sys_fake.ioctl(fd, request, arg);
}

/* IA32_XFD as set. */
static uint64_t xfd(void)
{
	for (unsigned int i = 0; i < fake.nr_msrs; i++) {
		if (fake.msrs[i].index == MSR_IA32_XFD)
			return fake.msrs[i].data;
	}
	return 0;
}

/* The payload: boots, then says what kernel.guest_xfd has it say. */
static int play_guest(struct kvm_run *run)
{
	struct abi_shared *shared = (void *)(fake.memory + ABI_SHARED_GPA);

	if (shared->request.command == ABI_COMMAND_RUN) {
		const struct fpb_bench *bench = fpb_bench_at(shared->request.bench);

		assert_string_equal(bench->name, "restore/full");
		kernel.nr_read++;
		shared->nr_done = 1;
		shared->evidence[ABI_EVIDENCE_XCR0] = (struct abi_evidence){ fake.xcr0, 0, 1, 0 };
		shared->evidence[ABI_EVIDENCE_XFD] =
			(struct abi_evidence){ kernel.guest_xfd, xfd(), 1, 1 };
	}
	fake_kvm_out(run, ABI_PORT_DOORBELL, ABI_EVENT_READY);
	return 0;
}

static const struct fpb_bench *find(const char *name)
{
	for (unsigned int i = 0; i < fpb_nr_benches(); i++) {
		if (!strcmp(fpb_bench_at(i)->name, name))
			return fpb_bench_at(i);
	}
	fail_msg("no benchmark %s", name);
	return NULL;
}

static uint64_t number(const struct fpb_axis *axis, const char *name)
{
	for (const struct fpb_value *v = axis->values; v->name; v++) {
		if (!strcmp(v->name, name))
			return v->number;
	}
	fail_msg("axis %s has no value %s", axis->name, name);
	return 0;
}

/* The benchmark with one value of each axis, on a machine with everything. */
static void choose(const char *name, const char *first, const char *second)
{
	t.run.bench = find(name);
	if (first)
		t.run.value[0] = number(&t.run.bench->axes[0], first);
	if (second)
		t.run.value[1] = number(&t.run.bench->axes[1], second);
}

static int make_vm(void **state)
{
	const struct vm_config config = {
		.sys = &t.sys,
		.memory_bytes = ABI_MEMORY_BYTES,
		.permission = XSTATE_PERMISSION_GUEST,
	};
	const struct payload payload = { .entry = ABI_IMAGE_GPA };
	struct fpb_err err = { 0 };

	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.settable = kernel.gettable = USER_XFEATURES | XFEATURE_MPX;
	fake_kvm_reset();
	fake_kvm_leaf(CPUID_D, 0)->eax = USER_XFEATURES;
	fake.xsave_bytes = FAKE_XSAVE_BYTES;
	fake.run = play_guest;
	t.sys = kvm_sys_fake;
	t.sys.ioctl = kernel_ioctl;
	t.scratch = aligned_alloc(64, ABI_SCRATCH_BYTES);
	assert_non_null(t.scratch);
	t.run = (struct fpb_run){
		.xfeatures = USER_XFEATURES,
		.xstate = layout,
		.ring = 3,
		.iterations = 1,
		.scratch = t.scratch,
	};
	hazard_allow(false);
	if (vm_create(&config, &t.vm, &err) ||
	    vcpu_create(t.vm, 0, &payload, VCPU_RING3, &t.run.vcpu, &err))
		fail_msg("%s", err.text);
	return 0;
}

static int destroy_vm(void **state)
{
	(void)state;
	if (t.run.bench && t.run.bench->teardown)
		t.run.bench->teardown(&t.run);
	vcpu_destroy(t.run.vcpu);
	vm_destroy(t.vm);
	free(t.scratch);
	hazard_allow(false);
	assert_int_equal(fake_kvm_nr_open(), 0);
	assert_int_equal(fake_kvm_nr_mapped(), 0);
	return 0;
}

static void set_up(void)
{
	struct fpb_err err = { 0 };

	if (t.run.bench->setup(&t.run, t.vm, &err))
		fail_msg("%s: %s", t.run.bench->name, err.text);
	memset(t.run.evidence, 0, sizeof(t.run.evidence));
	clear_calls();
}

static uint64_t evidence(enum abi_evidence_id id)
{
	assert_true(t.run.evidence[id].is_set);
	return t.run.evidence[id].value;
}

/* One sample of one batch. */
static void measure(void)
{
	t.run.bench->host(&t.run);
	assert_true(t.run.elapsed > 0);
	if (t.run.bench->finish)
		t.run.bench->finish(&t.run);
}

/* Set-up fails at each of its calls in turn, and gives back all that it had. */
static void expect_failures_of_setup(void)
{
	const unsigned int open = fake_kvm_nr_open(), mapped = fake_kvm_nr_mapped();
	unsigned int nr = 0;
	int ret;

	fake.fail_code = -ENOMEM;
	do {
		struct fpb_err err = { 0 };

		fake.failed[0] = 0;
		fake.fail_at = fake.nr_calls + ++nr;
		ret = t.run.bench->setup(&t.run, t.vm, &err);
		if (ret) {
			assert_int_equal(ret, -ENOMEM);
			assert_int_equal(err.code, -ENOMEM);
		}
		t.run.bench->teardown(&t.run);
		assert_null(t.run.private);
		assert_int_equal(fake_kvm_nr_open(), open);
		assert_int_equal(fake_kvm_nr_mapped(), mapped);
	} while (fake.failed[0]);
	assert_true(nr > 5);
}

/* restore/full: the calls of a batch, behind those that make the vCPU fresh. */
static void expect_calls(const char *order, const char *tiles, const char *calls)
{
	choose("restore/full", order, tiles);
	memset(fake.msrs, 0, sizeof(fake.msrs));
	fake.nr_msrs = 0;
	kernel.guest_xfd = !strcmp(tiles, "init") ? XFD_XTILEDATA : 0;
	set_up();
	measure();
	assert_int_equal(strlen(kernel.calls), strlen(calls) + strlen(calls));
	assert_string_equal(kernel.calls + strlen(calls), calls);
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 1);
	assert_int_equal(evidence(ABI_EVIDENCE_XCR0), USER_XFEATURES);
	assert_int_equal(evidence(ABI_EVIDENCE_XFD), kernel.guest_xfd);
	t.run.bench->teardown(&t.run);
}

static void test_restore_orders(void **state)
{
	(void)state;
	expect_calls("xfd_xcr0_xstate", "init", "FXS");
	expect_calls("xfd_xcr0_xstate", "live", "FXS");
	expect_calls("xfd_xcr0_xstate", "none", "XS");
	expect_calls("xstate_xcr0_xfd", "init", "SXF");
	expect_calls("xstate_xcr0_xfd", "live", "SXF");
	expect_calls("xstate_xcr0_xfd", "none", "SX");
}

/* What the debate's lazy expansion would do. */
static void test_restore_refused(void **state)
{
	(void)state;
	/* Saved before it became so. */
	choose("restore/full", "xstate_xcr0_xfd", "live");
	kernel.is_lazy = true;
	set_up();
	kernel.nr_read = 0;
	measure();
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 4);
	assert_int_equal(evidence(ABI_EVIDENCE_NR_FAILED), 1);
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(kernel.nr_read, 0);
	/* It takes the state all of a sudden: that is no longer what was found. */
	kernel.is_lazy = false;
	measure();
	assert_false(fpb_batch_holds(&t.run));
}

static void test_restore_accepted_by_lazy_kernel(void **state)
{
	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "live");
	kernel.is_lazy = true;
	set_up();
	measure();
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 1);
	assert_true(fpb_batch_holds(&t.run));
}

static void test_restore_refuses_xfd(void **state)
{
	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "none");
	fake.refused_msr = MSR_IA32_XFD;
	set_up();
	measure();
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 1);
}

static void test_restore_guest_reads_otherwise(void **state)
{
	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "init");
	kernel.guest_xfd = XFD_XTILEDATA;
	set_up();
	measure();
	assert_true(fpb_batch_holds(&t.run));
	kernel.guest_xfd = 0;
	measure();
	assert_false(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_XFD), 0);
}

static void test_restore_loses_state(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "live");
	kernel.gettable &= ~XFEATURE_XTILEDATA;
	assert_int_equal(t.run.bench->setup(&t.run, t.vm, &err), -EPROTO);
	assert_non_null(strstr(err.text, "XSTATE_BV"));
}

/* Never both, not even for a moment, unless allowed. */
static void test_restore_hazard(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "live_xfd");
	assert_int_equal(t.run.bench->setup(&t.run, t.vm, &err), -EPERM);
	assert_non_null(strstr(err.text, "--allow-hazards"));
	assert_int_equal(xfd(), 0);
	t.run.bench->teardown(&t.run);
	hazard_allow(true);
	kernel.guest_xfd = XFD_XTILEDATA;
	set_up();
	measure();
	assert_true(fpb_batch_holds(&t.run));
}

static void test_restore_failures(void **state)
{
	(void)state;
	choose("restore/full", "xfd_xcr0_xstate", "none");
	expect_failures_of_setup();
}

/* restore/trim */
static void expect_trim(uint64_t behaviour, uint64_t cleared)
{
	measure();
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), behaviour);
	assert_int_equal(evidence(ABI_EVIDENCE_CLEARED), cleared);
	assert_int_equal(evidence(ABI_EVIDENCE_RFBM), XSTATE_ORDINARY);
}

static void test_trim_kept(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	set_up();
	expect_trim(3, 0);
	assert_int_equal(evidence(ABI_EVIDENCE_ANSWER), 0);
}

static void test_trim_trimmed(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	kernel.gettable = XFEATURE_X87 | XFEATURE_SSE;
	set_up();
	expect_trim(2, CARRIED_WITHHELD);
}

static void test_trim_rejected(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	kernel.settable = XFEATURE_X87 | XFEATURE_SSE;
	set_up();
	measure();
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 1);
	assert_int_equal(evidence(ABI_EVIDENCE_ANSWER), EINVAL);
}

/* What the guest itself has must come through. */
static void test_trim_takes_the_guests_own(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	kernel.gettable = XFEATURE_X87;
	set_up();
	measure();
	assert_false(fpb_batch_holds(&t.run));
}

static void test_trim_damaged(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	kernel.damages = true;
	set_up();
	measure();
	assert_false(fpb_batch_holds(&t.run));
}

static void test_trim_failures(void **state)
{
	(void)state;
	choose("restore/trim", "made", NULL);
	/* Its own KVM_SET_XSAVE may be refused: that is what the row is about. */
	fake.fail_code = -ENOMEM;
	for (unsigned int nr = 1; nr < 5; nr++) {
		struct fpb_err err = { 0 };

		fake.fail_at = fake.nr_calls + nr;
		assert_int_equal(t.run.bench->setup(&t.run, t.vm, &err), -ENOMEM);
		t.run.bench->teardown(&t.run);
	}
}

static void test_trim_without_carried(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	choose("restore/trim", "carried", NULL);
	unsetenv(CARRIED_VARIABLE);
	assert_int_equal(t.run.bench->setup(&t.run, t.vm, &err), -ENOENT);
	t.run.bench->teardown(&t.run);
	err = (struct fpb_err){ 0 };
	setenv(CARRIED_VARIABLE, "/nonexistent/carried", 1);
	assert_int_equal(t.run.bench->setup(&t.run, t.vm, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/carried"));
	unsetenv(CARRIED_VARIABLE);
}

/* A kernel that saved too much, this one trims: the migration that went wrong. */
static void test_trim_carried(void **state)
{
	static struct carried carried = {
		.magic = CARRIED_MAGIC,
		.version = CARRIED_VERSION,
		.bytes = sizeof(struct kvm_xsave),
		.saved = XFEATURE_X87 | XFEATURE_AVX,
		.release = "5.10.0",
	};
	struct fpb_err err = { 0 };
	char path[] = "/tmp/fpstate-bench-carried.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	xstate_fill(carried.area, layout, carried.saved, 7);
	if (carried_write(&carried, path, &err))
		fail_msg("%s", err.text);
	setenv(CARRIED_VARIABLE, path, 1);
	choose("restore/trim", "carried", NULL);
	kernel.gettable = XFEATURE_X87 | XFEATURE_SSE;
	set_up();
	measure();
	remove(path);
	unsetenv(CARRIED_VARIABLE);
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_BEHAVIOUR), 2);
	assert_int_equal(evidence(ABI_EVIDENCE_RFBM), XFEATURE_X87 | XFEATURE_AVX);
	assert_int_equal(evidence(ABI_EVIDENCE_CLEARED), XFEATURE_YMM);
}

/* reset/init, on a guest with MPX. */
static void choose_init(void)
{
	choose("reset/init", NULL, NULL);
	for (uint32_t i = 0; i < t.vm->cpuid->nent; i++) {
		if (t.vm->cpuid->entries[i].function == CPUID_D)
			t.vm->cpuid->entries[i].eax |= XFEATURE_MPX;
	}
	set_up();
}

static void test_init_clears_mpx(void **state)
{
	(void)state;
	choose_init();
	kernel.cleared = XFEATURE_MPX;
	measure();
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_RFBM), XSTATE_ORDINARY | XFEATURE_MPX);
	assert_int_equal(evidence(ABI_EVIDENCE_CLEARED), XFEATURE_MPX);
	/* A directory of bounds, and MPX off. */
	assert_int_equal(fake.xsave[layout[4].offset], 0);
	assert_int_equal(fake.xsave[layout[4].offset + 1], 0x20);
}

static void test_init_clears_nothing(void **state)
{
	(void)state;
	choose_init();
	measure();
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(evidence(ABI_EVIDENCE_CLEARED), 0);
}

static void test_init_clears_too_much(void **state)
{
	(void)state;
	choose_init();
	kernel.cleared = XFEATURE_MPX | XFEATURE_YMM;
	measure();
	assert_false(fpb_batch_holds(&t.run));
}

static void test_init_does_not_happen(void **state)
{
	(void)state;
	choose_init();
	kernel.ignores_init = true;
	measure();
	assert_false(fpb_batch_holds(&t.run));
}

/* Subtracted: the same calls, and no INIT. */
static void test_init_control(void **state)
{
	(void)state;
	choose_init();
	fake.regs.rip = 0x1000;
	t.run.bench->control(&t.run);
	assert_true(fpb_batch_holds(&t.run));
	assert_int_equal(fake.regs.rip, 0x1000);
}

static void test_init_failures(void **state)
{
	(void)state;
	choose_init();
	fake.fail_code = -EINVAL;
	for (unsigned int nr = 1; nr < 8; nr++) {
		fake.fail_at = fake.nr_calls + nr;
		t.run.bench->host(&t.run);
		assert_false(fpb_batch_holds(&t.run));
	}
}

/* expand/eager_cpuid2 */
static void expect_cpuid2(const char *dynamic, bool expands, bool holds)
{
	kernel.expands = expands;
	choose("expand/eager_cpuid2", dynamic, NULL);
	kernel.has_tiles = false;
	set_up();
	for (unsigned int i = 0; i < 3; i++) {
		kernel.has_tiles = false; /* of the new vCPU */
		measure();
		assert_int_equal(fpb_batch_holds(&t.run), holds);
	}
}

static void test_cpuid2_expands(void **state)
{
	(void)state;
	expect_cpuid2("shown", true, true);
	assert_int_equal(evidence(ABI_EVIDENCE_ANSWER), EINVAL);
	expect_cpuid2("hidden", true, true);
	assert_int_equal(evidence(ABI_EVIDENCE_ANSWER), 0);
}

static void test_cpuid2_does_not_expand(void **state)
{
	(void)state;
	expect_cpuid2("shown", false, false);
}

static void test_cpuid2_failures(void **state)
{
	(void)state;
	kernel.expands = true;
	choose("expand/eager_cpuid2", "shown", NULL);
	set_up();
	fake.fail_code = -ENOMEM;
	for (unsigned int nr = 1; nr < 4; nr++) {
		kernel.has_tiles = false;
		fake.fail_at = fake.nr_calls + nr;
		t.run.bench->host(&t.run);
		assert_false(fpb_batch_holds(&t.run));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_vm, destroy_vm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restore_orders),
		TEST(test_restore_refused),
		TEST(test_restore_accepted_by_lazy_kernel),
		TEST(test_restore_refuses_xfd),
		TEST(test_restore_guest_reads_otherwise),
		TEST(test_restore_loses_state),
		TEST(test_restore_hazard),
		TEST(test_restore_failures),
		TEST(test_trim_kept),
		TEST(test_trim_trimmed),
		TEST(test_trim_rejected),
		TEST(test_trim_takes_the_guests_own),
		TEST(test_trim_damaged),
		TEST(test_trim_failures),
		TEST(test_trim_without_carried),
		TEST(test_trim_carried),
		TEST(test_init_clears_mpx),
		TEST(test_init_clears_nothing),
		TEST(test_init_clears_too_much),
		TEST(test_init_does_not_happen),
		TEST(test_init_control),
		TEST(test_init_failures),
		TEST(test_cpuid2_expands),
		TEST(test_cpuid2_does_not_expand),
		TEST(test_cpuid2_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
