// SPDX-License-Identifier: MIT
/* lab_kernels.c - from what the user named to files that boot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/cli/lab.h"
#include "bench/cli/lab_record.h"
#include "bench/cli/output_path.h"
#include "guest/linux/layout.h"

#define MAX_ARGUMENTS 20
/* Not the user's: a row's count may depend on what ran before it, and must not between builds. */
#define PLAN_SEED "1"

/* What a person gave us to read, unless it is this machine that fails. */
static enum exit_code refuse(const struct fpb_err *err)
{
	switch (err->code) {
	case -EINVAL:
	case -ENODATA:
		return report_usage(err);
	case -ENOMEM:
	case -EIO:
		return report_err(err, EXIT_UNFIT);
	default:
		return report_err(err, EXIT_USAGE);
	}
}

static enum exit_code load_all(struct lab *lab, struct lab_kernel *kernels)
{
	const struct lab_options *o = &lab->options;

	for (unsigned int i = 0; i < o->nr_kernels; i++) {
		struct fpb_err err = { 0 };

		if (lab_kernel_load(o->kernels[i], lab_options_modules(o, i), &kernels[i], &err))
			return refuse(&err);
	}
	return EXIT_FINE;
}

/* What the program inside is asked for: one run, the same rows in the same order in every boot. */
static int make_image(struct lab *lab, struct lab_build *build, const struct lab_kernel *kernel,
		      const char *cache, struct fpb_err *err)
{
	const struct lab_options *o = &lab->options;
	const char *arguments[MAX_ARGUMENTS] = {
		"run",	    "--profile", "quick",      "--runs", "1",	  "--seed",	 PLAN_SEED,
		"--inject", o->inject,	 "--progress", "plain",	 "--out", LAYOUT_REPORT,
	};
	size_t nr = 0;

	while (arguments[nr])
		nr++;
	if (lab->filter) {
		arguments[nr++] = "--filter";
		arguments[nr++] = lab->filter;
	}
	if (o->allows_hazards)
		arguments[nr++] = "--allow-hazards";
	return lab_image_make(kernel, (char *const *)(uintptr_t)arguments, o->wants_symbols, cache,
			      &build->image, err);
}

static int make_folder(struct lab *lab, unsigned int index, struct fpb_err *err)
{
	struct lab_build *build = &lab->build[index];
	int ret;

	if (asprintf(&build->folder, "%s/%u-%s", lab->out, index + 1, build->release) < 0) {
		build->folder = NULL;
		return FPB_FAIL(err, -ENOMEM, "folder of a report");
	}
	ret = output_path_make_folders(build->folder, err);
	if (!ret && mkdir(build->folder, 0755) && errno != EEXIST)
		ret = FPB_FAIL(err, -errno, "mkdir %s; name another place with --out",
			       build->folder);
	return ret;
}

static int prepare(struct lab *lab, unsigned int index, const struct lab_kernel *kernel,
		   const char *cache, struct fpb_err *err)
{
	struct lab_build *build = &lab->build[index];

	build->release = strdup(kernel->release);
	build->version = strdup(kernel->version);
	build->run = calloc(lab->options.boots, sizeof(*build->run));
	if (!build->release || !build->version || !build->run)
		return FPB_FAIL(err, -ENOMEM, "boots of %s", kernel->release);
	if (make_image(lab, build, kernel, cache, err))
		return err->code;
	if (make_folder(lab, index, err))
		return err->code;
	return lab_record_write(build->folder, &lab->options, index, err);
}

enum exit_code lab_kernels_load(struct lab *lab)
{
	const unsigned int nr = lab->options.nr_kernels;
	struct lab_kernel *kernels = calloc(nr, sizeof(*kernels));
	struct fpb_err err = { 0 };
	char *cache = NULL;
	enum exit_code code;

	lab->build = calloc(nr, sizeof(*lab->build));
	if (!kernels || !lab->build) {
		fputs("fpstate-bench: out of memory\n", stderr);
		free(kernels);
		return EXIT_UNFIT;
	}
	lab->nr_builds = nr;
	code = load_all(lab, kernels);
	if (code == EXIT_FINE) {
		cache = lab_cache_dir(&err);
		if (!cache)
			code = report_err(&err, EXIT_UNFIT);
	}
	for (unsigned int i = 0; code == EXIT_FINE && i < nr; i++) {
		if (prepare(lab, i, &kernels[i], cache, &err))
			code = report_err(&err, EXIT_UNFIT);
	}
	if (code == EXIT_FINE && lab->options.carries_state && lab_carry_prepare(lab, &err))
		code = report_err(&err, EXIT_UNFIT);
	for (unsigned int i = 0; i < nr; i++)
		lab_kernel_clear(&kernels[i]);
	free(kernels);
	free(cache);
	return code;
}
