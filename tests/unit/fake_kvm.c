// SPDX-License-Identifier: MIT
#include "tests/unit/fake_kvm.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "guest/x86/cpuid.h"
#include "guest/x86/xsave.h"

#define FIRST_FD     1000
#define MAX_FDS	     16
#define MAX_MAPPINGS 8

enum kind { CLOSED, KVM, VM, VCPU, STATS, EVENT };

static struct {
	void *addr;
	size_t bytes;
	bool is_run; /* from the heap, so that a sanitizer sees an access past its end */
	int fd;	     /* of its vCPU, where it is_run */
} mappings[MAX_MAPPINGS];

struct fake_kvm fake;
static enum kind fds[MAX_FDS];

static int new_fd(enum kind kind)
{
	for (int i = 0; i < MAX_FDS; i++) {
		if (fds[i] == CLOSED) {
			fds[i] = kind;
			return FIRST_FD + i;
		}
	}
	fail_msg("more than %d descriptors open", MAX_FDS);
	return -EMFILE;
}

static enum kind kind_of(int fd)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + MAX_FDS || fds[fd - FIRST_FD] == CLOSED)
		fail_msg("descriptor %d is not open", fd);
	return fds[fd - FIRST_FD];
}

bool fake_kvm_is_failing(const char *name)
{
	if (++fake.nr_calls != fake.fail_at)
		return false;
	snprintf(fake.failed, sizeof(fake.failed), "%s", name);
	return true;
}

static int fake_open(const char *path, int flags)
{
	(void)flags;
	assert_string_equal(path, "/dev/kvm");
	if (fake_kvm_is_failing("/dev/kvm"))
		return fake.fail_code;
	return fake.fail_open ? fake.fail_open : new_fd(KVM);
}

static int get_supported_cpuid(struct kvm_cpuid2 *table)
{
	if (table->nent < fake.nr_supported)
		return -E2BIG;
	table->nent = fake.nr_claimed ? fake.nr_claimed : fake.nr_supported;
	memcpy(table->entries, fake.supported, fake.nr_supported * sizeof(fake.supported[0]));
	return 0;
}

static int set_sregs(const struct kvm_sregs *sregs)
{
	/* kvm_is_valid_cr4(): reserved until CPUID shows XSAVE. */
	if (sregs->cr4 >> 18 & 1 && !fake.has_cpuid)
		return -EINVAL;
	fake.sregs = *sregs;
	return 0;
}

static int set_xcrs(const struct kvm_xcrs *xcrs)
{
	if (!fake.has_cpuid || xcrs->nr_xcrs != 1 || xcrs->xcrs[0].xcr != 0)
		return -EINVAL;
	fake.xcr0 = xcrs->xcrs[0].value;
	return 0;
}

static int set_memory(const struct kvm_userspace_memory_region *region)
{
	if (region->slot || region->guest_phys_addr || region->memory_size % 4096 ||
	    region->userspace_addr % 4096)
		return -EINVAL;
	fake.memory = (uint8_t *)(uintptr_t)region->userspace_addr;
	fake.memory_bytes = region->memory_size;
	return 0;
}

static int check_extension(unsigned long capability)
{
	switch (capability) {
	case KVM_CAP_XSAVE2:
		return fake.xsave_bytes;
	case KVM_CAP_BINARY_STATS_FD:
		return fake.has_stats;
	case KVM_CAP_TSC_DEADLINE_TIMER:
		return fake.has_deadline;
	default:
		return 0;
	}
}

static int create_vm(void)
{
	fake.nr_vcpus_of_vm = 0;
	return new_fd(VM);
}

static int create_irqchip(void)
{
	/* kvm_vm_ioctl_create_irqchip() wants to come before the first vCPU. */
	if (fake.nr_vcpus_of_vm)
		return -EINVAL;
	fake.nr_irqchips++;
	return 0;
}

static int set_ioeventfd(const struct kvm_ioeventfd *binding)
{
	if (kind_of(binding->fd) != EVENT)
		return -EINVAL;
	fake.ioeventfd = *binding;
	return 0;
}

