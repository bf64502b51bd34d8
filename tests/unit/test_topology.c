// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host/machine/topology.h"

#define MACHINES FPB_FIXTURES "/machines/"

static struct topology *load_machine(const char *name)
{
	struct fpb_err err = { 0 };
	struct topology *topology;
	char path[512];

	snprintf(path, sizeof(path), MACHINES "%s.xml", name);
	if (topology_load_xml(&topology, path, &err))
		fail_msg("%s", err.text);
	return topology;
}

struct pick_case {
	const char *machine;
	struct cpu_request request;
	int cpu;
	int helper_cpu;
	int numa_node;
	const char *why;
	const char *helper_why;
};

/* Every request asks for a helper; cpu 0 in a request would be a CPU asked for, so -1 is spelt out.
 */
static const struct pick_case picks[] = {
	{ "server-2s8c2t",
	  { .cpu = -1 },
	  1,
	  2,
	  0,
	  "cpu 1: not cpu 0, SMT sibling 17 left idle",
	  "cpu 2: not cpu 0, SMT sibling 18 left idle" },
	/* An isolated sibling pair is one core: the helper takes the other pair. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "8-9,24-25" },
	  8,
	  9,
	  1,
	  "cpu 8: isolated, SMT sibling 24 left idle",
	  "cpu 9: isolated, SMT sibling 25 left idle" },
	/* One isolated core: the helper is not isolated, but on its node. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "10,26" },
	  10,
	  8,
	  1,
	  "cpu 10: isolated, SMT sibling 26 left idle",
	  "cpu 8: not cpu 0, SMT sibling 24 left idle" },
	{ "server-2s8c2t",
	  { .cpu = -1, .nohz_full = "5,7" },
	  5,
	  7,
	  0,
	  "cpu 5: nohz_full, not cpu 0, SMT sibling 21 left idle",
	  "cpu 7: nohz_full, not cpu 0, SMT sibling 23 left idle" },
	/* Isolation weighs more than nohz_full. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "12", .nohz_full = "3,12" },
	  12,
	  3,
	  1,
	  "cpu 12: isolated",
	  "cpu 3: nohz_full" },
	/* CPU 0 itself may be isolated, and then is as good as any. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "0-1" },
	  0,
	  1,
	  0,
	  "cpu 0: isolated, SMT sibling 16 left idle",
	  "cpu 1: isolated" },
	/* What the kernel gives init: all but the isolated. They are usable all the same. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "8-9", .affinity = "0-7,10-31" },
	  8,
	  9,
	  1,
	  "cpu 8: isolated",
	  "cpu 9: isolated" },
	/* What somebody chose by taskset is kept to. */
	{ "server-2s8c2t",
	  { .cpu = -1, .isolated = "8-9", .affinity = "3-4" },
	  3,
	  4,
	  0,
	  "cpu 3: not cpu 0",
	  "cpu 4: not cpu 0" },
	{ "server-2s8c2t",
	  { .cpu = -1, .affinity = "3,19" },
	  3,
	  -1,
	  0,
	  "cpu 3: not cpu 0",
	  "no allowed cpu on another core than cpu 3's" },
	{ "server-2s8c2t",
	  { .cpu = -1, .affinity = "0" },
	  0,
	  -1,
	  0,
	  "cpu 0: the only one allowed, takes interrupts, SMT sibling 16 left idle",
	  "no allowed" },
	/* CPU 16 shares CPU 0's core: worse than any other, better than CPU 0. */
	{ "server-2s8c2t",
	  { .cpu = -1, .affinity = "0,5,16" },
	  5,
	  16,
	  0,
	  "cpu 5",
	  "cpu 16: not cpu 0, SMT sibling 0 may take interrupts" },
	{ "server-2s8c2t",
	  { .cpu = 24 },
	  24,
	  9,
	  1,
	  "cpu 24: asked for, SMT sibling 8 left idle",
	  "cpu 9" },
	{ "server-2s8c2t",
	  { .cpu = 0 },
	  0,
	  1,
	  0,
	  "cpu 0: asked for, takes interrupts, SMT sibling 16 left idle",
	  "cpu 1" },
	/* A CPU asked for by number overrides taskset. */
	{ "server-2s8c2t",
	  { .cpu = 12, .affinity = "3-4" },
	  12,
	  3,
	  1,
	  "cpu 12: asked for",
	  "cpu 3" },
	{ "nosmt-2s8c",
	  { .cpu = -1 },
	  1,
	  2,
	  0,
	  "cpu 1: not cpu 0, no SMT sibling online",
	  "cpu 2: not cpu 0, no SMT sibling online" },
	{ "hybrid-6p2t8e",
	  { .cpu = -1 },
	  2,
	  4,
	  0,
	  "cpu 2: performance core, not cpu 0, SMT sibling 3 left idle",
	  "cpu 4: performance core, not cpu 0, SMT sibling 5 left idle" },
	{ "hybrid-6p2t8e",
	  { .cpu = -1, .affinity = "0,12-19" },
	  0,
	  12,
	  0,
	  "cpu 0: performance core, takes interrupts",
	  "cpu 12: efficiency core" },
	/* The helper of an efficiency core is another one, although performance cores are free. */
	{ "hybrid-6p2t8e",
	  { .cpu = 15 },
	  15,
	  12,
	  0,
	  "cpu 15: asked for, efficiency core, no SMT sibling online",
	  "cpu 12: efficiency core, not cpu 0, no SMT sibling online" },
	{ "hybrid-6p2t8e",
	  { .cpu = -1, .isolated = "18-19" },
	  18,
	  19,
	  0,
	  "cpu 18: isolated, efficiency core, no SMT sibling online",
	  "cpu 19: isolated" },
	/* The helper shares the last-level cache: cpus 4 to 7 and their siblings are one CCD. */
	{ "ccd-4x4c2t", { .cpu = 6 }, 6, 4, 0, "cpu 6: asked for, SMT sibling 22", "cpu 4" },
	{ "ccd-4x4c2t",
	  { .cpu = -1, .isolated = "3-5" },
	  3,
	  4,
	  0,
	  "cpu 3: isolated",
	  "cpu 4: isolated" },
	{ "cgroup-cpus20-23",
	  { .cpu = -1 },
	  20,
	  21,
	  0,
	  "cpu 20: not cpu 0, SMT sibling 4 may be busy: outside this cgroup",
	  "cpu 21" },
	/* The helper stays on the node, also where nothing nearer is free. */
	{ "two-nodes-2x2c", { .cpu = 4, .affinity = "1,6" }, 4, 6, 1, "cpu 4: asked for", "cpu 6" },
	/* Only CPU 3 has a core to itself. */
	{ "half-smt-4c",
	  { .cpu = -1 },
	  3,
	  1,
	  0,
	  "cpu 3: not cpu 0, no SMT sibling online",
	  "cpu 1: not cpu 0, SMT sibling 5 left idle" },
	{ "vm-1c2t",
	  { .cpu = -1 },
	  1,
	  -1,
	  0,
	  "cpu 1: not cpu 0, SMT sibling 0 may take interrupts",
	  "no allowed cpu on another core than cpu 1's" },
};

