// SPDX-License-Identifier: MIT
#include "host/machine/environment_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/cpu_list.h"

#define CPU_DIR "/sys/devices/system/cpu"

static void capture_governor(struct environment *env)
{
	int cpu = env->options->cpu_used >= 0 ? env->options->cpu_used : 0;
	char path[96];

	snprintf(path, sizeof(path), CPU_DIR "/cpu%d/cpufreq/scaling_governor", cpu);
	environment_set_file(env, "governor", path);
}

/* Each driver has its own switch; intel_pstate's means the opposite. */
static void capture_turbo(struct environment *env)
{
	static const char no_turbo[] = CPU_DIR "/intel_pstate/no_turbo";
	static const char boost[] = CPU_DIR "/cpufreq/boost";
	const char *sysroot = env->options->sysroot;
	struct sysfile_why why_intel, why_other;
	long value;

	if (!sysfile_read_long(sysroot, no_turbo, &value, &why_intel))
		environment_set_bool(env, "turbo", value == 0);
	else if (!sysfile_read_long(sysroot, boost, &value, &why_other))
		environment_set_bool(env, "turbo", value != 0);
	else
		environment_set_null(env, "turbo", "%s; %s", why_intel.text, why_other.text);
}

static void capture_smt(struct environment *env)
{
	struct sysfile_why why;
	long value;

	if (sysfile_read_long(env->options->sysroot, CPU_DIR "/smt/active", &value, &why))
		environment_set_null(env, "smt", "%s", why.text);
	else
		environment_set_bool(env, "smt", value != 0);
}

/* "always [madvise] never": the one in force is in brackets. */
static void capture_thp(struct environment *env)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	struct sysfile_why why;
	char *text, *open;

	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		environment_set_null(env, "thp", "%s", why.text);
		return;
	}
	open = strchr(text, '[');
	if (open && strchr(open, ']')) {
		*strchr(open, ']') = '\0';
		environment_set_text(env, "thp", open + 1);
	} else {
		environment_set_null(env, "thp", "%s: no choice in brackets in \"%.64s\"", path,
				     text);
	}
	free(text);
}

static void capture_nr_cpus(struct environment *env)
{
	static const char path[] = CPU_DIR "/online";
	struct sysfile_why why;
	char *text;
	int count;

	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		environment_set_null(env, "nr_cpus", "%s", why.text);
		return;
	}
	count = cpu_list_count(text);
	if (count > 0)
		environment_set_integer(env, "nr_cpus", (uint64_t)count);
	else
		environment_set_null(env, "nr_cpus", "%s: expected a CPU list, read \"%.64s\"",
				     path, text);
	free(text);
}

void environment_capture_noise(struct environment *env)
{
	capture_governor(env);
	capture_turbo(env);
	capture_smt(env);
	capture_thp(env);
	environment_set_file(env, "isolcpus", CPU_DIR "/isolated");
	capture_nr_cpus(env);
}
