// SPDX-License-Identifier: MIT
#include "bench/stats/permutation.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/relabel.h"
#include "bench/stats/sums.h"

/* Sums per half up to which counting takes less time than drawing 20,000 relabellings. */
#define CHEAP_COUNT 16384

struct fpb_permutation {
	struct fpb_design design;
	struct fpb_relabellings drawn;
	struct fpb_sums *sums; /* NULL: too many to count */
	size_t nr_values;
	double *value;	/* pairs: their differences; else the logs of base, then those of new */
	double *change; /* what leaves the sum of "new" when the value changes its label */
	double margin;	/* sums of values that differ by no more may be equal but for rounding */
	double sum[FPB_BLOCK_RELABELLINGS], typical[FPB_BLOCK_RELABELLINGS];
};

/* As extreme upwards, as extreme downwards, and how many were looked at. */
struct tally {
	double up, down, nr;
};

int fpb_permutation_create(struct fpb_permutation **out, const struct fpb_design *design)
{
	struct fpb_permutation *permutation;
	size_t size = FPB_ANY_SIZE;
	int ret;

	*out = NULL;
	if (!fpb_design_is_valid(design))
		return -EINVAL;
	permutation = calloc(1, sizeof(*permutation));
	if (!permutation)
		return -ENOMEM;
	if (!design->is_paired)
		size = design->nr_new < design->nr_base ? design->nr_new : design->nr_base;
	permutation->design = *design;
	permutation->nr_values = fpb_design_nr_values(design);
	permutation->value = calloc(permutation->nr_values, sizeof(double));
	permutation->change = calloc(permutation->nr_values, sizeof(double));
	ret = permutation->value && permutation->change ? 0 : -ENOMEM;
	if (!ret)
		ret = fpb_relabel_init(&permutation->drawn, design);
	if (!ret && (fpb_design_is_exact(design) ||
		     fpb_sums_cost(permutation->nr_values, size) <= CHEAP_COUNT))
		ret = fpb_sums_create(&permutation->sums, permutation->nr_values, size);
	if (ret) {
		fpb_permutation_destroy(permutation);
		return ret;
	}
	*out = permutation;
	return 0;
}

void fpb_permutation_destroy(struct fpb_permutation *permutation)
{
	if (!permutation)
		return;
	fpb_sums_destroy(permutation->sums);
	fpb_relabel_clear(&permutation->drawn);
	free(permutation->value);
	free(permutation->change);
	free(permutation);
}

static double mean(const double *values, size_t nr)
{
	double sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += values[i];
	return sum / (double)nr;
}

static double squares(const double *values, size_t nr)
{
	double centre = mean(values, nr), sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += (values[i] - centre) * (values[i] - centre);
	return sum;
}

static int take_logs(const double *values, size_t nr, double *out, double *magnitude)
{
	for (size_t i = 0; i < nr; i++) {
		if (!isfinite(values[i]) || values[i] <= 0)
			return -EDOM;
		out[i] = log(values[i]);
		*magnitude += fabs(out[i]);
	}
	return 0;
}

/* Sets value[], change[], margin, and of the test what needs no relabelling. */
static int take_values(struct fpb_permutation *p, const double *base, const double *new,
		       struct fpb_test *test)
{
	size_t nr_base = p->design.nr_base, nr_new = p->design.nr_new;
	double *a = p->value, *b = p->design.is_paired ? p->change : p->value + nr_base;
	double magnitude = 1, origin;

	if (take_logs(base, nr_base, a, &magnitude) || take_logs(new, nr_new, b, &magnitude))
		return -EDOM;
	p->margin = 8 * DBL_EPSILON * magnitude;
	if (p->design.is_paired) {
		for (size_t i = 0; i < nr_base; i++)
			p->change[i] = p->value[i] = b[i] - a[i];
		test->log_ratio = mean(p->value, nr_base);
		test->sigma = sqrt(squares(p->value, nr_base) / (double)(nr_base - 1));
		return 0;
	}
	/* From an origin among them: equal values then sum up to 0 and not to a rounding error. */
	origin = a[0];
	for (size_t i = 0; i < p->nr_values; i++) {
		p->value[i] -= origin;
		p->change[i] = i < nr_base ? -p->value[i] : p->value[i];
	}
	test->log_ratio = mean(b, nr_new) - mean(a, nr_base);
	test->sigma = sqrt(2 * (squares(a, nr_base) + squares(b, nr_new)) /
			   (double)(nr_base + nr_new - 2));
	return 0;
}

static void tally_block(struct fpb_permutation *p, const struct fpb_relabel_block *block,
			struct tally *tally)
{
	size_t up = 0, down = 0;

