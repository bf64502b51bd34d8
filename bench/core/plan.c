// SPDX-License-Identifier: MIT
#include "bench/core/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/random.h"

static const struct fpb_profile profiles[] = {
	{ .name = "quick", .runs = 3, .nr_batches = 32, .wait_ms = 6000 },
	{ .name = "standard", .runs = 12, .nr_batches = 64, .wait_ms = 30000 },
	{ .name = "thorough", .runs = 24, .nr_batches = 128, .wait_ms = 60000 },
};

const struct fpb_profile *fpb_profile_find(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	}
	return NULL;
}

/* Fisher-Yates; the modulo's bias is below 2^-50 for any number of rows. */
static void shuffle(struct fpb_entry *entry, size_t nr, uint64_t *state)
{
	for (size_t i = nr; i > 1; i--) {
		size_t j = random_next(state) % i;
		struct fpb_entry other = entry[j];

		entry[j] = entry[i - 1];
		entry[i - 1] = other;
	}
}

/* Each run has a stream of its own, which does not depend on how many runs there are. */
static uint64_t seed_of_run(uint64_t seed, unsigned int run)
{
	uint64_t state = random_next(&seed) ^ run;

	return random_next(&state);
}

static int add_skip(struct fpb_report *report, const struct fpb_row *row,
		    const struct fpb_lack *lack)
{
	struct fpb_skip skip = {
		.name = strdup(row->name),
		.substrate = strdup(fpb_substrate_name(row->substrate)),
		.reason = strdup(lack->reason),
		.text = strdup(lack->text),
	};

	if (skip.name && skip.substrate && skip.reason && skip.text)
		return fpb_report_add_skip(report, &skip);
	fpb_skip_clear(&skip);
	return -ENOMEM;
}

/* The row that is measured together with `row`, both being among the nr that can run. */
static const struct fpb_row *find_twin(const struct fpb_entry *entry, size_t nr,
				       const struct fpb_capabilities *caps,
				       const struct fpb_row *row)
{
	for (size_t i = 0; !caps->counts_instructions && i < nr; i++) {
		const struct fpb_row *other = entry[i].row;

		if (fpb_row_is_twin(row, other) &&
		    fpb_row_permission(row, caps) == fpb_row_permission(other, caps))
			return other;
	}
	return NULL;
}

/* Drawn as one: of twins only the one that the registry has first. */
static size_t keep_leaders(struct fpb_entry *to, const struct fpb_entry *from, size_t nr,
			   unsigned int run)
{
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct fpb_entry entry = from[i];

		if (entry.twin && entry.twin < entry.row)
			continue;
		to[kept] = entry;
		to[kept++].run = run;
	}
	return kept;
}

/* Backwards, so that what is not yet moved is not yet overwritten. */
static void insert_twins(struct fpb_entry *entry, size_t nr_leaders, size_t nr, uint64_t *state)
{
	for (size_t i = nr_leaders; i-- > 0;) {
		struct fpb_entry first = entry[i];
		struct fpb_entry second = { first.run, first.twin, first.row };

		if (first.twin) {
			const bool is_swapped = random_next(state) >> 63;

			entry[--nr] = is_swapped ? first : second;
			entry[--nr] = is_swapped ? second : first;
		} else {
			entry[--nr] = first;
		}
	}
}

static int choose_rows(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
		       struct fpb_entry *entry, size_t *nr, struct fpb_report *report)
{
	for (size_t i = 0; i < rows->nr; i++) {
		const struct fpb_row *row = &rows->row[i];
		const struct fpb_lack *lack = fpb_row_lack(caps, row);

		if (!lack)
			entry[(*nr)++] = (struct fpb_entry){ .row = row };
		else if (add_skip(report, row, lack))
			return -ENOMEM;
	}
	for (size_t i = 0; i < *nr; i++)
		entry[i].twin = find_twin(entry, *nr, caps, entry[i].row);
	return 0;
}

int fpb_plan_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
		    unsigned int runs, uint64_t seed, struct fpb_plan *plan,
		    struct fpb_report *report, struct fpb_err *err)
{
	size_t nr = 0;

	*plan = (struct fpb_plan){ .runs = runs };
	plan->entry = calloc(rows->nr * (size_t)runs + 1, sizeof(*plan->entry));
	if (!plan->entry)
		return FPB_FAIL(err, -ENOMEM, "plan of %zu rows and %u runs", rows->nr, runs);
	if (choose_rows(rows, caps, plan->entry, &nr, report))
		return FPB_FAIL(err, -ENOMEM, "skips");
	/* Downwards: the first run's entries are what the others are copied from. */
	for (unsigned int run = runs; run-- > 0;) {
		struct fpb_entry *mine = plan->entry + run * nr;
		uint64_t state = seed_of_run(seed, run);
		const size_t nr_leaders = keep_leaders(mine, plan->entry, nr, run);

		shuffle(mine, nr_leaders, &state);
		insert_twins(mine, nr_leaders, nr, &state);
	}
	plan->nr = nr * runs;
	return 0;
}

void fpb_plan_clear(struct fpb_plan *plan)
{
	free(plan->entry);
	*plan = (struct fpb_plan){ 0 };
}
