// SPDX-License-Identifier: MIT
/*
 * main.c - the payload's command loop: tell the host we are ready, do what it asks, repeat.
 */
#include "bench/abi.h"
#include "bench/bench.h"
#include "guest/probe.h"
#include "guest/trap.h"
#include "guest/x86/calm.h"
#include "guest/x86/io.h"
#include "list_hash.h"

void payload_main(uint64_t ring);

extern const struct abi_image_info image_info;
const struct abi_image_info image_info __attribute__((section(".fpb_info"), used)) = {
	.magic = ABI_MAGIC,
	.version = ABI_VERSION,
	.list_hash = FPB_LIST_HASH,
	.trap_stubs = (uintptr_t)trap_stubs,
	.trap_stub_bytes = TRAP_STUB_BYTES,
	.sled = (uintptr_t)fpb_sled,
	.sled_bytes = SLED_BYTES,
};

static struct abi_shared *const shared = (struct abi_shared *)ABI_SHARED_GPA;

/* Where the current batch stands, for payload_trap(). */
static struct fpb_run current;

static void doorbell(enum abi_event event)
{
	outl(ABI_PORT_DOORBELL, event);
}

static void clear_evidence(void)
{
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++)
		current.evidence[i] = (struct abi_evidence){ 0 };
}

static void give_evidence(void)
{
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++)
		shared->evidence[i] = current.evidence[i];
}

/* Nobody expects an exception yet: whatever arrives ends the command with a readable record. */
void payload_trap(struct trap_frame *frame)
{
	uint64_t cr2 = 0;

	/* At CPL 0, by interrupt gate, whichever ring it came from. */
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	shared->fault = (struct abi_fault){
		.vector = frame->vector,
		.error_code = frame->error_code,
		.rip = frame->rip,
		.cr2 = cr2,
		.batch = shared->nr_done,
		.line = current.line,
	};
	give_evidence();
	for (;;)
		doorbell(ABI_EVENT_FAULT);
}

static fpb_batch_fn *batch_function(const struct abi_request *request,
				    const struct fpb_bench *bench)
{
	switch (request->command) {
	case ABI_COMMAND_RUN:
		return bench->guest;
	case ABI_COMMAND_NULL:
		return fpb_null_loop;
	case ABI_COMMAND_CONTROL:
		return bench->control;
	case ABI_COMMAND_PROVE:
		return bench->prove;
	default:
		return NULL;
	}
}

static enum abi_event run_batches(const struct abi_request *request)
{
	const struct fpb_bench *bench = fpb_bench_at(request->bench);
	fpb_batch_fn *batch = bench ? batch_function(request, bench) : NULL;
	struct fpb_voids voids = { 0 };
	bool is_violated = false;

	if (!batch || request->nr_batches > ABI_MAX_BATCHES || !request->iterations ||
	    !request->nr_copies || request->nr_copies > ABI_NR_COPIES)
		return ABI_EVENT_REFUSED;
	clear_evidence();
	current.bench = bench;
	current.iterations = request->iterations;
	current.xfeatures = request->xfeatures;
	current.supervisor = request->supervisor;
	current.always_in_use = request->always_in_use;
	current.ring = request->ring;
	current.xstate = shared->request.xstate;
	current.is_amd = request->is_amd;
	current.has_rdtscp = request->has_rdtscp;
	current.scratch = (uint8_t *)ABI_SCRATCH_GPA;
	current.line = 0;
	for (unsigned int a = 0; a < ABI_MAX_AXES; a++)
		current.value[a] = request->value[a];
	for (uint32_t i = 0; i < request->nr_batches;) {
		current.copy = i % request->nr_copies;
		batch(&current);
		if (!fpb_batch_holds(&current)) {
			if (fpb_void_wants_again(&voids)) {
				shared->nr_void = voids.nr;
				continue;
			}
			/* Kept all the same: a later batch that holds must not cover it. */
			if (!is_violated)
				give_evidence();
			is_violated = true;
		} else {
			voids.nr_in_a_row = 0;
			if (calm_wants_again(&shared->calm, false, current.has_rdtscp))
				continue;
		}
		shared->elapsed[i] = current.elapsed;
		shared->nr_done = ++i;
	}
	if (!is_violated)
		give_evidence();
	return ABI_EVENT_READY;
}

static enum abi_event dispatch(const struct abi_request *request)
{
	shared->nr_done = 0;
	shared->nr_void = 0;
	if (request->command == ABI_COMMAND_PROBE)
		return probe(request, shared) ? ABI_EVENT_READY : ABI_EVENT_REFUSED;
	return run_batches(request);
}

void payload_main(uint64_t ring)
{
	enum abi_event event = ABI_EVENT_READY;

	(void)ring;
	shared->magic = ABI_MAGIC;
	shared->version = ABI_VERSION;
	shared->list_hash = FPB_LIST_HASH;
	for (;;) {
		doorbell(event);
		event = dispatch(&shared->request);
	}
}
