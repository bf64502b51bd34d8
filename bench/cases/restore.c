// SPDX-License-Identifier: MIT
/*
 * restore.c - what does it cost to restore a saved vCPU, and in which order does KVM take it?
 *
 * Asks:     the debate had IA32_XFD, XCR0, XSTATE as the order that lets KVM expand the guest's
 *           state before tiles arrive, and XSTATE, XCR0, IA32_XFD as what a VMM did. What does each
 *           cost, and does this kernel take both?
 * Times:    one restore on a vCPU in the state of a fresh one (XCR0 1, everything init, XFD 0):
 *           KVM_SET_MSRS {IA32_XFD}, KVM_SET_XCRS, KVM_SET_XSAVE, in either order. tiles=live: tiles
 *           and XFD 0; init: none and XFD 1 << 18; live_xfd: both, which crashes some hosts;
 *           none: no AMX, XCR0 and XSTATE alone, on any machine.
 * Includes: three system calls, each with vcpu_load and vcpu_put (null/ioctl).
 * Excludes: saving; making the vCPU fresh again.
 * Valid if: every call answered as in the trial before, whose outcome is the evidence `behaviour`:
 *           1 all accepted, 2 IA32_XFD refused, 3 XCR0 refused, 4 XSTATE refused. Where all are
 *           accepted the guest is resumed at the end and reads back IA32_XFD, XCR0, the registers
 *           and tile 0.
 */
#include <errno.h>
#include <stdlib.h>

#include "bench/cases/guest_half.h"
#include "bench/cases/tiles.h"
#include "guest/x86/msr.h"
#include "host/vmm/hazard.h"
#include "host/vmm/msr.h"

enum { AXIS_ORDER, AXIS_TILES };
enum order { XFD_XCR0_XSTATE, XSTATE_XCR0_XFD };
enum tiles { TILES_INIT, TILES_LIVE, TILES_LIVE_XFD, TILES_NONE };

static const struct fpb_value orders[] = {
	{ .name = "xfd_xcr0_xstate", .number = XFD_XCR0_XSTATE },
	{ .name = "xstate_xcr0_xfd", .number = XSTATE_XCR0_XFD },
	{ 0 },
};

static const struct fpb_value tile_states[] = {
	{ .name = "init", .number = TILES_INIT, .needs = FPB_NEED_AMX_GUEST },
	{ .name = "live", .number = TILES_LIVE, .needs = FPB_NEED_AMX_GUEST },
	{
		.name = "live_xfd",
		.number = TILES_LIVE_XFD,
		.needs = FPB_NEED_AMX_GUEST | FPB_NEED_HAZARD,
	},
	{ .name = "none", .number = TILES_NONE },
	{ 0 },
};

static bool has_tiles(const struct fpb_run *run)
{
	return run->value[AXIS_TILES] == TILES_LIVE || run->value[AXIS_TILES] == TILES_LIVE_XFD;
}

/* IA32_XFD of the saved vCPU. */
static uint64_t saved_xfd(const struct fpb_run *run)
{
	const enum tiles tiles = (enum tiles)run->value[AXIS_TILES];

	return tiles == TILES_INIT || tiles == TILES_LIVE_XFD ? XFD_XTILEDATA : 0;
}

/* Components in use in the saved vCPU, of those in its XCR0. */
static uint64_t saved_xfeatures(const struct fpb_run *run, uint64_t xcr0)
{
	return xcr0 & (XSTATE_ORDINARY | (has_tiles(run) ? XFEATURE_AMX : 0));
}

/* GUEST_FN: the case's tile 0 as TILESTORED gives it, and as the image has it. */
static bool is_tile_0_there(const struct fpb_run *run, const uint8_t *image, uint8_t *rows)
{
	const uint8_t *tile = image + run->xstate[XTILEDATA_INDEX].offset;
	bool is_there = true;

	tilestored0(rows, AMX_ROW_BYTES);
	for (unsigned int i = 0; i < AMX_TILE_BYTES; i++)
		is_there = is_there && rows[i] == tile[i];
	return is_there;
}

