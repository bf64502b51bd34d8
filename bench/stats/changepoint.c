// SPDX-License-Identifier: MIT
#include "bench/stats/changepoint.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/design.h"
#include "bench/stats/random.h"
#include "bench/stats/summary.h"

#define SEED	 0x7472656e64ull
#define SHUFFLES 999
/* The smallest p is then a twentieth of the level. */
#define SHUFFLES_PER_LEVEL 20

struct search {
	size_t nr;
	const double *values;
	double *shuffled;
	/* distance[i * (nr + 1) + j]: sum of |values[k] - values[l]| over k < i, l < j. */
	double *distance;
	size_t *bound; /* segments found so far: [bound[i], bound[i + 1]) */
	size_t nr_segments;
	size_t nr_shuffles;
	uint64_t random;
};

struct candidate {
	double energy;
	size_t segment, index, end;
};

/* The distances within [first, end), at the same place of the matrix. */
static void take_distances(struct search *search, const double *values, size_t first, size_t end)
{
	size_t width = search->nr + 1;

	for (size_t i = first; i <= end; i++)
		search->distance[first * width + i] = search->distance[i * width + first] = 0;
	for (size_t i = first; i < end; i++) {
		const double *above = &search->distance[i * width];
		double *row = &search->distance[(i + 1) * width];
		double sum = 0;

		for (size_t j = first; j < end; j++) {
			sum += fabs(values[i] - values[j]);
			row[j + 1] = above[j + 1] + sum;
		}
	}
}

/* Sum of the distances between [a, b) and [c, d), both within one segment. */
static double between(const struct search *search, size_t a, size_t b, size_t c, size_t d)
{
	size_t width = search->nr + 1;
	const double *m = search->distance;

	return m[b * width + d] - m[a * width + d] - m[b * width + c] + m[a * width + c];
}

/*
 * The paper's Q: n m / (n + m) times the energy distance between [first, split) and [split, end).
 * A sum within counts each pair twice.
 */
static double energy(const struct search *search, size_t first, size_t split, size_t end)
{
	double n = (double)(split - first), m = (double)(end - split);
	double across = between(search, first, split, split, end);
	double in_n = between(search, first, split, first, split);
	double in_m = between(search, split, end, split, end);

	return n * m / (n + m) *
	       (2 * across / (n * m) - in_n / (n * (n - 1)) - in_m / (m * (m - 1)));
}

static void search_segment(struct search *search, const double *values, size_t segment,
			   struct candidate *best)
{
	size_t first = search->bound[segment], last = search->bound[segment + 1];

	if (last - first < 2 * FPB_SEGMENT_LEAST)
		return;
	take_distances(search, values, first, last);
	for (size_t split = first + FPB_SEGMENT_LEAST; split + FPB_SEGMENT_LEAST <= last; split++) {
		for (size_t end = split + FPB_SEGMENT_LEAST; end <= last; end++) {
			double now = energy(search, first, split, end);

			if (now > best->energy)
				*best = (struct candidate){ now, segment, split, end };
		}
	}
}

/* Where the distance is greatest; 0 for a search without any. */
static struct candidate search_all(struct search *search, const double *values)
{
	struct candidate best = { 0 };

	for (size_t i = 0; i < search->nr_segments; i++)
		search_segment(search, values, i, &best);
	return best;
}

static void shuffle_segments(struct search *search)
{
	for (size_t s = 0; s < search->nr_segments; s++) {
		double *values = search->shuffled + search->bound[s];

		for (size_t i = search->bound[s + 1] - search->bound[s]; i > 1; i--) {
			size_t j = random_next(&search->random) % i;
			double other = values[j];

			values[j] = values[i - 1];
			values[i - 1] = other;
		}
	}
}

/* Ways to choose k of nr values, 0 < k < nr. */
static double choices(size_t nr, size_t k)
{
	const struct fpb_design design = { .nr_base = nr - k, .nr_new = k, .nr_metrics = 1 };

	return fpb_design_relabellings(&design);
}

/*
 * The least p there can be where this is seen: what comes before, follows, and is left over may
 * each be in any order, and the first two change places, and the distance is as great.
 */
static double least_p(const struct search *search, const struct candidate *at)
{
	const size_t first = search->bound[at->segment], last = search->bound[at->segment + 1];
	const double splits = choices(last - first, at->index - first);

	return 2 / (at->end < last ? splits * choices(last - at->index, last - at->end) : splits);
}

