// SPDX-License-Identifier: MIT
/*
 * ctxsw_vcpu.c - what does it cost when one vCPU preempts another on its CPU?
 *
 * Asks:     the switch from a running guest to another vCPU thread and back, by the state that is
 *           live in both guests.
 * Times:    N OUTs inside one TSC pair in the guest, each answered in the kernel by an eventfd on
 *           which the partner waits: a SCHED_FIFO thread of the same CPU with a second vCPU of the
 *           VM. It preempts us inside KVM_RUN, with the guest's registers loaded, runs its own
 *           guest up to an OUT and waits again.
 * Includes: our vmexit and re-entry (exit/pio_kernel), two context switches with the guest's state
 *           saved and restored around them, the wake-up, and the partner's read() and KVM_RUN with
 *           its swap of the guest FPU (exit/pio): both guests' state is saved and restored once.
 * Excludes: making the state live: ours once per batch before the first TSC read, the partner's by
 *           KVM_SET_XSAVE when it starts. The partner's user state is init.
 * Valid if: the partner's guest ran exactly once per OUT, both threads were switched out at least
 *           that often, we never left KVM_RUN in between (fpu_reload grows by one) and the partner
 *           did each time; XSTATE_BV of both guests is at the end what the row says. Compare the
 *           row with live=init. Needs the right to SCHED_FIFO: a thread like any other would not
 *           preempt us at every OUT.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/cases/live.h"
#include "bench/cases/switches.h"
#include "bench/cases/syscall.h"
#include "guest/x86/io.h"
#include "host/vmm/vcpu.h"
#include "host/vmm/watchdog.h"

enum { AXIS_LIVE };

/* Longer than any command; a partner's guest that says nothing must not keep the CPU. */
#define TURNS_TIMEOUT_MS 40000
#define PARTNER_ID	 1
/* Memory of the VM that the payload does not use. */
#define PARTNER_GPA (ABI_SCRATCH_GPA + ABI_SCRATCH_BYTES)
_Static_assert(PARTNER_GPA < ABI_MEMORY_BYTES, "the partner's code lies in the VM's memory");

/* 1: out %eax, $ABI_PORT_DOORBELL; jmp 1b */
static const uint8_t partner_code[] = { 0xe7, ABI_PORT_DOORBELL, 0xeb, 0xfc };

/* Why the partner was woken: by the guest's OUT, or by this process. */
enum order { TAKE_TURN, START_COUNTING, STOP_COUNTING, QUIT };

struct partner {
	const struct fpb_run *run; /* of the row, for its layout and scratch memory */
	struct vm *vm;
	struct vcpu *vcpu;
	int wakeup; /* the VM's eventfd, to which OUTs count up */
	enum order order;
	sem_t done; /* posted when it has started and after each order but TAKE_TURN */
	pthread_t thread;
	bool has_thread;
	int ret; /* nonzero: it does not serve, or no more */
	struct fpb_err err;

	/* Between START_COUNTING and STOP_COUNTING. */
	uint64_t nr_turns, nr_runs, nr_switches, fpu_reload, nr_failed;
	uint64_t xstate_bv, user_xstate_bv; /* at the end */
	uint64_t nr_preemptions;	    /* switches of the other thread, which counts them */
};

static void run_in_guest(struct fpb_run *run)
{
	const uint64_t live = live_mask(run, run->value[AXIS_LIVE]);

	live_load(run, run->scratch, live);
	FPB_TIMED_LOOP(run, outl(ABI_PORT_PIO_KERNEL, 0));
	if (run->xfeatures) {
		struct xsave_area *now = (void *)run->scratch;

		xsave(now, live_rfbm_of(run, live));
		live_observe(run, ABI_EVIDENCE_XSTATE_BV, now->xstate_bv, live);
		fpb_note(run, ABI_EVIDENCE_XINUSE, now->xstate_bv & live_rfbm_of(run, live));
	}
}

/* Blocks: this thread must never spin, nobody else on its CPU would run. */
static enum order await(struct partner *p)
{
	uint64_t nr;
	long ret;

