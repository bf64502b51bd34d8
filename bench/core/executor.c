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

#define COMMAND_TIMEOUT_MS (20000 + (int)FPB_MAX_WAIT_MS / FPB_WAIT_EACH_DIVISOR)
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

/* A guest with dynamic features has more in XCR0 than those that were probed. */
static uint64_t guest_xfeatures(const struct fpb_executor *ex)
{
	const uint64_t probed = ex->caps->on[ex->row->substrate].xfeatures;

	return probed && fpb_row_permission(ex->row, ex->caps) == XSTATE_PERMISSION_GUEST
		       ? cpuid_policy_xcr0(ex->guest.vm->cpuid)
		       : probed;
}

static int create_guest(struct fpb_executor *ex, struct fpb_err *err)
{
	const struct fpb_guest_config config = {
		.ring = ex->row->substrate == FPB_GUEST_RING0 ? VCPU_RING0 : VCPU_RING3,
		.has_irqchip = ex->row->needs & FPB_NEED_IRQCHIP,
		.permission = fpb_row_permission(ex->row, ex->caps),
	};
	int ret = fpb_guest_create(&config, &ex->guest, err);

	if (ret)
		return ret;
	ex->has_guest = true;
	ex->run.vcpu = ex->guest.vcpu;
	if (ex->sample.is_guest)
		ex->sample.xfeatures = guest_xfeatures(ex);
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
		.nr_copies = caps->counts_instructions || row->bench->is_once ? 1 : ABI_NR_COPIES,
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

static void destroy_guest(struct fpb_executor *ex)
{
	if (ex->row && ex->row->bench->teardown)
		ex->row->bench->teardown(&ex->run);
	ex->run.private = NULL;
	ex->run.vcpu = NULL;
	if (ex->has_guest)
		fpb_guest_destroy(&ex->guest);
	ex->has_guest = false;
}

void fpb_executor_destroy(struct fpb_executor *ex)
{
	destroy_guest(ex);
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

static bool does_hold(const struct abi_evidence *evidence)
{
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (!fpb_evidence_holds(&evidence[i]))
			return false;
	}
	return true;
}

/* A later batch that holds must not cover it. */
static void keep_violation(struct fpb_executor *ex, const struct abi_evidence *evidence)
{
	if (!ex->is_violated)
		memcpy(ex->violation, evidence, sizeof(ex->violation));
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
			if (fpb_void_wants_again(&ex->voids)) {
				ex->sample.nr_void++;
				continue;
			}
			keep_violation(ex, ex->run.evidence);
		} else {
			ex->voids.nr_in_a_row = 0;
			if (calm_wants_again(&ex->calm,
					     switch_counts_tell_preemption(&before, &after),
					     ex->run.has_rdtscp)) {
				ex->nr_retaken++;
				continue;
			}
		}
		ticks[i++] = ex->run.elapsed;
	}
	return 0;
}

static void lend_calm(struct fpb_executor *ex)
{
	volatile struct abi_calm *theirs = fpb_guest_calm(&ex->guest);

	*theirs = ex->calm;
	/* The canary of an interpreted guest would time the interpreter; what is once is no more. */
	if (!(ex->caps->on[ex->row->substrate].have & FPB_NEED_NATIVE) || ex->row->bench->is_once)
		theirs->limit_ticks = 0;
}

/* What the guest reads back, and what hooks of the VMM did. */
static void read_evidence(struct fpb_executor *ex, struct abi_evidence *evidence)
{
	fpb_guest_evidence(&ex->guest, evidence);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (ex->run.evidence[i].is_set)
			evidence[i] = ex->run.evidence[i];
	}
}

