// SPDX-License-Identifier: MIT
/* What a machine can run: sent as JSON and back, and why a row cannot run. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/capabilities.h"

/* Something in every field, no two fields alike. */
static void fill(struct fpb_capabilities *caps)
{
	*caps = (struct fpb_capabilities){
		.is_amd = true,
		.counts_instructions = true,
		.decodes_exits = true,
		.always_in_use = 0xe7,
		.tsc_step = 26,
	};
	for (uint32_t s = 0; s < FPB_NR_SUBSTRATES; s++) {
		struct fpb_capability *c = &caps->on[s];

		c->have = FPB_NEED_XSAVE << s | FPB_NEED_KVM;
		c->counted = FPB_NEED_PIO_EXIT >> s;
		c->switched = FPB_SWITCHED_XCR0 << s;
		c->has_rdtscp = s != 1;
		c->xfeatures = 0xe7 + s;
		fpb_lack_set(c, FPB_NEED_AVX512, "cpu-lacks", "XCR0 bits %#x on %s", 0xe6,
			     fpb_substrate_name(s));
	}
	fpb_lack_set(&caps->on[FPB_HOST], FPB_NEED_PMU, "no-pmu",
		     "\"quoted\", \\, \t and \303\244");
	caps->on[FPB_GUEST_RING0].xfeatures = 1ull << 63 | 1;
	for (uint32_t i = 0; i < ABI_NR_XSTATE; i++)
		caps->xstate[i] = (struct abi_xstate){ 64 * i, 8 * i };
}

static void check_same(const struct fpb_capabilities *a, const struct fpb_capabilities *b)
{
	assert_int_equal(a->is_amd, b->is_amd);
	assert_int_equal(a->counts_instructions, b->counts_instructions);
	assert_int_equal(a->decodes_exits, b->decodes_exits);
	assert_true(a->always_in_use == b->always_in_use);
	assert_int_equal(a->tsc_step, b->tsc_step);
	assert_memory_equal(a->xstate, b->xstate, sizeof(a->xstate));
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		const struct fpb_capability *c = &a->on[s], *d = &b->on[s];

		assert_int_equal(c->have, d->have);
		assert_int_equal(c->counted, d->counted);
		assert_int_equal(c->switched, d->switched);
		assert_int_equal(c->has_rdtscp, d->has_rdtscp);
		assert_true(c->xfeatures == d->xfeatures);
		for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
			assert_string_equal(c->lack[i].reason, d->lack[i].reason);
			assert_string_equal(c->lack[i].text, d->lack[i].text);
		}
	}
}

static void test_round_trip(void **state)
{
	struct fpb_capabilities before, after;
	struct fpb_err err = { 0 };
	json_t *json, *parsed, *again;
	char *text;

	(void)state;
	fill(&before);
	json = fpb_capabilities_to_json(&before);
	assert_non_null(json);
	/* As it travels: through text. */
	text = json_dumps(json, JSON_COMPACT);
	assert_non_null(text);
	assert_null(strchr(text, '\n'));
	parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(parsed);
	memset(&after, 0xff, sizeof(after));
	assert_int_equal(fpb_capabilities_from_json(parsed, &after, &err), 0);
	check_same(&before, &after);
	again = fpb_capabilities_to_json(&after);
	assert_true(json_equal(json, again));
	json_decref(again);
	json_decref(parsed);
	json_decref(json);
	free(text);
}

/* to_json's document after `damage`, which must make it unreadable. */
static void check_refused(void (*damage)(json_t *json), const char *what)
{
	struct fpb_capabilities caps;
	struct fpb_err err = { 0 };
	json_t *json;
	int ret;

	fill(&caps);
	json = fpb_capabilities_to_json(&caps);
	assert_non_null(json);
	damage(json);
	ret = fpb_capabilities_from_json(json, &caps, &err);
	json_decref(json);
	if (ret != -EPROTO || err.code != -EPROTO)
		fail_msg("%s: %d, expected -EPROTO", what, ret);
	assert_non_null(strstr(err.text, "probe"));
}

static json_t *on(json_t *json, size_t substrate)
{
	return json_array_get(json_object_get(json, "on"), substrate);
}

static void drop_on(json_t *json)
{
	json_object_del(json, "on");
}

static void drop_xstate(json_t *json)
{
	json_object_del(json, "xstate");
}

static void drop_is_amd(json_t *json)
{
	json_object_del(json, "is_amd");
}

static void text_for_step(json_t *json)
{
	json_object_set_new(json, "tsc_step", json_string("26"));
}

static void negative_step(json_t *json)
{
	json_object_set_new(json, "tsc_step", json_integer(-1));
}

static void number_for_bool(json_t *json)
{
	json_object_set_new(json, "is_amd", json_integer(1));
}

static void two_substrates(json_t *json)
{
	json_array_remove(json_object_get(json, "on"), 2);
}

static void four_substrates(json_t *json)
{
	json_array_append(json_object_get(json, "on"), on(json, 0));
}

static void object_for_substrates(json_t *json)
{
	json_object_set_new(json, "on", json_object());
}

static void no_have(json_t *json)
{
	json_object_del(on(json, 2), "have");
}

static void real_have(json_t *json)
{
	json_object_set_new(on(json, 1), "have", json_real(3));
}

static void no_lack(json_t *json)
{
	json_object_del(on(json, 0), "lack");
}

static void text_for_substrate(json_t *json)
{
	json_array_set_new(json_object_get(json, "on"), 1, json_string("guest/ring0"));
}

static void short_xstate(json_t *json)
{
	json_array_remove(json_object_get(json, "xstate"), 0);
}

static void xstate_pair_of_text(json_t *json)
{
	json_array_set_new(json_object_get(json, "xstate"), 2, json_pack("[s,s]", "576", "256"));
}

