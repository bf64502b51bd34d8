// SPDX-License-Identifier: MIT
/* Why something cannot run: captured processors, and guests that answer late on a KVM in memory. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/guest.h"
#include "bench/core/probe_priv.h"
#include "guest/x86/pkru.h"
#include "guest/x86/xsave.h"
#include "host/vmm/watchdog.h"
#include "list_hash.h"
#include "tests/unit/captured_machine.h"
#include "tests/unit/fake_kvm.h"
#include "tests/unit/fake_payload.h"

/* In place of what guest/embed.S embeds, and writable. */
extern struct fake_payload fpb_payload_elf;
struct fake_payload fpb_payload_elf;
extern const uint64_t fpb_payload_elf_bytes;
const uint64_t fpb_payload_elf_bytes = sizeof(struct fake_payload);

static struct captured_machine machine;
static struct fpb_capabilities caps;

static const struct fpb_lack *lack_of(enum fpb_substrate substrate, uint64_t need)
{
	assert_false(caps.on[substrate].have & need);
	return &caps.on[substrate].lack[__builtin_ctzll(need)];
}

static void expect_lack(enum fpb_substrate substrate, uint64_t need, const char *reason,
			const char *text)
{
	const struct fpb_lack *lack = lack_of(substrate, need);

	assert_string_equal(lack->reason, reason);
	assert_string_equal(lack->text, text);
}

static void probe_captured(void)
{
	caps = (struct fpb_capabilities){ 0 };
	probe_processor(&caps.on[FPB_HOST], &machine.cpu.source);
}

static struct cpuid_regs *leaf_of(uint32_t leaf, uint32_t subleaf)
{
	for (size_t i = 0; i < machine.cpu.nr_leaves; i++) {
		if (machine.cpu.leaves[i].leaf == leaf && machine.cpu.leaves[i].subleaf == subleaf)
			return &machine.cpu.leaves[i].regs;
	}
	fail_msg("no leaf %#x, %#x captured", leaf, subleaf);
	return NULL;
}

/* The captured servers' leaf 7 is not on record: with protection keys, and enabled. */
static void load_server(const char *name)
{
	captured_machine_load(&machine, name);
	assert_true(machine.cpu.nr_leaves <
		    sizeof(machine.cpu.leaves) / sizeof(machine.cpu.leaves[0]));
	machine.cpu.leaves[machine.cpu.nr_leaves++] = (struct captured_leaf){
		.leaf = 7,
		.regs.ecx = CPUID_7_ECX_PKU | CPUID_7_ECX_OSPKE,
	};
}

static void processor_that_has_everything(void **state)
{
	(void)state;
	load_server("server-amd");
	probe_captured();
	assert_int_equal(caps.on[FPB_HOST].have, ALL_XSAVE | FPB_NEED_NATIVE | FPB_NEED_PKU);
	assert_int_equal(caps.on[FPB_HOST].xfeatures, 0x2e7);
	assert_true(caps.on[FPB_HOST].has_rdtscp);
	expect_lack(FPB_HOST, FPB_NEED_AMX_GUEST, "cpu-lacks",
		    "CPUID.(0xD,1):EAX[4] (XFD) is 0, EAX read 0xf");
	/* With AMX too it is the kernel, and KVM, that have the last word. */
	load_server("server-amx");
	probe_captured();
	assert_int_equal(caps.on[FPB_HOST].have,
			 ALL_XSAVE | FPB_NEED_NATIVE | FPB_NEED_PKU | FPB_NEED_AMX);
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_AMX_GUEST)->reason, "");
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_AMX_TASK)->reason, "");
	leaf_of(CPUID_D, 18)->ecx = CPUID_DI_ECX_ALIGNED;
	probe_captured();
	for (uint64_t rest = ALL_AMX; rest; rest &= rest - 1)
		expect_lack(FPB_HOST, rest & -rest, "cpu-lacks",
			    "CPUID.(0xD,18):ECX[2] (XTILEDATA under XFD) is 0, ECX read 0x2");
}

