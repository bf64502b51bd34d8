/* SPDX-License-Identifier: MIT */
/* probe_priv.h - shared by the files of the prober only. */
#ifndef BENCH_CORE_PROBE_PRIV_H
#define BENCH_CORE_PROBE_PRIV_H

#include "bench/core/capabilities.h"

#define ALL_XSAVE                                                                                  \
	(FPB_NEED_XSAVE | FPB_NEED_XSAVEOPT | FPB_NEED_XSAVEC | FPB_NEED_XSAVES |                  \
	 FPB_NEED_XGETBV1 | FPB_NEED_AVX | FPB_NEED_AVX512)

#define ALL_NEEDS ((1u << FPB_NR_NEEDS) - 1)

/* The same reason for several needs. */
void probe_lack_all(struct fpb_capability *c, uint32_t needs, const char *reason, const char *text);
/* AVX and AVX-512 state by c->xfeatures; `otherwise` is whose fault it is if not the processor's.
 */
void probe_vector_state(struct fpb_capability *c, const char *otherwise);

/* CPUID, XCR0 and PMU of this processor under this kernel. */
void probe_host(struct fpb_capability *c);
/* AMX in guests: what the processor and KVM say, nothing requested. */
void probe_amx_guest(struct fpb_capability *c, int kvm_fd);
/* What a guest of this ring can execute, each in a throw-away VM. */
void probe_guest(struct fpb_capabilities *caps, enum fpb_substrate substrate);

#endif
