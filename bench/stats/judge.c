// SPDX-License-Identifier: MIT
#include "bench/stats/judge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bench/stats/holm.h"
#include "bench/stats/permutation.h"
#include "bench/stats/power.h"
#include "bench/stats/summary.h"

/* What is known of a row between its test and its verdict. */
struct state {
	struct fpb_design design;
	double log_ratio, sigma;
	bool is_tested, is_counted; /* has a p; it is one of the metrics of the correction */
};

struct court {
	const struct fpb_contest *contest;
	size_t nr;
	bool is_paired;
	struct fpb_judgement *judgement;
	struct state *state;
	/* Of the design of the row before, which most rows share. */
	struct fpb_permutation *permutation;
	struct fpb_design design;
};

static bool all_equal(const double *values, size_t nr)
{
	for (size_t i = 1; i < nr; i++)
		if (values[i] != values[0])
			return false;
	return true;
}

static bool all_finite(const double *values, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!isfinite(values[i]))
			return false;
	return true;
}

static bool all_positive(const double *values, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (values[i] <= 0)
			return false;
	return true;
}

/* What can be said before it is known how many metrics there are. */
static int open_row(struct court *court, size_t i)
{
	const struct fpb_contest *contest = &court->contest[i];
	struct fpb_judgement *judgement = &court->judgement[i];
	struct state *state = &court->state[i];
	size_t fewer = contest->nr_base < contest->nr_new ? contest->nr_base : contest->nr_new;

	state->design = (struct fpb_design){ .nr_base = contest->nr_base,
					     .nr_new = contest->nr_new,
					     .nr_metrics = 1,
					     .is_paired = court->is_paired };
	if (!fpb_design_is_valid(&state->design) || !all_finite(contest->base, contest->nr_base) ||
	    !all_finite(contest->new, contest->nr_new))
		return -EINVAL;
	*judgement = (struct fpb_judgement){
		.base = fpb_median(contest->base, contest->nr_base),
		.new = fpb_median(contest->new, contest->nr_new),
		.ratio = NAN,
		.ci = { NAN, NAN },
		.p = NAN,
		.p_holm = NAN,
		.delta = contest->delta,
		.verdict = FPB_VERDICT_NOT_GATED,
	};
	if (isnan(judgement->base) || isnan(judgement->new))
		return -ENOMEM;
	judgement->is_exact = contest->is_deterministic &&
			      all_equal(contest->base, contest->nr_base) &&
			      all_equal(contest->new, contest->nr_new);
	if (isnan(judgement->delta))
		judgement->delta = judgement->is_exact ? 0 : fpb_delta(contest->noise_floor, fewer);
	state->is_tested = !judgement->is_exact && all_positive(contest->base, contest->nr_base) &&
			   all_positive(contest->new, contest->nr_new);
	state->is_counted = state->is_tested && contest->is_gated;
	return 0;
}

static void judge_exact(const struct fpb_contest *contest, struct fpb_judgement *judgement)
{
	if (judgement->base > 0)
		judgement->ratio = judgement->new / judgement->base;
	if (contest->is_gated)
		judgement->verdict =
			fpb_judge_exact(judgement->base, judgement->new, judgement->delta);
}

static bool is_same_design(const struct fpb_design *a, const struct fpb_design *b)
{
	return a->nr_base == b->nr_base && a->nr_new == b->nr_new &&
	       a->nr_metrics == b->nr_metrics && a->is_paired == b->is_paired;
}

/* That of the row before, or a new one if this row is of another design. */
static int take_permutation(struct court *court, const struct fpb_design *design)
{
	struct fpb_permutation *permutation;
	int ret;

	if (court->permutation && is_same_design(&court->design, design))
		return 0;
	ret = fpb_permutation_create(&permutation, design);
	fpb_permutation_destroy(court->permutation);
	court->permutation = permutation;
	court->design = *design;
	return ret;
}

