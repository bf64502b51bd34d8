// SPDX-License-Identifier: MIT
#include "host/machine/environment_priv.h"

#include <dirent.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/machine/cpu_source.h"
#include "host/machine/kvm_source.h"

#define PATH_BYTES	   320 /* with a directory entry of any length */
#define MAX_FEATURE_MSRS   4096u
#define CPUID_1_ECX_VMX	   (1u << 5)
#define CPUID_EXT_FEATURES 0x80000001u
#define CPUID_EXT_ECX_SVM  (1u << 2)

static bool exists(const struct environment *env, const char *path)
{
	char *full = sysfile_path(env->options->sysroot, path);
	bool found = full && !access(full, F_OK);

	free(full);
	return found;
}

static bool has_module(const struct environment *env, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return exists(env, path);
}

static bool is_loaded(const struct environment *env, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return exists(env, path);
}

/*
 * A loaded module has initstate; one built in has a directory even where its hardware is missing,
 * so there the processor decides.
 */
static bool is_in_charge(const struct environment *env, const char *name, bool has_hardware)
{
	return has_module(env, name) && (has_hardware || is_loaded(env, name));
}

static const char *find_backend(const struct environment *env)
{
	const struct cpu_source *cpu = env->cpu;
	bool has_vmx = cpu->cpuid(cpu, 1, 0).ecx & CPUID_1_ECX_VMX;
	bool has_svm = cpu_has_leaf(cpu, CPUID_EXT_FEATURES) &&
		       cpu->cpuid(cpu, CPUID_EXT_FEATURES, 0).ecx & CPUID_EXT_ECX_SVM;

	if (is_in_charge(env, "kvm_intel", has_vmx))
		return "kvm_intel";
	if (is_in_charge(env, "kvm_amd", has_svm))
		return "kvm_amd";
	if (has_module(env, "kvm_pvm"))
		return "kvm_pvm";
	/* Something serves /dev/kvm, by a module that is none of these. */
	if (has_module(env, "kvm") && exists(env, "/dev/kvm"))
		return "other";
	return NULL;
}

/* "Y" or "1" and "N" or "0": a bool or an int, depending on the kernel. */
static void capture_nested(struct environment *env, const char *backend)
{
	struct sysfile_why why;
	char path[PATH_BYTES];
	char *text;

	if (!backend || !has_module(env, backend)) {
		environment_set_null(env, "nested", "no KVM module to ask");
		return;
	}
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/nested", backend);
	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		environment_set_null(env, "nested", "%s", why.text);
		return;
	}
	if (!strcmp(text, "Y") || !strcmp(text, "1"))
		environment_set_bool(env, "nested", true);
	else if (!strcmp(text, "N") || !strcmp(text, "0"))
		environment_set_bool(env, "nested", false);
	else
		environment_set_null(env, "nested", "%s: expected Y, N, 1 or 0, read \"%.16s\"",
				     path, text);
	free(text);
}

/* {name, srcversion, parameters}. What is built in has no srcversion. */
static json_t *module_record(const struct environment *env, const char *name)
{
	json_t *parameters, *srcversion;
	struct sysfile_why why;
	char path[PATH_BYTES];
	char *text;

	snprintf(path, sizeof(path), "/sys/module/%s/srcversion", name);
	if (sysfile_read_text(env->options->sysroot, path, &text, &why)) {
		srcversion = json_null();
	} else {
		srcversion = environment_string(text);
		free(text);
	}
	snprintf(path, sizeof(path), "/sys/module/%s/parameters", name);
	parameters = environment_directory(env, path, &why);
	if (!parameters && why.text[0])
		parameters = json_object();
	/* json_pack's "o" takes the references, also when it fails. */
	return json_pack("{s:s, s:o, s:o}", "name", name, "srcversion", srcversion, "parameters",
			 parameters);
}

static int is_kvm_module(const struct dirent *entry)
{
	return !strcmp(entry->d_name, "kvm") || !strncmp(entry->d_name, "kvm_", 4);
}

static void capture_modules(struct environment *env)
{
	static const char path[] = "/sys/module";
	char *full = sysfile_path(env->options->sysroot, path);
	json_t *array = json_array();
	struct dirent **entries;
	struct sysfile_why why;
	int count, code, i;

	count = full ? scandir(full, &entries, is_kvm_module, alphasort) : -1;
	code = full ? -errno : -ENOMEM;
	free(full);
	if (count < 0) {
		sysfile_fail(&why, code, path);
		environment_set_null(env, "kvm_modules", "%s", why.text);
		json_decref(array);
		return;
	}
	for (i = 0; i < count; i++) {
		if (json_array_append_new(array, module_record(env, entries[i]->d_name)))
			env->is_out_of_memory = true;
		free(entries[i]);
	}
	free(entries);
	environment_set(env, "kvm_modules", array);
}

