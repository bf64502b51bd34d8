// SPDX-License-Identifier: MIT
/*
 * debate_claims.c - the claims, and the rows that answer them.
 *
 * Only rows of one kind of exit are subtracted from each other: where KVM decodes the instruction
 * of a CPUID exit in software, an OUT does not pay for it.
 */
#include "bench/report/debate.h"

#define R0(name)   name "@guest/ring0"
#define R3(name)   name "@guest/ring3"
#define HOST(name) name "@host"

#define VALUE(name, row)                                                                           \
	{                                                                                          \
		(name), FPB_FIGURE_VALUE, (row), NULL, NULL, 0, NULL, NULL                         \
	}
#define MINUS(name, row, base)                                                                     \
	{                                                                                          \
		(name), FPB_FIGURE_DIFFERENCE, (row), (base), NULL, 0, NULL, NULL                  \
	}
#define PER_BYTE(name, row, base, bytes)                                                           \
	{                                                                                          \
		(name), FPB_FIGURE_DIFFERENCE, (row), (base), NULL, (bytes), NULL, NULL            \
	}
#define RATIO(name, row, base)                                                                     \
	{                                                                                          \
		(name), FPB_FIGURE_RATIO, (row), (base), NULL, 0, NULL, NULL                       \
	}
#define READ(name, row, key, words)                                                                \
	{                                                                                          \
		(name), FPB_FIGURE_EVIDENCE, (row), NULL, NULL, 0, (key), (words)                  \
	}

/* Sizes by CPUID.(0xD,i):EAX, the same on every processor: opmask, ZMM_Hi256, Hi16_ZMM; tiles. */
#define AVX512_MORE_BYTES (64 + 512 + 1024)
#define AMX_BYTES	  (64 + 8192)

#define ENGINE "expand/engine"
#define LAZY   "expand/engine/policy=on_wrmsr_xfd"
#define EAGER  "expand/engine/policy=at_cpuid"

/* Evidence `behaviour` of bench/cases/restore.c and restore_trim.c. */
static const char *const orders[] = {
	"?", "all accepted", "IA32_XFD refused", "XCR0 refused", "XSTATE refused", NULL
};
static const char *const trims[] = { "?", "rejected", "accepted and trimmed", "accepted and kept",
				     NULL };

