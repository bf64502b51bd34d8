/* SPDX-License-Identifier: MIT */
/*
 * fake_kvm.h - a struct kvm_sys in memory: enough of KVM for the whole life of a VM.
 *
 * Every descriptor and mapping it gives is tracked, so that a test can ask for leaks; what real KVM
 * would refuse (a call on the wrong kind of descriptor, calls in the wrong order) it refuses too.
 * One call of a life can be made to fail. Descriptors are numbers no real file has.
 */
#ifndef TESTS_UNIT_FAKE_KVM_H
#define TESTS_UNIT_FAKE_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/vmm/kvm_sys.h"

#define FAKE_MAX_CPUID	 512
#define FAKE_STATS_BYTES 8192
#define FAKE_RUN_BYTES	 12288 /* struct kvm_run, PIO page, ring of coalesced MMIO: as on x86 */
#define FAKE_PIO_OFFSET	 4096
#define FAKE_XSAVE_BYTES 11008 /* standard-format area with AMX */
#define FAKE_MAX_MSRS	 8

struct fake_kvm {
	/* Set by a test after fake_kvm_reset(). */
	unsigned int fail_at; /* the number of the call that fails, from 1; 0: none */
	int fail_code;	      /* -errno it fails with */
	int fail_open;	      /* -errno of every open, 0: none */
	int api_version;      /* what KVM_GET_API_VERSION answers */
	int run_bytes;	      /* what KVM_GET_VCPU_MMAP_SIZE answers */
	int xsave_bytes;      /* what KVM_CAP_XSAVE2 answers */
	bool has_stats;	      /* KVM_CAP_BINARY_STATS_FD */
	bool has_deadline;    /* KVM_CAP_TSC_DEADLINE_TIMER */
	uint32_t refused_msr; /* which KVM_GET_MSRS and KVM_SET_MSRS process not, 0: none */
	struct kvm_cpuid_entry2 supported[FAKE_MAX_CPUID];
	unsigned int nr_supported;
	unsigned int nr_claimed; /* nent answered instead of nr_supported when not 0 */
	/* One KVM_RUN: fills *run and returns 0, or -errno. */
	int (*run)(struct kvm_run *run);
	/* The file behind KVM_GET_STATS_FD. */
	_Alignas(8) uint8_t stats[FAKE_STATS_BYTES];
	size_t stats_bytes;

	/* What happened. */
	unsigned int nr_calls;
	char failed[64]; /* name of the call that was made to fail, as messages spell it */
	unsigned int nr_runs;
	unsigned int nr_irqchips;
	uint8_t *memory; /* of slot 0 */
	size_t memory_bytes;
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	uint64_t xcr0;
	uint8_t xsave[FAKE_XSAVE_BYTES];
	bool used_xsave2;
	struct kvm_msr_entry msrs[FAKE_MAX_MSRS]; /* as set; what was not set is 0 */
	unsigned int nr_msrs;
	struct kvm_ioeventfd ioeventfd;
	unsigned int nr_vcpus;	     /* so far */
	unsigned int nr_vcpus_of_vm; /* of the last VM */
	bool has_cpuid;
	bool has_tss_address;
};

extern struct fake_kvm fake;
extern const struct kvm_sys kvm_sys_fake;

/* A healthy KVM: API 12, CPUID with XSAVE and XCR0 = 7, statistics "exits" and "fpu_reload". */
void fake_kvm_reset(void);

/* Counts one call; true when it is the one to fail. For what a test wraps besides, too. */
bool fake_kvm_is_failing(const char *name);

/* How many descriptors and mappings are open. */
unsigned int fake_kvm_nr_open(void);
unsigned int fake_kvm_nr_mapped(void);

/* Leaf of `supported`, added if missing. */
struct kvm_cpuid_entry2 *fake_kvm_leaf(uint32_t function, uint32_t index);

/* Makes *run an OUT of four bytes. */
void fake_kvm_out(struct kvm_run *run, uint16_t port, uint32_t value);

/* Value of one of the healthy statistics, and the file's parts for tests that damage them. */
#define FAKE_STATS_NAME_BYTES 48
struct kvm_stats_header *fake_stats_header(void);
struct kvm_stats_desc *fake_stats_desc(unsigned int i);
uint64_t *fake_stats_data(unsigned int i);
enum { FAKE_STAT_EXITS, FAKE_STAT_FPU_RELOAD, FAKE_NR_STATS };

#endif
