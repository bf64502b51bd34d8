// SPDX-License-Identifier: MIT
/* measure_result.c - an observation out of a sample: figures, flags, evidence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/measure_priv.h"
#include "bench/core/proof.h"

/* Per-operation medians of the layout copies: lowest and highest. */
static void set_copies(const struct measurement *m, struct fpb_observation *obs)
{
	obs->has_copies = m->ex.nr_copies > 1;
	if (!obs->has_copies)
		return;
	for (uint32_t copy = 0; copy < ABI_NR_COPIES; copy++) {
		uint64_t mine[ABI_MAX_BATCHES / ABI_NR_COPIES];
		uint32_t nr = 0;
		double cost;

		for (uint32_t i = copy; i < m->request->nr_batches; i += ABI_NR_COPIES)
			mine[nr++] = m->ticks[i];
		cost = measure_median(mine, nr) / (double)m->iterations - m->overhead;
		if (copy == 0 || cost < obs->copies[0])
			obs->copies[0] = cost;
		if (copy == 0 || cost > obs->copies[1])
			obs->copies[1] = cost;
	}
}

/* Every instruction of the guest is emulated: figures of the emulator, not of the processor. */
static bool is_interpreted(const struct measurement *m)
{
	return !(m->caps->on[m->ex.row->substrate].have & FPB_NEED_NATIVE);
}

/*
 * KVM writes these registers around every entry, although the row did not ask for it: XCR0 on a
 * host with AMX enabled, whose tiles are hidden from the guest; IA32_XSS where the kernel uses
 * supervisor states that KVM gives no guest; PKRU where the vCPU did not take the thread's.
 */
static int add_switched_flags(const struct measurement *m, struct fpb_observation *obs)
{
	static const struct {
		uint32_t bit;
		uint64_t asked_by; /* FPB_NEED_ bits of rows that are about it */
		const char *flag;
	} registers[] = {
		{ FPB_SWITCHED_XCR0, FPB_NEED_XCR0, "xcr0-differs" },
		{ FPB_SWITCHED_XSS, FPB_NEED_XSS, "xss-differs" },
		/* Which is switched only where the guest's XCR0 has it: not in rows of another XCR0. */
		{ FPB_SWITCHED_PKRU, FPB_NEED_XCR0 | FPB_NEED_PKU, "pkru-differs" },
	};
	const struct fpb_row *row = m->ex.row;
	const uint32_t switched = m->caps->on[row->substrate].switched;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (switched & registers[i].bit && !(row->needs & registers[i].asked_by))
			ret = fpb_observation_add_flag(obs, registers[i].flag);
	}
	return ret;
}

/* A host batch that was preempted is known; in a guest nobody can tell which batch it was. */
static bool is_disturbed(const struct measurement *m, const struct disturbance *seen)
{
	struct disturbance of_sample = *seen;

	/* A host batch knows its own; where the operation is to be preempted they are no news. */
	if (!m->ex.sample.is_guest || m->ex.row->bench->is_preempted)
		of_sample.nr_involuntary_switches = 0;
	return m->ex.calm.nr_disturbed || disturbance_is_any(&of_sample);
}

/*
 * A machine that counts instructions lets its clock jump to the next timer where nothing runs: then
 * ticks are no count. Told from 10 ms on, 10 million ticks.
 */
static int add_idle_flag(const struct measurement *m, const struct disturbance *seen,
			 struct fpb_observation *obs)
{
	if (!m->caps->counts_instructions || seen->idle_ticks <= 0)
		return 0;
	return fpb_observation_add_evidence(obs, "idle_ticks", seen->idle_ticks)
		       ? -ENOMEM
		       : fpb_observation_add_flag(obs, "idled");
}

static int add_flags(const struct measurement *m, const struct disturbance *seen,
		     struct fpb_observation *obs)
{
	const struct fpb_sample *s = &m->ex.sample;
	int ret = 0;