/* Each with the leaf, the bit and what was read there. */
static void what_the_processor_has_and_the_kernel_leaves(void **state)
{
	(void)state;
	load_server("server-amx");
	machine.cpu.xcr0 = 0xe7;
	probe_captured();
	expect_lack(FPB_HOST, FPB_NEED_AMX, "os-lacks",
		    "AMX state: XCR0 bits 0x60000 needed, XCR0 read 0xe7");
	expect_lack(FPB_HOST, FPB_NEED_PKU, "os-lacks", "PKRU: XCR0 bit 9 needed, XCR0 read 0xe7");
	leaf_of(7, 0)->ecx = CPUID_7_ECX_PKU;
	probe_captured();
	expect_lack(FPB_HOST, FPB_NEED_PKU, "os-lacks",
		    "CPUID.(7,0):ECX[4] (OSPKE) is 0, ECX read 0x8");
	leaf_of(7, 0)->ecx = 0;
	probe_captured();
	expect_lack(FPB_HOST, FPB_NEED_PKU, "cpu-lacks",
		    "CPUID.(7,0):ECX[3] (PKU) is 0, ECX read 0");
	leaf_of(CPUID_D, 1)->ecx = XFEATURE_CET_U;
	probe_captured();
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_CET_U)->reason, "");
	expect_lack(FPB_HOST, FPB_NEED_CET_S, "cpu-lacks",
		    "CPUID.(0xD,1):ECX[12] (CET_S state) is 0, ECX read 0x800");
	leaf_of(CPUID_D, 1)->eax &= ~CPUID_D1_EAX_XSAVES;
	probe_captured();
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_XSS)->reason, "cpu-lacks");
	assert_non_null(strstr(lack_of(FPB_HOST, FPB_NEED_XSS)->text, "EAX[3] (XSAVES) is 0"));
}

static void processor_that_lacks_some(void **state)
{
	(void)state;
	captured_machine_load(&machine, "smt-laptop");
	probe_captured();
	assert_int_equal(caps.on[FPB_HOST].have & ~FPB_NEED_PKU,
			 (ALL_XSAVE - FPB_NEED_AVX512) | FPB_NEED_NATIVE);
	expect_lack(FPB_HOST, FPB_NEED_AVX512, "cpu-lacks",
		    "CPUID.(0xD,0):EAX[7:5] (AVX-512 state) is 0, EAX read 0x1f");
	captured_machine_load(&machine, "no-kvm");
	probe_captured();
	expect_lack(FPB_HOST, FPB_NEED_XSAVES, "cpu-lacks",
		    "CPUID.(0xD,1):EAX[3] (XSAVES) is 0, EAX read 0x7");
}

static void kernel_that_enables_less(void **state)
{
	(void)state;
	captured_machine_load(&machine, "server-amd");
	machine.cpu.xcr0 = XFEATURE_X87 | XFEATURE_AVX;
	probe_captured();
	assert_true(caps.on[FPB_HOST].have & FPB_NEED_AVX);
	expect_lack(FPB_HOST, FPB_NEED_AVX512, "os-lacks",
		    "AVX-512 state: XCR0 bits 0xe6 needed, XCR0 read 0x7");
	/* XGETBV would be an exception: XCR0 is not read. */
	leaf_of(1, 0)->ecx = CPUID_1_ECX_XSAVE;
	probe_captured();
	assert_int_equal(caps.on[FPB_HOST].xfeatures, 0);
	expect_lack(FPB_HOST, FPB_NEED_XSAVE, "os-lacks",
		    "CPUID.1:ECX[27] (OSXSAVE) is 0, ECX read 0x4000000");
	/* What the processor lacks besides is not the kernel's fault. */
	leaf_of(CPUID_D, 0)->eax = XFEATURE_X87 | XFEATURE_AVX;
	probe_captured();
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_AVX512)->reason, "cpu-lacks");
	assert_string_equal(lack_of(FPB_HOST, FPB_NEED_AVX)->reason, "os-lacks");
}

