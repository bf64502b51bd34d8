// SPDX-License-Identifier: MIT
#include "bench/core/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/core/counters.h"
#include "bench/core/executor.h"
#include "bench/core/proof.h"
#include "bench/core/sampling.h"
#include "bench/stats/summary.h"
#include "guest/x86/calm.h"
#include "host/machine/disturbance.h"

#define MIN_OPERATIONS	    64u
#define MAX_OPERATIONS	    (1u << 22)
#define MIN_STEPS	    1000u
#define MIN_TICKS	    20000u /* where the TSC steps by one tick, 1000 steps drown in jitter */
#define PILOT_BATCHES	    8u
#define OVERHEAD_BATCHES    16u
#define MAX_CALIBRATIONS    8u
#define LINEARITY_TOLERANCE 0.05
#define PACE_ADDS	    1024u
#define MAX_PLANTINGS	    24u
#define SETTLE_NS	    100000000 /* several grace periods of RCU */

struct measurement {
	const struct fpb_measure_request *request;
	const struct fpb_capabilities *caps;
	struct fpb_executor ex;
	uint64_t iterations;
	double overhead; /* ticks per operation */
	uint64_t control[2 * OVERHEAD_BATCHES];
	uint32_t nr_control;
	uint64_t ticks[ABI_MAX_BATCHES];
};

static double median_ticks(const uint64_t *ticks, uint32_t nr)
{
	double values[ABI_MAX_BATCHES];

	for (uint32_t i = 0; i < nr; i++)
		values[i] = (double)ticks[i];
	fpb_sort(values, nr);
	return fpb_median_sorted(values, nr);
}

/* Median ticks of a batch of `iterations` over nr batches, all layout copies in turn. */
static int pilot(struct measurement *m, enum abi_command what, uint64_t iterations, uint32_t nr,
		 double *ticks, struct fpb_err *err)
{
	uint64_t raw[OVERHEAD_BATCHES];
	int ret = fpb_executor_run(&m->ex, what, iterations, 0, nr, raw, err);

	if (!ret)
		*ticks = median_ticks(raw, nr);
	return ret;
}

static bool is_exact(const struct measurement *m)
{
	return m->caps->counts_instructions && !m->ex.row->oneshot;
}

/* Operations per batch: at least 64, and enough that a batch takes 1000 steps of the TSC. */
static int calibrate(struct measurement *m, struct fpb_err *err)
{
	const double by_steps = (double)MIN_STEPS * m->caps->tsc_step;
	const double wanted = by_steps > MIN_TICKS ? by_steps : MIN_TICKS;
	const uint32_t oneshot = m->ex.row->oneshot;
	double ticks;
	int ret;

	m->iterations = oneshot ? oneshot : MIN_OPERATIONS;
	/* The first touch of pages and caches, never kept. */
	ret = pilot(m, ABI_COMMAND_RUN, m->iterations, ABI_NR_COPIES, &ticks, err);
	if (is_exact(m)) {
		m->iterations = FPB_EXACT_OPERATIONS;
		return ret;
	}
	for (unsigned int i = 0; !ret && !oneshot && i < MAX_CALIBRATIONS; i++) {
		ret = pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &ticks, err);
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
static int measure_overhead(struct measurement *m, struct fpb_err *err)
{
	int ret = fpb_executor_run(&m->ex, fpb_executor_control(&m->ex), m->iterations, 0,
				   OVERHEAD_BATCHES, m->control + m->nr_control, err);

	if (ret)
		return ret;
	m->nr_control += OVERHEAD_BATCHES;
	m->overhead = median_ticks(m->control, m->nr_control) / (double)m->iterations;
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
static int count_overhead(struct measurement *m, struct fpb_observation *obs, struct fpb_err *err)
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
	if (overhead < 0 && fpb_observation_add_flag(obs, "nonlinear"))
		return FPB_FAIL(err, -ENOMEM, "flags");
	return 0;
}

/* Twice the operations must take twice the time, or something else is being measured. */
static int check_linearity(struct measurement *m, struct fpb_observation *obs, struct fpb_err *err)
{
	double once, twice, ratio;
	int ret;

	if (m->ex.row->oneshot || is_exact(m))
		return 0;
	ret = pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &once, err);
	if (!ret)
		ret = pilot(m, ABI_COMMAND_RUN, 2 * m->iterations, PILOT_BATCHES, &twice, err);
	if (ret)
		return ret;
	ratio = twice / (2 * once);
	if (ratio > 1 - LINEARITY_TOLERANCE && ratio < 1 + LINEARITY_TOLERANCE)
		return 0;
	if (fpb_observation_add_flag(obs, "nonlinear"))
		return FPB_FAIL(err, -ENOMEM, "flags");
	return 0;
}