static int create_vcpu(void)
{
	/* Intel's real-mode pages must be placed before (api.rst 4.38). */
	if (!fake.has_tss_address || !fake.memory)
		return -EINVAL;
	fake.nr_vcpus++;
	fake.nr_vcpus_of_vm++;
	return new_fd(VCPU);
}

static struct kvm_msr_entry *msr_of(uint32_t index)
{
	for (unsigned int i = 0; i < fake.nr_msrs; i++) {
		if (fake.msrs[i].index == index)
			return &fake.msrs[i];
	}
	assert_true(fake.nr_msrs < FAKE_MAX_MSRS);
	fake.msrs[fake.nr_msrs].index = index;
	return &fake.msrs[fake.nr_msrs++];
}

/* KVM answers how many of the list it processed, and stops at the first it refuses. */
static int get_msrs(struct kvm_msrs *list)
{
	for (uint32_t i = 0; i < list->nmsrs; i++) {
		if (list->entries[i].index == fake.refused_msr)
			return (int)i;
		list->entries[i].data = msr_of(list->entries[i].index)->data;
	}
	return (int)list->nmsrs;
}

static int set_msrs(const struct kvm_msrs *list)
{
	for (uint32_t i = 0; i < list->nmsrs; i++) {
		if (list->entries[i].index == fake.refused_msr)
			return (int)i;
		msr_of(list->entries[i].index)->data = list->entries[i].data;
	}
	return (int)list->nmsrs;
}

static int run_vcpu(int fd)
{
	for (unsigned int i = 0; i < MAX_MAPPINGS; i++) {
		if (!mappings[i].is_run || mappings[i].fd != fd)
			continue;
		fake.nr_runs++;
		*fake_stats_data(FAKE_STAT_FPU_RELOAD) += 1;
		return fake.run(mappings[i].addr);
	}
	fail_msg("KVM_RUN before struct kvm_run was mapped");
	return -EFAULT;
}

/*
 * One line per ioctl: its descriptor, its name as messages spell it, what it does. `arg` is the
 * number or the address that the ioctl passes.
 */