static void processor_without_xsave(void **state)
{
	static const char text[] = "CPUID.1:ECX[26] (XSAVE) is 0, ECX read 0x1";

	(void)state;
	captured_machine_load(&machine, "server-amd");
	/* An older one has no leaf 0xD, and answers for it with the last it has. */
	leaf_of(0, 0)->eax = 0xb;
	leaf_of(1, 0)->ecx = 1;
	probe_captured();
	assert_int_equal(caps.on[FPB_HOST].have, FPB_NEED_NATIVE);
	expect_lack(FPB_HOST, FPB_NEED_XSAVE, "cpu-lacks", text);
	expect_lack(FPB_HOST, FPB_NEED_AVX, "cpu-lacks", text);
	expect_lack(FPB_HOST, FPB_NEED_XCR0, "cpu-lacks", text);
	expect_lack(FPB_HOST, FPB_NEED_PKU, "cpu-lacks", text);
	expect_lack(FPB_HOST, FPB_NEED_CET_S, "cpu-lacks", text);
	expect_lack(FPB_HOST, FPB_NEED_AMX_TASK, "cpu-lacks", text);
	leaf_of(1, 0)->ecx = CPUID_1_ECX_XSAVE | CPUID_1_ECX_OSXSAVE;
	probe_captured();
	expect_lack(FPB_HOST, FPB_NEED_XSAVES, "cpu-lacks",
		    "CPUID.(0xD,1):EAX[3] (XSAVES) is 0, EAX read 0");
}

static void guests_lack_what_the_processor_lacks(void **state)
{
	struct fpb_capability *ring0 = &caps.on[FPB_GUEST_RING0];
	struct fpb_capability *ring3 = &caps.on[FPB_GUEST_RING3];

	(void)state;
	captured_machine_load(&machine, "smt-laptop");
	probe_captured();
	ring0->have = ring3->have = ALL_NEEDS;
	fpb_lack_set(ring0, FPB_NEED_AVX512, "kvm-lacks", "guest exception: vector 6");
	fpb_lack_set(ring0, FPB_NEED_XSAVES, "backend-cannot", "XSAVES: suberror 1");
	probe_blame_processor(&caps);
	expect_lack(FPB_GUEST_RING0, FPB_NEED_AVX512, "cpu-lacks",
		    "CPUID.(0xD,0):EAX[7:5] (AVX-512 state) is 0, EAX read 0x1f");
	/* The processor has it: it is not to blame. */
	expect_lack(FPB_GUEST_RING0, FPB_NEED_XSAVES, "backend-cannot", "XSAVES: suberror 1");
	/* What was seen to run, runs. */
	assert_int_equal(ring3->have, ALL_NEEDS);
	assert_string_equal(ring3->lack[__builtin_ctzll(FPB_NEED_AVX512)].reason, "");
}

/*
 * A guest that answers each probe, with `answer` where the probe reads something back; as often as
 * `nr_hangs` says it does not answer at all, and where `faults` it meets #GP.
 */
static struct {
	uint64_t answer[ABI_NR_PROBES];
	unsigned int nr_exits[ABI_NR_PROBES];
	bool faults[ABI_NR_PROBES];
	unsigned int nr_vcpus_seen;
	unsigned int nr_hangs[ABI_NR_PROBES];
	unsigned int nr_asked[ABI_NR_PROBES];
} guest_side;

static int hang(void)
{
	while (!watchdog_has_fired())
		poll(NULL, 0, 1);
	return -EINTR;
}

