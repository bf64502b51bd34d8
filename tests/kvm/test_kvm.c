// SPDX-License-Identifier: MIT
/* VMM and payload on the real KVM: the handshake, what is counted, state that must survive. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/core/guest.h"
#include "guest/x86/cpuid.h"
#include "tests/kvm/kvm_test.h"

#define NR_OUTS 100

static const struct vcpu_run_request patient = {
	.resume_port = ABI_PORT_PIO,
	.timeout_ms = 5000,
};

static void create(struct fpb_guest *guest, enum vcpu_ring ring)
{
	const struct fpb_guest_config config = { .ring = ring };
	struct fpb_err err = { 0 };

	if (fpb_guest_create(&config, guest, &err))
		fail_msg("%s", err.text);
}

static void boot(struct fpb_guest *guest)
{
	struct fpb_err err = { 0 };

	create(guest, VCPU_RING3);
	if (fpb_guest_boot(guest, &err))
		fail_msg("%s", err.text);
}

static struct abi_request probe_of(enum abi_probe probe, uint64_t nr)
{
	return (struct abi_request){
		.command = ABI_COMMAND_PROBE,
		.bench = probe,
		.ring = VCPU_RING3,
		.iterations = nr,
	};
}

static void command(struct fpb_guest *guest, enum abi_probe probe, uint64_t nr,
		    struct vcpu_exit *exit)
{
	const struct abi_request request = probe_of(probe, nr);
	struct fpb_err err = { 0 };

	if (fpb_guest_command(guest, &request, &patient, exit, &err))
		fail_msg("%s", err.text);
}

static void test_ring3(void **state)
{
	struct fpb_guest guest;
	struct vcpu_exit exit;

	(void)state;
	boot(&guest);
	assert_true(guest.is_booted);
	command(&guest, ABI_PROBE_NOTHING, 1, &exit);
	assert_int_equal(exit.port, ABI_PORT_DOORBELL);
	assert_int_equal(exit.value, ABI_EVENT_READY);
	assert_int_equal(exit.nr_runs, 1);
	fpb_guest_destroy(&guest);
}

static void test_ring0(void **state)
{
	struct fpb_guest guest;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };
	int ret;

	(void)state;
	create(&guest, VCPU_RING0);
	ret = fpb_guest_boot(&guest, &err);
	if (ret == 0)
		command(&guest, ABI_PROBE_CPUID, 1, &exit);
	fpb_guest_destroy(&guest);
	if (ret == -EOPNOTSUPP) {
		print_message("SKIP: ring 0: %s\n", err.text);
		skip();
	}
	if (ret)
		fail_msg("%s", err.text);
}

static void test_refusal(void **state)
{
	const struct abi_request unknown_probe = probe_of(ABI_NR_PROBES, 1);
	const struct abi_request unknown_bench = {
		.command = ABI_COMMAND_RUN,
		.bench = 0xffffffff,
		.nr_batches = 1,
		.iterations = 1,
		.nr_copies = 1,
	};
	const struct abi_request too_many_batches = {
		.command = ABI_COMMAND_NULL,
		.nr_batches = ABI_MAX_BATCHES + 1,
		.iterations = 1,
		.nr_copies = 1,
	};
	const struct abi_request no_copy = { .command = ABI_COMMAND_NULL, .iterations = 1 };
	const struct abi_request too_many_copies = {
		.command = ABI_COMMAND_NULL,
		.iterations = 1,
		.nr_copies = ABI_NR_COPIES + 1,
	};
	const struct abi_request unknown_command = { .command = 99, .iterations = 1 };
	const struct abi_request *const requests[] = { &unknown_probe,	  &unknown_bench,
						       &too_many_batches, &no_copy,
						       &too_many_copies,  &unknown_command };
	struct fpb_guest guest;
	struct vcpu_exit exit;

	(void)state;
	boot(&guest);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct fpb_err err = { 0 };

		assert_int_equal(fpb_guest_command(&guest, requests[i], &patient, &exit, &err),
				 -EPROTO);
		assert_non_null(strstr(err.text, "refused"));
	}
	/* It is none the worse for it. */
	command(&guest, ABI_PROBE_NOTHING, 1, &exit);
	fpb_guest_destroy(&guest);
}

