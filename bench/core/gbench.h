/* SPDX-License-Identifier: MIT */
#ifndef GBENCH_H
#define GBENCH_H
/*
 * gbench.h - Google Benchmark 1.7 for C programs.
 *
 *	static void copy(struct gb_state *st, void *user)
 *	{
 *		while (gb_keep_running(st))
 *			memcpy(dst, src, sizeof(dst));
 *	}
 *	...
 *	if (gb_register("copy", copy, NULL, NULL) || gb_run(NULL) < 0)
 *		return 1;
 *
 * Errors: functions that return int give 0 (or what they document) or -errno:
 *	-EINVAL  an argument the library would abort on, a NULL, or a filter that is no regular
 *		 expression
 *	-ENOMEM  out of memory
 *	-EBUSY   called while gb_run() runs (from a benchmark, a reporter or another thread)
 *	-EIO     an exception of the library that has no better code
 * No exception leaves a function of this header. Callbacks must return normally: neither a C++
 * exception nor longjmp() may leave them.
 *
 * Output: nothing is printed unless a gb_output is asked for. Two exceptions are out of reach:
 * the library reads /proc and /sys once per process, at the first gb_run(), and writes to stderr
 * (or, for a malformed cache directory in /sys, exits) when it cannot make sense of them; where
 * the kernel tells no CPU frequency this first reading takes a second.
 *
 * Environment: the BENCHMARK_* variables, which the library takes as defaults of its flags, have
 * no effect on gb_run(); what it does follows from its argument alone. C++ code in the same process
 * finds the library's flags as the last gb_run() set them.
 *
 * Threads: calls come from one thread at a time. Functions on a struct gb_state are called by the
 * thread to which the benchmark function got it, and only until that function returns.
 *
 * Deliberately absent: complexity (big O), user-defined statistics, memory managers, per-run
 * setup and teardown hooks (work before and after the loop is not timed).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
#define GB_NOEXCEPT noexcept
extern "C" {
#else
#define GB_NOEXCEPT
#endif
#define GB_MUST_CHECK __attribute__((warn_unused_result))

struct gb_state;     /* one thread's run of a benchmark function */
struct gb_benchmark; /* a registered benchmark; owned by the library until gb_clear() */

enum gb_unit { GB_NANOSECOND, GB_MICROSECOND, GB_MILLISECOND, GB_SECOND };

/* "ns", "us", "ms", "s"; "?" for anything else. */
const char *gb_unit_name(enum gb_unit unit) GB_NOEXCEPT;

/* Version of Google Benchmark this was built against, e.g. "1.7.1". */
const char *gb_library_version(void) GB_NOEXCEPT;

/*
 * A benchmark: called, with the pointer given at registration, once per thread for every run, and
 * more often while the library looks for an iteration count. It loops until gb_keep_running() (or
 * the batch form) returns 0, or calls gb_skip() or gb_skip_with_error() and returns.
 */
typedef void (*gb_function)(struct gb_state *state, void *user);

/*
 * Adds a benchmark. name is copied; it must not be empty. Names starting with "DISABLED_" are
 * registered and never run (a rule of the library). Two benchmarks may have the same name.
 * *out, if out is not NULL, is a handle for the gb_bench_*() functions.
 */
int gb_register(const char *name, gb_function fn, void *user, struct gb_benchmark **out) GB_NOEXCEPT
	GB_MUST_CHECK;

/* Removes all benchmarks; every handle becomes invalid. */
int gb_clear(void) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Settings of one benchmark, made before the first gb_run(). Most of them become part of its full
 * name, which is what filters see and reporters are given:
 * "copy/64/iterations:1000/manual_time/threads:2".
 */

/* Runs it also with these arguments; all calls for one benchmark must give the same count. */
int gb_bench_args(struct gb_benchmark *b, const int64_t *args, size_t nr) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Names of the arguments, shown as "name:value"; nr as in gb_bench_args(). A benchmark with names
 * and no arguments is never run.
 */
int gb_bench_arg_names(struct gb_benchmark *b, const char *const *names, size_t nr) GB_NOEXCEPT
	GB_MUST_CHECK;

/* One argument: lo, the powers of multiplier (at least 2) in between, and hi. */
int gb_bench_range(struct gb_benchmark *b, int64_t lo, int64_t hi, int multiplier) GB_NOEXCEPT
	GB_MUST_CHECK;

/* One argument: lo, lo + step, ... up to hi. step is at least 1. */
int gb_bench_dense_range(struct gb_benchmark *b, int64_t lo, int64_t hi, int step) GB_NOEXCEPT
	GB_MUST_CHECK;

