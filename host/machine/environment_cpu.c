// SPDX-License-Identifier: MIT
#include "host/machine/environment_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/cpu_source.h"
#include "host/machine/tsc_rate.h"

#define LEAF_HYPERVISOR	 0x40000000u
#define LEAF_BRAND	 0x80000002u
#define NR_BRAND_LEAVES	 3u
#define NR_0XD_SUBLEAVES 64u

/* CPUID text is padded with NULs or blanks, in front too, and nothing promises that it is ASCII. */
static void set_cpuid_text(struct environment *env, const char *key, char *text, size_t bytes)
{
	size_t length = strnlen(text, bytes);
	size_t start = 0;
	size_t i;

	for (i = 0; i < length; i++)
		if (!isprint((unsigned char)text[i]))
			text[i] = '?';
	while (length && text[length - 1] == ' ')
		length--;
	while (start < length && text[start] == ' ')
		start++;
	environment_set(env, key, json_stringn(text + start, length - start));
}

static void capture_vendor(struct environment *env)
{
	struct cpuid_regs r = env->cpu->cpuid(env->cpu, 0, 0);
	char text[12];

	memcpy(text, &r.ebx, 4);
	memcpy(text + 4, &r.edx, 4);
	memcpy(text + 8, &r.ecx, 4);
	set_cpuid_text(env, "cpu_vendor", text, sizeof(text));
}

static void capture_brand(struct environment *env)
{
	char text[16 * NR_BRAND_LEAVES];
	struct cpuid_regs r;
	size_t i;

	if (!cpu_has_leaf(env->cpu, LEAF_BRAND + NR_BRAND_LEAVES - 1)) {
		environment_set_null(env, "cpu_model", "CPUID has no leaf %#x", LEAF_BRAND);
		return;
	}
	for (i = 0; i < NR_BRAND_LEAVES; i++) {
		r = env->cpu->cpuid(env->cpu, LEAF_BRAND + (uint32_t)i, 0);
		memcpy(text + i * sizeof(r), &r, sizeof(r));
	}
	set_cpuid_text(env, "cpu_model", text, sizeof(text));
}

/* SDM vol. 2, CPUID leaf 1, as Linux's x86_family() and x86_model() read it. */
static void capture_signature(struct environment *env)
{
	uint32_t eax = env->cpu->cpuid(env->cpu, 1, 0).eax;
	uint32_t family = (eax >> 8) & 0xf;
	uint32_t model = (eax >> 4) & 0xf;

	if (family == 0xf)
		family += (eax >> 20) & 0xff;
	if (family >= 6)
		model |= ((eax >> 16) & 0xf) << 4;
	environment_set_integer(env, "cpu_family", family);
	environment_set_integer(env, "cpu_model_number", model);
	environment_set_integer(env, "cpu_stepping", eax & 0xf);
}

static void capture_hypervisor(struct environment *env)
{
	struct cpuid_regs r;
	char text[12];

	if (!cpu_has_hypervisor(env->cpu)) {
		environment_set_null(env, "hypervisor", "bare metal: CPUID.1:ECX[31] is 0");
		return;
	}
	r = env->cpu->cpuid(env->cpu, LEAF_HYPERVISOR, 0);
	memcpy(text, &r.ebx, 4);
	memcpy(text + 4, &r.ecx, 4);
	memcpy(text + 8, &r.edx, 4);
	set_cpuid_text(env, "hypervisor", text, sizeof(text));
}

static json_t *subleaf_record(uint32_t index, const struct cpuid_regs *r)
{
	/* %I with json_int_t: the registers are unsigned. */
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "index", (json_int_t)index, "eax",
			 (json_int_t)r->eax, "ebx", (json_int_t)r->ebx, "ecx", (json_int_t)r->ecx,
			 "edx", (json_int_t)r->edx);
}

static void capture_xsave_leaf(struct environment *env)
{
	json_t *array = json_array();
	struct cpuid_regs r;
	uint32_t i;

	for (i = 0; i < NR_0XD_SUBLEAVES; i++) {
		r = env->cpu->cpuid(env->cpu, CPUID_D, i);
		if (!(r.eax | r.ebx | r.ecx | r.edx))
			continue;
		if (json_array_append_new(array, subleaf_record(i, &r)))
			env->is_out_of_memory = true;
	}
	environment_set(env, "cpuid_0xd", array);
}

static void capture_xsave(struct environment *env)
{
	uint32_t features = env->cpu->cpuid(env->cpu, 1, 0).ecx;
	struct cpuid_regs r;

	if (features & CPUID_1_ECX_OSXSAVE)
		environment_set_integer(env, "xcr0", env->cpu->xcr0(env->cpu));
	else
		environment_set_null(env, "xcr0", "CPUID.1:ECX[27] (OSXSAVE) is 0");
	if (!cpu_has_leaf(env->cpu, CPUID_D)) {
		environment_set_null(env, "cpuid_0xd", "CPUID has no leaf 0xd");
		environment_set_null(env, "xss_supported", "CPUID has no leaf 0xd");
		return;
	}
	capture_xsave_leaf(env);
	r = env->cpu->cpuid(env->cpu, CPUID_D, 1);
	environment_set_integer(env, "xss_supported", r.ecx | (uint64_t)r.edx << 32);
}

/* The first processor's line "microcode : 0x..": CPUID does not tell. */
static void capture_microcode(struct environment *env)
{
	static const char path[] = "/proc/cpuinfo";
	struct sysfile_why why;
	char *text, *line;

	if (sysfile_read(env->options->sysroot, path, &text, NULL, &why)) {
		environment_set_null(env, "microcode", "%s", why.text);
		return;
	}
	line = strstr(text, "\nmicrocode");
	line = line ? strchr(line, ':') : NULL;
	if (line) {
		line += 1 + strspn(line + 1, " \t");
		line[strcspn(line, "\n")] = '\0';
		environment_set_text(env, "microcode", line);
	} else {
		environment_set_null(env, "microcode", "%s has no line \"microcode\"", path);
	}
	free(text);
}

static void capture_tsc(struct environment *env)
{
	struct fpb_err err = { 0 };
	struct tsc_rate rate;
	uint64_t step_cyc;

	if (tsc_rate_find(env->cpu, &rate, &err))
		environment_set_null(env, "tsc_khz", "%s", err.text);
	else
		environment_set_integer(env, "tsc_khz", rate.khz);
	step_cyc = tsc_step_cyc(env->cpu);
	if (step_cyc)
		environment_set_integer(env, "tsc_step", step_cyc);
	else
		environment_set_null(env, "tsc_step", "the TSC does not advance");
}

void environment_capture_cpu(struct environment *env)
{
	capture_vendor(env);
	capture_brand(env);
	capture_signature(env);
	capture_microcode(env);
	capture_hypervisor(env);
	capture_xsave(env);
	capture_tsc(env);
}
