// SPDX-License-Identifier: MIT
/* Rows measured together: which they are, where the plan has them, and in which order they run. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/measure.h"
#include "bench/core/plan.h"
#include "tests/unit/host_caps.h"
#include "tests/unit/near.h"

#define NR_BATCHES FPB_MIN_BATCHES

enum { STATE_A, STATE_B };

static const struct fpb_value states[] = {
	{ .name = "a", .number = STATE_A, .is_interleaved = true },
	{ .name = "b", .number = STATE_B, .is_interleaved = true },
	{ 0 },
};

static const struct fpb_value sizes[] = { { .name = "small" }, { .name = "large" }, { 0 } };

/* What the rows' clock and evidence do, and what was asked of them. */
static struct {
	double ticks[2];
	bool is_wrong[2];   /* a reading in the sample */
	bool is_refused[2]; /* the set-up */
	bool is_sampling;   /* of either */
	char order[4 * NR_BATCHES];
	unsigned int nr_batches;
	uint64_t iterations[2]; /* while sampling */
} fake;

static struct fpb_capabilities caps;

static void batch(struct fpb_run *run)
{
	const uint64_t which = run->value[0];

	if (fake.is_sampling) {
		assert_true(fake.nr_batches < sizeof(fake.order));
		fake.order[fake.nr_batches++] = which == STATE_A ? 'a' : 'b';
		fake.iterations[which] = run->iterations;
	}
	run->elapsed = (uint64_t)((double)run->iterations * fake.ticks[which]);
	fpb_observe(run, ABI_EVIDENCE_ANSWER, fake.is_sampling && fake.is_wrong[which], 0);
}

static void no_batch(struct fpb_run *run)
{
	run->elapsed = run->iterations;
}

static int set_up(struct fpb_run *run, struct vm *vm, struct fpb_err *err)
{
	(void)vm;
	return fake.is_refused[run->value[0]] ? FPB_FAIL(err, -ENOSYS, "set-up of the test") : 0;
}

static void prepare(void *run)
{
	(void)run;
	fake.is_sampling = true;
}

static void finish(void *run)
{
	(void)run;
	fake.is_sampling = false;
}

static const struct fpb_bench bench = {
	.name = "t/twins",
	.axes = { { "state", states }, { "size", sizes } },
	.host = batch,
	.control = no_batch,
	.setup = set_up,
	.prepare = prepare,
	.finish = finish,
};

static struct fpb_row row_of(unsigned int state, unsigned int size, enum fpb_substrate substrate)
{
	struct fpb_row row = {
		.bench = &bench,
		.substrate = substrate,
		.value = { &states[state], &sizes[size] },
	};

	snprintf(row.name, sizeof(row.name), "t/twins/%u%u", state, size);
	snprintf(row.id, sizeof(row.id), "%s@%s", row.name, fpb_substrate_name(substrate));
	return row;
}

static int reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.ticks[STATE_A] = 1000;
	fake.ticks[STATE_B] = 500;
	host_caps(&caps);
	return 0;
}

static void who_is_a_twin(void **state)
{
	const struct fpb_row a = row_of(STATE_A, 0, FPB_GUEST_RING0);
	const struct fpb_row b = row_of(STATE_B, 0, FPB_GUEST_RING0);
	const struct fpb_row large = row_of(STATE_A, 1, FPB_GUEST_RING0);
	const struct fpb_row other = row_of(STATE_B, 1, FPB_GUEST_RING0);
	const struct fpb_row ring3 = row_of(STATE_B, 0, FPB_GUEST_RING3);
	const struct fpb_row host_a = row_of(STATE_A, 0, FPB_HOST);
	const struct fpb_row host_b = row_of(STATE_B, 0, FPB_HOST);

	(void)state;
	assert_true(fpb_row_is_twin(&a, &b));
	assert_true(fpb_row_is_twin(&b, &a));
	assert_false(fpb_row_is_twin(&a, &a));
	assert_false(fpb_row_is_twin(&a, &large));
	assert_false(fpb_row_is_twin(&a, &other));
	assert_false(fpb_row_is_twin(&a, &ring3));
	assert_false(fpb_row_is_twin(&host_a, &host_b));
}

