// SPDX-License-Identifier: MIT
/* list.c - every row, whether it can run here, and why not. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cli/commands.h"
#include "bench/cli/exit_code.h"
#include "bench/core/worker.h"
#include "bench/report/debate.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_CLAIMS };

struct options {
	const char *filter;
	enum format format;
};

enum { KEY_JSON = 256, KEY_MARKDOWN, KEY_CLAIMS };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'f':
		o->filter = arg;
		return 0;
	case KEY_JSON:
		o->format = FORMAT_JSON;
		return 0;
	case KEY_MARKDOWN:
		o->format = FORMAT_MARKDOWN;
		return 0;
	case KEY_CLAIMS:
		o->format = FORMAT_CLAIMS;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': list takes no operands", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *needs_to_json(const struct fpb_row *row)
{
	json_t *needs = json_array();

	for (uint64_t rest = row->needs; rest; rest &= rest - 1)
		json_array_append_new(needs, json_string(fpb_need_name(rest & -rest)));
	return needs;
}

static json_t *row_to_json(const struct fpb_row *row, const struct fpb_capabilities *caps)
{
	const struct fpb_lack *lack = fpb_row_lack(caps, row);

	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:b,s:b,s:s}", "name", row->name, "title",
			 row->bench->title, "substrate", fpb_substrate_name(row->substrate), "unit",
			 fpb_row_unit(row, caps->counts_instructions), "needs", needs_to_json(row),
			 "gate", row->gate, "available", !lack, "reason", lack ? lack->text : "");
}

static int print_json(const struct fpb_rows *rows, const struct fpb_capabilities *caps)
{
	json_t *array = json_array();
	int ret;

	for (size_t i = 0; i < rows->nr; i++)
		json_array_append_new(array, row_to_json(&rows->row[i], caps));
	ret = json_dumpf(array, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(array);
	return ret;
}

static void print_needs(const struct fpb_row *row, const char *separator)
{
	const char *before = "";

	for (uint64_t rest = row->needs; rest; rest &= rest - 1) {
		printf("%s%s", before, fpb_need_name(rest & -rest));
		before = separator;
	}
}

/* Nothing of this machine in it: docs/benchmarks.md is this table. */
static void print_markdown(const struct fpb_rows *rows)
{
	puts("| row | substrate | needs | gate | measures |\n|---|---|---|---|---|");
	for (size_t i = 0; i < rows->nr; i++) {
		const struct fpb_row *row = &rows->row[i];

		printf("| `%s` | %s | ", row->name, fpb_substrate_name(row->substrate));
		print_needs(row, " ");
		printf(" | %s | %s |\n", row->gate ? "yes" : "", row->bench->title);
	}
}

static void print_text(const struct fpb_rows *rows, const struct fpb_capabilities *caps)
{
	size_t nr_available = 0;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct fpb_row *row = &rows->row[i];
		const struct fpb_lack *lack = fpb_row_lack(caps, row);

		nr_available += !lack;
		printf("%-40s %-12s %s%s%s\n", row->name, fpb_substrate_name(row->substrate),
		       lack ? lack->reason : "available", lack ? ": " : "", lack ? lack->text : "");
	}
	printf("%zu row%s, %zu available here\n", rows->nr, rows->nr == 1 ? "" : "s", nr_available);
}

int command_list(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches", 0 },
		{ "json", KEY_JSON, NULL, 0, "As a JSON array", 0 },
		{ "markdown", KEY_MARKDOWN, NULL, 0, "As a table for documents", 0 },
		{ "claims", KEY_CLAIMS, NULL, 0,
		  "Instead: the claims of the debate, and the rows that answer them, as Markdown",
		  0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Lists every row: name, substrate, needs, whether it can run here and why not.",
	};
	struct options o = { 0 };
	struct fpb_capabilities caps;
	struct fpb_rows rows;
	struct fpb_err err = { 0 };
	enum exit_code code = EXIT_FINE;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (fpb_rows_create(&rows, &err))
		return report_err(&err, EXIT_UNFIT);
	if (fpb_rows_filter(&rows, o.filter, &err))
		code = report_usage(&err);
	else if (o.format == FORMAT_CLAIMS)
		fpb_debate_print_markdown(stdout);
	else if (o.format == FORMAT_MARKDOWN)
		print_markdown(&rows);
	else if (fpb_probe_in_child(&caps, &err))
		code = report_err(&err, EXIT_UNFIT);
	else if (o.format == FORMAT_JSON)
		code = print_json(&rows, &caps) ? EXIT_UNFIT : EXIT_FINE;
	else
		print_text(&rows, &caps);
	fpb_rows_clear(&rows);
	return code;
}
