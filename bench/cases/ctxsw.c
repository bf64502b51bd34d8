// SPDX-License-Identifier: MIT
/*
 * ctxsw.c - what does a context switch cost between threads with registers in use?
 *
 * Asks:     the kernel's own save and restore when two tasks take turns, by live state: the price
 *           every host task pays, to hold against what a vCPU pays.
 * Times:    N round trips between this thread and a partner on the same CPU, both with the state
 *           live: two context switches each.
 * Includes: the wake-up and sleep by pipe or futex, and the scheduler.
 * Excludes: making the state live: this thread once per batch, the partner when it starts.
 * Valid if: the kernel counted at least one switch of this thread per round trip, and
 *           XSTATE_BV of this thread is at the end what the row says (the partner's is not read).
 *           Compare the row with live=init.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/cases/live.h"
#include "bench/cases/syscall.h"

enum { AXIS_LIVE };
enum channel { CHANNEL_PIPE, CHANNEL_FUTEX };
enum { TO_PARTNER, TO_US, NR_WAYS };

/* A token that says "end" instead of "your turn". */
#define STOP 2u

struct partner {
	enum channel channel;
	pthread_t thread;
	bool has_thread;
	int pipe[NR_WAYS][2];	/* read end, write end */
	uint32_t turn[NR_WAYS]; /* futex words: 0 or the token */
	uint64_t live;
	const struct fpb_run *run;
	uint8_t area[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
};

/* Inlined with a constant channel, so that the timed loop has no branch on it. */
static inline __attribute__((always_inline)) void pass(struct partner *p, unsigned int way,
						       uint32_t token, enum channel channel)
{
	if (channel == CHANNEL_PIPE) {
		(void)syscall3(SYS_write, p->pipe[way][1], (long)&token, sizeof(token));
	} else {
		__atomic_store_n(&p->turn[way], token, __ATOMIC_SEQ_CST);
		(void)syscall3(SYS_futex, (long)&p->turn[way], FUTEX_WAKE_PRIVATE, 1);
	}
}

static inline __attribute__((always_inline)) uint32_t await(struct partner *p, unsigned int way,
							    enum channel channel)
{
	uint32_t token = 0;

	if (channel == CHANNEL_PIPE) {
		/* A signal may interrupt the read; the end of the pipe means that nobody is left.
		 */
		while (syscall3(SYS_read, p->pipe[way][0], (long)&token, sizeof(token)) == -EINTR)
			;
		return token ? token : STOP;
	}
	while (!(token = __atomic_exchange_n(&p->turn[way], 0, __ATOMIC_SEQ_CST)))
		(void)syscall4(SYS_futex, (long)&p->turn[way], FUTEX_WAIT_PRIVATE, 0, 0);
	return token;
}

static void answer(struct partner *p, enum channel channel)
{
	live_load(p->run, p->area, p->live);
	while (await(p, TO_PARTNER, channel) != STOP)
		pass(p, TO_US, 1, channel);
	live_load(p->run, p->area, 0);
}

static void *partner_main(void *arg)
{
	struct partner *p = arg;

	if (p->channel == CHANNEL_PIPE)
		answer(p, CHANNEL_PIPE);
	else
		answer(p, CHANNEL_FUTEX);
	return NULL;
}

static int start_partner(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct partner *p = aligned_alloc(XSAVE_ALIGN, (sizeof(*p) + XSAVE_ALIGN - 1) &
							       ~(size_t)(XSAVE_ALIGN - 1));
	int ret;

	(void)vm;
	if (!p)
		return FPB_FAIL(err, -ENOMEM, "partner thread");
	*p = (struct partner){
		.channel = (enum channel)run->bench->number,
		.pipe = { { -1, -1 }, { -1, -1 } },
		.live = live_mask(run, run->value[AXIS_LIVE]),
		.run = run,
	};
	run->private = p;
	for (unsigned int way = 0; p->channel == CHANNEL_PIPE && way < NR_WAYS; way++) {
		if (pipe(p->pipe[way]))
			return FPB_FAIL(err, -errno, "pipe to the partner thread");
	}
	/* The thread inherits this one's affinity: the same, single CPU. */
	ret = pthread_create(&p->thread, NULL, partner_main, p);
	if (ret)
		return FPB_FAIL(err, -ret, "partner thread");
	p->has_thread = true;
	return 0;
}

static void stop_partner(struct fpb_run *run)
{
	struct partner *p = run->private;

	if (!p)
		return;
	if (p->has_thread) {
		pass(p, TO_PARTNER, STOP, p->channel);
		pthread_join(p->thread, NULL);
	}
	for (unsigned int way = 0; way < NR_WAYS; way++) {
		for (unsigned int end = 0; end < 2; end++) {
			if (p->pipe[way][end] >= 0)
				close(p->pipe[way][end]);
		}
	}
	free(p);
	run->private = NULL;
}

static uint64_t nr_switches(void)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_THREAD, &usage);
	/* The partner, once awake, may preempt us before we go to sleep: both kinds are switches.
	 */
	return (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw;
}

#define ROUND_TRIP(channel)                                                                        \
	FPB_TIMED_LOOP(run, pass(p, TO_PARTNER, 1, channel); (void)await(p, TO_US, channel))

static void run_round_trips(struct fpb_run *run)
{
	const uint64_t live = live_mask(run, run->value[AXIS_LIVE]);
	struct xsave_area *now = (void *)run->scratch;
	struct partner *p = run->private;
	const uint64_t before = nr_switches();
	uint64_t switches;

	live_load(run, run->scratch, live);
	if (p->channel == CHANNEL_PIPE)
		ROUND_TRIP(CHANNEL_PIPE);
	else
		ROUND_TRIP(CHANNEL_FUTEX);
	if (run->xfeatures) {
		xsave(now, live_rfbm(run));
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		live_load(run, run->scratch, 0);
	}
	/* At least one each; the scheduler may add some, and a batch with fewer is void. */
	switches = nr_switches() - before;
	fpb_observe(run, ABI_EVIDENCE_SWITCHES,
		    switches < run->iterations ? switches : run->iterations, run->iterations);
}

static const struct fpb_bench ctxsw_pipe = {
	.name = "ctxsw/pipe",
	.title = "round trip between two threads on one CPU by pipe, state live in both",
	.axes = { { "live", live_sets } },
	.number = CHANNEL_PIPE,
	.gate = true,
	.host = HOST_FN(run_round_trips),
	.setup = HOST_FN(start_partner),
	.teardown = HOST_FN(stop_partner),
};

static const struct fpb_bench ctxsw_futex = {
	.name = "ctxsw/futex",
	.title = "round trip between two threads on one CPU by futex, state live in both",
	.axes = { { "live", live_sets } },
	.number = CHANNEL_FUTEX,
	.gate = true,
	.host = HOST_FN(run_round_trips),
	.setup = HOST_FN(start_partner),
	.teardown = HOST_FN(stop_partner),
};

const struct fpb_bench *const family_ctxsw[] = { &ctxsw_pipe, &ctxsw_futex, NULL };