/* The values as hex strings: IA32_VMX_* use all 64 bits. One that KVM will not read is null. */
static json_t *msr_value(const struct environment *env, int fd, uint32_t index)
{
	union {
		struct kvm_msrs msrs;
		unsigned char room[sizeof(struct kvm_msrs) + sizeof(struct kvm_msr_entry)];
	} request = { .room = { 0 } };
	char text[24];

	request.msrs.nmsrs = 1;
	request.msrs.entries[0].index = index;
	if (env->kvm->ioctl(env->kvm, fd, KVM_GET_MSRS, &request) != 1)
		return json_null();
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)request.msrs.entries[0].data);
	return json_string(text);
}

static void set_msrs(struct environment *env, int fd, const struct kvm_msr_list *list)
{
	json_t *object = json_object();
	char index[16];
	uint32_t i;

	for (i = 0; i < list->nmsrs; i++) {
		snprintf(index, sizeof(index), "0x%x", list->indices[i]);
		if (json_object_set_new(object, index, msr_value(env, fd, list->indices[i])))
			env->is_out_of_memory = true;
	}
	environment_set(env, "kvm_feature_msrs", object);
}

static void read_msrs(struct environment *env, int fd)
{
	static const char call[] = "KVM_GET_MSR_FEATURE_INDEX_LIST";
	struct kvm_msr_list empty = { .nmsrs = 0 };
	struct kvm_msr_list *list;
	struct sysfile_why why;
	int code;

	/* Asked with no room the kernel says how much it needs. */
	code = env->kvm->ioctl(env->kvm, fd, KVM_GET_MSR_FEATURE_INDEX_LIST, &empty);
	if (code < 0 && code != -E2BIG) {
		sysfile_fail(&why, code, call);
		environment_set_null(env, "kvm_feature_msrs", "%s", why.text);
		return;
	}
	if (empty.nmsrs > MAX_FEATURE_MSRS) {
		environment_set_null(env, "kvm_feature_msrs", "%s: %u MSRs are beyond belief", call,
				     empty.nmsrs);
		return;
	}
	list = calloc(1, sizeof(*list) + empty.nmsrs * sizeof(list->indices[0]));
	if (!list) {
		env->is_out_of_memory = true;
		return;
	}
	list->nmsrs = empty.nmsrs;
	code = empty.nmsrs ? env->kvm->ioctl(env->kvm, fd, KVM_GET_MSR_FEATURE_INDEX_LIST, list)
			   : 0;
	if (code < 0 || list->nmsrs > empty.nmsrs) {
		sysfile_fail(&why, code < 0 ? code : -E2BIG, call);
		environment_set_null(env, "kvm_feature_msrs", "%s", why.text);
	} else {
		set_msrs(env, fd, list);
	}
	free(list);
}

static void capture_feature_msrs(struct environment *env)
{
	char *full = sysfile_path(env->options->sysroot, "/dev/kvm");
	struct sysfile_why why;
	int fd;

	if (!full) {
		env->is_out_of_memory = true;
		return;
	}
	fd = env->kvm->open(env->kvm, full);
	free(full);
	if (fd < 0) {
		sysfile_fail(&why, fd, "/dev/kvm");
		environment_set_null(env, "kvm_feature_msrs", "%s", why.text);
		return;
	}
	read_msrs(env, fd);
	env->kvm->close(env->kvm, fd);
}

static void capture_guest_permission(struct environment *env)
{
	struct sysfile_why why;
	uint64_t xfeatures = 0;
	int code;

	code = env->kvm->guest_permission(env->kvm, &xfeatures);
	if (!code) {
		environment_set_integer(env, "guest_xfeatures_permitted", xfeatures);
		return;
	}
	sysfile_fail(&why, code, "arch_prctl(ARCH_GET_XCOMP_GUEST_PERM)");
	environment_set_null(env, "guest_xfeatures_permitted", "%s", why.text);
}

void environment_capture_kvm(struct environment *env)
{
	const char *backend = find_backend(env);

	if (backend)
		environment_set_text(env, "kvm_backend", backend);
	else
		environment_set_null(env, "kvm_backend",
				     "no KVM: none of kvm_intel, kvm_amd, kvm_pvm in /sys/module "
				     "serves this processor");
	capture_nested(env, backend);
	capture_modules(env);
	capture_feature_msrs(env);
	capture_guest_permission(env);
}
