// SPDX-License-Identifier: MIT
/* lab --carry-state: order of the boots, filter, what is handed on, and the lines about it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/cli/lab.h"
#include "guest/linux/layout.h"
#include "host/vmm/carried.h"
#include "tests/unit/lab_image_fixture.h"

#define MAX_BUILDS 5
#define MAX_BOOTS  5

static void check_order(uint64_t seed, unsigned int nr_builds, unsigned int nr_boots)
{
	struct fpb_turn turns[MAX_BUILDS * MAX_BOOTS];
	unsigned int seen[MAX_BUILDS][MAX_BOOTS] = { 0 };

	fpb_abba(seed, nr_builds, nr_boots, turns);
	lab_carry_order(nr_builds, nr_boots, turns);
	assert_int_equal(turns[0].variant, 0);
	assert_int_equal(turns[0].round, 0);
	for (unsigned int i = 0; i < nr_builds * nr_boots; i++) {
		assert_int_equal(turns[i].round, i / nr_builds);
		assert_int_equal(seen[turns[i].variant][turns[i].round]++, 0);
	}
	/* Rounds in pairs, the second the mirror image of the first. */
	for (unsigned int round = 0; round + 1 < nr_boots; round += 2) {
		const struct fpb_turn *first = turns + (size_t)round * nr_builds;

		for (unsigned int i = 0; i < nr_builds; i++)
			assert_int_equal(first[i].variant, first[2 * nr_builds - 1 - i].variant);
	}
}

static void test_order(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		for (unsigned int builds = 2; builds <= MAX_BUILDS; builds++) {
			for (unsigned int boots = 1; boots <= MAX_BOOTS; boots++)
				check_order(seed, builds, boots);
		}
	}
}

static void expect_filter(const char *given, bool carries, const char *expected)
{
	const struct lab_options options = { .filter = given, .carries_state = carries };
	struct fpb_err err = { 0 };
	char *filter;

	assert_int_equal(lab_carry_filter(&options, &filter, &err), 0);
	if (expected)
		assert_string_equal(filter, expected);
	else
		assert_null(filter);
	free(filter);
}

static void test_filter(void **state)
{
	(void)state;
	expect_filter(NULL, true, NULL);
	expect_filter(NULL, false, NULL);
	expect_filter("a|b", false, "a|b");
	expect_filter("a|b", true, "(a|b)|^restore/trim/image=carried@host$");
}

#define NR_BUILDS 3

static struct {
	char *directory;
	struct lab_build build[NR_BUILDS];
	struct lab lab;
	struct lab_boot boot;
	struct carried *state;
	uint8_t *base; /* the initramfs that all have */
	size_t base_bytes;
} t;

static struct carried *make_state(void)
{
	struct carried *c = calloc(1, sizeof(*c));
	struct xsave_area *area = (void *)c->area;

	assert_non_null(c);
	c->magic = CARRIED_MAGIC;
	c->version = CARRIED_VERSION;
	c->bytes = sizeof(struct kvm_xsave);
	c->saved = area->xstate_bv = 7;
	c->loaded = 7;
	c->guest = 3;
	return c;
}

/* An initramfs is what the engine is given; here a few bytes do. */
static struct lab_image make_image(void)
{
	struct lab_image image = { .kernel = strdup("/nonexistent/kernel") };
	int fd;

	assert_true(asprintf(&image.initramfs, "%s/initramfs", t.directory) > 0);
	fd = open(image.initramfs, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "seven b", 7, 0), 7);
	image.initramfs_lock = fd;
	image.kernel_lock = dup(fd);
	return image;
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.directory = fixture_directory();
	setenv("XDG_CACHE_HOME", t.directory, 1);
	t.lab = (struct lab){ .build = t.build, .nr_builds = NR_BUILDS };
	for (unsigned int i = 0; i < NR_BUILDS; i++) {
		t.build[i].release = strdup("6.1.0");
		t.build[i].image = make_image();
	}
	t.base = fixture_read(t.build[0].image.initramfs, &t.base_bytes);
	t.state = make_state();
	t.boot.saved = (uint8_t *)t.state;
	t.boot.saved_bytes = sizeof(*t.state);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < NR_BUILDS; i++) {
		lab_image_clear(&t.build[i].image);
		fpb_report_clear(&t.build[i].report);
		free(t.build[i].release);
	}
	free(t.lab.carried);
	free(t.state);
	free(t.base);
	fixture_remove(t.directory);
	free(t.directory);
	return 0;
}

/*
 * A file of the archive that was added behind the one that was there, `data` NULL: none is. What was
 * there before is as it was.
 */
