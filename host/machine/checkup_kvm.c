// SPDX-License-Identifier: MIT
/* checkup_kvm.c - which KVM there is and what of it can be reached. */
#include "host/machine/checkup_priv.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/kvm_source.h"

/* Fixed for ever, Documentation/virt/kvm/api.rst 4.1. */
#define API_VERSION 12

static bool is_absent(int code)
{
	return code == -ENOENT || code == -ENXIO || code == -ENODEV;
}

/* Why neither kvm_intel nor kvm_amd can be had. */
static void explain_missing_hardware(struct finding *f)
{
	if (finding_has_cpu_flag(f, "vmx") || finding_has_cpu_flag(f, "svm"))
		return;
	if (finding_environment(f, "hypervisor"))
		finding_explain(f, "The processor shows neither VMX nor SVM: the outer hypervisor "
				   "would have to allow nested virtualisation.");
	else
		finding_explain(f, "The processor shows neither VMX nor SVM: see whether the "
				   "firmware has switched it off.");
}

/* A module that is not loaded, or hardware that is not there. */
static void fix_missing_kvm(struct finding *f)
{
	if (finding_has_cpu_flag(f, "vmx"))
		finding_fix(f, "sudo modprobe kvm_intel");
	else if (finding_has_cpu_flag(f, "svm"))
		finding_fix(f, "sudo modprobe kvm_amd");
	else
		explain_missing_hardware(f);
}

static void judge_backend(struct finding *f)
{
	const char *backend = json_string_value(f->value);

	if (!backend) {
		fix_missing_kvm(f);
		return;
	}
	f->is_ok = !strcmp(backend, "kvm_intel") || !strcmp(backend, "kvm_amd");
	if (f->is_ok)
		return;
	if (strcmp(backend, "kvm_pvm") != 0) {
		finding_explain(f, "This one is unknown to the suite; what it can run is found out "
				   "by running it.");
		return;
	}
	finding_explain(
		f, "kvm_pvm is a software backend: guest code at CPL 0 is interpreted, at "
		   "thousands of cycles an instruction (its rows are flagged \"interpreted\" and "
		   "not judged), and XGETBV, the XSAVE family and AVX cannot be executed there "
		   "(skips); at CPL 3 code runs natively, but with the host's XCR0, and CPUID and "
		   "hypercalls may be answered by the outer hypervisor, uncounted by this KVM "
		   "(flag \"exits-not-counted\").");
	explain_missing_hardware(f);
}

/* A container may have something else in its place, which opens just as well. */
static void judge_version(struct finding *f, int version)
{
	f->is_ok = version == API_VERSION;
	finding_set(f, json_string(f->is_ok ? "usable" : "not KVM"));
	if (!f->is_ok)
		finding_explain(f,
				"Here something else is mounted or bound over it: "
				"KVM_GET_API_VERSION gave %d, not %d.",
				version, API_VERSION);
}

static void judge_device(struct finding *f)
{
	const struct kvm_source *kvm = f->options->kvm ? f->options->kvm : &kvm_source_real;
	char *path = sysfile_path(f->options->sysroot, "/dev/kvm");
	struct sysfile_why why;
	int fd;

	if (!path)
		return;
	fd = kvm->open(kvm, path);
	free(path);
	if (fd >= 0) {
		judge_version(f, kvm->ioctl(kvm, fd, KVM_GET_API_VERSION, NULL));
		kvm->close(kvm, fd);
		return;
	}
	f->is_ok = false;
	sysfile_fail(&why, fd, "/dev/kvm");
	finding_explain(f, "Here: %s.", why.text);
	if (is_absent(fd)) {
		finding_set(f, json_string("absent"));
		fix_missing_kvm(f);
	} else if (fd == -EACCES || fd == -EPERM) {
		finding_set(f, json_string("no permission"));
		finding_fix(f, "sudo usermod -aG kvm \"$USER\"   # then log in again");
	} else {
		finding_set(f, json_string("cannot be opened"));
	}
}

static void judge_stats(struct finding *f)
{
	const char *lack = f->options->kvm_stats_lack;

	f->is_ok = !lack || !lack[0];
	finding_set(f, json_boolean(f->is_ok));
	if (!f->is_ok)
		finding_explain(f, "Here: %s.", lack);
}

const struct check checkup_kvm[] = {
	{ "kvm_backend", true,
	  "What a VM exit is, and which instructions a guest can run, is the backend's doing: "
	  "figures of different backends are never compared.",
	  judge_backend },
	{ "dev_kvm", false, "Without /dev/kvm every guest row and every KVM ioctl row is a skip.",
	  judge_device },
	{ "kvm_stats", false,
	  "KVM's own statistics (KVM_GET_STATS_FD) prove that an exit or a reload of the FPU "
	  "happened.",
	  judge_stats },
	{ 0 },
};
