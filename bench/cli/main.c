// SPDX-License-Identifier: MIT
#include <argp.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/commands.h"
#include "bench/cli/exit_code.h"
#include "bench/core/suite.h"
#include "bench/core/worker.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "ab", command_ab, "measure two variants of this machine in turns, and gate" },
	{ "compare", command_compare, "two reports: what differs, and whether it matters" },
	{ "doctor", command_doctor, "what can be measured here, what disturbs it, how to mend it" },
	{ "explain", command_explain,
	  "which functions of a kernel the instructions of a row are in" },
	{ "gate", command_gate, "two reports: one exit code" },
	{ "lab", command_lab, "boot kernel builds in an emulator and run the suite inside" },
	{ "list", command_list, "every row, whether it can run here, and why not" },
	{ "merge", command_merge, "join parts of one plan that were measured apart" },
	{ "model", command_model, "the designs of the debate: what each costs, and where it wins" },
	{ "noise", command_noise, "measure how much the runs of one build differ, for each row" },
	{ "plot", command_plot, "figures of reports, by gnuplot" },
	{ "report", command_report, "reports as one HTML page" },
	{ "run", command_run, "measure, print a table, leave a report" },
	{ "trend", command_trend, "a series of reports: at which build did a row change?" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_version(FILE *out, struct argp_state *state)
{
	(void)state;
	fprintf(out, "fpstate-bench %s\n", fpb_suite_version());
}

/* The list of subcommands at the end of --help. */
static char *append_commands(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t bytes = 0;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	f = open_memstream(&out, &bytes);
	if (!f)
		return NULL;
	fputs("Subcommands:\n", f);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'fpstate-bench COMMAND --help' tells the options of one.", f);
	fclose(f);
	return out;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int dispatch(struct argp_state *state, const char *name, int *exit_code)
{
	const struct command *command = find(name);
	int argc = state->argc - state->next + 1;
	char **argv = &state->argv[state->next - 1];
	char *own_name = argv[0];
	char full_name[64];

	if (!command)
		argp_error(state, "unknown subcommand '%s'", name);
	snprintf(full_name, sizeof(full_name), "fpstate-bench %s", name);
	argv[0] = full_name;
	*exit_code = command ? command->run(argc, argv) : EXIT_USAGE;
	argv[0] = own_name;
	/* The subcommand has consumed the rest. */
	state->next = state->argc;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		return dispatch(state, arg, state->input);
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a subcommand is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [ARGUMENT...]",
		.doc = "Measures what guest FPU context switching costs on x86 KVM.\v",
		.help_filter = append_commands,
	};
	int exit_code = EXIT_USAGE;

	/* The internal modes of bench/core/child.c; no user types them. */
	if (argc == 2 && strcmp(argv[1], "--worker") == 0)
		return fpb_worker_main();
	if (argc == 2 && strcmp(argv[1], "--probe") == 0)
		return fpb_probe_main();
	if (argc == 3 && strcmp(argv[1], "--save-state") == 0)
		return command_save_state(argv[2]);
	argp_program_version_hook = print_version;
	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &exit_code))
		return EXIT_USAGE;
	if (fflush(stdout) || ferror(stdout)) {
		fputs("fpstate-bench: standard output could not be written; is the disk full?\n",
		      stderr);
		return EXIT_UNFIT;
	}
	return exit_code;
}
