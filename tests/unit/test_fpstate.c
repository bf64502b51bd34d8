// SPDX-License-Identifier: MIT
/*
 * The seed API on this processor's registers: what it answers, what it leaves behind, when each
 * policy makes room. Between entering a guest and leaving it nothing may be asserted: assertions
 * call libc, which uses the guest's registers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "guest/x86/xstate.h"
#include "host/fpstate/life.h"
#include "tests/unit/guarded_fpstates.h"

#define EXIT_SKIP 77
#define DYNAMIC	  XFEATURE_YMM
#define ORDINARY  (XFEATURE_X87 | XFEATURE_SSE)
#define ALL	  (ORDINARY | DYNAMIC)
/* What no processor gives to AVX's part: a feature that is there, and one that is not. */
#define STRANGE_XFD (XFEATURE_SSE)
#define UNKNOWN_XFD (1ull << 40)

static struct abi_xstate layout[ABI_NR_XSTATE];
static struct fpu_config config;
static struct guarded_fpstates memory;
static uint8_t image[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t clean[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t read_back[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));

static void make_task(struct fpu_task *task, bool is_permitted)
{
	assert_int_equal(guarded_fpstates_create(&memory), 0);
	assert_int_equal(fpu_task_create(task, &config, &memory.allocator), 0);
	if (is_permitted)
		assert_int_equal(fpu_request_guest_perm(task, 2), 0);
}

static void end_task(struct fpu_task *task)
{
	fpu_task_destroy(task);
	assert_int_equal(memory.nr_taken, 0);
	assert_int_equal(memory.nr_bad, 0);
	guarded_fpstates_destroy(&memory);
}

/* A vCPU that was shown everything. */
static void make_vcpu(struct fpu_vcpu *vcpu, struct fpu_task *task, enum fpu_policy policy)
{
	assert_int_equal(fpu_vcpu_create(vcpu, task, policy), 0);
	assert_int_equal(fpu_vcpu_set_cpuid(vcpu, ALL), 0);
}

static bool has_room(const struct fpu_vcpu *vcpu)
{
	assert_true(vcpu->guest.xfeatures == vcpu->guest.fpstate->xfeatures);
	assert_int_equal(vcpu->guest.fpstate->size, fpu_area_bytes(&config, vcpu->guest.xfeatures));
	assert_int_equal(vcpu->guest.bytes,
			 offsetof(struct fpstate, regs) + vcpu->guest.fpstate->size);
	return vcpu->guest.xfeatures & DYNAMIC;
}

/* The components of `live` as they are in the image with this seed, all others init. */
static void check_contents(struct fpu_guest *guest, uint64_t live, uint8_t seed)
{
	const struct fpstate *fps = guest->fpstate;

	memset(read_back, 0x55, sizeof(read_back));
	assert_int_equal(fpu_copy_guest_fpstate_to_uabi(guest, read_back, fps->size), 0);
	assert_true((((struct xsave_area *)(void *)read_back)->xstate_bv & ALL) == live);
	xstate_fill(image, layout, live, seed);
	assert_true(xstate_checksum(read_back, layout, live) ==
		    xstate_checksum(image, layout, live));
}

/* The guest loads these components, and is left at once. */
static __attribute__((noinline)) void use_in_guest(struct fpu_guest *guest, uint64_t live,
						   uint8_t seed)
{
	int in, out;

	xstate_fill(image, layout, live, seed);
	in = fpu_swap_kvm_fpstate(guest, true);
	xrstor(image, live);
	out = fpu_swap_kvm_fpstate(guest, false);
	assert_int_equal(in, 0);
	assert_int_equal(out, 0);
}

/* Everything of a guest that a failure must leave alone. */
struct snapshot {
	struct fpu_guest guest;
	uint8_t head[offsetof(struct fpstate, regs)];
	uint8_t regs[1024];
	uint64_t xcr0, supported, task_xfd;
	const struct fpstate *active;
	unsigned int nr_taken;
};

static void take_snapshot(struct snapshot *s, const struct fpu_vcpu *vcpu)
{
	const struct fpstate *fps = vcpu->guest.fpstate;

	memset(s, 0, sizeof(*s));
	memcpy(&s->guest, &vcpu->guest, sizeof(s->guest));
	memcpy(s->head, fps, sizeof(s->head));
	assert_true(fps->size <= sizeof(s->regs));
	memcpy(s->regs, fps->regs, fps->size);
	s->xcr0 = vcpu->xcr0;
	s->supported = vcpu->supported;
	s->task_xfd = vcpu->guest.task->xfd;
	s->active = vcpu->guest.task->fpstate;
	s->nr_taken = memory.nr_taken;
}

static void check_unchanged(const struct snapshot *before, const struct fpu_vcpu *vcpu)
{
	struct snapshot now;

	take_snapshot(&now, vcpu);
	assert_memory_equal(&now, before, sizeof(now));
}

static void test_choose(void **state)
{
	struct fpu_config c;

	(void)state;
	assert_int_equal(fpu_config_choose(&c, 0x602e7, 0x2e7, layout, true), 0);
	assert_true(c.max_features == 0x7 && c.dynamic == 0x4 && c.has_xsaveopt);
	assert_int_equal(fpu_config_choose(&c, 0x602e7, 0x602e7, layout, false), 0);
	/* All but PKRU. */
	assert_true(c.max_features == 0x600e7 && c.dynamic == 1 << 18 && !c.has_xsaveopt);
	/* Permission without the feature in XCR0. */
	assert_int_equal(fpu_config_choose(&c, 0x7, 0x602e7, layout, true), 0);
	assert_true(c.dynamic == 0x4);
	assert_int_equal(fpu_config_choose(&c, 0x3, 0x602e7, layout, true), -EOPNOTSUPP);
}

static void test_task_refuses_features_without_place(void **state)
{
	const uint64_t strange[] = { ALL | 1ull << 4, ALL | 1ull << 63 };
	struct abi_xstate gap[ABI_NR_XSTATE];
	struct fpu_config bad = config;
	struct fpu_task task;

	(void)state;
	memcpy(gap, layout, sizeof(gap));
	gap[4].bytes = 0;
	bad.layout = gap;
	assert_int_equal(guarded_fpstates_create(&memory), 0);
	for (size_t i = 0; i < 2; i++) {
		bad.max_features = strange[i];
		assert_int_equal(fpu_task_create(&task, &bad, &memory.allocator), -EINVAL);
		fpu_task_destroy(&task);
	}
	bad.max_features = ORDINARY;
	assert_int_equal(fpu_task_create(&task, &bad, &memory.allocator), -EINVAL);
	end_task(&task);
}

static void test_permission(void **state)
{
	struct fpu_task task;
	struct fpu_guest first = { .task = &task }, second = { .task = &task };

	(void)state;
	make_task(&task, false);
	assert_int_equal(fpu_request_guest_perm(&task, 1), -EOPNOTSUPP);
	assert_int_equal(fpu_request_guest_perm(&task, 18), -EOPNOTSUPP);
	assert_int_equal(fpu_request_guest_perm(&task, 64), -EOPNOTSUPP);
	assert_int_equal(fpu_request_guest_perm(&task, ~0u), -EOPNOTSUPP);
	assert_true(task.guest_perm == ORDINARY);
	assert_int_equal(fpu_request_guest_perm(&task, 2), 0);
	assert_true(task.guest_perm == ALL);

	/* Locked by a guest, for as long as the task lives; what was granted may be asked again. */
	assert_true(fpu_alloc_guest_fpstate(&first));
	assert_true(first.perm == ALL && first.xfeatures == ORDINARY);
	assert_int_equal(fpu_request_guest_perm(&task, 2), 0);
	fpu_free_guest_fpstate(&first);
	end_task(&task);

	make_task(&task, false);
	assert_true(fpu_alloc_guest_fpstate(&first));
	fpu_free_guest_fpstate(&first);
	assert_int_equal(fpu_request_guest_perm(&task, 2), -EBUSY);
	assert_true(fpu_alloc_guest_fpstate(&second));
	assert_true(second.perm == ORDINARY);
	fpu_free_guest_fpstate(&second);
	end_task(&task);
}

static void test_permission_is_asked_before_the_lock_even_if_memory_lacks(void **state)
{
	struct fpu_task task;
	struct fpu_guest guest = { .task = &task };

	(void)state;
	make_task(&task, true);
	memory.fail_at = memory.nr_calls + 1;
	assert_false(fpu_alloc_guest_fpstate(&guest));
	assert_null(guest.fpstate);
	assert_int_equal(guest.bytes, 0);
	fpu_free_guest_fpstate(&guest);
	fpu_free_guest_fpstate(NULL);
	end_task(&task);
}

static void test_not_permitted(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct snapshot before;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		make_task(&task, false);
		assert_int_equal(fpu_vcpu_create(&vcpu, &task, policy), 0);
		assert_false(has_room(&vcpu));
		use_in_guest(&vcpu.guest, ORDINARY, 7);
		take_snapshot(&before, &vcpu);
		assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, ALL), -EPERM);
		assert_int_equal(fpu_enable_guest_xfd_features(&vcpu.guest, DYNAMIC), -EPERM);
		assert_int_equal(fpu_update_guest_xcr0(&vcpu.guest, ALL), -EPERM);
		assert_int_equal(fpu_update_guest_xcr0(&vcpu.guest, 1ull << 63), -EPERM);
		assert_int_equal(fpu_update_guest_xfd(&vcpu.guest, ALL, DYNAMIC), -EPERM);
		/* As in the message: first XCR0, then XFD. */
		assert_int_equal(fpu_update_guest_xfd(&vcpu.guest, ALL, UNKNOWN_XFD), -EPERM);
		check_unchanged(&before, &vcpu);
		/* The processor has the feature: XFD may disable it all the same. */
		assert_int_equal(fpu_update_guest_xfd(&vcpu.guest, ORDINARY, DYNAMIC), 0);
		assert_true(vcpu.guest.fpstate->xfd == DYNAMIC);
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

