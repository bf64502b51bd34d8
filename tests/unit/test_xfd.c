// SPDX-License-Identifier: MIT
/*
 * The judgements of the XFD and #NM rows, on samples made for them: what a machine with AMX would
 * count where everything is as the row says, and where it is not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/proof.h"
#include "bench/core/row.h"
#include "guest/x86/msr.h"
#include "guest/x86/xsave.h"
#include "host/vmm/msr.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

#define OPERATIONS 6400u
#define ITERATIONS 100u
#define PROBES	   64u /* bench/cases/xfd.h */

static struct fpb_rows rows;
static struct fpb_run run;
static struct fpb_sample sample;
static struct fpb_observation obs;
static struct fpb_err err;
static struct fpb_proof proof;

static int make_rows(void **state)
{
	(void)state;
	return fpb_rows_create(&rows, &err);
}

static int clear_rows(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	fpb_observation_clear(&obs);
	return 0;
}

/* A row of a guest that sees AMX, and one command whose every operation exits. */
static void begin(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);

	if (!row) {
		fail_msg("no row %s", id);
		return;
	}
	fpb_observation_clear(&obs);
	obs = (struct fpb_observation){ 0 };
	err = (struct fpb_err){ 0 };
	proof = (struct fpb_proof){ .obs = &obs, .err = &err };
	run = (struct fpb_run){ .bench = row->bench, .iterations = ITERATIONS };
	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++)
		run.value[a] = row->value[a]->number;
	sample = (struct fpb_sample){
		.bench = row->bench,
		.run = &run,
		.is_guest = true,
		.operations = OPERATIONS,
		.nr_runs = 1,
		.nr_doorbells = 1,
		.has_stats = true,
		.fpu_reload = 1,
		.has_exits = true,
		.exits = OPERATIONS + 1,
		.xfeatures = XFEATURE_X87 | XFEATURE_AVX | XFEATURE_AMX,
		.has_proven = true,
	};
}

static void accept(void)
{
	fpb_proof_add_counts(&proof, &sample);
	if (fpb_proof_result(&proof))
		fail_msg("%s: %s", sample.bench->name, err.text);
}

static void refuse(const char *text)
{
	fpb_proof_add_counts(&proof, &sample);
	assert_int_equal(fpb_proof_result(&proof), -EBADE);
	if (strcmp(err.text, text) != 0)
		fail_msg("expected '%s', read '%s'", text, err.text);
}

/* A vCPU that was not primed exits at each write of 0 after the sample. */
static void primed_by_name_only(void **state)
{
	static const char *const primed[] = {
		"exit/cpuid/xfd=primed@guest/ring0",
		"exit/cpuid/os=amx_primed@guest/ring0",
		"exit/invd/xfd=primed@guest/ring0",
		"nm/cr0ts/xfd=primed@guest/ring0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(primed) / sizeof(primed[0]); i++) {
		begin(primed[i]);
		sample.proven_exits = 0;
		accept();
		begin(primed[i]);
		sample.proven_exits = PROBES + 1;
		refuse("evidence xfd_write_exits: expected 0 (0), read 1 (0x1)");
		/* Uncounted is unproven. */
		begin(primed[i]);
		sample.has_proven = false;
		refuse("evidence xfd_is_proven: expected 1 (0x1), read 0 (0)");
	}
}

static void unprimed_that_is_primed(void **state)
{
	static const char *const unprimed[] = {
		"exit/cpuid@guest/ring0",
		"nm/cr0ts@guest/ring0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(unprimed) / sizeof(unprimed[0]); i++) {
		begin(unprimed[i]);
		sample.proven_exits = PROBES + 1;
		accept();
		begin(unprimed[i]);
		sample.proven_exits = 2;
		refuse("evidence xfd_write_exits: expected 1 (0x1), read 0 (0)");
	}
	/* Without AMX there is nothing to write, and at CPL 3 nobody who could. */
	begin("exit/cpuid@guest/ring0");
	sample.xfeatures &= ~XFEATURE_AMX;
	accept();
	begin("exit/cpuid@guest/ring3");
	sample.ring = 3;
	accept();
}

/* vmx_set_msr(): the first nonzero IA32_XFD ends its interception, for good. */
static bool is_passed_through;

static int emulate(int fd, unsigned long request, unsigned long number)
{
	const struct kvm_msrs *list = (const void *)number; /* NOLINT(performance-no-int-to-ptr) */
	const int ret = kvm_sys_fake.ioctl(fd, request, number);

	if (request == KVM_SET_MSRS && list->entries[0].index == MSR_IA32_XFD)
		is_passed_through |= list->entries[0].data != 0;
	return ret;
}

/* From the set-up of a row to its judgement, on a KVM that treats IA32_XFD as Linux does. */
static void judge_emulated(const char *id, const char *text)
{
	const struct payload payload = {
		.entry = FAKE_ENTRY_GPA,
		.info = { .trap_stubs = FAKE_STUBS_GPA, .trap_stub_bytes = FAKE_STUB_BYTES },
	};
	struct kvm_sys sys = kvm_sys_fake;
	const struct vm_config config = { .sys = &sys, .memory_bytes = ABI_MEMORY_BYTES };
	struct vcpu *vcpu = NULL;
	struct vm *vm = NULL;

	fake_kvm_reset();
	sys.ioctl = emulate;
	is_passed_through = false;
	begin(id);
	if (vm_create(&config, &vm, &err) || vcpu_create(vm, 0, &payload, VCPU_RING0, &vcpu, &err))
		fail_msg("%s", err.text);
	run.vcpu = vcpu;
	if (sample.bench->setup && sample.bench->setup(&run, vm, &err))
		fail_msg("%s", err.text);
	for (unsigned int i = 0; i < PROBES; i++)
		sample.proven_exits += !is_passed_through;
	if (text)
		refuse(text);
	else
		accept();
	vcpu_destroy(vcpu);
	vm_destroy(vm);
}