/* (b + 1) / (n + 1) over n shuffles; above the level as soon as it cannot come out below. */
static double permutation_p(struct search *search, double seen, double level)
{
	/* Distances that differ by no more than this may be equal but for rounding. */
	double reached = seen * (1 - 1e-9);
	double nr_beyond = 1;

	memcpy(search->shuffled, search->values, search->nr * sizeof(double));
	for (size_t i = 0; i < search->nr_shuffles; i++) {
		shuffle_segments(search);
		nr_beyond += search_all(search, search->shuffled).energy >= reached;
		if (nr_beyond > level * (double)(search->nr_shuffles + 1))
			return 1;
	}
	return nr_beyond / (double)(search->nr_shuffles + 1);
}

static void split_segment(struct search *search, const struct candidate *at)
{
	size_t *place = search->bound + at->segment + 1;

	memmove(place + 1, place, (search->nr_segments - at->segment) * sizeof(*place));
	*place = at->index;
	search->nr_segments++;
}

static void divide(struct search *search, double level, double *p_at)
{
	for (;;) {
		struct candidate best = search_all(search, search->values);
		double p;

		if (best.energy <= 0)
			return;
		/* Of few shuffles fewer than there must be may be as extreme, by chance. */
		p = fmax(permutation_p(search, best.energy, level), least_p(search, &best));
		if (p > level)
			return;
		p_at[best.index] = p;
		split_segment(search, &best);
	}
}

static int report(const struct search *search, const double *p_at, struct fpb_changepoint *found,
		  size_t *nr_found)
{
	const size_t *bound = search->bound;

	for (size_t i = 1; i < search->nr_segments; i++) {
		struct fpb_changepoint *change = &found[i - 1];

		change->index = bound[i];
		change->before = fpb_median(search->values + bound[i - 1], bound[i] - bound[i - 1]);
		change->after = fpb_median(search->values + bound[i], bound[i + 1] - bound[i]);
		change->p = p_at[bound[i]];
		if (isnan(change->before) || isnan(change->after))
			return -ENOMEM;
	}
	*nr_found = search->nr_segments - 1;
	return 0;
}

static int check(const double *values, size_t nr, double level)
{
	double low = INFINITY, high = -INFINITY;

	if (!(level > 0 && level < 1))
		return -EINVAL;
	for (size_t i = 0; i < nr; i++) {
		if (!isfinite(values[i]))
			return -EINVAL;
		low = fmin(low, values[i]);
		high = fmax(high, values[i]);
	}
	/* The greatest sum that is formed: every pair as far apart as the two ends. */
	return nr && !isfinite((high - low) * (double)nr * (double)nr) ? -EINVAL : 0;
}

int fpb_changepoints(const double *values, size_t nr, double level, struct fpb_changepoint *found,
		     size_t *nr_found)
{
	struct search search = { .nr = nr, .values = values, .nr_segments = 1, .random = SEED };
	double *p_at;
	int ret = check(values, nr, level);

	*nr_found = 0;
	if (ret || nr < 2 * FPB_SEGMENT_LEAST)
		return ret;
	search.nr_shuffles = (size_t)fmax(SHUFFLES, ceil(SHUFFLES_PER_LEVEL / level) - 1);
	search.shuffled = calloc(nr, sizeof(double));
	search.distance = nr < UINT32_MAX ? calloc((nr + 1) * (nr + 1), sizeof(double)) : NULL;
	search.bound = calloc(nr / FPB_SEGMENT_LEAST + 2, sizeof(size_t));
	p_at = calloc(nr, sizeof(double));
	ret = -ENOMEM;
	if (!search.shuffled || !search.distance || !search.bound || !p_at)
		goto out_free;
	search.bound[1] = nr;
	divide(&search, level, p_at);
	ret = report(&search, p_at, found, nr_found);
out_free:
	free(p_at);
	free(search.bound);
	free(search.distance);
	free(search.shuffled);
	return ret;
}

size_t fpb_changepoint_least_side(size_t nr, double level)
{
	for (size_t side = FPB_SEGMENT_LEAST; side <= nr / 2; side++) {
		if (2 / choices(nr, side) <= level)
			return side;
	}
	return 0;
}

size_t fpb_changepoint_values_needed(double level)
{
	size_t nr = 2 * FPB_SEGMENT_LEAST;

	while (!fpb_changepoint_least_side(nr, level))
		nr++;
	return nr;
}
