// SPDX-License-Identifier: MIT
/* Evidence: what is recorded, what voids an observation, and what it then says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/proof.h"

struct fixture {
	struct fpb_observation obs;
	struct fpb_err err;
	struct fpb_proof proof;
};

static int make(void **state)
{
	static struct fixture f;

	f = (struct fixture){ 0 };
	f.proof = (struct fpb_proof){ .obs = &f.obs, .err = &f.err };
	*state = &f;
	return 0;
}

static int clear(void **state)
{
	struct fixture *f = *state;

	fpb_observation_clear(&f->obs);
	return 0;
}

static void check_evidence(const struct fixture *f, size_t i, const char *key, json_int_t value)
{
	assert_true(i < f->obs.nr_evidence);
	assert_string_equal(f->obs.evidence[i].key, key);
	assert_true(f->obs.evidence[i].value == value);
}

static void check_violated(const struct fixture *f, const char *key, const char *expected,
			   const char *read)
{
	assert_int_equal(fpb_proof_result(&f->proof), -EBADE);
	assert_int_equal(f->err.code, -EBADE);
	assert_non_null(strstr(f->err.text, key));
	assert_non_null(strstr(f->err.text, expected));
	assert_non_null(strstr(f->err.text, read));
}

static void test_expect_within_slack(void **state)
{
	struct fixture *f = *state;

	fpb_expect(&f->proof, "a", 100, 100, 0);
	fpb_expect(&f->proof, "b", 97, 100, 3);
	fpb_expect(&f->proof, "c", 103, 100, 3);
	fpb_expect(&f->proof, "d", 0, UINT64_MAX, UINT64_MAX);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->err.code, 0);
	assert_int_equal(f->obs.nr_evidence, 8);
	check_evidence(f, 0, "a", 100);
	check_evidence(f, 1, "expected_a", 100);
	check_evidence(f, 2, "b", 97);
	check_evidence(f, 3, "expected_b", 100);
	check_evidence(f, 4, "c", 103);
	check_evidence(f, 5, "expected_c", 100);
	/* What JSON cannot hold loses its top bit and stays non-negative. */
	check_evidence(f, 7, "expected_d", INT64_MAX);
	assert_int_equal(f->obs.nr_flags, 0);
}

static void test_expect_below(void **state)
{
	struct fixture *f = *state;

	fpb_expect(&f->proof, "fpu_reload", 96, 100, 3);
	check_violated(f, "fpu_reload", "expected 100", "read 96");
	/* What was read stays on record. */
	check_evidence(f, 0, "fpu_reload", 96);
	check_evidence(f, 1, "expected_fpu_reload", 100);
}

static void test_expect_above(void **state)
{
	struct fixture *f = *state;

	fpb_expect(&f->proof, "fpu_reload", 104, 100, 3);
	check_violated(f, "fpu_reload", "expected 100", "read 104");
}

static void test_first_violation_is_kept(void **state)
{
	struct fixture *f = *state;

	fpb_expect(&f->proof, "first", 0x1f, 0xe7, 0);
	fpb_expect(&f->proof, "second", 5, 6, 0);
	fpb_expect(&f->proof, "third", 7, 7, 0);
	check_violated(f, "first", "0xe7", "0x1f");
	assert_null(strstr(f->err.text, "second"));
	assert_int_equal(f->obs.nr_evidence, 6);
}

/* A sample whose exits KVM counted, some of them by interrupts of the host. */
static struct fpb_sample sample_of(uint64_t exits, uint64_t irq_exits, bool is_exact)
{
	return (struct fpb_sample){
		.exits = exits, .irq_exits = irq_exits, .has_exits = true, .is_exact = is_exact
	};
}

static void test_exits(void **state)
{
	const struct fpb_sample as_expected = sample_of(1007, 7, true);
	const struct fpb_sample interrupted = sample_of(1007, 7, false);
	const struct fpb_sample at_the_limit = sample_of(1050, 0, false);
	struct fixture *f = *state;

	fpb_expect_exits(&f->proof, &as_expected, 1000);
	assert_int_equal(f->obs.nr_flags, 0);
	check_evidence(f, 0, "exits", 1007);
	check_evidence(f, 1, "expected_exits", 1007);
	check_evidence(f, 2, "irq_exits", 7);
	fpb_expect_exits(&f->proof, &interrupted, 1000);
	assert_int_equal(f->obs.nr_flags, 1);
	assert_string_equal(f->obs.flags[0], "irq-exits");
	fpb_expect_exits(&f->proof, &at_the_limit, 1000);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->obs.nr_flags, 2);
	assert_string_equal(f->obs.flags[1], "surplus-exits");
}

