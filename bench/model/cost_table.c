// SPDX-License-Identifier: MIT
/*
 * cost_table.c - what each cost is taken to be where no report holds it, and why.
 *
 * An interval here is as wide as what is known is vague: where nobody published a figure it spans
 * what the operations that it consists of are known to cost. A narrow one must be owed to its source.
 */
#include "bench/model/cost.h"

#define XFD_SWITCH                                                                                 \
	"no published figure; bounded by the estimate of kvm list, May 2021, that reading and "    \
	"writing XFD both ways takes a round trip from 1500 to over 2000"
#define FROM_MSR_WRITES                                                                            \
	"no published figure; two XSETBV and two WRMSR(XSS) a round trip take 300 (EMR) to 500 "   \
	"(Turin): kvm list, Nov 2025"
#define FROM_MSR_LISTS                                                                             \
	"no published figure; SDM vol. 3, saving and loading MSRs: an entry does what RDMSR or "   \
	"WRMSR does, in microcode, with a read of the list"
#define NEAR_CPUID                                                                                 \
	"no published figure for this kind; from that of a CPUID exit, 1018 to 1098, over 1600 "   \
	"with mitigations (kvm list, Dec 2024), and what its handler does besides"
#define XSAVE_TRACE                                                                                \
	"XSAVE 141 to 180, XRSTOR about 300, RFBM 0x206e7: kvm list, tracepoint series, 2022"
#define TILES                                                                                      \
	"no published figure; 8192 bytes are 128 cache lines to write and 128 to read, from one "  \
	"a cycle to memory's pace"
#define ALLOCATION                                                                                 \
	"no published figure; vzalloc() of a page or three, from the allocator's fast path to "    \
	"page faults and a page table"
#define SPR_SIZES                                                                                  \
	"Linux boot log of Sapphire Rapids: tiles at offset 2560, compacted size 10752; 64 bytes " \
	"of struct fpstate before it, vzalloc() rounds up to pages (fpu_alloc_guest_fpstate())"