static int run_guest(struct kvm_run *run)
{
	struct abi_shared *shared = (void *)(fake.memory + ABI_SHARED_GPA);
	uint32_t probe;

	if (guest_side.nr_vcpus_seen != fake.nr_vcpus) {
		guest_side.nr_vcpus_seen = fake.nr_vcpus;
		shared->magic = ABI_MAGIC;
		shared->version = ABI_VERSION;
		shared->list_hash = FPB_LIST_HASH;
	} else {
		probe = shared->request.bench;
		assert_true(probe < ABI_NR_PROBES);
		guest_side.nr_asked[probe]++;
		if (guest_side.nr_hangs[probe]) {
			guest_side.nr_hangs[probe]--;
			return hang();
		}
		if (guest_side.faults[probe]) {
			shared->fault = (struct abi_fault){ .vector = 13, .rip = 0x100200 };
			fake_kvm_out(run, ABI_PORT_DOORBELL, ABI_EVENT_FAULT);
			return 0;
		}
		*fake_stats_data(FAKE_STAT_EXITS) += guest_side.nr_exits[probe];
		shared->evidence[ABI_EVIDENCE_ANSWER].value =
			probe == ABI_PROBE_XGETBV ? fake.xcr0 : guest_side.answer[probe];
	}
	fake_kvm_out(run, ABI_PORT_DOORBELL, ABI_EVENT_READY);
	return 0;
}

static int reset_guest(void **state)
{
	(void)state;
	fake_kvm_reset();
	fake.run = run_guest;
	fake_payload_init(&fpb_payload_elf);
	fpb_payload_elf.info.list_hash = FPB_LIST_HASH;
	/* The first probe fills a sled; this one has the rest of the image to itself. */
	fpb_payload_elf.info.sled = ABI_IMAGE_GPA + sizeof(struct fake_payload) + FAKE_BSS_BYTES;
	fpb_payload_elf.info.sled_bytes = 64 << 10;
	memset(&guest_side, 0, sizeof(guest_side));
	caps = (struct fpb_capabilities){ .is_amd = true };
	return 0;
}

static int check_nothing_is_open(void **state)
{
	(void)state;
	return fake_kvm_nr_open() || fake_kvm_nr_mapped() ? -1 : 0;
}

static void guest_in_time(void **state)
{
	const struct fpb_capability *c = &caps.on[FPB_GUEST_RING3];

	(void)state;
	probe_guest(&caps, FPB_GUEST_RING3, &kvm_sys_fake);
	assert_true(c->have & FPB_NEED_KVM);
	assert_true(c->have & FPB_NEED_NATIVE);
	assert_true(c->have & FPB_NEED_HYPERCALL);
	assert_true(c->have & FPB_NEED_XCR0);
	assert_int_equal(c->xfeatures, 7);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_TSC], 1);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_HYPERCALL], 1);
	/* No OUT reached the VMM: that is an answer, and is not asked for again. */
	expect_lack(FPB_GUEST_RING3, FPB_NEED_PIO_EXIT, "backend-cannot",
		    "OUT: 0 of 100 reached the VMM");
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_PIO], 1);
}

static void guest_late_once(void **state)
{
	const struct fpb_capability *c = &caps.on[FPB_GUEST_RING3];

	(void)state;
	guest_side.nr_hangs[ABI_PROBE_TSC] = 1;
	guest_side.nr_hangs[ABI_PROBE_HYPERCALL] = 1;
	probe_guest(&caps, FPB_GUEST_RING3, &kvm_sys_fake);
	assert_true(c->have & FPB_NEED_KVM);
	assert_true(c->have & FPB_NEED_HYPERCALL);
	assert_string_equal(c->lack[__builtin_ctzll(FPB_NEED_HYPERCALL)].text, "");
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_TSC], 2);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_HYPERCALL], 2);
}

static void guest_late_twice(void **state)
{
	(void)state;
	guest_side.nr_hangs[ABI_PROBE_HYPERCALL] = 2;
	probe_guest(&caps, FPB_GUEST_RING3, &kvm_sys_fake);
	expect_lack(FPB_GUEST_RING3, FPB_NEED_HYPERCALL, "backend-cannot",
		    "VMMCALL, tried a second time after a timeout: KVM_RUN: no answer from the "
		    "guest within 300 ms: Connection timed out");
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_HYPERCALL], 2);
}

