// SPDX-License-Identifier: MIT
/*
 * signal.c - what does a signal cost with registers in use?
 *
 * Asks:     delivery and return of a signal, by live state: the kernel saves all of it into the
 *           frame on the user's stack and restores it from there.
 * Times:    N times the thread sends itself a signal whose handler returns at once.
 * Includes: tgkill, the frame (an XSAVE to user memory), the handler, rt_sigreturn (an XRSTOR).
 * Excludes: making the state live.
 * Valid if: the handler ran once per operation, and XSTATE_BV is at the end what the row says. The
 *           size of the frame is the C library's AT_MINSIGSTKSZ, in the evidence.
 */
#include <errno.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/cases/live.h"
#include "bench/cases/syscall.h"

#define BENCH_SIGNAL (SIGRTMIN + 2)

enum { AXIS_LIVE };

static volatile uint64_t nr_handled;

static void count(int signal)
{
	(void)signal;
	nr_handled++;
}

static int install_handler(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct sigaction action = { .sa_handler = count };

	(void)run;
	(void)vm;
	sigemptyset(&action.sa_mask);
	if (sigaction(BENCH_SIGNAL, &action, NULL))
		return FPB_FAIL(err, -errno, "sigaction");
	return 0;
}

static void remove_handler(struct fpb_run *run)
{
	(void)run;
	signal(BENCH_SIGNAL, SIG_DFL);
}

static void run_delivery(struct fpb_run *run)
{
	const uint64_t live = live_mask(run, run->value[AXIS_LIVE]);
	struct xsave_area *now = (void *)run->scratch;
	const long pid = getpid(), tid = gettid(), signal = BENCH_SIGNAL;

	nr_handled = 0;
	live_load(run, run->scratch, live);
	FPB_TIMED_LOOP(run, syscall3(SYS_tgkill, pid, tid, signal));
	if (run->xfeatures) {
		xsave(now, live_rfbm_of(run, live));
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		live_load(run, run->scratch, 0);
	}
	fpb_observe(run, ABI_EVIDENCE_NR_HANDLED, nr_handled, run->iterations);
	fpb_note(run, ABI_EVIDENCE_MINSIGSTKSZ, getauxval(AT_MINSIGSTKSZ));
}

static const struct fpb_bench signal_delivery = {
	.name = "signal/delivery",
	.title = "signal to the own thread: delivery and return, by live state",
	.axes = { { "live", task_live_sets } },
	.gate = true,
	.host = HOST_FN(run_delivery),
	.setup = HOST_FN(install_handler),
	.teardown = HOST_FN(remove_handler),
};

const struct fpb_bench *const family_signal[] = { &signal_delivery, NULL };
