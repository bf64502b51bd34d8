// SPDX-License-Identifier: MIT
/* Guests that do not behave, on the real KVM: each ends in one readable failure, the host unhurt. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/core/guest.h"
#include "tests/kvm/hostile.h"
#include "tests/kvm/kvm_test.h"

/* hostile.S spells these out. */
_Static_assert(ABI_IMAGE_GPA == 0x100000 && ABI_SHARED_GPA == 0x20000, "hostile.S");
_Static_assert(ABI_SHARED_BYTES == 0x10000 && ABI_PORT_DOORBELL == 0xf4, "hostile.S");
_Static_assert(offsetof(struct abi_shared, request.value) == 64, "hostile.S");
_Static_assert(offsetof(struct abi_shared, nr_done) == 288, "hostile.S");
_Static_assert(offsetof(struct abi_shared, list_hash) == 8, "hostile.S");
_Static_assert(offsetof(struct abi_image_info, list_hash) == 8, "hostile.S");

#define IDT_GPA	  0x5000
#define IDT_BYTES 512

static const struct vcpu_run_request patient = { .timeout_ms = 5000 };

static void create(struct fpb_guest *guest, const uint8_t *code, const uint8_t *end)
{
	const struct fpb_guest_config config = { .ring = VCPU_RING3 };
	struct fpb_err err = { 0 };

	if (fpb_guest_create(&config, guest, &err))
		fail_msg("%s", err.text);
	if (code)
		memcpy(vm_at(guest->vm, guest->payload.entry, (size_t)(end - code)), code,
		       (size_t)(end - code));
}

/* Boots `code`; expects `code` and both words in the message. */
static void expect_boot_failure(const uint8_t *code, const uint8_t *end, int failure,
				const char *word1, const char *word2)
{
	struct fpb_guest guest;
	struct fpb_err err = { 0 };
	int ret;

	create(&guest, code, end);
	ret = fpb_guest_boot(&guest, &err);
	if (ret != failure || !strstr(err.text, word1) || !strstr(err.text, word2))
		fail_msg("expected %d, '%s', '%s'; got %d '%s'", failure, word1, word2, ret,
			 err.text);
	assert_false(guest.is_booted);
	fpb_guest_destroy(&guest);
}

/* XSAVES needs CPL 0: #GP at ring 3, #UD where the guest does not have it. */
static void test_exception_in_payload(void **state)
{
	const struct abi_request request = {
		.command = ABI_COMMAND_PROBE,
		.bench = ABI_PROBE_XSAVES,
		.ring = VCPU_RING3,
		.iterations = 1,
		.xfeatures = 3,
	};
	struct fpb_guest guest;
	struct vcpu_exit exit;
	struct fpb_err err = { 0 };
	unsigned int vector = 0, batch = 0, line = 0;
	unsigned long long rip = 0, error_code = 0, cr2 = 0;

	(void)state;
	create(&guest, NULL, NULL);
	assert_int_equal(fpb_guest_command(&guest, &request, &patient, &exit, &err), -EFAULT);
	/* NOLINTNEXTLINE(cert-err34-c): the count of fields is the test */
	assert_int_equal(sscanf(err.text,
				"guest exception: vector %u, error code %llx, rip %llx, cr2 %llx, "
				"batch %u, line %u",
				&vector, &error_code, &rip, &cr2, &batch, &line),
			 6);
	assert_true(vector == 6 || vector == 13);
	assert_true(rip >= ABI_IMAGE_GPA && rip < ABI_IMAGE_GPA + ABI_IMAGE_BYTES);
	fpb_guest_destroy(&guest);
}

static void test_invalid_opcode(void **state)
{
	struct fpb_guest guest;
	char rip[32];

	(void)state;
	create(&guest, NULL, NULL);
	snprintf(rip, sizeof(rip), "rip %#llx,", (unsigned long long)guest.payload.entry);
	fpb_guest_destroy(&guest);
	expect_boot_failure(hostile_ud2, hostile_ud2_end, -EFAULT, "vector 6, error code 0,", rip);
}

/* Error code 4: a read, from ring 3, of what is not present. */
static void test_page_fault(void **state)
{
	char cr2[32];

	(void)state;
	snprintf(cr2, sizeof(cr2), "cr2 %#x,", HOSTILE_UNMAPPED_GPA);
	expect_boot_failure(hostile_fault, hostile_fault_end, -EFAULT, "vector 14, error code 0x4,",
			    cr2);
}

static void test_unknown_port(void **state)
{
	(void)state;
	expect_boot_failure(hostile_port, hostile_port_end, -EPROTO, "port 0x80", "doorbell");
}

static void test_unexpected_io(void **state)
{
	(void)state;
	expect_boot_failure(hostile_byte, hostile_byte_end, -EPROTO, "port 0xf4", "1 bytes");
	expect_boot_failure(hostile_input, hostile_input_end, -EPROTO, "port 0xf4", "in");
}

#ifdef __SANITIZE_THREAD__
#define HOLDS_SIGNALS_BACK true
#elif defined(__has_feature)
#define HOLDS_SIGNALS_BACK __has_feature(thread_sanitizer)
#else
#define HOLDS_SIGNALS_BACK false
#endif