/* Ticks of one addition in the sled, on this substrate and at this frequency. */
static int measure_pace(struct measurement *m, double *ticks_per_add, struct fpb_err *err)
{
	double with, without;
	int ret = pilot(m, ABI_COMMAND_NULL, MIN_OPERATIONS, OVERHEAD_BATCHES, &without, err);

	if (!ret)
		ret = fpb_executor_set_inject(&m->ex, PACE_ADDS, err);
	if (!ret)
		ret = pilot(m, ABI_COMMAND_NULL, MIN_OPERATIONS, OVERHEAD_BATCHES, &with, err);
	if (!ret)
		*ticks_per_add = (with - without) / MIN_OPERATIONS / PACE_ADDS;
	return ret;
}

/* Ticks per operation, overhead taken off, with nr additions planted. */
static int pilot_cost(struct measurement *m, uint32_t nr, double *cost, struct fpb_err *err)
{
	int ret = fpb_executor_set_inject(&m->ex, nr, err);

	if (!ret)
		ret = pilot(m, ABI_COMMAND_RUN, m->iterations, OVERHEAD_BATCHES, cost, err);
	if (!ret)
		*cost = *cost / (double)m->iterations - m->overhead;
	return ret;
}

/*
 * A processor may execute the first few dozen additions beside the operation itself, where they
 * cost nothing. So the number is raised until the row has grown by what was asked for, less 5 % for
 * noise; where nothing is hidden the first guess stands.
 */
static int plant_percent(struct measurement *m, double percent, struct fpb_err *err)
{
	double plain, planted, pace, wanted, nr;
	int ret = measure_pace(m, &pace, err);

	if (!ret)
		ret = pilot_cost(m, 0, &plain, err);
	if (ret)
		return ret;
	wanted = plain * percent / 100;
	if (!(wanted > 0 && pace > 0))
		return 0; /* a null row has no cost to take a share of */
	nr = wanted / pace + 0.5;
	for (unsigned int i = 0; i < MAX_PLANTINGS; i++) {
		if (nr > SLED_MAX)
			return FPB_FAIL(
				err, -ERANGE,
				"--inject %g%% of %.0f ticks needs %.0f additions, at most %u fit",
				percent, plain, nr, SLED_MAX);
		ret = pilot_cost(m, (uint32_t)nr, &planted, err);
		if (ret || planted - plain >= wanted * 0.95)
			break;
		nr += (wanted - (planted - plain)) / pace + 0.5;
	}
	return ret;
}

static int plant(struct measurement *m, struct fpb_err *err)
{
	const struct fpb_inject *inject = &m->request->inject;

	if (inject->percent > 0)
		return plant_percent(m, inject->percent, err);
	return fpb_executor_set_inject(&m->ex, inject->nr, err);
}

/* Per-operation medians of the layout copies: lowest and highest. */
static void set_copies(const struct measurement *m, struct fpb_observation *obs)
{
	obs->has_copies = m->ex.nr_copies > 1;
	if (!obs->has_copies)
		return;
	for (uint32_t copy = 0; copy < ABI_NR_COPIES; copy++) {
		uint64_t mine[ABI_MAX_BATCHES / ABI_NR_COPIES];
		uint32_t nr = 0;
		double cost;

		for (uint32_t i = copy; i < m->request->nr_batches; i += ABI_NR_COPIES)
			mine[nr++] = m->ticks[i];
		cost = median_ticks(mine, nr) / (double)m->iterations - m->overhead;
		if (copy == 0 || cost < obs->copies[0])
			obs->copies[0] = cost;
		if (copy == 0 || cost > obs->copies[1])
			obs->copies[1] = cost;
	}
}