	do {
		ret = syscall3(SYS_read, p->wakeup, (long)&nr, sizeof(nr));
	} while (ret == -EINTR);
	if (ret == sizeof(nr))
		return __atomic_exchange_n(&p->order, TAKE_TURN, __ATOMIC_SEQ_CST);
	p->ret = ret < 0 ? (int)ret : -EIO;
	return QUIT;
}

/* One run of the guest, from where its last OUT left it to the next one. */
static void take_turn(struct partner *p)
{
	const struct kvm_run *run = p->vcpu->run;
	int ret;

	do {
		ret = p->vm->sys->ioctl(p->vcpu->fd, KVM_RUN, 0);
		p->nr_runs++;
	} while (ret == -EINTR && !watchdog_has_fired());
	if (ret == 0 && run->exit_reason == KVM_EXIT_IO && run->io.port == ABI_PORT_DOORBELL)
		p->nr_turns++;
}

static uint64_t read_fpu_reload(struct partner *p)
{
	struct kvm_stats *stats = p->vcpu->stats;
	uint64_t value = 0;

	if (kvm_stats_has(stats, "fpu_reload") &&
	    kvm_stats_read(stats, "fpu_reload", &value, &p->err))
		p->nr_failed++;
	return value;
}

static void start_counting(struct partner *p)
{
	p->nr_failed = watchdog_start(p->vcpu, TURNS_TIMEOUT_MS, &p->err) != 0;
	p->nr_turns = p->nr_runs = 0;
	p->fpu_reload = read_fpu_reload(p);
	p->nr_switches = nr_switches();
	live_load(p->run, p->run->scratch, 0);
}

static void stop_counting(struct partner *p)
{
	struct xsave_area *now = (void *)p->run->scratch;

	if (p->run->xfeatures) {
		xsave(now, live_rfbm(p->run));
		p->user_xstate_bv = now->xstate_bv;
	}
	p->nr_switches = nr_switches() - p->nr_switches;
	p->fpu_reload = read_fpu_reload(p) - p->fpu_reload;
	p->nr_failed += watchdog_stop(p->vcpu);
	p->nr_failed += vcpu_get_xsave(p->vcpu, now, &p->err) != 0;
	p->xstate_bv = now->xstate_bv;
}

/* The priority comes last: nothing but the turns runs with it. */
static int create_partner(struct partner *p)
{
	const struct sched_param lowest = { .sched_priority = 1 };
	const struct payload payload = { .entry = PARTNER_GPA };
	int ret = vcpu_create(p->vm, PARTNER_ID, &payload, VCPU_RING3, &p->vcpu, &p->err);

	if (ret)
		return ret;
	memcpy(vm_at(p->vm, PARTNER_GPA, sizeof(partner_code)), partner_code, sizeof(partner_code));
	xstate_fill(p->run->scratch, p->run->xstate, live_mask(p->run, p->run->value[AXIS_LIVE]),
		    1);
	ret = vcpu_set_xsave(p->vcpu, p->run->scratch, &p->err);
	if (ret)
		return ret;
	ret = -pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest);
	if (ret)
		return FPB_FAIL(&p->err, ret,
				"SCHED_FIFO for the partner thread: give CAP_SYS_NICE or "
				"RLIMIT_RTPRIO");
	return 0;
}

static void *partner_main(void *arg)
{
	struct partner *p = arg;
	enum order order = TAKE_TURN;

	p->ret = create_partner(p);
	sem_post(&p->done);
	while (!p->ret && order != QUIT) {
		order = await(p);
		switch (order) {
		case TAKE_TURN:
			take_turn(p);
			continue;
		case START_COUNTING:
			start_counting(p);
			break;
		case STOP_COUNTING:
			stop_counting(p);
			break;
		case QUIT:
			break;
		}
		sem_post(&p->done);
	}
	vcpu_destroy(p->vcpu);
	return NULL;
}

static void wait_for(struct partner *p)
{
	while (sem_wait(&p->done) && errno == EINTR)
		;
}

