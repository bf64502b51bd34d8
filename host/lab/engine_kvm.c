// SPDX-License-Identifier: MIT
/*
 * engine_kvm.c - the lab's machine on hardware virtualisation, KVM nested in KVM: what is measured
 * is time, on an outer hypervisor's terms, not instructions.
 */
#include "host/lab/engine_kvm.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/engine_qemu.h"
#include "host/machine/sysfile.h"

/* A module that is not loaded has no parameter to object to. */
static int check_parameter(const char *module, const char *sysroot, struct fpb_err *err)
{
	struct sysfile_why why;
	char path[96], *text;
	bool is_on;
	int ret;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/nested", module);
	ret = sysfile_read_text(sysroot, path, &text, &why);
	if (ret == -ENOENT)
		return 0;
	if (ret)
		return FPB_FAIL(err, -EOPNOTSUPP, "engine kvm: %s", why.text);
	is_on = strcmp(text, "Y") == 0 || strcmp(text, "1") == 0;
	if (!is_on)
		ret = FPB_FAIL(err, -EOPNOTSUPP,
			       "engine kvm: %s: expected Y or 1, read \"%.16s\": turn nesting on "
			       "with `modprobe -r %s && modprobe %s nested=1`, or use --engine tcg",
			       path, text, module, module);
	free(text);
	return ret;
}

static int check_capability(const struct kvm_sys *sys, int fd, struct fpb_err *err)
{
	int bytes = sys->ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_NESTED_STATE);

	if (bytes > 0)
		return 0;
	return FPB_FAIL(err, -EOPNOTSUPP,
			"engine kvm: KVM_CAP_NESTED_STATE: expected the size of the nested state, "
			"read %d: this machine's KVM gives its guests no virtualisation; where the "
			"machine is a VM, its host must allow nesting; or use --engine tcg",
			bytes);
}

int kvm_can_nest(const struct kvm_sys *sys, const char *sysroot, struct fpb_err *err)
{
	static const char *const modules[] = { "kvm_intel", "kvm_amd" };
	struct fpb_err why = { 0 };
	int fd = kvm_open(sys, &why);
	int ret = 0;

	if (fd < 0)
		return FPB_FAIL(err, -EOPNOTSUPP, "engine kvm: %s; or use --engine tcg", why.text);
	for (size_t i = 0; !ret && i < sizeof(modules) / sizeof(modules[0]); i++)
		ret = check_parameter(modules[i], sysroot, err);
	if (!ret)
		ret = check_capability(sys, fd, err);
	sys->close(fd);
	return ret;
}

static int check(const char *emulator, char **hypervisor, struct fpb_err *err)
{
	int ret = kvm_can_nest(&kvm_sys_real, NULL, err);

	*hypervisor = NULL;
	return ret ? ret : qemu_check(emulator, hypervisor, err);
}

static int build(const struct lab_machine *machine, struct lab_command *command,
		 struct fpb_err *err)
{
	/* migratable=off lets the invariant TSC through, without which PREEMPT_RT has no KVM. */
	qemu_build(&lab_engine_kvm, machine, "host,migratable=off", command, err);
	lab_command_add(command, err, "-accel");
	lab_command_add(command, err, "kvm");
	return err->code;
}

const struct lab_engine lab_engine_kvm = {
	.name = "kvm",
	.check = check,
	.build = build,
};