static void priming_as_kvm_takes_it(void **state)
{
	(void)state;
	judge_emulated("exit/cpuid/xfd=primed@guest/ring0", NULL);
	judge_emulated("exit/cpuid/os=amx_primed@guest/ring0", NULL);
	judge_emulated("exit/cpuid@guest/ring0", NULL);
	judge_emulated("nm/cr0ts/xfd=primed@guest/ring0", NULL);
	judge_emulated("nm/cr0ts@guest/ring0", NULL);
	/* Its guest did not write what the row is about. */
	judge_emulated("nm/xfd@guest/ring0",
		       "evidence xfd_write_exits: expected 0 (0), read 1 (0x1)");
}

static void first_write_that_is_not_the_last_exit(void **state)
{
	(void)state;
	begin("xfd/first_write@guest/ring0");
	sample.operations = sample.nr_runs = sample.nr_doorbells = sample.fpu_reload = 32;
	sample.exits = 3 * 32;
	accept();
	/* The write of 0 after it exits as well: nothing was passed through. */
	begin("xfd/first_write@guest/ring0");
	sample.operations = sample.nr_runs = sample.nr_doorbells = sample.fpu_reload = 32;
	sample.exits = 4 * 32;
	refuse("evidence exits: expected 96 (0x60), read 128 (0x80)");
	/* Nor does a first one that does not exit. */
	begin("xfd/first_write@guest/ring0");
	sample.operations = sample.nr_runs = sample.nr_doorbells = sample.fpu_reload = 32;
	sample.exits = 2 * 32;
	refuse("evidence exits: expected 96 (0x60), read 64 (0x40)");
}

static void writes_that_exit_or_not(void **state)
{
	(void)state;
	begin("xfd/write_zero_intercepted@guest/ring0");
	sample.proven_exits = PROBES + 1;
	accept();
	begin("xfd/write_zero_intercepted@guest/ring0");
	sample.exits = 1;
	sample.proven_exits = PROBES + 1;
	refuse("evidence exits: expected 6401 (0x1901), read 1 (0x1)");
	begin("xfd/toggle_passthrough@guest/ring0");
	sample.exits = 1;
	accept();
	begin("xfd/toggle_passthrough@guest/ring0");
	refuse("evidence exits_each: expected 0 (0), read 1 (0x1)");
	begin("xfd/guest_switch/part=xsaves@guest/ring0");
	refuse("evidence exits_each: expected 0 (0), read 1 (0x1)");
}

static void tail_without_exits(void **state)
{
	(void)state;
	begin("nm/xfd_err_tail@guest/ring0");
	accept();
	begin("nm/xfd_err_tail/err=zero@guest/ring0");
	sample.exits = 1;
	refuse("evidence exits: expected 6401 (0x1901), read 1 (0x1)");
	begin("nm/xfd_err_tail@guest/ring0");
	sample.fpu_reload = 2;
	refuse("evidence fpu_reload: expected 1 (0x1), read 2 (0x2)");
}

static void refuse_reading(enum abi_evidence_id id, uint64_t value, uint64_t expected,
			   const char *text)
{
	struct abi_evidence evidence[ABI_NR_EVIDENCE] = {
		[ABI_EVIDENCE_NR_HANDLED] = { ITERATIONS, ITERATIONS, 1, 1 },
	};

	begin("nm/xfd@guest/ring0");
	fpb_proof_add_readings(&proof, evidence);
	accept();
	begin("nm/xfd@guest/ring0");
	evidence[id] = (struct abi_evidence){ value, expected, 1, 1 };
	fpb_proof_add_readings(&proof, evidence);
	refuse(text);
}

/* An #NM of another cause, by what its handler reads. */
static void another_nm(void **state)
{
	(void)state;
	refuse_reading(ABI_EVIDENCE_XFD_ERR, 0, XFD_XTILEDATA,
		       "evidence xfd_err: expected 262144 (0x40000), read 0 (0)");
	refuse_reading(ABI_EVIDENCE_CR0_TS, 1, 0, "evidence cr0_ts: expected 0 (0), read 1 (0x1)");
	refuse_reading(ABI_EVIDENCE_NR_HANDLED, ITERATIONS - 1, ITERATIONS,
		       "evidence handled: expected 100 (0x64), read 99 (0x63)");
}

/* Ring 3 cannot prove it, so there it is no row. */
static void no_primed_row_at_ring_3(void **state)
{
	(void)state;
	assert_non_null(fpb_rows_find(&rows, "exit/cpuid/xfd=primed@guest/ring0"));
	assert_null(fpb_rows_find(&rows, "exit/cpuid/xfd=primed@guest/ring3"));
	assert_null(fpb_rows_find(&rows, "exit/cpuid/os=amx_primed@guest/ring3"));
	assert_non_null(fpb_rows_find(&rows, "exit/cpuid/os=legacy@guest/ring3"));
}

#define TEST(f) cmocka_unit_test_teardown(f, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(primed_by_name_only),
		TEST(unprimed_that_is_primed),
		TEST(priming_as_kvm_takes_it),
		TEST(first_write_that_is_not_the_last_exit),
		TEST(writes_that_exit_or_not),
		TEST(tail_without_exits),
		TEST(another_nm),
		TEST(no_primed_row_at_ring_3),
	};

	return cmocka_run_group_tests(tests, make_rows, clear_rows);
}