#define REQUEST(kind, request, action)                                                             \
	case request:                                                                              \
		assert_int_equal(kind_of(fd), kind);                                               \
		if (fake_kvm_is_failing(#request))                                                 \
			return fake.fail_code;                                                     \
		return (action)

static int copy(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return 0;
}

static int note(bool *flag)
{
	*flag = true;
	return 0;
}

static int fake_ioctl(int fd, unsigned long request, unsigned long number)
{
	void *arg = (void *)number; /* NOLINT(performance-no-int-to-ptr) */

	switch (request) {
		REQUEST(KVM, KVM_GET_API_VERSION, fake.api_version);
		REQUEST(KVM, KVM_GET_SUPPORTED_CPUID, get_supported_cpuid(arg));
		REQUEST(KVM, KVM_CREATE_VM, create_vm());
		REQUEST(KVM, KVM_GET_VCPU_MMAP_SIZE, fake.run_bytes);
		REQUEST(VM, KVM_CHECK_EXTENSION, check_extension(number));
		REQUEST(VM, KVM_SET_USER_MEMORY_REGION, set_memory(arg));
		REQUEST(VM, KVM_SET_TSS_ADDR, note(&fake.has_tss_address));
		REQUEST(VM, KVM_CREATE_IRQCHIP, create_irqchip());
		REQUEST(VM, KVM_IOEVENTFD, set_ioeventfd(arg));
		REQUEST(VM, KVM_CREATE_VCPU, create_vcpu());
		REQUEST(VCPU, KVM_SET_CPUID2, note(&fake.has_cpuid));
		REQUEST(VCPU, KVM_GET_SREGS, copy(arg, &fake.sregs, sizeof(fake.sregs)));
		REQUEST(VCPU, KVM_SET_SREGS, set_sregs(arg));
		REQUEST(VCPU, KVM_GET_REGS, copy(arg, &fake.regs, sizeof(fake.regs)));
		REQUEST(VCPU, KVM_SET_REGS, copy(&fake.regs, arg, sizeof(fake.regs)));
		REQUEST(VCPU, KVM_SET_XCRS, set_xcrs(arg));
		REQUEST(VCPU, KVM_GET_MSRS, get_msrs(arg));
		REQUEST(VCPU, KVM_SET_MSRS, set_msrs(arg));
		REQUEST(VCPU, KVM_GET_STATS_FD, new_fd(STATS));
		REQUEST(VCPU, KVM_GET_XSAVE, copy(arg, fake.xsave, sizeof(struct kvm_xsave)));
		REQUEST(VCPU, KVM_GET_XSAVE2,
			note(&fake.used_xsave2) || copy(arg, fake.xsave, (size_t)fake.xsave_bytes));
		REQUEST(VCPU, KVM_SET_XSAVE, copy(fake.xsave, arg, (size_t)fake.xsave_bytes));
		REQUEST(VCPU, KVM_RUN, run_vcpu(fd));
	default:
		fail_msg("ioctl %#lx is unknown", request);
		return -ENOTTY;
	}
}

static void *map_run(size_t bytes)
{
	void *addr;

	if (posix_memalign(&addr, 4096, bytes))
		return NULL;
	memset(addr, 0, bytes);
	return addr;
}

static void *fake_mmap(size_t bytes, int prot, int flags, int fd, int *code)
{
	const bool is_run = fd >= 0;
	unsigned int i = 0;

	if (fake_kvm_is_failing("mmap")) {
		*code = fake.fail_code;
		return NULL;
	}
	if (is_run)
		assert_int_equal(kind_of(fd), VCPU);
	while (i < MAX_MAPPINGS && mappings[i].addr)
		i++;
	assert_true(i < MAX_MAPPINGS);
	mappings[i].addr = is_run ? map_run(bytes) : mmap(NULL, bytes, prot, flags, fd, 0);
	mappings[i].bytes = bytes;
	mappings[i].is_run = is_run;
	mappings[i].fd = fd;
	assert_non_null(mappings[i].addr);
	assert_ptr_not_equal(mappings[i].addr, MAP_FAILED);
	return mappings[i].addr;
}

static void fake_munmap(void *addr, size_t bytes)
{
	for (unsigned int i = 0; i < MAX_MAPPINGS; i++) {
		if (!addr || mappings[i].addr != addr)
			continue;
		assert_int_equal(mappings[i].bytes, bytes);
		if (mappings[i].is_run)
			free(addr);
		else
			munmap(addr, bytes);
		mappings[i].addr = NULL;
		mappings[i].is_run = false;
		return;
	}
	fail_msg("munmap of what is not mapped");
}

static int fake_eventfd(void)
{
	return fake_kvm_is_failing("eventfd") ? fake.fail_code : new_fd(EVENT);
}

static long fake_pread(int fd, void *buf, size_t bytes, long offset)
{
	size_t left;

	assert_int_equal(kind_of(fd), STATS);
	if (fake_kvm_is_failing("KVM statistics"))
		return fake.fail_code;
	if (offset < 0)
		return -EINVAL;
	left = (size_t)offset < fake.stats_bytes ? fake.stats_bytes - (size_t)offset : 0;
	if (bytes > left)
		bytes = left;
	memcpy(buf, fake.stats + (bytes ? offset : 0), bytes);
	return (long)bytes;
}

static void fake_close(int fd)
{
	(void)kind_of(fd);
	fds[fd - FIRST_FD] = CLOSED;
}

const struct kvm_sys kvm_sys_fake = {
	.open = fake_open,
	.ioctl = fake_ioctl,
	.mmap = fake_mmap,
	.munmap = fake_munmap,
	.eventfd = fake_eventfd,
	.pread = fake_pread,
	.close = fake_close,
};

unsigned int fake_kvm_nr_open(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < MAX_FDS; i++)
		nr += fds[i] != CLOSED;
	return nr;
}

unsigned int fake_kvm_nr_mapped(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < MAX_MAPPINGS; i++)
		nr += mappings[i].addr != NULL;
	return nr;
}

