/* SPDX-License-Identifier: MIT */
/* captured_machine.h - a folder of tests/fixtures/machines behind the tables of host/machine. */
#ifndef TESTS_UNIT_CAPTURED_MACHINE_H
#define TESTS_UNIT_CAPTURED_MACHINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "host/machine/cpu_source.h"
#include "host/machine/kvm_source.h"

struct captured_leaf {
	uint32_t leaf, subleaf;
	struct cpuid_regs regs;
};

/* A processor; its time advances by 2 to 10 ticks a reading, two ticks a nanosecond. */
struct captured_cpu {
	struct cpu_source source; /* first: the functions get its address */
	struct captured_leaf leaves[64];
	size_t nr_leaves;
	uint64_t xcr0;
	uint64_t ticks;
};

/* A KVM that opens, or answers open_code, and has no feature MSRs. */
struct captured_kvm {
	struct kvm_source source;
	int open_code;
	int api_version;
	int nr_open;
};

struct captured_machine {
	char sysroot[512];
	struct captured_cpu cpu;
	struct captured_kvm kvm;
};

/* Fails the test if the folder is not whole. */
void captured_machine_load(struct captured_machine *machine, const char *name);
/* Its record, as measured on cpu_used. Never NULL; the caller releases it. */
json_t *captured_machine_environment(struct captured_machine *machine, int cpu_used);

#endif