/* Every instruction of the guest is emulated: figures of the emulator, not of the processor. */
static bool is_interpreted(const struct measurement *m)
{
	return !(m->caps->on[m->request->row->substrate].have & FPB_NEED_NATIVE);
}

/*
 * KVM writes these registers around every entry, although the row did not ask for it: XCR0 on a
 * host with AMX enabled, whose tiles are hidden from the guest; IA32_XSS where the kernel uses
 * supervisor states; PKRU, which is 0 in a new vCPU and 0x55555554 in a Linux task.
 */
static int add_switched_flags(const struct measurement *m, struct fpb_observation *obs)
{
	static const struct {
		uint32_t bit;
		uint32_t asked_by; /* FPB_NEED_ bits of rows that are about it */
		const char *flag;
	} registers[] = {
		{ FPB_SWITCHED_XCR0, FPB_NEED_XCR0, "xcr0-differs" },
		{ FPB_SWITCHED_XSS, 0, "xss-differs" },
		/* Which is switched only where the guest's XCR0 has it: not in rows of another XCR0. */
		{ FPB_SWITCHED_PKRU, FPB_NEED_XCR0, "pkru-differs" },
	};
	const struct fpb_row *row = m->request->row;
	const uint32_t switched = m->caps->on[row->substrate].switched;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (switched & registers[i].bit && !(row->needs & registers[i].asked_by))
			ret = fpb_observation_add_flag(obs, registers[i].flag);
	}
	return ret;
}

/* A host batch that was preempted is known; in a guest nobody can tell which batch it was. */
static bool is_disturbed(const struct measurement *m, const struct disturbance *seen)
{
	struct disturbance of_sample = *seen;

	/* A host batch knows its own; where the operation is to be preempted they are no news. */
	if (!m->ex.sample.is_guest || m->ex.row->bench->is_preempted)
		of_sample.nr_involuntary_switches = 0;
	return m->ex.calm.nr_disturbed || disturbance_is_any(&of_sample);
}

/*
 * A machine that counts instructions lets its clock jump to the next timer where nothing runs: then
 * ticks are no count. Told from 10 ms on, 10 million ticks.
 */
static int add_idle_flag(const struct measurement *m, const struct disturbance *seen,
			 struct fpb_observation *obs)
{
	if (!m->caps->counts_instructions || seen->idle_ticks <= 0)
		return 0;
	return fpb_observation_add_evidence(obs, "idle_ticks", seen->idle_ticks)
		       ? -ENOMEM
		       : fpb_observation_add_flag(obs, "idled");
}

static int add_flags(const struct measurement *m, const struct disturbance *seen,
		     struct fpb_observation *obs)
{
	const struct fpb_sample *s = &m->ex.sample;
	int ret = 0;

