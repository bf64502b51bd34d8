// SPDX-License-Identifier: MIT
/* Every way a KVM_RUN can end becomes one result and one message. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "host/vmm/vcpu.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

#define PORT	    0xf4
#define RESUME_PORT 0xf8

static struct vm *vm;
static struct vcpu *vcpu;
static unsigned int nr_prepared, nr_finished;

static int setup(void **state)
{
	const struct vm_config config = { .sys = &kvm_sys_fake, .memory_bytes = ABI_MEMORY_BYTES };
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };

	(void)state;
	fake_kvm_reset();
	nr_prepared = nr_finished = 0;
	fake_payload_init(&elf);
	if (vm_create(&config, &vm, &err) ||
	    payload_load(&elf, sizeof(elf), vm->memory, vm->memory_bytes, &payload, &err) ||
	    boot_write_tables(vm, &payload, &err) ||
	    vcpu_create(vm, 0, &payload, VCPU_RING3, &vcpu, &err))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vcpu_destroy(vcpu);
	vm_destroy(vm);
	return fake_kvm_nr_open() || fake_kvm_nr_mapped();
}

static void prepare(void *arg)
{
	assert_ptr_equal(arg, &nr_prepared);
	assert_int_equal(fake.nr_runs, 0);
	nr_prepared++;
}

static void finish(void *arg)
{
	assert_ptr_equal(arg, &nr_prepared);
	assert_int_equal(nr_prepared, 1);
	nr_finished++;
}

static const struct vcpu_run_request request = {
	.resume_port = RESUME_PORT,
	.timeout_ms = 60000,
	.prepare = prepare,
	.finish = finish,
	.arg = &nr_prepared,
};

/* Runs once; expects `code`, every word in the message, and the hooks called once each. */
static void expect_failure(int (*run)(struct kvm_run *), int code, const char *word1,
			   const char *word2)
{
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;
	int ret;

	fake.run = run;
	ret = vcpu_run(vcpu, &request, &exit, &err);
	if (ret != code || err.code != code || !strstr(err.text, "KVM_RUN") ||
	    !strstr(err.text, word1) || !strstr(err.text, word2))
		fail_msg("expected %d, '%s', '%s'; got %d '%s'", code, word1, word2, ret, err.text);
	assert_int_equal(nr_prepared, 1);
	assert_int_equal(nr_finished, 1);
	assert_int_equal(exit.nr_runs, fake.nr_runs);
	nr_prepared = nr_finished = fake.nr_runs = 0;
}

static int doorbell(struct kvm_run *run)
{
	fake_kvm_out(run, PORT, 0x89abcdef);
	return 0;
}

static void test_doorbell(void **state)
{
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = doorbell;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
	assert_int_equal(exit.port, PORT);
	assert_int_equal(exit.value, 0x89abcdef);
	assert_int_equal(exit.nr_runs, 1);
	assert_int_equal(exit.nr_resumed, 0);
	assert_int_equal(nr_prepared, 1);
	assert_int_equal(nr_finished, 1);
}

static int resume_nine_times(struct kvm_run *run)
{
	fake_kvm_out(run, fake.nr_runs < 10 ? RESUME_PORT : PORT, fake.nr_runs);
	return 0;
}

static void test_resume(void **state)
{
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = resume_nine_times;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
	assert_int_equal(exit.nr_runs, 10);
	assert_int_equal(exit.nr_resumed, 9);
	assert_int_equal(exit.value, 10);
	assert_int_equal(nr_prepared, 1);
	assert_int_equal(nr_finished, 1);
}

static int out_to_port_0(struct kvm_run *run)
{
	fake_kvm_out(run, 0, 5);
	return 0;
}

/* resume_port 0 means none, not port 0. */
static void test_port_0(void **state)
{
	const struct vcpu_run_request how = { .timeout_ms = 60000 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = out_to_port_0;
	assert_int_equal(vcpu_run(vcpu, &how, &exit, &err), 0);
	assert_int_equal(exit.port, 0);
	assert_int_equal(exit.nr_resumed, 0);
}

static int emulation_failure(struct kvm_run *run)
{
	static const uint8_t xsave[15] = { 0x48, 0x0f, 0xae, 0x20 };

	memset(&run->internal, 0, sizeof(run->internal));
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->emulation_failure.suberror = KVM_INTERNAL_ERROR_EMULATION;
	run->emulation_failure.ndata = 4;
	run->emulation_failure.flags = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	run->emulation_failure.insn_size = sizeof(xsave);
	memcpy(run->emulation_failure.insn_bytes, xsave, sizeof(xsave));
	fake.regs.rip = 0x123456;
	return 0;
}

static int emulation_failure_without_bytes(struct kvm_run *run)
{
	emulation_failure(run);
	run->emulation_failure.flags = 0;
	return 0;
}

/* A kernel that predates the bytes leaves garbage where they would be. */
static int emulation_failure_of_old(struct kvm_run *run)
{
	emulation_failure(run);
	run->emulation_failure.ndata = 0;
	return 0;
}

static int emulation_failure_hostile(struct kvm_run *run)
{
	emulation_failure(run);
	run->emulation_failure.insn_size = 255;
	return 0;
}

static void test_emulation(void **state)
{
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	expect_failure(emulation_failure, -EOPNOTSUPP, "suberror 1 (emulation) at rip 0x123456",
		       "48 0f ae 20");
	expect_failure(emulation_failure_hostile, -EOPNOTSUPP, "suberror 1", "48 0f ae 20");
	fake.run = emulation_failure_without_bytes;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), -EOPNOTSUPP);
	assert_null(strstr(err.text, "bytes"));
	nr_prepared = nr_finished = fake.nr_runs = 0;
	err = (struct fpb_err){ 0 };
	fake.run = emulation_failure_of_old;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), -EOPNOTSUPP);
	assert_null(strstr(err.text, "bytes"));
}

