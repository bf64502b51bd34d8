// SPDX-License-Identifier: MIT
/* Two rows measured in turns on the real KVM: two VMs of one process, evidence of each its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/core/measure.h"
#include "tests/kvm/kvm_test.h"

#define TSC_KHZ	   2000000
#define NR_BATCHES FPB_MIN_BATCHES

static struct fpb_capabilities caps;
static struct fpb_rows rows;
static struct fpb_measured measured[FPB_MAX_TWINS];

static int clear(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < FPB_MAX_TWINS; i++) {
		fpb_observation_clear(&measured[i].obs);
		measured[i] = (struct fpb_measured){ 0 };
	}
	return 0;
}

static const struct fpb_row *find(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);
	const struct fpb_lack *lack;

	if (!row)
		fail_msg("no row %s", id);
	lack = fpb_row_lack(&caps, row);
	if (lack) {
		print_message("SKIP: %s: %s: %s\n", id, lack->reason, lack->text);
		skip();
	}
	return row;
}

static void measure(const char *id, const char *twin)
{
	const struct fpb_measure_request request = {
		.row = find(id),
		.twin = find(twin),
		.nr_batches = NR_BATCHES,
		.tsc_khz = TSC_KHZ,
		.cpu = -1,
	};

	fpb_measure_twins(&request, &caps, measured);
}

static json_int_t evidence_of(unsigned int which, const char *key)
{
	const struct fpb_observation *obs = &measured[which].obs;

	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (strcmp(obs->evidence[i].key, key) == 0)
			return obs->evidence[i].value;
	}
	fail_msg("no evidence '%s'", key);
	return -1;
}

static void check_interleaved(unsigned int which, const char *name)
{
	const struct fpb_observation *obs = &measured[which].obs;
	bool is_interleaved = false;

	if (measured[which].err.code)
		fail_msg("%s: %s", name, measured[which].err.text);
	assert_string_equal(obs->name, name);
	assert_int_equal(obs->nr_batches, NR_BATCHES);
	for (size_t i = 0; i < obs->nr_flags; i++)
		is_interleaved |= !strcmp(obs->flags[i], "interleaved");
	assert_true(is_interleaved);
}

/* One command per turn: so many KVM_RUNs, each of which loads the guest FPU of its own vCPU. */
static void each_counts_its_own(void **state)
{
	const json_int_t nr_turns = NR_BATCHES / ABI_NR_COPIES;
	json_int_t outs;

	(void)state;
	measure("exit/pio@guest/ring3", "exit/cpuid@guest/ring3");
	check_interleaved(0, "exit/pio");
	check_interleaved(1, "exit/cpuid");
	assert_true(measured[0].obs.iterations_per_batch == measured[1].obs.iterations_per_batch);
	outs = evidence_of(0, "pio_exits");
	assert_true(outs >= (json_int_t)(NR_BATCHES * measured[0].obs.iterations_per_batch));
	assert_int_equal(evidence_of(0, "fpu_reload"), outs + nr_turns);
	assert_int_equal(evidence_of(1, "fpu_reload"), nr_turns);
}

/* The other way round each finds the same of itself. */
static void whichever_is_first(void **state)
{
	const json_int_t nr_turns = NR_BATCHES / ABI_NR_COPIES;

	(void)state;
	measure("exit/cpuid@guest/ring3", "exit/pio@guest/ring3");
	check_interleaved(0, "exit/cpuid");
	check_interleaved(1, "exit/pio");
	assert_int_equal(evidence_of(0, "fpu_reload"), nr_turns);
	assert_int_equal(evidence_of(1, "fpu_reload"), evidence_of(1, "pio_exits") + nr_turns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_counts_its_own, clear),
		cmocka_unit_test_teardown(whichever_is_first, clear),
	};
	struct fpb_err err = { 0 };
	int ret;

	if (fpb_probe(&caps, &err) || fpb_rows_create(&rows, &err)) {
		printf("%s\n", err.text);
		return 1;
	}
	ret = kvm_test_main("twins", tests, sizeof(tests) / sizeof(tests[0]));
	fpb_rows_clear(&rows);
	return ret;
}
