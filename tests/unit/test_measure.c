// SPDX-License-Identifier: MIT
/*
 * One row measured in this process: real rows of the registry, and benchmarks of this test whose
 * clock and evidence do as they are told.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "bench/core/measure.h"
#include "guest/x86/sled.h"
#include "tests/unit/host_caps.h"
#include "tests/unit/near.h"

#define TSC_KHZ	   2000000
#define NR_BATCHES FPB_MIN_BATCHES

static struct fpb_capabilities caps;
static struct fpb_rows rows;

static int make_rows(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	host_caps(&caps);
	return fpb_rows_create(&rows, &err);
}

static int clear_rows(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

/*
 * Benchmarks of this test. Their clock is `ticks_per_operation`, so that every figure is known; the
 * countdowns make batches go wrong.
 */
static struct {
	double ticks_per_operation, fixed_ticks, control_ticks;
	double drift_ticks;	    /* what control takes more after the sample */
	double ticks_per_add;	    /* of the sled, for the row only */
	double ticks_per_copy;	    /* what copy c takes more, times c */
	unsigned int nr_wrong_left; /* batches of the sample that read back nonsense */
	unsigned int nr_wrong_each; /* likewise, before each that holds */
	unsigned int nr_wrong_pilots;
	unsigned int
		nr_preempted_left; /* batches of the sample that lose the CPU: ten times as dear */
	bool sleeps;		   /* and go to sleep by themselves besides */
	struct fpb_calm *calm;	   /* for the request */
	unsigned int nr_again;	   /* batches that are to be done again */
	struct rusage usage;	   /* what the kernel says */
	bool is_sampling;

	unsigned int nr_setups, nr_prepared, nr_finished, nr_verified;
	unsigned int nr_batches; /* while sampling */
	unsigned int nr_added;	 /* additions in the sled then, and for the control */
	unsigned int nr_added_control;
	unsigned int nr_of_copy[ABI_NR_COPIES];
	uint64_t least_iterations, most_iterations;
	struct fpb_sample sample;
} fake;

static int measure(const struct fpb_row *row, struct fpb_inject inject, struct fpb_observation *obs,
		   struct fpb_err *err)
{
	const struct fpb_measure_request request = {
		.row = row,
		.run = 5,
		.nr_batches = NR_BATCHES,
		.inject = inject,
		.tsc_khz = TSC_KHZ,
		.cpu = -1,
		.calm = fake.calm,
	};

	*err = (struct fpb_err){ 0 };
	return fpb_measure(&request, &caps, obs, err);
}

static bool has_flag(const struct fpb_observation *obs, const char *flag)
{
	for (size_t i = 0; i < obs->nr_flags; i++) {
		if (strcmp(obs->flags[i], flag) == 0)
			return true;
	}
	return false;
}

static const struct fpb_evidence *find_evidence(const struct fpb_observation *obs, const char *key)
{
	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (strcmp(obs->evidence[i].key, key) == 0)
			return &obs->evidence[i];
	}
	return NULL;
}

static json_int_t evidence_of(const struct fpb_observation *obs, const char *key)
{
	const struct fpb_evidence *evidence = find_evidence(obs, key);

	if (evidence)
		return evidence->value;
	fail_msg("no evidence '%s'", key);
	return -1;
}

static int reset_fake(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.ticks_per_operation = 1000;
	fake.ticks_per_copy = 1;
	fake.control_ticks = 10;
	fake.least_iterations = UINT64_MAX;
	return 0;
}

int __wrap_getrusage(int who, struct rusage *usage);
int __wrap_getrusage(int who, struct rusage *usage)
{
	assert_int_equal(who, RUSAGE_THREAD);
	*usage = fake.usage;
	return 0;
}

static unsigned int *countdown(void)
{
	return fake.is_sampling ? &fake.nr_wrong_left : &fake.nr_wrong_pilots;
}

static unsigned int nr_additions(void)
{
	unsigned int nr = 0;

	while (fpb_sled[nr * (size_t)SLED_ADD_BYTES] != 0xc3)
		nr++;
	return nr;
}