/* Where it happened is a comfort: the exit is reported even if the registers cannot be read. */
static void test_emulation_without_registers(void **state)
{
	(void)state;
	fake.fail_at = fake.nr_calls + 2;
	fake.fail_code = -EFAULT;
	expect_failure(emulation_failure, -EOPNOTSUPP, "suberror 1", "rip 0");
	assert_string_equal(fake.failed, "KVM_GET_REGS");
}

static int internal_error(struct kvm_run *run)
{
	memset(&run->internal, 0, sizeof(run->internal));
	run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
	run->internal.suberror = KVM_INTERNAL_ERROR_DELIVERY_EV;
	run->internal.ndata = 16;
	return 0;
}

static int mmio(struct kvm_run *run)
{
	run->exit_reason = KVM_EXIT_MMIO;
	run->mmio.phys_addr = 0xfee00020;
	return 0;
}

static int shutdown_exit(struct kvm_run *run)
{
	run->exit_reason = KVM_EXIT_SHUTDOWN;
	return 0;
}

static int fail_entry(struct kvm_run *run)
{
	run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	run->fail_entry.hardware_entry_failure_reason = 0x80000021;
	return 0;
}

static int halt(struct kvm_run *run)
{
	run->exit_reason = KVM_EXIT_HLT;
	return 0;
}

static void test_other_exits(void **state)
{
	(void)state;
	expect_failure(internal_error, -EPROTO, "KVM_EXIT_INTERNAL_ERROR", "suberror 3");
	expect_failure(mmio, -EPROTO, "0xfee00020", "outside the guest's memory");
	expect_failure(shutdown_exit, -EPROTO, "KVM_EXIT_SHUTDOWN", "triple fault");
	expect_failure(fail_entry, -EPROTO, "KVM_EXIT_FAIL_ENTRY", "0x80000021");
	expect_failure(halt, -EPROTO, "exit reason 5", "");
}

static int out_of_one_byte(struct kvm_run *run)
{
	fake_kvm_out(run, PORT, 0);
	run->io.size = 1;
	return 0;
}

static int input(struct kvm_run *run)
{
	fake_kvm_out(run, PORT, 0);
	run->io.direction = KVM_EXIT_IO_IN;
	return 0;
}

static int string_out(struct kvm_run *run)
{
	fake_kvm_out(run, RESUME_PORT, 0);
	run->io.count = 1024;
	return 0;
}

static void test_unexpected_io(void **state)
{
	(void)state;
	expect_failure(out_of_one_byte, -EPROTO, "port 0xf4", "1 bytes x 1, out");
	expect_failure(input, -EPROTO, "port 0xf4", "4 bytes x 1, in");
	expect_failure(string_out, -EPROTO, "port 0xf8", "4 bytes x 1024, out");
}

static uint64_t data_offset;

static int out_at_offset(struct kvm_run *run)
{
	fake_kvm_out(run, PORT, 1);
	run->io.data_offset = data_offset;
	return 0;
}

/* The mapping of the fake ends where its block on the heap ends: a sanitizer sees a read beyond. */
static void test_data_offset(void **state)
{
	static const uint64_t outside[] = {
		FAKE_RUN_BYTES - 3, FAKE_RUN_BYTES, FAKE_RUN_BYTES + 1, 1ull << 31,
		1ull << 32,	    1ull << 63,	    ~0ull - 3,		~0ull,
	};
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		data_offset = outside[i];
		expect_failure(out_at_offset, -EPROTO, "unexpected I/O", "port 0xf4");
	}
	/* The last word is still inside, and one that is not aligned is read all the same. */
	data_offset = FAKE_RUN_BYTES - 4;
	fake.run = out_at_offset;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
	nr_prepared = nr_finished = fake.nr_runs = 0;
	data_offset = FAKE_PIO_OFFSET + 1;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
}

static int refuse(struct kvm_run *run)
{
	(void)run;
	return -ENOEXEC;
}