static void expect_file(unsigned int build, const char *path, const void *data, size_t bytes)
{
	const size_t begin = (t.base_bytes + 3) & ~(size_t)3;
	size_t whole = 0, found = 0;
	uint8_t *image = fixture_read(t.build[build].image.initramfs, &whole);
	char *text = NULL, *added = NULL;
	FILE *tail;

	assert_memory_equal(image, t.base, t.base_bytes);
	if (whole > t.base_bytes) {
		assert_true(asprintf(&added, "%s/added", t.directory) > 0);
		tail = fopen(added, "wb");
		assert_non_null(tail);
		fwrite(image + begin, 1, whole - begin, tail);
		fclose(tail);
		text = fixture_extract(added, path, &found);
		free(added);
	}
	free(image);
	if (!data) {
		assert_null(text);
		return;
	}
	assert_non_null(text);
	assert_int_equal(found, bytes);
	assert_memory_equal(text, data, bytes);
	free(text);
}

static const char save[] = "--save-state\0/lab/state";

static void test_first_saves(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(lab_carry_prepare(&t.lab, &err), 0);
	expect_file(0, "lab/save", save, sizeof(save));
	expect_file(0, "lab/carried", NULL, 0);
	expect_file(1, "lab/save", NULL, 0);
}

static void test_handed_on(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(lab_carry_hand_on(&t.lab, &t.boot, &err), 0);
	assert_memory_equal(t.lab.carried, t.state, sizeof(*t.state));
	expect_file(0, "lab/carried", NULL, 0);
	for (unsigned int i = 1; i < NR_BUILDS; i++) {
		expect_file(i, "lab/carried", t.state, sizeof(*t.state));
		expect_file(i, "lab/save", save, sizeof(save));
	}
}

/* The machine is untrusted: what is no state goes no further. */
static void test_damaged(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	t.state->magic = 0;
	assert_int_equal(lab_carry_hand_on(&t.lab, &t.boot, &err), 0);
	assert_null(t.lab.carried);
	expect_file(1, "lab/carried", NULL, 0);
	t.boot.saved = NULL;
	assert_int_equal(lab_carry_hand_on(&t.lab, &t.boot, &err), 0);
	assert_null(t.lab.carried);
	expect_file(1, "lab/carried", NULL, 0);
}

static void test_no_room(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	setenv("XDG_CACHE_HOME", "/dev/null", 1);
	assert_true(lab_carry_hand_on(&t.lab, &t.boot, &err) < 0);
	assert_non_null(strstr(err.text, "/dev/null"));
}

static void add_outcome(unsigned int build, json_int_t behaviour, json_int_t answer,
			json_int_t cleared)
{
	struct fpb_observation obs = {
		.name = strdup("restore/trim/image=carried"),
		.substrate = strdup("host"),
		.unit = strdup("insn"),
	};

	assert_int_equal(fpb_observation_add_evidence(&obs, "behaviour", behaviour), 0);
	assert_int_equal(fpb_observation_add_evidence(&obs, "answer", answer), 0);
	assert_int_equal(fpb_observation_add_evidence(&obs, "cleared", cleared), 0);
	assert_int_equal(fpb_observation_add_evidence(&obs, "rfbm", 7), 0);
	assert_int_equal(fpb_report_add_observation(&t.build[build].report, &obs), 0);
}

static void expect_printed(const char *expected)
{
	static const char *const labels[NR_BUILDS] = { "old", "new", "newer" };
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	lab_carry_print(&t.lab, labels, out);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_lines(void **state)
{
	(void)state;
	expect_printed("carried state: none was saved under 1  old\n");
	t.lab.carried = make_state();
	add_outcome(1, 1, 22, 7);
	expect_printed("carried state, saved under 1  old: XSTATE_BV 0x7 of 0x7 loaded; XCR0 of "
		       "the guest 0x3\n"
		       "2  new: rejected by KVM_SET_XSAVE: Invalid argument (errno 22)\n"
		       "3  newer: not offered, see its report\n");
	fpb_report_clear(&t.build[1].report);
	add_outcome(1, 2, 0, 4);
	add_outcome(2, 3, 0, 0);
	expect_printed("carried state, saved under 1  old: XSTATE_BV 0x7 of 0x7 loaded; XCR0 of "
		       "the guest 0x3\n"
		       "2  new: accepted, trimmed of 0x4\n"
		       "3  newer: accepted and kept, 0x7\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_filter),
		cmocka_unit_test_setup_teardown(test_first_saves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_handed_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