static void fake_batch(struct fpb_run *run)
{
	unsigned int *nr_wrong_left = countdown();
	const bool is_wrong = *nr_wrong_left > 0;
	double ticks;

	*nr_wrong_left -= is_wrong;
	if (fake.is_sampling) {
		fake.nr_batches++;
		fake.nr_of_copy[run->copy]++;
		fake.nr_added = nr_additions();
	}
	if (run->iterations < fake.least_iterations)
		fake.least_iterations = run->iterations;
	if (run->iterations > fake.most_iterations)
		fake.most_iterations = run->iterations;
	ticks = fake.ticks_per_operation + run->copy * fake.ticks_per_copy +
		nr_additions() * fake.ticks_per_add;
	if (fake.is_sampling && fake.nr_preempted_left > 0) {
		fake.nr_preempted_left--;
		fake.usage.ru_nivcsw++;
		fake.usage.ru_nvcsw += fake.sleeps;
		ticks *= 10;
	}
	run->elapsed = (uint64_t)((double)run->iterations * ticks + fake.fixed_ticks);
	fpb_observe(run, ABI_EVIDENCE_ANSWER, is_wrong ? 41 : 42, 42);
}

static void often_wrong_batch(struct fpb_run *run)
{
	fake_batch(run);
	if (fake.is_sampling && fake.nr_batches % (fake.nr_wrong_each + 1) != 0)
		fpb_observe(run, ABI_EVIDENCE_ANSWER, 41, 42);
}

static void fake_control(struct fpb_run *run)
{
	const double ticks = fake.control_ticks + (fake.nr_finished ? fake.drift_ticks : 0);

	run->elapsed = (uint64_t)((double)run->iterations * ticks);
	if (nr_additions() > fake.nr_added_control)
		fake.nr_added_control = nr_additions();
}

static int fake_setup(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)err;
	assert_null(vm);
	assert_null(run->vcpu);
	assert_int_equal((uintptr_t)run->scratch % 64, 0);
	fake.nr_setups++;
	return 0;
}

static int failing_setup(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)run;
	(void)vm;
	return FPB_FAIL(err, -ENOSYS, "set-up of the test");
}

static void fake_prepare(void *run)
{
	(void)run;
	assert_int_equal(fake.nr_batches, 0);
	fake.nr_prepared++;
	fake.is_sampling = true;
}

static void fake_finish(void *run)
{
	(void)run;
	fake.nr_finished++;
	fake.is_sampling = false;
}

static void wrong_finish(void *run)
{
	fake_finish(run);
	fpb_observe(run, ABI_EVIDENCE_XSTATE_BV, 3, 2);
}

static void fake_verify(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fake.nr_verified++;
	fake.sample = *sample;
	fpb_expect(proof, "batches", fake.nr_batches, NR_BATCHES + sample->nr_void + fake.nr_again,
		   0);
}

static const struct fpb_bench fake_bench = {
	.name = "t/fake",
	.gate = true,
	.host = fake_batch,
	.control = fake_control,
	.setup = fake_setup,
	.prepare = fake_prepare,
	.finish = fake_finish,
	.verify = fake_verify,
};

static struct fpb_row row_of(const struct fpb_bench *bench)
{
	struct fpb_row row = { .bench = bench,
			       .gate = bench->gate,
			       .oneshot = bench->oneshot,
			       .substrate = FPB_HOST };

	snprintf(row.name, sizeof(row.name), "%s", bench->name);
	snprintf(row.id, sizeof(row.id), "%s@host", bench->name);
	return row;
}

static int measure_bench(const struct fpb_bench *bench, struct fpb_observation *obs,
			 struct fpb_err *err)
{
	const struct fpb_row row = row_of(bench);

	return measure(&row, (struct fpb_inject){ 0 }, obs, err);
}