const struct fpb_claim fpb_claims[] = {
	{ "IA32_XFD passed through costs an RDMSR per VM exit, even if nobody uses AMX",
	  "Bonzini, kvm list, Dec 2021",
	  { MINUS("rdmsr_tax_per_exit", R0("exit/cpuid/xfd=primed"), R0("exit/cpuid")),
	    RATIO("rdmsr_tax_ratio", R0("exit/cpuid/xfd=primed"), R0("exit/cpuid")),
	    MINUS("rdmsr_tax_per_pio", R0("exit/pio/xfd=primed"), R0("exit/pio")) } },
	{ "exits that KVM finishes on its fastpath do not pay that RDMSR",
	  "fpu_sync_guest_vmexit_xfd_state(), Linux 5.17",
	  { MINUS("rdmsr_tax_per_deadline", R0("exit/wrmsr_tscdeadline/xfd=primed"),
		  R0("exit/wrmsr_tscdeadline")),
	    MINUS("rdmsr_tax_per_invd", R0("exit/invd/xfd=primed"), R0("exit/invd")) } },
	{ "passed through on demand, it costs nothing to a legacy guest that never writes IA32_XFD",
	  "Tian, kvm list, Dec 2021",
	  { { "legacy_saves_to_shown", FPB_FIGURE_DIFFERENCE, R0("exit/cpuid"),
	      R0("exit/cpuid/os=legacy"), R0("exit/cpuid/os=amx_primed"), 0, NULL, NULL },
	    MINUS("legacy_saves_to_primed", R0("exit/cpuid/os=amx_primed"),
		  R0("exit/cpuid/os=legacy")) } },
	{ "trap WRMSR(XFD) at the start, stop after the first nonzero value",
	  "Tian, kvm list, Dec 2021",
	  { VALUE("xfd_first_write", R0("xfd/first_write")),
	    MINUS("xfd_write_trap_cost", R0("xfd/write_zero_intercepted"),
		  R0("xfd/toggle_passthrough")),
	    VALUE("xfd_guest_switch", R0("xfd/guest_switch")),
	    VALUE("xfd_guest_switch_xsaves", R0("xfd/guest_switch/part=xsaves")),
	    VALUE("xfd_guest_switch_wrmsr", R0("xfd/guest_switch/part=wrmsr_xfd")),
	    VALUE("xfd_guest_switch_xrstors", R0("xfd/guest_switch/part=xrstors")) } },
	{ "switching IA32_XFD in full at entry and exit: a round trip of 1500 becomes over 2000",
	  "kvm list, May 2021",
	  { VALUE("rdmsr_xfd", R0("msr/rdmsr_xfd/xfd=primed")),
	    VALUE("wrmsr_xfd", R0("msr/wrmsr_xfd/xfd=primed")) } },
	{ "IA32_XFD_ERR kept by MSR lists costs every exit; by trapping, only exits with it nonzero",
	  "Gleixner and Tian, kvm list, Dec 2021",
	  { VALUE("rdmsr_xfd_err", R0("msr/rdmsr_xfd_err")),
	    VALUE("wrmsr_xfd_err", R0("msr/wrmsr_xfd_err")),
	    MINUS("xfd_err_tail_per_exit", R0("nm/xfd_err_tail"),
		  R0("nm/xfd_err_tail/err=zero")) } },
	{ "the #NM of XFD costs one trap and two MSR accesses in the guest, and is rare",
	  "Tian, kvm list, Dec 2021",
	  { VALUE("nm_total", R0("nm/xfd")), VALUE("nm_entry", R0("nm/xfd/part=entry")),
	    VALUE("nm_rdmsr_err", R0("nm/xfd/part=rdmsr_err")),
	    VALUE("nm_wrmsr_err", R0("nm/xfd/part=wrmsr_err")),
	    VALUE("nm_wrmsr_xfd", R0("nm/xfd/part=wrmsr_xfd")),
	    VALUE("nm_return", R0("nm/xfd/part=return")),
	    VALUE("nm_in_host_over_ud", HOST("nm/host_sigill")) } },
	{ "once IA32_XFD is passed through every #NM of the guest exits, those of CR0.TS too",
	  "vmx_update_exception_bitmap(), Linux 5.17",
	  { VALUE("nm_cr0ts", R0("nm/cr0ts")),
	    MINUS("nm_trap_cost", R0("nm/cr0ts/xfd=primed"), R0("nm/cr0ts")) } },
	{ "a guest fpstate expanded at KVM_SET_CPUID2, or at vCPU creation, spares code at no cost",
	  "Bonzini and Tian, kvm list, Dec 2021",
	  { MINUS("eager_expansion", HOST("expand/eager_cpuid2"),
		  HOST("expand/eager_cpuid2/dynamic=hidden")),
	    MINUS("eager_vcpu_creation", HOST("expand/eager_vcpu_create/perm=asked"),
		  HOST("expand/eager_vcpu_create")),
	    MINUS("lazy_expansion", HOST("expand/lazy_task"),
		  HOST("expand/lazy_task/touch=second")),
	    MINUS("eager_minus_lazy_unused", HOST(EAGER "/k=1"), HOST(LAZY "/k=1")),
	    MINUS("eager_minus_lazy_used", HOST(EAGER "/k=2"), HOST(LAZY "/k=2")),
	    MINUS("eager_bytes_unused", HOST(EAGER "/k=1/part=bytes"),
		  HOST(LAZY "/k=1/part=bytes")),
	    MINUS("static_bytes_legacy", HOST(ENGINE "/part=bytes"), HOST(EAGER "/part=bytes")) } },
	{ "KVM_GET_SUPPORTED_CPUID must not show dynamic features that were not asked for",
	  "Bonzini, kvm list, Dec 2021",
	  { READ("shown_without_permission", HOST("expand/permission"), "dynamic_xfeatures", NULL),
	    READ("shown_with_permission", HOST("expand/permission/perm=asked"), "dynamic_xfeatures",
		 NULL) } },
	{ "restore in the order XFD, XCR0, XSTATE: XSTATE first would need a hack, or expand in vain",
	  "Gleixner and Wang, kvm list, Dec 2021",
	  { READ("order_xfd_first", HOST("restore/full"), "behaviour", orders),
	    READ("order_xstate_first", HOST("restore/full/order=xstate_xcr0_xfd"), "behaviour",
		 orders),
	    READ("order_xstate_first_live", HOST("restore/full/order=xstate_xcr0_xfd/tiles=live"),
		 "behaviour", orders),
	    READ("order_xstate_first_none", HOST("restore/full/order=xstate_xcr0_xfd/tiles=none"),
		 "behaviour", orders),
	    MINUS("restore_order_init", HOST("restore/full/order=xstate_xcr0_xfd"),
		  HOST("restore/full")),
	    MINUS("restore_order_live", HOST("restore/full/order=xstate_xcr0_xfd/tiles=live"),
		  HOST("restore/full/tiles=live")),
	    MINUS("restore_order_none", HOST("restore/full/order=xstate_xcr0_xfd/tiles=none"),
		  HOST("restore/full/tiles=none")) } },
	{ "exits that KVM finishes itself swap no FPU state; a return to user space swaps all of it",
	  "fpu_swap_kvm_fpstate(), kvm list, Dec 2021",
	  { MINUS("swap_per_exit_ring0", R0("exit/pio"), R0("exit/pio_kernel")),
	    MINUS("swap_per_exit_ring3", R3("exit/pio"), R3("exit/pio_kernel")),
	    MINUS("swap_per_kvm_run", HOST("swap/run_immediate"), HOST("null/ioctl")) } },
	{ "what is in its initial state costs nothing to swap, what is not costs by its bytes",
	  "Gleixner, kvm list, Dec 2021; Yang, Jan 2024",
	  { PER_BYTE("swap_per_avx512_byte", HOST("swap/run_immediate/live=avx512"),
		     HOST("swap/run_immediate/live=avx"), AVX512_MORE_BYTES),
	    MINUS("swap_with_tiles", HOST("swap/run_immediate/live=amx"),
		  HOST("swap/run_immediate")),
	    PER_BYTE("swap_per_amx_byte", HOST("swap/run_immediate/live=amx"),
		     HOST("swap/run_immediate"), AMX_BYTES),
	    MINUS("exit_with_tiles", R0("exit/pio/live=amx"), R0("exit/pio")),
	    MINUS("init_saves_on_xsavec", HOST("xsave/xsavec/state=full/reuse=switch"),
		  HOST("xsave/xsavec/reuse=switch")),
	    MINUS("init_saves_on_xsaves", R0("xsave/xsaves/state=full/reuse=switch"),
		  R0("xsave/xsaves/reuse=switch")),
	    MINUS("init_saves_on_xrstors", R0("xsave/xrstors/state=full/reuse=switch"),
		  R0("xsave/xrstors/reuse=switch")),
	    MINUS("tiles_on_xsaves", R0("xsave/xsaves/state=amx/reuse=switch"),
		  R0("xsave/xsaves/reuse=switch")),
	    MINUS("tiles_on_xrstors", R0("xsave/xrstors/state=amx/reuse=switch"),
		  R0("xsave/xrstors/reuse=switch")) } },
	{ "XSAVE in the kernel takes 141 to 180 cycles, XRSTOR about 300 (RFBM 0x206e7)",
	  "tracepoint series, 2022",
	  { VALUE("xsaves", R0("xsave/xsaves/state=full/reuse=switch")),
	    VALUE("xrstors", R0("xsave/xrstors/state=full/reuse=switch")),
	    VALUE("xsavec", HOST("xsave/xsavec/state=full/reuse=switch")),
	    VALUE("xrstor", HOST("xsave/xrstor/state=full/reuse=switch")) } },
	{ "XGETBV(1) takes 9 cycles on Skylake, 50 on Zen 3",
	  "Apr 2022",
	  { VALUE("xgetbv_host", HOST("xgetbv/xinuse")),
	    VALUE("xgetbv_ring0", R0("xgetbv/xinuse")) } },
	{ "XCR0 and XSS swapped out of the fastpath save about 300 (EMR) or 500 (Turin) on INVD",
	  "kvm list, Nov 2025",
	  { MINUS("xcr0_swap_on_invd", R0("exit/invd/xcr0=other"), R0("exit/invd")),
	    MINUS("xss_swap_on_invd", R0("exit/invd/xss=other"), R0("exit/invd")),
	    MINUS("xcr0_swap_on_cpuid", R0("exit/cpuid/xcr0=other"), R0("exit/cpuid")),
	    MINUS("xss_swap_on_cpuid", R0("exit/cpuid/xss=other"), R0("exit/cpuid")) } },
	{ "the PKRU swap takes about 40 (Intel) or 60 (AMD)",
	  "kvm list, Nov 2025",
	  { MINUS("pkru_swap_on_invd", R0("exit/invd/pkru=other"), R0("exit/invd")),
	    MINUS("pkru_swap_on_cpuid", R0("exit/cpuid/pkru=other"), R0("exit/cpuid")),
	    MINUS("pkru_swap_ring3", R3("exit/pio_kernel/pkru=other"), R3("exit/pio_kernel")) } },
	{ "a CPUID exit takes 1018 to 1098 cycles, over 1600 with mitigations",
	  "kvm list, Dec 2024",
	  { VALUE("cpuid_exit_ring0", R0("exit/cpuid")),
	    VALUE("cpuid_exit_ring3", R3("exit/cpuid")) } },
	{ "a VMCALL exit takes 1559, then 1529 cycles on Skylake",
	  "kvm list, Mar 2020",
	  { VALUE("hypercall_exit_ring0", R0("exit/hypercall")),
	    VALUE("hypercall_exit_ring3", R3("exit/hypercall")) } },
	{ "CET_S in the fpstate of all tasks costs nothing above noise against guests alone",
	  "Yang and Levitsky, Jan 2024; Mar 2025",
	  { MINUS("cet_s_in_xsaves", R0("area/xsaves/cet_s=present"), R0("area/xsaves")) } },
	{ "XSTATE with features that the guest lacks: refusing it breaks migration from old kernels",
	  "Christopherson and Bras, kvm list, Sep 2023",
	  { READ("trim_made", HOST("restore/trim"), "behaviour", trims),
	    READ("trim_carried", HOST("restore/trim/image=carried"), "behaviour", trims) } },
	{ "INIT clears MPX and CET alone, for which KVM puts the guest FPU and loads it again",
	  "Christopherson, kvm list, May 2024",
	  { VALUE("init_of_vcpu", HOST("reset/init")),
	    READ("init_clears", HOST("reset/init"), "cleared", NULL) } },
	{ 0 },
};
