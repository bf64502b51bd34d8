// SPDX-License-Identifier: MIT
#include "bench/stats/holm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
	double p;
	size_t index;
};

static int compare_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

int fpb_holm(const double *p, size_t nr, double *adjusted)
{
	struct ranked *ranked;
	double largest = 0;

	for (size_t i = 0; i < nr; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	if (!nr)
		return 0;
	ranked = calloc(nr, sizeof(*ranked));
	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		ranked[i] = (struct ranked){ .p = p[i], .index = i };
	qsort(ranked, nr, sizeof(*ranked), compare_p);
	for (size_t i = 0; i < nr; i++) {
		largest = fmin(1, fmax(largest, ranked[i].p * (double)(nr - i)));
		adjusted[ranked[i].index] = largest;
	}
	free(ranked);
	return 0;
}