static int test_row(struct court *court, size_t i)
{
	const struct fpb_contest *contest = &court->contest[i];
	struct fpb_judgement *judgement = &court->judgement[i];
	struct state *state = &court->state[i];
	struct fpb_test test;
	int ret = take_permutation(court, &state->design);

	if (!ret)
		ret = fpb_permutation_test(court->permutation, contest->base, contest->new, &test);
	if (ret)
		return ret;
	state->log_ratio = test.log_ratio;
	state->sigma = test.sigma;
	judgement->p = test.p;
	judgement->ratio = exp(test.log_ratio);
	judgement->ci.low = exp(test.ci.low);
	judgement->ci.high = exp(test.ci.high);
	if (!isfinite(judgement->ratio) || isinf(judgement->ci.low) || isinf(judgement->ci.high))
		return -ERANGE;
	return 0;
}

/* Holm's correction over the rows that count. */
static int correct(struct court *court, size_t nr_metrics)
{
	double *p = calloc(nr_metrics + 1, sizeof(*p));
	double *adjusted = calloc(nr_metrics + 1, sizeof(*adjusted));
	size_t nr = 0;
	int ret = -ENOMEM;

	if (!p || !adjusted)
		goto out_free;
	for (size_t i = 0; i < court->nr; i++)
		if (court->state[i].is_counted)
			p[nr++] = court->judgement[i].p;
	ret = fpb_holm(p, nr, adjusted);
	if (ret)
		goto out_free;
	nr = 0;
	for (size_t i = 0; i < court->nr; i++)
		if (court->state[i].is_counted)
			court->judgement[i].p_holm = adjusted[nr++];
out_free:
	free(adjusted);
	free(p);
	return ret;
}

static void judge_row(const struct fpb_contest *contest, const struct state *state,
		      struct fpb_judgement *judgement)
{
	size_t fewer = contest->nr_base < contest->nr_new ? contest->nr_base : contest->nr_new;
	struct fpb_grounds grounds = { .can_flag = fpb_can_flag(&state->design),
				       .p_holm = judgement->p_holm,
				       .ratio = judgement->ci,
				       .delta = judgement->delta };
	struct fpb_outlook outlook = { .is_paired = state->design.is_paired,
				       .nr_metrics = state->design.nr_metrics,
				       .log_ratio = state->log_ratio,
				       .sigma = state->sigma,
				       .noise_floor = contest->noise_floor,
				       .delta = contest->delta };
	size_t needed;

	if (contest->is_deterministic && !grounds.can_flag)
		return;
	judgement->verdict = fpb_judge(&grounds);
	if (judgement->verdict != FPB_VERDICT_INCONCLUSIVE)
		return;
	/* At least one more: the estimate may say that these should have been enough. */
	needed = fpb_runs_to_decide(&outlook);
	judgement->runs_needed = needed > fewer ? needed - fewer : 1;
}

static int hear(struct court *court)
{
	size_t nr_metrics = 0;
	int ret = 0;

	for (size_t i = 0; i < court->nr && !ret; i++) {
		ret = open_row(court, i);
		nr_metrics += court->state[i].is_counted;
	}
	for (size_t i = 0; i < court->nr && !ret; i++) {
		if (nr_metrics)
			court->state[i].design.nr_metrics = nr_metrics;
		if (court->state[i].is_tested)
			ret = test_row(court, i);
		else if (court->judgement[i].is_exact)
			judge_exact(&court->contest[i], &court->judgement[i]);
	}
	if (!ret)
		ret = correct(court, nr_metrics);
	for (size_t i = 0; i < court->nr && !ret; i++)
		if (court->state[i].is_counted)
			judge_row(&court->contest[i], &court->state[i], &court->judgement[i]);
	return ret;
}

int fpb_judge_all(const struct fpb_contest *contest, size_t nr, bool is_paired,
		  struct fpb_judgement *judgement)
{
	struct court court = {
		.contest = contest, .nr = nr, .is_paired = is_paired, .judgement = judgement
	};
	int ret;

	if (!nr)
		return 0;
	court.state = calloc(nr, sizeof(*court.state));
	if (!court.state)
		return -ENOMEM;
	ret = hear(&court);
	fpb_permutation_destroy(court.permutation);
	free(court.state);
	return ret;
}