	/* On a machine that counts, what comes in between is the same in every boot. */
	if (is_disturbed(m, seen) && !m->caps->counts_instructions)
		ret = fpb_observation_add_flag(obs, "disturbed");
	if (!ret && m->ex.calm.nr_disturbed)
		ret = fpb_observation_add_evidence(obs, "disturbed_batches",
						   m->ex.calm.nr_disturbed);
	if (!ret && m->ex.nr_retaken)
		ret = fpb_observation_add_flag(obs, "retaken-batches");
	if (!ret && m->ex.nr_retaken)
		ret = fpb_observation_add_evidence(obs, "retaken_batches", m->ex.nr_retaken);
	if (!ret && seen->nr_involuntary_switches > 0)
		ret = fpb_observation_add_evidence(obs, "involuntary_switches",
						   seen->nr_involuntary_switches);
	if (!ret && seen->nr_migrations > 0)
		ret = fpb_observation_add_evidence(obs, "migrations", seen->nr_migrations);
	if (!ret && seen->steal_ticks > 0)
		ret = fpb_observation_add_evidence(obs, "steal_ticks", seen->steal_ticks);
	if (!ret)
		ret = add_idle_flag(m, seen, obs);
	if (!ret && is_interpreted(m))
		ret = fpb_observation_add_flag(obs, "interpreted");
	if (!ret)
		ret = add_switched_flags(m, obs);
	if (!ret && m->caps->decodes_exits &&
	    m->ex.row->needs & (FPB_NEED_CPUID_EXIT | FPB_NEED_HYPERCALL | FPB_NEED_XSETBV))
		ret = fpb_observation_add_flag(obs, "no-nrips");
	if (!ret && m->caps->always_in_use && m->request->row->needs & FPB_NEED_XSAVE)
		ret = fpb_observation_add_flag(obs, "xinuse-untracked");
	/* The exit happened, or the probe had failed; but another hypervisor may have taken it. */
	if (!ret && m->ex.row->needs & FPB_EXIT_KINDS && s->has_stats && !s->has_exits)
		ret = fpb_observation_add_flag(obs, "exits-not-counted");
	return ret;
}

static int fill(const struct measurement *m, const struct fpb_sampling *sampling,
		const struct disturbance *seen, struct fpb_observation *obs, struct fpb_err *err)
{
	const struct fpb_measure_request *request = m->request;

	obs->run = request->run;
	obs->name = strdup(request->row->name);
	obs->substrate = strdup(fpb_substrate_name(request->row->substrate));
	obs->unit = strdup(fpb_row_unit(request->row, m->caps->counts_instructions));
	obs->batches = calloc(request->nr_batches, sizeof(*obs->batches));
	if (!obs->name || !obs->substrate || !obs->unit || !obs->batches)
		return FPB_FAIL(err, -ENOMEM, "observation of %s", request->row->id);
	obs->nr_batches = request->nr_batches;
	for (uint32_t i = 0; i < request->nr_batches; i++)
		obs->batches[i] = (double)m->ticks[i];
	obs->iterations_per_batch = (double)m->iterations;
	obs->overhead = m->overhead;
	obs->gated = request->row->gate && !is_interpreted(m);
	obs->cpu_time_ns = sampling->cpu_time_ns;
	set_copies(m, obs);
	if (add_flags(m, seen, obs))
		return FPB_FAIL(err, -ENOMEM, "observation of %s", request->row->id);
	return 0;
}

static int prove(struct measurement *m, struct fpb_observation *obs, struct fpb_err *err)
{
	struct fpb_proof proof = { .obs = obs, .err = err };
	struct abi_evidence evidence[ABI_NR_EVIDENCE];

	fpb_executor_evidence(&m->ex, evidence);
	fpb_proof_add_readings(&proof, evidence);
	fpb_proof_add_counts(&proof, &m->ex.sample);
	return fpb_proof_result(&proof);
}

/* Everything that watches starts before the batches and stops after them, in reverse order. */
static int sample(struct measurement *m, struct fpb_sampling *sampling, struct disturbance *seen,
		  struct fpb_err *err)
{
	struct disturbance_snapshot before, after;
	struct disturbance_watch watch;
	int ret;

	disturbance_open(&watch, m->request->cpu, NULL);
	ret = fpb_executor_start_counting(&m->ex, err);
	disturbance_snapshot(&watch, &before);
	if (!ret)
		ret = fpb_sampling_run(sampling, err);
	disturbance_snapshot(&watch, &after);
	if (!ret)
		ret = fpb_executor_stop_counting(&m->ex, err);
	*seen = disturbance_between(&before, &after);
	disturbance_close(&watch);
	return ret;
}

