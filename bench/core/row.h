/* SPDX-License-Identifier: MIT */
/*
 * row.h - descriptors unfolded: one row per benchmark, axis combination and substrate.
 *
 * Pure: no KVM, no clock. The id of a row is NAME@SUBSTRATE.
 */
#ifndef BENCH_CORE_ROW_H
#define BENCH_CORE_ROW_H

#include "bench/bench.h"
#include "host/vmm/cpuid_policy.h"

enum fpb_substrate { FPB_HOST, FPB_GUEST_RING0, FPB_GUEST_RING3, FPB_NR_SUBSTRATES };

/* "host", "guest/ring0", "guest/ring3". */
const char *fpb_substrate_name(enum fpb_substrate substrate);
static inline uint32_t fpb_substrate_ring(enum fpb_substrate substrate)
{
	return substrate == FPB_GUEST_RING0 ? 0 : 3;
}

struct fpb_row;
struct fpb_capabilities;
/*
 * What the process that measures the row must have asked for: permission is the process's, so rows
 * that need it, or prefer it where it can be had, have workers of their own.
 */
enum xstate_permission fpb_row_permission(const struct fpb_row *row,
					  const struct fpb_capabilities *caps);
/*
 * Whether the two differ in nothing but two interleaved values of an axis: rows to be measured
 * together where they run in the same process.
 */
bool fpb_row_is_twin(const struct fpb_row *row, const struct fpb_row *other);
/* "cyc" (TSC ticks), "insn" where those count instructions, "core_cyc" or "bytes". */
const char *fpb_row_unit(const struct fpb_row *row, bool counts_instructions);

#define FPB_NAME_BYTES 128
#define FPB_ID_BYTES   160

struct fpb_row {
	const struct fpb_bench *bench;
	uint64_t needs;				     /* of the benchmark and its values */
	uint64_t prefers;			     /* of its values */
	const struct fpb_value *value[ABI_MAX_AXES]; /* chosen; NULL beyond the last axis */
	uint32_t index;				     /* of bench in the registry */
	enum fpb_substrate substrate;
	uint32_t oneshot; /* of the benchmark or its values; 0: calibrated */
	bool gate;	  /* judged by default */
	bool in_bytes;	  /* of its values: no time is measured */
	char name[FPB_NAME_BYTES];
	char id[FPB_ID_BYTES];
};

struct fpb_rows {
	struct fpb_row *row;
	size_t nr;
};

/* All rows of the registry, in its order. 0, -ENOMEM, or -ENAMETOOLONG. Free with fpb_rows_clear.
 */
int fpb_rows_create(struct fpb_rows *rows, struct fpb_err *err) FPB_MUST_CHECK;
void fpb_rows_clear(struct fpb_rows *rows);

/* The row with this id, or NULL. */
const struct fpb_row *fpb_rows_find(const struct fpb_rows *rows, const char *id);

/*
 * Keeps the rows whose id matches the POSIX extended regular expression; NULL keeps all. -EINVAL
 * with the regex library's own message; -ENOENT when nothing matches.
 */
int fpb_rows_filter(struct fpb_rows *rows, const char *regex, struct fpb_err *err) FPB_MUST_CHECK;

#endif