static void picks_a_quiet_cpu(void **state)
{
	const struct pick_case *c;
	struct topology *topology;
	struct cpu_request request;
	struct cpu_choice choice;
	struct fpb_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(picks) / sizeof(picks[0]); i++) {
		c = &picks[i];
		topology = load_machine(c->machine);
		request = c->request;
		request.has_helper = true;
		err = (struct fpb_err){ 0 };
		if (topology_pick_cpu(topology, &request, &choice, &err))
			fail_msg("pick %zu: %s", i, err.text);
		if (choice.cpu != c->cpu || choice.helper_cpu != c->helper_cpu ||
		    choice.numa_node != c->numa_node ||
		    strncmp(choice.why, c->why, strlen(c->why)) != 0 ||
		    strncmp(choice.helper_why, c->helper_why, strlen(c->helper_why)) != 0)
			fail_msg("pick %zu: cpu %d, helper %d, node %d, \"%s\", \"%s\"", i,
				 choice.cpu, choice.helper_cpu, choice.numa_node, choice.why,
				 choice.helper_why);
		assert_false(topology_is_same_core(topology, choice.cpu, choice.helper_cpu));
		topology_destroy(topology);
	}
}

static void no_helper_unless_asked_for(void **state)
{
	struct topology *topology = load_machine("server-2s8c2t");
	struct cpu_request request = { .cpu = TOPOLOGY_ANY_CPU };
	struct cpu_choice choice;
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(topology_pick_cpu(topology, &request, &choice, &err), 0);
	assert_int_equal(choice.helper_cpu, -1);
	assert_string_equal(choice.helper_why, "");
	topology_destroy(topology);
}

