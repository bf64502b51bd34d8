/* SPDX-License-Identifier: MIT */
/*
 * topology.h - where to measure: CPUs, SMT siblings, NUMA nodes, and pinning to them.
 *
 * A thin layer over hwloc, so that the choice of a CPU is made from data and can be tested on
 * captured machines. CPU numbers are the kernel's (hwloc: OS indices). CPU lists are strings in
 * the kernel's format, "0-3,8"; "" is the empty list.
 */
#ifndef HOST_MACHINE_TOPOLOGY_H
#define HOST_MACHINE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "host/err.h"

struct topology;

/*
 * The machine this process runs on. CPUs that the process may not use are kept, so that an SMT
 * sibling outside the cgroup is still known. *topology is NULL on failure.
 */
int topology_load(struct topology **topology, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * A captured machine: hwloc XML (v2) in a file or in a NUL-terminated buffer. Pinning and memory
 * binding fail with -ENOSYS on it, the choice of a CPU works. -EINVAL: not hwloc XML.
 */
int topology_load_xml(struct topology **topology, const char *path, struct fpb_err *err)
	FPB_MUST_CHECK;
int topology_load_xml_buffer(struct topology **topology, const char *xml, struct fpb_err *err)
	FPB_MUST_CHECK;

void topology_destroy(struct topology *topology);

#define TOPOLOGY_ANY_CPU (-1)

struct cpu_request {
	int cpu;	 /* the CPU asked for, or TOPOLOGY_ANY_CPU */
	bool has_helper; /* pick a second CPU as well: helper thread, other vCPU */
	/*
	 * CPUs kept free of other work by isolcpus= and nohz_full=, as in /sys/devices/system/cpu.
	 * NULL: read there for the live machine, none for a captured one.
	 */
	const char *isolated;
	const char *nohz_full;
	/*
	 * The calling thread's affinity. NULL: sched_getaffinity() for the live machine, every CPU
	 * for a captured one. init's own affinity leaves isolated CPUs out although they may be
	 * used: they are candidates as long as nobody narrowed the affinity further (taskset).
	 */
	const char *affinity;
};

struct cpu_choice {
	int cpu;
	int helper_cpu; /* on another core than cpu; -1: not asked for, or no other core */
	int numa_node;	/* of cpu, the kernel's number; -1 if the machine does not say */
	/* "cpu 5: isolated, no SMT sibling online" */
	char why[192];
	char helper_why[192]; /* "" if not asked for; the reason if helper_cpu is -1 */
};

/*
 * Chooses a quiet CPU. In order of weight: isolated, nohz_full, a performance core on a hybrid
 * part, not CPU 0 (it takes interrupts), not CPU 0's core, no SMT sibling online; the lowest number
 * among equals. The helper is never on the same core: isolated, nohz_full, then the same kind of
 * core, NUMA node and last-level cache as cpu, then as before.
 *
 * A CPU asked for by number is only checked: -ENODEV if it does not exist or is offline, -EPERM if
 * the cgroup excludes it, each with the remedy in the text. -EINVAL: a malformed list. -ENODEV: no
 * CPU left to choose from. On failure *choice holds cpu and helper_cpu -1.
 */
int topology_pick_cpu(const struct topology *topology, const struct cpu_request *request,
		      struct cpu_choice *choice, struct fpb_err *err) FPB_MUST_CHECK;

/* Binds the calling thread to one CPU. Undo it with topology_unpin_thread(). */
int topology_pin_thread(const struct topology *topology, int cpu, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Lets the calling thread run on every CPU its cgroup allows. */
int topology_unpin_thread(const struct topology *topology, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * Makes the calling thread allocate memory from the NUMA node of cpu only; pages it already has
 * stay where they are. Nothing to do, and 0, on a machine of one node.
 */
int topology_bind_memory(const struct topology *topology, int cpu, struct fpb_err *err)
	FPB_MUST_CHECK;

/* CPUs online, allowed or not. */
unsigned int topology_nr_cpus(const struct topology *topology);

/*
 * The other online CPUs on cpu's core, in increasing order: up to max of them into siblings, and
 * their number (which may exceed max) as result. -ENODEV: no such CPU online.
 */
int topology_smt_siblings(const struct topology *topology, int cpu, int *siblings, size_t max);

/* Whether two CPUs are hardware threads of one core (a CPU is on the core of itself). */
bool topology_is_same_core(const struct topology *topology, int a, int b);

/*
 * The topology as hwloc XML for the report, to be freed by the caller; NULL with err on failure.
 * Serial numbers, asset tags and UUIDs of the firmware, which root can read, are left out: reports
 * are published.
 */
char *topology_export_xml(const struct topology *topology, struct fpb_err *err) FPB_MUST_CHECK;

#endif
