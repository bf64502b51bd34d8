// SPDX-License-Identifier: MIT
/*
 * test_payload.c - no image makes the loader write outside its area or believe what it must not.
 *
 * Guest memory here is filled with a guard byte; whatever lies outside the image area must still
 * hold it afterwards.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/vmm/payload.h"
#include "tests/unit/fake_payload.h"

#define GUARD 0xa5
#define GUARD_BYTES                                                                                \
	8192 /* looked at on both sides of the image area; the rest is compared once               \
	      */
#define MEMORY_BYTES (ABI_IMAGE_GPA + ABI_IMAGE_BYTES + 0x10000u)

static uint8_t *memory;
static uint8_t untouched[MEMORY_BYTES];

static int setup(void **state)
{
	(void)state;
	memory = malloc(MEMORY_BYTES);
	if (!memory)
		return -1;
	memset(memory, GUARD, MEMORY_BYTES);
	memset(untouched, GUARD, sizeof(untouched));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static void expect_guards(void)
{
	assert_memory_equal(memory, untouched, ABI_IMAGE_GPA);
	assert_memory_equal(memory + ABI_IMAGE_GPA + ABI_IMAGE_BYTES, untouched,
			    MEMORY_BYTES - ABI_IMAGE_GPA - ABI_IMAGE_BYTES);
}

/* From a buffer of exactly that size, so that a sanitizer sees a read past its end. */
static int load(const void *elf, size_t bytes, struct payload *out, struct fpb_err *err)
{
	void *exact = malloc(bytes ? bytes : 1);
	int ret;

	assert_non_null(exact);
	memcpy(exact, elf, bytes);
	ret = payload_load(exact, bytes, memory, MEMORY_BYTES, out, err);
	free(exact);
	return ret;
}

static void expect_refusal(const struct fake_payload *elf, int code, const char *what)
{
	struct payload payload;
	struct fpb_err err = { 0 };
	int ret = load(elf, sizeof(*elf), &payload, &err);

	if (ret != code || err.code != code || !strstr(err.text, "payload"))
		fail_msg("%s: expected %d, got %d '%s'", what, code, ret, err.text);
	expect_guards();
}

static void test_healthy(void **state)
{
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };
	uint8_t *at = memory + ABI_IMAGE_GPA;

	(void)state;
	fake_payload_init(&elf);
	for (size_t i = 0; i < sizeof(elf.code); i++)
		elf.code[i] = (uint8_t)(i * 7);
	assert_int_equal(load(&elf, sizeof(elf), &payload, &err), 0);
	assert_int_equal(payload.entry, FAKE_ENTRY_GPA);
	assert_memory_equal(&payload.info, &elf.info, sizeof(elf.info));
	assert_memory_equal(at, &elf.info, sizeof(elf.info) + sizeof(elf.code));
	at += sizeof(elf.info) + sizeof(elf.code);
	for (unsigned int i = 0; i < FAKE_BSS_BYTES; i++)
		assert_int_equal(at[i], 0);
	assert_int_equal(at[FAKE_BSS_BYTES], GUARD);
	expect_guards();
}

/* The image may fill its area to the last byte. */
static void test_largest(void **state)
{
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };

	(void)state;
	fake_payload_init(&elf);
	elf.load.p_memsz = ABI_IMAGE_BYTES;
	assert_int_equal(load(&elf, sizeof(elf), &payload, &err), 0);
	assert_int_equal(memory[ABI_IMAGE_GPA + ABI_IMAGE_BYTES - 1], 0);
	expect_guards();
}

static void test_truncations(void **state)
{
	struct fake_payload elf;

	(void)state;
	fake_payload_init(&elf);
	for (size_t bytes = 0; bytes < sizeof(elf); bytes++) {
		struct payload payload;
		struct fpb_err err = { 0 };

		if (load(&elf, bytes, &payload, &err) != -ENOEXEC)
			fail_msg("%zu of %zu bytes were accepted", bytes, sizeof(elf));
	}
	expect_guards();
}

/* payload.elf as built, cut at every offset of its first 4 KiB: headers, gap, first code. */
extern const uint8_t fpb_payload_elf[];
extern const uint64_t fpb_payload_elf_bytes;