static void test_batches(void **state)
{
	const struct abi_request request = {
		.command = ABI_COMMAND_NULL,
		.ring = VCPU_RING3,
		.nr_batches = ABI_MAX_BATCHES,
		.iterations = 3,
		.nr_copies = ABI_NR_COPIES,
	};
	static uint64_t ticks[ABI_MAX_BATCHES];
	struct fpb_guest guest;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };

	(void)state;
	boot(&guest);
	if (fpb_guest_command(&guest, &request, &patient, &exit, &err) ||
	    fpb_guest_elapsed(&guest, ABI_MAX_BATCHES, ticks, &err))
		fail_msg("%s", err.text);
	for (unsigned int i = 0; i < ABI_MAX_BATCHES; i++)
		assert_true(ticks[i] > 0);
	assert_int_equal(fpb_guest_elapsed(&guest, 1, ticks, &err), -EPROTO);
	fpb_guest_destroy(&guest);
}

static uint64_t read_stat(struct fpb_guest *guest, const char *name)
{
	struct fpb_err err = { 0 };
	uint64_t value = 0;

	if (kvm_stats_read(guest->vcpu->stats, name, &value, &err))
		fail_msg("%s", err.text);
	return value;
}

/* KVM swaps the FPU state once per KVM_RUN, whatever the guest does inside. */
static void test_fpu_reload(void **state)
{
	static const struct {
		enum abi_probe probe;
		uint64_t nr_runs; /* the doorbell's and one more per OUT that reaches us */
	} cases[] = {
		{ ABI_PROBE_PIO, NR_OUTS + 1 },
		{ ABI_PROBE_CPUID, 1 },
		{ ABI_PROBE_NOTHING, 1 },
	};
	struct fpb_guest guest;
	struct vcpu_exit exit;

	(void)state;
	boot(&guest);
	if (!kvm_stats_has(guest.vcpu->stats, "fpu_reload")) {
		fpb_guest_destroy(&guest);
		print_message("SKIP: KVM_GET_STATS_FD has no 'fpu_reload'\n");
		skip();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t before = read_stat(&guest, "fpu_reload");

		command(&guest, cases[i].probe, NR_OUTS, &exit);
		assert_int_equal(exit.nr_runs, cases[i].nr_runs);
		assert_int_equal(exit.nr_resumed, exit.nr_runs - 1);
		assert_int_equal(read_stat(&guest, "fpu_reload") - before, exit.nr_runs);
	}
	fpb_guest_destroy(&guest);
}

static void test_ioeventfd(void **state)
{
	struct fpb_guest guest;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };
	uint64_t nr_signalled = 0;

	(void)state;
	boot(&guest);
	if (vm_answer_in_kernel(guest.vm, ABI_PORT_PIO_KERNEL, &err))
		fail_msg("%s", err.text);
	command(&guest, ABI_PROBE_PIO_KERNEL, NR_OUTS, &exit);
	assert_int_equal(exit.nr_runs, 1);
	assert_int_equal(exit.nr_resumed, 0);
	/* They did happen: the eventfd counts them. */
	assert_int_equal(read(guest.vm->ioeventfd, &nr_signalled, sizeof(nr_signalled)),
			 sizeof(nr_signalled));
	assert_int_equal(nr_signalled, NR_OUTS);
	/* The other port still comes to us. */
	command(&guest, ABI_PROBE_PIO, NR_OUTS, &exit);
	assert_int_equal(exit.nr_resumed, NR_OUTS);
	fpb_guest_destroy(&guest);
}

#define XMM_OFFSET	 160
#define XMM_BYTES	 256
#define XSTATE_BV_OFFSET 512
#define SSE_AND_YMM	 6ull

