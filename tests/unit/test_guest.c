// SPDX-License-Identifier: MIT
/* A guest that says what it likes, on a KVM in memory: which of it the harness believes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/guest.h"
#include "list_hash.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

/* In place of what guest/embed.S embeds, and writable. */
extern struct fake_payload fpb_payload_elf;
struct fake_payload fpb_payload_elf;
extern const uint64_t fpb_payload_elf_bytes;
const uint64_t fpb_payload_elf_bytes = sizeof(struct fake_payload);

/* What the guest does in its n-th KVM_RUN: the handshake, then this. */
static struct {
	struct abi_shared handshake;
	uint16_t boot_port, port;
	uint32_t boot_event, event;
	struct abi_shared answer;
	unsigned int nr_runs;
	struct abi_request request; /* as it lay in the page */
} guest_side;

static struct abi_shared *shared(void)
{
	return (void *)(fake.memory + ABI_SHARED_GPA);
}

static int run_guest(struct kvm_run *run)
{
	if (guest_side.nr_runs++ == 0) {
		shared()->magic = guest_side.handshake.magic;
		shared()->version = guest_side.handshake.version;
		shared()->list_hash = guest_side.handshake.list_hash;
		fake_kvm_out(run, guest_side.boot_port, guest_side.boot_event);
		return 0;
	}
	guest_side.request = shared()->request;
	shared()->nr_done = guest_side.answer.nr_done;
	shared()->nr_void = guest_side.answer.nr_void;
	shared()->fault = guest_side.answer.fault;
	memcpy(shared()->evidence, guest_side.answer.evidence, sizeof(shared()->evidence));
	memcpy(shared()->elapsed, guest_side.answer.elapsed, sizeof(shared()->elapsed));
	fake_kvm_out(run, guest_side.port, guest_side.event);
	return 0;
}

static int reset(void **state)
{
	(void)state;
	fake_kvm_reset();
	fake.run = run_guest;
	fake_payload_init(&fpb_payload_elf);
	fpb_payload_elf.info.list_hash = FPB_LIST_HASH;
	memset(&guest_side, 0, sizeof(guest_side));
	guest_side.handshake.magic = ABI_MAGIC;
	guest_side.handshake.version = ABI_VERSION;
	guest_side.handshake.list_hash = FPB_LIST_HASH;
	guest_side.boot_port = guest_side.port = ABI_PORT_DOORBELL;
	guest_side.boot_event = guest_side.event = ABI_EVENT_READY;
	return 0;
}

/* Every test gives back what it took. */
static int check_nothing_is_open(void **state)
{
	(void)state;
	return fake_kvm_nr_open() || fake_kvm_nr_mapped() ? -1 : 0;
}

static void create(struct fpb_guest *guest)
{
	const struct fpb_guest_config config = { .sys = &kvm_sys_fake, .ring = VCPU_RING3 };
	struct fpb_err err = { 0 };

	guest_side.nr_runs = 0;
	if (fpb_guest_create(&config, guest, &err))
		fail_msg("%s", err.text);
}

static int command(struct fpb_guest *guest, struct fpb_err *err)
{
	const struct vcpu_run_request how = { .timeout_ms = 60000 };
	const struct abi_request request = {
		.command = ABI_COMMAND_RUN, .bench = 7, .nr_batches = 2, .iterations = 640
	};
	struct vcpu_exit exit;

	*err = (struct fpb_err){ 0 };
	return fpb_guest_command(guest, &request, &how, &exit, err);
}

static void test_stale_payload(void **state)
{
	const struct fpb_guest_config config = { .sys = &kvm_sys_fake, .ring = VCPU_RING3 };
	struct fpb_guest guest;
	struct fpb_err err = { 0 };

	(void)state;
	fpb_payload_elf.info.list_hash ^= 1;
	assert_int_equal(fpb_guest_create(&config, &guest, &err), -ESTALE);
	assert_non_null(strstr(err.text, "payload"));
	assert_non_null(strstr(err.text, "benchmarks"));
	assert_null(guest.vm);
	assert_null(guest.vcpu);
	/* Not one instruction of it was executed. */
	assert_int_equal(fake.nr_runs, 0);
	assert_int_equal(fake_kvm_nr_open(), 0);
}

static void check_boot(int code, const char *word)
{
	struct fpb_guest guest;
	struct fpb_err err = { 0 };

	create(&guest);
	assert_int_equal(fpb_guest_boot(&guest, &err), code);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.text, word));
	assert_false(guest.is_booted);
	fpb_guest_destroy(&guest);
}

