// SPDX-License-Identifier: MIT
#include "host/machine/topology_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/cpu_list.h"
#include "host/machine/sysfile.h"

#define MAX_SIBLINGS 8

/* The sets a choice is made from, all of the kernel's CPU numbers. */
struct sets {
	hwloc_bitmap_t isolated;
	hwloc_bitmap_t nohz_full;
	hwloc_bitmap_t affinity;
	hwloc_bitmap_t candidates;
};

static int parse_list(hwloc_bitmap_t set, const char *list, const char *what, struct fpb_err *err)
{
	const char *cursor = list;
	unsigned int first, last;
	int code;

	while ((code = cpu_list_next(&cursor, &first, &last)) > 0)
		if (hwloc_bitmap_set_range(set, first, (int)last))
			return FPB_FAIL(err, -ENOMEM, "%s", what);
	if (code)
		return FPB_FAIL(err, code, "%s: expected a CPU list such as 0-3,8, read \"%.64s\"",
				what, list);
	return 0;
}

/* A list that was passed in, or the live machine's file. No such file: the kernel has no such CPUs.
 */
static int load_list(const struct topology *topology, hwloc_bitmap_t set, const char *given,
		     const char *path, struct fpb_err *err)
{
	struct sysfile_why why;
	char *text;
	int code;

	if (given)
		return parse_list(set, given, path, err);
	if (!topology->is_live || sysfile_read_text(NULL, path, &text, &why))
		return 0;
	code = parse_list(set, text, path, err);
	free(text);
	return code;
}

static int load_affinity(const struct topology *topology, hwloc_bitmap_t set, const char *given,
			 struct fpb_err *err)
{
	if (given)
		return parse_list(set, given, "affinity", err);
	if (!topology->is_live) {
		if (hwloc_bitmap_copy(set, hwloc_topology_get_allowed_cpuset(topology->hwloc)))
			return FPB_FAIL(err, -ENOMEM, "affinity");
		return 0;
	}
	if (hwloc_get_cpubind(topology->hwloc, set, HWLOC_CPUBIND_THREAD))
		return FPB_FAIL(err, -errno, "sched_getaffinity");
	return 0;
}

/*
 * The kernel starts init, and so everybody, without the isolated CPUs: an affinity of exactly the
 * rest is nobody's wish, and the isolated ones are what we are looking for. Any other affinity is
 * a wish (taskset, a container) and is kept to.
 */
static int choose_candidates(const struct topology *topology, struct sets *sets,
			     struct fpb_err *err)
{
	hwloc_bitmap_t usable = hwloc_bitmap_alloc();
	hwloc_bitmap_t rest = hwloc_bitmap_alloc();
	int code = 0;

	if (!usable || !rest ||
	    hwloc_bitmap_and(usable, hwloc_topology_get_allowed_cpuset(topology->hwloc),
			     hwloc_topology_get_topology_cpuset(topology->hwloc)) ||
	    hwloc_bitmap_andnot(rest, usable, sets->isolated)) {
		code = FPB_FAIL(err, -ENOMEM, "candidates");
		goto out;
	}
	if (hwloc_bitmap_isequal(sets->affinity, rest))
		code = hwloc_bitmap_copy(sets->candidates, usable);
	else
		code = hwloc_bitmap_and(sets->candidates, usable, sets->affinity);
	if (code)
		code = FPB_FAIL(err, -ENOMEM, "candidates");
out:
	hwloc_bitmap_free(usable);
	hwloc_bitmap_free(rest);
	return code;
}

static void sets_destroy(struct sets *sets)
{
	hwloc_bitmap_free(sets->isolated);
	hwloc_bitmap_free(sets->nohz_full);
	hwloc_bitmap_free(sets->affinity);
	hwloc_bitmap_free(sets->candidates);
}

static int sets_create(const struct topology *topology, const struct cpu_request *request,
		       struct sets *sets, struct fpb_err *err)
{
	int code;

