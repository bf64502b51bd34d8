// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>

#include "bench/report/report_read.h"
#include "host/machine/cpu_source.h"
#include "host/machine/environment.h"
#include "host/machine/kvm_source.h"
#include "host/machine/topology.h"

#define SERVER FPB_FIXTURES "/machines/server-amx"

/* A processor replayed from a file: lines of leaf, subleaf and the four registers. */
struct recorded_cpu {
	struct cpu_source source;
	struct {
		uint32_t leaf, subleaf;
		struct cpuid_regs regs;
	} leaves[64];
	size_t nr_leaves;
	uint64_t xcr0;
	uint64_t ticks;
};

static struct recorded_cpu recorded;

static struct cpuid_regs recorded_cpuid(const struct cpu_source *self, uint32_t leaf,
					uint32_t subleaf)
{
	size_t i;

	assert_ptr_equal(self, &recorded.source);
	for (i = 0; i < recorded.nr_leaves; i++)
		if (recorded.leaves[i].leaf == leaf && recorded.leaves[i].subleaf == subleaf)
			return recorded.leaves[i].regs;
	return (struct cpuid_regs){ 0 };
}

static uint64_t recorded_xcr0(const struct cpu_source *self)
{
	(void)self;
	return recorded.xcr0;
}

static uint64_t recorded_tsc(const struct cpu_source *self)
{
	(void)self;
	return recorded.ticks += 2 * (1 + recorded.ticks / 2 % 5);
}

static uint64_t recorded_clock(const struct cpu_source *self)
{
	(void)self;
	return recorded.ticks / 2;
}

static void recorded_sleep(const struct cpu_source *self, uint64_t ns)
{
	(void)self;
	recorded.ticks += 2 * ns;
}

static struct cpuid_regs *recorded_leaf(uint32_t leaf)
{
	size_t i;

	for (i = 0; i < recorded.nr_leaves; i++)
		if (recorded.leaves[i].leaf == leaf)
			return &recorded.leaves[i].regs;
	fail_msg("no leaf %#x recorded", leaf);
	return NULL;
}

static void load_cpu(const char *path)
{
	FILE *file = fopen(path, "r");
	struct cpuid_regs *r;

	assert_non_null(file);
	recorded = (struct recorded_cpu){
		.source = { .cpuid = recorded_cpuid,
			    .xcr0 = recorded_xcr0,
			    .tsc = recorded_tsc,
			    .clock_ns = recorded_clock,
			    .sleep_ns = recorded_sleep },
		.xcr0 = 0x602e7,
	};
	for (;;) {
		size_t n = recorded.nr_leaves;

		assert_true(n < sizeof(recorded.leaves) / sizeof(recorded.leaves[0]));
		r = &recorded.leaves[n].regs;
		if (fscanf(file, "%x %x %x %x %x %x", &recorded.leaves[n].leaf,
			   &recorded.leaves[n].subleaf, &r->eax, &r->ebx, &r->ecx, &r->edx) != 6)
			break;
		recorded.nr_leaves++;
	}
	assert_true(feof(file));
	fclose(file);
	assert_true(recorded.nr_leaves > 10);
}

#define KVM_FD 5

static struct {
	int open_code;
	int list_code;
	uint32_t nr_msrs;
	uint32_t unreadable;
	int permission_code;
	int nr_open;
	char path[256];
} kvm;

static const uint32_t msrs[] = { 0x10a, 0x48d, 0x8b };
static const uint64_t msr_values[] = { 0x400000000c000069, 0xfff9fffe0401e172, 0 };

static int fake_open(const struct kvm_source *self, const char *path)
{
	(void)self;
	snprintf(kvm.path, sizeof(kvm.path), "%s", path);
	if (kvm.open_code)
		return kvm.open_code;
	kvm.nr_open++;
	return KVM_FD;
}

static int fake_list(struct kvm_msr_list *list)
{
	uint32_t room = list->nmsrs;

	list->nmsrs = kvm.nr_msrs;
	if (kvm.list_code)
		return kvm.list_code;
	if (room < kvm.nr_msrs)
		return -E2BIG;
	memcpy(list->indices, msrs, kvm.nr_msrs * sizeof(msrs[0]));
	return 0;
}

