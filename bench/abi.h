/* SPDX-License-Identifier: MIT */
/*
 * abi.h - everything host and payload agree on: guest-physical layout, ports, the shared pages.
 *
 * Freestanding. The payload is untrusted, as any guest is: the host copies what it reads from the
 * shared pages once and checks every index and count against the limits below before use.
 * A change here is an ABI_VERSION bump; host and payload refuse each other when it differs.
 */
#ifndef BENCH_ABI_H
#define BENCH_ABI_H

#include <stdint.h>

#define ABI_MAGIC   0x46504253u /* "FPBS" */
#define ABI_VERSION 4u

/* Guest-physical map, identical to guest-virtual. Below ABI_SHARED_GPA: tables of the VMM. */
#define ABI_SHARED_GPA	  0x00020000u
#define ABI_SHARED_BYTES  0x00010000u
#define ABI_STACKS_GPA	  0x00040000u /* boot, RSP0 and IST stacks, ABI_STACK_BYTES each */
#define ABI_STACK_BYTES	  0x00008000u
#define ABI_IMAGE_GPA	  0x00100000u
#define ABI_IMAGE_BYTES	  0x00100000u
#define ABI_SCRATCH_GPA	  0x00200000u
#define ABI_SCRATCH_BYTES 0x00100000u
#define ABI_MEMORY_BYTES  0x00400000u

/* Ports. The value written to the doorbell is one of enum abi_event. */
#define ABI_PORT_DOORBELL   0xf4u
#define ABI_PORT_PIO	    0xf8u /* nobody in the kernel handles it: exits to user space */
#define ABI_PORT_PIO_KERNEL 0xfcu /* an ioeventfd answers it inside the kernel */

enum abi_event {
	ABI_EVENT_READY = 1,   /* booted, handshake written; or: command done */
	ABI_EVENT_FAULT = 2,   /* an exception nobody expected, see abi_shared.fault */
	ABI_EVENT_REFUSED = 3, /* the command does not fit this payload */
};

enum abi_command {
	ABI_COMMAND_RUN = 1,	 /* nr_batches batches of one row */
	ABI_COMMAND_NULL = 2,	 /* the same with the harness's empty loop */
	ABI_COMMAND_CONTROL = 3, /* the same with the row's own control loop */
	ABI_COMMAND_PROBE = 4,	 /* execute one enum abi_probe */
	ABI_COMMAND_PROVE = 5,	 /* once what the row proves itself by */
};

/* One instruction (or a few) whose execution tells whether the backend can run it. */
enum abi_probe {
	ABI_PROBE_NOTHING = 0, /* long mode and the doorbell work at all */
	ABI_PROBE_TSC,	       /* fenced RDTSC around one call of the sled */
	ABI_PROBE_RDTSCP,
	ABI_PROBE_XGETBV,
	ABI_PROBE_XGETBV1,
	ABI_PROBE_XSAVE, /* XSAVE and XRSTOR */
	ABI_PROBE_XSAVEOPT,
	ABI_PROBE_XSAVEC,
	ABI_PROBE_XSAVES, /* XSAVES and XRSTORS */
	ABI_PROBE_CPUID,
	ABI_PROBE_HYPERCALL,
	ABI_PROBE_PIO_KERNEL,
	ABI_PROBE_PIO,
	ABI_PROBE_XSETBV, /* XCR0 = the XCR0 in force */
	ABI_PROBE_XSS,	  /* IA32_XSS: each of the request's `supervisor` bits set and read back */
	ABI_PROBE_RDMSR,  /* RDMSR that KVM intercepts */
	ABI_PROBE_DEADLINE, /* WRMSR IA32_TSC_DEADLINE, far ahead */
	ABI_PROBE_INVD,
	ABI_PROBE_HLT,	  /* HLT with an interrupt pending */
	ABI_PROBE_CR0_TS, /* CR0.TS, an SSE instruction, #NM, CLTS */
	ABI_PROBE_PKRU,	  /* WRPKRU and RDPKRU */
	ABI_PROBE_CET,	  /* the stack pointers of CET_U and CET_S in `supervisor`, by MSR */
	ABI_NR_PROBES,
};