static void refuses_with_a_remedy(void **state)
{
	static const struct {
		const char *machine;
		struct cpu_request request;
		int code;
		const char *text;
	} cases[] = {
		{ "server-2s8c2t",
		  { .cpu = 99 },
		  -ENODEV,
		  "cpu 99: there is none; allowed are cpus 0-31" },
		{ "server-2s8c2t",
		  { .cpu = -2 },
		  -ENODEV,
		  "cpu -2: there is none; allowed are cpus 0-31" },
		{ "nosmt-2s8c",
		  { .cpu = 17 },
		  -ENODEV,
		  "cpu 17 is offline; allowed are cpus 0-15; "
		  "echo 1 > /sys/devices/system/cpu/cpu17/online" },
		/* Of the CPUs there are, only those that can be had. */
		{ "cgroup-cpus20-23", { .cpu = 32 }, -ENODEV, "allowed are cpus 20-23" },
		{ "cgroup-cpus20-23",
		  { .cpu = 1 },
		  -EPERM,
		  "cpu 1: the cgroup allows only cpus 20-23; add it to cpuset.cpus" },
		{ "server-2s8c2t", { .cpu = -1, .affinity = "" }, -ENODEV, "no online CPU" },
		{ "server-2s8c2t",
		  { .cpu = -1, .isolated = "3-" },
		  -EINVAL,
		  "/sys/devices/system/cpu/isolated: expected a CPU list" },
		{ "server-2s8c2t", { .cpu = -1, .nohz_full = "a" }, -EINVAL, "read \"a\"" },
		{ "server-2s8c2t", { .cpu = -1, .affinity = "1,,2" }, -EINVAL, "affinity" },
	};
	struct topology *topology;
	struct cpu_choice choice;
	struct fpb_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		topology = load_machine(cases[i].machine);
		err = (struct fpb_err){ 0 };
		assert_int_equal(topology_pick_cpu(topology, &cases[i].request, &choice, &err),
				 cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		if (!strstr(err.text, cases[i].text))
			fail_msg("case %zu: %s", i, err.text);
		assert_int_equal(choice.cpu, -1);
		assert_int_equal(choice.helper_cpu, -1);
		topology_destroy(topology);
	}
}

static void knows_siblings(void **state)
{
	struct topology *topology = load_machine("hybrid-6p2t8e");
	int siblings[2] = { -1, -1 };

	(void)state;
	assert_int_equal(topology_nr_cpus(topology), 20);
	assert_int_equal(topology_smt_siblings(topology, 3, siblings, 2), 1);
	assert_int_equal(siblings[0], 2);
	assert_int_equal(siblings[1], -1);
	assert_int_equal(topology_smt_siblings(topology, 12, siblings, 2), 0);
	assert_int_equal(topology_smt_siblings(topology, 20, siblings, 2), -ENODEV);
	assert_int_equal(topology_smt_siblings(topology, 3, NULL, 0), 1);
	assert_true(topology_is_same_core(topology, 2, 3));
	assert_true(topology_is_same_core(topology, 12, 12));
	assert_false(topology_is_same_core(topology, 12, 13));
	assert_false(topology_is_same_core(topology, 99, 99));
	topology_destroy(topology);
}

static void a_captured_machine_cannot_be_pinned_to(void **state)
{
	struct topology *topology = load_machine("server-2s8c2t");
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(topology_pin_thread(topology, 0, &err), -ENOSYS);
	assert_int_equal(topology_unpin_thread(topology, &err), -ENOSYS);
	assert_int_equal(topology_bind_memory(topology, 0, &err), -ENOSYS);
	topology_destroy(topology);
}

