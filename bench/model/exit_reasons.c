// SPDX-License-Identifier: MIT
#include "bench/model/exit_reasons.h"

#include <string.h>

struct reasons {
	enum fpb_exit_kind kind;
	const char *const *names; /* ended by NULL */
};

static const char *const cpuid[] = { "CPUID", "cpuid", NULL };
static const char *const hlt[] = { "HLT", "hlt", NULL };
static const char *const pio[] = { "IO_INSTRUCTION", "io", NULL };
/* Of SVM, MMIO is among the npf. */
static const char *const mmio[] = { "EPT_MISCONFIG", NULL };
static const char *const msr[] = { "MSR_READ",	    "MSR_WRITE", "MSR_READ_IMM",
				   "MSR_WRITE_IMM", "msr",	 NULL };
static const char *const interrupt[] = {
	"EXTERNAL_INTERRUPT",
	"INTERRUPT_WINDOW",
	"PENDING_INTERRUPT",
	"NMI_WINDOW",
	"interrupt",
	"vintr",
	"nmi",
	"smi",
	NULL,
};
static const char *const page_fault[] = { "EPT_VIOLATION", "npf", NULL };
static const char *const timer[] = { "PREEMPTION_TIMER", NULL };
static const char *const apic[] = {
	"APIC_ACCESS",
	"APIC_WRITE",
	"EOI_INDUCED",
	"TPR_BELOW_THRESHOLD",
	"avic_incomplete_ipi",
	"avic_unaccelerated_access",
	NULL,
};
static const char *const hypercall[] = { "VMCALL", "hypercall", NULL };
static const char *const pause[] = { "PAUSE_INSTRUCTION", "pause", NULL };
static const char *const nested[] = {
	"VMCLEAR", "VMLAUNCH", "VMPTRLD", "VMPTRST", "VMREAD",	"VMRESUME", "VMWRITE",
	"VMOFF",   "VMON",     "INVEPT",  "INVVPID", "VMFUNC",	"vmrun",    "vmload",
	"vmsave",  "stgi",     "clgi",	  "skinit",  "invlpga", NULL,
};
/*
 * EXCEPTION_NMI is here: exceptions and NMIs are one reason of VMX. "NM excp" is: SVM has no XFD, so
 * that it is an #NM of CR0.TS.
 */
static const char *const other[] = {
	"EXCEPTION_NMI",
	"TRIPLE_FAULT",
	"INIT_SIGNAL",
	"SIPI_SIGNAL",
	"TASK_SWITCH",
	"INVLPG",
	"RDPMC",
	"RDTSC",
	"CR_ACCESS",
	"DR_ACCESS",
	"INVALID_STATE",
	"MSR_LOAD_FAIL",
	"MWAIT_INSTRUCTION",
	"MONITOR_TRAP_FLAG",
	"MONITOR_INSTRUCTION",
	"MCE_DURING_VMENTRY",
	"GDTR_IDTR",
	"LDTR_TR",
	"RDTSCP",
	"WBINVD",
	"XSETBV",
	"RDRAND",
	"INVPCID",
	"ENCLS",
	"RDSEED",
	"PML_FULL",
	"XSAVES",
	"XRSTORS",
	"UMWAIT",
	"TPAUSE",
	"BUS_LOCK",
	"NOTIFY",
	"TDCALL",
	"SEAMCALL",
	"INVD",
	"UNKNOWN",
	"read_cr0",
	"read_cr2",
	"read_cr3",
	"read_cr4",
	"read_cr8",
	"write_cr0",
	"write_cr2",
	"write_cr3",
	"write_cr4",
	"write_cr8",
	"read_dr0",
	"read_dr1",
	"read_dr2",
	"read_dr3",
	"read_dr4",
	"read_dr5",
	"read_dr6",
	"read_dr7",
	"write_dr0",
	"write_dr1",
	"write_dr2",
	"write_dr3",
	"write_dr4",
	"write_dr5",
	"write_dr6",
	"write_dr7",
	"DE excp",
	"DB excp",
	"BP excp",
	"OF excp",
	"BR excp",
	"UD excp",
	"NM excp",
	"DF excp",
	"TS excp",
	"NP excp",
	"SS excp",
	"GP excp",
	"PF excp",
	"MF excp",
	"AC excp",
	"MC excp",
	"XF excp",
	"init",
	"cr0_sel_write",
	"read_idtr",
	"read_gdtr",
	"read_ldtr",
	"read_rt",
	"write_idtr",
	"write_gdtr",
	"write_ldtr",
	"write_rt",
	"rdtsc",
	"rdpmc",
	"pushf",
	"popf",
	"rsm",
	"iret",
	"swint",
	"invd",
	"invlpg",
	"task_switch",
	"ferr_freeze",
	"shutdown",
	"rdtscp",
	"icebp",
	"wbinvd",
	"monitor",
	"mwait",
	"mwait_cond",
	"xsetbv",
	"rdpru",
	"write_efer_trap",
	"write_cr0_trap",
	"write_cr4_trap",
	"write_cr8_trap",
	"invlpgb",
	"invlpgb_illegal",
	"invpcid",
	"mcommit",
	"tlbsync",
	"bus_lock",
	"idle_hlt",
	"vmgexit",
	"vmgexit_mmio_read",
	"vmgexit_mmio_write",
	"vmgexit_nmi_complete",
	"vmgexit_ap_hlt_loop",
	"vmgexit_ap_jump_table",
	"vmgexit_page_state_change",
	"vmgexit_guest_request",
	"vmgexit_ext_guest_request",
	"vmgexit_ap_creation",
	"vmgexit_hypervisor_feature",
	"invalid_guest_state",
	NULL,
};

static const struct reasons all[] = {
	{ FPB_EXIT_CPUID, cpuid },
	{ FPB_EXIT_HLT, hlt },
	{ FPB_EXIT_PIO, pio },
	{ FPB_EXIT_MMIO, mmio },
	{ FPB_EXIT_MSR, msr },
	{ FPB_EXIT_INTERRUPT, interrupt },
	{ FPB_EXIT_PAGE_FAULT, page_fault },
	{ FPB_EXIT_TIMER, timer },
	{ FPB_EXIT_APIC, apic },
	{ FPB_EXIT_HYPERCALL, hypercall },
	{ FPB_EXIT_PAUSE, pause },
	{ FPB_EXIT_NESTED, nested },
	{ FPB_EXIT_OTHER, other },
};

enum fpb_exit_kind fpb_exit_reason_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (const char *const *known = all[i].names; *known; known++) {
			if (!strcmp(*known, name))
				return all[i].kind;
		}
	}
	return FPB_NR_EXIT_KINDS;
}