static void test_too_few_exits(void **state)
{
	const struct fpb_sample sample = sample_of(999, 0, false);
	struct fixture *f = *state;

	fpb_expect_exits(&f->proof, &sample, 1000);
	check_violated(f, "exits", "expected 1000", "read 999");
	assert_int_equal(f->obs.nr_flags, 0);
}

static void test_too_many_exits(void **state)
{
	const struct fpb_sample sample = sample_of(1051, 0, false);
	struct fixture *f = *state;

	fpb_expect_exits(&f->proof, &sample, 1000);
	check_violated(f, "exits", "expected 1000", "read 1051");
	assert_int_equal(f->obs.nr_flags, 0);
}

/* A machine that counts has no exits by chance. */
static void test_surplus_where_all_is_exact(void **state)
{
	const struct fpb_sample sample = sample_of(1001, 0, true);
	struct fixture *f = *state;

	fpb_expect_exits(&f->proof, &sample, 1000);
	check_violated(f, "exits", "expected 1000", "read 1001");
}

static void test_exits_nobody_counts(void **state)
{
	const struct fpb_sample sample = { .exits = 2 };
	struct fixture *f = *state;

	fpb_expect_exits(&f->proof, &sample, 1000);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->obs.nr_evidence, 0);
}

static void test_readings(void **state)
{
	static const char *const names[] = {
		"xstate_bv",
		"xcomp_bv",
		"xinuse",
		"registers",
		"rfbm",
		"user_xstate_bv",
		"answer",
		"xcr0",
		"modified_optimisation",
		"failed_calls",
		"handled",
		"context_switches",
		"minsigstksz",
		"dynamic_xfeatures",
		"partner_xstate_bv",
		"xfd",
		"xfd_err",
		"cr0_ts",
		"xss",
		"pkru",
		"cleared",
		"behaviour",
		"bytes",
		"exits_each",
	};
	struct fixture *f = *state;
	struct abi_evidence evidence[ABI_NR_EVIDENCE] = { 0 };
	size_t at = 0;

	/* Every other one is judged. */
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++)
		evidence[i] = (struct abi_evidence){ 10 + i, 10 + i, 1, i % 2 };
	fpb_proof_add_readings(&f->proof, evidence);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(sizeof(names) / sizeof(names[0]), ABI_NR_EVIDENCE);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		check_evidence(f, at++, names[i], 10 + i);
		if (i % 2) {
			char expected[64];

			snprintf(expected, sizeof(expected), "expected_%s", names[i]);
			check_evidence(f, at++, expected, 10 + i);
		}
	}
	assert_int_equal(f->obs.nr_evidence, at);
}

static void test_readings_unset_or_unjudged(void **state)
{
	struct fixture *f = *state;
	struct abi_evidence evidence[ABI_NR_EVIDENCE] = { 0 };

	evidence[ABI_EVIDENCE_XINUSE] = (struct abi_evidence){ 2, 0, 1, 0 };
	/* Values of an entry that is not set mean nothing. */
	evidence[ABI_EVIDENCE_ANSWER] = (struct abi_evidence){ 1, 2, 0, 1 };
	fpb_proof_add_readings(&f->proof, evidence);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->obs.nr_evidence, 1);
	check_evidence(f, 0, "xinuse", 2);
}

static void test_reading_violated(void **state)
{
	struct fixture *f = *state;
	struct abi_evidence evidence[ABI_NR_EVIDENCE] = { 0 };

	evidence[ABI_EVIDENCE_XSTATE_BV] = (struct abi_evidence){ 7, 6, 1, 1 };
	fpb_proof_add_readings(&f->proof, evidence);
	check_violated(f, "xstate_bv", "0x6", "0x7");
}

static void judge_exits(const struct fpb_sample *sample, struct fpb_proof *proof)
{
	fpb_expect(proof, "exits", sample->exits, sample->operations, 0);
}

