// SPDX-License-Identifier: MIT
/* Whole machines as data: what is recorded of each, with the reasons, and what doctor makes of it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "host/machine/checkup.h"
#include "host/machine/environment.h"
#include "host/machine/hazards.h"
#include "tests/unit/captured_machine.h"

static struct captured_machine machine;

static void expect_text(const json_t *object, const char *key, const char *text)
{
	const char *found = json_string_value(json_object_get(object, key));

	if (!found || strcmp(found, text) != 0)
		fail_msg("%s: expected \"%s\", found \"%s\"", key, text, found ? found : "(null)");
}

static void expect_part(const json_t *object, const char *key, const char *part)
{
	const char *found = json_string_value(json_object_get(object, key));

	if (!found || !strstr(found, part))
		fail_msg("%s: expected \"..%s..\", found \"%s\"", key, part,
			 found ? found : "(null)");
}

static void expect_integer(const json_t *object, const char *key, long long value)
{
	const json_t *found = json_object_get(object, key);

	if (!json_is_integer(found) || json_integer_value(found) != value)
		fail_msg("%s: expected %lld, found %lld", key, value,
			 (long long)json_integer_value(found));
}

static void expect_true(const json_t *object, const char *key)
{
	if (!json_is_true(json_object_get(object, key)))
		fail_msg("%s is not true", key);
}

static void append(char *list, size_t size, const char *key)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? " " : "", key);
}

/* The keys that are null, separated by blanks, in the order of the record. */
static void expect_unknown(const json_t *environment, const char *keys)
{
	const json_t *reasons = json_object_get(environment, "unavailable");
	char found[512] = "";

	for (const char *const *key = environment_keys; *key; key++) {
		bool is_null = json_is_null(json_object_get(environment, *key));

		assert_true(is_null == json_is_string(json_object_get(reasons, *key)));
		if (!is_null)
			continue;
		append(found, sizeof(found), *key);
	}
	assert_string_equal(found, keys);
}

static void expect_reason(const json_t *environment, const char *key, const char *part)
{
	expect_part(json_object_get(environment, "unavailable"), key, part);
}

static json_t *examine(const json_t *environment)
{
	const struct checkup_options options = {
		.environment = environment,
		.sysroot = machine.sysroot,
		.kvm = &machine.kvm.source,
	};
	struct fpb_err err = { 0 };
	json_t *checks = checkup_create(&options, &err);

	assert_non_null(checks);
	assert_int_equal(machine.kvm.nr_open, 0);
	for (size_t i = 0; i < json_array_size(checks); i++) {
		const json_t *check = json_array_get(checks, i);

		assert_int_equal(json_object_size(check), 5);
		assert_true(json_string_length(json_object_get(check, "why")) > 20);
		/* What is fine needs no mending, what is unknown is not called fine. */
		if (json_is_true(json_object_get(check, "ok"))) {
			expect_text(check, "fix", "");
			assert_false(json_is_null(json_object_get(check, "value")));
		}
	}
	return checks;
}

static const json_t *check_of(const json_t *checks, const char *key)
{
	for (size_t i = 0; i < json_array_size(checks); i++) {
		const json_t *check = json_array_get(checks, i);

		if (!strcmp(json_string_value(json_object_get(check, "key")), key))
			return check;
	}
	fail_msg("no check %s", key);
	return NULL;
}

static void expect_not_ok(const json_t *checks, const char *keys)
{
	char found[512] = "";

	for (size_t i = 0; i < json_array_size(checks); i++) {
		const json_t *check = json_array_get(checks, i);

		if (json_is_true(json_object_get(check, "ok")))
			continue;
		append(found, sizeof(found), json_string_value(json_object_get(check, "key")));
	}
	assert_string_equal(found, keys);
}

static void expect_hazards(const json_t *environment, bool is_affected, const char *state)
{
	struct fpb_err err = { 0 };
	json_t *hazards = hazards_create(environment, &err);

	assert_int_equal(json_array_size(hazards), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *hazard = json_array_get(hazards, i);

		assert_true(json_is_true(json_object_get(hazard, "affected")) == is_affected);
		expect_part(hazard, "state", state);
		expect_true(hazard, "avoided");
		/* What a guest does by itself no option changes. */
		expect_text(hazard, "override", i < 2 ? "--allow-hazards" : "");
	}
	json_decref(hazards);
}