static void test_figures(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(obs.run, 5);
	assert_string_equal(obs.name, "t/fake");
	assert_string_equal(obs.substrate, "host");
	assert_string_equal(obs.unit, "cyc");
	assert_true(obs.gated);
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_int_equal(fake.nr_batches, NR_BATCHES);
	assert_near(obs.overhead, 10, 1e-9);
	/* Copy c takes 1000 + c ticks; each has a quarter of the batches. */
	for (unsigned int copy = 0; copy < ABI_NR_COPIES; copy++)
		assert_int_equal(fake.nr_of_copy[copy], NR_BATCHES / ABI_NR_COPIES);
	for (size_t i = 0; i < obs.nr_batches; i++)
		assert_near(fpb_observation_cost(&obs, i), 990. + (double)(i % ABI_NR_COPIES),
			    1e-9);
	assert_near(fpb_observation_value(&obs), 991.5, 1e-9);
	assert_true(obs.has_copies);
	assert_near(obs.copies[0], 990, 1e-9);
	assert_near(obs.copies[1], 993, 1e-9);
	assert_int_equal(evidence_of(&obs, "answer"), 42);
	assert_int_equal(evidence_of(&obs, "expected_answer"), 42);
	assert_null(find_evidence(&obs, "void_batches"));
	assert_null(find_evidence(&obs, "exits"));
	assert_false(has_flag(&obs, "void-batches"));
	assert_false(has_flag(&obs, "nonlinear"));
	assert_false(has_flag(&obs, "interpreted"));
	fpb_observation_clear(&obs);
}

/* On a machine whose TSC counts instructions. */
static int count_bench(struct fpb_inject inject, struct fpb_observation *obs, struct fpb_err *err)
{
	const struct fpb_row row = row_of(&fake_bench);
	int ret;

	caps.counts_instructions = true;
	ret = measure(&row, inject, obs, err);
	caps.counts_instructions = false;
	return ret;
}

/* What a batch executes once is none of the operation's, however short the batch. */
static void test_counts_to_the_instruction(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.fixed_ticks = 37;
	assert_int_equal(count_bench((struct fpb_inject){ 0 }, &obs, &err), 0);
	assert_string_equal(obs.unit, "insn");
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_near(obs.iterations_per_batch, 16, 0);
	assert_near(obs.overhead, 10 + 37. / 16, 1e-12);
	assert_near(fpb_observation_value(&obs), 990, 1e-9);
	/* One layout for all: it adds no instruction, only a constant of its own. */
	assert_false(obs.has_copies);
	assert_int_equal(fake.nr_of_copy[0], NR_BATCHES);
	assert_false(has_flag(&obs, "nonlinear"));
	fpb_observation_clear(&obs);
}

static void test_counts_the_planted_one(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.fixed_ticks = 37;
	fake.ticks_per_add = 1;
	assert_int_equal(count_bench((struct fpb_inject){ .nr = 1 }, &obs, &err), 0);
	assert_near(fpb_observation_value(&obs), 991, 1e-9);
	fpb_observation_clear(&obs);
}

/* Less per operation in the longer batch than in the shorter one is no constant. */
static void test_counts_what_is_not_constant(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.fixed_ticks = -8000;
	assert_int_equal(count_bench((struct fpb_inject){ 0 }, &obs, &err), 0);
	assert_near(obs.overhead, 0, 0);
	assert_true(has_flag(&obs, "nonlinear"));
	fpb_observation_clear(&obs);
}

static void test_hooks(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(fake.nr_setups, 1);
	assert_int_equal(fake.nr_prepared, 1);
	assert_int_equal(fake.nr_finished, 1);
	assert_int_equal(fake.nr_verified, 1);
	assert_ptr_equal(fake.sample.bench, &fake_bench);
	assert_false(fake.sample.is_guest);
	assert_false(fake.sample.has_stats);
	assert_int_equal(fake.sample.nr_runs, 0);
	assert_true((double)fake.sample.operations == NR_BATCHES * obs.iterations_per_batch);
	fpb_observation_clear(&obs);
}

static void check_calibration(double ticks_per_operation, uint32_t tsc_step)
{
	struct fpb_observation obs;
	struct fpb_err err;

	reset_fake(NULL);
	fake.ticks_per_operation = ticks_per_operation;
	fake.ticks_per_copy = 0;
	fake.control_ticks = 0;
	caps.tsc_step = tsc_step;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	caps.tsc_step = 1;
	assert_true(obs.iterations_per_batch >= 64);
	for (size_t i = 0; i < obs.nr_batches; i++)
		assert_true(obs.batches[i] >= 1000. * tsc_step);
	assert_true(fake.least_iterations >= 64);
	/* Sampled at what calibration found; the check of proportionality takes twice that. */
	assert_true((double)fake.most_iterations == 2 * obs.iterations_per_batch);
	fpb_observation_clear(&obs);
}

static void test_calibration(void **state)
{
	(void)state;
	check_calibration(1, 1);
	check_calibration(1, 100);
	check_calibration(0.25, 25);
	check_calibration(5000, 26);
}