static void test_handshake_of_another_list(void **state)
{
	(void)state;
	guest_side.handshake.list_hash ^= 1ull << 63;
	check_boot(-ESTALE, "handshake");
}

static void test_handshake_of_another_version(void **state)
{
	(void)state;
	guest_side.handshake.version++;
	check_boot(-ESTALE, "handshake");
}

static void test_handshake_without_magic(void **state)
{
	(void)state;
	guest_side.handshake.magic = 0;
	check_boot(-ESTALE, "handshake");
}

static void test_boot_rings_elsewhere(void **state)
{
	(void)state;
	guest_side.boot_port = 0x80;
	check_boot(-EPROTO, "0x80");
}

static void test_boot_faults(void **state)
{
	(void)state;
	guest_side.boot_event = ABI_EVENT_FAULT;
	check_boot(-EFAULT, "vector");
}

static void test_command(void **state)
{
	struct fpb_guest guest;
	struct fpb_err err;
	uint64_t ticks[2] = { 0 };

	(void)state;
	create(&guest);
	guest_side.answer.nr_done = 2;
	guest_side.answer.elapsed[0] = 1234;
	guest_side.answer.elapsed[1] = 1ull << 40;
	/* Booted by the way. */
	assert_int_equal(command(&guest, &err), 0);
	assert_true(guest.is_booted);
	assert_int_equal(guest_side.nr_runs, 2);
	assert_int_equal(guest_side.request.command, ABI_COMMAND_RUN);
	assert_int_equal(guest_side.request.bench, 7);
	assert_int_equal(guest_side.request.nr_batches, 2);
	assert_int_equal(guest_side.request.iterations, 640);
	assert_int_equal(fpb_guest_elapsed(&guest, 2, ticks, &err), 0);
	assert_true(ticks[0] == 1234);
	assert_true(ticks[1] == 1ull << 40);
	/* Once. */
	assert_int_equal(command(&guest, &err), 0);
	assert_int_equal(guest_side.nr_runs, 3);
	fpb_guest_destroy(&guest);
}

static void check_command(int code, const char *word)
{
	struct fpb_guest guest;
	struct fpb_err err;

	create(&guest);
	assert_int_equal(command(&guest, &err), code);
	assert_non_null(strstr(err.text, word));
	fpb_guest_destroy(&guest);
}

static void test_refused(void **state)
{
	(void)state;
	guest_side.event = ABI_EVENT_REFUSED;
	check_command(-EPROTO, "refused");
}

static void test_no_event(void **state)
{
	(void)state;
	guest_side.event = 0xdead;
	check_command(-EPROTO, "0xdead");
}

static void test_other_port(void **state)
{
	(void)state;
	guest_side.port = ABI_PORT_PIO;
	check_command(-EPROTO, "0xf8");
}

static void test_fault(void **state)
{
	struct fpb_guest guest;
	struct fpb_err err;

	(void)state;
	guest_side.event = ABI_EVENT_FAULT;
	guest_side.answer.fault = (struct abi_fault){ .vector = 13,
						      .error_code = 0x18,
						      .rip = 0x100abc,
						      .cr2 = 0xfeed,
						      .batch = 5,
						      .line = 321 };
	create(&guest);
	assert_int_equal(command(&guest, &err), -EFAULT);
	assert_non_null(strstr(err.text, "vector 13"));
	assert_non_null(strstr(err.text, "0x18"));
	assert_non_null(strstr(err.text, "0x100abc"));
	assert_non_null(strstr(err.text, "0xfeed"));
	assert_non_null(strstr(err.text, "batch 5"));
	assert_non_null(strstr(err.text, "line 321"));
	fpb_guest_destroy(&guest);
}

/* A handler of a case that saw an event which it did not cause says what it read. */
static void test_fault_with_readings(void **state)
{
	struct fpb_guest guest;
	struct fpb_err err;

	(void)state;
	guest_side.event = ABI_EVENT_FAULT;
	guest_side.answer.fault = (struct abi_fault){ .vector = 7, .rip = 0x100f9b, .line = 149 };
	guest_side.answer.evidence[ABI_EVIDENCE_XFD_ERR] =
		(struct abi_evidence){ 0x20000, 0x40000, 1, 1 };
	guest_side.answer.evidence[ABI_EVIDENCE_CR0_TS] = (struct abi_evidence){ 0, 0, 1, 1 };
	guest_side.answer.evidence[ABI_EVIDENCE_XINUSE] = (struct abi_evidence){ 7, 0, 1, 0 };
	create(&guest);
	assert_int_equal(command(&guest, &err), -EFAULT);
	assert_string_equal(err.text,
			    "guest exception: vector 7, error code 0, rip 0x100f9b, cr2 0, batch "
			    "0, line 149 of the case, xfd_err read 0x20000, expected 0x40000");
	fpb_guest_destroy(&guest);
}