static void xstate_of_one(json_t *json)
{
	json_array_set_new(json_object_get(json, "xstate"), 2, json_pack("[i]", 576));
}

/* What follows would let a worker write behind its buffers. */
static void xstate_beyond_area(json_t *json)
{
	json_array_set_new(json_object_get(json, "xstate"), 2, json_pack("[i,i]", 16000, 1000));
}

static void lack_of_number(json_t *json)
{
	json_object_set_new(json_object_get(on(json, 0), "lack"), "avx512", json_integer(5));
}

#define REFUSED(damage) check_refused(damage, #damage)

static void test_malformed(void **state)
{
	(void)state;
	REFUSED(drop_on);
	REFUSED(drop_xstate);
	REFUSED(drop_is_amd);
	REFUSED(text_for_step);
	REFUSED(number_for_bool);
	REFUSED(two_substrates);
	REFUSED(four_substrates);
	REFUSED(object_for_substrates);
	REFUSED(no_have);
	REFUSED(real_have);
	REFUSED(no_lack);
	REFUSED(text_for_substrate);
	REFUSED(short_xstate);
}

static void test_out_of_range(void **state)
{
	(void)state;
	REFUSED(negative_step);
	REFUSED(xstate_pair_of_text);
	REFUSED(xstate_of_one);
	REFUSED(xstate_beyond_area);
	REFUSED(lack_of_number);
}

static void test_no_object(void **state)
{
	struct fpb_capabilities caps;
	struct fpb_err err = { 0 };
	json_t *array = json_array();

	(void)state;
	assert_int_equal(fpb_capabilities_from_json(NULL, &caps, &err), -EPROTO);
	assert_int_equal(fpb_capabilities_from_json(array, &caps, &err), -EPROTO);
	json_decref(array);
}

static void test_lack_keeps_the_first(void **state)
{
	struct fpb_capability c = { .have = FPB_NEED_AVX | FPB_NEED_XSAVE };
	struct fpb_lack *lack = &c.lack[__builtin_ctzll(FPB_NEED_AVX)];

	(void)state;
	fpb_lack_set(&c, FPB_NEED_AVX, "os-lacks", "XCR0 read %#x", 3);
	assert_int_equal(c.have, FPB_NEED_XSAVE);
	assert_string_equal(lack->reason, "os-lacks");
	assert_string_equal(lack->text, "XCR0 read 0x3");

	c.have |= FPB_NEED_AVX;
	fpb_lack_set(&c, FPB_NEED_AVX, "kvm-lacks", "something else");
	assert_int_equal(c.have, FPB_NEED_XSAVE);
	assert_string_equal(lack->reason, "os-lacks");
	assert_string_equal(lack->text, "XCR0 read 0x3");
	for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
		if (&c.lack[i] != lack)
			assert_string_equal(c.lack[i].reason, "");
	}
}

static void test_lack_is_cut(void **state)
{
	struct fpb_capability c = { 0 };
	const struct fpb_lack *lack = &c.lack[0];
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	fpb_lack_set(&c, FPB_NEED_KVM, "backend-cannot", "%s", text);
	assert_string_equal(lack->reason, "backend-cannot");
	assert_int_equal(strlen(lack->text), sizeof(lack->text) - 1);
	assert_string_equal(c.lack[1].reason, "");
}

static void test_row_lack(void **state)
{
	struct fpb_capabilities caps = { 0 };
	struct fpb_row row = { .substrate = FPB_GUEST_RING3 };
	struct fpb_capability *c = &caps.on[FPB_GUEST_RING3];

	(void)state;
	/* The other substrates' abilities count for nothing. */
	caps.on[FPB_HOST].have = caps.on[FPB_GUEST_RING0].have = ~0u;
	assert_null(fpb_row_lack(&caps, &row));
	c->have = FPB_NEED_KVM | FPB_NEED_XSAVE | FPB_NEED_AVX | FPB_NEED_PIO_EXIT;
	row.needs = c->have;
	assert_null(fpb_row_lack(&caps, &row));
	fpb_lack_set(c, FPB_NEED_PIO_EXIT, "backend-cannot", "later");
	fpb_lack_set(c, FPB_NEED_XSAVE, "kvm-lacks", "first");
	fpb_lack_set(c, FPB_NEED_AVX512, "cpu-lacks", "processor");
	assert_string_equal(fpb_row_lack(&caps, &row)->text, "first");
	assert_string_equal(fpb_row_lack(&caps, &row)->reason, "kvm-lacks");
	row.needs = FPB_NEED_PIO_EXIT | FPB_NEED_KVM;
	assert_string_equal(fpb_row_lack(&caps, &row)->text, "later");
	row.needs = FPB_NEED_KVM;
	assert_null(fpb_row_lack(&caps, &row));
	/* The processor's lack comes first: to mend the other would not help. */
	row.needs = FPB_NEED_XSAVE | FPB_NEED_AVX512 | FPB_NEED_PIO_EXIT;
	assert_string_equal(fpb_row_lack(&caps, &row)->text, "processor");
}

static void test_need_names(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FPB_NR_NEEDS; i++) {
		assert_non_null(fpb_need_name(1ull << i));
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(fpb_need_name(1ull << i), fpb_need_name(1ull << j));
	}
	assert_string_equal(fpb_need_name(FPB_NEED_KVM), "kvm");
	assert_string_equal(fpb_need_name(FPB_NEED_XSAVES), "xsaves");
	assert_string_equal(fpb_need_name(FPB_NEED_PMU), "pmu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_no_object),
		cmocka_unit_test(test_lack_keeps_the_first),
		cmocka_unit_test(test_lack_is_cut),
		cmocka_unit_test(test_row_lack),
		cmocka_unit_test(test_need_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