static void write_pattern(uint8_t *at, uint32_t bytes, uint8_t seed)
{
	for (uint32_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(seed + 7 * i);
}

static void expect_pattern(const uint8_t *at, uint32_t bytes, uint8_t seed)
{
	for (uint32_t i = 0; i < bytes; i++)
		assert_int_equal(at[i], (uint8_t)(seed + 7 * i));
}

/* What is set is there, and it is still there after the guest ran: no run may lose a register. */
static void test_xsave_round_trip(void **state)
{
	struct fpb_guest guest;
	struct kvm_cpuid_entry2 ymm;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };
	uint64_t bv = SSE_AND_YMM;
	uint8_t *area;

	(void)state;
	boot(&guest);
	/* What KVM stores goes by the host's XCR0; the guest's may be smaller. */
	if ((cpuid_policy_leaf(guest.vm->cpuid, CPUID_D, 0).eax & SSE_AND_YMM) != SSE_AND_YMM) {
		print_message("SKIP: KVM's CPUID leaf 0xD has no AVX state\n");
		fpb_guest_destroy(&guest);
		skip();
	}
	ymm = cpuid_policy_leaf(guest.vm->cpuid, CPUID_D, 2);
	area = calloc(1, guest.vcpu->xsave_bytes);
	assert_non_null(area);
	assert_true(ymm.ebx + ymm.eax <= guest.vcpu->xsave_bytes && ymm.eax >= XMM_BYTES);
	if (vcpu_get_xsave(guest.vcpu, area, &err))
		fail_msg("%s", err.text);
	write_pattern(area + XMM_OFFSET, XMM_BYTES, 3);
	write_pattern(area + ymm.ebx, ymm.eax, 5);
	memcpy(area + XSTATE_BV_OFFSET, &bv, sizeof(bv));
	if (vcpu_set_xsave(guest.vcpu, area, &err))
		fail_msg("%s", err.text);
	for (unsigned int round = 0; round < 3; round++) {
		memset(area, 0xaa, guest.vcpu->xsave_bytes);
		if (vcpu_get_xsave(guest.vcpu, area, &err))
			fail_msg("%s", err.text);
		memcpy(&bv, area + XSTATE_BV_OFFSET, sizeof(bv));
		assert_int_equal(bv & SSE_AND_YMM, SSE_AND_YMM);
		expect_pattern(area + XMM_OFFSET, XMM_BYTES, 3);
		expect_pattern(area + ymm.ebx, ymm.eax, 5);
		command(&guest, ABI_PROBE_PIO, NR_OUTS, &exit);
	}
	free(area);
	fpb_guest_destroy(&guest);
}

static unsigned int nr_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int nr = 0;

	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void test_no_leak(void **state)
{
	const unsigned int before = nr_fds();

	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		struct fpb_guest guest;
		struct fpb_err err = { 0 };

		create(&guest, i % 2 ? VCPU_RING3 : VCPU_RING0);
		if (vm_answer_in_kernel(guest.vm, ABI_PORT_PIO_KERNEL, &err))
			fail_msg("%s", err.text);
		assert_true(nr_fds() > before);
		fpb_guest_destroy(&guest);
	}
	assert_int_equal(nr_fds(), before);
}

static void test_irqchip(void **state)
{
	const struct fpb_guest_config config = { .ring = VCPU_RING3, .has_irqchip = true };
	struct fpb_guest guest;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };

	(void)state;
	if (fpb_guest_create(&config, &guest, &err))
		fail_msg("%s", err.text);
	command(&guest, ABI_PROBE_NOTHING, 1, &exit);
	fpb_guest_destroy(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring3),
		cmocka_unit_test(test_ring0),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_fpu_reload),
		cmocka_unit_test(test_ioeventfd),
		cmocka_unit_test(test_xsave_round_trip),
		cmocka_unit_test(test_irqchip),
		cmocka_unit_test(test_no_leak),
	};

	return kvm_test_main("kvm", tests, sizeof(tests) / sizeof(tests[0]));
}
