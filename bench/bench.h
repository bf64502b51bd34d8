/* SPDX-License-Identifier: MIT */
/*
 * bench.h - the one header a benchmark includes.
 *
 * A file of bench/cases is compiled twice, for the host and for the payload (-DFPB_GUEST), both
 * times with -mgeneral-regs-only and without floating point. It exports
 *
 *	const struct fpb_bench *const family_<file>[];	(NULL-terminated)
 *
 * and CMake finds it by its file name. GUEST_FN(f) is f in the payload and NULL in the host,
 * HOST_FN(f) the reverse; both keep f referenced, so neither build warns.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/abi.h"
#include "bench/loop.h"
#include "host/err.h"

#ifdef FPB_GUEST
#define GUEST_FN(f) (f)
#define HOST_FN(f)  (0 ? (f) : NULL)
#else
#define GUEST_FN(f) (0 ? (f) : NULL)
#define HOST_FN(f)  (f)
#endif

/*
 * What a row must have to run. Probed on the substrate it runs on: by CPUID and XCR0 for the host,
 * by executing it in a throw-away VM for the guest (bench/core/probe.c).
 */
enum fpb_need {
	FPB_NEED_KVM = 1ull << 0,
	FPB_NEED_STATS = 1ull << 1,  /* KVM_GET_STATS_FD with `fpu_reload` */
	FPB_NEED_NATIVE = 1ull << 2, /* guest code runs on the processor, it is not interpreted */
	FPB_NEED_XSAVE = 1ull << 3,  /* XSAVE and XRSTOR, CR4.OSXSAVE */
	FPB_NEED_XSAVEOPT = 1ull << 4,
	FPB_NEED_XSAVEC = 1ull << 5,
	FPB_NEED_XSAVES = 1ull << 6, /* XSAVES and XRSTORS: ring 0 */
	FPB_NEED_XGETBV1 = 1ull << 7,
	FPB_NEED_AVX = 1ull << 8,
	FPB_NEED_AVX512 = 1ull << 9,
	FPB_NEED_CPUID_EXIT = 1ull << 10, /* CPUID in the guest reaches KVM */
	FPB_NEED_HYPERCALL = 1ull << 11,  /* VMCALL or VMMCALL in the guest reaches KVM */
	FPB_NEED_IOEVENTFD = 1ull << 12,  /* KVM answers an OUT inside the kernel */
	FPB_NEED_PIO_EXIT = 1ull << 13,	  /* OUT in the guest reaches the VMM */
	FPB_NEED_PMU = 1ull << 14,	  /* core cycles by perf_event_open; host rows */
	FPB_NEED_XCR0 = 1ull << 15,	  /* KVM switches to the XCR0 that KVM_SET_XCRS gave */
	FPB_NEED_XSETBV = 1ull << 16,	  /* XSETBV at CPL 0 */
	FPB_NEED_AMX_GUEST = 1ull << 17,  /* permission for XTILEDATA in guests; own process */
	FPB_NEED_XSAVE2 = 1ull << 18,	  /* KVM_CAP_XSAVE2: KVM_GET_XSAVE2 */
	FPB_NEED_FIFO = 1ull << 19,	  /* permission for SCHED_FIFO: CAP_SYS_NICE */
	FPB_NEED_TIME = 1ull << 20,	  /* the TSC counts time, not instructions */
	FPB_NEED_XINUSE = 1ull << 21,	  /* XINUSE tells components in their initial state apart */
	FPB_NEED_PKU = 1ull << 22,	  /* PKRU: XCR0[9]; in guests CR4.PKE too */
	FPB_NEED_CET_U = 1ull << 23,	  /* IA32_XSS[11] can be set: guest/ring0 */
	FPB_NEED_CET_S = 1ull << 24,	  /* IA32_XSS[12] can be set: guest/ring0 */
	FPB_NEED_XSS = 1ull << 25, /* RDMSR and WRMSR of IA32_XSS do not fault: guest/ring0 */
	/* Permission for XTILEDATA in tasks; own process. In rows of guests: FPB_NEED_AMX_GUEST. */
	FPB_NEED_AMX_TASK = 1ull << 26,
	FPB_NEED_IRQCHIP = 1ull << 27,	  /* KVM_CREATE_IRQCHIP */
	FPB_NEED_RDMSR_EXIT = 1ull << 28, /* RDMSR of an intercepted MSR reaches KVM: guest/ring0 */
	FPB_NEED_TSC_DEADLINE = 1ull << 29, /* WRMSR IA32_TSC_DEADLINE: guest/ring0, irqchip */
	FPB_NEED_INVD = 1ull << 30,	    /* INVD reaches KVM: guest/ring0 */
	FPB_NEED_HLT = 1ull << 31,	    /* HLT with an event pending: guest/ring0, irqchip */
	FPB_NEED_CR0_TS = 1ull << 32,	    /* CR0.TS makes SSE fault with #NM: guest/ring0 */
	FPB_NEED_AMX = 1ull << 33,	    /* host: tiles in XCR0, under XFD until asked for */
	FPB_NEED_HAZARD = 1ull << 34,	    /* --allow-hazards: it crashes some hosts */
	FPB_NEED_CARRIED = 1ull << 35,	    /* xstate saved under another kernel; host rows */
};
#define FPB_NR_NEEDS 36

