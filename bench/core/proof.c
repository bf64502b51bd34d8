// SPDX-License-Identifier: MIT
#include "bench/core/proof.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* More unexpected exits than this share of the expected ones void a sample. */
#define MAX_SURPLUS_DIVISOR 20 /* 5 % */

static const char *const evidence_names[ABI_NR_EVIDENCE] = {
	[ABI_EVIDENCE_XSTATE_BV] = "xstate_bv",
	[ABI_EVIDENCE_XCOMP_BV] = "xcomp_bv",
	[ABI_EVIDENCE_XINUSE] = "xinuse",
	[ABI_EVIDENCE_REGISTERS] = "registers",
	[ABI_EVIDENCE_RFBM] = "rfbm",
	[ABI_EVIDENCE_USER_XSTATE_BV] = "user_xstate_bv",
	[ABI_EVIDENCE_ANSWER] = "answer",
	[ABI_EVIDENCE_XCR0] = "xcr0",
	[ABI_EVIDENCE_NR_FAILED] = "failed_calls",
	[ABI_EVIDENCE_NR_HANDLED] = "handled",
	[ABI_EVIDENCE_SWITCHES] = "context_switches",
	[ABI_EVIDENCE_MINSIGSTKSZ] = "minsigstksz",
	[ABI_EVIDENCE_DYNAMIC] = "dynamic_xfeatures",
	[ABI_EVIDENCE_MODIFIED] = "modified_optimisation",
	[ABI_EVIDENCE_PARTNER_XSTATE_BV] = "partner_xstate_bv",
	[ABI_EVIDENCE_XFD] = "xfd",
	[ABI_EVIDENCE_XFD_ERR] = "xfd_err",
	[ABI_EVIDENCE_CR0_TS] = "cr0_ts",
	[ABI_EVIDENCE_XSS] = "xss",
	[ABI_EVIDENCE_PKRU] = "pkru",
	[ABI_EVIDENCE_CLEARED] = "cleared",
	[ABI_EVIDENCE_BEHAVIOUR] = "behaviour",
	[ABI_EVIDENCE_BYTES] = "bytes",
	[ABI_EVIDENCE_EXITS_EACH] = "exits_each",
};

const char *fpb_evidence_name(enum abi_evidence_id id)
{
	return evidence_names[id];
}

static void add(struct fpb_proof *proof, const char *key, uint64_t value)
{
	if (fpb_observation_add_evidence(proof->obs, key, (json_int_t)(value & INT64_MAX)))
		proof->is_short_of_memory = true;
}

static void add_expected(struct fpb_proof *proof, const char *key, uint64_t expected)
{
	char name[64];

	snprintf(name, sizeof(name), "expected_%s", key);
	add(proof, name, expected);
}

static void violate(struct fpb_proof *proof, const char *key, uint64_t value, uint64_t expected)
{
	FPB_FAIL(proof->err, -EBADE, "evidence %s: expected %llu (%#llx), read %llu (%#llx)", key,
		 (unsigned long long)expected, (unsigned long long)expected,
		 (unsigned long long)value, (unsigned long long)value);
}

static void add_flag(struct fpb_proof *proof, const char *flag)
{
	if (fpb_observation_add_flag(proof->obs, flag))
		proof->is_short_of_memory = true;
}

void fpb_expect(struct fpb_proof *proof, const char *key, uint64_t value, uint64_t expected,
		uint64_t slack)
{
	uint64_t distance = value > expected ? value - expected : expected - value;

	add(proof, key, value);
	add_expected(proof, key, expected);
	if (distance > slack)
		violate(proof, key, value, expected);
}

void fpb_record(struct fpb_proof *proof, const char *key, uint64_t value)
{
	add(proof, key, value);
}

void fpb_expect_exits(struct fpb_proof *proof, const struct fpb_sample *sample, uint64_t nr)
{
	const uint64_t expected = nr + sample->irq_exits;
	uint64_t tolerated = sample->is_exact ? 0 : expected / MAX_SURPLUS_DIVISOR;

	if (!sample->has_exits)
		return;
	add(proof, "exits", sample->exits);
	add_expected(proof, "exits", expected);
	add(proof, "irq_exits", sample->irq_exits);
	if (sample->exits < expected || sample->exits - expected > tolerated)
		violate(proof, "exits", sample->exits, expected);
	else if (sample->exits > expected)
		add_flag(proof, "surplus-exits");
	if (sample->irq_exits && !sample->is_exact)
		add_flag(proof, "irq-exits");
}

void fpb_proof_add_readings(struct fpb_proof *proof, const struct abi_evidence *evidence)
{
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (!evidence[i].is_set)
			continue;
		if (evidence[i].has_expected)
			fpb_expect(proof, evidence_names[i], evidence[i].value,
				   evidence[i].expected, 0);
		else
			add(proof, evidence_names[i], evidence[i].value);
	}
}

static bool has_evidence(const struct fpb_observation *obs, const char *key)
{
	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (strcmp(obs->evidence[i].key, key) == 0)
			return true;
	}
	return false;
}

void fpb_proof_add_counts(struct fpb_proof *proof, const struct fpb_sample *sample)
{
	if (sample->nr_void) {
		add(proof, "void_batches", sample->nr_void);
		add_flag(proof, "void-batches");
	}
	/* What the counts below are counts of: batches done again are in them. */
	if (sample->has_stats)
		add(proof, "operations", sample->operations);
	if (sample->bench->verify)
		sample->bench->verify(sample, proof);
	if (!sample->has_stats || !sample->is_guest)
		return;
	/* What holds for every guest row: each KVM_RUN loads the guest FPU once. */
	if (!has_evidence(proof->obs, "fpu_reload"))
		fpb_expect(proof, "fpu_reload", sample->fpu_reload, sample->nr_runs, 0);
	if (!has_evidence(proof->obs, "exits"))
		add(proof, "exits_unjudged", sample->exits);
}

int fpb_proof_result(const struct fpb_proof *proof)
{
	if (proof->is_short_of_memory)
		return FPB_FAIL(proof->err, -ENOMEM, "evidence");
	return proof->err->code;
}