static void give_order(struct partner *p, enum order order)
{
	const uint64_t one = 1;

	if (p->ret)
		return;
	__atomic_store_n(&p->order, order, __ATOMIC_SEQ_CST);
	(void)syscall3(SYS_write, p->wakeup, (long)&one, sizeof(one));
	wait_for(p);
}

static int start_partner(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	struct partner *p;
	int ret = vm_answer_in_kernel(vm, ABI_PORT_PIO_KERNEL, err);

	if (ret)
		return ret;
	p = calloc(1, sizeof(*p));
	if (!p)
		return FPB_FAIL(err, -ENOMEM, "partner vCPU");
	*p = (struct partner){ .run = run, .vm = vm, .wakeup = vm->ioeventfd };
	sem_init(&p->done, 0, 0);
	run->private = p;
	if (fcntl(p->wakeup, F_SETFL, 0)) /* no O_NONBLOCK: the partner sleeps on it */
		return FPB_FAIL(err, -errno, "eventfd of the partner vCPU: F_SETFL");
	/* The thread inherits this one's affinity: the same, single CPU. */
	ret = -pthread_create(&p->thread, NULL, partner_main, p);
	if (ret)
		return FPB_FAIL(err, ret, "thread of the partner vCPU");
	p->has_thread = true;
	wait_for(p);
	if (p->ret)
		*err = p->err;
	return p->ret;
}

static void stop_partner(struct fpb_run *run)
{
	struct partner *p = run->private;

	if (!p)
		return;
	if (p->has_thread) {
		give_order(p, QUIT);
		pthread_join(p->thread, NULL);
	}
	sem_destroy(&p->done);
	free(p);
	run->private = NULL;
}

static void before_the_guest(void *arg)
{
	struct fpb_run *run = arg;
	struct partner *p = run->private;

	give_order(p, START_COUNTING);
	p->nr_preemptions = nr_switches();
}

static void after_the_guest(void *arg)
{
	struct fpb_run *run = arg;
	struct partner *p = run->private;

	p->nr_preemptions = nr_switches() - p->nr_preemptions;
	give_order(p, STOP_COUNTING);
	fpb_observe(run, ABI_EVIDENCE_NR_FAILED, p->nr_failed, 0);
	if (!run->xfeatures)
		return;
	live_observe(run, ABI_EVIDENCE_PARTNER_XSTATE_BV, p->xstate_bv,
		     live_mask(run, run->value[AXIS_LIVE]));
	live_observe(run, ABI_EVIDENCE_USER_XSTATE_BV, p->user_xstate_bv, 0);
}

static void one_preemption_per_out(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	const struct partner *p = sample->run->private;
	const uint64_t operations = sample->operations;

	fpb_expect(proof, "partner_turns", p->nr_turns, operations, 0);
	fpb_expect(proof, "partner_switches", switches_up_to(p->nr_switches, operations),
		   operations, 0);
	fpb_expect(proof, "context_switches", switches_up_to(p->nr_preemptions, operations),
		   operations, 0);
	if (sample->has_stats) {
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
		fpb_expect(proof, "partner_fpu_reload", p->fpu_reload, p->nr_runs, 0);
	}
	fpb_expect_exits(proof, sample, operations + sample->nr_doorbells);
}

static const struct fpb_bench ctxsw_vcpu = {
	.name = "ctxsw/vcpu",
	.title = "a vCPU preempted inside KVM_RUN by another and back, state live in both guests",
	.axes = { { "live", guest_live_sets } },
	.needs = FPB_NEED_IOEVENTFD | FPB_NEED_PIO_EXIT | FPB_NEED_FIFO,
	.gate = true,
	.is_preempted = true,
	.rings = FPB_RING3,
	.guest = GUEST_FN(run_in_guest),
	.setup = HOST_FN(start_partner),
	.teardown = HOST_FN(stop_partner),
	.prepare = HOST_FN(before_the_guest),
	.finish = HOST_FN(after_the_guest),
	.verify = HOST_FN(one_preemption_per_out),
};

const struct fpb_bench *const family_ctxsw_vcpu[] = { &ctxsw_vcpu, NULL };
