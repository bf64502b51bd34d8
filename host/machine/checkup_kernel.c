// SPDX-License-Identifier: MIT
/* checkup_kernel.c - what the kernel does beside the measured thread, and what it lets one see. */
#include "host/machine/checkup_priv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/cpu_list.h"

#define SYSCTL	  "/proc/sys/kernel/"
#define CPU_DIR	  "/sys/devices/system/cpu"
#define NOHZ_FULL CPU_DIR "/nohz_full"
#define THP	  "/sys/kernel/mm/transparent_hugepage/enabled"
#define GRUB	  "/etc/default/grub"
#define MAX_LOAD  0.5

static void judge_thp(struct finding *f)
{
	const char *thp = json_string_value(f->value);

	if (!thp)
		return;
	f->is_ok = strcmp(thp, "madvise") == 0;
	if (!f->is_ok)
		finding_fix(f, "echo madvise | sudo tee " THP);
}

static void judge_mitigations(struct finding *f)
{
	const json_t *mitigations = json_object_get(f->options->environment, "mitigations");
	size_t nr_mitigated = 0, nr_vulnerable = 0, nr_other = 0;

	if (!json_is_object(mitigations))
		return;
	/* jansson's iterator takes a mutable object and does not change it. */
	for (void *at = json_object_iter((json_t *)(uintptr_t)mitigations); at;
	     at = json_object_iter_next((json_t *)(uintptr_t)mitigations, at)) {
		const char *text = json_string_value(json_object_iter_value(at));

		if (text && strncmp(text, "Mitigation", 10) == 0)
			nr_mitigated++;
		else if (text && strncmp(text, "Vulnerable", 10) == 0)
			nr_vulnerable++;
		else
			nr_other++;
	}
	finding_set(f, json_sprintf("%zu mitigated, %zu vulnerable, %zu others", nr_mitigated,
				    nr_vulnerable, nr_other));
}

/* The last CPU that is online: the furthest from CPU 0, which takes interrupts. -1: unknown. */
static int last_cpu(const struct finding *f)
{
	unsigned int first, last;
	struct sysfile_why why;
	const char *cursor;
	int found = -1;
	char *text;

	if (sysfile_read_text(f->options->sysroot, CPU_DIR "/online", &text, &why))
		return -1;
	cursor = text;
	while (cpu_list_next(&cursor, &first, &last) == 1)
		found = (int)last;
	free(text);
	return found;
}

/* Both parameters at once, where the kernel knows both: each alone does half of it. */
static void fix_isolation(struct finding *f)
{
	const int cpu = last_cpu(f);
	char parameters[96];
	int used;

	if (cpu < 1) {
		finding_explain(f, "With one CPU none can be set apart.");
		return;
	}
	used = snprintf(parameters, sizeof(parameters), "isolcpus=managed_irq,domain,%d", cpu);
	if (finding_has_file(f, NOHZ_FULL))
		snprintf(parameters + used, sizeof(parameters) - (size_t)used, " nohz_full=%d",
			 cpu);
	if (finding_has_file(f, GRUB))
		finding_fix(f,
			    "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&%s /' " GRUB
			    " && sudo update-grub   # then reboot",
			    parameters);
	else
		finding_fix(f, "# boot the kernel with: %s", parameters);
}

static void judge_list(struct finding *f, const char *list)
{
	int nr_cpus = cpu_list_count(list);

	if (nr_cpus < 0) {
		finding_set_unknown(f, "what the kernel says is no CPU list");
		return;
	}
	finding_set(f, json_string(list));
	f->is_ok = nr_cpus > 0;
	if (!f->is_ok)
		fix_isolation(f);
}

static void judge_isolcpus(struct finding *f)
{
	const char *list = finding_environment(f, "isolcpus");

	if (list)
		judge_list(f, list);
}

static void judge_nohz_full(struct finding *f)
{
	struct sysfile_why why;
	char *text;

	if (sysfile_read_text(f->options->sysroot, NOHZ_FULL, &text, &why)) {
		finding_set_unknown(f, why.text);
		finding_explain(f, "Kernels without CONFIG_NO_HZ_FULL have no such file.");
		return;
	}
	judge_list(f, text);
	free(text);
}

static void judge_off(struct finding *f, const char *name)
{
	char path[96];
	long value;

	snprintf(path, sizeof(path), SYSCTL "%s", name);
	if (!finding_set_file_number(f, path, &value))
		return;
	f->is_ok = value == 0;
	if (!f->is_ok)
		finding_fix(f, "sudo sysctl kernel.%s=0", name);
}

static void judge_nmi_watchdog(struct finding *f)
{
	judge_off(f, "nmi_watchdog");
}

/* A kernel without NUMA balancing has no such file, and does not do it. */
static void judge_numa_balancing(struct finding *f)
{
	if (finding_has_file(f, SYSCTL "numa_balancing"))
		judge_off(f, "numa_balancing");
	else
		finding_set(f, json_integer(0));
}

static int is_pid(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]);
}