/* Needs that name an exit; the prober tells which of them KVM's statistic `exits` counts. */
#define FPB_EXIT_KINDS                                                                             \
	(FPB_NEED_CPUID_EXIT | FPB_NEED_HYPERCALL | FPB_NEED_IOEVENTFD | FPB_NEED_PIO_EXIT |       \
	 FPB_NEED_XSETBV | FPB_NEED_RDMSR_EXIT | FPB_NEED_TSC_DEADLINE | FPB_NEED_INVD |           \
	 FPB_NEED_HLT)

/* After these SVM gives the next RIP without NRIPS too: in EXITINFO2 (APM vol. 2, 15.10.2). */
#define FPB_EXITS_WITH_RIP (FPB_NEED_IOEVENTFD | FPB_NEED_PIO_EXIT)

/*
 * Permission for a dynamic feature belongs to the process: rows with one of these needs run in
 * processes of their own (bench/core/row.h, fpb_row_permission()).
 */
#define FPB_NEED_PERMISSION (FPB_NEED_AMX_GUEST | FPB_NEED_AMX_TASK)

/* One value of an axis; the first of a list is the default, which names omit. */
struct fpb_value {
	const char *name;
	uint64_t number; /* what run->value[axis] holds */
	uint64_t needs;
	uint64_t prefers;   /* of FPB_NEED_PERMISSION: asked for where it can be had */
	bool informational; /* rows with this value are not judged by default, whatever .gate says */
	uint32_t oneshot;   /* as fpb_bench.oneshot, for rows with this value */
	uint32_t rings;	    /* of the benchmark's rings, those that have this value; 0: all */
	/*
	 * Said of two values of an axis whose difference is the figure: guest rows that differ in
	 * nothing else are measured together, batches of one between batches of the other, on two
	 * vCPUs of one process.
	 */
	bool is_interleaved;
	bool in_bytes; /* host rows: batches in bytes, left in run->elapsed; nothing is taken off */
};

struct fpb_axis {
	const char *name;
	const struct fpb_value *values; /* ended by a NULL name */
};

struct fpb_bench;
struct vcpu;
struct vm;

/* One batch, on either side. The case reads the upper half and fills the lower. */
struct fpb_run {
	const struct fpb_bench *bench;
	uint64_t value[ABI_MAX_AXES];	 /* fpb_value.number of each axis */
	uint64_t iterations;		 /* operations to time, >= 1 */
	uint64_t xfeatures;		 /* XCR0 in force; 0 where XSAVE cannot be executed */
	uint64_t supervisor;		 /* guests: bits that IA32_XSS may have; else 0 */
	uint64_t always_in_use;		 /* components whose XINUSE bit never clears here */
	const struct abi_xstate *xstate; /* ABI_NR_XSTATE entries: standard-format layout */
	uint32_t ring;			 /* 0 or 3 in the guest, 3 in the host */
	uint32_t copy;			 /* layout copy to execute, < ABI_NR_COPIES */
	bool is_amd;			 /* chooses VMMCALL over VMCALL */
	bool has_rdtscp;
	uint8_t *scratch;  /* ABI_SCRATCH_BYTES, 64-byte aligned, touched, kept between batches */
	struct vcpu *vcpu; /* host rows with FPB_NEED_KVM, else NULL */
	void *private;	   /* of the case, from setup to teardown; NULL in the guest */