const struct fpb_cost_info fpb_cost_infos[FPB_NR_COSTS] = {
	[FPB_COST_RDMSR_XFD] = { "rdmsr_xfd", "cyc", "RDMSR(XFD) by the host on a VM exit", 60, 15,
				 150, XFD_SWITCH },
	[FPB_COST_WRMSR_XFD] = { "wrmsr_xfd", "cyc", "WRMSR(XFD) that does not exit", 100, 30, 250,
				 FROM_MSR_WRITES },
	[FPB_COST_RDMSR_XFD_ERR] = { "rdmsr_xfd_err", "cyc", "RDMSR(XFD_ERR) that does not exit",
				     60, 15, 150, XFD_SWITCH },
	[FPB_COST_WRMSR_XFD_ERR] = { "wrmsr_xfd_err", "cyc", "WRMSR(XFD_ERR) by the host", 100, 30,
				     250, FROM_MSR_WRITES },
	[FPB_COST_MSR_LIST_STORE] = { "msr_list_store", "cyc",
				      "one entry of the VM-exit MSR-store list", 90, 15, 300,
				      FROM_MSR_LISTS },
	[FPB_COST_MSR_LIST_LOAD] = { "msr_list_load", "cyc",
				     "one entry of the VM-entry or VM-exit MSR-load list", 130, 30,
				     400, FROM_MSR_LISTS },
	[FPB_COST_FLAG_TEST] = { "flag_test", "cyc", "test of a field of the vCPU", 1, 0.25, 4,
				 "a load that hits L1 and a predicted branch: instruction "
				 "tables of any x86-64 core" },

	[FPB_COST_EXIT_CPUID] = { "exit_cpuid", "cyc", "VM exit: CPUID", 1060, 1000, 1700,
				  "CPUID exit 1018 to 1098, over 1600 with mitigations: kvm "
				  "list, Dec 2024" },
	[FPB_COST_EXIT_HLT] = { "exit_hlt", "cyc", "VM exit: HLT, without the sleep", 4000, 1000,
				20000, NEAR_CPUID },
	[FPB_COST_EXIT_PIO] = { "exit_pio", "cyc", "VM exit: port I/O answered in the kernel", 1500,
				1000, 4000, NEAR_CPUID },
	[FPB_COST_EXIT_MMIO] = { "exit_mmio", "cyc", "VM exit: MMIO answered in the kernel", 2500,
				 1000, 8000, NEAR_CPUID },
	[FPB_COST_EXIT_MSR] = { "exit_msr", "cyc", "VM exit: RDMSR or WRMSR", 1300, 1000, 3000,
				NEAR_CPUID },
	[FPB_COST_EXIT_INTERRUPT] = { "exit_interrupt", "cyc",
				      "VM exit: interrupt, without its handler in the host", 1500,
				      900, 5000, NEAR_CPUID },
	[FPB_COST_EXIT_PAGE_FAULT] = { "exit_page_fault", "cyc",
				       "VM exit: EPT violation or nested page fault", 4000, 1500,
				       40000, NEAR_CPUID },
	[FPB_COST_EXIT_TIMER] = { "exit_timer", "cyc", "VM exit: preemption timer", 1500, 900, 5000,
				  NEAR_CPUID },
	[FPB_COST_EXIT_APIC] = { "exit_apic", "cyc", "VM exit: access to the APIC", 1800, 900, 6000,
				 NEAR_CPUID },
	[FPB_COST_EXIT_HYPERCALL] = { "exit_hypercall", "cyc", "VM exit: VMCALL or VMMCALL", 1545,
				      1000, 1700,
				      "VMCALL exit 1559, then 1529, on Skylake: kvm list, Mar "
				      "2020" },
	[FPB_COST_EXIT_PAUSE] = { "exit_pause", "cyc", "VM exit: PAUSE, without the yield", 1500,
				  900, 10000, NEAR_CPUID },
	[FPB_COST_EXIT_NESTED] = { "exit_nested", "cyc",
				   "VM exit: L1 runs L2, or what L2 does goes to L1", 6000, 1500,
				   14000,
				   "4000 cycles were 30 % of a nested VMLAUNCH or VMRESUME: "
				   "Linux, \"KVM: vmx: speed up MSR bitmap merge\"" },
	[FPB_COST_EXIT_OTHER] = { "exit_other", "cyc", "VM exit: any other", 1500, 900, 10000,
				  NEAR_CPUID },
	[FPB_COST_EXIT_FASTPATH] = { "exit_fastpath", "cyc",
				     "VM exit that re-enters on the fastpath", 1000, 600, 2000,
				     "INVD exit 1300, then 1000, on EMR; 2000, then 1500, on "
				     "Turin: kvm list, Nov 2025" },

	[FPB_COST_USER_EXIT] = { "user_exit", "cyc",
				 "return to user space and KVM_RUN, over an exit in the "
				 "kernel, without the FPU swap",
				 1500, 300, 6000,
				 "no published figure; a system call with mitigations, the "
				 "put and load of a vCPU, and the way through the VMM" },
	[FPB_COST_SWAP] = { "swap", "cyc",
			    "guest FPU against host FPU, a round trip: two XSAVES, two XRSTORS",
			    940, 500, 2000, XSAVE_TRACE },
	[FPB_COST_SWAP_TILES] = { "swap_tiles", "cyc",
				  "over swap, with XTILEDATA live: one save, one restore", 600, 200,
				  4000, TILES },
	[FPB_COST_VCPU_SWITCH] = { "vcpu_switch", "cyc",
				   "XSAVES and XRSTORS when a vCPU thread is scheduled out", 470,
				   250, 1000, XSAVE_TRACE },
	[FPB_COST_GUEST_SWITCH] = { "guest_switch", "cyc",
				    "XSAVES and XRSTORS when the guest changes tasks", 470, 250,
				    1000, XSAVE_TRACE },

	[FPB_COST_XFD_WRITE_EXIT] = { "xfd_write_exit", "cyc",
				      "WRMSR(XFD) intercepted and emulated, over wrmsr_xfd", 1600,
				      1000, 4000, NEAR_CPUID },
	[FPB_COST_XFD_FIRST_WRITE] = { "xfd_first_write", "cyc",
				       "the first nonzero WRMSR(XFD): emulated, interception "
				       "switched off",
				       2500, 1000, 10000, NEAR_CPUID },
	[FPB_COST_XFD_ERR_EXIT] = { "xfd_err_exit", "cyc",
				    "WRMSR(XFD_ERR) intercepted and emulated", 1500, 1000, 4000,
				    NEAR_CPUID },
	[FPB_COST_NM_DELIVERED] = { "nm_delivered", "cyc",
				    "#NM to the guest's handler and back, without an exit", 500,
				    150, 2000,
				    "no published figure; delivery through an IDT gate and IRET, "
				    "with mitigations at the kernel's entry" },
	[FPB_COST_NM_TRAP] = { "nm_trap", "cyc", "#NM intercepted and injected, over nm_delivered",
			       1600, 900, 5000, NEAR_CPUID },

	[FPB_COST_ALLOC_DEFAULT] = { "alloc_default", "cyc",
				     "fpstate without dynamic features, allocated and zeroed", 3000,
				     500, 30000, ALLOCATION },
	[FPB_COST_ALLOC_FULL] = { "alloc_full", "cyc",
				  "fpstate with XTILEDATA, allocated and zeroed", 5000, 1000, 50000,
				  ALLOCATION },
	[FPB_COST_EXPAND] = { "expand", "cyc",
			      "full fpstate allocated, contents moved, the old one freed", 8000,
			      1500, 80000, ALLOCATION },
	[FPB_COST_SET_CPUID2] = { "set_cpuid2", "cyc", "KVM_SET_CPUID2 without expansion", 30000,
				  3000, 300000,
				  "no published figure; a copy of some forty leaves and what "
				  "KVM derives from them" },
	[FPB_COST_SET_XSAVE] = { "set_xsave", "cyc", "KVM_SET_XSAVE without expansion", 2000, 500,
				 20000,
				 "no published figure; a copy of 4096 bytes, their check, "
				 "vcpu_load() and vcpu_put()" },
	[FPB_COST_FPSTATE_DEFAULT_BYTES] = { "fpstate_default_bytes", "bytes",
					     "fpstate without dynamic features, in whole pages",
					     4096, 4096, 4096, SPR_SIZES },
	[FPB_COST_FPSTATE_FULL_BYTES] = { "fpstate_full_bytes", "bytes",
					  "fpstate with XTILEDATA, in whole pages", 12288, 12288,
					  12288, SPR_SIZES },

	[FPB_COST_CYCLES_PER_INSN] = { "cycles_per_insn", "cyc/insn",
				       "cycles that an instruction of KVM takes, the microcode of "
				       "an exit included",
				       1.0, 0.3, 4,
				       "no published figure; a CPUID exit of kvm_intel is 1162 "
				       "instructions on Linux 6.1, 1264 on 6.12 "
				       "(results/baseline/bochs), and 1018 to 1098 cycles, over "
				       "1600 with mitigations (kvm list, Dec 2024)" },
};
