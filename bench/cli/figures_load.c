// SPDX-License-Identifier: MIT
/* figures_load.c - the operands of plot and report, told apart by how they begin. */
#include <errno.h>
#include <stdlib.h>

#include "bench/cli/figures.h"
#include "bench/report/file_text.h"
#include "bench/report/report_read.h"

static int add_explanation(const char *text, size_t length, struct fpb_plot_set *set,
			   struct fpb_problem *problem)
{
	int ret;

	if (set->explanation)
		return fpb_problem_set(problem, EINVAL, "",
				       "a second explanation; one figure shows one");
	set->explanation = calloc(1, sizeof(*set->explanation));
	if (!set->explanation)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	ret = fpb_explain_file_parse(text, length, set->explanation, problem);
	if (ret) {
		free(set->explanation);
		set->explanation = NULL;
	}
	return ret;
}

static int add_report(const char *path, const char *text, size_t length, struct fpb_plot_set *set,
		      struct fpb_problem *problem)
{
	struct fpb_report report;
	const int ret = fpb_report_parse(text, length, &report, problem);

	return ret ? ret : fpb_plot_set_add(set, path, &report, problem);
}

static enum exit_code load(const char *path, struct fpb_plot_set *set)
{
	struct fpb_problem problem = { 0 };
	char *text = NULL;
	size_t length = 0;
	int ret = fpb_file_text(path, &text, &length, &problem);

	if (!ret && fpb_explain_file_starts(text, length))
		ret = add_explanation(text, length, set, &problem);
	else if (!ret)
		ret = add_report(path, text, length, set, &problem);
	free(text);
	if (!ret)
		return EXIT_FINE;
	return report_file_problem(path, &problem, exit_code_of_input(ret));
}

enum exit_code figures_load(char *const *paths, size_t nr, struct fpb_plot_set *set)
{
	enum exit_code code = EXIT_FINE;

	for (size_t i = 0; i < nr && code == EXIT_FINE; i++)
		code = load(paths[i], set);
	if (code == EXIT_FINE && fpb_plot_set_finish(set)) {
		struct fpb_problem problem = { 0 };

		fpb_problem_set(&problem, ENOMEM, "", "out of memory");
		code = report_problem(&problem, EXIT_UNFIT);
	}
	return code;
}