static void test_unsupported_xfd(void **state)
{
	static const uint64_t values[] = { STRANGE_XFD, UNKNOWN_XFD, DYNAMIC | UNKNOWN_XFD, ~0ull };
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct snapshot before;

	(void)state;
	make_task(&task, true);
	make_vcpu(&vcpu, &task, FPU_ON_WRMSR_XFD);
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, DYNAMIC), 0);
	assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ALL), 0);
	use_in_guest(&vcpu.guest, ORDINARY, 3);
	take_snapshot(&before, &vcpu);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, values[i]), -524);
	check_unchanged(&before, &vcpu);
	fpu_vcpu_destroy(&vcpu);
	end_task(&task);
}

static void test_xcr0_outside_cpuid(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct snapshot before;

	(void)state;
	make_task(&task, true);
	assert_int_equal(fpu_vcpu_create(&vcpu, &task, FPU_ON_XSETBV), 0);
	assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, ORDINARY), 0);
	take_snapshot(&before, &vcpu);
	assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ALL), -EINVAL);
	assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, XFEATURE_SSE), -EINVAL);
	assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, 0), -EINVAL);
	check_unchanged(&before, &vcpu);
	fpu_vcpu_destroy(&vcpu);
	end_task(&task);
}

/* Room after creation, CPUID, XFD disabled, XCR0, XFD enabled. */
static void test_when_policies_make_room(void **state)
{
	static const bool expected[FPU_NR_POLICIES][5] = {
		[FPU_STATIC] = { true, true, true, true, true },
		[FPU_AT_CPUID] = { false, true, true, true, true },
		[FPU_ON_XSETBV] = { false, false, false, true, true },
		[FPU_ON_WRMSR_XFD] = { false, false, false, false, true },
	};
	struct fpu_task task;
	struct fpu_vcpu vcpu;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		make_task(&task, true);
		assert_int_equal(fpu_vcpu_create(&vcpu, &task, policy), 0);
		assert_int_equal(has_room(&vcpu), expected[policy][0]);
		use_in_guest(&vcpu.guest, ORDINARY, 9);
		assert_int_equal(fpu_vcpu_set_cpuid(&vcpu, ALL), 0);
		assert_int_equal(has_room(&vcpu), expected[policy][1]);
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, DYNAMIC), 0);
		assert_int_equal(has_room(&vcpu), expected[policy][2]);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ALL), 0);
		assert_int_equal(has_room(&vcpu), expected[policy][3]);
		/* Growing is no reason to enable what the guest disabled. */
		assert_true(vcpu.guest.fpstate->xfd == DYNAMIC);
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, 0), 0);
		assert_int_equal(has_room(&vcpu), expected[policy][4]);
		assert_true(vcpu.guest.fpstate->xfd == 0);
		check_contents(&vcpu.guest, ORDINARY, 9);
		/* Never smaller again, and one more fpstate at most while it grew. */
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, DYNAMIC), 0);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ORDINARY), 0);
		assert_true(has_room(&vcpu));
		assert_int_equal(vcpu.guest.peak_bytes,
				 vcpu.guest.bytes +
					 (policy == FPU_STATIC
						  ? 0
						  : offsetof(struct fpstate, regs) +
							    fpu_area_bytes(&config, ORDINARY)));
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

