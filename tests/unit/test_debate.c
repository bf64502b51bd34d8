// SPDX-License-Identifier: MIT
/* test_debate.c - figures of claims from reports made here, and the claims against the registry. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/row.h"
#include "bench/report/debate.h"
#include "bench/report/table.h"
#include "tests/unit/near.h"
#include "tests/unit/report_fixture.h"

#define R0 "guest/ring0"

static const struct fpb_figure *figure_of(const char *name)
{
	for (const struct fpb_claim *claim = fpb_claims; claim->text; claim++) {
		for (const struct fpb_figure *figure = claim->figures; figure->name; figure++) {
			if (!strcmp(figure->name, name))
				return figure;
		}
	}
	fail_msg("no claim has the figure %s", name);
	return NULL;
}

static struct fpb_answer find(const struct fpb_report *report, const char *name)
{
	struct fpb_answer answer;

	assert_int_equal(fpb_figure_find(report, figure_of(name), &answer), 0);
	return answer;
}

static const struct fpb_derived *derived_of(const struct fpb_report *report, const char *name)
{
	for (size_t i = 0; i < report->nr_derived; i++) {
		if (!strcmp(report->derived[i].name, name))
			return &report->derived[i];
	}
	return NULL;
}

static char *debate_of(const struct fpb_report *report)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(fpb_debate_print(report, out), 0);
	fclose(out);
	return text;
}

static void expect_text(const struct fpb_report *report, const char *expected)
{
	char *text = debate_of(report);

	if (!strstr(text, expected))
		fail_msg("expected\n%s\nin\n%s", expected, text);
	free(text);
}

static void add_skip(struct fpb_report *report, const char *name, const char *text)
{
	struct fpb_skip record = { strdup(name), strdup(R0), strdup("cpu-lacks"), strdup(text) };

	assert_int_equal(fpb_report_add_skip(report, &record), 0);
}

static void fail_row(struct fpb_report *report, const char *name)
{
	struct fpb_failure record = { strdup(name), strdup(R0), strdup("no exit was counted"),
				      strdup("") };

	assert_int_equal(fpb_report_add_failure(report, &record), 0);
}

static void add_evidence(struct fpb_report *report, const char *key, json_int_t value)
{
	struct fpb_observation *last = &report->observations[report->nr_observations - 1];

	assert_int_equal(fpb_observation_add_evidence(last, key, value), 0);
}

/* The drift of whole runs, 1000 to 3000, is not in the figure. */
static void a_difference_is_paired_by_run(void **state)
{
	static const double primed[] = { 1025, 2026, 3040 }, unprimed[] = { 1000, 2000, 3000 };
	struct fpb_report report = { .nr_skips = 0 };
	const struct fpb_derived *tax;
	struct fpb_answer answer;

	(void)state;
	for (unsigned int run = 0; run < 3; run++) {
		fixture_observe(&report, 2 - run, "exit/cpuid", R0, "cyc", unprimed[2 - run]);
		fixture_observe(&report, run, "exit/cpuid/xfd=primed", R0, "cyc", primed[run]);
	}
	answer = find(&report, "rdmsr_tax_per_exit");
	assert_true(answer.is_found);
	assert_int_equal(answer.nr_runs, 3);
	assert_near(answer.value, 26, 1e-9);
	assert_near(answer.low, 25, 1e-9);
	assert_near(answer.high, 40, 1e-9);
	assert_string_equal(answer.unit, "cyc");
	answer = find(&report, "rdmsr_tax_ratio");
	assert_near(answer.value, 3040.0 / 3000, 1e-9);
	assert_string_equal(answer.unit, "ratio");

	assert_int_equal(fpb_debate_derive(&report), 0);
	tax = derived_of(&report, "rdmsr_tax_per_exit");
	assert_non_null(tax);
	assert_near(tax->value, 26, 1e-9);
	assert_int_equal(tax->nr_from, 2);
	assert_string_equal(tax->from[0], "exit/cpuid/xfd=primed@guest/ring0");
	assert_string_equal(tax->from[1], "exit/cpuid@guest/ring0");
	expect_text(&report, "    rdmsr_tax_per_exit: 26.00 cyc [25.00, 40.00] = "
			     "exit/cpuid/xfd=primed@guest/ring0 - exit/cpuid@guest/ring0\n");
	fpb_report_clear(&report);
}