/* One request of nr batches. The hooks frame what is a sample, not what is counted apart. */
static int command(struct fpb_executor *ex, enum abi_command what, uint32_t nr, bool has_hooks,
		   struct vcpu_exit *exit, struct fpb_err *err)
{
	const struct fpb_capabilities *caps = ex->caps;
	const struct fpb_bench *bench = ex->row->bench;
	struct abi_request request = {
		.command = what,
		.bench = ex->row->index,
		.ring = ex->sample.ring,
		.nr_batches = nr,
		.iterations = ex->run.iterations,
		.xfeatures = ex->sample.xfeatures,
		.supervisor = cpuid_policy_xss(ex->guest.vm->cpuid),
		.always_in_use = ex->run.always_in_use,
		.is_amd = ex->run.is_amd,
		.has_rdtscp = caps->on[ex->row->substrate].has_rdtscp,
		.nr_copies = ex->nr_copies,
	};
	const struct vcpu_run_request how = {
		.resume_port = ABI_PORT_PIO,
		.timeout_ms = COMMAND_TIMEOUT_MS,
		.prepare = has_hooks ? bench->prepare : NULL,
		.finish = has_hooks ? bench->finish : NULL,
		.arg = &ex->run,
	};

	memcpy(request.value, ex->run.value, sizeof(request.value));
	memcpy(request.xstate, caps->xstate, sizeof(request.xstate));
	return fpb_guest_command(&ex->guest, &request, &how, exit, err);
}

static int run_in_guest(struct fpb_executor *ex, enum abi_command what, uint32_t nr,
			uint64_t *ticks, struct fpb_err *err)
{
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	struct vcpu_exit exit;
	struct abi_calm left;
	uint32_t nr_again;
	int ret;

	lend_calm(ex);
	ret = command(ex, what, nr, true, &exit, err);
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
	read_evidence(ex, evidence);
	if (!does_hold(evidence))
		keep_violation(ex, evidence);
	return fpb_guest_elapsed(&ex->guest, nr, ticks, err);
}

static int read_counts(struct fpb_executor *ex, struct fpb_counts *now, struct fpb_err *err)
{
	struct kvm_stats *stats = ex->guest.vcpu->stats;
	int ret = kvm_stats_read(stats, "exits", &now->exits, err);

	now->irq_exits = now->halt_exits = 0;
	if (!ret && kvm_stats_has(stats, "irq_exits"))
		ret = kvm_stats_read(stats, "irq_exits", &now->irq_exits, err);
	if (!ret && kvm_stats_has(stats, "halt_exits"))
		ret = kvm_stats_read(stats, "halt_exits", &now->halt_exits, err);
	return ret ? ret : kvm_stats_read(stats, "fpu_reload", &now->fpu_reload, err);
}

/* What the present vCPU did since ex->base belongs to the sample. */
static int add_counts(struct fpb_executor *ex, struct fpb_err *err)
{
	struct fpb_sample *s = &ex->sample;
	struct fpb_counts now;
	int ret = s->has_stats ? read_counts(ex, &now, err) : 0;

	if (ret || !s->has_stats)
		return ret;
	s->exits += now.exits - ex->base.exits;
	s->irq_exits += now.irq_exits - ex->base.irq_exits;
	s->halt_exits += now.halt_exits - ex->base.halt_exits;
	s->fpu_reload += now.fpu_reload - ex->base.fpu_reload;
	return 0;
}

/* A guest that has booted and done nothing else. */
static int renew_guest(struct fpb_executor *ex, struct fpb_err *err)
{
	int ret = ex->is_counting ? add_counts(ex, err) : 0;

	if (ret)
		return ret;
	destroy_guest(ex);
	ret = create_guest(ex, err);
	if (!ret && ex->row->bench->setup)
		ret = ex->row->bench->setup(&ex->run, ex->guest.vm, err);
	ret = ret ? ret : fpb_guest_set_inject(&ex->guest, ex->nr_inject, err);
	ret = ret ? ret : fpb_guest_boot(&ex->guest, err);
	if (!ret && ex->is_counting && ex->sample.has_stats)
		ret = read_counts(ex, &ex->base, err);
	return ret;
}

static int run_once_each(struct fpb_executor *ex, enum abi_command what, uint32_t nr,
			 uint64_t *ticks, struct fpb_err *err)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < nr; i++) {
		ret = renew_guest(ex, err);
		if (!ret)
			ret = run_in_guest(ex, what, 1, ticks + i, err);
	}
	return ret;
}

