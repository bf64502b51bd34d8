// SPDX-License-Identifier: MIT
/* Built with -mgeneral-regs-only: guests' registers are live while it runs. */
#include "host/fpstate/fpstate.h"

#include <errno.h>

#include "guest/x86/xstate.h"

#define MXCSR_RESERVED 0xffff0000u

static const union {
	struct xsave_area area;
	uint8_t bytes[XSTATE_AREA_BYTES];
} init_state __attribute__((aligned(XSAVE_ALIGN))) = {
	.area = { .mxcsr = MXCSR_DEFAULT },
};

/* Not memcpy() and memset(), which use vector registers, and which a loop may be turned into. */
static void copy_bytes(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void zero_bytes(void *at, size_t bytes)
{
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(0) : "memory");
}

int fpu_config_choose(struct fpu_config *config, uint64_t xcr0, uint64_t permitted,
		      const struct abi_xstate layout[ABI_NR_XSTATE], bool has_xsaveopt)
{
	*config = (struct fpu_config){ .layout = layout, .has_xsaveopt = has_xsaveopt };
	if (xcr0 & permitted & XFEATURE_XTILEDATA) {
		config->max_features = xcr0 & (XSTATE_ORDINARY | XFEATURE_AMX);
		config->dynamic = XFEATURE_XTILEDATA;
	} else if (xcr0 & XFEATURE_YMM) {
		config->max_features = XFEATURE_X87 | XFEATURE_AVX;
		config->dynamic = XFEATURE_YMM;
	} else {
		return -EOPNOTSUPP;
	}
	return 0;
}

uint32_t fpu_area_bytes(const struct fpu_config *config, uint64_t xfeatures)
{
	uint32_t bytes = sizeof(struct xsave_area);

	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		const uint32_t end = config->layout[i].offset + config->layout[i].bytes;

		if (xfeatures >> i & 1 && end > bytes)
			bytes = end;
	}
	return bytes;
}

static size_t fpstate_bytes(const struct fpstate *fps)
{
	return offsetof(struct fpstate, regs) + fps->size;
}

static struct fpstate *fpstate_create(const struct fpu_task *task, uint64_t xfeatures)
{
	const uint32_t size = fpu_area_bytes(&task->config, xfeatures);
	struct fpstate *fps =
		task->allocator.alloc(task->allocator.arg, offsetof(struct fpstate, regs) + size);

	if (!fps)
		return NULL;
	fps->xfeatures = xfeatures;
	fps->size = size;
	/* Restored whatever XSTATE_BV says (SDM volume 1, 13.8): zero would unmask exceptions. */
	fpstate_area(fps)->mxcsr = MXCSR_DEFAULT;
	return fps;
}

static void fpstate_destroy(const struct fpu_task *task, struct fpstate *fps)
{
	if (fps)
		task->allocator.free(task->allocator.arg, fps, fpstate_bytes(fps));
}

static bool has_place(const struct fpu_config *config, uint64_t xfeatures)
{
	for (unsigned int i = 0; i < 64; i++) {
		if (xfeatures >> i & 1 && (i >= ABI_NR_XSTATE || !config->layout[i].bytes))
			return false;
	}
	return true;
}

int fpu_task_create(struct fpu_task *task, const struct fpu_config *config,
		    const struct fpu_allocator *allocator)
{
	*task = (struct fpu_task){
		.config = *config,
		.allocator = *allocator,
		.guest_perm = config->max_features & ~config->dynamic,
	};
	if (!has_place(config, config->max_features) || config->dynamic & ~config->max_features)
		return -EINVAL;
	task->own = fpstate_create(task, config->max_features);
	if (!task->own)
		return -ENOMEM;
	task->own->in_use = true;
	task->fpstate = task->own;
	return 0;
}

void fpu_task_destroy(struct fpu_task *task)
{
	fpstate_destroy(task, task->own);
	task->own = task->fpstate = NULL;
}

int fpu_request_guest_perm(struct fpu_task *task, unsigned int feature)
{
	const uint64_t requested = feature < 64 ? 1ull << feature : 0;

	if (!(requested & task->config.dynamic))
		return -EOPNOTSUPP;
	if (task->guest_perm & requested)
		return 0;
	if (task->is_guest_perm_locked)
		return -EBUSY;
	task->guest_perm |= requested;
	return 0;
}

static void account(struct fpu_guest *gfpu, size_t bytes)
{
	gfpu->bytes += bytes;
	if (gfpu->bytes > gfpu->peak_bytes)
		gfpu->peak_bytes = gfpu->bytes;
}

bool fpu_alloc_guest_fpstate(struct fpu_guest *gfpu)
{
	struct fpu_task *task = gfpu->task;

	task->is_guest_perm_locked = true;
	gfpu->perm = task->guest_perm;
	gfpu->xfeatures = gfpu->is_static ? gfpu->perm : gfpu->perm & ~task->config.dynamic;
	gfpu->bytes = gfpu->peak_bytes = 0;
	gfpu->fpstate = fpstate_create(task, gfpu->xfeatures);
	if (!gfpu->fpstate)
		return false;
	account(gfpu, fpstate_bytes(gfpu->fpstate));
	return true;
}

void fpu_free_guest_fpstate(struct fpu_guest *gfpu)
{
	/* As in the kernel, which warns: swaps would save into freed memory. */
	if (!gfpu || !gfpu->fpstate || gfpu->fpstate->in_use)
		return;
	fpstate_destroy(gfpu->task, gfpu->fpstate);
	gfpu->fpstate = NULL;
	gfpu->bytes = 0;
}