/* Facts a batch reads back; each has a value and what it must be. Names: fpb_evidence_name(). */
enum abi_evidence_id {
	ABI_EVIDENCE_XSTATE_BV,
	ABI_EVIDENCE_XCOMP_BV, /* bit 63 taken off */
	ABI_EVIDENCE_XINUSE,
	ABI_EVIDENCE_REGISTERS, /* checksum of the register contents after the last restore */
	ABI_EVIDENCE_RFBM,
	ABI_EVIDENCE_USER_XSTATE_BV, /* of the VMM's thread, written by the host only */
	ABI_EVIDENCE_ANSWER,
	ABI_EVIDENCE_XCR0,
	ABI_EVIDENCE_MODIFIED,	 /* 1: the modified optimisation left the buffer alone */
	ABI_EVIDENCE_NR_FAILED,	 /* calls that did not answer what they had to */
	ABI_EVIDENCE_NR_HANDLED, /* signals, faults */
	ABI_EVIDENCE_SWITCHES,	 /* context switches */
	ABI_EVIDENCE_MINSIGSTKSZ,
	ABI_EVIDENCE_DYNAMIC,		/* dynamic features that CPUID shows */
	ABI_EVIDENCE_PARTNER_XSTATE_BV, /* of the thread or vCPU switched to */
	ABI_EVIDENCE_XFD,		/* IA32_XFD */
	ABI_EVIDENCE_XFD_ERR,		/* IA32_XFD_ERR as a handler of #NM read it */
	ABI_EVIDENCE_CR0_TS,		/* CR0.TS as a handler of #NM read it */
	ABI_EVIDENCE_XSS,		/* IA32_XSS */
	ABI_EVIDENCE_PKRU,
	ABI_EVIDENCE_CLEARED,	/* components that became init */
	ABI_EVIDENCE_BEHAVIOUR, /* of this kernel, as the row's comment numbers it */
	ABI_EVIDENCE_BYTES,
	ABI_EVIDENCE_EXITS_EACH, /* vmexits per operation, as KVM counted them */
	ABI_NR_EVIDENCE,
};

#define ABI_MAX_AXES	6
#define ABI_NR_COPIES	4 /* layout copies of each timed loop */
#define ABI_MAX_BATCHES 4096
/* Batches that may be done again in one command because a reading contradicted the row. */
#define ABI_MAX_VOID	      1024
#define ABI_MAX_VOID_IN_A_ROW 64

/* Where a component lies in a standard-format XSAVE area; bytes 0: the processor lacks it. */
struct abi_xstate {
	uint32_t offset, bytes;
};
#define ABI_NR_XSTATE 20 /* components 0..19, APX the last known */
/* Room for every one of them: up to AMX 11008 bytes, and APX. */
#define XSTATE_AREA_BYTES 16384u

struct abi_evidence {
	uint64_t value;
	uint64_t expected;
	uint32_t is_set;
	uint32_t has_expected;
};

struct abi_fault {
	uint64_t vector;
	uint64_t error_code;
	uint64_t rip;
	uint64_t cr2;
	uint32_t batch; /* in which batch of the command */
	uint32_t line;	/* source line of the case, 0 if it set none */
};

/* Host to guest, written while the vCPU does not run. */
struct abi_request {
	uint32_t command; /* enum abi_command */
	uint32_t bench;	  /* index into the registry, or enum abi_probe */
	uint32_t ring;
	uint32_t nr_batches;
	uint64_t iterations;	/* operations per batch */
	uint64_t xfeatures;	/* XCR0 in force */
	uint64_t supervisor;	/* bits that IA32_XSS may have, by the guest's CPUID */
	uint64_t always_in_use; /* components whose XINUSE bit never clears */
	uint64_t value[ABI_MAX_AXES];
	uint32_t is_amd; /* chooses VMMCALL over VMCALL */
	uint32_t has_rdtscp;
	uint32_t nr_copies; /* batch i executes layout copy i % nr_copies */
	uint32_t reserved;
	/* Given, not asked for: in a guest every CPUID is a vmexit that KVM would count. */
	struct abi_xstate xstate[ABI_NR_XSTATE];
};