static void test_dear_operations_are_few(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.ticks_per_operation = 1e6;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_true(obs.iterations_per_batch == 64);
	fpb_observation_clear(&obs);
}

static void test_oneshot(void **state)
{
	struct fpb_bench bench = fake_bench;
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	bench.oneshot = 3;
	fake.ticks_per_operation = 7;
	assert_int_equal(measure_bench(&bench, &obs, &err), 0);
	assert_true(obs.iterations_per_batch == 3);
	assert_int_equal(fake.least_iterations, 3);
	assert_int_equal(fake.most_iterations, 3);
	fpb_observation_clear(&obs);
}

static void test_nonlinear(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	/* Twice the operations take 1.5 times as long. */
	fake.fixed_ticks = 64 * fake.ticks_per_operation;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_true(has_flag(&obs, "nonlinear"));
	fpb_observation_clear(&obs);
}

static void test_cheaper_than_its_control(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.control_ticks = 1100;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_near(obs.overhead, 1100, 1e-9);
	assert_near(fpb_observation_value(&obs), -98.5, 1e-9);
	fpb_observation_clear(&obs);
}

static void test_interpreted(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	caps.on[FPB_HOST].have &= ~(uint32_t)FPB_NEED_NATIVE;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	caps.on[FPB_HOST].have |= FPB_NEED_NATIVE;
	assert_true(has_flag(&obs, "interpreted"));
	assert_false(obs.gated);
	fpb_observation_clear(&obs);
}

static void test_not_gated(void **state)
{
	struct fpb_bench bench = fake_bench;
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	bench.gate = false;
	assert_int_equal(measure_bench(&bench, &obs, &err), 0);
	assert_false(obs.gated);
	fpb_observation_clear(&obs);
}

static void test_setup_fails(void **state)
{
	struct fpb_bench bench = fake_bench;
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	bench.setup = failing_setup;
	assert_int_equal(measure_bench(&bench, &obs, &err), -ENOSYS);
	assert_string_equal(err.text, "set-up of the test");
	assert_int_equal(fake.least_iterations, UINT64_MAX);
	fpb_observation_clear(&obs);
}

static void check_void(const struct fpb_bench *bench, const char *key, const char *expected,
		       const char *read)
{
	struct fpb_observation obs;
	struct fpb_err err;

	assert_int_equal(measure_bench(bench, &obs, &err), -EBADE);
	assert_int_equal(err.code, -EBADE);
	assert_non_null(strstr(err.text, key));
	assert_non_null(strstr(err.text, expected));
	assert_non_null(strstr(err.text, read));
	fpb_observation_clear(&obs);
}

static void test_always_wrong(void **state)
{
	(void)state;
	fake.nr_wrong_left = fake.nr_wrong_pilots = 1000000;
	check_void(&fake_bench, "answer", "expected 42", "read 41");
	/* As often as allowed, not once more. */
	assert_true(fake.nr_batches > 0);
	assert_true(fake.nr_batches <= NR_BATCHES + ABI_MAX_VOID_IN_A_ROW);
}

static void test_wrong_once(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.nr_wrong_left = 1;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_int_equal(fake.nr_batches, NR_BATCHES + 1);
	assert_int_equal(evidence_of(&obs, "void_batches"), 1);
	assert_true(has_flag(&obs, "void-batches"));
	assert_int_equal(evidence_of(&obs, "answer"), 42);
	/* The batch that is void is in the counts of KVM, so it is in the operations too. */
	assert_int_equal(fake.sample.nr_void, 1);
	assert_true((double)fake.sample.operations == (NR_BATCHES + 1) * obs.iterations_per_batch);
	fpb_observation_clear(&obs);
}

static void test_wrong_as_often_as_allowed(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.nr_wrong_left = ABI_MAX_VOID_IN_A_ROW;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(evidence_of(&obs, "void_batches"), ABI_MAX_VOID_IN_A_ROW);
	fpb_observation_clear(&obs);
}

/* The later batches hold, but one was kept that did not: that is no value. */
static void test_wrong_once_too_often(void **state)
{
	(void)state;
	fake.nr_wrong_left = ABI_MAX_VOID_IN_A_ROW + 1;
	check_void(&fake_bench, "answer", "expected 42", "read 41");
}