static bool is_named(const struct finding *f, const char *pid, const char *name)
{
	struct sysfile_why why;
	char path[300];
	char *text;
	bool is_it;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	/* Processes come and go. */
	if (sysfile_read_text(f->options->sysroot, path, &text, &why))
		return false;
	is_it = strcmp(text, name) == 0;
	free(text);
	return is_it;
}

/* 1, 0, or -errno where /proc cannot be read. */
static int is_running(const struct finding *f, const char *name)
{
	char *proc = sysfile_path(f->options->sysroot, "/proc");
	struct dirent **entries;
	int found = 0;
	int count;

	count = proc ? scandir(proc, &entries, is_pid, NULL) : -1;
	if (count < 0)
		found = proc ? -errno : -ENOMEM;
	free(proc);
	for (int i = 0; i < count; i++) {
		found = found || is_named(f, entries[i]->d_name, name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}

static void judge_irqbalance(struct finding *f)
{
	int found = is_running(f, "irqbalance");
	struct sysfile_why why;

	if (found < 0) {
		sysfile_fail(&why, found, "/proc");
		finding_set_unknown(f, why.text);
		return;
	}
	finding_set(f, json_boolean(found));
	f->is_ok = !found;
	if (found)
		finding_fix(f, "sudo systemctl stop irqbalance");
}

static void judge_load(struct finding *f)
{
	struct sysfile_why why;
	char *text, *end;
	double load;

	if (sysfile_read_text(f->options->sysroot, "/proc/loadavg", &text, &why)) {
		finding_set_unknown(f, why.text);
		return;
	}
	load = strtod(text, &end);
	if (end == text || *end != ' ' || !(load >= 0)) {
		finding_set_unknown(f, "/proc/loadavg does not begin with a number");
	} else {
		finding_set(f, json_real(load));
		f->is_ok = load <= MAX_LOAD;
	}
	free(text);
	if (!f->is_ok)
		finding_fix(f,
			    "ps -eo pid,pcpu,comm --sort=-pcpu | head   # and stop what need not "
			    "run");
}

#define PARANOID_FIX "sudo sysctl kernel.perf_event_paranoid=1"

static void judge_paranoid(struct finding *f)
{
	long value;

	if (!finding_set_file_number(f, SYSCTL "perf_event_paranoid", &value))
		return;
	f->is_ok = value <= 1 || f->options->is_privileged;
	if (!f->is_ok)
		finding_fix(f, PARANOID_FIX);
	else if (value > 1)
		finding_explain(f, "It does not bind you: you are privileged.");
}

static void judge_pmu(struct finding *f)
{
	const char *lack = f->options->pmu_lack;
	struct sysfile_why why;
	long paranoid;

	f->is_ok = !lack || !lack[0];
	finding_set(f, json_boolean(f->is_ok));
	if (f->is_ok)
		return;
	finding_explain(f, "Here: %s.", lack);
	/* From 3 on, Debian's addition, not even one's own user space may be counted. */
	if (!f->options->is_privileged &&
	    !sysfile_read_long(f->options->sysroot, SYSCTL "perf_event_paranoid", &paranoid,
			       &why) &&
	    paranoid > 2)
		finding_fix(f, PARANOID_FIX);
	else if (finding_environment(f, "hypervisor"))
		finding_explain(f, "A VM has one only if its hypervisor gives it one.");
}

const struct check checkup_kernel[] = {
	{ "mitigations", true,
	  "For information: what the kernel does against speculation at each entry and exit is part "
	  "of every figure, which therefore holds for this set only.",
	  judge_mitigations },
	{ "thp", true,
	  "\"always\" lets khugepaged copy and remap pages beside a measurement, \"never\" refuses "
	  "huge pages to the VM memory that asks for them; \"madvise\" does neither.",
	  judge_thp },
	{ "isolcpus", true,
	  "On a CPU that is set apart the scheduler places nothing beside the measurement.",
	  judge_isolcpus },
	{ "nohz_full", false,
	  "On such a CPU the timer does not interrupt a thread that runs alone.", judge_nohz_full },
	{ "irqbalance", false,
	  "It moves interrupts to whichever CPU looks idle, the measured one included.",
	  judge_irqbalance },
	{ "numa_balancing", false,
	  "It unmaps pages from time to time to see who touches them: page faults in VM memory.",
	  judge_numa_balancing },
	{ "nmi_watchdog", false,
	  "It occupies a counter of the PMU and interrupts the measured CPU.", judge_nmi_watchdog },
	{ "load_average", false,
	  "Whatever else runs takes turns on the CPU, or shares caches and frequency with it.",
	  judge_load },
	{ "perf_event_paranoid", false,
	  "Above 1 the kernel and guests cannot be counted, from 3 on nothing can, without "
	  "CAP_PERFMON.",
	  judge_paranoid },
	{ "pmu", false,
	  "Core cycles and instructions tell a change of frequency from a change of code; without a "
	  "PMU they are null and rows in core_cyc are skipped.",
	  judge_pmu },
	{ 0 },
};