	sets->isolated = hwloc_bitmap_alloc();
	sets->nohz_full = hwloc_bitmap_alloc();
	sets->affinity = hwloc_bitmap_alloc();
	sets->candidates = hwloc_bitmap_alloc();
	if (!sets->isolated || !sets->nohz_full || !sets->affinity || !sets->candidates) {
		code = FPB_FAIL(err, -ENOMEM, "CPU sets");
		goto out;
	}
	code = load_list(topology, sets->isolated, request->isolated,
			 "/sys/devices/system/cpu/isolated", err);
	if (!code)
		code = load_list(topology, sets->nohz_full, request->nohz_full,
				 "/sys/devices/system/cpu/nohz_full", err);
	if (!code)
		code = load_affinity(topology, sets->affinity, request->affinity, err);
	if (!code)
		code = choose_candidates(topology, sets, err);
out:
	if (code)
		sets_destroy(sets);
	return code;
}

/* What speaks for a CPU, the weightiest first. Compared one after the other, more is better. */
enum merit {
	MERIT_ISOLATED,
	MERIT_NOHZ_FULL,
	MERIT_SAME_KIND, /* as the CPU this one is to help; all equal otherwise */
	MERIT_SAME_NODE,
	MERIT_SAME_CACHE,
	MERIT_KIND,
	MERIT_NOT_BOOT_CPU,
	MERIT_NOT_BOOT_CORE,
	MERIT_NO_SIBLING,
	NR_MERITS,
};

static int nr_kinds(const struct topology *topology)
{
	int count = hwloc_cpukinds_get_nr(topology->hwloc, 0);

	return count < 0 ? 0 : count;
}

/* hwloc ranks the kinds, the most powerful last; 0 where the machine has no kinds. */
static int cpu_kind(const struct topology *topology, hwloc_obj_t pu)
{
	int kind = hwloc_cpukinds_get_by_cpuset(topology->hwloc, pu->cpuset, 0);

	return kind < 0 ? 0 : kind;
}

static int numa_node(hwloc_obj_t pu)
{
	return pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : -1;
}

static hwloc_obj_t last_level_cache(hwloc_obj_t pu)
{
	hwloc_obj_t cache = NULL;
	hwloc_obj_t obj;

	for (obj = pu->parent; obj; obj = obj->parent)
		if (hwloc_obj_type_is_dcache(obj->type))
			cache = obj;
	return cache;
}

/* Where nobody isolated CPU 0, it takes the interrupts and timers that have no home. */
static bool is_noisy(const struct sets *sets, int cpu)
{
	return cpu == 0 && !hwloc_bitmap_isset(sets->isolated, 0);
}

static void judge(const struct topology *topology, const struct sets *sets, hwloc_obj_t pu,
		  hwloc_obj_t helped, int merits[NR_MERITS])
{
	int cpu = (int)pu->os_index;

	merits[MERIT_ISOLATED] = hwloc_bitmap_isset(sets->isolated, (unsigned int)cpu);
	merits[MERIT_NOHZ_FULL] = hwloc_bitmap_isset(sets->nohz_full, (unsigned int)cpu);
	merits[MERIT_SAME_KIND] = helped && cpu_kind(topology, pu) == cpu_kind(topology, helped);
	merits[MERIT_SAME_NODE] = helped && numa_node(pu) == numa_node(helped);
	merits[MERIT_SAME_CACHE] = helped && last_level_cache(pu) == last_level_cache(helped);
	merits[MERIT_KIND] = cpu_kind(topology, pu);
	merits[MERIT_NOT_BOOT_CPU] = !is_noisy(sets, cpu);
	merits[MERIT_NOT_BOOT_CORE] = !is_noisy(sets, 0) ||
				      !topology_is_same_core(topology, cpu, 0);
	merits[MERIT_NO_SIBLING] = topology_smt_siblings(topology, cpu, NULL, 0) == 0;
}