	/* On a machine that counts, what comes in between is the same in every boot. */
	if (is_disturbed(m, seen) && !m->caps->counts_instructions)
		ret = fpb_observation_add_flag(obs, "disturbed");
	if (!ret && m->ex.calm.nr_disturbed)
		ret = fpb_observation_add_evidence(obs, "disturbed_batches",
						   m->ex.calm.nr_disturbed);
	if (!ret && m->ex.nr_retaken)
		ret = fpb_observation_add_flag(obs, "retaken-batches");
	if (!ret && m->ex.nr_retaken)
		ret = fpb_observation_add_evidence(obs, "retaken_batches", m->ex.nr_retaken);
	if (!ret && seen->nr_involuntary_switches > 0)
		ret = fpb_observation_add_evidence(obs, "involuntary_switches",
						   seen->nr_involuntary_switches);
	if (!ret && seen->nr_migrations > 0)
		ret = fpb_observation_add_evidence(obs, "migrations", seen->nr_migrations);
	if (!ret && seen->steal_ticks > 0)
		ret = fpb_observation_add_evidence(obs, "steal_ticks", seen->steal_ticks);
	if (!ret)
		ret = add_idle_flag(m, seen, obs);
	if (!ret && is_interpreted(m))
		ret = fpb_observation_add_flag(obs, "interpreted");
	if (!ret)
		ret = add_switched_flags(m, obs);
	if (!ret && m->caps->decodes_exits &&
	    m->ex.row->needs & (FPB_EXIT_KINDS & ~FPB_EXITS_WITH_RIP))
		ret = fpb_observation_add_flag(obs, "no-nrips");
	if (!ret && m->caps->always_in_use && m->ex.row->needs & FPB_NEED_XSAVE)
		ret = fpb_observation_add_flag(obs, "xinuse-untracked");
	if (!ret && m->is_interleaved)
		ret = fpb_observation_add_flag(obs, "interleaved");
	/* The exit happened, or the probe had failed; but another hypervisor may have taken it. */
	if (!ret && m->ex.row->needs & FPB_EXIT_KINDS && s->has_stats && !s->has_exits)
		ret = fpb_observation_add_flag(obs, "exits-not-counted");
	return ret;
}

int measure_fill(struct measurement *m, struct fpb_err *err)
{
	const struct fpb_measure_request *request = m->request;
	const struct fpb_row *row = m->ex.row;
	struct fpb_observation *obs = m->obs;

	obs->run = request->run;
	obs->name = strdup(row->name);
	obs->substrate = strdup(fpb_substrate_name(row->substrate));
	obs->unit = strdup(fpb_row_unit(row, m->caps->counts_instructions));
	obs->batches = calloc(request->nr_batches, sizeof(*obs->batches));
	if (!obs->name || !obs->substrate || !obs->unit || !obs->batches)
		return FPB_FAIL(err, -ENOMEM, "observation of %s", row->id);
	obs->nr_batches = request->nr_batches;
	for (uint32_t i = 0; i < request->nr_batches; i++)
		obs->batches[i] = (double)m->ticks[i];
	obs->iterations_per_batch = (double)m->iterations;
	obs->overhead = m->overhead;
	obs->gated = row->gate && !is_interpreted(m);
	obs->cpu_time_ns = m->cpu_time_ns;
	set_copies(m, obs);
	if (add_flags(m, &m->seen, obs))
		return FPB_FAIL(err, -ENOMEM, "observation of %s", row->id);
	return 0;
}

int measure_prove(struct measurement *m, struct fpb_err *err)
{
	struct fpb_proof proof = { .obs = m->obs, .err = err };
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	int ret;

	fpb_executor_evidence(&m->ex, evidence);
	ret = fpb_executor_prove(&m->ex, evidence, err);
	if (ret)
		return ret;
	fpb_proof_add_readings(&proof, evidence);
	fpb_proof_add_counts(&proof, &m->ex.sample);
	return fpb_proof_result(&proof);
}