	uint64_t elapsed; /* TSC ticks, set by FPB_TIMED_LOOP */
	uint32_t line;	  /* last FPB_HERE(), reported with a guest exception */
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
};

#define FPB_HERE(run) ((run)->line = __LINE__)

/*
 * Record a fact read back during or after the timed loop. Where the value differs from what is
 * expected the batch is void and done again: something came in between (a context switch can turn
 * init state into state in use). Where it stays wrong the observation becomes a failure.
 */
static inline void fpb_observe(struct fpb_run *run, enum abi_evidence_id id, uint64_t value,
			       uint64_t expected)
{
	run->evidence[id] = (struct abi_evidence){ value, expected, 1, 1 };
}

/* The same without an expectation: recorded, judged by nobody. */
static inline void fpb_note(struct fpb_run *run, enum abi_evidence_id id, uint64_t value)
{
	run->evidence[id] = (struct abi_evidence){ value, 0, 1, 0 };
}

static inline bool fpb_evidence_holds(const struct abi_evidence *e)
{
	return !e->is_set || !e->has_expected || e->value == e->expected;
}

/* Whether the last batch read back what it had to. */
static inline bool fpb_batch_holds(const struct fpb_run *run)
{
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		if (!fpb_evidence_holds(&run->evidence[i]))
			return false;
	}
	return true;
}

/* The void batches of one command. */
struct fpb_voids {
	uint32_t nr, nr_in_a_row;
};

/* To be called after each batch that does not hold: whether it may be done again. */
static inline bool fpb_void_wants_again(struct fpb_voids *voids)
{
	if (voids->nr >= ABI_MAX_VOID || voids->nr_in_a_row >= ABI_MAX_VOID_IN_A_ROW)
		return false;
	voids->nr++;
	voids->nr_in_a_row++;
	return true;
}

/* What KVM and the VMM counted over all batches of one observation. */
struct fpb_sample {
	const struct fpb_bench *bench;
	const struct fpb_run *run; /* the host's side of it, with what the case keeps in private */
	bool is_guest;		   /* substrate guest/ringN */
	uint32_t ring;
	uint64_t operations;   /* timed operations, all batches, void ones included */
	uint64_t nr_void;      /* batches done again */
	uint64_t nr_runs;      /* KVM_RUN calls of the VMM; 0 for host rows */
	uint64_t nr_doorbells; /* OUTs by which the guest ended a command: exits of their own */
	uint64_t nr_resumed;   /* OUTs the VMM answered */
	bool has_stats;
	uint64_t exits, fpu_reload; /* increments of KVM's statistics */
	uint64_t irq_exits;	    /* of the exits, those by an interrupt of the host */
	uint64_t halt_exits;	    /* likewise, by HLT */
	bool has_exits;		    /* this backend counts `exits` (probed) */
	uint64_t xfeatures;	    /* guests: XCR0 in force, as the guest was told */
	bool has_proven;	    /* .prove ran, and this backend counts exits */
	uint64_t proven_exits;	    /* exits of .prove alone */
	bool is_exact;		    /* a deterministic machine: no exit may be unaccounted for */
};

/* Collects evidence of a sample; implemented in bench/core/proof.c. */
struct fpb_proof;
/* value must lie within `slack` of expected. */
void fpb_expect(struct fpb_proof *proof, const char *key, uint64_t value, uint64_t expected,
		uint64_t slack);
/* The same without an expectation: recorded, judged by nobody. */
void fpb_record(struct fpb_proof *proof, const char *key, uint64_t value);
/*
 * KVM's `exits` grew by at least `nr`. Interrupts of the host exit too, and are known by KVM's own
 * `irq_exits` (flag "irq-exits"); any other surplus flags the sample "surplus-exits", and voids it
 * above 5 %, or where the machine is deterministic. Says nothing where the backend does not count
 * exits.
 */