static void amx_server(void **state)
{
	json_t *environment, *checks;

	(void)state;
	captured_machine_load(&machine, "server-amx");
	environment = captured_machine_environment(&machine, 6);
	expect_unknown(environment, "hypervisor hwloc_xml");
	checks = examine(environment);
	/* numa_balancing: no such file, so no such thing. */
	expect_not_ok(checks, "smt steal_percent nmi_watchdog perf_event_paranoid");
	expect_text(check_of(checks, "hypervisor"), "value", "none");
	expect_text(check_of(checks, "nmi_watchdog"), "fix", "sudo sysctl kernel.nmi_watchdog=0");
	expect_text(check_of(checks, "perf_event_paranoid"), "fix",
		    "sudo sysctl kernel.perf_event_paranoid=1");
	/* 60 of 3369 ticks. */
	assert_true(json_real_value(json_object_get(check_of(checks, "steal_percent"), "value")) >
		    1.78);
	assert_true(json_real_value(json_object_get(check_of(checks, "steal_percent"), "value")) <
		    1.79);
	expect_hazards(environment, true,
		       "possible: XFD covers tile data, and Linux 6.12.41-amd64");
	json_decref(checks);
	json_decref(environment);
}

static void amd_server(void **state)
{
	json_t *environment, *checks;
	const json_t *leaf;

	(void)state;
	captured_machine_load(&machine, "server-amd");
	environment = captured_machine_environment(&machine, 180);
	expect_unknown(environment, "hypervisor hwloc_xml");
	expect_text(environment, "cpu_vendor", "AuthenticAMD");
	expect_text(environment, "cpu_model", "AMD EPYC 9654 96-Core Processor");
	expect_integer(environment, "cpu_family", 25);
	expect_integer(environment, "cpu_model_number", 17);
	expect_text(environment, "microcode", "0xa101148");
	expect_text(environment, "kvm_backend", "kvm_amd");
	expect_true(environment, "nested");
	expect_true(environment, "turbo");
	expect_integer(environment, "nr_cpus", 192);
	expect_integer(environment, "xcr0", 0x2e7);
	expect_integer(environment, "xss_supported", 0x1800);
	/* AMD leaves no room for MPX: opmask where Intel has BNDREGS. */
	leaf = json_array_get(json_object_get(environment, "cpuid_0xd"), 3);
	expect_integer(leaf, "index", 5);
	expect_integer(leaf, "ebx", 0x340);
	/* No leaf 0x15: measured. */
	expect_integer(environment, "tsc_khz", 2000000);
	checks = examine(environment);
	expect_not_ok(checks, "turbo smt irqbalance numa_balancing perf_event_paranoid");
	expect_text(check_of(checks, "turbo"), "fix",
		    "echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost");
	expect_text(check_of(checks, "irqbalance"), "fix", "sudo systemctl stop irqbalance");
	expect_text(check_of(checks, "mitigations"), "value",
		    "2 mitigated, 0 vulnerable, 1 others");
	expect_text(check_of(checks, "nohz_full"), "value", "180-191");
	expect_hazards(environment, false, "no XFD, CPUID.(0xD,1):EAX[4] is 0, EAX read 0xf");
	json_decref(checks);
	json_decref(environment);
}

