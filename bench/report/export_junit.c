// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "bench/report/escape.h"
#include "bench/report/exports.h"
#include "bench/report/words.h"

/* One case; outcome NULL: it passed. */
struct test_case {
	const char *id, *unit;
	const char *outcome; /* element: "failure", "skipped", "error" */
	const char *type;
	char *words; /* NULL: memory ran out making them */
};

static int print_case(const struct test_case *test, FILE *out)
{
	int ret = test->words ? 0 : -ENOMEM;

	fputs("  <testcase classname=\"fpstate-bench\" name=\"", out);
	ret = ret ? ret : fpb_print_xml(out, test->id);
	fputs(" [", out);
	ret = ret ? ret : fpb_print_xml(out, test->unit);
	fputs("]\" time=\"0\">\n", out);
	if (test->outcome) {
		fprintf(out, "    <%s type=\"%s\" message=\"", test->outcome, test->type);
		ret = ret ? ret : fpb_print_xml(out, test->words);
		fputs("\"/>\n", out);
	} else {
		fputs("    <system-out>", out);
		ret = ret ? ret : fpb_print_xml(out, test->words);
		fputs("</system-out>\n", out);
	}
	fputs("  </testcase>\n", out);
	free(test->words);
	return ret;
}

static int print_metric(const struct fpb_metric *metric, FILE *out)
{
	static const char *const outcomes[] = {
		[FPB_VERDICT_PASS] = NULL,
		[FPB_VERDICT_IMPROVEMENT] = NULL,
		[FPB_VERDICT_REGRESSION] = "failure",
		[FPB_VERDICT_INCONCLUSIVE] = "skipped",
		[FPB_VERDICT_NOT_GATED] = "skipped",
	};
	const enum fpb_verdict verdict = metric->judgement.verdict;
	const struct test_case test = {
		.id = metric->base->id,
		.unit = metric->base->unit,
		.outcome = outcomes[verdict],
		.type = fpb_verdict_name(verdict),
		.words = fpb_words_of_metric(metric),
	};

	return print_case(&test, out);
}

static int print_loss(const struct fpb_lone_row *lost, FILE *out)
{
	const struct test_case test = {
		.id = lost->row->id,
		.unit = lost->row->unit,
		.outcome = lost->is_allowed ? "skipped" : "failure",
		.type = "lost",
		.words = fpb_words_of_loss(lost),
	};

	return print_case(&test, out);
}

static int print_incomparable(const struct fpb_comparison *comparison, FILE *out)
{
	const struct test_case test = {
		.id = "environment",
		.unit = "comparable",
		.outcome = "error",
		.type = "incomparable",
		.words = fpb_words_of_whole(comparison),
	};

	return print_case(&test, out);
}

static int print_properties(const struct fpb_export *export, FILE *out)
{
	const struct fpb_differences *differences = &export->comparison->differences;
	const char *const names[] = { "base", "new" };
	const char *const values[] = { export->base, export->new };
	char text[1024];
	int ret = 0;

	fputs("  <properties>\n", out);
	for (size_t i = 0; i < 2 && !ret; i++) {
		fprintf(out, "    <property name=\"%s\" value=\"", names[i]);
		ret = fpb_print_xml(out, values[i]);
		fputs("\"/>\n", out);
	}
	for (size_t i = 0; i < differences->nr && !ret; i++) {
		fpb_difference_text(&differences->item[i], text, sizeof(text));
		fputs("    <property name=\"environment.", out);
		ret = fpb_print_xml(out, differences->item[i].key);
		fputs("\" value=\"", out);
		ret = ret ? ret : fpb_print_xml(out, text);
		fputs("\"/>\n", out);
	}
	fputs("  </properties>\n", out);
	return ret;
}

int fpb_export_junit(const struct fpb_export *export, FILE *out)
{
	const struct fpb_comparison *comparison = export->comparison;
	const size_t *nr = comparison->nr_verdict;
	const size_t nr_refused = !fpb_comparison_is_comparable(comparison);
	char counts[200];
	int ret;

	snprintf(counts, sizeof(counts),
		 "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\"",
		 comparison->nr_metrics + comparison->nr_lost + nr_refused,
		 nr[FPB_VERDICT_REGRESSION] + comparison->nr_lost_refused, nr_refused,
		 nr[FPB_VERDICT_INCONCLUSIVE] + nr[FPB_VERDICT_NOT_GATED] + comparison->nr_lost -
			 comparison->nr_lost_refused);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites %s>\n"
		" <testsuite name=\"fpstate-bench: %s\" %s>\n",
		counts, fpb_comparison_verdict_name(comparison), counts);
	ret = print_properties(export, out);
	if (!ret && nr_refused)
		ret = print_incomparable(comparison, out);
	for (size_t i = 0; i < comparison->nr_metrics && !ret; i++)
		ret = print_metric(&comparison->metric[i], out);
	for (size_t i = 0; i < comparison->nr_lost && !ret; i++)
		ret = print_loss(&comparison->lost[i], out);
	fputs(" </testsuite>\n</testsuites>\n", out);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
