// SPDX-License-Identifier: MIT
/* debate_text.c - the claims and their figures for people. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/report/debate.h"

/* A claim's figures, as found. */
struct answers {
	const struct fpb_claim *claim;
	struct fpb_answer of[FPB_CLAIM_FIGURES];
};

static int find_all(const struct fpb_report *report, struct answers *a, bool *is_asked)
{
	int ret = 0;

	*is_asked = false;
	for (size_t i = 0; a->claim->figures[i].name && !ret; i++) {
		ret = fpb_figure_find(report, &a->claim->figures[i], &a->of[i]);
		*is_asked = *is_asked || a->of[i].is_asked;
	}
	return ret;
}

/* What evidence says in words, or as bits. */
static int print_evidence(const struct fpb_figure *figure, const struct fpb_answer *answer,
			  FILE *out)
{
	const uint64_t number = (uint64_t)answer->value;
	uint64_t nr_words = 0;

	if (answer->low != answer->high)
		return fpb_printf_safe(out, "not the same in every run: %.0f to %.0f", answer->low,
				       answer->high);
	while (figure->words && figure->words[nr_words])
		nr_words++;
	if (number < nr_words)
		return fpb_printf_safe(out, "%s", figure->words[number]);
	return fpb_printf_safe(out, "%#" PRIx64, number);
}

static int print_value(const struct fpb_answer *answer, FILE *out)
{
	char value[32], low[32], high[32];

	fpb_format_value(answer->value, answer->unit, value);
	fpb_format_value(answer->low, answer->unit, low);
	fpb_format_value(answer->high, answer->unit, high);
	return fpb_printf_safe(out, "%s %s [%s, %s]", value, answer->unit, low, high);
}

/* "a@host - b@host", "(a@host - b@host) / 1600 bytes", .. */
static int print_rows(const struct fpb_figure *figure, FILE *out)
{
	switch (figure->kind) {
	case FPB_FIGURE_DIFFERENCE:
		return figure->per ? fpb_printf_safe(out, "(%s - %s) / %u bytes", figure->row,
						     figure->base, figure->per)
				   : fpb_printf_safe(out, "%s - %s", figure->row, figure->base);
	case FPB_FIGURE_RATIO:
		return fpb_printf_safe(out, "%s / %s", figure->row, figure->base);
	case FPB_FIGURE_EVIDENCE:
		return fpb_printf_safe(out, "%s of %s", figure->key, figure->row);
	case FPB_FIGURE_VALUE:
	default:
		return fpb_printf_safe(out, "%s", figure->row);
	}
}

static int print_found(const struct fpb_figure *figure, const struct fpb_answer *answer, FILE *out)
{
	int ret = fpb_printf_safe(out, "    %s: ", figure->name);

	if (!ret)
		ret = figure->kind == FPB_FIGURE_EVIDENCE ? print_evidence(figure, answer, out)
							  : print_value(answer, out);
	fputs(" = ", out);
	ret = ret ? ret : print_rows(figure, out);
	fputc('\n', out);
	return ret;
}

static bool is_missing(const struct fpb_answer *answer)
{
	return answer->is_asked && !answer->is_found;
}

static bool has_same_cause(const struct fpb_answer *a, const struct fpb_answer *b)
{
	return !strcmp(a->obstacle.reason, b->obstacle.reason) &&
	       !strcmp(a->obstacle.text, b->obstacle.text);
}

static bool was_named(const struct answers *a, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (is_missing(&a->of[k]) && has_same_cause(&a->of[k], &a->of[i]))
			return true;
	}
	return false;
}

/* Figure i and those after it that lack the same, with the reason once. */
static int print_missing(const struct answers *a, size_t i, FILE *out)
{
	const struct fpb_obstacle *obstacle = &a->of[i].obstacle;
	const char *separator = "    ";
	int ret;

	for (size_t k = i; a->claim->figures[k].name; k++) {
		if (!is_missing(&a->of[k]) || !has_same_cause(&a->of[k], &a->of[i]))
			continue;
		fprintf(out, "%s%s", separator, a->claim->figures[k].name);
		separator = ", ";
	}
	fputs(": cannot be found here: ", out);
	ret = fpb_printf_safe(out, "%s: %s%s%s", obstacle->row, obstacle->reason,
			      obstacle->reason[0] ? ": " : "", obstacle->text);
	fputc('\n', out);
	return ret;
}

static int print_claim(const struct answers *a, FILE *out)
{
	int ret = fpb_printf_safe(out, "  %s (%s)", a->claim->text, a->claim->origin);

	fputc('\n', out);
	for (size_t i = 0; a->claim->figures[i].name && !ret; i++) {
		if (a->of[i].is_asked && a->of[i].is_found)
			ret = print_found(&a->claim->figures[i], &a->of[i], out);
	}
	for (size_t i = 0; a->claim->figures[i].name && !ret; i++) {
		if (is_missing(&a->of[i]) && !was_named(a, i))
			ret = print_missing(a, i, out);
	}
	return ret;
}

/* What must be known to read the figures right. */
static void print_title(const struct fpb_report *report, FILE *out)
{
	const char *backend =
		json_string_value(json_object_get(report->environment, "kvm_backend"));

	fputs("debate:\n", out);
	if (backend && !strcmp(backend, "kvm_pvm"))
		fputs("  (kvm_pvm interprets CPL 0: figures of guest/ring0 are its interpreter's)\n",
		      out);
}

int fpb_debate_print(const struct fpb_report *report, FILE *out)
{
	bool has_title = false;
	int ret = 0;

	for (const struct fpb_claim *claim = fpb_claims; claim->text && !ret; claim++) {
		struct answers answers = { .claim = claim };
		bool is_asked;

		ret = find_all(report, &answers, &is_asked);
		if (ret || !is_asked)
			continue;
		if (!has_title)
			print_title(report, out);
		has_title = true;
		ret = print_claim(&answers, out);
	}
	if (has_title)
		fputc('\n', out);
	return ret;
}

static void print_markdown_figure(const struct fpb_figure *figure, FILE *out)
{
	fprintf(out, "| `%s` | ", figure->name);
	switch (figure->kind) {
	case FPB_FIGURE_DIFFERENCE:
		fprintf(out, figure->per ? "(`%s` - `%s`) / " : "`%s` - `%s`", figure->row,
			figure->base);
		if (figure->per)
			fprintf(out, "%u bytes", figure->per);
		break;
	case FPB_FIGURE_RATIO:
		fprintf(out, "`%s` / `%s`", figure->row, figure->base);
		break;
	case FPB_FIGURE_EVIDENCE:
		fprintf(out, "evidence `%s` of `%s`", figure->key, figure->row);
		break;
	case FPB_FIGURE_VALUE:
		fprintf(out, "`%s`", figure->row);
		break;
	}
	if (figure->given)
		fprintf(out, ", where `%s` runs", figure->given);
	fputs(" |\n", out);
}

void fpb_debate_print_markdown(FILE *out)
{
	for (const struct fpb_claim *claim = fpb_claims; claim->text; claim++) {
		fprintf(out, "%s### %s\n\n%s.\n\n| figure | made from |\n|---|---|\n",
			claim == fpb_claims ? "" : "\n", claim->text, claim->origin);
		for (const struct fpb_figure *figure = claim->figures; figure->name; figure++)
			print_markdown_figure(figure, out);
	}
}
