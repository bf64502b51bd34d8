// SPDX-License-Identifier: MIT
/* summary.c - order statistics of small samples. */
#include "bench/stats/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

void fpb_sort(double *values, size_t nr)
{
	if (nr > 1)
		qsort(values, nr, sizeof(*values), compare_doubles);
}

/* Of three as a pivot: sorted input takes no longer than any. */
static double middle(double a, double b, double c)
{
	double low = a < b ? a : b, high = a < b ? b : a;

	return c < low ? low : c > high ? high : c;
}

/*
 * Brings what is below the pivot (or also what equals it) to the front; returns how many that are.
 * Lomuto's partition: without a branch on the values, which nobody could predict.
 */
static size_t partition(double *values, size_t nr, double pivot, bool with_equal)
{
	size_t front = 0;

	for (size_t i = 0; i < nr; i++) {
		double value = values[i];

		values[i] = values[front];
		values[front] = value;
		front += with_equal ? value <= pivot : value < pivot;
	}
	return front;
}

double fpb_select(double *values, size_t nr, size_t k)
{
	/* Hoare's FIND (1961, CACM 4:321). */
	for (;;) {
		double pivot = middle(values[0], values[nr / 2], values[nr - 1]);
		size_t below = partition(values, nr, pivot, false);
		size_t equal;

		if (k < below) {
			nr = below;
			continue;
		}
		values += below;
		nr -= below;
		k -= below;
		equal = partition(values, nr, pivot, true);
		if (k < equal)
			return pivot;
		values += equal;
		nr -= equal;
		k -= equal;
	}
}

double fpb_quantile_sorted(const double *sorted, size_t nr, double q)
{
	double position = q * (double)(nr - 1);
	size_t below = (size_t)position;

	if (below + 1 >= nr)
		return sorted[nr - 1];
	/* In this form, not as a weighted sum: exact when both neighbours are equal. */
	return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

double fpb_median_sorted(const double *sorted, size_t nr)
{
	size_t half = nr / 2;

	if (nr % 2)
		return sorted[half];
	/* Not (a + b) / 2: the sum of two large values overflows. */
	return sorted[half - 1] + (sorted[half] - sorted[half - 1]) / 2;
}

/* A sorted copy for the caller to free; NULL when nr is 0 or memory is short. */
static double *sorted_copy(const double *values, size_t nr)
{
	double *copy = nr ? calloc(nr, sizeof(*copy)) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy, values, nr * sizeof(*copy));
	fpb_sort(copy, nr);
	return copy;
}

double fpb_median(const double *values, size_t nr)
{
	double *copy = sorted_copy(values, nr);
	double median;

	if (!copy)
		return NAN;
	median = fpb_median_sorted(copy, nr);
	free(copy);
	return median;
}

double fpb_mad(const double *values, size_t nr)
{
	double *copy = sorted_copy(values, nr);
	double median, mad;

	if (!copy)
		return NAN;
	median = fpb_median_sorted(copy, nr);
	for (size_t i = 0; i < nr; i++)
		copy[i] = fabs(copy[i] - median);
	fpb_sort(copy, nr);
	mad = fpb_median_sorted(copy, nr);
	free(copy);
	return mad;
}
