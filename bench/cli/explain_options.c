// SPDX-License-Identifier: MIT
#include "bench/cli/explain_options.h"

#include <argp.h>
#include <string.h>

#include "bench/cli/lab_options.h"
#include "bench/cli/option.h"

enum {
	KEY_FORMAT = 256,
	KEY_EMULATOR,
	KEY_CPU,
	KEY_MODULES,
	KEY_BOOTS,
};

static const struct argp_option argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0,
	  "text (default), markdown, json, or folded: call chains for flame graphs", 0 },
	{ "modules", KEY_MODULES, "DIR", 0,
	  "lib/modules/RELEASE of a kernel given as bzImage or vmlinuz", 0 },
	{ "boots", KEY_BOOTS, "N", 0, "Boots of each kernel, which must agree; default 1", 0 },
	{ "emulator", KEY_EMULATOR, "PATH", 0, "Another binary of the emulator", 0 },
	{ "cpu", KEY_CPU, "MODEL", 0, "The emulator's CPU model, verbatim", 0 },
	{ 0 },
};

static void parse_format(struct argp_state *state, const char *name, struct explain_options *o)
{
	static const struct {
		const char *name;
		explain_writer_fn *write;
	} formats[] = {
		{ "text", fpb_explain_text },
		{ "markdown", fpb_explain_markdown },
		{ "json", fpb_explain_json },
		{ "folded", fpb_explain_folded },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(formats[i].name, name)) {
			o->write = formats[i].write;
			return;
		}
	}
	argp_error(state, "--format %s: expected text, markdown, json or folded", name);
}

static void parse_operands(struct argp_state *state, struct explain_options *o)
{
	const unsigned int nr = (unsigned int)(state->argc - state->next);

	if (nr < 2 || nr > 1 + FPB_EXPLANATION_KERNELS)
		argp_error(state, "name a row and one or two kernels");
	o->request.row = state->argv[state->next];
	o->request.nr_kernels = nr - 1;
	for (unsigned int i = 0; i < o->request.nr_kernels; i++)
		o->request.kernel[i].operand = state->argv[state->next + 1 + i];
	state->next = state->argc;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain_options *o = state->input;

	switch (key) {
	case KEY_FORMAT:
		parse_format(state, arg, o);
		return 0;
	case KEY_EMULATOR:
		o->request.emulator = arg;
		return 0;
	case KEY_CPU:
		o->request.cpu_model = arg;
		return 0;
	case KEY_MODULES:
		for (unsigned int i = 0; i < FPB_EXPLANATION_KERNELS; i++)
			o->request.kernel[i].modules = arg;
		return 0;
	case KEY_BOOTS:
		o->request.boots = (unsigned int)option_number(state, "--boots", arg, 1,
							       LAB_OPTIONS_MAX_BOOTS);
		return 0;
	case ARGP_KEY_ARGS:
		parse_operands(state, o);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name a row and one or two kernels");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void explain_options_parse(int argc, char **argv, struct explain_options *options)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.args_doc = "ROW KERNEL [KERNEL2]",
		.doc = "Tells in which functions of the kernel the instructions of one operation "
		       "go, or, with two kernels, in which they differ. ROW: NAME or "
		       "NAME@SUBSTRATE, see list; KERNEL: as for lab.",
	};

	*options = (struct explain_options){ .write = fpb_explain_text, .request.boots = 1 };
	argp_parse(&argp, argc, argv, 0, NULL, options);
}
