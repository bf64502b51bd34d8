// SPDX-License-Identifier: MIT
#include "bench/cli/interrupt.h"

#include <stddef.h>

volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

/* A terminal that closes sends two, one by the shell in it and one by the kernel. */
static void catch_hangup(void)
{
	const struct sigaction action = { .sa_handler = on_interrupt };
	struct sigaction before;

	/* nohup wants the work to go on. */
	if (!sigaction(SIGHUP, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
}

void interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	catch_hangup();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}
