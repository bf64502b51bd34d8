// SPDX-License-Identifier: MIT
/*
 * fuzz_workload.c - the readers of what others say of a VM: files of rates and texts of perf, and
 * KVM's statistics as bytes and as text. The first byte says which, and whether a time is told.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bench/model/workload_json.h"
#include "bench/model/workload_kvm_stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken has passed the check of all workloads, and no note holds what a terminal obeys. */
static void check(const struct fpb_workload *workload, const struct fpb_import_note *note)
{
	struct fpb_problem problem = { .text = "" };

	if (fpb_workload_check(workload, &problem) || !isfinite(fpb_workload_exits(workload)))
		abort();
	for (const char *c = note->text; *c; c++) {
		if ((unsigned char)*c < ' ')
			abort();
	}
}

static void read_text(const char *text, size_t size, double seconds)
{
	struct fpb_problem problem = { .text = "" };
	struct fpb_import_note note = { .text = "" };
	struct fpb_workload workload;

	if (!fpb_workload_parse(text, size, "file", seconds, &workload, &note, &problem))
		check(&workload, &note);
	else if (!problem.text[0])
		abort();
}

/* Two halves are two readings. */
static void read_statistics(const uint8_t *data, size_t size, bool is_text)
{
	struct fpb_kvm_counts counts[2] = { { 0 } };
	struct fpb_problem problem = { .text = "" };
	struct fpb_import_note note = { .text = "" };
	struct fpb_workload workload;
	int ret = 0;

	for (size_t i = 0; i < 2 && !ret; i++) {
		const uint8_t *half = data + i * (size / 2);

		ret = is_text ? fpb_kvm_counts_set_text(&counts[i], 1, (const char *)half, size / 2,
							&problem)
			      : fpb_kvm_counts_add_binary(&counts[i], half, size / 2, &problem);
	}
	ret = ret ? ret
		  : fpb_workload_from_kvm_counts(&counts[0], &counts[1], 5, "vm", &workload, &note,
						 &problem);
	if (!ret)
		check(&workload, &note);
	else if (!problem.text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0]) {
	case 'b':
	case 't':
		read_statistics(data + 1, size - 1, data[0] == 't');
		break;
	case 's':
		read_text((const char *)data + 1, size - 1, 10);
		break;
	default:
		read_text((const char *)data + 1, size - 1, 0);
	}
	return 0;
}
