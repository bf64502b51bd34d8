// SPDX-License-Identifier: MIT
#include "bench/model/workload_kvm_stats.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel has about 60 statistics of a vCPU, names of 48 bytes. */
#define MAX_STATS     4096
#define MAX_NAME_SIZE 256

/* struct kvm_stats_header and kvm_stats_desc of the kernel's ABI, without its headers. */
struct header {
	uint32_t flags, name_size, num_desc, id_offset, desc_offset, data_offset;
};

struct desc {
	uint32_t flags;
	int16_t exponent;
	uint16_t size; /* values; more than one is a histogram */
	uint32_t offset;
	uint32_t bucket_size;
	/* name_size bytes of name follow */
};

_Static_assert(sizeof(struct header) == 24 && sizeof(struct desc) == 16, "KVM_GET_STATS_FD");

const char *const fpb_kvm_counter_names[FPB_NR_KVM_COUNTERS] = {
	[FPB_KVM_EXITS] = "exits",
	[FPB_KVM_IO_EXITS] = "io_exits",
	[FPB_KVM_MMIO_EXITS] = "mmio_exits",
	[FPB_KVM_HALT_EXITS] = "halt_exits",
	[FPB_KVM_HYPERCALLS] = "hypercalls",
	[FPB_KVM_IRQ_EXITS] = "irq_exits",
	[FPB_KVM_IRQ_WINDOW_EXITS] = "irq_window_exits",
	[FPB_KVM_NMI_WINDOW_EXITS] = "nmi_window_exits",
	[FPB_KVM_PF_TAKEN] = "pf_taken",
	[FPB_KVM_NESTED_RUN] = "nested_run",
	[FPB_KVM_FPU_RELOAD] = "fpu_reload",
};

/* FPB_NR_KVM_COUNTERS: none that we want. */
static enum fpb_kvm_counter find_counter(const char *name, size_t length)
{
	enum fpb_kvm_counter i = 0;

	while (i < FPB_NR_KVM_COUNTERS && (strlen(fpb_kvm_counter_names[i]) != length ||
					   memcmp(fpb_kvm_counter_names[i], name, length) != 0))
		i++;
	return i;
}

static int check_header(const struct header *h, size_t length, struct fpb_problem *problem)
{
	if (!h->num_desc || h->num_desc > MAX_STATS || !h->name_size ||
	    h->name_size > MAX_NAME_SIZE)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "%u descriptors with names of %u bytes", h->num_desc,
				       h->name_size);
	if ((uint64_t)h->desc_offset +
		    (uint64_t)h->num_desc * (sizeof(struct desc) + h->name_size) >
	    length)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "%u descriptors at %u do not fit into %zu bytes",
				       h->num_desc, h->desc_offset, length);
	return 0;
}

/* Descriptor i: the value it leads to, if it is one that we want. */
static int add_stat(struct fpb_kvm_counts *counts, const struct header *h, const uint8_t *bytes,
		    size_t length, uint32_t i, struct fpb_problem *problem)
{
	const size_t desc_bytes = sizeof(struct desc) + h->name_size;
	const uint8_t *at = bytes + h->desc_offset + i * desc_bytes;
	const char *name = (const char *)at + sizeof(struct desc);
	const size_t name_bytes = strnlen(name, h->name_size);
	enum fpb_kvm_counter counter;
	struct desc desc;
	uint64_t value_at, value;

	if (name_bytes == h->name_size)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "name %u is not terminated", i);
	memcpy(&desc, at, sizeof(desc));
	counter = find_counter(name, name_bytes);
	if (counter == FPB_NR_KVM_COUNTERS || desc.size != 1)
		return 0;
	value_at = (uint64_t)h->data_offset + desc.offset;
	if (value_at + sizeof(value) > length)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "%s at %llu is beyond the %zu bytes there are",
				       fpb_kvm_counter_names[counter], (unsigned long long)value_at,
				       length);
	memcpy(&value, bytes + value_at, sizeof(value));
	counts->has[counter] = true;
	/* Whoever wrote a sum that wraps did not count; the difference tells. */
	counts->value[counter] += value;
	return 0;
}

int fpb_kvm_counts_add_binary(struct fpb_kvm_counts *counts, const void *bytes, size_t length,
			      struct fpb_problem *problem)
{
	struct header header;
	int ret;

	if (length < sizeof(header))
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "%zu bytes are less than the header has", length);
	memcpy(&header, bytes, sizeof(header));
	ret = check_header(&header, length, problem);
	for (uint32_t i = 0; i < header.num_desc && !ret; i++)
		ret = add_stat(counts, &header, bytes, length, i, problem);
	counts->nr_vcpus += !ret;
	return ret;
}

/* "exits 12345" */
static int set_line(struct fpb_kvm_counts *counts, const char *line, size_t length,
		    struct fpb_problem *problem)
{
	const char *space = memchr(line, ' ', length);
	const size_t name_bytes = space ? (size_t)(space - line) : length;
	const size_t digits = space ? length - name_bytes - 1 : 0;
	enum fpb_kvm_counter counter;
	char number[24] = "";

	if (digits && digits < sizeof(number))
		memcpy(number, space + 1, digits);
	errno = 0;
	if (!number[0] || strspn(number, "0123456789") != digits)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "expected a name and a number, read '%.*s'",
				       length < 60 ? (int)length : 60, line);
	counter = find_counter(line, name_bytes);
	if (counter == FPB_NR_KVM_COUNTERS)
		return 0;
	counts->value[counter] = strtoull(number, NULL, 10);
	counts->has[counter] = true;
	if (errno)
		return fpb_problem_set(problem, EINVAL, "KVM statistics", "%s: %s has no 64 bits",
				       fpb_kvm_counter_names[counter], number);
	return 0;
}