static void test_real_payload(void **state)
{
	const size_t whole = fpb_payload_elf_bytes;
	struct payload payload;
	struct fpb_err err = { 0 };

	(void)state;
	if (load(fpb_payload_elf, whole, &payload, &err))
		fail_msg("%s", err.text);
	expect_guards();
	for (size_t bytes = 0; bytes < 4096; bytes++) {
		err = (struct fpb_err){ 0 };
		if (load(fpb_payload_elf, bytes, &payload, &err) != -ENOEXEC)
			fail_msg("%zu of %zu bytes were accepted", bytes, whole);
	}
	expect_guards();
}

/* One byte at a time set to each of these: whatever comes of it, the guards stand. */
static void test_damaged_bytes(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	const size_t headers = offsetof(struct fake_payload, code);
	struct fake_payload healthy;
	unsigned int nr_refused = 0;

	(void)state;
	fake_payload_init(&healthy);
	for (size_t at = 0; at < headers; at++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			struct fake_payload elf = healthy;
			struct payload payload;
			struct fpb_err err = { 0 };
			int ret;

			((uint8_t *)&elf)[at] = values[v];
			ret = load(&elf, sizeof(elf), &payload, &err);
			if (ret && ret != -ENOEXEC && ret != -ESTALE)
				fail_msg("byte %zu set to %#x: %d '%s'", at, values[v], ret,
					 err.text);
			nr_refused += ret != 0;
			assert_memory_equal(memory + ABI_IMAGE_GPA - GUARD_BYTES, untouched,
					    GUARD_BYTES);
			assert_memory_equal(memory + ABI_IMAGE_GPA + ABI_IMAGE_BYTES, untouched,
					    GUARD_BYTES);
		}
	}
	assert_true(nr_refused > 100);
	expect_guards();
}

#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		struct fake_payload elf;                                                           \
		fake_payload_init(&elf);                                                           \
		elf.field = (value);                                                               \
		expect_refusal(&elf, -ENOEXEC, #field " = " #value);                               \
	} while (0)

static void test_elf_header(void **state)
{
	(void)state;
	REFUSED(eh.e_ident[EI_MAG0], 'E');
	REFUSED(eh.e_ident[EI_MAG3], 'f');
	REFUSED(eh.e_ident[EI_CLASS], ELFCLASS32);
	REFUSED(eh.e_machine, EM_AARCH64);
	REFUSED(eh.e_phentsize, sizeof(Elf64_Phdr) - 1);
	REFUSED(eh.e_phentsize, sizeof(Elf64_Phdr) + 8);
	REFUSED(eh.e_phentsize, 0);
	REFUSED(eh.e_phoff, sizeof(struct fake_payload));
	REFUSED(eh.e_phoff, sizeof(struct fake_payload) - sizeof(Elf64_Phdr));
	REFUSED(eh.e_phoff, sizeof(struct fake_payload) + 1);
	REFUSED(eh.e_phoff, ~0ull);
	REFUSED(eh.e_phoff, ~0ull - sizeof(Elf64_Phdr) + 1);
	REFUSED(eh.e_phnum, 0xffff);
	REFUSED(eh.e_phnum, 0);
	REFUSED(eh.e_entry, 0);
	REFUSED(eh.e_entry, ABI_IMAGE_GPA - 1);
	REFUSED(eh.e_entry, ABI_IMAGE_GPA + ABI_IMAGE_BYTES);
	REFUSED(eh.e_entry, ~0ull);
}

static void test_segments(void **state)
{
	const uint64_t file = sizeof(struct fake_payload);

	(void)state;
	REFUSED(load.p_offset, file);
	REFUSED(load.p_offset, ~0ull);
	REFUSED(load.p_offset, ~0ull - 100);
	REFUSED(load.p_filesz, file + 1);
	REFUSED(load.p_filesz, ~0ull);
	REFUSED(load.p_memsz, sizeof(struct abi_image_info));
	REFUSED(load.p_memsz, ABI_IMAGE_BYTES + 1);
	REFUSED(load.p_memsz, ~0ull);
	/* p_paddr + p_memsz wraps to where it would be inside again. */
	REFUSED(load.p_memsz, 0ull - ABI_IMAGE_GPA);
	REFUSED(load.p_paddr, ABI_IMAGE_GPA - 1);
	REFUSED(load.p_paddr, 0);
	REFUSED(load.p_paddr, ABI_IMAGE_GPA + ABI_IMAGE_BYTES - 1);
	REFUSED(load.p_paddr, ABI_IMAGE_GPA + ABI_IMAGE_BYTES);
	REFUSED(load.p_paddr, 0ull - 4096);
	REFUSED(load.p_paddr, ~0ull);
}

