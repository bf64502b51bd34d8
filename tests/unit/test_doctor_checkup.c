// SPDX-License-Identifier: MIT
/* Judgements one by one, on a record and files made up for each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/machine/checkup.h"
#include "host/machine/hazards.h"
#include "tests/unit/captured_machine.h"

static char root[64];
static struct captured_machine machine;
static json_t *environment;
static struct checkup_options options;

static void make_file(const char *name, const char *text)
{
	char path[256];
	char *slash;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/fpb-checkup-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	captured_machine_load(&machine, "smt-laptop");
	environment = json_object();
	options = (struct checkup_options){
		.environment = environment,
		.sysroot = root,
		.kvm = &machine.kvm.source,
	};
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	json_decref(environment);
	snprintf(command, sizeof(command), "rm -r -- '%s'", root);
	return system(command);
}

static void record(const char *key, const char *text)
{
	assert_int_equal(json_object_set_new(environment, key, json_string(text)), 0);
}

/* The one check, as the options stand; released by the caller. */
static json_t *check(const char *key)
{
	struct fpb_err err = { 0 };
	json_t *checks = checkup_create(&options, &err);
	json_t *found = NULL;

	assert_non_null(checks);
	assert_int_equal(machine.kvm.nr_open, 0);
	for (size_t i = 0; i < json_array_size(checks); i++) {
		json_t *one = json_array_get(checks, i);

		if (!strcmp(json_string_value(json_object_get(one, "key")), key))
			found = json_incref(one);
	}
	json_decref(checks);
	assert_non_null(found);
	return found;
}

static const char *member(const json_t *one, const char *key)
{
	return json_string_value(json_object_get(one, key));
}

/* value as JSON text; why: a part of it; fix: all of it. */
static void expect(const char *key, const char *value, bool is_ok, const char *why, const char *fix)
{
	json_t *one = check(key);
	char *found = json_dumps(json_object_get(one, "value"), JSON_ENCODE_ANY);

	if (strcmp(found, value) != 0)
		fail_msg("%s: value is %s, expected %s", key, found, value);
	if (json_is_true(json_object_get(one, "ok")) != is_ok)
		fail_msg("%s: ok is not %d", key, is_ok);
	if (!strstr(member(one, "why"), why))
		fail_msg("%s: why is \"%s\", without \"%s\"", key, member(one, "why"), why);
	if (strcmp(member(one, "fix"), fix) != 0)
		fail_msg("%s: fix is \"%s\", expected \"%s\"", key, member(one, "fix"), fix);
	free(found);
	json_decref(one);
}

#define PARANOID     "/proc/sys/kernel/perf_event_paranoid"
#define PARANOID_FIX "sudo sysctl kernel.perf_event_paranoid=1"

static void no_pmu_in_a_vm(void **state)
{
	(void)state;
	expect("pmu", "true", true, "", "");
	options.pmu_lack = "cycles:u: this machine has no PMU for the event (ENOENT)";
	make_file(PARANOID, "2\n");
	expect("pmu", "false", false, "Here: cycles:u: this machine has no PMU", "");
	record("hypervisor", "KVMKVMKVM");
	expect("pmu", "false", false, "only if its hypervisor gives it one", "");
}

static void no_pmu_for_lack_of_permission(void **state)
{
	(void)state;
	options.pmu_lack = "cycles:u: not permitted (EACCES): kernel.perf_event_paranoid is 3";
	make_file(PARANOID, "3\n");
	expect("pmu", "false", false, "not permitted", PARANOID_FIX);
	options.is_privileged = true;
	expect("pmu", "false", false, "not permitted", "");
}

static void paranoia_binds_the_unprivileged(void **state)
{
	(void)state;
	expect("perf_event_paranoid", "null", false, PARANOID ": No such file", "");
	make_file(PARANOID, "1\n");
	expect("perf_event_paranoid", "1", true, "", "");
	make_file(PARANOID, "-1\n");
	expect("perf_event_paranoid", "-1", true, "", "");
	make_file(PARANOID, "2\n");
	expect("perf_event_paranoid", "2", false, "", PARANOID_FIX);
	options.is_privileged = true;
	expect("perf_event_paranoid", "2", true, "you are privileged", "");
}

static void expect_not_said(const char *key, const char *words)
{
	json_t *one = check(key);

	if (strstr(member(one, "why"), words))
		fail_msg("%s: why is \"%s\", with \"%s\"", key, member(one, "why"), words);
	json_decref(one);
}

static void the_software_backend_and_its_consequences(void **state)
{
	(void)state;
	record("kvm_backend", "kvm_pvm");
	expect("kvm_backend", "\"kvm_pvm\"", false, "guest code at CPL 0 is interpreted", "");
	expect("kvm_backend", "\"kvm_pvm\"", false, "answered by the outer hypervisor", "");
	/* Why there is nothing better: hardware that is not shown, and by whom. */
	expect("kvm_backend", "\"kvm_pvm\"", false, "see whether the firmware", "");
	record("hypervisor", "KVMKVMKVM");
	expect("kvm_backend", "\"kvm_pvm\"", false, "allow nested virtualisation", "");
	make_file("/proc/cpuinfo", "processor : 0\nflags : fpu svm\n");
	expect_not_said("kvm_backend", "nor SVM");
	record("kvm_backend", "other");
	expect("kvm_backend", "\"other\"", false, "unknown to the suite", "");
	record("kvm_backend", "kvm_amd");
	expect("kvm_backend", "\"kvm_amd\"", true, "", "");
}

