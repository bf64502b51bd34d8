/* SPDX-License-Identifier: MIT */
/* topology_priv.h - shared by the files of topology.h; the only header that knows hwloc. */
#ifndef HOST_MACHINE_TOPOLOGY_PRIV_H
#define HOST_MACHINE_TOPOLOGY_PRIV_H

#include <hwloc.h>
#include <stdbool.h>

#include "host/machine/topology.h"

struct topology {
	hwloc_topology_t hwloc;
	bool is_live; /* describes the machine we run on, so that binding makes sense */
};

/* NULL if the CPU is not online. */
static inline hwloc_obj_t topology_pu(const struct topology *topology, int cpu)
{
	return cpu < 0 ? NULL : hwloc_get_pu_obj_by_os_index(topology->hwloc, (unsigned int)cpu);
}

/* What a PU shares with its SMT siblings: the core, or itself where the machine names no cores. */
static inline hwloc_obj_t topology_core(const struct topology *topology, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, pu);

	return core ? core : pu;
}

#endif
