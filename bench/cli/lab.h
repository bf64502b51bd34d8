/* SPDX-License-Identifier: MIT */
/*
 * lab.h - what the files of `lab` share: the kernels of one command, from operand to report.
 *
 *	lab_kernels_load()	operands to images		lab_kernels.c
 *	lab_boots_run()		images to reports of boots	lab_boots.c
 *	lab_report_join()	reports of boots to one report	lab_report.c
 */
#ifndef BENCH_CLI_LAB_H
#define BENCH_CLI_LAB_H

#include "bench/cli/exit_code.h"
#include "bench/cli/lab_options.h"
#include "bench/report/report.h"
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
};

struct lab {
	struct lab_options options;
	char *session; /* uuid of all reports */
	char *hypervisor;
	char *out;
	struct lab_build *build;
	unsigned int nr_builds;
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

/* What tells this kernel from the others of the command: its release, or its operand. */
const char *lab_label(const struct lab *lab, unsigned int index);

void lab_clear(struct lab *lab);

#endif