static void a_missing_kvm_is_a_module_or_hardware(void **state)
{
	(void)state;
	machine.kvm.open_code = -ENOENT;
	expect("kvm_backend", "null", false, "see whether the firmware", "");
	make_file("/proc/cpuinfo", "processor : 0\nflags : kvmx vmx_notify svm_lock\n");
	expect("kvm_backend", "null", false, "see whether the firmware", "");
	make_file("/proc/cpuinfo", "processor : 0\nflags : fpu vmx_notify vmx\nbugs : svm\n");
	expect("kvm_backend", "null", false, "", "sudo modprobe kvm_intel");
	expect("dev_kvm", "\"absent\"", false, "/dev/kvm: No such file", "sudo modprobe kvm_intel");
	make_file("/proc/cpuinfo", "processor : 0\nflags : fpu svm lm\nbugs : vmx\n");
	expect("kvm_backend", "null", false, "", "sudo modprobe kvm_amd");
	machine.kvm.open_code = -EBUSY;
	expect("dev_kvm", "\"cannot be opened\"", false, "/dev/kvm: Device or resource busy", "");
	machine.kvm.open_code = 0;
	expect("dev_kvm", "\"usable\"", true, "", "");
	machine.kvm.api_version = -ENOTTY;
	expect("dev_kvm", "\"not KVM\"", false, "KVM_GET_API_VERSION gave -25, not 12", "");
}

static void statistics_of_kvm(void **state)
{
	(void)state;
	expect("kvm_stats", "true", true, "", "");
	options.kvm_stats_lack = "KVM_GET_STATS_FD has no 'fpu_reload'";
	expect("kvm_stats", "false", false, "Here: KVM_GET_STATS_FD has no 'fpu_reload'.", "");
}

static void steal_time(void **state)
{
	(void)state;
	expect("steal_percent", "null", false, "/proc/stat: No such file", "");
	make_file("/proc/stat", "cpu  500 0 250 200 0 0 49 1 7 7\ncpu0 1\n");
	expect("steal_percent", "0.10000000000000001", true, "", "");
	make_file("/proc/stat", "cpu  500 0 250 200 0 0 48 2 0 0\n");
	expect("steal_percent", "0.20000000000000001", false, "", "");
	make_file("/proc/stat", "cpu  500 0 250\n");
	expect("steal_percent", "null", false, "does not begin with", "");
	make_file("/proc/stat", "cpu0 1 1 1 1 1 1 1 1\n");
	expect("steal_percent", "null", false, "does not begin with", "");
	make_file("/proc/stat", "cpu  0 0 0 0 0 0 0 0\n");
	expect("steal_percent", "null", false, "does not begin with", "");
}

static void load(void **state)
{
	const char *fix = "ps -eo pid,pcpu,comm --sort=-pcpu | head   # and stop what need not run";

	(void)state;
	make_file("/proc/loadavg", "0.50 9.00 9.00 1/100 1\n");
	expect("load_average", "0.5", true, "", "");
	make_file("/proc/loadavg", "0.75 0.00 0.00 1/100 1\n");
	expect("load_average", "0.75", false, "", fix);
	make_file("/proc/loadavg", "nan 0 0\n");
	expect("load_average", "null", false, "does not begin with a number", fix);
}

static void isolation(void **state)
{
	(void)state;
	record("isolcpus", "");
	make_file("/sys/devices/system/cpu/online", "0-2,5\n");
	expect("isolcpus", "\"\"", false, "",
	       "# boot the kernel with: isolcpus=managed_irq,domain,5");
	make_file("/sys/devices/system/cpu/nohz_full", "\n");
	expect("nohz_full", "\"\"", false, "",
	       "# boot the kernel with: isolcpus=managed_irq,domain,5 nohz_full=5");
	make_file("/sys/devices/system/cpu/nohz_full", "3\n");
	expect("nohz_full", "\"3\"", true, "", "");
	make_file("/sys/devices/system/cpu/nohz_full", "all\xff\n");
	expect("nohz_full", "null", false, "is no CPU list", "");
}

static void clocksource_without_the_tsc(void **state)
{
	(void)state;
	record("clocksource", "hpet");
	make_file("/sys/devices/system/clocksource/clocksource0/available_clocksource",
		  "hpet acpi_pm \n");
	expect("clocksource", "\"hpet\"", false, "does not offer the TSC (it has hpet acpi_pm)",
	       "");
	record("clocksource", "tsc");
	expect("clocksource", "\"tsc\"", true, "", "");
}

static void bytes_that_are_no_text(void **state)
{
	(void)state;
	make_file("/proc/sys/kernel/nmi_watchdog", "\xff\xfe\n");
	expect("nmi_watchdog", "null", false, "expected a number, read \"??\"", "");
}

