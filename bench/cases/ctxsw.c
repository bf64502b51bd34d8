// SPDX-License-Identifier: MIT
/*
 * ctxsw.c - what does a context switch cost between threads with registers in use?
 *
 * Asks:     the kernel's own save and restore when two tasks take turns, by live state: the price
 *           every host task pays, to hold against what a vCPU pays.
 * Times:    N round trips between this thread and a partner on the same CPU, both with the state
 *           live: two context switches each. Both are SCHED_BATCH: nobody preempts who wakes him.
 * Includes: the wake-up and sleep by pipe or futex, and the scheduler.
 * Excludes: making the state live: once per batch in both threads.
 * Valid if: the kernel counted at least one switch of this thread per round trip, and XSTATE_BV of
 *           both threads is at the end what the row says. Compare the row with live=init.
 */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/cases/live.h"
#include "bench/cases/switches.h"
#include "bench/cases/syscall.h"

enum { AXIS_LIVE };
enum channel { CHANNEL_PIPE, CHANNEL_FUTEX };
enum { TO_PARTNER, TO_US, NR_WAYS };

/* What passes between the threads. */
enum token { NOTHING, YOUR_TURN, READ_BACK, STOP };

struct partner {
	uint8_t area[XSTATE_AREA_BYTES] __attribute__((aligned(XSAVE_ALIGN)));
	const struct fpb_run *run;
	uint64_t live;
	uint64_t xstate_bv; /* the partner's at READ_BACK */
	pthread_t thread;
	enum channel channel;
	uint32_t turn[NR_WAYS]; /* futex words: an enum token */
	int pipe[NR_WAYS][2];	/* read end, write end */
	bool has_thread;
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

/* What was live until now, and the same anew for the next batch. */
static void read_back(struct partner *p)
{
	struct xsave_area *now = (void *)p->area;

	if (p->run->xfeatures) {
		xsave(now, live_rfbm_of(p->run, p->live));
		__atomic_store_n(&p->xstate_bv, now->xstate_bv, __ATOMIC_SEQ_CST);
	}
	live_load(p->run, p->area, p->live);
}

static void answer(struct partner *p, enum channel channel)
{
	uint32_t token;

	live_load(p->run, p->area, p->live);
	while ((token = await(p, TO_PARTNER, channel)) != STOP) {
		if (token == READ_BACK)
			read_back(p);
		pass(p, TO_US, YOUR_TURN, channel);
	}
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

/*
 * Who is woken must not preempt who woke it: whether it does depends on what both have run so far,
 * and a row would be one of two. Both threads are SCHED_BATCH, whose wake-ups never preempt.
 */
static int set_policy(int policy, struct fpb_err *err)
{
	const struct sched_param none = { 0 };

	return sched_setscheduler(0, policy, &none)
		       ? FPB_FAIL(err, -errno, "sched_setscheduler for the measuring thread")
		       : 0;
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
	ret = set_policy(SCHED_BATCH, err);
	if (ret)
		return ret;
	/* The thread inherits this one's policy and affinity: the same, single CPU. */
	ret = pthread_create(&p->thread, NULL, partner_main, p);
	if (ret)
		return FPB_FAIL(err, -ret, "partner thread");
	p->has_thread = true;
	return 0;
}

static void stop_partner(struct fpb_run *run)
{
	struct partner *p = run->private;
	struct fpb_err ignored = { 0 };

	if (!p)
		return;
	(void)set_policy(SCHED_OTHER, &ignored);
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

#define ROUND_TRIP(channel)                                                                        \
	FPB_TIMED_LOOP(run, pass(p, TO_PARTNER, YOUR_TURN, channel); (void)await(p, TO_US, channel))

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
	/* First of all: what follows may call a memset() that uses vector registers. */
	if (run->xfeatures)
		xsave(now, live_rfbm_of(run, live));
	switches = nr_switches() - before;
	if (run->xfeatures) {
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		live_load(run, run->scratch, 0);
		pass(p, TO_PARTNER, READ_BACK, p->channel);
		(void)await(p, TO_US, p->channel);
		live_observe(run, ABI_EVIDENCE_PARTNER_XSTATE_BV,
			     __atomic_load_n(&p->xstate_bv, __ATOMIC_SEQ_CST), live);
	}
	fpb_observe(run, ABI_EVIDENCE_SWITCHES, switches_up_to(switches, run->iterations),
		    run->iterations);
}

static const struct fpb_bench ctxsw_pipe = {
	.name = "ctxsw/pipe",
	.title = "round trip between two threads on one CPU by pipe, state live in both",
	.axes = { { "live", task_live_sets } },
	.number = CHANNEL_PIPE,
	.gate = true,
	.host = HOST_FN(run_round_trips),
	.setup = HOST_FN(start_partner),
	.teardown = HOST_FN(stop_partner),
};

static const struct fpb_bench ctxsw_futex = {
	.name = "ctxsw/futex",
	.title = "round trip between two threads on one CPU by futex, state live in both",
	.axes = { { "live", task_live_sets } },
	.number = CHANNEL_FUTEX,
	.gate = true,
	.host = HOST_FN(run_round_trips),
	.setup = HOST_FN(start_partner),
	.teardown = HOST_FN(stop_partner),
};

const struct fpb_bench *const family_ctxsw[] = { &ctxsw_pipe, &ctxsw_futex, NULL };
