// SPDX-License-Identifier: MIT
#include "bench/stats/relabel.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/random.h"

#define SEED 0x66707374617465ull

static void change_label(struct fpb_relabel_block *block, size_t value)
{
	size_t at = value / 8 * FPB_BLOCK_RELABELLINGS + block->nr;

	block->mask[at] = (unsigned char)(block->mask[at] ^ 1u << value % 8);
}

static struct fpb_relabel_block *block_create(size_t nr_bytes)
{
	struct fpb_relabel_block *block = calloc(1, sizeof(*block));

	if (!block)
		return NULL;
	block->mask = calloc(nr_bytes, FPB_BLOCK_RELABELLINGS);
	if (!block->mask) {
		free(block);
		return NULL;
	}
	return block;
}

static void block_destroy(struct fpb_relabel_block *block)
{
	if (block)
		free(block->mask);
	free(block);
}

/*
 * chosen[]: the values that are called "new" now. Those of base among them, and those of new that
 * are not, change their label.
 */
static void add_split(struct fpb_relabel_block *block, const struct fpb_design *design,
		      const size_t *chosen)
{
	size_t changed = 0;

	for (size_t i = 0; i < design->nr_new; i++)
		changed += chosen[i] < design->nr_base;
	if (!changed) {
		block->nr_identities++;
		return;
	}
	for (size_t i = 0; i < design->nr_new; i++) {
		change_label(block, chosen[i]);
		change_label(block, design->nr_base + i);
	}
	block->share[block->nr++] = 1 / (double)changed;
}

/* The next subset of {0 .. nr_values - 1} in lexicographic order; false after the last. */
static bool next_subset(size_t *chosen, size_t nr_chosen, size_t nr_values)
{
	size_t i = nr_chosen;

	while (i > 0 && chosen[i - 1] == nr_values - nr_chosen + i - 1)
		i--;
	if (!i)
		return false;
	chosen[i - 1]++;
	for (; i < nr_chosen; i++)
		chosen[i] = chosen[i - 1] + 1;
	return true;
}

static void list_all_splits(struct fpb_relabellings *r, struct fpb_relabel_block *block)
{
	size_t nr_values = fpb_design_nr_values(&r->design);

	do {
		add_split(block, &r->design, r->order);
	} while (next_subset(r->order, r->design.nr_new, nr_values));
	block->nr_identities = 0; /* it was listed, not drawn */
}

static void list_all_exchanges(struct fpb_relabellings *r, struct fpb_relabel_block *block)
{
	size_t nr_pairs = r->design.nr_base;

	for (size_t set = 1; set < (size_t)1 << nr_pairs; set++) {
		for (size_t i = 0; i < nr_pairs; i++)
			if (set >> i & 1)
				change_label(block, i);
		block->share[block->nr++] = 1 / (double)__builtin_popcountll(set);
	}
}

static void draw_exchange(struct fpb_relabellings *r, struct fpb_relabel_block *block)
{
	uint64_t bits = 0;
	size_t changed = 0;

	for (size_t i = 0; i < r->design.nr_base; i++) {
		if (i % 64 == 0)
			bits = random_next(&r->random);
		if (bits >> i % 64 & 1) {
			change_label(block, i);
			changed++;
		}
	}
	if (changed)
		block->share[block->nr++] = 1 / (double)changed;
	else
		block->nr_identities++;
}

/* The first nr_new steps of a Fisher-Yates shuffle; where it starts from does not matter. */
static void draw_split(struct fpb_relabellings *r, struct fpb_relabel_block *block)
{
	size_t nr_values = fpb_design_nr_values(&r->design);

	for (size_t i = 0; i < r->design.nr_new; i++) {
		size_t j = i + random_next(&r->random) % (nr_values - i);
		size_t other = r->order[j];

		r->order[j] = r->order[i];
		r->order[i] = other;
	}
	add_split(block, &r->design, r->order);
}

int fpb_relabel_extend(struct fpb_relabellings *r)
{
	struct fpb_relabel_block *block = block_create(r->nr_bytes);
	struct fpb_relabel_block **grown =
		reallocarray(r->block, r->nr_blocks + 1, sizeof(struct fpb_relabel_block *));

	if (grown)
		r->block = grown;
	if (!block || !grown) {
		block_destroy(block);
		return -ENOMEM;
	}
	r->block[r->nr_blocks++] = block;
	if (r->is_complete) {
		if (r->design.is_paired)
			list_all_exchanges(r, block);
		else
			list_all_splits(r, block);
		return 0;
	}
	for (size_t i = 0; i < FPB_BLOCK_RELABELLINGS; i++) {
		if (r->design.is_paired)
			draw_exchange(r, block);
		else
			draw_split(r, block);
	}
	return 0;
}

int fpb_relabel_init(struct fpb_relabellings *r, const struct fpb_design *design)
{
	size_t nr_values = fpb_design_nr_values(design);

	memset(r, 0, sizeof(*r));
	r->design = *design;
	r->nr_bytes = (nr_values + 7) / 8;
	r->is_complete = fpb_design_relabellings(design) <= FPB_BLOCK_RELABELLINGS + 1;
	r->random = SEED;
	r->order = calloc(nr_values, sizeof(*r->order));
	if (!r->order)
		return -ENOMEM;
	for (size_t i = 0; i < nr_values; i++)
		r->order[i] = i;
	return fpb_relabel_extend(r);
}

void fpb_relabel_clear(struct fpb_relabellings *r)
{
	for (size_t i = 0; i < r->nr_blocks; i++)
		block_destroy(r->block[i]);
	free(r->block);
	free(r->order);
	memset(r, 0, sizeof(*r));
}

/* table[set]: the sum of value[i] over the bits i of set. */
static void sum_subsets(const double *value, size_t nr, double *table)
{
	memset(table, 0, 256 * sizeof(*table));
	for (size_t i = 0; i < nr; i++)
		for (size_t set = 0; set < (size_t)1 << i; set++)
			table[set + ((size_t)1 << i)] = table[set] + value[i];
}

void fpb_relabel_sums(const struct fpb_relabellings *r, const struct fpb_relabel_block *block,
		      const double *value, double *sum)
{
	size_t nr_values = fpb_design_nr_values(&r->design);
	double table[256];

	memset(sum, 0, block->nr * sizeof(*sum));
	for (size_t b = 0; b < r->nr_bytes; b++) {
		const unsigned char *mask = block->mask + b * FPB_BLOCK_RELABELLINGS;
		size_t left = nr_values - 8 * b;

		sum_subsets(value + 8 * b, left < 8 ? left : 8, table);
		for (size_t i = 0; i < block->nr; i++)
			sum[i] += table[mask[i]];
	}
}