/* The reset value of XFD is 0: a guest that does not know it gets room with XCR0. */
static void test_xcr0_alone_makes_room(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		make_task(&task, true);
		make_vcpu(&vcpu, &task, policy);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ORDINARY), 0);
		assert_int_equal(has_room(&vcpu), policy <= FPU_AT_CPUID);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ALL), 0);
		assert_true(has_room(&vcpu));
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

static void test_swap_refuses_strangers(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu a, b;
	int answers[5];

	(void)state;
	make_task(&task, true);
	make_vcpu(&a, &task, FPU_STATIC);
	make_vcpu(&b, &task, FPU_STATIC);
	answers[0] = fpu_swap_kvm_fpstate(&a.guest, false);
	answers[1] = fpu_swap_kvm_fpstate(&a.guest, true);
	answers[2] = fpu_swap_kvm_fpstate(&b.guest, true);
	answers[3] = fpu_swap_kvm_fpstate(&b.guest, false);
	/* It is in use: nothing is freed. */
	fpu_free_guest_fpstate(&a.guest);
	answers[4] = fpu_swap_kvm_fpstate(&a.guest, false);
	assert_int_equal(answers[0], -EBUSY);
	assert_int_equal(answers[1], 0);
	assert_int_equal(answers[2], -EBUSY);
	assert_int_equal(answers[3], -EBUSY);
	assert_int_equal(answers[4], 0);
	assert_ptr_equal(task.fpstate, task.own);
	fpu_vcpu_destroy(&a);
	fpu_vcpu_destroy(&b);
	end_task(&task);
}

