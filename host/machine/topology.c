// SPDX-License-Identifier: MIT
#include "host/machine/topology_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * DONT_CHANGE_BINDING: hwloc's x86 backend would otherwise visit every CPU to ask CPUID there.
 * IO devices are left out by default, which also keeps the XML short.
 */
#define LOAD_FLAGS                                                                                 \
	(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED | HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING)

struct source {
	const char *path;
	const char *xml;
};

static int set_source(hwloc_topology_t hwloc, const struct source *source, struct fpb_err *err)
{
	size_t bytes;

	if (source->path && hwloc_topology_set_xml(hwloc, source->path))
		return FPB_FAIL(err, -errno, "hwloc: %s: not readable as topology XML",
				source->path);
	if (source->xml) {
		bytes = strlen(source->xml) + 1;
		if (bytes > INT_MAX || hwloc_topology_set_xmlbuffer(hwloc, source->xml, (int)bytes))
			return FPB_FAIL(err, -EINVAL, "hwloc: the buffer is no topology XML");
	}
	return 0;
}

static int load(struct topology **topology, const struct source *source, struct fpb_err *err)
{
	struct topology *t = calloc(1, sizeof(*t));
	int code;

	*topology = NULL;
	if (!t)
		return FPB_FAIL(err, -ENOMEM, "topology");
	if (hwloc_topology_init(&t->hwloc)) {
		code = FPB_FAIL(err, -ENOMEM, "hwloc_topology_init");
		goto out_free;
	}
	code = set_source(t->hwloc, source, err);
	if (code)
		goto out_destroy;
	if (hwloc_topology_set_flags(t->hwloc, LOAD_FLAGS)) {
		code = FPB_FAIL(err, -errno, "hwloc_topology_set_flags");
		goto out_destroy;
	}
	if (hwloc_topology_load(t->hwloc)) {
		code = FPB_FAIL(err, -EINVAL, "hwloc_topology_load: %s",
				source->path  ? source->path
				: source->xml ? "the XML buffer is malformed"
					      : "this machine");
		goto out_destroy;
	}
	t->is_live = hwloc_topology_is_thissystem(t->hwloc);
	*topology = t;
	return 0;

out_destroy:
	hwloc_topology_destroy(t->hwloc);
out_free:
	free(t);
	return code;
}

int topology_load(struct topology **topology, struct fpb_err *err)
{
	return load(topology, &(struct source){ 0 }, err);
}

int topology_load_xml(struct topology **topology, const char *path, struct fpb_err *err)
{
	return load(topology, &(struct source){ .path = path }, err);
}

int topology_load_xml_buffer(struct topology **topology, const char *xml, struct fpb_err *err)
{
	return load(topology, &(struct source){ .xml = xml }, err);
}

void topology_destroy(struct topology *topology)
{
	if (!topology)
		return;
	hwloc_topology_destroy(topology->hwloc);
	free(topology);
}

static int check_live(const struct topology *topology, struct fpb_err *err)
{
	if (topology->is_live)
		return 0;
	return FPB_FAIL(err, -ENOSYS, "the topology is a captured one, nothing can be bound there");
}

int topology_pin_thread(const struct topology *topology, int cpu, struct fpb_err *err)
{
	hwloc_obj_t pu = topology_pu(topology, cpu);
	int code;

	code = check_live(topology, err);
	if (code)
		return code;
	if (!pu)
		return FPB_FAIL(err, -ENODEV, "cpu %d is not online", cpu);
	if (hwloc_set_cpubind(topology->hwloc, pu->cpuset,
			      HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_STRICT))
		return FPB_FAIL(err, -errno,
				"cannot run on cpu %d; allow it in the cgroup's cpuset.cpus", cpu);
	return 0;
}

int topology_unpin_thread(const struct topology *topology, struct fpb_err *err)
{
	int code;

	code = check_live(topology, err);
	if (code)
		return code;
	/* More CPUs than the cgroup allows may be named: the kernel takes the intersection. */
	if (hwloc_set_cpubind(topology->hwloc, hwloc_topology_get_topology_cpuset(topology->hwloc),
			      HWLOC_CPUBIND_THREAD))
		return FPB_FAIL(err, -errno, "cannot undo the binding of the thread");
	return 0;
}