/* A core whose threads are switched all the time: most batches are void, yet none stays so. */
static void test_often_wrong(void **state)
{
	const unsigned int nr_each = 2 * ABI_MAX_VOID_IN_A_ROW / NR_BATCHES;
	const unsigned int nr_void = nr_each * NR_BATCHES;
	struct fpb_bench bench = fake_bench;
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	assert_true(nr_void > ABI_MAX_VOID_IN_A_ROW && nr_void <= ABI_MAX_VOID);
	bench.host = often_wrong_batch;
	fake.nr_wrong_each = nr_each;
	if (measure_bench(&bench, &obs, &err))
		fail_msg("%s", err.text);
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_int_equal(evidence_of(&obs, "void_batches"), nr_void);
	assert_int_equal(evidence_of(&obs, "answer"), 42);
	fpb_observation_clear(&obs);
}

static void test_too_often_wrong(void **state)
{
	struct fpb_bench bench = fake_bench;

	(void)state;
	bench.host = often_wrong_batch;
	fake.nr_wrong_each = ABI_MAX_VOID_IN_A_ROW;
	assert_true(fake.nr_wrong_each * NR_BATCHES > ABI_MAX_VOID);
	check_void(&bench, "answer", "expected 42", "read 41");
	assert_true(fake.nr_batches <= NR_BATCHES + ABI_MAX_VOID);
}

/* What goes wrong before the sample is nobody's evidence. */
static void test_wrong_pilots(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.nr_wrong_pilots = 2;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_null(find_evidence(&obs, "void_batches"));
	fpb_observation_clear(&obs);
}

static void test_wrong_at_the_end(void **state)
{
	struct fpb_bench bench = fake_bench;

	(void)state;
	bench.finish = wrong_finish;
	check_void(&bench, "xstate_bv", "expected 2", "read 3");
}

static void judge_nothing_right(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	(void)sample;
	fpb_expect(proof, "exits", 5, 6, 0);
}

static void test_judged_wrong(void **state)
{
	struct fpb_bench bench = fake_bench;

	(void)state;
	bench.verify = judge_nothing_right;
	check_void(&bench, "exits", "expected 6", "read 5");
}

static void calm_with_level(struct fpb_calm *calm, uint64_t canary_ticks)
{
	fpb_calm_start(calm, 3000ull * TSC_KHZ, 0);
	for (unsigned int i = 0; i < FPB_CALM_HISTORY; i++)
		fpb_calm_learn(calm, canary_ticks);
	fake.calm = calm;
}

/* No canary takes that long, so that only what this test says is a disturbance. */
#define NEVER_SLOW  (UINT64_MAX / 4)
#define ALWAYS_SLOW 1

static void test_preempted_batches_are_done_again(void **state)
{
	struct fpb_observation obs;
	struct fpb_calm calm;
	struct fpb_err err;

	(void)state;
	calm_with_level(&calm, NEVER_SLOW);
	fake.nr_preempted_left = fake.nr_again = 3;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_int_equal(fake.nr_batches, NR_BATCHES + 3);
	assert_int_equal(evidence_of(&obs, "retaken_batches"), 3);
	assert_true(has_flag(&obs, "retaken-batches"));
	assert_null(find_evidence(&obs, "disturbed_batches"));
	assert_false(has_flag(&obs, "disturbed"));
	/* KVM would have counted them. */
	assert_true((double)fake.sample.operations == (NR_BATCHES + 3) * obs.iterations_per_batch);
	for (size_t i = 0; i < obs.nr_batches; i++)
		assert_near(fpb_observation_cost(&obs, i), 990. + (double)(i % ABI_NR_COPIES),
			    1e-9);
	fpb_observation_clear(&obs);
}

static void test_no_more_than_allowed_again(void **state)
{
	struct fpb_observation obs;
	struct fpb_calm calm;
	struct fpb_err err;

	(void)state;
	calm_with_level(&calm, NEVER_SLOW);
	fake.nr_preempted_left = FPB_MAX_RETAKEN + 2;
	fake.nr_again = FPB_MAX_RETAKEN;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(evidence_of(&obs, "retaken_batches"), FPB_MAX_RETAKEN);
	assert_int_equal(evidence_of(&obs, "disturbed_batches"), 2);
	assert_true(has_flag(&obs, "disturbed"));
	/* Kept as they were. */
	assert_near(fpb_observation_cost(&obs, 0), 10000. - 10, 1e-9);
	assert_near(fpb_observation_cost(&obs, 1), 10010. - 10, 1e-9);
	assert_near(fpb_observation_cost(&obs, 2), 1002. - 10, 1e-9);
	fpb_observation_clear(&obs);
}