static bool is_better(const int merits[NR_MERITS], const int best[NR_MERITS])
{
	int i;

	for (i = 0; i < NR_MERITS; i++)
		if (merits[i] != best[i])
			return merits[i] > best[i];
	return false;
}

/* The best candidate; the best on another core than helped, if given. NULL: there is none. */
static hwloc_obj_t best_pu(const struct topology *topology, const struct sets *sets,
			   hwloc_obj_t helped)
{
	int merits[NR_MERITS];
	int best[NR_MERITS] = { 0 };
	hwloc_obj_t found = NULL;
	hwloc_obj_t pu;
	int cpu;

	for (cpu = hwloc_bitmap_first(sets->candidates); cpu >= 0;
	     cpu = hwloc_bitmap_next(sets->candidates, cpu)) {
		pu = topology_pu(topology, cpu);
		if (!pu || (helped && topology_is_same_core(topology, cpu, (int)helped->os_index)))
			continue;
		judge(topology, sets, pu, helped, merits);
		if (found && !is_better(merits, best))
			continue;
		memcpy(best, merits, sizeof(best));
		found = pu;
	}
	return found;
}

struct words {
	char *buf;
	size_t size;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(words->buf + words->used, words->size - words->used, fmt, args);
	va_end(args);
	if (length > 0)
		words->used += (size_t)length;
	if (words->used >= words->size)
		words->used = words->size - 1;
}

/* What becomes of the other threads of the core while we measure. */
static const char *sibling_state(const struct topology *topology, const struct sets *sets,
				 const int *siblings, int count)
{
	hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology->hwloc);
	int i;

	for (i = 0; i < count; i++)
		if (is_noisy(sets, siblings[i]))
			return "may take interrupts";
	for (i = 0; i < count; i++)
		if (!hwloc_bitmap_isset(allowed, (unsigned int)siblings[i]))
			return "may be busy: outside this cgroup";
	return "left idle";
}

static void say_siblings(const struct topology *topology, const struct sets *sets,
			 struct words *words, int cpu)
{
	int siblings[MAX_SIBLINGS];
	int count = topology_smt_siblings(topology, cpu, siblings, MAX_SIBLINGS);
	int i;

	if (count <= 0) {
		say(words, "no SMT sibling online");
		return;
	}
	if (count > MAX_SIBLINGS)
		count = MAX_SIBLINGS;
	say(words, "SMT sibling%s", count > 1 ? "s" : "");
	for (i = 0; i < count; i++)
		say(words, "%s%d", i ? "," : " ", siblings[i]);
	say(words, " %s", sibling_state(topology, sets, siblings, count));
}

static void describe(const struct topology *topology, const struct sets *sets, hwloc_obj_t pu,
		     bool is_asked_for, char *buf, size_t size)
{
	struct words words = { .buf = buf, .size = size };
	int cpu = (int)pu->os_index;
	int kinds = nr_kinds(topology);

	say(&words, "cpu %d: ", cpu);
	if (is_asked_for)
		say(&words, "asked for, ");
	if (hwloc_bitmap_isset(sets->isolated, pu->os_index))
		say(&words, "isolated, ");
	else if (hwloc_bitmap_isset(sets->nohz_full, pu->os_index))
		say(&words, "nohz_full, ");
	if (kinds == 2)
		say(&words, "%s core, ", cpu_kind(topology, pu) ? "performance" : "efficiency");
	else if (kinds > 2)
		say(&words, "core of kind %d of %d, ", cpu_kind(topology, pu) + 1, kinds);
	if (is_noisy(sets, cpu))
		say(&words, "%stakes interrupts, ",
		    hwloc_bitmap_weight(sets->candidates) == 1 ? "the only one allowed, " : "");
	else if (cpu && !is_asked_for && !hwloc_bitmap_isset(sets->isolated, pu->os_index))
		say(&words, "not cpu 0, ");
	say_siblings(topology, sets, &words, cpu);
}