static void vm_without_kvm(void **state)
{
	json_t *environment, *checks;

	(void)state;
	captured_machine_load(&machine, "no-kvm");
	machine.kvm.open_code = -ENOENT;
	environment = captured_machine_environment(&machine, -1);
	expect_unknown(environment,
		       "kvm_backend nested kvm_feature_msrs governor turbo cpu_used hwloc_xml");
	expect_reason(environment, "kvm_backend", "none of kvm_intel, kvm_amd, kvm_pvm");
	expect_reason(environment, "nested", "no KVM module to ask");
	expect_reason(environment, "kvm_feature_msrs", "/dev/kvm: No such file or directory");
	expect_reason(environment, "governor", "cpu0/cpufreq/scaling_governor: No such file");
	expect_reason(environment, "turbo", "no_turbo: No such file or directory; ");
	expect_text(environment, "hypervisor", "KVMKVMKVM");
	expect_integer(environment, "nr_cpus", 1);
	expect_integer(environment, "xss_supported", 0);
	assert_int_equal(json_array_size(json_object_get(environment, "kvm_modules")), 0);
	checks = examine(environment);
	expect_not_ok(checks, "governor turbo nr_cpus hypervisor steal_percent clocksource "
			      "isolcpus nohz_full perf_event_paranoid kvm_backend dev_kvm");
	expect_part(check_of(checks, "governor"), "why", "the affair of the machine beneath");
	expect_text(check_of(checks, "governor"), "fix", "");
	expect_part(check_of(checks, "hypervisor"), "why", "every guest of the suite is a nested");
	expect_text(check_of(checks, "clocksource"), "fix",
		    "echo tsc | sudo tee "
		    "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	/* GRUB is there, but no second CPU. */
	expect_part(check_of(checks, "isolcpus"), "why", "With one CPU none can be set apart.");
	expect_text(check_of(checks, "isolcpus"), "fix", "");
	expect_part(check_of(checks, "nohz_full"), "why", "CONFIG_NO_HZ_FULL");
	expect_part(check_of(checks, "kvm_backend"), "why",
		    "neither VMX nor SVM: the outer hypervisor would have to allow nested");
	expect_text(check_of(checks, "dev_kvm"), "value", "absent");
	expect_text(check_of(checks, "dev_kvm"), "fix", "");
	expect_hazards(environment, false, "no XFD, CPUID.(0xD,1):EAX[4] is 0, EAX read 0x7");
	json_decref(checks);
	json_decref(environment);
}

static void laptop_as_it_comes(void **state)
{
	json_t *environment, *checks;

	(void)state;
	captured_machine_load(&machine, "smt-laptop");
	machine.kvm.open_code = -EACCES;
	environment = captured_machine_environment(&machine, 2);
	expect_unknown(environment, "kernel_config_sha256 hypervisor kvm_feature_msrs hwloc_xml");
	expect_reason(environment, "kernel_config_sha256",
		      "/boot/config-6.19.0-rc5+: No such file or directory");
	expect_reason(environment, "kvm_feature_msrs", "/dev/kvm: Permission denied");
	expect_text(environment, "cpu_model", "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz");
	/* Ratio without a crystal: the base frequency. */
	expect_integer(environment, "tsc_khz", 2100000);
	expect_integer(environment, "xcr0", 7);
	checks = examine(environment);
	expect_not_ok(checks, "governor turbo smt thp isolcpus nohz_full nmi_watchdog load_average "
			      "perf_event_paranoid dev_kvm");
	expect_text(check_of(checks, "governor"), "fix",
		    "echo performance | sudo tee "
		    "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
	expect_text(check_of(checks, "turbo"), "fix",
		    "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo");
	expect_text(check_of(checks, "smt"), "fix",
		    "echo off | sudo tee /sys/devices/system/cpu/smt/control");
	expect_text(check_of(checks, "thp"), "fix",
		    "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled");
	expect_text(check_of(checks, "isolcpus"), "fix",
		    "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&isolcpus=managed_irq,domain,7 "
		    "nohz_full=7 /' /etc/default/grub && sudo update-grub   # then reboot");
	expect_text(check_of(checks, "dev_kvm"), "value", "no permission");
	expect_text(check_of(checks, "dev_kvm"), "fix",
		    "sudo usermod -aG kvm \"$USER\"   # then log in again");
	expect_hazards(environment, false, "no XFD");
	json_decref(checks);
	json_decref(environment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amx_server),
		cmocka_unit_test(amd_server),
		cmocka_unit_test(vm_without_kvm),
		cmocka_unit_test(laptop_as_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