static void test_counts(void **state)
{
	static const struct fpb_bench judged = { .name = "t/judged", .verify = judge_exits };
	const struct fpb_sample sample = { .bench = &judged,
					   .operations = 640,
					   .exits = 640,
					   .fpu_reload = 3,
					   .nr_runs = 3,
					   .is_guest = true,
					   .has_stats = true };
	struct fixture *f = *state;

	fpb_proof_add_counts(&f->proof, &sample);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	/* Judged by the benchmark, and what holds for every guest row. */
	assert_int_equal(f->obs.nr_evidence, 5);
	check_evidence(f, 0, "operations", 640);
	check_evidence(f, 1, "exits", 640);
	check_evidence(f, 2, "expected_exits", 640);
	check_evidence(f, 3, "fpu_reload", 3);
	check_evidence(f, 4, "expected_fpu_reload", 3);
	assert_int_equal(f->obs.nr_flags, 0);
}

static void test_reload_of_guest_rows(void **state)
{
	static const struct fpb_bench plain = { .name = "t/plain" };
	const struct fpb_sample sample = {
		.bench = &plain, .fpu_reload = 5, .nr_runs = 3, .is_guest = true, .has_stats = true
	};
	struct fixture *f = *state;

	fpb_proof_add_counts(&f->proof, &sample);
	check_violated(f, "fpu_reload", "expected 3", "read 5");
}

static void test_counts_violated(void **state)
{
	static const struct fpb_bench judged = { .name = "t/judged", .verify = judge_exits };
	const struct fpb_sample sample = {
		.bench = &judged, .operations = 640, .exits = 639, .has_stats = true
	};
	struct fixture *f = *state;

	fpb_proof_add_counts(&f->proof, &sample);
	check_violated(f, "exits", "expected 640", "read 639");
}

static void test_no_statistics(void **state)
{
	static const struct fpb_bench plain = { .name = "t/plain" };
	const struct fpb_sample sample = { .bench = &plain, .exits = 5, .fpu_reload = 5 };
	struct fixture *f = *state;

	/* Never a zero, nor anything else, for what nobody counted. */
	fpb_proof_add_counts(&f->proof, &sample);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->obs.nr_evidence, 0);
	assert_int_equal(f->obs.nr_flags, 0);
}

static void test_void_batches(void **state)
{
	static const struct fpb_bench plain = { .name = "t/plain" };
	const struct fpb_sample sample = { .bench = &plain, .nr_void = 3 };
	struct fixture *f = *state;

	fpb_proof_add_counts(&f->proof, &sample);
	assert_int_equal(fpb_proof_result(&f->proof), 0);
	assert_int_equal(f->obs.nr_evidence, 1);
	check_evidence(f, 0, "void_batches", 3);
	assert_int_equal(f->obs.nr_flags, 1);
	assert_string_equal(f->obs.flags[0], "void-batches");
}

static void test_out_of_memory(void **state)
{
	struct fixture *f = *state;

	f->proof.is_short_of_memory = true;
	assert_int_equal(fpb_proof_result(&f->proof), -ENOMEM);
	assert_int_equal(f->err.code, -ENOMEM);
}

/* fpb_batch_holds() decides on the other side what is done again. */
static void test_batch_holds(void **state)
{
	struct fpb_run run = { .iterations = 1 };

	(void)state;
	assert_true(fpb_batch_holds(&run));
	fpb_note(&run, ABI_EVIDENCE_RFBM, 7);
	fpb_observe(&run, ABI_EVIDENCE_ANSWER, 5, 5);
	assert_true(fpb_batch_holds(&run));
	fpb_observe(&run, ABI_EVIDENCE_ANSWER, 5, 4);
	assert_false(fpb_batch_holds(&run));
	fpb_observe(&run, ABI_EVIDENCE_ANSWER, 4, 4);
	assert_true(fpb_batch_holds(&run));
	fpb_observe(&run, ABI_EVIDENCE_XSTATE_BV, 1, 0);
	assert_false(fpb_batch_holds(&run));
	fpb_note(&run, ABI_EVIDENCE_XSTATE_BV, 1);
	assert_true(fpb_batch_holds(&run));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_expect_within_slack),
		TEST(test_expect_below),
		TEST(test_expect_above),
		TEST(test_first_violation_is_kept),
		TEST(test_exits),
		TEST(test_too_few_exits),
		TEST(test_too_many_exits),
		TEST(test_surplus_where_all_is_exact),
		TEST(test_exits_nobody_counts),
		TEST(test_readings),
		TEST(test_readings_unset_or_unjudged),
		TEST(test_reading_violated),
		TEST(test_counts),
		TEST(test_reload_of_guest_rows),
		TEST(test_counts_violated),
		TEST(test_no_statistics),
		TEST(test_void_batches),
		TEST(test_out_of_memory),
		cmocka_unit_test(test_batch_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