static void test_without_a_watch_disturbed_batches_are_kept(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.nr_preempted_left = 1;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(evidence_of(&obs, "disturbed_batches"), 1);
	assert_null(find_evidence(&obs, "retaken_batches"));
	assert_true(has_flag(&obs, "disturbed"));
	assert_near(fpb_observation_cost(&obs, 0), 10000. - 10, 1e-9);
	fpb_observation_clear(&obs);
}

/* A row of context switches is not disturbed by its own. */
static void test_own_switches_are_no_disturbance(void **state)
{
	struct fpb_observation obs;
	struct fpb_calm calm;
	struct fpb_err err;

	(void)state;
	calm_with_level(&calm, NEVER_SLOW);
	fake.sleeps = true;
	fake.nr_preempted_left = NR_BATCHES;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_null(find_evidence(&obs, "disturbed_batches"));
	assert_null(find_evidence(&obs, "retaken_batches"));
	assert_false(has_flag(&obs, "disturbed"));
	assert_int_equal(evidence_of(&obs, "involuntary_switches"), NR_BATCHES);
	fpb_observation_clear(&obs);
}

/* A batch is judged by the canary, never by what it took itself. */
static void test_dear_batches_are_no_disturbance(void **state)
{
	struct fpb_observation obs;
	struct fpb_calm calm;
	struct fpb_err err;

	(void)state;
	calm_with_level(&calm, NEVER_SLOW);
	fake.ticks_per_copy = 5000;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(fake.nr_batches, NR_BATCHES);
	assert_null(find_evidence(&obs, "retaken_batches"));
	fpb_observation_clear(&obs);
}

static void test_calm_that_never_comes(void **state)
{
	struct fpb_observation obs;
	struct fpb_calm calm;
	struct fpb_err err;

	(void)state;
	calm_with_level(&calm, ALWAYS_SLOW);
	calm.wait_ticks = 1000;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_true(evidence_of(&obs, "disturbed_batches") >= NR_BATCHES);
	assert_null(find_evidence(&obs, "retaken_batches"));
	assert_true(has_flag(&obs, "disturbed"));
	assert_near(fpb_observation_value(&obs), 991.5, 1e-9);
	/* The process has waited enough, for the rows after this one too. */
	assert_int_equal(calm.wait_ticks, 0);
	fpb_observation_clear(&obs);
}

/* Half of what is subtracted is from before the sample and half from after it. */
/* Bytes are what the batch says: the harness adds none, and additions in the sled move none. */
static void test_bytes(void **state)
{
	static const struct fpb_inject injects[] = { { 0 }, { .nr = 12 }, { .percent = 50 } };
	struct fpb_row row = row_of(&fake_bench);

	(void)state;
	row.in_bytes = true;
	row.oneshot = 1;
	fake.ticks_per_copy = 0;
	for (size_t i = 0; i < sizeof(injects) / sizeof(injects[0]); i++) {
		struct fpb_observation obs;
		struct fpb_err err;

		fake.nr_batches = 0;
		assert_int_equal(measure(&row, injects[i], &obs, &err), 0);
		assert_string_equal(obs.unit, "bytes");
		assert_near(obs.overhead, 0, 0);
		assert_near(fpb_observation_value(&obs), 1000, 0);
		fpb_observation_clear(&obs);
	}
}

static void test_overhead_of_both_sides(void **state)
{
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.drift_ticks = 20;
	assert_int_equal(measure_bench(&fake_bench, &obs, &err), 0);
	assert_near(obs.overhead, 20, 1e-9);
	fpb_observation_clear(&obs);
}

/* In the row as long as it is sampled, never in what is subtracted from it. */
static void test_planted_where_it_belongs(void **state)
{
	const struct fpb_row row = row_of(&fake_bench);
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.ticks_per_add = 2;
	assert_int_equal(measure(&row, (struct fpb_inject){ .nr = 12 }, &obs, &err), 0);
	assert_int_equal(fake.nr_added, 12);
	assert_int_equal(fake.nr_added_control, 0);
	assert_near(fpb_observation_value(&obs), 991.5 + 24, 1e-9);
	fpb_observation_clear(&obs);
	assert_int_equal(nr_additions(), 0);
}