static void refuses_what_is_no_topology(void **state)
{
	static const char *const buffers[] = { "", "<topology", "{}", "<a></a>" };
	struct topology *topology;
	struct fpb_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
		err = (struct fpb_err){ 0 };
		assert_int_not_equal(topology_load_xml_buffer(&topology, buffers[i], &err), 0);
		assert_null(topology);
		assert_int_not_equal(err.code, 0);
	}
	err = (struct fpb_err){ 0 };
	assert_int_not_equal(topology_load_xml(&topology, MACHINES "no-such.xml", &err), 0);
	assert_null(topology);
	assert_non_null(strstr(err.text, "no-such.xml"));
	topology_destroy(NULL);
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static void export_keeps_the_machine_and_drops_its_serials(void **state)
{
	static const char head[] = "<info name=\"Backend\" value=\"Synthetic\"/>";
	static const char firmware[] = "<info name=\"DMIProductName\" value=\"Box\"/>\n"
				       "<info name=\"DMIProductSerial\" value=\"S3CRET\"/>\n"
				       "<info name=\"DMIProductUUID\" value=\"S3CRET\"/>\n"
				       "<info name=\"DMIChassisAssetTag\" value=\"S3CRET\"/>\n";
	char *xml = read_text(MACHINES "vm-1c2t.xml");
	struct fpb_err err = { 0 };
	struct topology *topology;
	char *with_firmware;
	char *at;

	(void)state;
	at = strstr(xml, head);
	assert_non_null(at);
	assert_true(asprintf(&with_firmware, "%.*s%s%s", (int)(at - xml), xml, firmware, at) > 0);
	free(xml);
	assert_int_equal(topology_load_xml_buffer(&topology, with_firmware, &err), 0);
	free(with_firmware);
	xml = topology_export_xml(topology, &err);
	topology_destroy(topology);
	assert_non_null(xml);
	assert_null(strstr(xml, "S3CRET"));
	assert_null(strstr(xml, "DMIProductSerial"));
	assert_non_null(strstr(xml, "<info name=\"DMIProductName\" value=\"Box\"/>"));
	assert_int_equal(topology_load_xml_buffer(&topology, xml, &err), 0);
	assert_int_equal(topology_nr_cpus(topology), 2);
	assert_true(topology_is_same_core(topology, 0, 1));
	topology_destroy(topology);
	free(xml);
}

static void pins_on_this_machine(void **state)
{
	struct cpu_request request = { .cpu = TOPOLOGY_ANY_CPU, .has_helper = true };
	struct cpu_choice choice;
	struct topology *topology;
	struct fpb_err err = { 0 };
	cpu_set_t before, pinned, after;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(topology_load(&topology, &err), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_true(topology_nr_cpus(topology) >= 1);
	if (topology_pick_cpu(topology, &request, &choice, &err))
		fail_msg("%s", err.text);
	assert_true(choice.cpu >= 0);
	if (topology_nr_cpus(topology) > 1 && CPU_COUNT(&before) > 1)
		assert_int_not_equal(choice.cpu, 0);
	if (topology_pin_thread(topology, choice.cpu, &err))
		fail_msg("%s", err.text);
	assert_int_equal(sched_getaffinity(0, sizeof(pinned), &pinned), 0);
	assert_int_equal(CPU_COUNT(&pinned), 1);
	assert_true(CPU_ISSET(choice.cpu, &pinned));
	assert_int_equal(sched_getcpu(), choice.cpu);
	assert_int_equal(topology_unpin_thread(topology, &err), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_COUNT(&after) >= CPU_COUNT(&before));
	assert_int_equal(topology_pin_thread(topology, 65000, &err), -ENODEV);
	topology_destroy(topology);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picks_a_quiet_cpu),
		cmocka_unit_test(no_helper_unless_asked_for),
		cmocka_unit_test(refuses_with_a_remedy),
		cmocka_unit_test(knows_siblings),
		cmocka_unit_test(a_captured_machine_cannot_be_pinned_to),
		cmocka_unit_test(refuses_what_is_no_topology),
		cmocka_unit_test(export_keeps_the_machine_and_drops_its_serials),
		cmocka_unit_test(pins_on_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
