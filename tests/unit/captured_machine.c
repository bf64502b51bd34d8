// SPDX-License-Identifier: MIT
#include "tests/unit/captured_machine.h"

#include <errno.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "host/machine/environment.h"

#define FD 5

static struct captured_cpu *cpu_of(const struct cpu_source *self)
{
	return (struct captured_cpu *)(uintptr_t)self;
}

static struct cpuid_regs answer_cpuid(const struct cpu_source *self, uint32_t leaf,
				      uint32_t subleaf)
{
	const struct captured_cpu *cpu = cpu_of(self);

	for (size_t i = 0; i < cpu->nr_leaves; i++) {
		if (cpu->leaves[i].leaf == leaf && cpu->leaves[i].subleaf == subleaf)
			return cpu->leaves[i].regs;
	}
	return (struct cpuid_regs){ 0 };
}

static uint64_t answer_xcr0(const struct cpu_source *self)
{
	return cpu_of(self)->xcr0;
}

static uint64_t answer_tsc(const struct cpu_source *self)
{
	struct captured_cpu *cpu = cpu_of(self);

	return cpu->ticks += 2 * (1 + cpu->ticks / 2 % 5);
}

static uint64_t answer_clock(const struct cpu_source *self)
{
	return cpu_of(self)->ticks / 2;
}

static void answer_sleep(const struct cpu_source *self, uint64_t ns)
{
	cpu_of(self)->ticks += 2 * ns;
}

static struct captured_kvm *kvm_of(const struct kvm_source *self)
{
	return (struct captured_kvm *)(uintptr_t)self;
}

static int answer_open(const struct kvm_source *self, const char *path)
{
	struct captured_kvm *kvm = kvm_of(self);

	assert_non_null(path);
	if (kvm->open_code)
		return kvm->open_code;
	kvm->nr_open++;
	return FD;
}

static int answer_ioctl(const struct kvm_source *self, int fd, unsigned long request, void *arg)
{
	struct kvm_msr_list *list = arg;

	assert_int_equal(fd, FD);
	if (request == KVM_GET_API_VERSION)
		return kvm_of(self)->api_version;
	assert_int_equal(request, KVM_GET_MSR_FEATURE_INDEX_LIST);
	list->nmsrs = 0;
	return 0;
}

static void answer_close(const struct kvm_source *self, int fd)
{
	assert_int_equal(fd, FD);
	kvm_of(self)->nr_open--;
}

static int answer_permission(const struct kvm_source *self, uint64_t *xfeatures)
{
	(void)self;
	*xfeatures = 0x2e7;
	return 0;
}

static FILE *open_file(const struct captured_machine *machine, const char *name)
{
	char path[sizeof(machine->sysroot) + 32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", machine->sysroot, name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be opened", path);
	return file;
}

static void load_cpuid(struct captured_machine *machine)
{
	struct captured_cpu *cpu = &machine->cpu;
	FILE *file = open_file(machine, "cpuid.txt");

	for (;; cpu->nr_leaves++) {
		struct captured_leaf *l = &cpu->leaves[cpu->nr_leaves];

		assert_true(cpu->nr_leaves < sizeof(cpu->leaves) / sizeof(cpu->leaves[0]));
		if (fscanf(file, "%x %x %x %x %x %x", &l->leaf, &l->subleaf, &l->regs.eax,
			   &l->regs.ebx, &l->regs.ecx, &l->regs.edx) != 6)
			break;
	}
	assert_true(feof(file));
	assert_true(cpu->nr_leaves > 10);
	fclose(file);
}

static void load_xcr0(struct captured_machine *machine)
{
	FILE *file = open_file(machine, "xcr0.txt");
	unsigned long long xcr0;

	assert_int_equal(fscanf(file, "%llx", &xcr0), 1);
	machine->cpu.xcr0 = xcr0;
	fclose(file);
}

void captured_machine_load(struct captured_machine *machine, const char *name)
{
	*machine = (struct captured_machine){
		.cpu.source = { .cpuid = answer_cpuid,
				.xcr0 = answer_xcr0,
				.tsc = answer_tsc,
				.clock_ns = answer_clock,
				.sleep_ns = answer_sleep },
		.kvm.api_version = 12,
		.kvm.source = { .open = answer_open,
				.ioctl = answer_ioctl,
				.close = answer_close,
				.guest_permission = answer_permission },
	};
	snprintf(machine->sysroot, sizeof(machine->sysroot), "%s/machines/%s", FPB_FIXTURES, name);
	load_cpuid(machine);
	load_xcr0(machine);
}

json_t *captured_machine_environment(struct captured_machine *machine, int cpu_used)
{
	const struct environment_options options = {
		.cpu_used = cpu_used,
		.sysroot = machine->sysroot,
		.cpu = &machine->cpu.source,
		.kvm = &machine->kvm.source,
	};
	struct fpb_err err = { 0 };
	json_t *environment = environment_capture(&options, &err);

	if (!environment)
		fail_msg("%s", err.text);
	assert_int_equal(machine->kvm.nr_open, 0);
	return environment;
}