static void check_elapsed(uint32_t nr_done, uint32_t nr)
{
	static uint64_t ticks[ABI_MAX_BATCHES + 1];
	struct fpb_guest guest;
	struct fpb_err err;

	create(&guest);
	guest_side.answer.nr_done = nr_done;
	memset(ticks, 0x5a, sizeof(ticks));
	assert_int_equal(command(&guest, &err), 0);
	assert_int_equal(fpb_guest_elapsed(&guest, nr, ticks, &err), -EPROTO);
	assert_true(ticks[0] == 0x5a5a5a5a5a5a5a5aull);
	fpb_guest_destroy(&guest);
}

static void test_wrong_number_of_batches(void **state)
{
	(void)state;
	check_elapsed(1, 2);
	check_elapsed(3, 2);
	check_elapsed(0, 1);
	check_elapsed(UINT32_MAX, 2);
	/* Both say so, and the page has no room for it. */
	check_elapsed(ABI_MAX_BATCHES + 1, ABI_MAX_BATCHES + 1);
}

static void test_void_batches_have_a_limit(void **state)
{
	struct fpb_guest guest;
	struct fpb_err err;

	(void)state;
	create(&guest);
	guest_side.answer.nr_void = 3;
	assert_int_equal(command(&guest, &err), 0);
	assert_int_equal(fpb_guest_nr_void(&guest), 3);
	guest_side.answer.nr_void = UINT32_MAX;
	assert_int_equal(command(&guest, &err), 0);
	assert_int_equal(fpb_guest_nr_void(&guest), ABI_MAX_VOID);
	fpb_guest_destroy(&guest);
}

static void test_evidence(void **state)
{
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	struct fpb_guest guest;
	struct fpb_err err;

	(void)state;
	create(&guest);
	guest_side.answer.evidence[1] = (struct abi_evidence){ 5, 6, 0xff00, 0x80000000u };
	guest_side.answer.evidence[2] = (struct abi_evidence){ 7, 0, 2, 0 };
	assert_int_equal(command(&guest, &err), 0);
	memset(evidence, 0xff, sizeof(evidence));
	fpb_guest_evidence(&guest, evidence);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		assert_int_equal(evidence[i].is_set, i == 1 || i == 2);
		assert_int_equal(evidence[i].has_expected, i == 1);
	}
	assert_int_equal(evidence[1].value, 5);
	assert_int_equal(evidence[1].expected, 6);
	assert_int_equal(evidence[2].value, 7);
	fpb_guest_destroy(&guest);
}

static void test_inject(void **state)
{
	static const uint8_t two[] = { 0x01, 0xc0, 0x01, 0xc0, 0xc3 };
	struct fpb_guest guest;
	struct fpb_err err = { 0 };

	(void)state;
	create(&guest);
	assert_int_equal(fpb_guest_set_inject(&guest, 2, &err), 0);
	assert_memory_equal(fake.memory + guest.payload.info.sled, two, sizeof(two));
	assert_int_equal(fpb_guest_set_inject(&guest, 0, &err), 0);
	assert_int_equal(fake.memory[guest.payload.info.sled], 0xc3);
	assert_int_equal(fpb_guest_set_inject(&guest, FAKE_SLED_BYTES, &err), -ERANGE);
	assert_int_equal(fake.memory[guest.payload.info.sled], 0xc3);
	fpb_guest_destroy(&guest);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, check_nothing_is_open)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stale_payload),
		TEST(test_handshake_of_another_list),
		TEST(test_handshake_of_another_version),
		TEST(test_handshake_without_magic),
		TEST(test_boot_rings_elsewhere),
		TEST(test_boot_faults),
		TEST(test_command),
		TEST(test_refused),
		TEST(test_no_event),
		TEST(test_other_port),
		TEST(test_fault),
		TEST(test_fault_with_readings),
		TEST(test_wrong_number_of_batches),
		TEST(test_void_batches_have_a_limit),
		TEST(test_evidence),
		TEST(test_inject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
