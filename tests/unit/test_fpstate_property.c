// SPDX-License-Identifier: MIT
/*
 * Random events of a vCPU's life against an oracle that knows no buffers: for each component which
 * image it was last loaded from, and for each event what the debate says it must answer. A save or
 * restore beyond a buffer meets its guard (guarded_fpstates.h).
 *
 * Nothing is asserted while a guest's registers are live: assertions call libc, which uses them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/stats/random.h"
#include "guest/x86/xstate.h"
#include "host/fpstate/policy.h"
#include "tests/unit/guarded_fpstates.h"

#define EXIT_SKIP     77
#define DYNAMIC	      XFEATURE_YMM
#define ORDINARY      (XFEATURE_X87 | XFEATURE_SSE)
#define ALL	      (ORDINARY | DYNAMIC)
#define NR_COMPONENTS 3
#define NR_EVENTS     25000 /* of each seed */
#define NR_SEEDS      6

static struct abi_xstate layout[ABI_NR_XSTATE];
static struct fpu_config config;
static struct guarded_fpstates memory;
static uint8_t image[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t read_back[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t host[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t clean[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
static uint8_t expected[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));

/* The oracle's vCPU. */
struct model {
	enum fpu_policy policy;
	uint64_t perm, supported, xcr0, xfd;
	bool has_room; /* for the dynamic feature */
	bool is_in;
	uint8_t seed[NR_COMPONENTS]; /* of the image that the component came from; 0: init */
	uint8_t host_seed;	     /* of the host's registers, when it entered */
};

struct world {
	uint64_t random;
	struct fpu_task task;
	struct fpu_vcpu vcpu;
	struct model model;
	unsigned int event;
	const char *what;
	unsigned int nr_ok, nr_refused, nr_short, nr_grown; /* so that no kind is missing */
};

static uint64_t draw(struct world *w, uint64_t below)
{
	return random_next(&w->random) % below;
}

/* Leaves the guest first. */
static void give_up(struct world *w, const char *why, int got, int wanted)
{
	if (w->vcpu.guest.fpstate && w->vcpu.guest.fpstate->in_use)
		(void)fpu_swap_kvm_fpstate(&w->vcpu.guest, false);
	fail_msg("event %u, %s, policy %s: %s: expected %d, read %d", w->event, w->what,
		 fpu_policy_name(w->model.policy), why, wanted, got);
}

static void check(struct world *w, const char *why, int got, int wanted)
{
	if (got != wanted)
		give_up(w, why, got, wanted);
}

/* A mask of XCR0's kind, mostly one that makes sense. */
static uint64_t draw_xfeatures(struct world *w)
{
	const uint64_t odd[] = { XFEATURE_SSE, 0, ALL | 1ull << 5, 1ull << 63, DYNAMIC };

	if (draw(w, 8) == 0)
		return odd[draw(w, sizeof(odd) / sizeof(odd[0]))];
	return draw(w, 2) ? ALL : ORDINARY;
}

static uint64_t draw_xfd(struct world *w)
{
	const uint64_t odd[] = { XFEATURE_SSE, 1ull << 18, DYNAMIC | XFEATURE_X87, ~0ull };

	if (draw(w, 8) == 0)
		return odd[draw(w, sizeof(odd) / sizeof(odd[0]))];
	return draw(w, 2) ? DYNAMIC : 0;
}

static uint8_t draw_seed(struct world *w)
{
	return (uint8_t)(1 + draw(w, 120));
}

/* One event in four finds no memory, if it looks for some. */
static bool draw_shortage(struct world *w)
{
	const bool is_short = draw(w, 4) == 0;

	memory.fail_at = is_short ? memory.nr_calls + 1 : 0;
	return is_short;
}

/* Makes room if `needs`; what that answers. */
static int grow(struct world *w, bool needs, bool is_short)
{
	struct model *m = &w->model;

	if (!needs || m->has_room)
		return 0;
	if (is_short) {
		w->nr_short++;
		return -EFAULT;
	}
	m->has_room = true;
	w->nr_grown++;
	return 0;
}

static void settle(struct world *w, int got, int wanted)
{
	memory.fail_at = 0;
	check(w, "answer", got, wanted);
	w->nr_ok += !wanted;
	w->nr_refused += wanted && wanted != -EFAULT;
}

static void event_cpuid(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t supported = draw_xfeatures(w);
	const bool is_short = draw_shortage(w);
	int wanted = -EPERM;

	w->what = "CPUID";
	if (!(supported & ~m->perm)) {
		wanted = grow(w, m->policy == FPU_AT_CPUID && supported & DYNAMIC, is_short);
		m->supported = wanted ? m->supported : supported;
	}
	settle(w, fpu_vcpu_set_cpuid(&w->vcpu, supported), wanted);
}

static void event_xcr0(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t xcr0 = draw_xfeatures(w);
	const bool is_short = draw_shortage(w);
	const bool has_dynamic = xcr0 & DYNAMIC;
	int wanted = -EINVAL;

	w->what = "XCR0";
	if (!(xcr0 & ~m->supported) && xcr0 & XFEATURE_X87) {
		wanted = grow(w, has_dynamic && (m->policy == FPU_ON_XSETBV || !m->xfd), is_short);
		m->xcr0 = wanted ? m->xcr0 : xcr0;
	}
	settle(w, fpu_vcpu_set_xcr0(&w->vcpu, xcr0), wanted);
}

/* Past the vCPU, as a caller that did not check against CPUID would. */
static void event_raw_xcr0(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t xcr0 = draw_xfeatures(w);
	const bool is_short = draw_shortage(w);
	const int wanted = xcr0 & ~m->perm ? -EPERM : grow(w, xcr0 & DYNAMIC && !m->xfd, is_short);

	w->what = "fpu_update_guest_xcr0()";
	settle(w, fpu_update_guest_xcr0(&w->vcpu.guest, xcr0), wanted);
}

static void event_xfd(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t xfd = draw_xfd(w);
	const bool is_short = draw_shortage(w);
	int wanted = -ENOTSUPP;

	w->what = "XFD";
	if (!(xfd & ~DYNAMIC)) {
		wanted = grow(w, m->xcr0 & DYNAMIC && !xfd, is_short);
		if (!wanted) {
			m->xfd = xfd;
			/* In memory it is gone; in the registers only once it is saved. */
			if (xfd && !m->is_in)
				m->seed[2] = 0;
		}
	}
	settle(w, fpu_vcpu_set_xfd(&w->vcpu, xfd), wanted);
	check(w, "XFD in force", w->task.xfd != (m->is_in ? m->xfd : 0), 0);
}

/* The host has every component live when it enters, and must find them when it comes back. */
static int swap(struct world *w, bool enter, bool is_refused, uint8_t seed)
{
	int ret;

	xstate_fill(host, layout, ALL, seed);
	if (enter && !is_refused)
		xrstor(host, ALL);
	ret = fpu_swap_kvm_fpstate(&w->vcpu.guest, enter);
	if (!enter && !is_refused) {
		xsave(read_back, ALL);
		xrstor(clean, ALL);
	}
	return ret;
}

static void event_swap(struct world *w)
{
	struct model *m = &w->model;
	const bool enter = draw(w, 8) ? !m->is_in : m->is_in;
	const bool is_refused = enter == m->is_in;
	int ret;

	w->what = enter ? "enter" : "leave";
	if (!is_refused) {
		m->is_in = enter;
		m->host_seed = enter ? draw_seed(w) : m->host_seed;
		if (!enter && m->xfd)
			m->seed[2] = 0;
	}
	ret = swap(w, enter, is_refused, m->host_seed);
	settle(w, ret, is_refused ? -EBUSY : 0);
	if (!enter && !is_refused)
		check(w, "the host's registers",
		      xstate_checksum(read_back, layout, ALL) != xstate_checksum(host, layout, ALL),
		      0);
}

/* The guest loads one component, or makes it init. Only what XCR0 and XFD let it touch. */
static void event_use(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t component = draw(w, NR_COMPONENTS);
	const uint64_t bit = 1ull << component;
	const uint8_t seed = draw(w, 4) ? draw_seed(w) : 0;

	w->what = "use";
	if (!m->is_in || !(m->xcr0 & ~m->xfd & bit))
		return;
	xstate_fill(image, layout, seed ? bit : 0, seed);
	xrstor(image, bit);
	m->seed[component] = seed;
}

static void event_restore(struct world *w)
{
	struct model *m = &w->model;
	const uint64_t live = draw(w, 4) ? draw_xfeatures(w) : draw(w, 8);
	const uint8_t seed = draw_seed(w);
	const uint64_t room = ORDINARY | (m->has_room ? DYNAMIC : 0);
	int wanted = -EINVAL;

	w->what = "restore";
	xstate_fill(image, layout, live & ALL, seed);
	((struct xsave_area *)(void *)image)->xstate_bv = live;
	if (m->is_in) {
		wanted = -EBUSY;
	} else if (!(live & ~(m->supported & room & ~m->xfd))) {
		wanted = 0;
		for (unsigned int i = 0; i < NR_COMPONENTS; i++)
			m->seed[i] = live >> i & 1 ? seed : 0;
	}
	settle(w, fpu_vcpu_set_xsave(&w->vcpu, image), wanted);
}

/* What the model knows of the buffer. */
static void check_room(struct world *w)
{
	const struct model *m = &w->model;
	const struct fpu_guest *guest = &w->vcpu.guest;
	const uint64_t room = ORDINARY | (m->has_room ? DYNAMIC : 0);

	check(w, "room", guest->fpstate->xfeatures != room || guest->xfeatures != room, 0);
	check(w, "size", (int)guest->fpstate->size, (int)fpu_area_bytes(&config, room));
	check(w, "XFD", guest->fpstate->xfd != m->xfd, 0);
	check(w, "XCR0", w->vcpu.xcr0 != m->xcr0, 0);
	check(w, "fpstates", (int)memory.nr_taken, 2);
	check(w, "damage", (int)memory.nr_bad, 0);
	check(w, "whose registers", w->task.fpstate != (m->is_in ? guest->fpstate : w->task.own),
	      0);
}

/* Component by component, while the guest is out. Some processors show init ones in use. */
static void check_contents(struct world *w)
{
	const struct model *m = &w->model;
	const struct xsave_area *header = (const void *)read_back;
	struct fpu_guest *guest = &w->vcpu.guest;

	if (m->is_in)
		return;
	check(w, "reading", fpu_copy_guest_fpstate_to_uabi(guest, read_back, sizeof(read_back)), 0);
	check(w, "XSTATE_BV under XFD", header->xstate_bv & m->xfd ? 1 : 0, 0);
	check(w, "XSTATE_BV", header->xstate_bv & ~guest->xfeatures ? 1 : 0, 0);
	for (unsigned int i = 0; i < NR_COMPONENTS; i++) {
		const uint64_t bit = 1ull << i;
		const bool is_live = m->seed[i];

		if (!is_live && !(header->xstate_bv & bit))
			continue;
		check(w, "component in use", header->xstate_bv & bit ? 1 : 0, 1);
		xstate_fill(expected, layout, is_live ? bit : 0, m->seed[i]);
		check(w, "contents",
		      xstate_checksum(read_back, layout, bit) !=
			      xstate_checksum(expected, layout, bit),
		      0);
	}
}

static void create(struct world *w)
{
	const enum fpu_policy policy = (enum fpu_policy)draw(w, FPU_NR_POLICIES);

	w->what = "create";
	w->model = (struct model){
		.policy = policy,
		.perm = w->task.guest_perm,
		.xcr0 = XFEATURE_X87,
		.has_room = policy == FPU_STATIC && w->task.guest_perm & DYNAMIC,
	};
	check(w, "answer", fpu_vcpu_create(&w->vcpu, &w->task, policy), 0);
}

static void event_reset(struct world *w)
{
	if (w->model.is_in || draw(w, 2))
		return;
	fpu_vcpu_destroy(&w->vcpu);
	create(w);
}

static void run(uint64_t seed, bool is_permitted, struct world *w)
{
	static void (*const events[])(struct world *) = {
		event_cpuid, event_xcr0, event_raw_xcr0, event_xfd,	event_swap,  event_swap,
		event_use,   event_use,	 event_use,	 event_restore, event_reset,
	};

	*w = (struct world){ .random = seed };
	assert_int_equal(guarded_fpstates_create(&memory), 0);
	assert_int_equal(fpu_task_create(&w->task, &config, &memory.allocator), 0);
	if (is_permitted)
		assert_int_equal(fpu_request_guest_perm(&w->task, 2), 0);
	create(w);
	for (w->event = 0; w->event < NR_EVENTS; w->event++) {
		events[draw(w, sizeof(events) / sizeof(events[0]))](w);
		check_room(w);
		check_contents(w);
	}
	if (w->model.is_in)
		(void)fpu_swap_kvm_fpstate(&w->vcpu.guest, false);
	fpu_vcpu_destroy(&w->vcpu);
	fpu_task_destroy(&w->task);
	assert_int_equal(memory.nr_taken, 0);
	assert_int_equal(memory.nr_bad, 0);
	guarded_fpstates_destroy(&memory);
}

static void test_permitted(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= NR_SEEDS; seed++) {
		static struct world w;

		run(seed, true, &w);
		assert_true(w.nr_ok > NR_EVENTS / 10);
		assert_true(w.nr_refused > NR_EVENTS / 20);
		assert_true(w.nr_short > NR_EVENTS / 500);
		assert_true(w.nr_grown > NR_EVENTS / 500);
	}
}

static void test_not_permitted(void **state)
{
	static struct world w;

	(void)state;
	run(100, false, &w);
	assert_int_equal(w.nr_grown, 0);
	assert_int_equal(w.nr_short, 0);
	assert_true(w.nr_refused > NR_EVENTS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permitted),
		cmocka_unit_test(test_not_permitted),
	};

	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_OSXSAVE) || !(xgetbv(0) & XFEATURE_YMM)) {
		puts("SKIP: XCR0[2] (AVX) is 0");
		return EXIT_SKIP;
	}
	xstate_layout(layout);
	xstate_fill(clean, layout, 0, 0);
	if (fpu_config_choose(&config, xgetbv(0), 0, layout,
			      cpuid(CPUID_D, 1).eax & CPUID_D1_EAX_XSAVEOPT))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