/* Two guests and the host take turns; the host's registers hold a state of their own. */
static __attribute__((noinline)) void take_turns(struct fpu_guest *a, struct fpu_guest *b,
						 uint64_t rfbm)
{
	xstate_fill(image, layout, ALL, 11);
	xrstor(image, rfbm);
	fpu_swap_kvm_fpstate(a, true);
	xstate_fill(image, layout, ORDINARY, 12);
	xrstor(image, rfbm);
	fpu_swap_kvm_fpstate(a, false);
	fpu_swap_kvm_fpstate(b, true);
	xstate_fill(image, layout, ALL, 13);
	xrstor(image, rfbm);
	fpu_swap_kvm_fpstate(b, false);
	fpu_swap_kvm_fpstate(a, true);
	/* What a has no room for must not be what b left. */
	xsave(read_back, rfbm);
	fpu_swap_kvm_fpstate(a, false);
	xsave(image, rfbm);
	/* Nothing is left behind for the rest of the program. */
	xrstor(clean, rfbm);
}

static void test_swap_changes_registers(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu a, b;
	uint8_t expected[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));

	(void)state;
	make_task(&task, true);
	make_vcpu(&a, &task, FPU_ON_WRMSR_XFD);
	make_vcpu(&b, &task, FPU_STATIC);
	assert_int_equal(fpu_vcpu_set_xcr0(&b, ALL), 0);
	memset(read_back, 0, sizeof(read_back));
	take_turns(&a.guest, &b.guest, ALL);

	/* The host's, at the end. */
	xstate_fill(expected, layout, ALL, 11);
	assert_true(xstate_checksum(image, layout, ALL) == xstate_checksum(expected, layout, ALL));
	/* a's, in the registers: AVX is init. */
	assert_true((((struct xsave_area *)(void *)read_back)->xstate_bv & ORDINARY) == ORDINARY);
	xstate_fill(expected, layout, ORDINARY, 12);
	assert_true(xstate_checksum(read_back, layout, ALL) ==
		    xstate_checksum(expected, layout, ALL));
	check_contents(&a.guest, ORDINARY, 12);
	check_contents(&b.guest, ALL, 13);
	fpu_vcpu_destroy(&a);
	fpu_vcpu_destroy(&b);
	end_task(&task);
}