/*
 * fpstate_realloc() of the kernel. What lies in memory is copied; what is in the registers stays
 * there and goes into the new buffer when it is next saved.
 */
static int fpstate_realloc(struct fpu_guest *gfpu, uint64_t xfeatures)
{
	struct fpu_task *task = gfpu->task;
	struct fpstate *old = gfpu->fpstate;
	struct fpstate *grown = fpstate_create(task, old->xfeatures | xfeatures);

	if (!grown)
		return -EFAULT;
	account(gfpu, fpstate_bytes(grown));
	grown->xfd = old->xfd;
	grown->in_use = old->in_use;
	if (old->in_use)
		task->fpstate = grown;
	else
		copy_bytes(grown->regs, old->regs, old->size);
	gfpu->fpstate = grown;
	gfpu->xfeatures = grown->xfeatures;
	gfpu->bytes -= fpstate_bytes(old);
	fpstate_destroy(task, old);
	return 0;
}

int fpu_enable_guest_xfd_features(struct fpu_guest *gfpu, uint64_t xfeatures)
{
	const uint64_t expand = xfeatures & ~gfpu->xfeatures;

	if (!expand)
		return 0;
	if (expand & ~gfpu->perm)
		return -EPERM;
	return fpstate_realloc(gfpu, expand);
}

static void set_xfd(struct fpu_guest *gfpu, uint64_t xfd)
{
	struct fpstate *fps = gfpu->fpstate;

	fps->xfd = xfd;
	if (fps->in_use)
		gfpu->task->xfd = xfd;
	else
		fpstate_area(fps)->xstate_bv &= ~xfd;
}

int fpu_update_guest_features(struct fpu_guest *guest_fpu, uint64_t xcr0, uint64_t xfd)
{
	int ret;

	if (xcr0 & ~guest_fpu->perm)
		return -EPERM;
	if (xfd & ~guest_fpu->task->config.dynamic)
		return -ENOTSUPP;
	/* In XCR0 and not disabled: saves will write it. */
	ret = fpu_enable_guest_xfd_features(guest_fpu, xcr0 & ~xfd);
	if (!ret)
		set_xfd(guest_fpu, xfd);
	return ret;
}

static void save(const struct fpu_task *task, struct fpstate *fps)
{
	const uint64_t rfbm = fps->xfeatures & ~fps->xfd;

	if (task->config.has_xsaveopt)
		xsaveopt(fps->regs, rfbm);
	else
		xsave(fps->regs, rfbm);
	fpstate_area(fps)->xstate_bv &= ~fps->xfd;
	fps->in_use = false;
}

/*
 * What `to` has no room for must not stay in the registers as `from` left it. The kernel needs no
 * instruction for that: XRSTORS, whose format is compacted, makes init what the area lacks. The
 * standard form cannot be asked to: there a processor may look at the places of all components in
 * RFBM, whatever XSTATE_BV says (seen: AMD family 25 faults there).
 */
static void initialise_others(struct fpstate *from, const struct fpstate *to)
{
	const uint64_t left = fpstate_area(from)->xstate_bv & ~to->xfeatures;

	if (left)
		xrstor(&init_state, left);
}

static void restore(struct fpu_task *task, struct fpstate *fps)
{
	task->xfd = fps->xfd;
	xrstor(fps->regs, fps->xfeatures);
	fps->in_use = true;
	task->fpstate = fps;
}

int fpu_swap_kvm_fpstate(struct fpu_guest *guest_fpu, bool enter_guest)
{
	struct fpu_task *task = guest_fpu->task;
	struct fpstate *from = enter_guest ? task->own : guest_fpu->fpstate;
	struct fpstate *to = enter_guest ? guest_fpu->fpstate : task->own;

	if (task->fpstate != from)
		return -EBUSY;
	save(task, from);
	initialise_others(from, to);
	restore(task, to);
	return 0;
}

int fpu_copy_guest_fpstate_to_uabi(struct fpu_guest *gfpu, void *buf, size_t size)
{
	const struct fpstate *fps = gfpu->fpstate;

	if (fps->in_use)
		return -EBUSY;
	if (size < fps->size)
		return -EINVAL;
	copy_bytes(buf, fps->regs, fps->size);
	return 0;
}

static bool is_wellformed(const struct xsave_area *image)
{
	for (unsigned int i = 0; i < sizeof(image->rsvd2) / sizeof(image->rsvd2[0]); i++) {
		if (image->rsvd2[i])
			return false;
	}
	return !image->xcomp_bv && !(image->mxcsr & MXCSR_RESERVED);
}

int fpu_copy_uabi_to_guest_fpstate(struct fpu_guest *gfpu, const void *buf, uint64_t xcr0)
{
	const struct abi_xstate *layout = gfpu->task->config.layout;
	struct fpstate *fps = gfpu->fpstate;
	const struct xsave_area *image = buf;
	const uint64_t live = image->xstate_bv;

	if (fps->in_use)
		return -EBUSY;
	if (!is_wellformed(image) || live & ~xcr0 || live & ~fps->xfeatures || live & fps->xfd)
		return -EINVAL;
	zero_bytes(fps->regs, fps->size);
	copy_bytes(fps->regs, image, sizeof(*image));
	for (unsigned int i = 2; i < ABI_NR_XSTATE; i++) {
		if (live >> i & 1)
			copy_bytes(fps->regs + layout[i].offset,
				   (const uint8_t *)buf + layout[i].offset, layout[i].bytes);
	}
	return 0;
}
