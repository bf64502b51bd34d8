// SPDX-License-Identifier: MIT
/* checkup_processor.c - frequency, time, sharing of the processor. */
#include "host/machine/checkup_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CPU_DIR	       "/sys/devices/system/cpu"
#define NO_TURBO       CPU_DIR "/intel_pstate/no_turbo"
#define BOOST	       CPU_DIR "/cpufreq/boost"
#define CLOCKSOURCE    "/sys/devices/system/clocksource/clocksource0/"
#define MAX_STEAL      0.1 /* per cent of the time: below the effects that gate looks for */
#define NR_STAT_FIELDS 8   /* user nice system idle iowait irq softirq steal */

static void explain_frequency_of_vm(struct finding *f)
{
	if (json_is_null(f->value) && finding_environment(f, "hypervisor"))
		finding_explain(f, "In a VM the frequency is the affair of the machine beneath.");
}

static void judge_governor(struct finding *f)
{
	const char *governor = json_string_value(f->value);

	explain_frequency_of_vm(f);
	if (!governor)
		return;
	f->is_ok = strcmp(governor, "performance") == 0;
	if (!f->is_ok)
		finding_fix(f, "echo performance | sudo tee " CPU_DIR
			       "/cpu*/cpufreq/scaling_governor");
}

static void judge_turbo(struct finding *f)
{
	explain_frequency_of_vm(f);
	if (!json_is_boolean(f->value))
		return;
	f->is_ok = json_is_false(f->value);
	if (!f->is_ok && finding_has_file(f, NO_TURBO))
		finding_fix(f, "echo 1 | sudo tee " NO_TURBO);
	else if (!f->is_ok)
		finding_fix(f, "echo 0 | sudo tee " BOOST);
}

static void judge_smt(struct finding *f)
{
	if (!json_is_boolean(f->value))
		return;
	f->is_ok = json_is_false(f->value);
	if (!f->is_ok)
		finding_fix(f, "echo off | sudo tee " CPU_DIR "/smt/control");
	if (finding_environment(f, "hypervisor"))
		finding_explain(f, "A VM need not see the siblings of the machine beneath.");
}

static void judge_nr_cpus(struct finding *f)
{
	if (json_is_null(f->value))
		return;
	f->is_ok = json_integer_value(f->value) >= 2;
	if (!f->is_ok)
		finding_explain(f, "Here they share it.");
}

static void judge_hypervisor(struct finding *f)
{
	const char *hypervisor = finding_environment(f, "hypervisor");

	f->is_ok = !hypervisor;
	if (!hypervisor) {
		finding_set(f, json_string("none"));
		return;
	}
	finding_set(f, json_string(hypervisor));
	finding_explain(f, "This machine is a VM, so every guest of the suite is a nested one, and "
			   "compares only with others beneath the same hypervisor.");
}

/* "cpu  user nice system idle iowait irq softirq steal ..", USER_HZ ticks since boot. */
static bool parse_steal(const char *text, double *per_cent)
{
	uint64_t all = 0, ticks = 0;
	char *end;

	if (strncmp(text, "cpu ", 4) != 0)
		return false;
	text += 4;
	for (int i = 0; i < NR_STAT_FIELDS; i++, text = end) {
		ticks = strtoumax(text, &end, 10);
		if (end == text)
			return false;
		all += ticks;
	}
	if (!all)
		return false;
	*per_cent = 100.0 * (double)ticks / (double)all;
	return true;
}

static void judge_steal(struct finding *f)
{
	struct sysfile_why why;
	double per_cent;
	char *text;

	if (sysfile_read(f->options->sysroot, "/proc/stat", &text, NULL, &why)) {
		finding_set_unknown(f, why.text);
		return;
	}
	if (parse_steal(text, &per_cent)) {
		finding_set(f, json_real(per_cent));
		f->is_ok = per_cent <= MAX_STEAL;
	} else {
		finding_set_unknown(f, "/proc/stat does not begin with \"cpu\" and eight numbers");
	}
	free(text);
}

static void judge_clocksource(struct finding *f)
{
	const char *now = json_string_value(f->value);
	struct sysfile_why why;
	char *available;

	if (!now)
		return;
	f->is_ok = strcmp(now, "tsc") == 0;
	if (f->is_ok || sysfile_read_text(f->options->sysroot, CLOCKSOURCE "available_clocksource",
					  &available, &why))
		return;
	if (strncmp(available, "tsc", 3) == 0 || strstr(available, " tsc"))
		finding_fix(f, "echo tsc | sudo tee " CLOCKSOURCE "current_clocksource");
	else
		finding_explain(f, "This kernel does not offer the TSC (it has %s).", available);
	free(available);
}

const struct check checkup_processor[] = {
	{ "governor", true,
	  "Ticks of the TSC are no core cycles: with any governor but \"performance\" the core's "
	  "frequency follows the load, and the figures follow the frequency.",
	  judge_governor },
	{ "turbo", true,
	  "Turbo makes the frequency depend on temperature and on what the other cores do.",
	  judge_turbo },
	{ "smt", true,
	  "What runs on the sibling thread shares execution units and caches with the measured one.",
	  judge_smt },
	{ "nr_cpus", true,
	  "The process that writes the journal needs a CPU besides the one that is measured on.",
	  judge_nr_cpus },
	{ "hypervisor", false,
	  "An outer hypervisor takes the CPU away unseen; CPUID, many MSR accesses and, beneath VMX "
	  "or SVM, every exit of a guest pass through it.",
	  judge_hypervisor },
	{ "steal_percent", false,
	  "The share of time, since boot and over all CPUs, in which the outer hypervisor ran "
	  "somebody else.",
	  judge_steal },
	{ "clocksource", true,
	  "The suite reads the TSC, which a kernel that keeps time by another clock may have found "
	  "unstable.",
	  judge_clocksource },
	{ "tsc_step", true,
	  "Batches are made at least 1000 such steps long, so that a step is at most 0.1 % of one.",
	  NULL },
	{ 0 },
};