/* Of a run that lacks one of the rows nothing is taken. */
static void runs_with_one_row_do_not_count(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };

	(void)state;
	fixture_observe(&report, 0, "exit/cpuid", R0, "cyc", 10);
	fixture_observe(&report, 1, "exit/cpuid/xfd=primed", R0, "cyc", 90);
	assert_false(find(&report, "rdmsr_tax_per_exit").is_found);
	expect_text(&report,
		    "rdmsr_tax_per_exit, rdmsr_tax_ratio: cannot be found here: "
		    "exit/cpuid/xfd=primed@guest/ring0: no run has a figure of both rows\n");
	fixture_observe(&report, 1, "exit/cpuid", R0, "cyc", 70);
	assert_near(find(&report, "rdmsr_tax_per_exit").value, 20, 1e-9);
	assert_int_equal(find(&report, "rdmsr_tax_per_exit").nr_runs, 1);
	fpb_report_clear(&report);
}

static void units_are_not_mixed(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };

	(void)state;
	fixture_observe(&report, 0, "exit/cpuid", R0, "insn", 10);
	fixture_observe(&report, 0, "exit/cpuid/xfd=primed", R0, "cyc", 90);
	assert_false(find(&report, "rdmsr_tax_per_exit").is_found);
	fpb_report_clear(&report);
}

static void a_slope_is_per_byte(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };

	(void)state;
	fixture_observe(&report, 0, "swap/run_immediate/live=avx", "host", "cyc", 400);
	fixture_observe(&report, 0, "swap/run_immediate/live=avx512", "host", "cyc", 1200);
	assert_near(find(&report, "swap_per_avx512_byte").value, 0.5, 1e-9);
	expect_text(&report, "(swap/run_immediate/live=avx512@host - "
			     "swap/run_immediate/live=avx@host) / 1600 bytes\n");
	fpb_report_clear(&report);
}

/* Skip or failure; the same cause once. Rows that a filter left out are no news. */
static void the_reason_stands_where_no_figure_does(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *text;

	(void)state;
	fixture_observe(&report, 0, "exit/cpuid", R0, "cyc", 10);
	add_skip(&report, "exit/cpuid/xfd=primed", "EAX[4] is 0");
	fixture_observe(&report, 0, "exit/invd", R0, "cyc", 10);
	fail_row(&report, "exit/invd/xfd=primed");
	fixture_observe(&report, 0, "nm/cr0ts", R0, "cyc", 10);
	expect_text(&report, "    rdmsr_tax_per_exit, rdmsr_tax_ratio: cannot be found here: "
			     "exit/cpuid/xfd=primed@guest/ring0: cpu-lacks: EAX[4] is 0\n");
	expect_text(&report, "    rdmsr_tax_per_invd: cannot be found here: "
			     "exit/invd/xfd=primed@guest/ring0: failed: no exit was counted\n");
	expect_text(&report, "    nm_cr0ts: 10.00 cyc [10.00, 10.00] = nm/cr0ts@guest/ring0\n");
	assert_false(find(&report, "nm_trap_cost").is_asked);
	text = debate_of(&report);
	assert_null(strstr(text, "nm_trap_cost"));
	free(text);
	assert_int_equal(fpb_debate_derive(&report), 0);
	assert_null(derived_of(&report, "rdmsr_tax_per_exit"));
	assert_non_null(derived_of(&report, "nm_cr0ts"));
	fpb_report_clear(&report);
}

/* "exit/cpuid" shows the guest AMX only where there is AMX to be shown. */
static void a_figure_needs_what_gives_it_its_meaning(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };

	(void)state;
	fixture_observe(&report, 0, "exit/cpuid", R0, "cyc", 10);
	fixture_observe(&report, 0, "exit/cpuid/os=legacy", R0, "cyc", 9);
	add_skip(&report, "exit/cpuid/os=amx_primed", "EAX[4] is 0");
	assert_true(find(&report, "legacy_saves_to_shown").is_asked);
	assert_false(find(&report, "legacy_saves_to_shown").is_found);
	fixture_observe(&report, 0, "exit/cpuid/os=amx_primed", R0, "cyc", 40);
	assert_near(find(&report, "legacy_saves_to_shown").value, 1, 1e-9);
	assert_near(find(&report, "legacy_saves_to_primed").value, 31, 1e-9);
	fpb_report_clear(&report);
}

static void evidence_is_told_in_words(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };

	(void)state;
	fixture_observe(&report, 0, "restore/trim", "host", "cyc", 10);
	add_evidence(&report, "behaviour", 2);
	fixture_observe(&report, 0, "reset/init", "host", "cyc", 10);
	add_evidence(&report, "cleared", 0x18);
	expect_text(&report,
		    "    trim_made: accepted and trimmed = behaviour of restore/trim@host\n");
	expect_text(&report, "    init_clears: 0x18 = cleared of reset/init@host\n");
	fixture_observe(&report, 1, "restore/trim", "host", "cyc", 10);
	add_evidence(&report, "behaviour", 1);
	expect_text(&report, "    trim_made: not the same in every run: 1 to 2 = ");
	/* No figure of cost, so none of `derived`. */
	assert_int_equal(fpb_debate_derive(&report), 0);
	assert_null(derived_of(&report, "trim_made"));
	fpb_report_clear(&report);
}

