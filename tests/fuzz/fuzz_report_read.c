// SPDX-License-Identifier: MIT
/* fuzz_report_read.c - the report reader, and all that is done with a report it has accepted. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/compare.h"
#include "bench/report/exports.h"
#include "bench/report/report_read.h"
#include "bench/report/report_write.h"
#include "bench/report/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dumped(const struct fpb_report *report)
{
	json_t *json = fpb_report_to_json(report);
	char *text = json_dumps(json, JSON_REAL_PRECISION(17));

	json_decref(json);
	return text;
}

/* What was accepted must be writable, and come back as the same document. */
static void check_round_trip(const struct fpb_report *report)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_report back;
	char *text = dumped(report), *again;

	if (!text || fpb_report_parse(text, strlen(text), &back, &problem))
		abort();
	again = dumped(&back);
	if (!again || strcmp(text, again) != 0)
		abort();
	free(again);
	free(text);
	fpb_report_clear(&back);
}

static void check_table(const struct fpb_report *report)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || fpb_table_print(report, out, 100))
		abort();
	fclose(out);
	free(text);
}

static void check_exports(const struct fpb_comparison *comparison)
{
	static fpb_exporter *const exporters[] = {
		fpb_export_text,  fpb_export_json,   fpb_export_markdown,
		fpb_export_junit, fpb_export_github,
	};
	const struct fpb_export export = { .comparison = comparison, .base = "a", .new = "b" };

	for (size_t i = 0; i < sizeof(exporters) / sizeof(*exporters); i++) {
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (!out || exporters[i](&export, out))
			abort();
		fclose(out);
		free(text);
	}
}

/* With itself, which is never a regression. */
static void check_comparison(const struct fpb_side *side)
{
	const struct fpb_compare_request request = { .delta = NAN };
	struct fpb_problem problem = { .text = "" };
	struct fpb_comparison comparison;

	if (!fpb_compare(side, side, &request, &comparison, &problem)) {
		if (!fpb_comparison_is_comparable(&comparison) ||
		    comparison.verdict == FPB_VERDICT_REGRESSION)
			abort();
		check_exports(&comparison);
	} else if (!problem.text[0]) {
		abort();
	}
	fpb_comparison_clear(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_side side = { 0 };

	if (fpb_report_parse((const char *)data, size, &side.report, &problem)) {
		if (!problem.text[0])
			abort();
		return 0;
	}
	check_round_trip(&side.report);
	check_table(&side.report);
	if (!fpb_run_values_take(&side.report, &side.values, &problem))
		check_comparison(&side);
	else if (!problem.text[0])
		abort();
	fpb_side_clear(&side);
	return 0;
}
