// SPDX-License-Identifier: MIT
/* measure_prepare.c - how long a batch is, what it costs besides the operation, what is planted. */
#include <errno.h>
#include <math.h>

#include "bench/core/measure_priv.h"
#include "bench/stats/summary.h"
#include "guest/x86/sled.h"

#define MIN_OPERATIONS	    64u
#define MAX_OPERATIONS	    (1u << 22)
#define MIN_STEPS	    1000u
#define MIN_TICKS	    20000u /* where the TSC steps by one tick, 1000 steps drown in jitter */
#define MAX_CALIBRATIONS    8u
#define LINEARITY_TOLERANCE 0.05
#define PACE_ADDS	    1024u
#define MAX_PLANTINGS	    24u
#define MAX_HIDDEN	    512u /* instructions that a core has in flight at once */

double measure_median(const uint64_t *ticks, uint32_t nr)
{
	double values[ABI_MAX_BATCHES];

	for (uint32_t i = 0; i < nr; i++)
		values[i] = (double)ticks[i];
	fpb_sort(values, nr);
	return fpb_median_sorted(values, nr);
}

int measure_pilot(struct measurement *m, enum abi_command what, uint64_t iterations, uint32_t nr,
		  double *ticks, struct fpb_err *err)
{
	uint64_t raw[OVERHEAD_BATCHES];
	int ret = fpb_executor_run(&m->ex, what, iterations, 0, nr, raw, err);

	if (!ret)
		*ticks = measure_median(raw, nr);
	return ret;
}

bool measure_is_exact(const struct measurement *m)
{
	return m->caps->counts_instructions && !m->ex.row->oneshot;
}

/* Operations per batch: at least 64, and enough that a batch takes 1000 steps of the TSC. */
int measure_calibrate(struct measurement *m, struct fpb_err *err)
{
	const double by_steps = (double)MIN_STEPS * m->caps->tsc_step;
	const double wanted = by_steps > MIN_TICKS ? by_steps : MIN_TICKS;
	const uint32_t oneshot = m->ex.row->oneshot;
	double ticks;
	int ret;

	m->iterations = oneshot ? oneshot : MIN_OPERATIONS;
	/* The first touch of pages and caches, never kept. */
	ret = measure_pilot(m, ABI_COMMAND_RUN, m->iterations, ABI_NR_COPIES, &ticks, err);
	if (measure_is_exact(m)) {
		m->iterations = FPB_EXACT_OPERATIONS;
		return ret;
	}
	for (unsigned int i = 0; !ret && !oneshot && i < MAX_CALIBRATIONS; i++) {
		ret = measure_pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &ticks, err);
		if (ret || ticks >= wanted || m->iterations >= MAX_OPERATIONS)
			break;
		m->iterations = (uint64_t)((double)m->iterations * 1.05 * wanted /
					   (ticks > 1 ? ticks : 1)) +
				1;
		if (m->iterations > MAX_OPERATIONS)
			m->iterations = MAX_OPERATIONS;
	}
	return ret;
}

/*
 * The harness's own share, from the control loop at the same iteration count: half of its batches
 * before the sample and half after, so that a slow drift is in both alike.
 */
int measure_overhead(struct measurement *m, struct fpb_err *err)
{
	int ret;

	/* The harness adds no bytes. */
	if (m->ex.row->in_bytes)
		return 0;
	ret = fpb_executor_run(&m->ex, fpb_executor_control(&m->ex), m->iterations, 0,
			       OVERHEAD_BATCHES, m->control + m->nr_control, err);
	if (ret)
		return ret;
	m->nr_control += OVERHEAD_BATCHES;
	m->overhead = measure_median(m->control, m->nr_control) / (double)m->iterations;
	return 0;
}

/* Fewest ticks of a batch: what an interrupt adds is no part of a fixed cost. */
static int least(struct measurement *m, enum abi_command what, uint64_t iterations, double *ticks,
		 struct fpb_err *err)
{
	uint64_t raw[OVERHEAD_BATCHES], lowest;
	int ret = fpb_executor_run(&m->ex, what, iterations, 0, OVERHEAD_BATCHES, raw, err);

	if (ret)
		return ret;
	lowest = raw[0];
	for (unsigned int i = 1; i < OVERHEAD_BATCHES; i++)
		lowest = raw[i] < lowest ? raw[i] : lowest;
	*ticks = (double)lowest;
	return 0;
}

/*
 * Where ticks are instructions: what a batch executes once, from the row's own batches of n and of
 * 2n operations, and what the loop executes per operation, from the control's. Taken off, they
 * leave the operation's instructions to the last one.
 */
static int count_overhead(struct measurement *m, struct fpb_err *err)
{
	const enum abi_command control = fpb_executor_control(&m->ex);
	const uint64_t n = m->iterations;
	double once, twice, loop_once, loop_twice, overhead;
	int ret = least(m, ABI_COMMAND_RUN, n, &once, err);

	ret = ret ? ret : least(m, ABI_COMMAND_RUN, 2 * n, &twice, err);
	ret = ret ? ret : least(m, control, n, &loop_once, err);
	ret = ret ? ret : least(m, control, 2 * n, &loop_twice, err);
	if (ret)
		return ret;
	overhead = (2 * once - twice + loop_twice - loop_once) / (double)n;
	m->overhead = overhead > 0 ? overhead : 0;
	/* More per operation in the longer batch: no constant cost, or interrupts in most batches. */
	if (overhead < 0 && fpb_observation_add_flag(m->obs, "nonlinear"))
		return FPB_FAIL(err, -ENOMEM, "flags");
	return 0;
}