/*
 * Batches are done again that another thread on the core disturbed (guest/x86/calm.h). Written by
 * the host before a command, counted down by the guest; what it leaves is checked like the rest.
 */
struct abi_calm {
	uint64_t limit_ticks;  /* of the canary on a core of one's own; 0: nobody looks */
	uint64_t wait_ticks;   /* how long a command may yet wait for calm */
	uint32_t nr_left;      /* batches that may yet be done again */
	uint32_t nr_disturbed; /* batches kept all the same */
};

/* Guest to host. */
struct abi_shared {
	uint32_t magic;
	uint32_t version;
	uint64_t list_hash;
	struct abi_request request;
	uint32_t nr_done; /* batches finished and kept */
	uint32_t nr_void; /* batches done again because a reading contradicted the row */
	struct abi_fault fault;
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	uint64_t elapsed[ABI_MAX_BATCHES]; /* TSC ticks of each batch */
	struct abi_calm calm;		   /* both ways */
};

/* First bytes of the image: what the loader must know about the payload. */
struct abi_image_info {
	uint32_t magic;
	uint32_t version;
	uint64_t list_hash;
	uint64_t trap_stubs; /* NR_EXCEPTIONS entries, trap_stub_bytes apart */
	uint64_t trap_stub_bytes;
	uint64_t sled; /* bench/core/sled.S */
	uint64_t sled_bytes;
};

#define ABI_AT(type, field, offset)                                                                \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset), #type "." #field)
ABI_AT(abi_evidence, value, 0);
ABI_AT(abi_evidence, expected, 8);
ABI_AT(abi_evidence, is_set, 16);
ABI_AT(abi_evidence, has_expected, 20);
ABI_AT(abi_fault, vector, 0);
ABI_AT(abi_fault, error_code, 8);
ABI_AT(abi_fault, rip, 16);
ABI_AT(abi_fault, cr2, 24);
ABI_AT(abi_fault, batch, 32);
ABI_AT(abi_fault, line, 36);
ABI_AT(abi_calm, limit_ticks, 0);
ABI_AT(abi_calm, wait_ticks, 8);
ABI_AT(abi_calm, nr_left, 16);
ABI_AT(abi_calm, nr_disturbed, 20);
ABI_AT(abi_request, command, 0);
ABI_AT(abi_request, bench, 4);
ABI_AT(abi_request, ring, 8);
ABI_AT(abi_request, nr_batches, 12);
ABI_AT(abi_request, iterations, 16);
ABI_AT(abi_request, xfeatures, 24);
ABI_AT(abi_request, supervisor, 32);
ABI_AT(abi_request, always_in_use, 40);
ABI_AT(abi_request, value, 48);
ABI_AT(abi_request, is_amd, 96);
ABI_AT(abi_request, has_rdtscp, 100);
ABI_AT(abi_request, nr_copies, 104);
ABI_AT(abi_request, xstate, 112);
ABI_AT(abi_shared, magic, 0);
ABI_AT(abi_shared, version, 4);
ABI_AT(abi_shared, list_hash, 8);
ABI_AT(abi_shared, request, 16);
ABI_AT(abi_shared, nr_done, 288);
ABI_AT(abi_shared, nr_void, 292);
ABI_AT(abi_shared, fault, 296);
ABI_AT(abi_shared, evidence, 336);
ABI_AT(abi_shared, elapsed, 912);
ABI_AT(abi_shared, calm, 33680);
ABI_AT(abi_image_info, magic, 0);
ABI_AT(abi_image_info, version, 4);
ABI_AT(abi_image_info, list_hash, 8);
ABI_AT(abi_image_info, trap_stubs, 16);
ABI_AT(abi_image_info, trap_stub_bytes, 24);
ABI_AT(abi_image_info, sled, 32);
ABI_AT(abi_image_info, sled_bytes, 40);
#undef ABI_AT
_Static_assert(sizeof(struct abi_shared) <= ABI_SHARED_BYTES, "shared pages");

#endif