/* No timing: what the guest finds after it was resumed. */
static void read_in_guest(struct fpb_run *run)
{
	uint8_t *now = run->scratch, *image = now + XSTATE_AREA_BYTES;
	uint8_t *rows = image + XSTATE_AREA_BYTES;
	const uint64_t live = saved_xfeatures(run, run->xfeatures);
	const bool has_amx = run->value[AXIS_TILES] != TILES_NONE;
	/* With XFD set XSAVE writes tiles as init, whatever they hold. */
	const uint64_t readable = live & ~(saved_xfd(run) ? XFEATURE_XTILEDATA : 0);
	const struct xsave_area *header = (const void *)now;

	run->elapsed = 0;
	tiles_fill(image, run->xstate, live, 1);
	xstate_fill(now, run->xstate, 0, 1);
	FPB_HERE(run);
	xsave(now, XSTATE_ORDINARY | (has_amx ? XFEATURE_AMX : 0));
	fpb_observe(run, ABI_EVIDENCE_REGISTERS,
		    xstate_checksum(now, run->xstate, readable) & INT64_MAX,
		    xstate_checksum(image, run->xstate, readable) & INT64_MAX);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, header->xstate_bv & (live | XFEATURE_XTILEDATA),
		    readable);
	fpb_note(run, ABI_EVIDENCE_XCR0, xgetbv(0));
	if (!has_amx)
		return;
	FPB_HERE(run);
	fpb_observe(run, ABI_EVIDENCE_XFD, rdmsr(MSR_IA32_XFD), saved_xfd(run));
	if (readable & XFEATURE_XTILEDATA)
		fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, is_tile_0_there(run, image, rows), 1);
}

/* One ioctl of a restore. */
struct step {
	unsigned long request;
	unsigned long arg;
	int answer; /* where it is accepted */
	enum behaviour {
		ACCEPTED = 1,
		REFUSES_XFD,
		REFUSES_XCR0,
		REFUSES_XSTATE,
	} behaviour; /* where it is not */
};