/* However much of it the processor hides, the row grows by what was asked for, less the noise. */
static void test_planted_share_of_the_cost(void **state)
{
	static const double ticks_per_add[] = { 0.5, 1, 4 };
	const struct fpb_row row = row_of(&fake_bench);
	struct fpb_observation obs;
	struct fpb_err err;

	for (size_t i = 0; i < sizeof(ticks_per_add) / sizeof(ticks_per_add[0]); i++) {
		reset_fake(state);
		fake.ticks_per_add = ticks_per_add[i];
		assert_int_equal(measure(&row, (struct fpb_inject){ .percent = 20 }, &obs, &err),
				 0);
		assert_int_equal(fake.nr_added_control, 0);
		assert_true(fpb_observation_value(&obs) >= 991.5 * (1 + 0.2 * 0.95));
		fpb_observation_clear(&obs);
		assert_int_equal(nr_additions(), 0);
	}
}

/* A row that additions do not slow down: no more of them than a core can hide, and the flag. */
static void test_planted_in_vain(void **state)
{
	const struct fpb_row row = row_of(&fake_bench);
	struct fpb_observation obs;
	struct fpb_err err;
	bool is_flagged = false;

	(void)state;
	fake.ticks_per_add = 0;
	assert_int_equal(measure(&row, (struct fpb_inject){ .percent = 20 }, &obs, &err), 0);
	for (size_t i = 0; i < obs.nr_flags; i++)
		is_flagged |= strcmp(obs.flags[i], "inject-short") == 0;
	assert_true(is_flagged);
	/* 20 % of 991.5 ticks, in additions of a tick or less, and 512. */
	assert_true(fake.nr_added >= 512);
	assert_true(fake.nr_added <= 512 + 1000);
	fpb_observation_clear(&obs);
}

static void test_no_share_of_nothing(void **state)
{
	const struct fpb_row row = row_of(&fake_bench);
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	/* The row costs what its control costs: no percentage of that can be planted. */
	fake.ticks_per_copy = 0;
	fake.control_ticks = fake.ticks_per_operation;
	assert_int_equal(measure(&row, (struct fpb_inject){ .percent = 5 }, &obs, &err), 0);
	fpb_observation_clear(&obs);
	assert_int_equal(fpb_sled[0], 0xc3);
}

static void test_share_too_large(void **state)
{
	const struct fpb_row row = row_of(&fake_bench);
	struct fpb_observation obs;
	struct fpb_err err;

	(void)state;
	fake.ticks_per_operation = 1e6;
	assert_int_equal(measure(&row, (struct fpb_inject){ .percent = 1000 }, &obs, &err),
			 -ERANGE);
	assert_non_null(strstr(err.text, "1000%"));
	assert_non_null(strstr(err.text, "16383"));
	fpb_observation_clear(&obs);
}

static const struct fpb_row *find(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);

	if (!row)
		fail_msg("no row %s", id);
	return row;
}

static double real_row(const char *id, struct fpb_inject inject)
{
	struct fpb_observation obs;
	struct fpb_err err;
	double value;

	if (measure(find(id), inject, &obs, &err))
		fail_msg("%s: %s", id, err.text);
	assert_string_equal(obs.unit, "cyc");
	assert_int_equal(obs.nr_batches, NR_BATCHES);
	assert_true(obs.iterations_per_batch >= 64);
	assert_true(obs.overhead >= 0);
	assert_true(obs.has_copies);
	assert_true(obs.copies[0] <= obs.copies[1]);
	for (size_t i = 0; i < obs.nr_batches; i++)
		assert_true(obs.batches[i] > 0);
	for (size_t i = 0; i < obs.nr_evidence; i++) {
		char key[96];
		const struct fpb_evidence *expected;

		snprintf(key, sizeof(key), "expected_%s", obs.evidence[i].key);
		expected = find_evidence(&obs, key);
		if (expected)
			assert_true(expected->value == obs.evidence[i].value);
	}
	value = fpb_observation_value(&obs);
	fpb_observation_clear(&obs);
	/* Whatever was planted is gone. */
	assert_int_equal(fpb_sled[0], 0xc3);
	return value;
}

