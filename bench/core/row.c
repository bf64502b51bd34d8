// SPDX-License-Identifier: MIT
#include "bench/core/row.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/capabilities.h"

static const char *const substrate_names[FPB_NR_SUBSTRATES] = {
	[FPB_HOST] = "host",
	[FPB_GUEST_RING0] = "guest/ring0",
	[FPB_GUEST_RING3] = "guest/ring3",
};

const char *fpb_substrate_name(enum fpb_substrate substrate)
{
	return substrate_names[substrate];
}

enum xstate_permission fpb_row_permission(const struct fpb_row *row,
					  const struct fpb_capabilities *caps)
{
	const uint64_t had = row->prefers & caps->on[row->substrate].have;

	if ((row->needs | had) & FPB_NEED_AMX_TASK)
		return XSTATE_PERMISSION_TASK;
	return (row->needs | had) & FPB_NEED_AMX_GUEST ? XSTATE_PERMISSION_GUEST
						       : XSTATE_PERMISSION_NONE;
}

bool fpb_row_is_twin(const struct fpb_row *row, const struct fpb_row *other)
{
	unsigned int nr_differences = 0;

	if (row->bench != other->bench || row->substrate != other->substrate ||
	    row->substrate == FPB_HOST)
		return false;
	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++) {
		if (row->value[a] == other->value[a])
			continue;
		if (!row->value[a]->is_interleaved || !other->value[a]->is_interleaved)
			return false;
		nr_differences++;
	}
	return nr_differences == 1;
}

const char *fpb_row_unit(const struct fpb_row *row, bool counts_instructions)
{
	if (row->in_bytes)
		return "bytes";
	if (row->bench->in_core_cyc)
		return "core_cyc";
	return counts_instructions ? "insn" : "cyc";
}

static int append(struct fpb_rows *rows, const struct fpb_row *row, struct fpb_err *err)
{
	/* Doubling at powers of two: the array is full exactly then. */
	if ((rows->nr & (rows->nr - 1)) == 0) {
		size_t room = rows->nr ? rows->nr * 2 : 1;
		struct fpb_row *grown = realloc(rows->row, room * sizeof(*grown));

		if (!grown)
			return FPB_FAIL(err, -ENOMEM, "%zu rows", room);
		rows->row = grown;
	}
	rows->row[rows->nr++] = *row;
	return 0;
}

static int set_name(struct fpb_row *row, struct fpb_err *err)
{
	const struct fpb_bench *bench = row->bench;
	int used = snprintf(row->name, sizeof(row->name), "%s", bench->name);

	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++) {
		if (row->value[a] == &bench->axes[a].values[0])
			continue;
		if ((size_t)used < sizeof(row->name))
			used += snprintf(row->name + used, sizeof(row->name) - (size_t)used,
					 "/%s=%s", bench->axes[a].name, row->value[a]->name);
	}
	if ((size_t)used >= sizeof(row->name))
		return FPB_FAIL(err, -ENAMETOOLONG, "%s: a row's name exceeds %zu bytes",
				bench->name, sizeof(row->name) - 1);
	snprintf(row->id, sizeof(row->id), "%s@%s", row->name, fpb_substrate_name(row->substrate));
	return 0;
}

/* A value can leave rings out that the benchmark has. */
static bool has_ring(const struct fpb_row *row)
{
	const uint32_t ring = 1u << fpb_substrate_ring(row->substrate);

	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++) {
		if (row->value[a]->rings && !(row->value[a]->rings & ring))
			return false;
	}
	return true;
}

/* A guest's tasks have what the guest has: there permission for tasks is permission for guests. */
static uint64_t needs_of_guest(uint64_t needs)
{
	return needs & FPB_NEED_AMX_TASK ? (needs & ~FPB_NEED_AMX_TASK) | FPB_NEED_AMX_GUEST
					 : needs;
}

static int add_row(struct fpb_rows *rows, struct fpb_row *row, struct fpb_err *err)
{
	int ret;

	if (row->substrate != FPB_HOST && !has_ring(row))
		return 0;
	row->needs = row->bench->needs;
	row->prefers = 0;
	row->gate = row->bench->gate;
	row->oneshot = row->bench->oneshot;
	row->in_bytes = false;
	for (unsigned int a = 0; a < ABI_MAX_AXES && row->value[a]; a++) {
		row->needs |= row->value[a]->needs;
		row->prefers |= row->value[a]->prefers;
		row->gate = row->gate && !row->value[a]->informational;
		row->in_bytes = row->in_bytes || row->value[a]->in_bytes;
		if (row->value[a]->oneshot)
			row->oneshot = row->value[a]->oneshot;
	}
	if (row->substrate != FPB_HOST)
		row->needs = needs_of_guest(row->needs) | FPB_NEED_KVM;
	ret = set_name(row, err);
	return ret ? ret : append(rows, row, err);
}