/* A KVM that shows everything, and a guest where everything works. */
static void show_everything(void)
{
	fake_kvm_leaf(7, 0)->ecx = CPUID_7_ECX_PKU;
	fake_kvm_leaf(CPUID_D, 0)->eax |= XFEATURE_PKRU;
	fake_kvm_leaf(CPUID_D, 1)->eax = CPUID_D1_EAX_XSAVES;
	fake_kvm_leaf(CPUID_D, 1)->ecx = XFEATURE_CET_U | XFEATURE_CET_S;
	fake_kvm_leaf(CPUID_D, 9)->eax = 8;
	fake_kvm_leaf(CPUID_D, 9)->ebx = 2688;
	for (unsigned int i = 0; i < ABI_NR_PROBES; i++)
		guest_side.nr_exits[i] = i == ABI_PROBE_NOTHING ? 0 : 100;
	guest_side.answer[ABI_PROBE_PKRU] = PKRU_OTHER;
	guest_side.answer[ABI_PROBE_XSS] = XFEATURE_CET_U | XFEATURE_CET_S;
	guest_side.answer[ABI_PROBE_CET] = XFEATURE_CET_U | XFEATURE_CET_S;
	guest_side.answer[ABI_PROBE_CR0_TS] = 1;
	guest_side.answer[ABI_PROBE_DEADLINE] = 1;
	guest_side.answer[ABI_PROBE_HLT] = 1;
}

#define PRIVILEGED                                                                                 \
	(ALL_XSS | FPB_NEED_CR0_TS | FPB_NEED_RDMSR_EXIT | FPB_NEED_INVD | FPB_NEED_TSC_DEADLINE | \
	 FPB_NEED_HLT)

static void probe_ring0(void)
{
	probe_irqchip(&caps, &kvm_sys_fake);
	probe_guest(&caps, FPB_GUEST_RING0, &kvm_sys_fake);
}

static void privileged_guest(void **state)
{
	const struct fpb_capability *c = &caps.on[FPB_GUEST_RING0];

	(void)state;
	show_everything();
	probe_ring0();
	assert_int_equal(c->have & PRIVILEGED, PRIVILEGED);
	assert_true(c->have & FPB_NEED_PKU);
	assert_true(c->have & FPB_NEED_IRQCHIP);
	assert_int_equal(c->counted & PRIVILEGED, FPB_EXIT_KINDS & PRIVILEGED);
	/* One VM for the question, one for each probe that needs its timer or an interrupt. */
	assert_int_equal(fake.nr_irqchips, 3);
	/* Nothing of it is executed at CPL 3, where it is #GP. */
	memset(guest_side.nr_asked, 0, sizeof(guest_side.nr_asked));
	probe_guest(&caps, FPB_GUEST_RING3, &kvm_sys_fake);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_XSS], 0);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_RDMSR], 0);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_INVD], 0);
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_PKRU], 1);
	assert_false(caps.on[FPB_GUEST_RING3].have & PRIVILEGED);
}

