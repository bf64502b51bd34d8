// SPDX-License-Identifier: MIT
/* compare_options.c - the options that compare, gate and ab have in common. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/comparing.h"
#include "bench/cli/option.h"

enum { KEY_FORMAT = 256, KEY_DELTA, KEY_ALLOW_DIFF, KEY_NOISE, KEY_EXPLAIN };

static const struct {
	const char *name;
	fpb_exporter *export;
} formats[] = {
	{ "text", fpb_export_text },	 { "markdown", fpb_export_markdown },
	{ "json", fpb_export_json },	 { "junit", fpb_export_junit },
	{ "github", fpb_export_github },
};

static fpb_exporter *parse_format(struct argp_state *state, const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (!strcmp(formats[i].name, name))
			return formats[i].export;
	}
	argp_error(state, "--format %s: expected text, markdown, json, junit or github", name);
	return NULL;
}

static double parse_percent(struct argp_state *state, const char *text)
{
	char *end;
	const double percent = strtod(text, &end);

	if (end == text || *end || !isfinite(percent) || percent < 0)
		argp_error(state, "--delta %s: expected a percentage, such as 2.5", text);
	return percent / 100;
}

static void take_operand(struct argp_state *state, struct compare_options *o, const char *path)
{
	if (!o->base)
		o->base = path;
	else if (!o->new)
		o->new = path;
	else
		argp_error(state, "'%s': expected two reports, BASE and NEW", path);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		*o = (struct compare_options){ .delta = NAN, .export = fpb_export_text };
		return 0;
	case KEY_FORMAT:
		o->export = parse_format(state, arg);
		return 0;
	case KEY_DELTA:
		o->delta = parse_percent(state, arg);
		return 0;
	case 'f':
		o->filter = arg;
		return 0;
	case KEY_ALLOW_DIFF:
		return option_append(&o->allowed_keys, arg);
	case KEY_NOISE:
		o->noise = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp_option compare_report_options[] = {
	{ "explain", KEY_EXPLAIN, NULL, 0,
	  "Boot the kernels of two reports of the lab once more, and tell in which functions each "
	  "exact regression lies",
	  0 },
	{ 0 },
};

error_t compare_options_parse_reports(int key, char *arg, struct argp_state *state,
				      struct compare_options *o)
{
	switch (key) {
	case KEY_EXPLAIN:
		o->explains = true;
		return 0;
	case ARGP_KEY_ARG:
		take_operand(state, o, arg);
		return 0;
	case ARGP_KEY_END:
		if (!o->new)
			argp_error(state, "two reports are needed, BASE and NEW");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (the default), markdown, json, junit, github",
	  0 },
	{ "delta", KEY_DELTA, "PCT", 0,
	  "What is too small to matter; otherwise 1 %, or more where the row's noise asks for it",
	  0 },
	{ "filter", 'f', "RE", 0, "Only rows whose NAME@SUBSTRATE matches, all of them judged", 0 },
	{ "allow-diff", KEY_ALLOW_DIFF, "KEY", 0,
	  "Compare though this setting of the environment differs; may be repeated", 0 },
	{ "noise", KEY_NOISE, "FILE", 0,
	  "Report of 'fpstate-bench noise' with the floors of rows for which BASE has none", 0 },
	{ 0 },
};

const struct argp compare_argp = {
	.options = argp_options,
	.parser = parse,
};

void compare_options_clear(struct compare_options *options)
{
	free(options->allowed_keys);
	options->allowed_keys = NULL;
}
