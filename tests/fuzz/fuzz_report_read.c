// SPDX-License-Identifier: MIT
/*
 * fuzz_report_read.c - libFuzzer over the report reader, and what is done with an accepted report.
 *
 *	cmake -B build-fuzz -DCMAKE_C_COMPILER=clang -DFPB_FUZZ=ON
 *	cmake --build build-fuzz --target fuzz_report_read
 *	build-fuzz/fuzz_report_read -max_len=65536 tests/fixtures/reports
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void table_to_nowhere(const struct fpb_report *report)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || fpb_table_print(report, out, 100))
		abort();
	fclose(out);
	free(text);
}

/* What was accepted must be writable, and come back as the same document. */
static void check_accepted(const struct fpb_report *report)
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
	table_to_nowhere(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_report report;

	if (fpb_report_parse((const char *)data, size, &report, &problem)) {
		if (!problem.text[0])
			abort();
		return 0;
	}
	check_accepted(&report);
	fpb_report_clear(&report);
	return 0;
}
