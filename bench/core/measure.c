// SPDX-License-Identifier: MIT
#include "bench/core/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "bench/core/counters.h"
#include "bench/core/measure_priv.h"
#include "bench/core/sampling.h"
#include "guest/x86/calm.h"

#define SETTLE_NS 100000000 /* several grace periods of RCU */

/* Rows measured together: one, or a row and its twin. */
struct party {
	struct measurement *m[FPB_MAX_TWINS];
	unsigned int nr;
};

static bool has_failed(const struct measurement *m)
{
	return m->err->code != 0;
}

/* What has failed drops out: its err says why, and the others go on. */
static void for_each(struct party *party, int (*step)(struct measurement *m, struct fpb_err *err))
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < party->nr; i++) {
		struct measurement *m = party->m[i];

		if (!step(m, m->err) && !has_failed(m))
			party->m[kept++] = m;
	}
	party->nr = kept;
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

static int find_length(struct measurement *m, struct fpb_err *err)
{
	/* A fixed number of additions belongs to the operation whose batch length is calibrated. */
	int ret = fpb_executor_set_inject(&m->ex, m->request->inject.nr, err);

	return ret ? ret : measure_calibrate(m, err);
}

/* The longest batch is long enough for all. */
static void share_length(struct party *party)
{
	uint64_t longest = 0;

	for (unsigned int i = 0; i < party->nr; i++) {
		if (party->m[i]->iterations > longest)
			longest = party->m[i]->iterations;
	}
	for (unsigned int i = 0; i < party->nr; i++)
		party->m[i]->iterations = longest;
}

static int start_counting(struct measurement *m, struct fpb_err *err)
{
	return fpb_executor_start_counting(&m->ex, err);
}

static int stop_counting(struct measurement *m, struct fpb_err *err)
{
	return fpb_executor_stop_counting(&m->ex, err);
}

/* Everything that watches starts before the batches and stops after them, in reverse order. */
static void sample_once(struct party *party, struct fpb_sampling *sampling)
{
	struct disturbance_snapshot before, after;
	struct disturbance_watch watch;

	disturbance_open(&watch, party->m[0]->request->cpu, NULL);
	for_each(party, start_counting);
	sampling->nr_parts = party->nr;
	for (unsigned int i = 0; i < party->nr; i++) {
		sampling->part[i].ex = &party->m[i]->ex;
		sampling->part[i].ticks = party->m[i]->ticks;
		sampling->part[i].err = party->m[i]->err;
		sampling->iterations = party->m[i]->iterations;
	}
	disturbance_snapshot(&watch, &before);
	fpb_sampling_run(sampling);
	disturbance_snapshot(&watch, &after);
	for (unsigned int i = 0; i < party->nr; i++) {
		party->m[i]->seen = disturbance_between(&before, &after);
		party->m[i]->cpu_time_ns = sampling->cpu_time_ns;
		party->m[i]->is_interleaved = party->nr > 1;
	}
	for_each(party, stop_counting);
	disturbance_close(&watch);
}

/* Again without those that failed: what the others have is no whole sample. */
static void sample(struct party *party)
{
	unsigned int nr_before = 0;

	while (party->nr && party->nr != nr_before) {
		struct fpb_sampling sampling = {
			.nr_batches = party->m[0]->request->nr_batches,
			.tsc_khz = party->m[0]->request->tsc_khz,
		};

		nr_before = party->nr;
		sample_once(party, &sampling);
	}
}

/* What the PMU counts in PILOT_BATCHES more batches, which nobody times. */
static int count_events(struct measurement *m, enum fpb_counter_set set, struct fpb_err *err)
{
	struct fpb_counters counters;
	double ignored;
	int ret = fpb_counters_start(&counters, set, err);

	if (!ret && counters.is_counting)
		ret = measure_pilot(m, ABI_COMMAND_RUN, m->iterations, PILOT_BATCHES, &ignored,
				    err);
	if (!ret && counters.is_counting && set == FPB_COUNTERS_HOST &&
	    fpb_observation_add_evidence(m->obs, "counted_operations",
					 (json_int_t)(PILOT_BATCHES * m->iterations)))
		ret = FPB_FAIL(err, -ENOMEM, "evidence");
	if (!ret)
		ret = fpb_counters_stop(&counters, m->obs, err);
	fpb_counters_close(&counters);
	return ret;
}

