// SPDX-License-Identifier: MIT
#include "bench/report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/compare_priv.h"
#include "bench/stats/power.h"

static int check_filter(const struct fpb_comparing *c)
{
	const struct fpb_pattern *filter = c->request->filter;
	int ret = filter ? fpb_side_matches(c->base, filter) : 1;

	if (!ret)
		ret = fpb_side_matches(c->new, filter);
	if (ret)
		return ret < 0 ? no_memory(c) : 0;
	return fpb_problem_set(c->problem, ENOENT, "--filter",
			       "'%s' matches no row of either report", filter->text);
}

static int compare_environments(const struct fpb_comparing *c)
{
	const struct fpb_difference_request request = {
		.rule = FPB_RULE_COMPARE,
		.allowed_keys = c->request->allowed_keys,
	};

	if (fpb_report_diff(&c->base->report, &c->new->report, &request, &c->out->differences))
		return no_memory(c);
	return 0;
}

static bool are_paired(const struct fpb_report_plan *base, const struct fpb_report_plan *new)
{
	return !strcmp(base->session, new->session) && !strcmp(base->order, "abba") &&
	       !strcmp(new->order, "abba");
}

static int allocate(struct fpb_comparing *c)
{
	const size_t nr_base = c->base->values.nr, nr_new = c->new->values.nr;
	const size_t nr_common = nr_base < nr_new ? nr_base : nr_new;
	size_t nr_values = 0;

	for (size_t i = 0; i < nr_base; i++)
		nr_values += c->base->values.row[i].nr;
	for (size_t i = 0; i < nr_new; i++)
		nr_values += c->new->values.row[i].nr;
	/* One more each: none is no reason for a null pointer. */
	c->out->metric = calloc(nr_common + 1, sizeof(*c->out->metric));
	c->out->lost = calloc(nr_base + 1, sizeof(*c->out->lost));
	c->out->gained = calloc(nr_new + 1, sizeof(*c->out->gained));
	c->value = calloc(nr_values + 1, sizeof(*c->value));
	c->contest = calloc(nr_common + 1, sizeof(*c->contest));
	c->judgement = calloc(nr_common + 1, sizeof(*c->judgement));
	c->metric = calloc(nr_common + 1, sizeof(*c->metric));
	if (c->out->metric && c->out->lost && c->out->gained && c->value && c->contest &&
	    c->judgement && c->metric)
		return 0;
	return no_memory(c);
}

static int judge(struct fpb_comparing *c)
{
	size_t nr_judged = 1;
	int ret = fpb_judge_all(c->contest, c->nr_contests, c->out->is_paired, c->judgement);

	if (ret == -ENOMEM)
		return no_memory(c);
	if (ret)
		return fpb_problem_set(c->problem, EINVAL, "fpstate_bench.observations",
				       "a row of these reports has values too far apart to be "
				       "compared: %s",
				       strerror(-ret));
	for (size_t i = 0; i < c->nr_contests; i++) {
		c->out->metric[c->metric[i]].judgement = c->judgement[i];
		nr_judged += !isnan(c->judgement[i].p_holm);
	}
	for (size_t i = 0; i < c->out->nr_metrics; i++) {
		struct fpb_metric *metric = &c->out->metric[i];

		if (!metric->nr_base && metric->is_gated)
			metric->judgement.runs_needed = fpb_runs_to_flag(true, nr_judged);
	}
	return 0;
}

static int compare_metrics(const void *a, const void *b)
{
	static const int rank[] = {
		[FPB_VERDICT_REGRESSION] = 0,  [FPB_VERDICT_INCONCLUSIVE] = 1,
		[FPB_VERDICT_IMPROVEMENT] = 2, [FPB_VERDICT_PASS] = 3,
		[FPB_VERDICT_NOT_GATED] = 4,
	};
	const struct fpb_metric *x = a, *y = b;
	int order = rank[x->judgement.verdict] - rank[y->judgement.verdict];

	if (!order && x->judgement.verdict == FPB_VERDICT_REGRESSION)
		order = (x->judgement.ratio < y->judgement.ratio) -
			(x->judgement.ratio > y->judgement.ratio);
	return order ? order : fpb_value_row_compare(x->base, y->base);
}

static void sum_up(struct fpb_comparison *out)
{
	const size_t *nr = out->nr_verdict;

	qsort(out->metric, out->nr_metrics, sizeof(*out->metric), compare_metrics);
	for (size_t i = 0; i < out->nr_metrics; i++)
		out->nr_verdict[out->metric[i].judgement.verdict]++;
	if (nr[FPB_VERDICT_REGRESSION] || out->nr_lost_refused)
		out->verdict = FPB_VERDICT_REGRESSION;
	else if (nr[FPB_VERDICT_INCONCLUSIVE] || nr[FPB_VERDICT_NOT_GATED] == out->nr_metrics)
		out->verdict = FPB_VERDICT_INCONCLUSIVE;
	else if (nr[FPB_VERDICT_IMPROVEMENT])
		out->verdict = FPB_VERDICT_IMPROVEMENT;
	else
		out->verdict = FPB_VERDICT_PASS;
}

static int compare_rows(struct fpb_comparing *c)
{
	int ret = allocate(c);

	ret = ret ? ret : fpb_compare_join(c);
	ret = ret ? ret : judge(c);
	if (!ret)
		sum_up(c->out);
	free(c->value);
	free(c->contest);
	free(c->judgement);
	free(c->metric);
	return ret;
}

int fpb_compare(const struct fpb_side *base, const struct fpb_side *new,
		const struct fpb_compare_request *request, struct fpb_comparison *out,
		struct fpb_problem *problem)
{
	struct fpb_comparing c = {
		.base = base, .new = new, .request = request, .out = out, .problem = problem
	};
	int ret = check_filter(&c);

	*out = (struct fpb_comparison){ 0 };
	ret = ret ? ret : compare_environments(&c);
	if (ret || !fpb_comparison_is_comparable(out))
		return ret;
	out->is_paired = are_paired(&base->report.plan, &new->report.plan);
	return compare_rows(&c);
}