/* What the PMU counts in PILOT_BATCHES more batches, which nobody times. */
static int count_events(struct measurement *m, enum fpb_counter_set set,
			struct fpb_observation *obs, struct fpb_err *err)
{
	struct fpb_counters counters;
	double ignored;
	int ret = fpb_counters_start(&counters, set, err);

	if (!ret && counters.is_counting)
		ret = pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &ignored, err);
	if (!ret && counters.is_counting && set == FPB_COUNTERS_HOST &&
	    fpb_observation_add_evidence(obs, "counted_operations",
					 (json_int_t)(PILOT_BATCHES * m->iterations)))
		ret = FPB_FAIL(err, -ENOMEM, "evidence");
	if (!ret)
		ret = fpb_counters_stop(&counters, obs, err);
	fpb_counters_close(&counters);
	return ret;
}

static int measure(struct measurement *m, struct fpb_observation *obs, struct fpb_err *err)
{
	struct fpb_sampling sampling = {
		.ex = &m->ex,
		.nr_batches = m->request->nr_batches,
		.tsc_khz = m->request->tsc_khz,
		.ticks = m->ticks,
	};
	struct disturbance seen;
	/* A fixed number of additions belongs to the operation whose batch length is calibrated. */
	int ret = fpb_executor_set_inject(&m->ex, m->request->inject.nr, err);

	if (!ret)
		ret = calibrate(m, err);
	if (!ret)
		ret = check_linearity(m, obs, err);
	if (!ret)
		ret = fpb_executor_set_inject(&m->ex, 0, err);
	if (!ret)
		ret = is_exact(m) ? count_overhead(m, obs, err) : measure_overhead(m, err);
	if (!ret)
		ret = plant(m, err);
	if (ret)
		return ret;
	sampling.iterations = m->iterations;
	ret = sample(m, &sampling, &seen, err);
	if (!ret)
		ret = prove(m, obs, err);
	if (!ret && !m->ex.core_clock)
		ret = count_events(m, FPB_COUNTERS_HOST, obs, err);
	if (!ret && m->ex.sample.is_guest)
		ret = count_events(m, FPB_COUNTERS_GUEST, obs, err);
	if (!ret)
		ret = fpb_executor_set_inject(&m->ex, 0, err);
	if (!ret && !is_exact(m))
		ret = measure_overhead(m, err);
	return ret ? ret : fill(m, &sampling, &seen, obs, err);
}

/* One reading of the canary for the process's level, then the level is what batches are held to. */
static int measure_in_calm(struct measurement *m, struct fpb_calm *calm,
			   struct fpb_observation *obs, struct fpb_err *err)
{
	struct abi_calm lent;
	int ret;

	fpb_calm_learn(calm, canary_ticks(m->ex.run.has_rdtscp));
	m->ex.calm = lent = fpb_calm_lend(calm);
	ret = measure(m, obs, err);
	fpb_calm_return(calm, &lent, &m->ex.calm);
	return ret;
}

/*
 * What the kernel has put off (RCU callbacks, work queues) is done before the batches and not among
 * them. A machine that counts skips the time in which nothing runs.
 */
static void settle(const struct fpb_capabilities *caps)
{
	const struct timespec pause = { .tv_nsec = SETTLE_NS };

	if (caps->counts_instructions)
		nanosleep(&pause, NULL);
}

int fpb_measure(const struct fpb_measure_request *request, const struct fpb_capabilities *caps,
		struct fpb_observation *obs, struct fpb_err *err)
{
	struct measurement *m = calloc(1, sizeof(*m));
	int ret;

	*obs = (struct fpb_observation){ 0 };
	if (!m)
		return FPB_FAIL(err, -ENOMEM, "buffers of a measurement");
	m->request = request;
	m->caps = caps;
	settle(caps);
	ret = fpb_executor_create(request->row, caps, &m->ex, err);
	if (!ret) {
		settle(caps);
		ret = request->calm ? measure_in_calm(m, request->calm, obs, err)
				    : measure(m, obs, err);
		fpb_executor_destroy(&m->ex);
	}
	free(m);
	return ret;
}