int topology_bind_memory(const struct topology *topology, int cpu, struct fpb_err *err)
{
	hwloc_obj_t pu = topology_pu(topology, cpu);
	hwloc_bitmap_t node;
	int code;

	code = check_live(topology, err);
	if (code)
		return code;
	if (!pu || !pu->nodeset || hwloc_bitmap_iszero(pu->nodeset))
		return FPB_FAIL(err, -ENODEV, "cpu %d: no NUMA node known", cpu);
	if (hwloc_get_nbobjs_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE) == 1)
		return 0;
	node = hwloc_bitmap_dup(pu->nodeset);
	if (!node)
		return FPB_FAIL(err, -ENOMEM, "NUMA node of cpu %d", cpu);
	/* Several nodes are local where fast and large memory stand side by side: take the first.
	 */
	hwloc_bitmap_singlify(node);
	if (hwloc_set_membind(topology->hwloc, node, HWLOC_MEMBIND_BIND,
			      HWLOC_MEMBIND_THREAD | HWLOC_MEMBIND_STRICT |
				      HWLOC_MEMBIND_BYNODESET))
		code = FPB_FAIL(err, -errno,
				"cannot bind memory to NUMA node %d; allow it in cpuset.mems, and "
				"set_mempolicy(2) in the container's seccomp profile",
				hwloc_bitmap_first(node));
	hwloc_bitmap_free(node);
	return code;
}

unsigned int topology_nr_cpus(const struct topology *topology)
{
	return (unsigned int)hwloc_get_nbobjs_by_type(topology->hwloc, HWLOC_OBJ_PU);
}

int topology_smt_siblings(const struct topology *topology, int cpu, int *siblings, size_t max)
{
	hwloc_obj_t pu = topology_pu(topology, cpu);
	hwloc_const_cpuset_t core;
	int count = 0;
	int other;

	if (!pu)
		return -ENODEV;
	core = topology_core(topology, pu)->cpuset;
	for (other = hwloc_bitmap_first(core); other >= 0; other = hwloc_bitmap_next(core, other)) {
		if (other == cpu)
			continue;
		if ((size_t)count < max)
			siblings[count] = other;
		count++;
	}
	return count;
}

bool topology_is_same_core(const struct topology *topology, int a, int b)
{
	hwloc_obj_t pu_a = topology_pu(topology, a);
	hwloc_obj_t pu_b = topology_pu(topology, b);

	return pu_a && pu_b && topology_core(topology, pu_a) == topology_core(topology, pu_b);
}

/* <info name="DMIProductSerial" value=".."/> and the like; hwloc writes one to a line. */
static bool is_private(const char *line, size_t length)
{
	static const char *const words[] = { "Serial", "UUID", "AssetTag" };
	const char *name = memmem(line, length, "<info name=\"DMI", 15);
	const char *end;
	size_t i;

	if (!name)
		return false;
	name += strlen("<info name=\"");
	end = memchr(name, '"', (size_t)(line + length - name));
	if (!end)
		return true;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memmem(name, (size_t)(end - name), words[i], strlen(words[i])))
			return true;
	return false;
}

static void drop_private_lines(char *xml)
{
	const char *from = xml;
	char *to = xml;
	const char *end;
	size_t length;

	while (*from) {
		end = strchrnul(from, '\n');
		length = (size_t)(end - from) + (*end == '\n');
		if (!is_private(from, length)) {
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	*to = '\0';
}

char *topology_export_xml(const struct topology *topology, struct fpb_err *err)
{
	char *buffer, *xml;
	int bytes;

	if (hwloc_topology_export_xmlbuffer(topology->hwloc, &buffer, &bytes, 0)) {
		(void)FPB_FAIL(err, -errno, "hwloc_topology_export_xmlbuffer");
		return NULL;
	}
	xml = strdup(buffer);
	hwloc_free_xmlbuffer(topology->hwloc, buffer);
	if (!xml) {
		(void)FPB_FAIL(err, -ENOMEM, "topology XML of %d bytes", bytes);
		return NULL;
	}
	drop_private_lines(xml);
	return xml;
}
