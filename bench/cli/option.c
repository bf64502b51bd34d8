// SPDX-License-Identifier: MIT
#include "bench/cli/option.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

uint64_t option_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
		       uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)text[0]) || *end || errno || value < min || value > max)
		argp_error(state, "%s %s: expected a number from %llu to %llu", option, text,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

void option_inject(struct argp_state *state, const char *text, struct fpb_inject *inject)
{
	struct fpb_err err = { 0 };

	if (fpb_inject_parse(text, inject, &err))
		argp_error(state, "%s", err.text);
}

void option_progress(struct argp_state *state, const char *text, enum fpb_progress_style *style)
{
	if (fpb_progress_parse(text, style))
		argp_error(state, "--progress %s: expected auto, plain or none", text);
}

error_t option_append(const char ***list, const char *text)
{
	size_t nr = 0;
	const char **grown;

	while (*list && (*list)[nr])
		nr++;
	grown = reallocarray(*list, nr + 2, sizeof(*grown));
	if (!grown)
		return ENOMEM;
	grown[nr] = text;
	grown[nr + 1] = NULL;
	*list = grown;
	return 0;
}

void option_operands(struct argp_state *state, char ***operands, size_t *nr)
{
	*operands = &state->argv[state->next];
	*nr = (size_t)(state->argc - state->next);
	state->next = state->argc;
}