static void claims_that_were_not_asked_are_left_out(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	char *text;

	(void)state;
	text = debate_of(&report);
	assert_string_equal(text, "");
	free(text);
	fixture_observe(&report, 0, "xgetbv/xinuse", "host", "cyc", 38);
	text = debate_of(&report);
	assert_string_equal(text, "debate:\n"
				  "  XGETBV(1) takes 9 cycles on Skylake, 50 on Zen 3 (Apr 2022)\n"
				  "    xgetbv_host: 38.00 cyc [38.00, 38.00] = xgetbv/xinuse@host\n"
				  "\n");
	free(text);
	fpb_report_clear(&report);
}

/* After more runs the figure is the new one, once; figures of others stay. */
static void figures_are_made_anew(void **state)
{
	struct fpb_report report = { .nr_skips = 0 };
	struct fpb_derived other = { .name = strdup("of others"), .unit = strdup("cyc") };

	(void)state;
	assert_int_equal(fpb_report_add_derived(&report, &other), 0);
	fixture_observe(&report, 0, "xgetbv/xinuse", "host", "cyc", 30);
	assert_int_equal(fpb_debate_derive(&report), 0);
	fixture_observe(&report, 1, "xgetbv/xinuse", "host", "cyc", 50);
	assert_int_equal(fpb_debate_derive(&report), 0);
	assert_int_equal(report.nr_derived, 2);
	assert_string_equal(report.derived[0].name, "of others");
	assert_string_equal(report.derived[1].name, "xgetbv_host");
	assert_near(report.derived[1].value, 40, 1e-9);
	fpb_report_clear(&report);
}

static bool has_name_of_its_own(const struct fpb_figure *figure)
{
	for (const char *c = figure->name; *c; c++) {
		if (!islower(*c) && !isdigit(*c) && *c != '_')
			return false;
	}
	return figure_of(figure->name) == figure;
}

static const char *substrate_of(const char *id)
{
	return id ? strchr(id, '@') : NULL;
}

static void check_row(const struct fpb_rows *rows, const char *id)
{
	if (id && !fpb_rows_find(rows, id))
		fail_msg("a claim names %s, which is no row", id);
}

static void check_figure(const struct fpb_rows *rows, const struct fpb_figure *figure)
{
	const bool has_base = figure->kind == FPB_FIGURE_DIFFERENCE ||
			      figure->kind == FPB_FIGURE_RATIO;

	if (!has_name_of_its_own(figure))
		fail_msg("figure %s", figure->name);
	check_row(rows, figure->row);
	check_row(rows, figure->base);
	check_row(rows, figure->given);
	assert_int_equal(!!figure->base, has_base);
	assert_int_equal(!!figure->key, figure->kind == FPB_FIGURE_EVIDENCE);
	if (has_base && strcmp(substrate_of(figure->row), substrate_of(figure->base)) != 0)
		fail_msg("figure %s is made from rows of two substrates", figure->name);
}

static void claims_name_rows_that_exist(void **state)
{
	struct fpb_rows rows;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(fpb_rows_create(&rows, &err), 0);
	for (const struct fpb_claim *claim = fpb_claims; claim->text; claim++) {
		size_t nr = 0;

		assert_true(claim->text[0] && claim->origin[0]);
		/* One line, and room for the NULL that ends the figures. */
		assert_null(strchr(claim->text, '\n'));
		for (; nr < FPB_CLAIM_FIGURES && claim->figures[nr].name; nr++)
			check_figure(&rows, &claim->figures[nr]);
		assert_true(nr > 0 && nr < FPB_CLAIM_FIGURES);
	}
	fpb_rows_clear(&rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_difference_is_paired_by_run),
		cmocka_unit_test(runs_with_one_row_do_not_count),
		cmocka_unit_test(units_are_not_mixed),
		cmocka_unit_test(a_slope_is_per_byte),
		cmocka_unit_test(the_reason_stands_where_no_figure_does),
		cmocka_unit_test(a_figure_needs_what_gives_it_its_meaning),
		cmocka_unit_test(evidence_is_told_in_words),
		cmocka_unit_test(claims_that_were_not_asked_are_left_out),
		cmocka_unit_test(figures_are_made_anew),
		cmocka_unit_test(claims_name_rows_that_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