struct kvm_cpuid_entry2 *fake_kvm_leaf(uint32_t function, uint32_t index)
{
	struct kvm_cpuid_entry2 *e = fake.supported;

	for (unsigned int i = 0; i < fake.nr_supported; i++, e++) {
		if (e->function == function && e->index == index)
			return e;
	}
	assert_true(fake.nr_supported < FAKE_MAX_CPUID);
	fake.nr_supported++;
	*e = (struct kvm_cpuid_entry2){
		.function = function,
		.index = index,
		.flags = function == 7 || function == CPUID_D || index
				 ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX
				 : 0,
	};
	return e;
}

void fake_kvm_out(struct kvm_run *run, uint16_t port, uint32_t value)
{
	run->exit_reason = KVM_EXIT_IO;
	run->io.direction = KVM_EXIT_IO_OUT;
	run->io.size = sizeof(value);
	run->io.count = 1;
	run->io.port = port;
	run->io.data_offset = FAKE_PIO_OFFSET;
	memcpy((uint8_t *)run + FAKE_PIO_OFFSET, &value, sizeof(value));
}

static int run_to_out(struct kvm_run *run)
{
	fake_kvm_out(run, 0xf4, 1);
	return 0;
}

/* The kernel's order: header, id string, descriptors, data. */
struct stats_file {
	struct kvm_stats_header header;
	char id[FAKE_STATS_NAME_BYTES];
	struct {
		uint8_t fixed[sizeof(struct kvm_stats_desc)];
		char name[FAKE_STATS_NAME_BYTES];
	} desc[FAKE_NR_STATS];
	uint64_t data[FAKE_NR_STATS];
};

static struct stats_file *stats_file(void)
{
	_Static_assert(sizeof(struct stats_file) <= FAKE_STATS_BYTES, "statistics file");
	return (void *)fake.stats;
}

struct kvm_stats_header *fake_stats_header(void)
{
	return &stats_file()->header;
}

struct kvm_stats_desc *fake_stats_desc(unsigned int i)
{
	return (void *)&stats_file()->desc[i];
}

uint64_t *fake_stats_data(unsigned int i)
{
	return &stats_file()->data[i];
}

static void write_stats(void)
{
	static const char names[FAKE_NR_STATS][FAKE_STATS_NAME_BYTES] = { "exits", "fpu_reload" };

	*fake_stats_header() = (struct kvm_stats_header){
		.name_size = FAKE_STATS_NAME_BYTES,
		.num_desc = FAKE_NR_STATS,
		.id_offset = offsetof(struct stats_file, id),
		.desc_offset = offsetof(struct stats_file, desc),
		.data_offset = offsetof(struct stats_file, data),
	};
	for (unsigned int i = 0; i < FAKE_NR_STATS; i++) {
		struct kvm_stats_desc *desc = fake_stats_desc(i);

		desc->size = 1;
		desc->offset = i * (uint32_t)sizeof(uint64_t);
		memcpy(stats_file()->desc[i].name, names[i], sizeof(names[i]));
	}
	fake.stats_bytes = sizeof(struct stats_file);
}

void fake_kvm_reset(void)
{
	assert_int_equal(fake_kvm_nr_open(), 0);
	assert_int_equal(fake_kvm_nr_mapped(), 0);
	memset(&fake, 0, sizeof(fake));
	fake.api_version = 12;
	fake.run_bytes = FAKE_RUN_BYTES;
	fake.xsave_bytes = sizeof(struct kvm_xsave);
	fake.has_stats = true;
	fake.run = run_to_out;
	fake_kvm_leaf(1, 0)->ecx = CPUID_1_ECX_XSAVE | CPUID_1_ECX_AVX;
	fake_kvm_leaf(CPUID_D, 0)->eax = XFEATURE_X87 | XFEATURE_AVX;
	write_stats();
}