void fpb_expect_exits(struct fpb_proof *proof, const struct fpb_sample *sample, uint64_t nr);

/*
 * Vmexits per operation, to the nearest whole one: without the doorbells and what interrupts of the
 * host added. Where sample->has_exits.
 */
static inline uint64_t fpb_exits_each(const struct fpb_sample *sample)
{
	const uint64_t others = sample->nr_doorbells + sample->irq_exits;
	const uint64_t own = sample->exits > others ? sample->exits - others : 0;

	return sample->operations ? (own + sample->operations / 2) / sample->operations : 0;
}

typedef void fpb_batch_fn(struct fpb_run *run);

#define FPB_RING0    (1u << 0)
#define FPB_RING3    (1u << 3)
#define FPB_ANY_RING (FPB_RING0 | FPB_RING3)

struct fpb_bench {
	const char *name;  /* "family/operation" */
	const char *title; /* one line for people */
	struct fpb_axis axes[ABI_MAX_AXES];
	bool product; /* all combinations; otherwise axes vary one at a time from the default */
	/* With product: leaves combinations out that mean nothing. NULL: all are rows. */
	bool (*is_row)(const struct fpb_value *const value[ABI_MAX_AXES]);
	uint64_t needs; /* FPB_NEED_ bits; guest rows need KVM without saying so */
	/* Where .guest runs: FPB_RING0, FPB_RING3 or both. 0: no guest rows (guest_half.h). */
	uint32_t rings;
	uint32_t oneshot;  /* nonzero: exactly this many operations per batch, never calibrated */
	uint64_t number;   /* for the case: distinguishes benchmarks that share functions */
	bool gate;	   /* judged by default; at most 100 rows in all are */
	bool is_preempted; /* the operation makes the measuring thread give way */
	bool in_core_cyc;  /* host rows: batches in core cycles from the PMU instead of TSC ticks */
	bool is_once;	   /* guest rows: a fresh VM for every batch */

	fpb_batch_fn *guest;   /* GUEST_FN: times run->iterations operations */
	fpb_batch_fn *host;    /* HOST_FN: the same in this process */
	fpb_batch_fn *control; /* both sides: what to subtract instead of the empty loop, or NULL */
	/*
	 * Both sides, guest rows: once after the sample, in a command of its own whose exits are
	 * counted apart (fpb_sample.proven_exits), with what it read back judged as well. Or NULL.
	 */
	fpb_batch_fn *prove;

	/* HOST_FN. Once per observation, after VM and vCPU exist, before anything runs. */
	int (*setup)(struct fpb_run *run, struct vm *vm, struct fpb_err *err);
	/*
	 * HOST_FN. Undoes setup, before vCPU and VM go; also after a setup that failed half-way or
	 * was not reached (run->private is NULL then).
	 */
	void (*teardown)(struct fpb_run *run);
	/*
	 * HOST_FN. In the VMM's thread, right before the first KVM_RUN and right after the last one
	 * of a guest row; for host rows before the first batch and after the last.
	 */
	void (*prepare)(void *run);
	void (*finish)(void *run);
	/* HOST_FN. Judge what KVM counted. Values of fpb_observe() are judged without it. */
	void (*verify)(const struct fpb_sample *sample, struct fpb_proof *proof);
};

/*
 * The row's number on the axis with this list of values, wherever its benchmark has it; `otherwise`
 * where it has none.
 */
static inline uint64_t fpb_number_of(const struct fpb_run *run, const struct fpb_value *values,
				     uint64_t otherwise)
{
	for (unsigned int axis = 0; axis < ABI_MAX_AXES; axis++) {
		if (run->bench->axes[axis].values == values)
			return run->value[axis];
	}
	return otherwise;
}

/* The registry: all benchmarks of all families, the same index on both sides. */
unsigned int fpb_nr_benches(void);
const struct fpb_bench *fpb_bench_at(unsigned int index);

/* The harness's empty loop: what null/loop times and every other row subtracts. */
void fpb_null_loop(struct fpb_run *run);

#endif
