// SPDX-License-Identifier: MIT
/*
 * restore_trim.c - what becomes of state that the processor has and the guest does not?
 *
 * Asks:     kernels before "x86/kvm/fpu: Limit guest user_xfeatures to supported bits of XCR0" save
 *           components that the guest's CPUID lacks; kernels with it refuse to load them, until
 *           "KVM: x86: Constrain guest-supported xfeatures only at KVM_GET_XSAVE{2}" (Linux 6.6,
 *           backported): which is this one, and does a guest survive the migration?
 * Times:    N KVM_SET_XSAVE, on a vCPU whose CPUID lacks every component beyond x87 and SSE, of an
 *           image that has them: made here (image=made), or saved under another kernel by a vCPU
 *           of the same CPUID (image=carried: `lab --carry-state`).
 * Includes: the system call, vcpu_load and vcpu_put (null/ioctl). Where it is refused, that alone.
 * Excludes: making the image.
 * Valid if: every call answered as the first; KVM_GET_XSAVE after it gives the components that the
 *           guest has, with their contents. Evidence: `rfbm`, the components of the image; `answer`,
 *           the errno of KVM_SET_XSAVE or 0; `cleared`, the components of the image that
 *           KVM_GET_XSAVE does not give back; `behaviour`, 1 rejected, 2 accepted and trimmed, 3
 *           accepted and kept.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cases/live.h"
#include "host/vmm/carried.h"
#include "host/vmm/vcpu.h"

enum { AXIS_IMAGE };
enum image { IMAGE_MADE, IMAGE_CARRIED };
enum behaviour { REJECTED = 1, TRIMMED, KEPT };

static const struct fpb_value images[] = {
	{ .name = "made", .number = IMAGE_MADE },
	{ .name = "carried", .number = IMAGE_CARRIED, .needs = FPB_NEED_CARRIED },
	{ 0 },
};

struct trim {
	uint8_t image[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	struct vcpu *vcpu;
	uint64_t offered; /* XSTATE_BV of the image */
	uint64_t guest;	  /* XCR0 that the vCPU's CPUID allows */
	int answer;	  /* of the first KVM_SET_XSAVE */
};

static int read_carried(struct trim *t, struct fpb_err *err)
{
	const char *path = getenv(CARRIED_VARIABLE);
	struct carried *carried = calloc(1, sizeof(*carried));
	int ret;

	if (!carried)
		return FPB_FAIL(err, -ENOMEM, "carried state");
	ret = path ? carried_read(carried, path, err)
		   : FPB_FAIL(err, -ENOENT, "no carried state: %s is not set", CARRIED_VARIABLE);
	if (!ret)
		memcpy(t->image, carried->area, sizeof(t->image));
	free(carried);
	return ret;
}

static int make_image(const struct fpb_run *run, struct trim *t, struct fpb_err *err)
{
	const struct xsave_area *header = (const void *)t->image;
	int ret = 0;

	if (run->value[AXIS_IMAGE] == IMAGE_CARRIED)
		ret = read_carried(t, err);
	else
		xstate_fill(t->image, run->xstate, live_rfbm(run), 1);
	t->offered = header->xstate_bv;
	return ret;
}

static int set_up(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct trim *t = aligned_alloc(XSAVE_ALIGN,
				       (sizeof(*t) + XSAVE_ALIGN - 1) & ~(size_t)(XSAVE_ALIGN - 1));
	/* It never runs. */
	const struct payload payload = { .entry = ABI_IMAGE_GPA };
	struct fpb_err refused = { 0 };
	int ret;

	if (!t)
		return FPB_FAIL(err, -ENOMEM, "image of xstate");
	*t = (struct trim){ .vcpu = NULL };
	run->private = t;
	cpuid_policy_withhold(vm->cpuid, CARRIED_WITHHELD);
	t->guest = cpuid_policy_xcr0(vm->cpuid);
	ret = vcpu_create(vm, run->vcpu->id + 1, &payload, VCPU_RING3, &t->vcpu, err);
	if (!ret)
		ret = make_image(run, t, err);
	if (ret)
		return ret;
	t->answer = vcpu_set_xsave(t->vcpu, t->image, &refused);
	return t->answer == -EPERM ? FPB_FAIL(err, t->answer, "%s", refused.text) : 0;
}

static void tear_down(struct fpb_run *run)
{
	struct trim *t = run->private;

	if (t)
		vcpu_destroy(t->vcpu);
	free(t);
	run->private = NULL;
}

static void run_set_xsave(struct fpb_run *run)
{
	const struct trim *t = run->private;
	const struct kvm_sys *sys = t->vcpu->vm->sys;
	const unsigned long area = (unsigned long)t->image;
	const int fd = t->vcpu->fd, answer = t->answer;
	uint64_t nr_others = 0;

	FPB_TIMED_LOOP(run, nr_others += sys->ioctl(fd, KVM_SET_XSAVE, area) != answer);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, nr_others, 0);
}

static enum behaviour judge(const struct trim *t, uint64_t cleared)
{
	if (t->answer)
		return REJECTED;
	return cleared ? TRIMMED : KEPT;
}

/* What KVM made of the image: from init, so that nothing is left over from before. */
static void read_back(void *arg)
{
	struct fpb_run *run = arg;
	const struct trim *t = run->private;
	const struct kvm_sys *sys = t->vcpu->vm->sys;
	const struct xsave_area *header = (const void *)run->scratch;
	const uint64_t theirs = t->offered & t->guest, judged = theirs & XSTATE_ORDINARY;
	struct fpb_err ignored = { 0 };
	uint64_t cleared;
	int answer, ret;

	xstate_fill(run->scratch, run->xstate, 0, 1);
	ret = vcpu_set_xsave(t->vcpu, run->scratch, &ignored);
	answer = sys->ioctl(t->vcpu->fd, KVM_SET_XSAVE, (unsigned long)t->image);
	if (!ret)
		ret = vcpu_get_xsave(t->vcpu, run->scratch, &ignored);
	fpb_observe(run, ABI_EVIDENCE_ANSWER, (uint64_t)-answer, (uint64_t)-t->answer);
	fpb_note(run, ABI_EVIDENCE_RFBM, t->offered);
	cleared = t->offered & ~header->xstate_bv;
	fpb_note(run, ABI_EVIDENCE_CLEARED, cleared);
	fpb_note(run, ABI_EVIDENCE_BEHAVIOUR, judge(t, cleared));
	if (ret)
		fpb_observe(run, ABI_EVIDENCE_NR_FAILED, 1, 0);
	if (ret || t->answer)
		return;
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, header->xstate_bv & theirs, theirs);
	fpb_observe(run, ABI_EVIDENCE_REGISTERS,
		    xstate_checksum(run->scratch, run->xstate, judged) & INT64_MAX,
		    xstate_checksum(t->image, run->xstate, judged) & INT64_MAX);
}

static const struct fpb_bench restore_trim = {
	.name = "restore/trim",
	.title = "KVM_SET_XSAVE of components that the processor has and the guest's CPUID lacks",
	.axes = { { "image", images } },
	.needs = FPB_NEED_KVM | FPB_NEED_AVX,
	.host = HOST_FN(run_set_xsave),
	.setup = HOST_FN(set_up),
	.teardown = HOST_FN(tear_down),
	.finish = HOST_FN(read_back),
};

const struct fpb_bench *const family_restore_trim[] = { &restore_trim, NULL };