int fpb_executor_run(struct fpb_executor *ex, enum abi_command what, uint64_t iterations,
		     uint32_t first, uint32_t nr, uint64_t *ticks, struct fpb_err *err)
{
	ex->run.iterations = iterations;
	if (!ex->sample.is_guest)
		return run_in_host(ex, what, first, nr, ticks, err);
	if (ex->row->bench->is_once)
		return run_once_each(ex, what, nr, ticks, err);
	return run_in_guest(ex, what, nr, ticks, err);
}

/* Whether KVM's `exits` has the row's exits in it, as far as probing could tell. */
static bool counts_exits(const struct fpb_executor *ex)
{
	const uint64_t counted = ex->caps->on[ex->row->substrate].counted;
	const uint64_t kinds = ex->row->needs & FPB_EXIT_KINDS;

	return kinds ? (counted & kinds) == kinds : counted != 0;
}

int fpb_executor_start_counting(struct fpb_executor *ex, struct fpb_err *err)
{
	struct fpb_sample *s = &ex->sample;

	s->operations = s->nr_void = s->nr_runs = s->nr_resumed = s->nr_doorbells = 0;
	s->exits = s->irq_exits = s->halt_exits = s->fpu_reload = 0;
	memset(ex->run.evidence, 0, sizeof(ex->run.evidence));
	ex->is_violated = false;
	ex->voids = (struct fpb_voids){ 0 };
	if (!s->is_guest && ex->row->bench->prepare)
		ex->row->bench->prepare(&ex->run);
	s->has_stats = ex->has_guest && kvm_stats_has(ex->guest.vcpu->stats, "exits") &&
		       kvm_stats_has(ex->guest.vcpu->stats, "fpu_reload");
	s->has_exits = s->has_stats && counts_exits(ex);
	ex->is_counting = true;
	return s->has_stats ? read_counts(ex, &ex->base, err) : 0;
}

int fpb_executor_stop_counting(struct fpb_executor *ex, struct fpb_err *err)
{
	int ret = add_counts(ex, err);

	ex->is_counting = false;
	if (!ret && !ex->sample.is_guest && ex->row->bench->finish)
		ex->row->bench->finish(&ex->run);
	return ret;
}

void fpb_executor_evidence(struct fpb_executor *ex, struct abi_evidence *evidence)
{
	if (ex->is_violated)
		memcpy(evidence, ex->violation, sizeof(ex->violation));
	else if (ex->sample.is_guest)
		read_evidence(ex, evidence);
	else
		memcpy(evidence, ex->run.evidence, sizeof(ex->run.evidence));
}

int fpb_executor_prove(struct fpb_executor *ex, struct abi_evidence *evidence, struct fpb_err *err)
{
	const struct abi_calm unwatched = { 0 };
	struct abi_evidence proven[ABI_NR_EVIDENCE];
	struct fpb_counts before, after;
	struct fpb_sample *s = &ex->sample;
	struct vcpu_exit exit;
	uint64_t others;
	int ret;

	s->has_proven = false;
	if (!ex->row->bench->prove || !s->is_guest)
		return 0;
	*fpb_guest_calm(&ex->guest) = unwatched;
	ret = s->has_stats ? read_counts(ex, &before, err) : 0;
	ret = ret ? ret : command(ex, ABI_COMMAND_PROVE, 1, false, &exit, err);
	if (!ret && s->has_stats)
		ret = read_counts(ex, &after, err);
	if (ret)
		return ret;
	fpb_guest_evidence(&ex->guest, proven);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (proven[i].is_set && fpb_evidence_holds(&evidence[i]))
			evidence[i] = proven[i];
	}
	if (!s->has_exits)
		return 0;
	/* The doorbell's exit is none of the proof's. */
	others = after.irq_exits - before.irq_exits + 1;
	s->proven_exits = after.exits - before.exits;
	s->proven_exits -= s->proven_exits < others ? s->proven_exits : others;
	s->has_proven = true;
	return 0;
}

int fpb_executor_set_inject(struct fpb_executor *ex, uint32_t nr, struct fpb_err *err)
{
	ex->nr_inject = nr;
	return ex->sample.is_guest ? fpb_guest_set_inject(&ex->guest, nr, err)
				   : fpb_inject_set_host(nr, err);
}
