// SPDX-License-Identifier: MIT
#include "bench/core/executor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/core/calm.h"
#include "bench/core/inject.h"
#include "guest/x86/calm.h"
#include "host/machine/disturbance.h"

#define COMMAND_TIMEOUT_MS 20000
/* Page alignment keeps the buffers' offsets in the page the same from process to process. */
#define SCRATCH_ALIGN (2ul << 20)

static int allocate_scratch(struct fpb_executor *ex, struct fpb_err *err)
{
	ex->scratch = aligned_alloc(SCRATCH_ALIGN, SCRATCH_ALIGN);
	if (!ex->scratch)
		return FPB_FAIL(err, -ENOMEM, "%lu bytes of scratch memory", SCRATCH_ALIGN);
	/* As the guest's memory: fewer TLB misses, less luck in placement. */
	(void)madvise(ex->scratch, SCRATCH_ALIGN, MADV_HUGEPAGE);
	memset(ex->scratch, 0, ABI_SCRATCH_BYTES);
	return 0;
}

static int create_guest(struct fpb_executor *ex, struct fpb_err *err)
{
	const struct fpb_guest_config config = {
		.ring = ex->row->substrate == FPB_GUEST_RING0 ? VCPU_RING0 : VCPU_RING3,
		.permission = fpb_row_permission(ex->row, ex->caps),
	};
	int ret = fpb_guest_create(&config, &ex->guest, err);

	if (ret)
		return ret;
	ex->has_guest = true;
	ex->run.vcpu = ex->guest.vcpu;
	return 0;
}

static int open_core_clock(struct fpb_executor *ex, struct fpb_err *err)
{
	static const char *const names[] = { FPB_CORE_CLOCK_EVENT };
	const struct perf_group_options options = { .names = names, .nr_names = 1 };
	int ret = perf_group_create(&ex->core_clock, &options, err);

	return ret ? ret : perf_group_enable(ex->core_clock, err);
}

int fpb_executor_create(const struct fpb_row *row, const struct fpb_capabilities *caps,
			struct fpb_executor *ex, struct fpb_err *err)
{
	int ret;

	*ex = (struct fpb_executor){
		.row = row,
		.caps = caps,
		.nr_copies = caps->counts_instructions ? 1 : ABI_NR_COPIES,
		.run = {
			.bench = row->bench,
			.xfeatures = caps->on[FPB_HOST].xfeatures,
			.xstate = caps->xstate,
			.ring = 3,
			.is_amd = caps->is_amd,
			.has_rdtscp = caps->on[FPB_HOST].has_rdtscp,
			.always_in_use = caps->always_in_use,
		},
		.sample = {
			.bench = row->bench,
			.run = &ex->run,
			.is_guest = row->substrate != FPB_HOST,
			.ring = fpb_substrate_ring(row->substrate),
			.is_exact = caps->counts_instructions,
		},
	};
	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++)
		ex->run.value[a] = row->value[a]->number;
	ret = allocate_scratch(ex, err);
	if (ret)
		goto out_destroy;
	ex->run.scratch = ex->scratch;
	if (row->needs & FPB_NEED_KVM) {
		ret = create_guest(ex, err);
		if (ret)
			goto out_destroy;
	}
	if (row->bench->in_core_cyc) {
		ret = open_core_clock(ex, err);
		if (ret)
			goto out_destroy;
	}
	if (row->bench->setup) {
		ret = row->bench->setup(&ex->run, ex->guest.vm, err);
		if (ret)
			goto out_destroy;
	}
	return 0;

out_destroy:
	fpb_executor_destroy(ex);
	return ret;
}

void fpb_executor_destroy(struct fpb_executor *ex)
{
	if (ex->row && ex->row->bench->teardown)
		ex->row->bench->teardown(&ex->run);
	if (ex->has_guest)
		fpb_guest_destroy(&ex->guest);
	perf_group_destroy(ex->core_clock);
	free(ex->scratch);
	*ex = (struct fpb_executor){ 0 };
}

static fpb_batch_fn *host_function(const struct fpb_bench *bench, enum abi_command what)
{
	if (what == ABI_COMMAND_RUN)
		return bench->host;
	return what == ABI_COMMAND_CONTROL ? bench->control : fpb_null_loop;
}