/* As after SIGSTOP and SIGCONT: twice nothing but -EINTR, then the guest's answer. */
static int interrupted_twice(struct kvm_run *run)
{
	if (fake.nr_runs <= 2)
		return -EINTR;
	return doorbell(run);
}

static void test_errors(void **state)
{
	(void)state;
	expect_failure(refuse, -ENOEXEC, "vcpu 0", "");
}

static void test_foreign_signal(void **state)
{
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.nr_runs = 0;
	fake.run = interrupted_twice;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
	/* Each was a KVM_RUN that loaded the guest FPU: the proofs count on it. */
	assert_int_equal(exit.nr_runs, 3);
	assert_int_equal(exit.nr_resumed, 0);
}

static void test_no_time_limit(void **state)
{
	const struct vcpu_run_request unlimited = { 0 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = doorbell;
	assert_int_equal(vcpu_run(vcpu, &unlimited, &exit, &err), -EINVAL);
	assert_non_null(strstr(err.text, "time limit"));
}

static void wait_for_immediate_exit(struct kvm_run *run)
{
	volatile uint8_t *immediate_exit = &run->immediate_exit;
	const struct timespec bit = { .tv_nsec = 1000000 };

	for (unsigned int ms = 0; !*immediate_exit; ms++) {
		if (ms > 5000)
			fail_msg("the watchdog never fired");
		nanosleep(&bit, NULL);
	}
}

/* A guest that never answers: KVM returns once the flag is set, as the real one. */
static int never_answers(struct kvm_run *run)
{
	wait_for_immediate_exit(run);
	return -EINTR;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void test_watchdog(void **state)
{
	const struct vcpu_run_request how = { .timeout_ms = 50 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;
	const double start = now();

	(void)state;
	fake.run = never_answers;
	assert_int_equal(vcpu_run(vcpu, &how, &exit, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.text, "50 ms"));
	assert_true(now() - start >= 0.050);
	/* It is over: the next run starts afresh, and no late signal ends it. */
	assert_int_equal(vcpu->run->immediate_exit, 0);
	err = (struct fpb_err){ 0 };
	fake.nr_runs = 0;
	fake.run = doorbell;
	assert_int_equal(vcpu_run(vcpu, &request, &exit, &err), 0);
}

/* It bounds the sum of all KVM_RUNs too: a guest may keep the host busy without ever answering. */
static int resumes_for_ever(struct kvm_run *run)
{
	volatile uint8_t *immediate_exit = &run->immediate_exit;
	const struct timespec bit = { .tv_nsec = 1000 };

	/* A call that a sanitizer knows: it delivers signals only there. */
	nanosleep(&bit, NULL);
	if (*immediate_exit)
		return -EINTR;
	fake_kvm_out(run, RESUME_PORT, 0);
	return 0;
}

static void test_watchdog_between_runs(void **state)
{
	const struct vcpu_run_request how = { .resume_port = RESUME_PORT, .timeout_ms = 50 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = resumes_for_ever;
	assert_int_equal(vcpu_run(vcpu, &how, &exit, &err), -ETIMEDOUT);
	assert_int_equal(exit.nr_resumed, exit.nr_runs - 1);
}

/* Answered in the same instant: an answer is an answer. */
static int answers_late(struct kvm_run *run)
{
	wait_for_immediate_exit(run);
	fake_kvm_out(run, PORT, 1);
	return 0;
}

static void test_answer_beats_watchdog(void **state)
{
	const struct vcpu_run_request how = { .timeout_ms = 20 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;

	(void)state;
	fake.run = answers_late;
	assert_int_equal(vcpu_run(vcpu, &how, &exit, &err), 0);
	assert_int_equal(vcpu->run->immediate_exit, 0);
}

/* A signal mask is inherited through exec, so whoever starts us may have blocked everything. */
static void test_watchdog_with_blocked_signals(void **state)
{
	const struct vcpu_run_request how = { .timeout_ms = 50 };
	struct fpb_err err = { 0 };
	struct vcpu_exit exit;
	sigset_t blocked, old;

	(void)state;
	vcpu_destroy(vcpu);
	vm_destroy(vm);
	sigemptyset(&blocked);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(&blocked, i);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &old), 0);
	assert_int_equal(setup(state), 0);
	fake.run = never_answers;
	assert_int_equal(vcpu_run(vcpu, &how, &exit, &err), -ETIMEDOUT);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_doorbell),
		TEST(test_resume),
		TEST(test_port_0),
		TEST(test_emulation),
		TEST(test_emulation_without_registers),
		TEST(test_other_exits),
		TEST(test_unexpected_io),
		TEST(test_data_offset),
		TEST(test_errors),
		TEST(test_foreign_signal),
		TEST(test_no_time_limit),
		TEST(test_watchdog),
		TEST(test_watchdog_between_runs),
		TEST(test_answer_beats_watchdog),
		TEST(test_watchdog_with_blocked_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