static void thp_never_is_not_fine_either(void **state)
{
	(void)state;
	record("thp", "never");
	expect("thp", "\"never\"", false, "",
	       "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
	record("thp", "madvise");
	expect("thp", "\"madvise\"", true, "", "");
}

static bool is_affected(const char *release, json_int_t d1_eax, json_int_t tiles_ecx,
			const char *state)
{
	json_t *record_of = json_pack("{s:s, s:s, s:[{s:i, s:I}, {s:i, s:I}]}", "kernel_release",
				      release, "kvm_backend", "kvm_intel", "cpuid_0xd", "index", 1,
				      "eax", d1_eax, "index", 18, "ecx", tiles_ecx);
	struct fpb_err err = { 0 };
	json_t *hazards = hazards_create(record_of, &err);
	const json_t *first = json_array_get(hazards, 0);
	bool result = json_is_true(json_object_get(first, "affected"));

	assert_non_null(first);
	if (!strstr(member(first, "state"), state))
		fail_msg("state is \"%s\"", member(first, "state"));
	json_decref(hazards);
	json_decref(record_of);
	return result;
}

static void hazard_by_processor_and_kernel(void **state)
{
	(void)state;
	assert_true(is_affected("6.18.44", 0x1f, 6, "possible"));
	assert_true(is_affected("6.19.0-rc5+", 0x1f, 6, "possible"));
	assert_true(is_affected("5.17.0", 0x1f, 6, "possible"));
	assert_true(is_affected("custom", 0x1f, 6, "possible"));
	assert_false(is_affected("6.19.0-rc6", 0x1f, 6, "fixed"));
	assert_false(is_affected("6.19.0-rc10", 0x1f, 6, "fixed"));
	assert_false(is_affected("6.19.0-1-amd64", 0x1f, 6, "fixed"));
	assert_false(is_affected("6.20.0-rc1", 0x1f, 6, "fixed"));
	assert_false(is_affected("7.0.1", 0x1f, 6, "fixed"));
	assert_false(is_affected("6.1.0", 0xf, 6,
				 "no XFD, CPUID.(0xD,1):EAX[4] is 0, EAX read "
				 "0xf"));
	assert_false(is_affected("6.1.0", 0x1f, 2, "ECX[2] is 0, ECX read 0x2"));
}

static void no_hazard_without_kvm(void **state)
{
	struct fpb_err err = { 0 };
	json_t *record_of, *hazards;

	(void)state;
	record_of = json_pack("{s:s, s:n, s:[{s:i, s:i}, {s:i, s:i}]}", "kernel_release", "6.1.0",
			      "kvm_backend", "cpuid_0xd", "index", 1, "eax", 0x1f, "index", 18,
			      "ecx", 6);
	hazards = hazards_create(record_of, &err);
	assert_true(json_is_false(json_object_get(json_array_get(hazards, 2), "affected")));
	assert_non_null(strstr(member(json_array_get(hazards, 2), "state"), "no KVM here"));
	json_decref(hazards);
	json_decref(record_of);
}

static long nr_until_failure;

static void *failing_malloc(size_t bytes)
{
	return nr_until_failure-- == 0 ? NULL : malloc(bytes);
}

static json_t *create_checkup(struct fpb_err *err)
{
	return checkup_create(&options, err);
}

static json_t *create_hazards(struct fpb_err *err)
{
	return hazards_create(environment, err);
}

/* For every k the k-th allocation of a value fails: one clean error, or a whole result. */
static long fail_each(json_t *(*create)(struct fpb_err *err))
{
	bool is_done = false;
	long nr_failed = 0;

	for (long k = 0; !is_done; k++) {
		struct fpb_err err = { 0 };
		json_t *result;

		json_set_alloc_funcs(failing_malloc, free);
		nr_until_failure = k;
		result = create(&err);
		json_set_alloc_funcs(malloc, free);
		is_done = nr_until_failure >= 0;
		assert_int_equal(machine.kvm.nr_open, 0);
		/* A text may be had at the second try. */
		if (!result)
			nr_failed++;
		assert_int_equal(err.code, result ? 0 : -ENOMEM);
		json_decref(result);
	}
	return nr_failed;
}

static void running_out_of_memory_is_one_error(void **state)
{
	(void)state;
	assert_true(fail_each(create_checkup) > 100);
	assert_true(fail_each(create_hazards) > 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_pmu_in_a_vm),
		TEST(no_pmu_for_lack_of_permission),
		TEST(paranoia_binds_the_unprivileged),
		TEST(the_software_backend_and_its_consequences),
		TEST(a_missing_kvm_is_a_module_or_hardware),
		TEST(statistics_of_kvm),
		TEST(steal_time),
		TEST(load),
		TEST(isolation),
		TEST(clocksource_without_the_tsc),
		TEST(bytes_that_are_no_text),
		TEST(thp_never_is_not_fine_either),
		TEST(hazard_by_processor_and_kernel),
		TEST(no_hazard_without_kvm),
		TEST(running_out_of_memory_is_one_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