/* The control words, which XRSTOR loads although XSTATE_BV is 0. */
static __attribute__((noinline)) void read_controls(struct fpu_guest *guest, uint32_t *mxcsr,
						    uint16_t *fcw)
{
	fpu_swap_kvm_fpstate(guest, true);
	__asm__ volatile("stmxcsr %0" : "=m"(*mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(*fcw));
	fpu_swap_kvm_fpstate(guest, false);
}

static void test_fresh_guest_is_init(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	uint32_t mxcsr = 0;
	uint16_t fcw = 0;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		make_task(&task, true);
		make_vcpu(&vcpu, &task, policy);
		read_controls(&vcpu.guest, &mxcsr, &fcw);
		assert_int_equal(mxcsr, 0x1f80);
		assert_int_equal(fcw, 0x37f);
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

struct grown {
	int answers[5];
	uint64_t xfd[3];
};

/* Grows while the guest's registers are live. */
static __attribute__((noinline)) void grow_in_guest(struct fpu_vcpu *vcpu, struct grown *g)
{
	xstate_fill(image, layout, ALL, 21);
	g->answers[0] = fpu_swap_kvm_fpstate(&vcpu->guest, true);
	xrstor(image, ORDINARY);
	g->answers[1] = fpu_vcpu_set_xfd(vcpu, DYNAMIC);
	g->xfd[0] = vcpu->guest.task->xfd;
	g->answers[2] = fpu_vcpu_set_xcr0(vcpu, ALL);
	g->answers[3] = fpu_vcpu_set_xfd(vcpu, 0);
	g->xfd[1] = vcpu->guest.task->xfd;
	xrstor(image, DYNAMIC);
	g->answers[4] = fpu_swap_kvm_fpstate(&vcpu->guest, false);
	g->xfd[2] = vcpu->guest.task->xfd;
}

static void test_growing_while_in_use(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct grown g;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		make_task(&task, true);
		make_vcpu(&vcpu, &task, policy);
		grow_in_guest(&vcpu, &g);
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(g.answers[i], 0);
		assert_true(g.xfd[0] == DYNAMIC && g.xfd[1] == 0 && g.xfd[2] == 0);
		assert_true(has_room(&vcpu));
		check_contents(&vcpu.guest, ALL, 21);
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

/* Disabled while live, and enabled again before or after the state was saved. */
static __attribute__((noinline)) void disable_in_guest(struct fpu_vcpu *vcpu, bool is_saved,
						       int answers[4])
{
	xstate_fill(image, layout, ALL, 31);
	fpu_swap_kvm_fpstate(&vcpu->guest, true);
	xrstor(image, ALL);
	answers[0] = fpu_vcpu_set_xfd(vcpu, DYNAMIC);
	if (is_saved) {
		answers[1] = fpu_swap_kvm_fpstate(&vcpu->guest, false);
		answers[2] = fpu_swap_kvm_fpstate(&vcpu->guest, true);
	}
	answers[3] = fpu_vcpu_set_xfd(vcpu, 0);
	fpu_swap_kvm_fpstate(&vcpu->guest, false);
}

static void test_disabled_components_are_init_when_saved(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	int answers[4];

	(void)state;
	for (int is_saved = 0; is_saved < 2; is_saved++) {
		memset(answers, 0, sizeof(answers));
		make_task(&task, true);
		make_vcpu(&vcpu, &task, FPU_ON_WRMSR_XFD);
		assert_int_equal(fpu_vcpu_set_xcr0(&vcpu, ALL), 0);
		disable_in_guest(&vcpu, is_saved, answers);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(answers[i], 0);
		check_contents(&vcpu.guest, is_saved ? ORDINARY : ALL, 31);
		/* Left out, and not only called init. */
		for (uint32_t at = 0; is_saved && at < layout[2].bytes; at++)
			assert_int_equal(vcpu.guest.fpstate->regs[layout[2].offset + at], 0);
		/* In memory at once. */
		assert_int_equal(fpu_vcpu_set_xfd(&vcpu, DYNAMIC), 0);
		check_contents(&vcpu.guest, ORDINARY, 31);
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

/*
 * The debate's orders of restoring a saved guest onto a fresh vCPU, all six of them, and the two
 * kinds of guest: one whose tiles are live (XFD = 0), one whose tiles are init and disabled.
 */
enum { XFD, XCR0, XSTATE };
static const int orders[6][3] = {
	{ XFD, XCR0, XSTATE }, { XCR0, XFD, XSTATE }, { XFD, XSTATE, XCR0 },
	{ XCR0, XSTATE, XFD }, { XSTATE, XFD, XCR0 }, { XSTATE, XCR0, XFD },
};

/* What XSTATE answers; where it is refused the caller gives up. */
static int restore(struct fpu_vcpu *vcpu, const int order[3], bool is_live)
{
	xstate_fill(image, layout, is_live ? ALL : ORDINARY, 41);
	for (size_t i = 0; i < 3; i++) {
		int ret = 0;

		if (order[i] == XFD)
			ret = fpu_vcpu_set_xfd(vcpu, is_live ? 0 : DYNAMIC);
		else if (order[i] == XCR0)
			ret = fpu_vcpu_set_xcr0(vcpu, ALL);
		else
			ret = fpu_vcpu_set_xsave(vcpu, image);
		if (ret)
			return ret;
	}
	return 0;
}

static int position(const int order[3], int step)
{
	return order[0] == step ? 0 : order[1] == step ? 1 : 2;
}

static void check_restore(enum fpu_policy policy, const int order[3], bool is_live)
{
	const bool is_lazy = policy == FPU_ON_XSETBV || policy == FPU_ON_WRMSR_XFD;
	/* There is no room for live tiles until XCR0 has them. */
	const bool is_refused = is_lazy && is_live &&
				position(order, XSTATE) < position(order, XCR0);
	const bool is_xfd_first = position(order, XFD) < position(order, XCR0);
	struct fpu_task task;
	struct fpu_vcpu vcpu;

	make_task(&task, true);
	make_vcpu(&vcpu, &task, policy);
	if (is_refused) {
		assert_int_equal(restore(&vcpu, order, is_live), -EINVAL);
		assert_false(has_room(&vcpu));
	} else {
		assert_int_equal(restore(&vcpu, order, is_live), 0);
		check_contents(&vcpu.guest, is_live ? ALL : ORDINARY, 41);
		assert_true(vcpu.xcr0 == ALL);
		assert_true(vcpu.guest.fpstate->xfd == (is_live ? 0 : DYNAMIC));
		/* "which means the buffer expansion was pointless" */
		assert_int_equal(has_room(&vcpu),
				 policy != FPU_ON_WRMSR_XFD || is_live || !is_xfd_first);
	}
	fpu_vcpu_destroy(&vcpu);
	end_task(&task);
}

static void test_restore_orders(void **state)
{
	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		for (size_t i = 0; i < 6; i++) {
			check_restore(policy, orders[i], false);
			check_restore(policy, orders[i], true);
		}
	}
}

static void break_image(struct xsave_area *header, size_t how)
{
	xstate_fill(image, layout, ALL, 5);
	if (how == 0)
		header->xcomp_bv = XCOMP_BV_COMPACTED;
	else if (how == 1)
		header->rsvd2[5] = 1;
	else if (how == 2)
		header->mxcsr = 0x10000;
	else if (how == 3)
		header->xstate_bv = ALL | 1ull << 63;
	else
		header->xstate_bv = ALL | 1ull << 5; /* there, but none of this guest's */
}

static void test_images_that_are_refused(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct snapshot before;

	(void)state;
	make_task(&task, true);
	make_vcpu(&vcpu, &task, FPU_STATIC);
	use_in_guest(&vcpu.guest, ORDINARY, 51);
	take_snapshot(&before, &vcpu);
	for (size_t how = 0; how < 5; how++) {
		break_image((struct xsave_area *)(void *)image, how);
		assert_int_equal(fpu_vcpu_set_xsave(&vcpu, image), -EINVAL);
	}
	check_unchanged(&before, &vcpu);

	/* Live tiles under XFD: loading them would be a #NM in the host. */
	assert_int_equal(fpu_vcpu_set_xfd(&vcpu, DYNAMIC), 0);
	xstate_fill(image, layout, ALL, 5);
	assert_int_equal(fpu_vcpu_set_xsave(&vcpu, image), -EINVAL);
	check_contents(&vcpu.guest, ORDINARY, 51);
	assert_int_equal(fpu_copy_guest_fpstate_to_uabi(&vcpu.guest, read_back,
							vcpu.guest.fpstate->size - 1),
			 -EINVAL);
	fpu_vcpu_destroy(&vcpu);
	end_task(&task);
}

static void test_images_wait_until_the_guest_is_left(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	int get, set;

	(void)state;
	make_task(&task, true);
	make_vcpu(&vcpu, &task, FPU_STATIC);
	xstate_fill(image, layout, ORDINARY, 5);
	fpu_swap_kvm_fpstate(&vcpu.guest, true);
	get = fpu_copy_guest_fpstate_to_uabi(&vcpu.guest, read_back, sizeof(read_back));
	set = fpu_vcpu_set_xsave(&vcpu, image);
	fpu_swap_kvm_fpstate(&vcpu.guest, false);
	assert_int_equal(get, -EBUSY);
	assert_int_equal(set, -EBUSY);
	fpu_vcpu_destroy(&vcpu);
	end_task(&task);
}

/* One event after the other, each tried without memory first: nothing may have changed. */
static void test_no_memory_changes_nothing(void **state)
{
	struct fpu_task task;
	struct fpu_vcpu vcpu;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		unsigned int nr_failed = 0;

		make_task(&task, true);
		assert_int_equal(fpu_vcpu_create(&vcpu, &task, policy), 0);
		use_in_guest(&vcpu.guest, ORDINARY, 61);
		for (int event = 0; event < 4; event++) {
			for (int is_short = 1; is_short >= 0; is_short--) {
				struct snapshot before;
				int ret;

				take_snapshot(&before, &vcpu);
				memory.fail_at = is_short ? memory.nr_calls + 1 : 0;
				if (event == 0)
					ret = fpu_vcpu_set_cpuid(&vcpu, ALL);
				else if (event == 2)
					ret = fpu_vcpu_set_xcr0(&vcpu, ALL);
				else
					ret = fpu_vcpu_set_xfd(&vcpu, event == 1 ? DYNAMIC : 0);
				if (ret) {
					assert_int_equal(ret, -EFAULT);
					assert_true(is_short);
					check_unchanged(&before, &vcpu);
					nr_failed++;
				}
			}
		}
		assert_int_equal(nr_failed, policy == FPU_STATIC ? 0 : 1);
		assert_true(has_room(&vcpu));
		check_contents(&vcpu.guest, ORDINARY, 61);
		fpu_vcpu_destroy(&vcpu);
		end_task(&task);
	}
}

static void check_life(struct fpu_life *life)
{
	assert_int_equal(fpu_life_begin(life), 0);
	assert_true(life->vcpu.guest.xfeatures == fpu_life_room(life));
	assert_ptr_equal(life->task->fpstate, life->task->own);
	/* check_contents() makes an image of its own, of the same seed. */
	check_contents(&life->vcpu.guest, fpu_life_used(life), 71);
	fpu_life_end(life);
}

static void test_lives(void **state)
{
	static const uint32_t writes[] = { 0, 1, 2, 3, 16 };
	struct fpu_task task;

	(void)state;
	make_task(&task, true);
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
			struct fpu_life life = {
				.task = &task,
				.policy = policy,
				.nr_xfd_writes = writes[i],
				.nr_swaps = 1 + writes[i] / 2,
				.image = image,
			};

			xstate_fill(image, layout, ALL, 71);
			check_life(&life);
			assert_true(fpu_life_used(&life) ==
				    (writes[i] && writes[i] % 2 == 0 ? ALL : ORDINARY));
		}
	}
	end_task(&task);
}

/* The k-th allocation of a whole life, for every k. */
static void test_lives_without_memory(void **state)
{
	struct fpu_task task;

	(void)state;
	for (int policy = 0; policy < FPU_NR_POLICIES; policy++) {
		const unsigned int nr_allocations = policy == FPU_STATIC ? 1 : 2;

		make_task(&task, true);
		for (unsigned int k = 1; k <= nr_allocations + 1; k++) {
			struct fpu_life life = {
				.task = &task,
				.policy = policy,
				.nr_xfd_writes = 2,
				.nr_swaps = 3,
				.image = image,
			};
			int ret;

			xstate_fill(image, layout, ALL, 71);
			memory.nr_calls = 0;
			memory.fail_at = k;
			ret = fpu_life_begin(&life);
			memory.fail_at = 0;
			assert_int_equal(ret, k > nr_allocations ? 0 : k == 1 ? -ENOMEM : -EFAULT);
			assert_ptr_equal(task.fpstate, task.own);
			fpu_life_end(&life);
			assert_int_equal(memory.nr_taken, 1);
			xstate_fill(image, layout, ALL, 71);
			check_life(&life);
		}
		end_task(&task);
	}

	/* The task's own. */
	assert_int_equal(guarded_fpstates_create(&memory), 0);
	memory.fail_at = 1;
	assert_int_equal(fpu_task_create(&task, &config, &memory.allocator), -ENOMEM);
	end_task(&task);
}

/* The allocator that is meant for use: zeroed, aligned, and writable to the end. */
static void test_pages(void **state)
{
	static const size_t sizes[] = { 640, 4096, 4097, 11072 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *memory_of = fpu_pages.alloc(fpu_pages.arg, sizes[i]);

		assert_non_null(memory_of);
		assert_int_equal((uintptr_t)memory_of % XSAVE_ALIGN, 0);
		for (size_t at = 0; at < sizes[i]; at++) {
			assert_int_equal(memory_of[at], 0);
			memory_of[at] = 1;
		}
		fpu_pages.free(fpu_pages.arg, memory_of, sizes[i]);
	}
	assert_null(fpu_pages.alloc(fpu_pages.arg, (size_t)1 << 60));
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(fpu_policy_name(FPU_STATIC), "static");
	assert_string_equal(fpu_policy_name(FPU_AT_CPUID), "at_cpuid");
	assert_string_equal(fpu_policy_name(FPU_ON_XSETBV), "on_xsetbv");
	assert_string_equal(fpu_policy_name(FPU_ON_WRMSR_XFD), "on_wrmsr_xfd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_task_refuses_features_without_place),
		cmocka_unit_test(test_permission),
		cmocka_unit_test(test_permission_is_asked_before_the_lock_even_if_memory_lacks),
		cmocka_unit_test(test_not_permitted),
		cmocka_unit_test(test_unsupported_xfd),
		cmocka_unit_test(test_xcr0_outside_cpuid),
		cmocka_unit_test(test_when_policies_make_room),
		cmocka_unit_test(test_xcr0_alone_makes_room),
		cmocka_unit_test(test_swap_refuses_strangers),
		cmocka_unit_test(test_swap_changes_registers),
		cmocka_unit_test(test_fresh_guest_is_init),
		cmocka_unit_test(test_growing_while_in_use),
		cmocka_unit_test(test_disabled_components_are_init_when_saved),
		cmocka_unit_test(test_restore_orders),
		cmocka_unit_test(test_images_that_are_refused),
		cmocka_unit_test(test_images_wait_until_the_guest_is_left),
		cmocka_unit_test(test_no_memory_changes_nothing),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_lives_without_memory),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_names),
	};

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE) || !(xgetbv(0) & XFEATURE_YMM)) {
		puts("SKIP: XCR0[2] (AVX) is 0");
		return EXIT_SKIP;
	}
	xstate_layout(layout);
	xstate_fill(clean, layout, 0, 0);
	/* AVX plays the dynamic feature on every machine. */
	if (fpu_config_choose(&config, xgetbv(0), 0, layout,
			      cpuid(CPUID_D, 1).eax & CPUID_D1_EAX_XSAVEOPT))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
