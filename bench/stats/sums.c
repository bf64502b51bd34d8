// SPDX-License-Identifier: MIT
#include "bench/stats/sums.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The sums of one half, a list per number of members; or one list for all, when any will do. */
struct half {
	size_t nr_values, nr_lists;
	size_t *nr;   /* sums per list */
	double **sum; /* sum[list]: ascending */
	double **spare;
};

struct fpb_sums {
	size_t size;
	struct half half[2];
};

/* Sums in list `members` once all of `nr_values` are in. */
static double list_capacity(size_t nr_values, size_t size, size_t members)
{
	double product = 1;

	if (size == FPB_ANY_SIZE)
		return exp2((double)nr_values);
	for (size_t i = 1; i <= members; i++)
		product = product * (double)(nr_values - members + i) / (double)i;
	return product;
}

static size_t list_count(size_t nr_values, size_t size)
{
	if (size == FPB_ANY_SIZE)
		return 1;
	return (size < nr_values ? size : nr_values) + 1;
}

double fpb_sums_cost(size_t nr_values, size_t size)
{
	size_t larger = nr_values - nr_values / 2;
	size_t nr_lists = list_count(larger, size);
	double total = 0;

	for (size_t i = 0; i < nr_lists && isfinite(total); i++)
		total += list_capacity(larger, size, i);
	return total;
}

static void half_clear(struct half *half)
{
	for (size_t i = 0; i < half->nr_lists; i++) {
		if (half->sum)
			free(half->sum[i]);
		if (half->spare)
			free(half->spare[i]);
	}
	free(half->sum);
	free(half->spare);
	free(half->nr);
}

static int half_init(struct half *half, size_t nr_values, size_t size)
{
	half->nr_values = nr_values;
	half->nr_lists = list_count(nr_values, size);
	half->nr = calloc(half->nr_lists, sizeof(*half->nr));
	half->sum = calloc(half->nr_lists, sizeof(*half->sum));
	half->spare = calloc(half->nr_lists, sizeof(*half->spare));
	if (!half->nr || !half->sum || !half->spare)
		return -ENOMEM;
	for (size_t i = 0; i < half->nr_lists; i++) {
		double capacity = list_capacity(nr_values, size, i);

		if (capacity > (double)(SIZE_MAX / sizeof(double) / 2))
			return -ENOMEM;
		half->sum[i] = calloc((size_t)capacity, sizeof(double));
		half->spare[i] = calloc((size_t)capacity, sizeof(double));
		if (!half->sum[i] || !half->spare[i])
			return -ENOMEM;
	}
	return 0;
}

int fpb_sums_create(struct fpb_sums **out, size_t nr_values, size_t size)
{
	struct fpb_sums *sums = calloc(1, sizeof(*sums));
	int ret;

	*out = NULL;
	if (!sums)
		return -ENOMEM;
	sums->size = size;
	ret = half_init(&sums->half[0], nr_values / 2, size);
	if (!ret)
		ret = half_init(&sums->half[1], nr_values - nr_values / 2, size);
	if (ret) {
		fpb_sums_destroy(sums);
		return ret;
	}
	*out = sums;
	return 0;
}

void fpb_sums_destroy(struct fpb_sums *sums)
{
	if (!sums)
		return;
	half_clear(&sums->half[0]);
	half_clear(&sums->half[1]);
	free(sums);
}

/* Merges a and b + shift, both ascending. */
static size_t merge(const double *a, size_t nr_a, const double *b, size_t nr_b, double shift,
		    double *out)
{
	size_t i = 0, j = 0;

	while (i < nr_a && j < nr_b) {
		double x = a[i], y = b[j] + shift;
		/* No branch on the values: nobody could predict it. */
		out[i + j] = x < y ? x : y;
		j += y <= x;
		i += x < y;
	}
	for (; i < nr_a; i++)
		out[i + j] = a[i];
	for (; j < nr_b; j++)
		out[i + j] = b[j] + shift;
	return i + j;
}

/* With one more value: the subsets without it, and those with it, one member larger. */
static void add_value(struct half *half, double value, size_t size)
{
	/* Downwards: a list is made of the list below it, as that was before. */
	for (size_t i = half->nr_lists; i-- > 0;) {
		size_t below = size == FPB_ANY_SIZE ? i : i - 1;
		double *list = half->sum[i];

		if (size != FPB_ANY_SIZE && !i)
			break; /* no member: one empty subset, its sum 0 */
		half->nr[i] = merge(list, half->nr[i], half->sum[below], half->nr[below], value,
				    half->spare[i]);
		half->sum[i] = half->spare[i];
		half->spare[i] = list;
	}
}

static void half_set(struct half *half, const double *values, size_t size)
{
	for (size_t i = 0; i < half->nr_lists; i++)
		half->nr[i] = i == 0;
	half->sum[0][0] = 0;
	for (size_t i = 0; i < half->nr_values; i++)
		add_value(half, values[i], size);
}

void fpb_sums_set(struct fpb_sums *sums, const double *values)
{
	half_set(&sums->half[0], values, sums->size);
	half_set(&sums->half[1], values + sums->half[0].nr_values, sums->size);
}

/* Pairs of a member each with a sum <= limit: as a grows, fewer of b go with it. */
static double count_pairs(const double *a, size_t nr_a, const double *b, size_t nr_b, double limit)
{
	size_t count = 0;

	for (size_t i = 0; i < nr_a; i++) {
		while (nr_b && a[i] + b[nr_b - 1] > limit)
			nr_b--;
		count += nr_b;
	}
	return (double)count;
}

double fpb_sums_up_to(const struct fpb_sums *sums, double limit)
{
	const struct half *a = &sums->half[0], *b = &sums->half[1];
	double count = 0;

	if (sums->size == FPB_ANY_SIZE)
		return count_pairs(a->sum[0], a->nr[0], b->sum[0], b->nr[0], limit);
	for (size_t i = 0; i < a->nr_lists; i++) {
		size_t other = sums->size - i;

		if (other < b->nr_lists)
			count += count_pairs(a->sum[i], a->nr[i], b->sum[other], b->nr[other],
					     limit);
	}
	return count;
}