#define NR_ROWS 12
#define RUNS	40

/* Rows 3 and 7 are twins, 5 and 9 would be if 9 could run, the others are alone. */
static void make_plan(struct fpb_row row[NR_ROWS], struct fpb_plan *plan, struct fpb_report *report)
{
	const struct fpb_rows rows = { .row = row, .nr = NR_ROWS };
	struct fpb_err err = { 0 };

	for (unsigned int i = 0; i < NR_ROWS; i++) {
		row[i] = row_of(STATE_A, 0, FPB_HOST);
		row[i].index = i;
	}
	row[3] = row_of(STATE_A, 0, FPB_GUEST_RING0);
	row[7] = row_of(STATE_B, 0, FPB_GUEST_RING0);
	row[5] = row_of(STATE_A, 0, FPB_GUEST_RING3);
	row[9] = row_of(STATE_B, 0, FPB_GUEST_RING3);
	row[9].needs = FPB_NEED_AMX_GUEST;
	fpb_lack_set(&caps.on[FPB_GUEST_RING3], FPB_NEED_AMX_GUEST, "kvm-lacks", "no");
	assert_int_equal(fpb_plan_create(&rows, &caps, RUNS, 11, plan, report, &err), 0);
	assert_int_equal(plan->nr, (NR_ROWS - 1) * RUNS);
}

static void neighbours_in_the_plan(void **state)
{
	struct fpb_row row[NR_ROWS];
	struct fpb_report report = { 0 };
	struct fpb_plan plan;
	unsigned int nr_first[2] = { 0 }, places = 0;

	(void)state;
	make_plan(row, &plan, &report);
	for (size_t i = 0; i < plan.nr; i++) {
		const struct fpb_entry *entry = &plan.entry[i];

		assert_int_equal(entry->run, i / (NR_ROWS - 1));
		if (!entry->twin)
			continue;
		assert_true((entry->row == &row[3] && entry->twin == &row[7]) ||
			    (entry->row == &row[7] && entry->twin == &row[3]));
		assert_ptr_equal(entry[1].row, entry->twin);
		assert_ptr_equal(entry[1].twin, entry->row);
		assert_int_equal(entry[1].run, entry->run);
		nr_first[entry->row == &row[7]]++;
		places |= 1u << i % (NR_ROWS - 1);
		i++;
	}
	assert_int_equal(nr_first[0] + nr_first[1], RUNS);
	/* 20 expected of each, sigma 3.2. */
	assert_in_range(nr_first[0], 8, 32);
	/* Ten places for the first of them; 40 draws leave hardly one of them out. */
	assert_true(__builtin_popcount(places) >= 8);
	fpb_plan_clear(&plan);
	fpb_report_clear(&report);
}

static void no_twins_where_instructions_count(void **state)
{
	struct fpb_row row[NR_ROWS];
	struct fpb_report report = { 0 };
	struct fpb_plan plan;

	(void)state;
	caps.counts_instructions = true;
	make_plan(row, &plan, &report);
	for (size_t i = 0; i < plan.nr; i++)
		assert_null(plan.entry[i].twin);
	fpb_plan_clear(&plan);
	fpb_report_clear(&report);
}

static bool has_flag(const struct fpb_observation *obs, const char *flag)
{
	for (size_t i = 0; i < obs->nr_flags; i++) {
		if (strcmp(obs->flags[i], flag) == 0)
			return true;
	}
	return false;
}

/* The second row comes first here: the order is the request's. */
static void measure(struct fpb_measured measured[FPB_MAX_TWINS])
{
	const struct fpb_row a = row_of(STATE_A, 0, FPB_HOST), b = row_of(STATE_B, 0, FPB_HOST);
	const struct fpb_measure_request request = {
		.row = &b,
		.twin = &a,
		.run = 7,
		.nr_batches = NR_BATCHES,
		.tsc_khz = 2000000,
		.cpu = -1,
	};

	fpb_measure_twins(&request, &caps, measured);
}

