// SPDX-License-Identifier: MIT
#include "bench/core/sampling.h"

#include <errno.h>

#include "bench/core/gbench.h"

static struct fpb_sampling_part *at_turn(struct fpb_sampling *s, unsigned int turn)
{
	static const unsigned int abba[] = { 0, 1, 1, 0 };

	return &s->part[s->nr_parts > 1 ? abba[turn % 4] : 0];
}

/* A guest alone does all its batches in one command: nothing but its own exits disturbs it. */
static uint32_t turn_length(const struct fpb_sampling *s)
{
	if (s->nr_parts > 1)
		return ABI_NR_COPIES;
	return s->part[0].ex->sample.is_guest ? s->nr_batches : 1;
}

static int next_turn(struct fpb_sampling *s)
{
	struct fpb_sampling_part *p = at_turn(s, s->nr_turns++);
	const uint32_t nr = turn_length(s);

	if (p->done + nr > s->nr_batches)
		return FPB_FAIL(p->err, -ERANGE, "%s: more than the %u batches planned",
				p->ex->row->id, s->nr_batches);
	s->nr_left = nr;
	return fpb_executor_run(p->ex, ABI_COMMAND_RUN, s->iterations, p->done, nr,
				p->ticks + p->done, p->err);
}

static void run_batches(struct gb_state *state, void *user)
{
	struct fpb_sampling *s = user;

	while (gb_keep_running_batch(state, (int64_t)s->iterations)) {
		struct fpb_sampling_part *p;

		if (!s->nr_left && next_turn(s)) {
			s->has_failed = true;
			gb_skip_with_error(state, "batch failed");
			return;
		}
		p = at_turn(s, s->nr_turns - 1);
		gb_set_iteration_time(state,
				      (double)p->ticks[p->done] / ((double)s->tsc_khz * 1e3));
		p->done++;
		s->nr_left--;
	}
}

static int take_result(void *user, const struct gb_result *result)
{
	struct fpb_sampling *s = user;

	if (result->status == GB_OK)
		s->cpu_time_ns = result->cpu_time;
	return 0;
}

static int drive(struct fpb_sampling *s)
{
	const struct gb_reporter reporter = { .result = take_result, .user = s };
	const struct gb_options options = { .reporters = &reporter, .nr_reporters = 1 };
	const uint64_t nr_batches = (uint64_t)s->nr_batches * s->nr_parts;
	struct gb_benchmark *bench;
	int ret = gb_clear();

	if (!ret)
		ret = gb_register(s->part[0].ex->row->id, run_batches, s, &bench);
	if (!ret)
		ret = gb_bench_iterations(bench, (int64_t)(s->iterations * nr_batches));
	if (!ret)
		ret = gb_bench_manual_time(bench);
	return ret ? ret : gb_run(&options);
}

void fpb_sampling_run(struct fpb_sampling *s)
{
	int ret;

	if (!s->nr_parts)
		return;
	ret = drive(s);
	if (s->has_failed)
		return;
	for (unsigned int i = 0; i < s->nr_parts; i++) {
		const struct fpb_sampling_part *p = &s->part[i];

		if (ret < 0)
			(void)FPB_FAIL(p->err, ret, "Google Benchmark: running %s", p->ex->row->id);
		else if (p->done != s->nr_batches)
			(void)FPB_FAIL(p->err, -EPROTO,
				       "Google Benchmark: %u batches run, %u planned", p->done,
				       s->nr_batches);
	}
}