static int conclude(struct measurement *m, struct fpb_err *err)
{
	int ret = measure_prove(m, err);

	if (!ret && !m->ex.core_clock)
		ret = count_events(m, FPB_COUNTERS_HOST, err);
	if (!ret && m->ex.sample.is_guest)
		ret = count_events(m, FPB_COUNTERS_GUEST, err);
	if (!ret)
		ret = fpb_executor_set_inject(&m->ex, 0, err);
	if (!ret && !measure_is_exact(m))
		ret = measure_overhead(m, err);
	return ret ? ret : measure_fill(m, err);
}

/* One reading of the canary for the process's level, then the level is what batches are held to. */
static void measure(struct party *party, struct fpb_calm *calm)
{
	const struct party all = *party;
	struct abi_calm lent = { 0 };

	if (calm && party->nr) {
		fpb_calm_learn(calm, canary_ticks(party->m[0]->ex.run.has_rdtscp));
		lent = fpb_calm_lend(calm);
		lent.wait_ticks /= party->nr;
	}
	for (unsigned int i = 0; i < party->nr; i++)
		party->m[i]->ex.calm = lent;
	for_each(party, find_length);
	share_length(party);
	for_each(party, measure_costs);
	for_each(party, measure_plant);
	sample(party);
	for_each(party, conclude);
	for (unsigned int i = 0; calm && i < all.nr; i++)
		fpb_calm_return(calm, &lent, &all.m[i]->ex.calm);
}

static struct measurement *create(const struct fpb_measure_request *request,
				  const struct fpb_row *row, const struct fpb_capabilities *caps,
				  struct fpb_measured *out)
{
	struct measurement *m = calloc(1, sizeof(*m));

	*out = (struct fpb_measured){ 0 };
	if (!m) {
		(void)FPB_FAIL(&out->err, -ENOMEM, "buffers of a measurement");
		return NULL;
	}
	m->request = request;
	m->caps = caps;
	m->obs = &out->obs;
	m->err = &out->err;
	if (!fpb_executor_create(row, caps, &m->ex, &out->err))
		return m;
	free(m);
	return NULL;
}

static void destroy(struct measurement *m)
{
	fpb_executor_destroy(&m->ex);
	free(m);
}

void fpb_measure_twins(const struct fpb_measure_request *request,
		       const struct fpb_capabilities *caps,
		       struct fpb_measured measured[FPB_MAX_TWINS])
{
	const struct fpb_row *const row[FPB_MAX_TWINS] = { request->row, request->twin };
	struct party party = { 0 };
	struct party all;

	settle(caps);
	for (unsigned int i = 0; i < FPB_MAX_TWINS && row[i]; i++) {
		struct measurement *m = create(request, row[i], caps, &measured[i]);

		if (m)
			party.m[party.nr++] = m;
	}
	all = party;
	settle(caps);
	measure(&party, request->calm);
	for (unsigned int i = 0; i < all.nr; i++)
		destroy(all.m[i]);
}

int fpb_measure(const struct fpb_measure_request *request, const struct fpb_capabilities *caps,
		struct fpb_observation *obs, struct fpb_err *err)
{
	struct fpb_measure_request alone = *request;
	struct fpb_measured measured[FPB_MAX_TWINS] = { 0 };

	alone.twin = NULL;
	fpb_measure_twins(&alone, caps, measured);
	*obs = measured[0].obs;
	if (measured[0].err.code && err && !err->code)
		*err = measured[0].err;
	return measured[0].err.code;
}