static void clear(struct fpb_measured measured[FPB_MAX_TWINS])
{
	for (unsigned int i = 0; i < FPB_MAX_TWINS; i++)
		fpb_observation_clear(&measured[i].obs);
}

static void batches_in_turns(void **state)
{
	struct fpb_measured measured[FPB_MAX_TWINS];

	(void)state;
	measure(measured);
	assert_int_equal(measured[0].err.code, 0);
	assert_int_equal(measured[1].err.code, 0);
	assert_int_equal(fake.nr_batches, 2 * NR_BATCHES);
	for (unsigned int i = 0; i < fake.nr_batches; i++)
		assert_int_equal(fake.order[i], "baab"[i / ABI_NR_COPIES % 4]);
	/* As long as the cheaper of them needs: 20000 ticks of 500. */
	assert_true(fake.iterations[STATE_A] == fake.iterations[STATE_B]);
	assert_true(fake.iterations[STATE_A] >= 40);
	assert_string_equal(measured[0].obs.name, "t/twins/10");
	assert_string_equal(measured[1].obs.name, "t/twins/00");
	assert_near(fpb_observation_value(&measured[0].obs), 499, 1e-9);
	assert_near(fpb_observation_value(&measured[1].obs), 999, 1e-9);
	for (unsigned int i = 0; i < FPB_MAX_TWINS; i++) {
		assert_int_equal(measured[i].obs.run, 7);
		assert_int_equal(measured[i].obs.nr_batches, NR_BATCHES);
		assert_true(has_flag(&measured[i].obs, "interleaved"));
	}
	clear(measured);
}

/* Each has evidence of its own: a twin is not refused for what the other did. */
static void evidence_of_one(void **state)
{
	struct fpb_measured measured[FPB_MAX_TWINS];

	(void)state;
	fake.is_wrong[STATE_B] = true;
	measure(measured);
	assert_int_equal(measured[0].err.code, -EBADE);
	assert_non_null(strstr(measured[0].err.text, "answer: expected 0 (0), read 1 (0x1)"));
	assert_int_equal(measured[1].err.code, 0);
	assert_near(fpb_observation_value(&measured[1].obs), 999, 1e-9);
	clear(measured);
}

static void one_that_cannot_be_set_up(void **state)
{
	struct fpb_measured measured[FPB_MAX_TWINS];

	(void)state;
	fake.is_refused[STATE_B] = true;
	measure(measured);
	assert_int_equal(measured[0].err.code, -ENOSYS);
	assert_int_equal(measured[1].err.code, 0);
	assert_int_equal(fake.nr_batches, NR_BATCHES);
	assert_false(has_flag(&measured[1].obs, "interleaved"));
	clear(measured);
	reset(state);
	fake.is_refused[STATE_A] = fake.is_refused[STATE_B] = true;
	measure(measured);
	assert_int_equal(measured[0].err.code, -ENOSYS);
	assert_int_equal(measured[1].err.code, -ENOSYS);
	assert_int_equal(fake.nr_batches, 0);
	clear(measured);
}

static void one_alone(void **state)
{
	const struct fpb_row a = row_of(STATE_A, 0, FPB_HOST), b = row_of(STATE_B, 0, FPB_HOST);
	const struct fpb_measure_request request = {
		.row = &a,
		.twin = &b,
		.nr_batches = NR_BATCHES,
		.tsc_khz = 2000000,
		.cpu = -1,
	};
	struct fpb_observation obs;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(fpb_measure(&request, &caps, &obs, &err), 0);
	assert_int_equal(fake.nr_batches, NR_BATCHES);
	assert_false(has_flag(&obs, "interleaved"));
	fpb_observation_clear(&obs);
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_a_twin),
		TEST(neighbours_in_the_plan),
		TEST(no_twins_where_instructions_count),
		TEST(batches_in_turns),
		TEST(evidence_of_one),
		TEST(one_that_cannot_be_set_up),
		TEST(one_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