static int fake_ioctl(const struct kvm_source *self, int fd, unsigned long request, void *arg)
{
	struct kvm_msrs *one = arg;
	size_t i;

	(void)self;
	assert_int_equal(fd, KVM_FD);
	if (request == KVM_GET_MSR_FEATURE_INDEX_LIST)
		return fake_list(arg);
	assert_int_equal(request, KVM_GET_MSRS);
	assert_int_equal(one->nmsrs, 1);
	if (one->entries[0].index == kvm.unreadable)
		return 0;
	for (i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
		if (msrs[i] == one->entries[0].index)
			one->entries[0].data = msr_values[i];
	return 1;
}

static void fake_close(const struct kvm_source *self, int fd)
{
	(void)self;
	assert_int_equal(fd, KVM_FD);
	kvm.nr_open--;
}

static int fake_permission(const struct kvm_source *self, uint64_t *xfeatures)
{
	(void)self;
	*xfeatures = 0x202e7;
	return kvm.permission_code;
}

static const struct kvm_source fake_kvm = {
	.open = fake_open,
	.ioctl = fake_ioctl,
	.close = fake_close,
	.guest_permission = fake_permission,
};

static int reset(void **state)
{
	(void)state;
	memset(&kvm, 0, sizeof(kvm));
	kvm.nr_msrs = sizeof(msrs) / sizeof(msrs[0]);
	load_cpu(SERVER "/cpuid.txt");
	return 0;
}

static json_t *capture(const struct environment_options *options)
{
	struct fpb_err err = { 0 };
	json_t *object = environment_capture(options, &err);
	const char *const *key;
	const json_t *unavailable;
	const char *name;
	const json_t *reason;
	bool is_null;
	void *at;

	if (!object)
		fail_msg("%s", err.text);
	assert_int_equal(kvm.nr_open, 0);
	unavailable = json_object_get(object, "unavailable");
	assert_true(json_is_object(unavailable));
	/* What every capture promises: each key there, and null if and only if there is a reason.
	 */
	for (key = environment_keys; *key; key++) {
		if (!json_object_get(object, *key))
			fail_msg("%s is missing", *key);
		is_null = json_is_null(json_object_get(object, *key));
		if (is_null != (json_object_get(unavailable, *key) != NULL))
			fail_msg("%s: null without a reason, or a reason for a value", *key);
	}
	assert_int_equal(json_object_size(object), key - environment_keys + 1);
	for (at = json_object_iter((json_t *)(uintptr_t)unavailable); at;
	     at = json_object_iter_next((json_t *)(uintptr_t)unavailable, at)) {
		name = json_object_iter_key(at);
		reason = json_object_iter_value(at);
		if (!json_is_string(reason) || !json_string_length(reason))
			fail_msg("%s: the reason is no text", name);
	}
	return object;
}

static json_t *capture_server(void)
{
	return capture(&(struct environment_options){
		.cpu_used = 6, .sysroot = SERVER, .cpu = &recorded.source, .kvm = &fake_kvm });
}

static void expect_text(const json_t *object, const char *key, const char *text)
{
	const char *found = json_string_value(json_object_get(object, key));

	if (!found || strcmp(found, text) != 0)
		fail_msg("%s: expected \"%s\", found \"%s\"", key, text, found ? found : "(null)");
}

static void expect_integer(const json_t *object, const char *key, long long value)
{
	const json_t *found = json_object_get(object, key);

	if (!json_is_integer(found) || json_integer_value(found) != value)
		fail_msg("%s: expected %lld, found %lld", key, value,
			 (long long)json_integer_value(found));
}

static void expect_bool(const json_t *object, const char *key, bool value)
{
	const json_t *found = json_object_get(object, key);

	if (!json_is_boolean(found) || json_is_true(found) != value)
		fail_msg("%s: expected %d", key, value);
}

static void expect_reason(const json_t *object, const char *key, const char *text)
{
	const json_t *reasons = json_object_get(object, "unavailable");
	const char *reason = json_string_value(json_object_get(reasons, key));

	assert_true(json_is_null(json_object_get(object, key)));
	if (!reason || !strstr(reason, text))
		fail_msg("%s: expected a reason with \"%s\", found \"%s\"", key, text,
			 reason ? reason : "(null)");
}

static void describes_the_kernel(void **state)
{
	json_t *object = capture_server();

	(void)state;
	expect_text(object, "engine", "bare");
	expect_text(object, "kernel_release", "6.12.41-amd64");
	expect_text(object, "kernel_version",
		    "#1 SMP PREEMPT_DYNAMIC Debian 6.12.41-1 (2025-08-12)");
	expect_text(object, "kernel_build_id", "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3");
	/* sha256sum boot/config-6.12.41-amd64 */
	expect_text(object, "kernel_config_sha256",
		    "8a2d96ad01db6be14197cf2612173a88da86400ece0059cc2c29634d9b06c0f9");
	expect_text(object, "kernel_cmdline",
		    "BOOT_IMAGE=/boot/vmlinuz-6.12.41-amd64 root=/dev/vda1 ro isolcpus=6-7 "
		    "nohz_full=6-7");
	expect_text(object, "clocksource", "tsc");
	expect_integer(object, "mem_total_bytes", 263711904ll * 1024);
	expect_text(json_object_get(object, "mitigations"), "meltdown", "Not affected");
	assert_int_equal(json_object_size(json_object_get(object, "mitigations")), 2);
	json_decref(object);
}

static void describes_the_processor(void **state)
{
	json_t *object = capture_server();
	const json_t *leaf = json_object_get(object, "cpuid_0xd");
	const json_t *tiles;

	(void)state;
	expect_text(object, "cpu_vendor", "GenuineIntel");
	expect_text(object, "cpu_model", "Intel(R) Xeon(R) Platinum 8480+");
	expect_integer(object, "cpu_family", 6);
	expect_integer(object, "cpu_model_number", 143);
	expect_integer(object, "cpu_stepping", 8);
	expect_text(object, "microcode", "0x2b000603");
	expect_reason(object, "hypervisor", "bare metal");
	expect_integer(object, "xcr0", 0x602e7);
	expect_integer(object, "xss_supported", 0x1900);
	assert_int_equal(json_array_size(leaf), 12);
	tiles = json_array_get(leaf, 11);
	expect_integer(tiles, "index", 18);
	expect_integer(tiles, "eax", 8192);
	expect_integer(tiles, "ebx", 2816);
	expect_integer(tiles, "ecx", 6);
	expect_integer(tiles, "edx", 0);
	expect_integer(object, "tsc_khz", 2000000);
	expect_integer(object, "tsc_step", 2);
	json_decref(object);
}

static void describes_kvm(void **state)
{
	json_t *object = capture_server();
	const json_t *modules = json_object_get(object, "kvm_modules");
	const json_t *values = json_object_get(object, "kvm_feature_msrs");
	const json_t *intel;

	(void)state;
	/* kvm_amd is built in, and there in /sys/module, but idle; kvmgt is no part of KVM. */
	expect_text(object, "kvm_backend", "kvm_intel");
	expect_bool(object, "nested", true);
	assert_int_equal(json_array_size(modules), 3);
	expect_text(json_array_get(modules, 0), "name", "kvm");
	expect_text(json_array_get(modules, 1), "name", "kvm_amd");
	assert_true(json_is_null(json_object_get(json_array_get(modules, 1), "srcversion")));
	intel = json_array_get(modules, 2);
	expect_text(intel, "name", "kvm_intel");
	expect_text(intel, "srcversion", "89ABCDEF0123456789ABCDEF");
	expect_text(json_object_get(intel, "parameters"), "preemption_timer", "Y");
	assert_string_equal(kvm.path, SERVER "/dev/kvm");
	assert_int_equal(json_object_size(values), 3);
	expect_text(values, "0x10a", "0x400000000c000069");
	expect_text(values, "0x48d", "0xfff9fffe0401e172");
	expect_text(values, "0x8b", "0x0");
	expect_integer(object, "guest_xfeatures_permitted", 0x202e7);
	json_decref(object);
}

static void describes_the_noise(void **state)
{
	json_t *object = capture_server();

	(void)state;
	expect_text(object, "governor", "performance");
	expect_bool(object, "turbo", false);
	expect_bool(object, "smt", true);
	expect_text(object, "thp", "madvise");
	expect_text(object, "isolcpus", "6-7");
	expect_integer(object, "nr_cpus", 8);
	expect_integer(object, "cpu_used", 6);
	expect_reason(object, "hwloc_xml", "no topology");
	assert_true(json_is_array(json_object_get(object, "avoided_hazards")));
	json_decref(object);
}

static void takes_what_the_caller_knows(void **state)
{
	struct environment_options options = {
		.cpu_used = -1,
		.sysroot = SERVER,
		.cpu = &recorded.source,
		.kvm = &fake_kvm,
	};
	struct fpb_err err = { 0 };
	struct topology *topology;
	const char *xml;
	json_t *object;

	(void)state;
	assert_int_equal(topology_load_xml(&topology, FPB_FIXTURES "/machines/vm-1c2t.xml", &err),
			 0);
	options.topology = topology;
	object = capture(&options);
	topology_destroy(topology);
	expect_reason(object, "cpu_used", "no CPU was chosen");
	expect_text(object, "governor", "powersave");
	xml = json_string_value(json_object_get(object, "hwloc_xml"));
	assert_non_null(xml);
	assert_non_null(strstr(xml, "<topology"));
	json_decref(object);
}

static void names_the_hypervisor(void **state)
{
	json_t *object;
	size_t n = recorded.nr_leaves;

	(void)state;
	recorded_leaf(1)->ecx |= CPUID_1_ECX_HYPERVISOR;
	recorded.leaves[n].leaf = 0x40000000;
	recorded.leaves[n].regs = (struct cpuid_regs){ 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d };
	recorded.nr_leaves++;
	object = capture_server();
	expect_text(object, "hypervisor", "KVMKVMKVM");
	json_decref(object);
	/* Bytes that are no text stay out of the report. */
	recorded.leaves[n].regs.ebx = 0xff0a4b4d;
	object = capture_server();
	expect_text(object, "hypervisor", "MK??VMKVM");
	json_decref(object);
}

static void degrades_without_kvm(void **state)
{
	json_t *object;

	(void)state;
	kvm.open_code = -EACCES;
	kvm.permission_code = -EINVAL;
	object = capture_server();
	expect_reason(object, "kvm_feature_msrs", "/dev/kvm: Permission denied");
	expect_reason(object, "guest_xfeatures_permitted", "ARCH_GET_XCOMP_GUEST_PERM): Invalid");
	json_decref(object);

	reset(NULL);
	kvm.list_code = -ENOTTY;
	object = capture_server();
	expect_reason(object, "kvm_feature_msrs", "KVM_GET_MSR_FEATURE_INDEX_LIST: ");
	json_decref(object);

	reset(NULL);
	kvm.nr_msrs = 1000000;
	object = capture_server();
	expect_reason(object, "kvm_feature_msrs", "1000000 MSRs");
	json_decref(object);

	reset(NULL);
	kvm.nr_msrs = 0;
	object = capture_server();
	assert_int_equal(json_object_size(json_object_get(object, "kvm_feature_msrs")), 0);
	json_decref(object);

	reset(NULL);
	kvm.unreadable = 0x48d;
	object = capture_server();
	assert_true(json_is_null(
		json_object_get(json_object_get(object, "kvm_feature_msrs"), "0x48d")));
	expect_text(json_object_get(object, "kvm_feature_msrs"), "0x10a", "0x400000000c000069");
	json_decref(object);
}

static void degrades_without_xsave(void **state)
{
	json_t *object;

	(void)state;
	recorded_leaf(1)->ecx &= ~CPUID_1_ECX_OSXSAVE;
	recorded_leaf(0)->eax = 0xc;
	object = capture_server();
	expect_reason(object, "xcr0", "OSXSAVE");
	expect_reason(object, "cpuid_0xd", "leaf 0xd");
	expect_reason(object, "xss_supported", "leaf 0xd");
	/* Without leaf 0x15 the frequency is measured: two ticks a nanosecond. */
	expect_integer(object, "tsc_khz", 2000000);
	json_decref(object);
}

static void nothing_at_all_is_all_reasons(void **state)
{
	struct environment_options options = { .cpu_used = -1,
					       .sysroot = "/no/such/tree",
					       .cpu = &recorded.source,
					       .kvm = &fake_kvm };
	json_t *object;

	(void)state;
	kvm.open_code = -ENOENT;
	object = capture(&options);
	expect_reason(object, "kernel_release", "/proc/sys/kernel/osrelease: No such file");
	expect_reason(object, "kernel_build_id", "/sys/kernel/notes: No such file");
	expect_reason(object, "kernel_config_sha256", "/proc/config.gz: No such file");
	expect_reason(object, "mitigations", "/sys/devices/system/cpu/vulnerabilities: No such");
	expect_reason(object, "kvm_backend", "no KVM");
	expect_reason(object, "kvm_modules", "/sys/module: No such file");
	expect_reason(object, "nested", "no KVM");
	expect_reason(object, "turbo", "no_turbo: No such file");
	expect_reason(object, "turbo", "boost: No such file");
	expect_reason(object, "mem_total_bytes", "/proc/meminfo");
	json_decref(object);
}

/* Files of our own, for what a tracked tree cannot hold. */
static char root[64];

static void make_file(const char *name, const void *bytes, size_t count, const char *mode)
{
	char path[256];
	gzFile file;
	char *slash;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (slash = strchr(path + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	file = gzopen(path, mode);
	assert_non_null(file);
	assert_int_equal(gzwrite(file, bytes, (unsigned int)count), (int)count);
	assert_int_equal(gzclose(file), Z_OK);
}

static void make_text(const char *name, const char *text)
{
	make_file(name, text, strlen(text), "wbT");
}

static int make_root(void **state)
{
	snprintf(root, sizeof(root), "/tmp/fpb-environment-XXXXXX");
	return mkdtemp(root) ? reset(state) : -1;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r -- '%s'", root);
	return system(command);
}

static json_t *capture_root(void)
{
	return capture(&(struct environment_options){
		.cpu_used = -1, .sysroot = root, .cpu = &recorded.source, .kvm = &fake_kvm });
}

static void hashes_the_text_of_a_compressed_config(void **state)
{
	static const char config[] = "CONFIG_KVM=m\nCONFIG_KVM_INTEL=m\n";
	char path[256];
	json_t *object;

	(void)state;
	make_file("/proc/config.gz", config, strlen(config), "wb9");
	object = capture_root();
	expect_text(object, "kernel_config_sha256",
		    "8a2d96ad01db6be14197cf2612173a88da86400ece0059cc2c29634d9b06c0f9");
	json_decref(object);
	/* Cut short it is no config, whatever could be read of it. */
	snprintf(path, sizeof(path), "%s/proc/config.gz", root);
	assert_int_equal(truncate(path, 30), 0);
	object = capture_root();
	expect_reason(object, "kernel_config_sha256", "/proc/config.gz: Bad message");
	json_decref(object);
}

static void odd_files_become_reasons(void **state)
{
	json_t *object;

	(void)state;
	make_text("/proc/cmdline", "quiet name=\xff\xfe\n");
	make_text("/sys/kernel/notes", "\x04");
	make_text("/sys/devices/system/cpu/smt/active", "maybe\n");
	make_text("/sys/devices/system/cpu/online", "all\n");
	make_text("/sys/devices/system/cpu/isolated", "\n");
	make_text("/sys/devices/system/cpu/cpufreq/boost", "1\n");
	make_text("/sys/kernel/mm/transparent_hugepage/enabled", "always\n");
	make_text("/proc/meminfo", "MemFree: 12 kB\n");
	make_text("/proc/cpuinfo", "processor : 0\n");
	make_text("/sys/module/kvm_intel/parameters/nested", "2\n");
	object = capture_root();
	expect_text(object, "kernel_cmdline", "quiet name=??");
	expect_reason(object, "kernel_build_id", "no GNU build-id");
	expect_reason(object, "smt", "smt/active: expected a number, read \"maybe\"");
	expect_reason(object, "nr_cpus", "expected a CPU list, read \"all\"");
	expect_text(object, "isolcpus", "");
	expect_bool(object, "turbo", true);
	expect_reason(object, "thp", "no choice in brackets");
	expect_reason(object, "mem_total_bytes", "MemTotal");
	expect_reason(object, "microcode", "no line \"microcode\"");
	expect_text(object, "kvm_backend", "kvm_intel");
	expect_reason(object, "nested", "expected Y, N, 1 or 0, read \"2\"");
	json_decref(object);
}

/* So many letters, for free(). */
static char *long_text(size_t bytes)
{
	char *text = calloc(1, bytes + 1);

	assert_non_null(text);
	memset(text, 'a', bytes);
	return text;
}

static void make_long_text(const char *name, size_t bytes)
{
	char *text = long_text(bytes);

	make_text(name, text);
	free(text);
}

/* A report with a longer string could be written and would then be refused. */
static void no_string_is_longer_than_readers_take(void **state)
{
	const json_t *parameters;
	json_t *object;

	(void)state;
	_Static_assert(ENVIRONMENT_MAX_STRING_BYTES == FPB_READ_MAX_STRING, "limit of the reader");
	make_long_text("/proc/cmdline", 1u << 20);
	make_long_text("/proc/sys/kernel/version", FPB_READ_MAX_STRING);
	make_long_text("/proc/sys/kernel/osrelease", FPB_READ_MAX_STRING + 1);
	make_long_text("/sys/module/kvm/parameters/fits", FPB_READ_MAX_STRING);
	make_long_text("/sys/module/kvm/parameters/too_long", FPB_READ_MAX_STRING + 1);
	object = capture_root();
	expect_reason(object, "kernel_cmdline", "/proc/cmdline: File too large");
	assert_int_equal(json_string_length(json_object_get(object, "kernel_version")),
			 FPB_READ_MAX_STRING);
	expect_reason(object, "kernel_release", "1000001 bytes, more than the 1000000");
	parameters = json_object_get(json_array_get(json_object_get(object, "kvm_modules"), 0),
				     "parameters");
	assert_int_equal(json_string_length(json_object_get(parameters, "fits")),
			 FPB_READ_MAX_STRING);
	assert_true(json_is_null(json_object_get(parameters, "too_long")));
	json_decref(object);
}

/* A machine of one CPU that tells a lot about itself. */
static struct topology *load_verbose_machine(void)
{
#define NODES "nodeset='0x1' complete_nodeset='0x1' "
#define CPUS  "cpuset='0x1' complete_cpuset='0x1' "
	char *story = long_text(FPB_READ_MAX_STRING);
	struct topology *topology;
	struct fpb_err err = { 0 };
	char *xml;

	assert_true(asprintf(&xml,
			     "<?xml version='1.0'?><topology version='2.0'>"
			     "<object type='Machine' os_index='0' " CPUS NODES
			     "allowed_cpuset='0x1' allowed_nodeset='0x1' gp_index='1'>"
			     "<info name='Story' value='%s'/>"
			     "<object type='NUMANode' os_index='0' " CPUS NODES "gp_index='2'/>"
			     "<object type='PU' os_index='0' " CPUS NODES "gp_index='3'/>"
			     "</object></topology>",
			     story) > 0);
	free(story);
	if (topology_load_xml_buffer(&topology, xml, &err))
		fail_msg("%s", err.text);
	free(xml);
	return topology;
}

static void a_topology_beyond_the_limit_is_left_out(void **state)
{
	struct topology *topology = load_verbose_machine();
	json_t *object = capture(&(struct environment_options){ .cpu_used = -1,
								.topology = topology,
								.sysroot = SERVER,
								.cpu = &recorded.source,
								.kvm = &fake_kvm });

	(void)state;
	expect_reason(object, "hwloc_xml", "bytes, more than the 1000000 of a report's strings");
	topology_destroy(topology);
	json_decref(object);
}

static void a_built_in_module_without_its_hardware_is_no_backend(void **state)
{
	json_t *object;

	(void)state;
	recorded_leaf(1)->ecx &= ~(1u << 5); /* VMX */
	make_text("/sys/module/kvm_intel/parameters/nested", "Y\n");
	object = capture_root();
	expect_reason(object, "kvm_backend", "no KVM");
	json_decref(object);
	make_text("/sys/module/kvm_pvm/parameters/verbose", "N\n");
	object = capture_root();
	expect_text(object, "kvm_backend", "kvm_pvm");
	expect_reason(object, "nested", "kvm_pvm/parameters/nested: No such file");
	json_decref(object);
	make_text("/sys/module/kvm_intel/initstate", "live\n");
	object = capture_root();
	expect_text(object, "kvm_backend", "kvm_intel");
	json_decref(object);
}

static void an_unknown_module_behind_dev_kvm_is_other(void **state)
{
	json_t *object;

	(void)state;
	make_text("/sys/module/kvm/parameters/halt_poll_ns", "0\n");
	object = capture_root();
	expect_reason(object, "kvm_backend", "no KVM");
	json_decref(object);
	make_text("/dev/kvm", "\n");
	object = capture_root();
	expect_text(object, "kvm_backend", "other");
	expect_reason(object, "nested", "no KVM module");
	json_decref(object);
}

static long nr_until_failure;

static void *failing_malloc(size_t bytes)
{
	return nr_until_failure-- == 0 ? NULL : malloc(bytes);
}

/* For every k the k-th allocation fails: a clean error each time, or a whole record. */
static void running_out_of_memory_is_one_error(void **state)
{
	struct environment_options options = {
		.cpu_used = 6, .sysroot = SERVER, .cpu = &recorded.source, .kvm = &fake_kvm
	};
	long nr_failed = 0;
	struct fpb_err err;
	json_t *object;
	long k;

	(void)state;
	json_set_alloc_funcs(failing_malloc, free);
	for (k = 0;; k++) {
		nr_until_failure = k;
		err = (struct fpb_err){ 0 };
		object = environment_capture(&options, &err);
		assert_int_equal(kvm.nr_open, 0);
		json_decref(object);
		if (nr_until_failure >= 0) {
			assert_int_equal(err.code, 0);
			break;
		}
		if (!object) {
			assert_int_equal(err.code, -ENOMEM);
			nr_failed++;
		}
	}
	json_set_alloc_funcs(malloc, free);
	assert_true(nr_failed > 100);
}

static void this_machine_can_be_captured(void **state)
{
	struct fpb_err err = { 0 };
	struct topology *topology;
	json_t *object, *again;
	char *text;

	(void)state;
	assert_int_equal(topology_load(&topology, &err), 0);
	object = capture(&(struct environment_options){ .cpu_used = 0, .topology = topology });
	topology_destroy(topology);
	assert_true(json_is_string(json_object_get(object, "kernel_release")));
	assert_true(json_is_string(json_object_get(object, "hwloc_xml")));
	assert_true(json_integer_value(json_object_get(object, "tsc_khz")) > 500000);
	assert_true(json_integer_value(json_object_get(object, "nr_cpus")) >= 1);
	text = json_dumps(object, 0);
	assert_non_null(text);
	again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_equal(object, again));
	free(text);
	json_decref(again);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(describes_the_kernel, reset),
		cmocka_unit_test_setup(describes_the_processor, reset),
		cmocka_unit_test_setup(describes_kvm, reset),
		cmocka_unit_test_setup(describes_the_noise, reset),
		cmocka_unit_test_setup(takes_what_the_caller_knows, reset),
		cmocka_unit_test_setup(names_the_hypervisor, reset),
		cmocka_unit_test_setup(degrades_without_kvm, reset),
		cmocka_unit_test_setup(degrades_without_xsave, reset),
		cmocka_unit_test_setup(nothing_at_all_is_all_reasons, reset),
		cmocka_unit_test_setup_teardown(hashes_the_text_of_a_compressed_config, make_root,
						remove_root),
		cmocka_unit_test_setup_teardown(odd_files_become_reasons, make_root, remove_root),
		cmocka_unit_test_setup_teardown(no_string_is_longer_than_readers_take, make_root,
						remove_root),
		cmocka_unit_test_setup(a_topology_beyond_the_limit_is_left_out, reset),
		cmocka_unit_test_setup_teardown(
			a_built_in_module_without_its_hardware_is_no_backend, make_root,
			remove_root),
		cmocka_unit_test_setup_teardown(an_unknown_module_behind_dev_kvm_is_other,
						make_root, remove_root),
		cmocka_unit_test_setup(running_out_of_memory_is_one_error, reset),
		cmocka_unit_test_setup(this_machine_can_be_captured, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