/* One batch by the PMU. The two reads of the counter are part of the harness's overhead. */
static int count_core_cycles(struct fpb_executor *ex, fpb_batch_fn *batch, struct fpb_err *err)
{
	struct perf_reading before, after, counted;
	int ret = perf_group_read(ex->core_clock, &before, err);

	if (ret)
		return ret;
	batch(&ex->run);
	ret = perf_group_read(ex->core_clock, &after, err);
	if (!ret)
		ret = perf_group_difference(ex->core_clock, &before, &after, &counted, err);
	if (!ret && !counted.values[0].has_value)
		ret = FPB_FAIL(err, -ENODATA, FPB_CORE_CLOCK_EVENT ": no value");
	if (!ret)
		ex->run.elapsed = counted.values[0].value;
	return ret;
}

/* A later batch that holds must not cover it. */
static void keep_violation(struct fpb_executor *ex)
{
	if (!ex->is_violated)
		memcpy(ex->violation, ex->run.evidence, sizeof(ex->violation));
	ex->is_violated = true;
}

static int run_in_host(struct fpb_executor *ex, enum abi_command what, uint32_t first, uint32_t nr,
		       uint64_t *ticks, struct fpb_err *err)
{
	fpb_batch_fn *batch = host_function(ex->row->bench, what);

	for (uint32_t i = 0; i < nr;) {
		struct switch_counts before, after;

		ex->run.copy = (first + i) % ex->nr_copies;
		switch_counts_read(&before);
		if (!ex->core_clock)
			batch(&ex->run);
		else if (count_core_cycles(ex, batch, err))
			return err->code;
		switch_counts_read(&after);
		ex->sample.operations += ex->run.iterations;
		if (!fpb_batch_holds(&ex->run)) {
			if (ex->sample.nr_void < ABI_MAX_VOID) {
				ex->sample.nr_void++;
				continue;
			}
			keep_violation(ex);
		} else if (calm_wants_again(&ex->calm,
					    switch_counts_tell_preemption(&before, &after),
					    ex->run.has_rdtscp)) {
			ex->nr_retaken++;
			continue;
		}
		ticks[i++] = ex->run.elapsed;
	}
	return 0;
}

static void lend_calm(struct fpb_executor *ex)
{
	volatile struct abi_calm *theirs = fpb_guest_calm(&ex->guest);

	*theirs = ex->calm;
	/* The canary of an interpreted guest would time the interpreter. */
	if (!(ex->caps->on[ex->row->substrate].have & FPB_NEED_NATIVE))
		theirs->limit_ticks = 0;
}

/* A guest with dynamic features has more in XCR0 than those that were probed. */
static uint64_t guest_xfeatures(const struct fpb_executor *ex)
{
	const uint64_t probed = ex->caps->on[ex->row->substrate].xfeatures;

	return probed && fpb_row_permission(ex->row, ex->caps) == XSTATE_PERMISSION_GUEST
		       ? cpuid_policy_xcr0(ex->guest.vm->cpuid)
		       : probed;
}

static int run_in_guest(struct fpb_executor *ex, enum abi_command what, uint32_t nr,
			uint64_t *ticks, struct fpb_err *err)
{
	const struct fpb_capabilities *caps = ex->caps;
	const struct fpb_bench *bench = ex->row->bench;
	struct abi_request request = {
		.command = what,
		.bench = ex->row->index,
		.ring = ex->sample.ring,
		.nr_batches = nr,
		.iterations = ex->run.iterations,
		.xfeatures = guest_xfeatures(ex),
		.supervisor = cpuid_policy_xss(ex->guest.vm->cpuid),
		.always_in_use = ex->run.always_in_use,
		.is_amd = ex->run.is_amd,
		.has_rdtscp = caps->on[ex->row->substrate].has_rdtscp,
		.nr_copies = ex->nr_copies,
	};
	const struct vcpu_run_request how = {
		.resume_port = ABI_PORT_PIO,
		.timeout_ms = COMMAND_TIMEOUT_MS,
		.prepare = bench->prepare,
		.finish = bench->finish,
		.arg = &ex->run,
	};
	struct vcpu_exit exit;
	struct abi_calm left;
	uint32_t nr_again;
	int ret;

	memcpy(request.value, ex->run.value, sizeof(request.value));
	memcpy(request.xstate, caps->xstate, sizeof(request.xstate));
	lend_calm(ex);
	ret = fpb_guest_command(&ex->guest, &request, &how, &exit, err);
	if (ret)
		return ret;
	left = *fpb_guest_calm(&ex->guest);
	nr_again = fpb_calm_accept(&ex->calm, &left, nr);
	ex->nr_retaken += nr_again;
	nr_again += fpb_guest_nr_void(&ex->guest);
	ex->sample.nr_void += fpb_guest_nr_void(&ex->guest);
	ex->sample.operations += (nr + nr_again) * ex->run.iterations;
	ex->sample.nr_runs += exit.nr_runs;
	ex->sample.nr_resumed += exit.nr_resumed;
	ex->sample.nr_doorbells++;
	return fpb_guest_elapsed(&ex->guest, nr, ticks, err);
}