/* Every lack quotes what was read. */
static void guest_that_answers_otherwise(void **state)
{
	(void)state;
	show_everything();
	guest_side.answer[ABI_PROBE_PKRU] = PKRU_LINUX;
	guest_side.answer[ABI_PROBE_XSS] = XFEATURE_CET_S;
	guest_side.answer[ABI_PROBE_CET] = XFEATURE_CET_U;
	guest_side.answer[ABI_PROBE_CR0_TS] = 0;
	guest_side.answer[ABI_PROBE_DEADLINE] = 0;
	guest_side.faults[ABI_PROBE_HLT] = true;
	probe_ring0();
	expect_lack(FPB_GUEST_RING0, FPB_NEED_PKU, "backend-cannot",
		    "WRPKRU of 0xaaaaaaa8, RDPKRU read 0x55555554");
	expect_lack(FPB_GUEST_RING0, FPB_NEED_CET_U, "backend-cannot",
		    "IA32_XSS[11] does not stay set, read back 0x1000 of 0x1800");
	expect_lack(FPB_GUEST_RING0, FPB_NEED_CET_S, "backend-cannot",
		    "IA32_PL0_SSP does not keep what is written");
	expect_lack(FPB_GUEST_RING0, FPB_NEED_CR0_TS, "backend-cannot",
		    "SSE under CR0.TS: 0 times #NM, expected 1");
	expect_lack(FPB_GUEST_RING0, FPB_NEED_TSC_DEADLINE, "backend-cannot",
		    "WRMSR of IA32_TSC_DEADLINE: expected 1, read 0");
	assert_string_equal(lack_of(FPB_GUEST_RING0, FPB_NEED_HLT)->reason, "kvm-lacks");
	assert_non_null(strstr(lack_of(FPB_GUEST_RING0, FPB_NEED_HLT)->text, "vector 13"));
}

/* An MSR read without an exit is the processor's own: no row may believe that it is KVM's. */
static void privileged_without_exits(void **state)
{
	(void)state;
	show_everything();
	guest_side.nr_exits[ABI_PROBE_RDMSR] = 2;
	guest_side.nr_exits[ABI_PROBE_INVD] = 0;
	probe_ring0();
	expect_lack(FPB_GUEST_RING0, FPB_NEED_RDMSR_EXIT, "backend-cannot",
		    "RDMSR was executed without an exit: 2 exits for 100, as KVM counts them");
	expect_lack(FPB_GUEST_RING0, FPB_NEED_INVD, "backend-cannot",
		    "INVD was executed without an exit: 0 exits for 100, as KVM counts them");
}

static void guest_without_supervisor_states(void **state)
{
	(void)state;
	show_everything();
	fake_kvm_leaf(CPUID_D, 1)->ecx = 0;
	guest_side.answer[ABI_PROBE_XSS] = 0;
	probe_ring0();
	assert_true(caps.on[FPB_GUEST_RING0].have & FPB_NEED_XSS);
	expect_lack(FPB_GUEST_RING0, FPB_NEED_CET_U, "kvm-lacks",
		    "the guest's CPUID.(0xD,1):ECX[11] is 0, ECX read 0");
	/* Without XSAVES there is no IA32_XSS either. */
	caps = (struct fpb_capabilities){ 0 };
	guest_side.faults[ABI_PROBE_XSAVES] = true;
	probe_ring0();
	assert_string_equal(lack_of(FPB_GUEST_RING0, FPB_NEED_XSS)->text,
			    lack_of(FPB_GUEST_RING0, FPB_NEED_XSAVES)->text);
}

static void kvm_without_irqchip(void **state)
{
	(void)state;
	show_everything();
	/* The call after KVM_SET_TSS_ADDR of the VM that asks. */
	fake.fail_at = 8;
	fake.fail_code = -ENOTTY;
	probe_irqchip(&caps, &kvm_sys_fake);
	assert_string_equal(fake.failed, "KVM_CREATE_IRQCHIP");
	probe_guest(&caps, FPB_GUEST_RING0, &kvm_sys_fake);
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++)
		assert_non_null(strstr(lack_of(s, FPB_NEED_IRQCHIP)->text, "KVM_CREATE_IRQCHIP"));
	assert_non_null(strstr(lack_of(FPB_GUEST_RING0, FPB_NEED_HLT)->text, "KVM_CREATE_IRQCHIP"));
	assert_int_equal(guest_side.nr_asked[ABI_PROBE_HLT], 0);
}

