/* SPDX-License-Identifier: MIT */
/*
 * lab.h - what the files of `lab` share: the kernels of one command, from operand to report.
 *
 *	lab_kernels_load()	operands to images		lab_kernels.c
 *	lab_boots_run()		images to reports of boots	lab_boots.c
 *	lab_report_join()	reports of boots to one report	lab_report.c
 *	lab_compare_write()	reports to one comparison	lab_compare.c
 *	lab_carry_..()		--carry-state			lab_carry.c
 */
#ifndef BENCH_CLI_LAB_H
#define BENCH_CLI_LAB_H

#include <stdio.h>

#include "bench/cli/exit_code.h"
#include "bench/cli/lab_options.h"
#include "bench/core/abba.h"
#include "bench/report/report.h"
#include "host/lab/boot.h"
#include "host/lab/image.h"

/* One boot of one kernel. */
struct lab_run {
	bool is_done; /* `report` holds what came, or `failure` says why nothing did */
	struct fpb_report report;
	char *failure;
};

/* One kernel of the command line. */
struct lab_build {
	char *release, *version;
	struct lab_image image;
	char *folder;		  /* DIR/<n>-<release> */
	struct lab_run *run;	  /* one per boot */
	struct fpb_report report; /* of all boots, lab_report_join() */
	bool is_written;
};

struct lab {
	struct lab_options options;
	char *session; /* uuid of all reports */
	char *hypervisor;
	char *out;
	struct lab_build *build;
	unsigned int nr_builds;
	char *filter;		 /* of the program inside; NULL: everything */
	struct carried *carried; /* by the first kernel's first boot; NULL: nothing came */
};

/*
 * Reads every operand before anything is made of any, then makes images and folders. Each returns
 * an exit code and has then said on standard error what is wrong.
 */
enum exit_code lab_kernels_load(struct lab *lab);

/* In ABBA order, options.jobs at a time. EXIT_FINE though boots failed: the runs say it. */
enum exit_code lab_boots_run(struct lab *lab);

/* build->report from its runs; what a boot failed with becomes a failure record. */
int lab_report_join(const struct lab *lab, struct lab_build *build, struct fpb_err *err)
	FPB_MUST_CHECK;

/* Removes OUT/compare.json if there is one: it is about reports that will be replaced. */
int lab_compare_forget(const struct lab *lab, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * OUT/compare.json of two or more builds, each with a report; takes the reports out of them. What
 * it finds is no error. EXIT_FINE, or EXIT_UNFIT and said why.
 */
enum exit_code lab_compare_write(struct lab *lab);

/* --filter, and the row that takes what is carried. NULL: everything; *out to be freed. */
int lab_carry_filter(const struct lab_options *options, char **out, struct fpb_err *err)
	FPB_MUST_CHECK;

/* The first kernel's first boot becomes the first of all; the order stays ABBA. */
void lab_carry_order(unsigned int nr_builds, unsigned int nr_boots, struct fpb_turn *turns);

/* The first kernel's image, so that its boots save the state. */
int lab_carry_prepare(struct lab *lab, struct fpb_err *err) FPB_MUST_CHECK;

/*
 * What that boot saved into the images of the others. Where nothing came, or what is no state, it
 * says so on standard error and their rows are skips: 0 all the same.
 */
int lab_carry_hand_on(struct lab *lab, const struct lab_boot *boot, struct fpb_err *err)
	FPB_MUST_CHECK;

/* A line for each kernel: what it made of the state. labels[nr_builds]. */
void lab_carry_print(const struct lab *lab, const char *const *labels, FILE *out);

/* What tells this kernel from the others of the command: its release, or its operand. */
const char *lab_label(const struct lab *lab, unsigned int index);

void lab_clear(struct lab *lab);

#endif