static void test_image_info(void **state)
{
	(void)state;
	REFUSED(info.magic, 0);
	REFUSED(info.magic, ABI_MAGIC + 1);
	REFUSED(info.trap_stubs, ABI_IMAGE_GPA - 1);
	REFUSED(info.trap_stubs, ABI_IMAGE_GPA + ABI_IMAGE_BYTES - 32 * FAKE_STUB_BYTES + 1);
	REFUSED(info.trap_stubs, ~0ull);
	REFUSED(info.trap_stub_bytes, 65);
	REFUSED(info.trap_stub_bytes, ~0ull);
	/* times 32 it is 0 again */
	REFUSED(info.trap_stub_bytes, 1ull << 59);
	REFUSED(info.sled, ABI_IMAGE_GPA - 1);
	REFUSED(info.sled, 0);
	REFUSED(info.sled, ABI_IMAGE_GPA + ABI_IMAGE_BYTES);
	REFUSED(info.sled, 0ull - FAKE_SLED_BYTES);
	REFUSED(info.sled_bytes, 0);
	REFUSED(info.sled_bytes, ABI_IMAGE_BYTES);
	REFUSED(info.sled_bytes, ~0ull);
}

static void test_other_version(void **state)
{
	struct fake_payload elf;

	(void)state;
	fake_payload_init(&elf);
	elf.info.version = ABI_VERSION + 1;
	expect_refusal(&elf, -ESTALE, "version");
}

static void test_small_memory(void **state)
{
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };

	(void)state;
	fake_payload_init(&elf);
	assert_int_equal(payload_load(&elf, sizeof(elf), memory,
				      ABI_IMAGE_GPA + ABI_IMAGE_BYTES - 1, &payload, &err),
			 -EINVAL);
	assert_memory_equal(memory, untouched, MEMORY_BYTES);
}

/* N times 01 c0 (add %eax,%eax), then c3 (ret), and not one byte more. */
static void test_inject(void **state)
{
	const unsigned int most = (FAKE_SLED_BYTES - 1) / 2;
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };
	uint8_t *sled = memory + FAKE_SLED_GPA;

	(void)state;
	fake_payload_init(&elf);
	assert_int_equal(load(&elf, sizeof(elf), &payload, &err), 0);
	for (unsigned int nr = 0; nr <= most; nr++) {
		memset(sled - 1, GUARD, FAKE_SLED_BYTES + 2);
		assert_int_equal(payload_set_inject(&payload, memory, nr, &err), 0);
		for (unsigned int i = 0; i < nr; i++) {
			assert_int_equal(sled[2 * i], 0x01);
			assert_int_equal(sled[2 * i + 1], 0xc0);
		}
		assert_int_equal(sled[2 * nr], 0xc3);
		assert_int_equal(sled[2 * nr + 1], GUARD);
		assert_int_equal(sled[-1], GUARD);
	}
	expect_guards();
}

static void test_inject_too_many(void **state)
{
	static const uint32_t bad[] = { FAKE_SLED_BYTES / 2, FAKE_SLED_BYTES, 0x80000000,
					0xffffffff };
	struct fake_payload elf;
	struct payload payload;
	struct fpb_err err = { 0 };
	uint8_t before[FAKE_SLED_BYTES];

	(void)state;
	fake_payload_init(&elf);
	assert_int_equal(load(&elf, sizeof(elf), &payload, &err), 0);
	memcpy(before, memory + FAKE_SLED_GPA, sizeof(before));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err = (struct fpb_err){ 0 };
		assert_int_equal(payload_set_inject(&payload, memory, bad[i], &err), -ERANGE);
		assert_non_null(strstr(err.text, "inject"));
		assert_memory_equal(memory + FAKE_SLED_GPA, before, sizeof(before));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_healthy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_largest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncations, setup, teardown),
		cmocka_unit_test_setup_teardown(test_real_payload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_elf_header, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_image_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_version, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inject, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inject_too_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