struct restore {
	uint8_t xstate[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	uint8_t fresh[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	struct kvm_xcrs xcrs;
	struct vcpu *vcpu;
	struct step step[3];
	enum vcpu_ring ring;
	unsigned int nr_steps;
	unsigned int nr_refused; /* in the trial */
	enum behaviour behaviour;
	union one_msr xfd; /* last: it ends in an array without a length */
};

static inline __attribute__((always_inline)) unsigned int restore(const struct restore *r)
{
	const struct kvm_sys *sys = r->vcpu->vm->sys;
	unsigned int nr_refused = 0;

	for (const struct step *s = r->step; s < r->step + r->nr_steps; s++)
		nr_refused += sys->ioctl(r->vcpu->fd, s->request, s->arg) != s->answer;
	return nr_refused;
}

/* The state comes first: IA32_XFD may then be anything. */
static int make_fresh(struct fpb_run *run, struct restore *r, struct fpb_err *err)
{
	int ret = vcpu_set_xsave(r->vcpu, r->fresh, err);

	if (!ret && run->value[AXIS_TILES] != TILES_NONE)
		ret = vcpu_set_msr(r->vcpu, MSR_IA32_XFD, 0, err);
	return ret ? ret : vcpu_set_xcr0(r->vcpu, XFEATURE_X87, err);
}

static void run_restore(struct fpb_run *run)
{
	struct restore *r = run->private;
	struct fpb_err ignored = { 0 };
	unsigned int nr_refused = 0;
	const bool is_fresh = make_fresh(run, r, &ignored) == 0;

	FPB_TIMED_LOOP(run, nr_refused += restore(r));
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, is_fresh ? nr_refused : ~0u, r->nr_refused);
}

/* A running vCPU is given the row's state, then saved, as before a migration. */
static int save(struct fpb_run *run, struct restore *r, struct fpb_err *err)
{
	const struct xsave_area *header = (const void *)r->xstate;
	const uint64_t live = saved_xfeatures(run, guest_xfeatures(run, r->vcpu->vm));
	int ret;

	if (r->vcpu->xsave_bytes > sizeof(r->xstate))
		return FPB_FAIL(err, -EOVERFLOW, "KVM_CAP_XSAVE2: %zu bytes, at most %zu expected",
				r->vcpu->xsave_bytes, sizeof(r->xstate));
	tiles_fill(r->xstate, run->xstate, live, 1);
	ret = vcpu_set_xsave(r->vcpu, r->xstate, err);
	if (!ret)
		ret = vcpu_get_xsave(r->vcpu, r->xstate, err);
	if (!ret)
		ret = KVM_IOCTL(r->vcpu->vm->sys, r->vcpu->fd, KVM_GET_XCRS, &r->xcrs, err);
	if (ret < 0)
		return ret;
	if ((header->xstate_bv & live) != live)
		return FPB_FAIL(err, -EPROTO,
				"KVM_GET_XSAVE: expected XSTATE_BV %#llx as set, read %#llx",
				(unsigned long long)live, (unsigned long long)header->xstate_bv);
	return 0;
}

static void write_steps(const struct fpb_run *run, struct restore *r)
{
	const struct step xfd = { KVM_SET_MSRS, (unsigned long)&r->xfd, 1, REFUSES_XFD };
	const struct step xcr0 = { KVM_SET_XCRS, (unsigned long)&r->xcrs, 0, REFUSES_XCR0 };
	const struct step xstate = { KVM_SET_XSAVE, (unsigned long)r->xstate, 0, REFUSES_XSTATE };
	const bool has_xfd = run->value[AXIS_TILES] != TILES_NONE;
	const bool is_xfd_first = run->value[AXIS_ORDER] == XFD_XCR0_XSTATE;
	struct step *s = r->step;

	r->xfd = one_msr(MSR_IA32_XFD, saved_xfd(run));
	if (has_xfd && is_xfd_first)
		*s++ = xfd;
	*s++ = is_xfd_first ? xcr0 : xstate;
	*s++ = is_xfd_first ? xstate : xcr0;
	if (has_xfd && !is_xfd_first)
		*s++ = xfd;
	r->nr_steps = (unsigned int)(s - r->step);
}

/* What this kernel makes of the order: the first step that it refuses. */
static void try_steps(struct restore *r)
{
	const struct kvm_sys *sys = r->vcpu->vm->sys;

	r->behaviour = ACCEPTED;
	r->nr_refused = 0;
	for (const struct step *s = r->step; s < r->step + r->nr_steps; s++) {
		if (sys->ioctl(r->vcpu->fd, s->request, s->arg) == s->answer)
			continue;
		if (r->nr_refused++ == 0)
			r->behaviour = s->behaviour;
	}
}

static int set_up(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct restore *r = aligned_alloc(XSAVE_ALIGN, (sizeof(*r) + XSAVE_ALIGN - 1) &
							       ~(size_t)(XSAVE_ALIGN - 1));
	int ret;

	if (!r)
		return FPB_FAIL(err, -ENOMEM, "saved vCPU");
	/* IA32_XFD is read at CPL 0; not every backend runs XSAVE there. */
	*r = (struct restore){
		.ring = run->value[AXIS_TILES] == TILES_NONE ? VCPU_RING3 : VCPU_RING0,
	};
	run->private = r;
	xstate_fill(r->fresh, run->xstate, 0, 1);
	ret = guest_half_create(vm, run->vcpu, r->ring, &r->vcpu, err);
	if (!ret)
		ret = save(run, r, err);
	/* What follows goes past vcpu_set_msr() and vcpu_set_xsave(), which would look. */
	if (!ret)
		ret = hazard_check_xfd(r->vcpu, saved_xfd(run), err);
	if (!ret)
		ret = make_fresh(run, r, err);
	if (ret)
		return ret;
	write_steps(run, r);
	try_steps(r);
	/* Once here, where a guest that cannot do it is told of in words. */
	return r->behaviour == ACCEPTED ? guest_half_run(run, r->vcpu, r->ring, err) : 0;
}

static void tear_down(struct fpb_run *run)
{
	struct restore *r = run->private;

	if (r)
		vcpu_destroy(r->vcpu);
	free(r);
	run->private = NULL;
}

/* The guest goes on from what the last restore left. */
static void resume(void *arg)
{
	struct fpb_run *run = arg;
	const struct restore *r = run->private;
	struct fpb_err ignored = { 0 };

	fpb_note(run, ABI_EVIDENCE_BEHAVIOUR, r->behaviour);
	if (r->behaviour != ACCEPTED)
		return;
	if (guest_half_run(run, r->vcpu, r->ring, &ignored))
		fpb_observe(run, ABI_EVIDENCE_ANSWER, (uint64_t)-ignored.code, 0);
	else if (cpuid_policy_xcr0(r->vcpu->vm->cpuid))
		fpb_observe(run, ABI_EVIDENCE_XCR0, run->evidence[ABI_EVIDENCE_XCR0].value,
			    r->xcrs.xcrs[0].value);
}

static const struct fpb_bench restore_full = {
	.name = "restore/full",
	.title = "IA32_XFD, XCR0 and XSTATE restored into a fresh vCPU, in either order",
	.axes = { { "order", orders }, { "tiles", tile_states } },
	.product = true,
	.needs = FPB_NEED_KVM | FPB_NEED_XSAVE,
	.oneshot = 1,
	.guest = GUEST_FN(read_in_guest),
	.host = HOST_FN(run_restore),
	.setup = HOST_FN(set_up),
	.teardown = HOST_FN(tear_down),
	.finish = HOST_FN(resume),
};

const struct fpb_bench *const family_restore[] = { &restore_full, NULL };