int fpb_kvm_counts_set_text(struct fpb_kvm_counts *counts, unsigned nr_vcpus, const char *text,
			    size_t length, struct fpb_problem *problem)
{
	int ret = 0;

	*counts = (struct fpb_kvm_counts){ .nr_vcpus = nr_vcpus };
	for (size_t at = 0, next; at < length && !ret; at = next) {
		const char *end = memchr(text + at, '\n', length - at);

		next = end ? (size_t)(end - text) + 1 : length;
		ret = set_line(counts, text + at, next - at - (end ? 1 : 0), problem);
	}
	if (!ret && !counts->has[FPB_KVM_EXITS])
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "no 'exits' among them: not those of an x86 VM");
	return ret;
}

static int check_pair(const struct fpb_kvm_counts *before, const struct fpb_kvm_counts *after,
		      struct fpb_problem *problem)
{
	if (!before->nr_vcpus || before->nr_vcpus != after->nr_vcpus)
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "of %u vCPUs at first, then of %u", before->nr_vcpus,
				       after->nr_vcpus);
	if (!before->has[FPB_KVM_EXITS])
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "no 'exits' among them: not those of an x86 VM");
	for (size_t i = 0; i < FPB_NR_KVM_COUNTERS; i++) {
		if (before->has[i] != after->has[i] || before->value[i] > after->value[i])
			return fpb_problem_set(problem, EINVAL, "KVM statistics",
					       "%s went back from %llu to %llu: somebody reset it, "
					       "or it is another VM",
					       fpb_kvm_counter_names[i],
					       (unsigned long long)before->value[i],
					       (unsigned long long)after->value[i]);
	}
	return 0;
}

/* Kinds that have a counter of their own; all others are what is left of `exits`. */
static void sort_exits(const double *per_second, struct fpb_workload *workload)
{
	double *exits = workload->exits, known = 0;

	exits[FPB_EXIT_HLT] = per_second[FPB_KVM_HALT_EXITS];
	exits[FPB_EXIT_PIO] = per_second[FPB_KVM_IO_EXITS];
	exits[FPB_EXIT_MMIO] = per_second[FPB_KVM_MMIO_EXITS];
	exits[FPB_EXIT_INTERRUPT] = per_second[FPB_KVM_IRQ_EXITS] +
				    per_second[FPB_KVM_IRQ_WINDOW_EXITS] +
				    per_second[FPB_KVM_NMI_WINDOW_EXITS];
	exits[FPB_EXIT_PAGE_FAULT] = per_second[FPB_KVM_PF_TAKEN];
	exits[FPB_EXIT_HYPERCALL] = per_second[FPB_KVM_HYPERCALLS];
	exits[FPB_EXIT_NESTED] = per_second[FPB_KVM_NESTED_RUN];
	for (size_t i = 0; i < FPB_NR_EXIT_KINDS; i++)
		known += exits[i];
	exits[FPB_EXIT_OTHER] = fmax(0, per_second[FPB_KVM_EXITS] - known);
}

static void write_note(const struct fpb_kvm_counts *after, const double *per_second,
		       struct fpb_import_note *note)
{
	*note = (struct fpb_import_note){ 0 };
	fpb_import_note_add(note,
			    "KVM counts CPUID, MSR, timer, APIC and PAUSE exits only in the "
			    "sum of all: they are in other, and so is MMIO that KVM answers.");
	fpb_import_note_add(
		note, "fastpath_share and all that the guest does without an exit are left at "
		      "their initial values, and it is taken for one that does not know XFD.");
	for (size_t i = 0; i < FPB_NR_KVM_COUNTERS; i++) {
		if (!after->has[i])
			fpb_import_note_add(note, "This kernel has no '%s'.",
					    fpb_kvm_counter_names[i]);
	}
	if (per_second[FPB_KVM_EXITS] <= 0)
		fpb_import_note_add(note, "This backend does not count 'exits': the sum is of "
					  "those that it counts apart.");
}

int fpb_workload_from_kvm_counts(const struct fpb_kvm_counts *before,
				 const struct fpb_kvm_counts *after, double seconds,
				 const char *source, struct fpb_workload *workload,
				 struct fpb_import_note *note, struct fpb_problem *problem)
{
	double per_second[FPB_NR_KVM_COUNTERS], exits;
	int ret = check_pair(before, after, problem);

	if (ret)
		return ret;
	for (size_t i = 0; i < FPB_NR_KVM_COUNTERS; i++)
		per_second[i] = (double)(after->value[i] - before->value[i]) / seconds;
	fpb_workload_init(workload, "kvm", source);
	sort_exits(per_second, workload);
	exits = fpb_workload_exits(workload);
	if (!(exits > 0))
		return fpb_problem_set(problem, EINVAL, "KVM statistics",
				       "no VM exit in %g s: is the VM paused?", seconds);
	write_note(after, per_second, note);
	workload->rate[FPB_RATE_VCPUS] = after->nr_vcpus;
	workload->rate[FPB_RATE_USER_EXITS] = per_second[FPB_KVM_FPU_RELOAD];
	/* A KVM_RUN that a signal ends before the guest was entered is no exit. */
	if (per_second[FPB_KVM_FPU_RELOAD] > exits) {
		workload->rate[FPB_RATE_USER_EXITS] = exits;
		fpb_import_note_add(note,
				    "More KVM_RUNs than exits, %.0f/s: user_exits is all "
				    "exits.",
				    per_second[FPB_KVM_FPU_RELOAD]);
	}
	return fpb_workload_check(workload, problem);
}
