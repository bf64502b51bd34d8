// SPDX-License-Identifier: MIT
/*
 * gbench_example.c - Google Benchmark from plain C
 *
 * Usage: gbench_example [console|json|csv [filter]]
 *
 * Compares memcpy() with a loop over bytes, at some sizes; times one thing by its own clock; and
 * skips another, with the reason.
 */
#include "bench/core/gbench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_BYTES = 4096 };

static char src[MAX_BYTES], dst[MAX_BYTES];

static void copy_by_memcpy(struct gb_state *st, void *user)
{
	size_t len = (size_t)gb_range(st, 0);

	(void)user;
	while (gb_keep_running(st)) {
		memcpy(dst, src, len);
		gb_clobber_memory();
	}
	gb_set_bytes_processed(st, gb_iterations(st) * (int64_t)len);
}

static void copy_by_bytes(struct gb_state *st, void *user)
{
	size_t len = (size_t)gb_range(st, 0);

	(void)user;
	while (gb_keep_running(st)) {
		for (size_t i = 0; i < len; i++) {
			dst[i] = src[i];
			gb_clobber_memory(); /* or the compiler makes it a memcpy() */
		}
	}
	gb_set_bytes_processed(st, gb_iterations(st) * (int64_t)len);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* Times a batch of clock readings by those readings, and counts how many saw the clock move. */
static void read_clock(struct gb_state *st, void *user)
{
	const int64_t *batch = user;
	double moved = 0;

	while (gb_keep_running_batch(st, *batch)) {
		double first = now_s(), last = first;

		for (int64_t i = 0; i < *batch; i++) {
			double t = now_s();

			moved += t > last;
			last = t;
		}
		gb_set_iteration_time(st, last - first);
	}
	gb_set_counter(st, "moved", moved, GB_COUNTER_AVG_ITERATIONS);
	gb_set_label(st, "CLOCK_MONOTONIC");
}

static void needs_more(struct gb_state *st, void *user)
{
	(void)user;
	gb_skip(st, "this machine has no flux capacitor");
}

static int register_all(void)
{
	static const struct {
		const char *name;
		gb_function fn;
	} copies[] = { { "copy/memcpy", copy_by_memcpy }, { "copy/bytes", copy_by_bytes } };
	static int64_t batch = 100;
	struct gb_benchmark *b;
	int err;

	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		err = gb_register(copies[i].name, copies[i].fn, NULL, &b);
		if (!err)
			err = gb_bench_range(b, 64, MAX_BYTES, 8);
		if (err)
			return err;
	}
	err = gb_register("clock", read_clock, &batch, &b);
	if (!err)
		err = gb_bench_manual_time(b);
	if (!err)
		err = gb_bench_iterations(b, 10 * batch);
	if (!err)
		err = gb_register("time_travel", needs_more, NULL, NULL);
	return err;
}

int main(int argc, char **argv)
{
	static const char *const formats[] = { "console", "json", "csv" };
	struct gb_output out = { .format = GB_CONSOLE, .file = stdout };
	struct gb_options opt = { .min_time_s = 0.01, .outputs = &out, .nr_outputs = 1 };
	int ret;

	for (unsigned int i = 0; argc > 1 && i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(argv[1], formats[i]))
			out.format = (enum gb_format)i;
	}
	if (argc > 2)
		opt.filter = argv[2];

	ret = gb_context_add("example", "gbench_example.c");
	if (!ret)
		ret = register_all();
	if (!ret)
		ret = gb_run(&opt);
	if (ret < 0) {
		fprintf(stderr, "gbench_example: %s\n", strerror(-ret));
		return 1;
	}
	if (ret == 0)
		fprintf(stderr, "gbench_example: nothing matches \"%s\"\n", opt.filter);
	return ret == 0;
}