/* Exactly nr iterations, at least 1, instead of a search. Excludes both minimum times. */
int gb_bench_iterations(struct gb_benchmark *b, int64_t nr) GB_NOEXCEPT GB_MUST_CHECK;

/* Iterates for at least this long, in seconds, > 0. Excludes gb_bench_iterations(). */
int gb_bench_min_time(struct gb_benchmark *b, double seconds) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Unreported runs first, for this long, in seconds, >= 0. Excludes gb_bench_iterations(). The
 * library heeds it only where gb_bench_min_time() is set too; gb_options.min_warmup_time_s has no
 * such condition.
 */
int gb_bench_min_warmup_time(struct gb_benchmark *b, double seconds) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Runs it nr times, at least 1; from 2 on aggregates (mean, median, stddev, cv) are reported too.
 * After a repetition that was skipped or failed, the remaining ones are not run and are reported
 * with the same reason.
 */
int gb_bench_repetitions(struct gb_benchmark *b, int nr) GB_NOEXCEPT GB_MUST_CHECK;

/* Reports aggregates alone where there are any. */
int gb_bench_aggregates_only(struct gb_benchmark *b, bool only) GB_NOEXCEPT GB_MUST_CHECK;

/* Unit of reported times; default gb_options.unit. */
int gb_bench_unit(struct gb_benchmark *b, enum gb_unit unit) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Which time decides on the iteration count and divides rate counters. Default: CPU time of the
 * calling threads. real: wall-clock time. manual: what gb_set_iteration_time() was given, reported
 * as real time. process_cpu: CPU time of the whole process (combines with the others). Manual and
 * real exclude each other. A benchmark on manual time with no fixed iterations that reports no
 * time runs up to 1e9 iterations.
 */
int gb_bench_real_time(struct gb_benchmark *b) GB_NOEXCEPT GB_MUST_CHECK;
int gb_bench_manual_time(struct gb_benchmark *b) GB_NOEXCEPT GB_MUST_CHECK;
int gb_bench_process_cpu_time(struct gb_benchmark *b) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * Runs it in nr threads at once, at least 1; several calls give several runs. More threads than
 * the system allows, and running out of memory in a run of several threads, end the process: the
 * library cannot unwind from there.
 */
int gb_bench_threads(struct gb_benchmark *b, int nr) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * What follows is for use inside a benchmark, state being the one it was given (not NULL). A
 * misuse (-EINVAL below) never aborts: it makes this run an error run that names the misuse, and
 * so does -ENOMEM; return values may be ignored here.
 */

/*
 * 1 while another iteration is due, then 0. The clock starts at the first call and stops at the
 * one that returns 0. Costs a function call per iteration, one or two nanoseconds; where that
 * matters use the batch form. A function must not return before it saw 0, unless it skips.
 */
int gb_keep_running(struct gb_state *state) GB_NOEXCEPT;

/*
 * 1 when the caller is to do nr (> 0) iterations now. The last batch may go beyond the planned
 * count; the report then tells the larger, true one. With repetitions, the count must be the same
 * in each; one that ends on another count is an error run.
 */
int gb_keep_running_batch(struct gb_state *state, int64_t nr) GB_NOEXCEPT;

/* Stops and restarts the clock of this thread, inside the loop. -EINVAL outside, or twice. */
int gb_pause_timing(struct gb_state *state) GB_NOEXCEPT;
int gb_resume_timing(struct gb_state *state) GB_NOEXCEPT;

/*
 * Adds to the manual time: seconds (>= 0, finite) that this iteration, or this whole batch, took.
 * -EINVAL unless gb_bench_manual_time() was called.
 */
int gb_set_iteration_time(struct gb_state *state, double seconds) GB_NOEXCEPT;

/*
 * This run measures nothing, because it cannot be done here (skip) or went wrong (error). The
 * first reason counts. gb_keep_running() returns 0 from now on. The reporters of gb_options get
 * GB_SKIPPED or GB_FAILED with the reason. Google Benchmark 1.7 knows errors only, so its own
 * formats (gb_output) show a skip as an error "SKIPPED: <reason>".
 */
int gb_skip(struct gb_state *state, const char *reason) GB_NOEXCEPT;
int gb_skip_with_error(struct gb_state *state, const char *message) GB_NOEXCEPT;

/* A text for the report; the last one counts. NULL is -EINVAL. */
int gb_set_label(struct gb_state *state, const char *label) GB_NOEXCEPT;

