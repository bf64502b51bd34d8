/* SPDX-License-Identifier: MIT */
/* model.h - the named designs at one workload and one set of costs: ranking, break-even, doubts. */
#ifndef BENCH_MODEL_MODEL_H
#define BENCH_MODEL_MODEL_H

#include <stdio.h>

#include "bench/model/break_even.h"
#include "bench/model/sensitivity.h"

struct fpb_standing {
	size_t design;		  /* of fpb_designs */
	struct fpb_amount cycles; /* a second, whole VM */
	struct fpb_amount term[FPB_NR_TERMS];
	struct fpb_amount bytes;     /* of each vCPU's fpstate */
	struct fpb_amount over_best; /* this minus the first, cycles a second */
	enum fpb_order order_to_best;
	size_t rank; /* 1 + the designs that are certainly cheaper */
};

/* From how many XFD writes a second on upstream's passthrough pays, at that many exits a second. */
struct fpb_payoff {
	double exits;		 /* a second, in the workload's mix */
	bool has_point;		 /* false: it never does within reach */
	double value, low, high; /* as of struct fpb_break_even */
};

#define FPB_NR_PAYOFFS 4

struct fpb_model {
	struct fpb_workload workload;
	struct fpb_costs costs;
	struct fpb_standing standing[FPB_NR_DESIGNS]; /* cheapest first, by their points */
	struct fpb_account account[FPB_NR_DESIGNS];   /* in the order of standing */
	struct fpb_break_even *break_even;
	size_t nr_break_even;
	struct fpb_payoff payoff[FPB_NR_PAYOFFS];
	size_t nr_payoffs;				  /* 0: of a guest that does not know XFD */
	struct fpb_sensitivity sensitivity[FPB_NR_COSTS]; /* best_at_*: of standing */
	size_t nr_sensitivity;
};

/* The workload is checked. 0 or -ENOMEM; for fpb_model_clear() in any case. */
int fpb_model_make(const struct fpb_workload *workload, const struct fpb_costs *costs,
		   struct fpb_model *out) __attribute__((warn_unused_result));
void fpb_model_clear(struct fpb_model *model);

/* The designs at places i and k of the standing. */
enum fpb_order fpb_model_order(const struct fpb_model *model, size_t i, size_t k);

/* 0, -ENOMEM or -EIO. */
typedef int fpb_model_exporter(const struct fpb_model *model, FILE *out);

fpb_model_exporter fpb_model_export_text __attribute__((warn_unused_result));
fpb_model_exporter fpb_model_export_markdown __attribute__((warn_unused_result));
fpb_model_exporter fpb_model_export_json __attribute__((warn_unused_result));

#endif
