/* SPDX-License-Identifier: MIT */
/*
 * signal_frame.h - HOST_FN: what the kernel keeps of this thread's xstate, read in a signal frame.
 *
 * The frame's image is as large as the thread's fpstate, and says for which components that has
 * room: struct _fpx_sw_bytes of arch/x86/include/uapi/asm/sigcontext.h, in bytes 464 to 511 of the
 * legacy region. Nothing else tells a task whether its fpstate was expanded.
 */
#ifndef BENCH_CASES_SIGNAL_FRAME_H
#define BENCH_CASES_SIGNAL_FRAME_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/cases/syscall.h"
#include "guest/x86/xsave.h"

#define SIGNAL_FRAME_SIGNAL (SIGRTMIN + 2)
#define SW_BYTES_OFFSET	    464
#define SW_BYTES_MAGIC1	    0x46505853u

struct sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size;
	uint32_t padding[7];
};
_Static_assert(sizeof(struct sw_bytes) == 48, "struct _fpx_sw_bytes");

struct signal_frame {
	uint64_t xfeatures; /* that the thread's fpstate has room for */
	uint64_t xstate_bv;
	uint32_t bytes; /* of the image */
	bool is_seen;	/* false: no frame, or not of a kernel with XSAVE */
};

/* Of the last signal; they are taken one at a time. */
static struct signal_frame signal_frame_last;

static inline void signal_frame_read(int number, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	const uint8_t *image = (const void *)at->uc_mcontext.fpregs;
	struct signal_frame *frame = &signal_frame_last;
	struct sw_bytes sw;

	(void)number;
	(void)info;
	memcpy(&sw, image + SW_BYTES_OFFSET, sizeof(sw));
	if (sw.magic1 != SW_BYTES_MAGIC1)
		return;
	memcpy(&frame->xstate_bv, image + offsetof(struct xsave_area, xstate_bv),
	       sizeof(frame->xstate_bv));
	frame->xfeatures = sw.xfeatures;
	frame->bytes = sw.xstate_size;
	frame->is_seen = true;
}

static inline int signal_frame_open(struct fpb_err *err)
{
	struct sigaction action = { .sa_sigaction = signal_frame_read, .sa_flags = SA_SIGINFO };

	sigemptyset(&action.sa_mask);
	return sigaction(SIGNAL_FRAME_SIGNAL, &action, NULL) ? FPB_FAIL(err, -errno, "sigaction")
							     : 0;
}

static inline void signal_frame_close(void)
{
	signal(SIGNAL_FRAME_SIGNAL, SIG_DFL);
}

/* Of the calling thread, now. */
static inline struct signal_frame signal_frame_now(void)
{
	signal_frame_last = (struct signal_frame){ .is_seen = false };
	/* The handler runs before it returns: the signal is for this thread, and not blocked. */
	syscall3(SYS_tgkill, getpid(), gettid(), SIGNAL_FRAME_SIGNAL);
	return signal_frame_last;
}

#endif