/* How a counter's value, summed over threads, becomes the reported one; flags combine. */
enum gb_counter_flags {
	GB_COUNTER_PLAIN = 0,
	GB_COUNTER_RATE = 1 << 0,	    /* / seconds, of the time that decides */
	GB_COUNTER_AVG_THREADS = 1 << 1,    /* / threads */
	GB_COUNTER_PER_ITERATION = 1 << 2,  /* * iterations: the value is one iteration's */
	GB_COUNTER_AVG_ITERATIONS = 1 << 3, /* / iterations */
	GB_COUNTER_INVERT = 1 << 4,	    /* 1 / value, done last */
	GB_COUNTER_1024 = 1 << 5,	    /* the console's k, M, ... are powers of 1024 */
};

/*
 * Sets a counter of this thread's run. -EINVAL for an empty name, unknown flags, and flags other
 * than those of the counter's first use in this benchmark.
 */
int gb_set_counter(struct gb_state *state, const char *name, double value,
		   unsigned int flags) GB_NOEXCEPT;

/* The counters "items_per_second" and "bytes_per_second", from this thread's totals, >= 0. */
int gb_set_items_processed(struct gb_state *state, int64_t items) GB_NOEXCEPT;
int gb_set_bytes_processed(struct gb_state *state, int64_t bytes) GB_NOEXCEPT;

/* Argument i of this run. Where there is none: 0, and the run is an error run. */
int64_t gb_range(struct gb_state *state, size_t i) GB_NOEXCEPT;

/* Iterations of this thread begun so far, the batch in progress included. */
int64_t gb_iterations(const struct gb_state *state) GB_NOEXCEPT;

/* Iterations planned for this thread. */
int64_t gb_max_iterations(const struct gb_state *state) GB_NOEXCEPT;

int gb_threads(const struct gb_state *state) GB_NOEXCEPT;
int gb_thread_index(const struct gb_state *state) GB_NOEXCEPT; /* from 0 */

/*
 * For the compiler. gb_do_not_optimize(v): v is computed. gb_launder(v): the lvalue v is computed
 * and may have changed. gb_clobber_memory(): all memory that escaped may have been read and
 * written. No instructions of their own. gb_escape(p): *p escaped.
 */