/* Twice the operations must take twice the time, or something else is being measured. */
static int check_linearity(struct measurement *m, struct fpb_err *err)
{
	double once, twice, ratio;
	int ret;

	if (m->ex.row->oneshot || measure_is_exact(m))
		return 0;
	ret = measure_pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &once, err);
	if (!ret)
		ret = measure_pilot(m, ABI_COMMAND_RUN, 2 * m->iterations, PILOT_BATCHES, &twice,
				    err);
	if (ret)
		return ret;
	ratio = twice / (2 * once);
	if (ratio > 1 - LINEARITY_TOLERANCE && ratio < 1 + LINEARITY_TOLERANCE)
		return 0;
	if (fpb_observation_add_flag(m->obs, "nonlinear"))
		return FPB_FAIL(err, -ENOMEM, "flags");
	return 0;
}

int measure_costs(struct measurement *m, struct fpb_err *err)
{
	int ret = check_linearity(m, err);

	ret = ret ? ret : fpb_executor_set_inject(&m->ex, 0, err);
	if (ret)
		return ret;
	return measure_is_exact(m) ? count_overhead(m, err) : measure_overhead(m, err);
}

/* Ticks of one addition in the sled, on this substrate and at this frequency. */
static int measure_pace(struct measurement *m, double *ticks_per_add, struct fpb_err *err)
{
	double with, without;
	int ret =
		measure_pilot(m, ABI_COMMAND_NULL, MIN_OPERATIONS, OVERHEAD_BATCHES, &without, err);

	if (!ret)
		ret = fpb_executor_set_inject(&m->ex, PACE_ADDS, err);
	if (!ret)
		ret = measure_pilot(m, ABI_COMMAND_NULL, MIN_OPERATIONS, OVERHEAD_BATCHES, &with,
				    err);
	if (!ret)
		*ticks_per_add = (with - without) / MIN_OPERATIONS / PACE_ADDS;
	return ret;
}

/* Ticks per operation, overhead taken off, with nr additions planted. */
static int pilot_cost(struct measurement *m, uint32_t nr, double *cost, struct fpb_err *err)
{
	int ret = fpb_executor_set_inject(&m->ex, nr, err);

	if (!ret)
		ret = measure_pilot(m, ABI_COMMAND_RUN, m->iterations, OVERHEAD_BATCHES, cost, err);
	if (!ret)
		*cost = *cost / (double)m->iterations - m->overhead;
	return ret;
}

/*
 * A processor may execute the first few dozen additions beside the operation itself, where they
 * cost nothing. So the number is raised until the row has grown by what was asked for, less 5 % for
 * noise; where nothing is hidden the first guess stands. It is raised by no more than can be hidden:
 * what the row lacks beyond that, it lacks for another reason, which the flag says.
 */
static int plant_percent(struct measurement *m, double percent, struct fpb_err *err)
{
	double plain, again, planted, pace, wanted, nr, most;
	int ret = measure_pace(m, &pace, err);

	if (!ret)
		ret = pilot_cost(m, 0, &plain, err);
	if (ret)
		return ret;
	wanted = plain * percent / 100;
	if (!(wanted > 0 && pace > 0))
		return 0; /* a null row has no cost to take a share of */
	nr = wanted / pace + 0.5;
	most = nr + MAX_HIDDEN;
	for (unsigned int i = 0; i < MAX_PLANTINGS; i++) {
		if (nr > SLED_MAX)
			return FPB_FAIL(
				err, -ERANGE,
				"--inject %g%% of %.0f ticks needs %.0f additions, at most %u fit",
				percent, plain, nr, SLED_MAX);
		ret = pilot_cost(m, (uint32_t)nr, &planted, err);
		if (ret || planted - plain >= wanted * 0.95)
			return ret;
		if (nr >= most)
			break;
		/* Of a pilot that was disturbed too large a share would be taken. */
		ret = pilot_cost(m, 0, &again, err);
		if (ret)
			return ret;
		plain = again < plain ? again : plain;
		wanted = plain * percent / 100;
		nr += fmax((wanted - (planted - plain)) / pace, 0) + 0.5;
		nr = fmin(nr, most);
	}
	ret = fpb_executor_set_inject(&m->ex, (uint32_t)nr, err);
	if (!ret && fpb_observation_add_flag(m->obs, "inject-short"))
		ret = FPB_FAIL(err, -ENOMEM, "flags");
	return ret;
}

int measure_plant(struct measurement *m, struct fpb_err *err)
{
	const struct fpb_inject *inject = &m->request->inject;

	/* Additions take time and no bytes: there is no share of the row to reach. */
	if (m->ex.row->in_bytes)
		return 0;
	if (inject->percent > 0)
		return plant_percent(m, inject->percent, err);
	return fpb_executor_set_inject(&m->ex, inject->nr, err);
}