	for (size_t i = 0; i < block->nr; i++) {
		up += p->sum[i] <= p->margin;
		down += p->sum[i] >= -p->margin;
	}
	tally->up += (double)(up + block->nr_identities);
	tally->down += (double)(down + block->nr_identities);
	tally->nr += (double)(block->nr + block->nr_identities);
}

static double least(const double *values, size_t nr)
{
	double value = values[0];

	for (size_t i = 1; i < nr; i++)
		value = fmin(value, values[i]);
	return value;
}

static double greatest(const double *values, size_t nr)
{
	double value = values[0];

	for (size_t i = 1; i < nr; i++)
		value = fmax(value, values[i]);
	return value;
}

/* Sides that do not overlap: no need to count that nothing goes further apart. */
static bool is_apart(const struct fpb_permutation *p, struct tally *tally)
{
	const double *base = p->value, *new = base + p->design.nr_base;
	size_t nr_base = p->design.nr_base, nr_new = p->design.nr_new;
	double nr = fpb_design_relabellings(&p->design);

	if (p->design.is_paired)
		return false;
	if (least(new, nr_new) > greatest(base, nr_base) + p->margin) {
		*tally = (struct tally){ .up = 1, .down = nr, .nr = nr };
		return true;
	}
	if (least(base, nr_base) > greatest(new, nr_new) + p->margin) {
		*tally = (struct tally){ .up = nr, .down = 1, .nr = nr };
		return true;
	}
	return false;
}

/* Of the subsets that could have been called "new", or "base" where that is the smaller side. */
static struct tally count_all(struct fpb_permutation *p)
{
	const struct fpb_design *design = &p->design;
	double nr = fpb_design_relabellings(design), sum = 0, up_to, from;
	struct tally tally;
	bool is_base = !design->is_paired && design->nr_base < design->nr_new;
	size_t first = design->is_paired || is_base ? 0 : design->nr_base;
	size_t end = is_base ? design->nr_base : p->nr_values;

	if (is_apart(p, &tally))
		return tally;
	for (size_t i = first; i < end; i++)
		sum += p->value[i];
	fpb_sums_set(p->sums, p->value);
	up_to = fpb_sums_up_to(p->sums, sum + p->margin);
	from = nr - fpb_sums_up_to(p->sums, sum - p->margin);
	return (struct tally){ .up = is_base ? up_to : from,
			       .down = is_base ? from : up_to,
			       .nr = nr };
}

static bool is_below_level(const struct tally *tally, double nr)
{
	return 2 * fmin(tally->up, tally->down) / nr < FPB_LEVEL;
}

/* On from the first block, which is in the tally. */
static int draw_more(struct fpb_permutation *p, struct tally *tally)
{
	double nr_wanted = (double)fpb_design_resamples(&p->design) + 1;

	for (size_t i = 1; tally->nr < nr_wanted && is_below_level(tally, nr_wanted); i++) {
		if (i == p->drawn.nr_blocks) {
			int ret = fpb_relabel_extend(&p->drawn);

			if (ret)
				return ret;
		}
		fpb_relabel_sums(&p->drawn, p->drawn.block[i], p->change, p->sum);
		tally_block(p, p->drawn.block[i], tally);
	}
	return 0;
}

static int tally_relabellings(struct fpb_permutation *p, struct fpb_test *test)
{
	/* What happened is as extreme as itself. */
	struct tally tally = { 1, 1, 1 };
	int ret = 0;

	test->is_exact = fpb_design_is_exact(&p->design);
	if (!test->is_exact) {
		tally_block(p, p->drawn.block[0], &tally);
		test->is_exact = p->sums && is_below_level(&tally, tally.nr);
		if (!p->sums && is_below_level(&tally, tally.nr))
			ret = draw_more(p, &tally);
	}
	if (test->is_exact)
		tally = count_all(p);
	test->p_greater = tally.up / tally.nr;
	test->p_less = tally.down / tally.nr;
	test->p = fmin(1, 2 * fmin(test->p_greater, test->p_less));
	return ret;
}

int fpb_permutation_test(struct fpb_permutation *permutation, const double *base, const double *new,
			 struct fpb_test *test)
{
	const struct fpb_relabel_block *block = permutation->drawn.block[0];
	int ret;

	memset(test, 0, sizeof(*test));
	ret = take_values(permutation, base, new, test);
	if (ret)
		return ret;
	fpb_relabel_sums(&permutation->drawn, block, permutation->change, permutation->sum);
	for (size_t i = 0; i < block->nr; i++)
		permutation->typical[i] = permutation->sum[i] * block->share[i];
	test->ci = fpb_interval_from_typical(permutation->typical, block->nr, block->nr_identities);
	return tally_relabellings(permutation, test);
}
