// SPDX-License-Identifier: MIT
#include "host/vmm/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define WATCHDOG_SIGNAL (SIGRTMIN + 1)

/* The vCPU this thread runs, for the handler. */
static __thread struct kvm_run *volatile guarded;
static __thread volatile sig_atomic_t has_fired;

static void on_timer(int signal)
{
	struct kvm_run *run = guarded;

	(void)signal;
	has_fired = 1;
	if (run)
		run->immediate_exit = 1;
}

int watchdog_create(struct vcpu *vcpu, struct fpb_err *err)
{
	struct sigaction action = { .sa_handler = on_timer };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	sigset_t ours;

	/* A mask inherited over exec must not hold the watchdog back. */
	sigemptyset(&ours);
	sigaddset(&ours, WATCHDOG_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
	sigemptyset(&action.sa_mask);
	if (sigaction(WATCHDOG_SIGNAL, &action, NULL))
		return FPB_FAIL(err, -errno, "watchdog: sigaction");
	event.sigev_signo = WATCHDOG_SIGNAL;
	event.sigev_notify_thread_id = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &vcpu->watchdog))
		return FPB_FAIL(err, -errno, "watchdog: timer_create");
	vcpu->has_watchdog = true;
	return 0;
}

void watchdog_destroy(struct vcpu *vcpu)
{
	if (vcpu->has_watchdog)
		timer_delete(vcpu->watchdog);
	vcpu->has_watchdog = false;
}

int watchdog_start(struct vcpu *vcpu, unsigned int timeout_ms, struct fpb_err *err)
{
	struct itimerspec when = {
		.it_value = { timeout_ms / 1000, timeout_ms % 1000 * 1000000l },
		/* Again, in case the guest re-entered between the signal and the flag being seen.
		 */
		.it_interval = { 0, 100 * 1000000l },
	};

	has_fired = 0;
	vcpu->run->immediate_exit = 0;
	guarded = vcpu->run;
	if (timer_settime(vcpu->watchdog, 0, &when, NULL))
		return FPB_FAIL(err, -errno, "watchdog: timer_settime");
	return 0;
}

bool watchdog_has_fired(void)
{
#ifdef __SANITIZE_THREAD__
	/* ThreadSanitizer keeps signals back until a call it knows; a bare KVM_RUN is none. */
	nanosleep(&(const struct timespec){ 0 }, NULL);
#endif
	return has_fired;
}

bool watchdog_stop(struct vcpu *vcpu)
{
	const struct itimerspec never = { 0 };

	timer_settime(vcpu->watchdog, 0, &never, NULL);
	guarded = NULL;
	vcpu->run->immediate_exit = 0;
	return has_fired;
}