#define gb_do_not_optimize(v) __asm__ volatile("" : : "r,m"(v) : "memory")
#ifdef __clang__
#define gb_launder(v) __asm__ volatile("" : "+r,m"(v) : : "memory")
#else /* the library's "+m,r" makes gcc 12 lose values in vector registers */
#define gb_launder(v) __asm__ volatile("" : "+rm"(v) : : "memory")
#endif
#define gb_clobber_memory() __asm__ volatile("" : : : "memory")
static inline void gb_escape(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

/*
 * A key and value for the context of every later run, both copied. -EEXIST for a known key. A key
 * of the library's own ("date", "host_name", ...) would appear twice in its JSON.
 */
int gb_context_add(const char *key, const char *value) GB_NOEXCEPT GB_MUST_CHECK;

/* Forgets all of them. */
int gb_context_clear(void) GB_NOEXCEPT GB_MUST_CHECK;

/*
 * What reporters are given. All of it belongs to the library and lasts until the callback
 * returns.
 */
struct gb_cache {
	const char *type; /* "Data", "Instruction", "Unified" */
	int level;
	int size_bytes;
	int nr_sharing; /* CPUs that share one */
};

struct gb_key_value {
	const char *key, *value;
};

enum gb_scaling { GB_SCALING_UNKNOWN, GB_SCALING_ENABLED, GB_SCALING_DISABLED };

/* Of the machine, as the library saw it at the first gb_run() of the process. */
struct gb_context {
	const char *library_version;
	const char *library_build_type; /* "release" or "debug" (Debian's) */
	const char *host_name;
	const char *executable;
	int nr_cpus;
	double cycles_per_second;
	enum gb_scaling scaling; /* CPU frequency scaling */
	const struct gb_cache *caches;
	size_t nr_caches;
	const double *load_avg; /* over 1, 5 and 15 minutes, or fewer */
	size_t nr_load_avg;
	const struct gb_key_value *custom; /* gb_context_add(), by key */
	size_t nr_custom;
};

struct gb_counter {
	const char *name;
	double value;	    /* finished: divided, inverted, ... as flags say */
	unsigned int flags; /* enum gb_counter_flags */
};

enum gb_result_type { GB_ITERATION, GB_AGGREGATE };
enum gb_status { GB_OK, GB_SKIPPED, GB_FAILED };

struct gb_result {
	const char *name;	/* full name, for aggregates with "_mean" and so on */
	const char *run_name;	/* full name without that */
	const char *base_name;	/* as registered */
	int64_t family_index;	/* counts benchmarks of this run, from 0 */
	int64_t instance_index; /* counts its argument and thread combinations, from 0 */

	enum gb_result_type type;
	const char *aggregate_name; /* "mean", "median", "stddev", "cv"; else "" */
	bool is_ratio;		    /* times and counters are fractions (cv), not times */

	enum gb_status status; /* if not GB_OK, only names, message, label, threads and
				  repetition fields below mean anything */
	const char *message;   /* why; "" for GB_OK */

	int64_t iterations; /* of all threads; for aggregates: number of repetitions */
	int threads;
	int64_t repetitions;
	int64_t repetition_index; /* from 0; -1 for aggregates */

	enum gb_unit unit;
	double real_time, cpu_time; /* per iteration, in unit */
	/*
	 * Seconds of the whole loop: real_s is the mean over threads, or the manual time; cpu_s is
	 * the sum over threads. 0 for aggregates.
	 */
	double real_s, cpu_s;

	const char *label;		   /* "" if none */
	const struct gb_counter *counters; /* by name */
	size_t nr_counters;
};

/*
 * Callbacks; each may be NULL. context comes first and once, then result for every run and every
 * aggregate, grouped by instance: its repetitions, then its aggregates. finish comes last, if and
 * only if context was due (something matched the filter), with what gb_run() will return if that
 * is an error, else 0. With several reporters each event goes to all, in the order given.
 * A nonzero return (-errno) of context or result stops: benchmarks not begun are not run, nothing
 * more is reported, and gb_run() returns that value (a positive one as -ECANCELED).
 */
struct gb_reporter {
	int (*context)(void *user, const struct gb_context *context);
	int (*result)(void *user, const struct gb_result *result);
	void (*finish)(void *user, int err);
	void *user;
};

/* The library's formats. */
enum gb_format {
	GB_CONSOLE, /* table, below a description of the machine */
	GB_JSON,    /* what compare.py reads; quotes, \ and \b\f\n\r\t in texts are escaped, other
		       control characters are not */
	GB_CSV,	    /* without the description; comes as a whole at the end */
};

enum gb_output_flags {
	GB_OUTPUT_COLOR = 1 << 0,      /* GB_CONSOLE only */
	GB_OUTPUT_TABULAR = 1 << 1,    /* GB_CONSOLE only: counters in columns */
	GB_OUTPUT_NO_CONTEXT = 1 << 2, /* GB_CONSOLE only: no description of the machine */
};

/* Takes len bytes of text (not terminated). 0, or -errno, which stops as a reporter's does. */
typedef int (*gb_write)(void *user, const char *text, size_t len);

/* One output: to file, or, where file is NULL, to write(user, ...). */
struct gb_output {
	enum gb_format format;
	unsigned int flags; /* enum gb_output_flags */
	FILE *file;	    /* flushed after each benchmark, not closed */
	gb_write write;
	void *user;
};

/* All zero is a good default; a later version may add fields at the end. */
struct gb_options {
	/*
	 * POSIX extended regular expression, searched for in full names; with a leading '-' it
	 * selects what does not match. NULL, "" and "all": everything.
	 */
	const char *filter;
	int repetitions;	  /* of benchmarks that set none; 0: 1 */
	double min_time_s;	  /* of benchmarks that set none; 0: 0.5 */
	double min_warmup_time_s; /* of benchmarks that set none; 0: none */
	enum gb_unit unit;	  /* of benchmarks that set none */
	bool aggregates_only;	  /* as gb_bench_aggregates_only() */
	bool random_interleaving; /* repetitions of all benchmarks in random order */
	const char *executable;	  /* for the context; NULL: program_invocation_name */

	const struct gb_reporter *reporters;
	size_t nr_reporters;
	const struct gb_output *outputs; /* served after the reporters */
	size_t nr_outputs;
};

/*
 * Runs what options->filter selects of the registered benchmarks; NULL means all zero, except
 * that the table goes to stdout. Returns the number of benchmarks (argument and thread
 * combinations) that matched and were run or skipped, 0 if none did, or -errno. May be called
 * again and again. One run of a benchmark with fixed iterations costs some tens of microseconds
 * besides the benchmark itself, and starts no thread.
 */
int gb_run(const struct gb_options *options) GB_NOEXCEPT GB_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