static void test_null_rows(void **state)
{
	const struct fpb_inject none = { 0 };

	(void)state;
	real_row("null/loop@host", none);
	assert_true(real_row("null/chain@host", none) > 0);
	assert_true(real_row("null/chain/op=imul@host", none) > 0);
}

static void check_xsave_row(const char *id, bool has_xcomp_bv)
{
	const uint64_t ordinary = caps.on[FPB_HOST].xfeatures & 0xe7;
	struct fpb_observation obs;
	struct fpb_err err;

	real_row(id, (struct fpb_inject){ 0 });
	if (measure(find(id), (struct fpb_inject){ 0 }, &obs, &err))
		fail_msg("%s: %s", id, err.text);
	assert_int_equal(evidence_of(&obs, "xstate_bv"), 2);
	assert_int_equal(evidence_of(&obs, "expected_xstate_bv"), 2);
	assert_int_equal(evidence_of(&obs, "rfbm"), ordinary);
	assert_null(find_evidence(&obs, "expected_rfbm"));
	if (has_xcomp_bv)
		assert_int_equal(evidence_of(&obs, "xcomp_bv"), ordinary);
	else
		assert_null(find_evidence(&obs, "xcomp_bv"));
	fpb_observation_clear(&obs);
}

static void test_xsave_rows(void **state)
{
	(void)state;
	if (!(caps.on[FPB_HOST].have & FPB_NEED_XSAVE)) {
		print_message("SKIP: CPUID.1:ECX[27] (OSXSAVE) is 0\n");
		skip();
	}
	check_xsave_row("xsave/xsave/state=sse@host", false);
	if (!(caps.on[FPB_HOST].have & FPB_NEED_XSAVEC)) {
		print_message("SKIP: CPUID.(0xD,1):EAX[1] (XSAVEC) is 0\n");
		skip();
	}
	check_xsave_row("xsave/xsavec/state=sse@host", true);
}

static void test_planted_number(void **state)
{
	double without = real_row("null/loop@host", (struct fpb_inject){ 0 });
	double with = real_row("null/loop@host", (struct fpb_inject){ .nr = 500 });

	(void)state;
	assert_true(with > 0);
	assert_true(with > without);
}

static void test_planted_share(void **state)
{
	double without = real_row("null/chain@host", (struct fpb_inject){ 0 });
	double with = real_row("null/chain@host", (struct fpb_inject){ .percent = 100 });

	(void)state;
	assert_true(with > without);
}

#define TEST(f) cmocka_unit_test_setup(f, reset_fake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_figures),
		TEST(test_counts_to_the_instruction),
		TEST(test_counts_the_planted_one),
		TEST(test_counts_what_is_not_constant),
		TEST(test_hooks),
		TEST(test_calibration),
		TEST(test_dear_operations_are_few),
		TEST(test_oneshot),
		TEST(test_nonlinear),
		TEST(test_cheaper_than_its_control),
		TEST(test_interpreted),
		TEST(test_not_gated),
		TEST(test_setup_fails),
		TEST(test_always_wrong),
		TEST(test_wrong_once),
		TEST(test_wrong_as_often_as_allowed),
		TEST(test_wrong_once_too_often),
		TEST(test_often_wrong),
		TEST(test_too_often_wrong),
		TEST(test_wrong_pilots),
		TEST(test_wrong_at_the_end),
		TEST(test_judged_wrong),
		TEST(test_preempted_batches_are_done_again),
		TEST(test_no_more_than_allowed_again),
		TEST(test_without_a_watch_disturbed_batches_are_kept),
		TEST(test_own_switches_are_no_disturbance),
		TEST(test_dear_batches_are_no_disturbance),
		TEST(test_calm_that_never_comes),
		TEST(test_bytes),
		TEST(test_overhead_of_both_sides),
		TEST(test_planted_where_it_belongs),
		TEST(test_planted_share_of_the_cost),
		TEST(test_planted_in_vain),
		TEST(test_no_share_of_nothing),
		TEST(test_share_too_large),
		TEST(test_null_rows),
		TEST(test_xsave_rows),
		TEST(test_planted_number),
		TEST(test_planted_share),
	};

	return cmocka_run_group_tests(tests, make_rows, clear_rows);
}