/* The places of server-amd; XCR0 0x2e7 of a KVM that shows it all. */
static uint32_t switched(const struct probe_host_registers *host)
{
	const struct fpb_guest_config config = { .sys = &kvm_sys_fake, .ring = VCPU_RING3 };
	struct fpb_guest guest;
	struct fpb_err err = { 0 };
	uint32_t bits = ~0u;

	if (fpb_guest_create(&config, &guest, &err) ||
	    probe_switched(guest.vcpu, host, &bits, &err))
		fail_msg("%s", err.text);
	fpb_guest_destroy(&guest);
	return bits;
}

static void registers_that_are_not_the_hosts(void **state)
{
	struct probe_host_registers host = { .xcr0 = 0x2e7 };
	uint32_t pkru;

	(void)state;
	fake_kvm_leaf(CPUID_D, 0)->eax = 0x2e7;
	fake_kvm_leaf(CPUID_D, 9)->eax = 8;
	fake_kvm_leaf(CPUID_D, 9)->ebx = 0x980;
	/* A vCPU has this thread's where there is one. */
	(void)switched(&host);
	memcpy(&pkru, fake.xsave + 0x980, sizeof(pkru));
	host.pkru = pkru;
	assert_int_equal(switched(&host), 0);
	host.xcr0 = 0x602e7;
	assert_int_equal(switched(&host), FPB_SWITCHED_XCR0);
	host.xcr0 = 0x2e7;
	host.pkru = ~pkru;
	assert_int_equal(switched(&host), FPB_SWITCHED_PKRU);
	host.pkru = pkru;
	/* Without XSAVES KVM leaves IA32_XSS alone. */
	host.has_another_xss = true;
	assert_int_equal(switched(&host), 0);
	fake_kvm_leaf(CPUID_D, 1)->eax = CPUID_D1_EAX_XSAVES;
	assert_int_equal(switched(&host), FPB_SWITCHED_XSS);
	/* A guest without PKRU in XCR0 keeps the host's. */
	fake_kvm_leaf(CPUID_D, 0)->eax = host.xcr0 = 0xe7;
	host.pkru = ~pkru;
	assert_int_equal(switched(&host), FPB_SWITCHED_XSS);
}

static void supervisor_states_show_in_the_size(void **state)
{
	(void)state;
	captured_machine_load(&machine, "server-amd");
	assert_false(probe_has_another_xss(&machine.cpu.source, 0x2e7));
	/* CET_U, 16 bytes: of the kernel alone, of both, of the guest alone. */
	leaf_of(CPUID_D, 1)->ebx += 16;
	assert_true(probe_has_another_xss(&machine.cpu.source, 0x2e7));
	assert_false(probe_has_another_xss(&machine.cpu.source, 0x2e7 | XFEATURE_CET_U));
	leaf_of(CPUID_D, 1)->ebx -= 16;
	assert_true(probe_has_another_xss(&machine.cpu.source, 0x2e7 | XFEATURE_CET_U));
	leaf_of(CPUID_D, 1)->eax &= ~CPUID_D1_EAX_XSAVES;
	assert_false(probe_has_another_xss(&machine.cpu.source, 0x2e7));
}

#define GUEST(f) cmocka_unit_test_setup_teardown(f, reset_guest, check_nothing_is_open)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processor_that_has_everything),
		cmocka_unit_test(processor_that_lacks_some),
		cmocka_unit_test(kernel_that_enables_less),
		cmocka_unit_test(what_the_processor_has_and_the_kernel_leaves),
		cmocka_unit_test(processor_without_xsave),
		cmocka_unit_test(guests_lack_what_the_processor_lacks),
		cmocka_unit_test(supervisor_states_show_in_the_size),
		GUEST(registers_that_are_not_the_hosts),
		GUEST(guest_in_time),
		GUEST(guest_late_once),
		GUEST(guest_late_twice),
		GUEST(privileged_guest),
		GUEST(privileged_without_exits),
		GUEST(guest_that_answers_otherwise),
		GUEST(guest_without_supervisor_states),
		GUEST(kvm_without_irqchip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