static void set_defaults(struct fpb_row *row)
{
	for (unsigned int a = 0; a < ABI_MAX_AXES; a++) {
		const struct fpb_axis *axis = &row->bench->axes[a];

		row->value[a] = axis->name ? &axis->values[0] : NULL;
	}
}

/* The default row, then each axis through its other values with the rest at default. */
static int unfold_star(struct fpb_rows *rows, struct fpb_row *row, struct fpb_err *err)
{
	int ret;

	set_defaults(row);
	ret = add_row(rows, row, err);
	for (unsigned int a = 0; !ret && a < ABI_MAX_AXES && row->value[a]; a++) {
		const struct fpb_value *first = row->value[a];

		for (const struct fpb_value *v = first + 1; !ret && v->name; v++) {
			row->value[a] = v;
			ret = add_row(rows, row, err);
		}
		row->value[a] = first;
	}
	return ret;
}

/* All combinations, the last axis fastest. */
static int unfold_product(struct fpb_rows *rows, struct fpb_row *row, unsigned int axis,
			  struct fpb_err *err)
{
	int ret = 0;

	if (axis == ABI_MAX_AXES || !row->bench->axes[axis].name)
		return !row->bench->is_row || row->bench->is_row(row->value)
			       ? add_row(rows, row, err)
			       : 0;
	for (const struct fpb_value *v = row->bench->axes[axis].values; !ret && v->name; v++) {
		row->value[axis] = v;
		ret = unfold_product(rows, row, axis + 1, err);
	}
	return ret;
}

static bool runs_on(const struct fpb_bench *bench, enum fpb_substrate substrate)
{
	if (substrate == FPB_HOST)
		return bench->host != NULL;
	/* bench->guest is NULL in the host's own compilation: rings tell. */
	return bench->rings & 1u << fpb_substrate_ring(substrate);
}

static int unfold(struct fpb_rows *rows, uint32_t index, struct fpb_err *err)
{
	const struct fpb_bench *bench = fpb_bench_at(index);
	int ret = 0;

	for (unsigned int s = 0; !ret && s < FPB_NR_SUBSTRATES; s++) {
		struct fpb_row row = { .bench = bench, .index = index, .substrate = s };

		if (!runs_on(bench, row.substrate))
			continue;
		ret = bench->product ? unfold_product(rows, &row, 0, err)
				     : unfold_star(rows, &row, err);
	}
	return ret;
}

int fpb_rows_create(struct fpb_rows *rows, struct fpb_err *err)
{
	int ret = 0;

	*rows = (struct fpb_rows){ 0 };
	for (uint32_t i = 0; !ret && i < fpb_nr_benches(); i++)
		ret = unfold(rows, i, err);
	if (ret)
		fpb_rows_clear(rows);
	return ret;
}

void fpb_rows_clear(struct fpb_rows *rows)
{
	free(rows->row);
	*rows = (struct fpb_rows){ 0 };
}

const struct fpb_row *fpb_rows_find(const struct fpb_rows *rows, const char *id)
{
	for (size_t i = 0; i < rows->nr; i++) {
		if (strcmp(rows->row[i].id, id) == 0)
			return &rows->row[i];
	}
	return NULL;
}

int fpb_rows_filter(struct fpb_rows *rows, const char *regex, struct fpb_err *err)
{
	regex_t compiled;
	size_t kept = 0;
	int ret;

	if (!regex)
		return 0;
	ret = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);
	if (ret) {
		char why[128];

		regerror(ret, &compiled, why, sizeof(why));
		return FPB_FAIL(err, -EINVAL, "--filter '%s': %s", regex, why);
	}
	for (size_t i = 0; i < rows->nr; i++) {
		if (regexec(&compiled, rows->row[i].id, 0, NULL, 0) == 0)
			rows->row[kept++] = rows->row[i];
	}
	regfree(&compiled);
	rows->nr = kept;
	if (kept == 0)
		return FPB_FAIL(err, -ENOENT, "--filter '%s' matches no row; 'list' shows them all",
				regex);
	return 0;
}
