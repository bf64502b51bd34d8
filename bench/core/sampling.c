// SPDX-License-Identifier: MIT
#include "bench/core/sampling.h"

#include <errno.h>

#include "bench/core/gbench.h"

/* A guest does all its batches in one command, so that nothing but its own exits disturbs it. */
static int next_batches(struct fpb_sampling *s)
{
	const bool all_at_once = s->ex->sample.is_guest;
	const uint32_t nr = all_at_once ? s->nr_batches : 1;

	if (all_at_once && s->done)
		return 0;
	return fpb_executor_run(s->ex, ABI_COMMAND_RUN, s->iterations, s->done, nr,
				s->ticks + s->done, s->err);
}

static void run_batches(struct gb_state *state, void *user)
{
	struct fpb_sampling *s = user;

	while (gb_keep_running_batch(state, (int64_t)s->iterations)) {
		s->ret = s->done < s->nr_batches ? next_batches(s) : -ERANGE;
		if (s->ret) {
			gb_skip_with_error(state, "batch failed");
			return;
		}
		gb_set_iteration_time(state,
				      (double)s->ticks[s->done] / ((double)s->tsc_khz * 1e3));
		s->done++;
	}
}

static int take_result(void *user, const struct gb_result *result)
{
	struct fpb_sampling *s = user;

	if (result->status == GB_OK)
		s->cpu_time_ns = result->cpu_time;
	return 0;
}

int fpb_sampling_run(struct fpb_sampling *s, struct fpb_err *err)
{
	const struct gb_reporter reporter = { .result = take_result, .user = s };
	const struct gb_options options = { .reporters = &reporter, .nr_reporters = 1 };
	struct gb_benchmark *bench;
	int ret = gb_clear();

	s->done = 0;
	s->ret = 0;
	s->err = err;
	if (!ret)
		ret = gb_register(s->ex->row->id, run_batches, s, &bench);
	if (!ret)
		ret = gb_bench_iterations(bench, (int64_t)(s->iterations * s->nr_batches));
	if (!ret)
		ret = gb_bench_manual_time(bench);
	if (!ret)
		ret = gb_run(&options);
	if (s->ret)
		return s->ret;
	if (ret < 0)
		return FPB_FAIL(err, ret, "Google Benchmark: running %s", s->ex->row->id);
	if (s->done != s->nr_batches)
		return FPB_FAIL(err, -EPROTO, "Google Benchmark: %u batches run, %u planned",
				s->done, s->nr_batches);
	return 0;
}