/* Those that are online and that the cgroup allows, "0-3,8", for free(). NULL: out of memory. */
static char *list_allowed(const struct topology *topology)
{
	hwloc_bitmap_t usable = hwloc_bitmap_alloc();
	char *list = NULL;

	if (!usable ||
	    hwloc_bitmap_and(usable, hwloc_topology_get_allowed_cpuset(topology->hwloc),
			     hwloc_topology_get_topology_cpuset(topology->hwloc)) ||
	    hwloc_bitmap_list_asprintf(&list, usable) < 0)
		list = NULL;
	hwloc_bitmap_free(usable);
	return list;
}

static int check_asked_for(const struct topology *topology, int cpu, struct fpb_err *err)
{
	hwloc_const_cpuset_t all = hwloc_topology_get_complete_cpuset(topology->hwloc);
	hwloc_const_cpuset_t allowed = hwloc_topology_get_allowed_cpuset(topology->hwloc);
	const bool exists = cpu >= 0 && hwloc_bitmap_isset(all, (unsigned int)cpu);
	char *list;
	int code;

	if (exists && topology_pu(topology, cpu) && hwloc_bitmap_isset(allowed, (unsigned int)cpu))
		return 0;
	list = list_allowed(topology);
	if (!list)
		return FPB_FAIL(err, -ENOMEM, "list of CPUs");
	if (!exists)
		code = FPB_FAIL(err, -ENODEV, "cpu %d: there is none; allowed are cpus %.64s", cpu,
				list);
	else if (!topology_pu(topology, cpu))
		code = FPB_FAIL(err, -ENODEV,
				"cpu %d is offline; allowed are cpus %.64s; "
				"echo 1 > /sys/devices/system/cpu/cpu%d/online brings it back",
				cpu, list, cpu);
	else
		code = FPB_FAIL(err, -EPERM,
				"cpu %d: the cgroup allows only cpus %.64s; add it to cpuset.cpus",
				cpu, list);
	free(list);
	return code;
}

static void pick_helper(const struct topology *topology, const struct sets *sets, hwloc_obj_t pu,
			struct cpu_choice *choice)
{
	hwloc_obj_t helper = best_pu(topology, sets, pu);

	if (!helper) {
		snprintf(choice->helper_why, sizeof(choice->helper_why),
			 "no allowed cpu on another core than cpu %d's", choice->cpu);
		return;
	}
	choice->helper_cpu = (int)helper->os_index;
	describe(topology, sets, helper, false, choice->helper_why, sizeof(choice->helper_why));
}

int topology_pick_cpu(const struct topology *topology, const struct cpu_request *request,
		      struct cpu_choice *choice, struct fpb_err *err)
{
	bool is_asked_for = request->cpu != TOPOLOGY_ANY_CPU;
	struct sets sets;
	hwloc_obj_t pu;
	int code;

	*choice = (struct cpu_choice){ .cpu = -1, .helper_cpu = -1, .numa_node = -1 };
	if (is_asked_for) {
		code = check_asked_for(topology, request->cpu, err);
		if (code)
			return code;
	}
	code = sets_create(topology, request, &sets, err);
	if (code)
		return code;
	pu = is_asked_for ? topology_pu(topology, request->cpu) : best_pu(topology, &sets, NULL);
	if (!pu) {
		code = FPB_FAIL(err, -ENODEV,
				"no online CPU in this process's affinity; widen it (taskset) or "
				"the cgroup's cpuset.cpus");
		goto out;
	}
	choice->cpu = (int)pu->os_index;
	choice->numa_node = numa_node(pu);
	describe(topology, &sets, pu, is_asked_for, choice->why, sizeof(choice->why));
	if (request->has_helper)
		pick_helper(topology, &sets, pu, choice);
out:
	sets_destroy(&sets);
	return code;
}