static void test_never_answers(void **state)
{
	const struct vcpu_run_request impatient = { .timeout_ms = 100 };
	struct fpb_guest guest;
	struct vcpu_exit exit;

	(void)state;
	if (HOLDS_SIGNALS_BACK) {
		print_message(
			"SKIP: ThreadSanitizer runs the watchdog's handler only once KVM_RUN, "
			"a call it does not know, has returned\n");
		skip();
	}
	create(&guest, hostile_spin, hostile_spin_end);
	/* The vCPU is not broken by it: it can be run on, and be ended again. */
	for (unsigned int i = 0; i < 3; i++) {
		struct fpb_err err = { 0 };

		assert_int_equal(vcpu_run(guest.vcpu, &impatient, &exit, &err), -ETIMEDOUT);
		assert_non_null(strstr(err.text, "100 ms"));
		assert_int_equal(exit.nr_runs, 1);
	}
	fpb_guest_destroy(&guest);
}

/* No gate is present: the exception, then #NP, then a double fault end in a triple fault. */
static void test_triple_fault(void **state)
{
	struct fpb_guest guest;
	struct fpb_err err = { 0 };
	int ret;

	(void)state;
	create(&guest, hostile_ud2, hostile_ud2_end);
	memset(vm_at(guest.vm, IDT_GPA, IDT_BYTES), 0, IDT_BYTES);
	ret = fpb_guest_boot(&guest, &err);
	fpb_guest_destroy(&guest);
	if (ret != -EPROTO || !strstr(err.text, "KVM_EXIT_SHUTDOWN"))
		fail_msg("%d '%s'", ret, err.text);
}

static int command_page(struct fpb_guest *guest, uint64_t event, struct fpb_err *err)
{
	const struct abi_request request = { .command = ABI_COMMAND_NULL, .value = { event } };
	struct vcpu_exit exit;

	*err = (struct fpb_err){ 0 };
	return fpb_guest_command(guest, &request, &patient, &exit, err);
}

/* Exactly as large as asked for, so that a sanitizer sees one tick too many. */
static void expect_no_ticks(struct fpb_guest *guest, uint32_t nr)
{
	struct fpb_err err = { 0 };
	uint64_t *ticks = calloc(ABI_MAX_BATCHES, sizeof(*ticks));

	assert_non_null(ticks);
	assert_int_equal(fpb_guest_elapsed(guest, nr, ticks, &err), -EPROTO);
	for (unsigned int i = 0; i < ABI_MAX_BATCHES; i++)
		assert_true(ticks[i] == 0);
	free(ticks);
}

static void test_nonsense_in_shared_page(void **state)
{
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	struct fpb_guest guest;
	struct fpb_err err;

	(void)state;
	create(&guest, hostile_page, hostile_page_end);
	if (command_page(&guest, ABI_EVENT_READY, &err))
		fail_msg("%s", err.text);
	/* nr_done is 0xffffffff now. */
	expect_no_ticks(&guest, 0);
	expect_no_ticks(&guest, 1);
	expect_no_ticks(&guest, ABI_MAX_BATCHES);
	expect_no_ticks(&guest, ABI_MAX_BATCHES + 1);
	expect_no_ticks(&guest, 0xffffffff);
	assert_int_equal(fpb_guest_nr_void(&guest), ABI_MAX_VOID);
	fpb_guest_evidence(&guest, evidence);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		assert_int_equal(evidence[i].is_set, 1);
		assert_int_equal(evidence[i].has_expected, 1);
		assert_true(evidence[i].value == ~0ull);
	}
	/* A fault record of ones is text like any other. */
	assert_int_equal(command_page(&guest, ABI_EVENT_FAULT, &err), -EFAULT);
	assert_non_null(strstr(err.text, "vector 18446744073709551615,"));
	assert_int_equal(command_page(&guest, ABI_EVENT_REFUSED, &err), -EPROTO);
	assert_int_equal(command_page(&guest, 0, &err), -EPROTO);
	assert_int_equal(command_page(&guest, 0x12345678, &err), -EPROTO);
	assert_non_null(strstr(err.text, "0x12345678"));
	fpb_guest_destroy(&guest);
}

/* The handshake of another build: magic, version and list are each looked at. */
static void test_other_handshake(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 16; at++) {
		struct fpb_guest guest;
		struct fpb_err err = { 0 };
		uint8_t *info;

		create(&guest, hostile_page, hostile_page_end);
		info = vm_at(guest.vm, ABI_IMAGE_GPA, 16);
		info[at] ^= 1;
		assert_int_equal(fpb_guest_boot(&guest, &err), -ESTALE);
		assert_non_null(strstr(err.text, "handshake"));
		assert_false(guest.is_booted);
		fpb_guest_destroy(&guest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exception_in_payload),
		cmocka_unit_test(test_invalid_opcode),
		cmocka_unit_test(test_page_fault),
		cmocka_unit_test(test_unknown_port),
		cmocka_unit_test(test_unexpected_io),
		cmocka_unit_test(test_never_answers),
		cmocka_unit_test(test_triple_fault),
		cmocka_unit_test(test_nonsense_in_shared_page),
		cmocka_unit_test(test_other_handshake),
	};

	return kvm_test_main("kvm_hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