int fpb_executor_run(struct fpb_executor *ex, enum abi_command what, uint64_t iterations,
		     uint32_t first, uint32_t nr, uint64_t *ticks, struct fpb_err *err)
{
	ex->run.iterations = iterations;
	if (ex->sample.is_guest)
		return run_in_guest(ex, what, nr, ticks, err);
	return run_in_host(ex, what, first, nr, ticks, err);
}

struct counts {
	uint64_t exits, irq_exits, fpu_reload;
};

static int read_counts(struct fpb_executor *ex, struct counts *now, struct fpb_err *err)
{
	struct kvm_stats *stats = ex->guest.vcpu->stats;
	int ret = kvm_stats_read(stats, "exits", &now->exits, err);

	now->irq_exits = 0;
	if (!ret && kvm_stats_has(stats, "irq_exits"))
		ret = kvm_stats_read(stats, "irq_exits", &now->irq_exits, err);
	return ret ? ret : kvm_stats_read(stats, "fpu_reload", &now->fpu_reload, err);
}

int fpb_executor_start_counting(struct fpb_executor *ex, struct fpb_err *err)
{
	struct fpb_sample *s = &ex->sample;
	const uint64_t exit_kinds = ex->row->needs & FPB_EXIT_KINDS;
	struct counts now;
	int ret;

	s->operations = s->nr_void = s->nr_runs = s->nr_resumed = s->nr_doorbells = 0;
	memset(ex->run.evidence, 0, sizeof(ex->run.evidence));
	ex->is_violated = false;
	if (!s->is_guest && ex->row->bench->prepare)
		ex->row->bench->prepare(&ex->run);
	s->has_stats = ex->has_guest && kvm_stats_has(ex->guest.vcpu->stats, "exits") &&
		       kvm_stats_has(ex->guest.vcpu->stats, "fpu_reload");
	if (!s->has_stats)
		return 0;
	s->has_exits = exit_kinds &&
		       (ex->caps->on[ex->row->substrate].counted & exit_kinds) == exit_kinds;
	ret = read_counts(ex, &now, err);
	s->exits = now.exits;
	s->irq_exits = now.irq_exits;
	s->fpu_reload = now.fpu_reload;
	return ret;
}

int fpb_executor_stop_counting(struct fpb_executor *ex, struct fpb_err *err)
{
	struct fpb_sample *s = &ex->sample;

	if (s->has_stats) {
		struct counts now;
		int ret = read_counts(ex, &now, err);

		if (ret)
			return ret;
		s->exits = now.exits - s->exits;
		s->irq_exits = now.irq_exits - s->irq_exits;
		s->fpu_reload = now.fpu_reload - s->fpu_reload;
	}
	if (!s->is_guest && ex->row->bench->finish)
		ex->row->bench->finish(&ex->run);
	return 0;
}

void fpb_executor_evidence(struct fpb_executor *ex, struct abi_evidence *evidence)
{
	if (!ex->sample.is_guest) {
		memcpy(evidence, ex->is_violated ? ex->violation : ex->run.evidence,
		       sizeof(ex->run.evidence));
		return;
	}
	fpb_guest_evidence(&ex->guest, evidence);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (ex->run.evidence[i].is_set)
			evidence[i] = ex->run.evidence[i];
	}
}

int fpb_executor_set_inject(struct fpb_executor *ex, uint32_t nr, struct fpb_err *err)
{
	return ex->sample.is_guest ? fpb_guest_set_inject(&ex->guest, nr, err)
				   : fpb_inject_set_host(nr, err);
}
