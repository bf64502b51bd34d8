// SPDX-License-Identifier: MIT
#include "bench/report/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * regcomp() has no limits of its own: it writes repetitions out, recurses into groups, and takes
 * exponential time where repetitions are repeated ("^e*+++++d": 14 s).
 */
#define MAX_EXPANDED 5000.0 /* bytes, repetitions written out */
#define MAX_REPEATED 1	    /* groups, and repetitions */
#define MAX_GROUPS   500

/* "{2,30}" is 30 copies; an upper bound, since not all that looks like one repeats something. */
static double copies_of(const char *brace)
{
	const char *at = brace + 1;
	double most = 0;

	for (;; at++) {
		char *end;
		const double number = (double)strtoul(at, &end, 10);

		most = number > most ? number : most;
		if (*end != ',')
			return most + 1;
		at = end;
	}
}

/* Repetitions of each other multiply: "a++" is four copies, "(a{9}){9}" a hundred. */
static bool is_too_large(const char *text)
{
	unsigned int nr_groups = 0, nr_repeated = 0;
	double copies = 1;
	char before = 0;

	for (const char *at = text; *at; before = *at++) {
		const bool is_repeated = before && strchr("*?+})", before);

		nr_groups += *at == '(';
		nr_repeated += is_repeated && strchr("*+{", *at);
		if (*at == '{')
			copies *= copies_of(at);
		else if (*at == '+' || (is_repeated && *at == '?'))
			copies *= 2;
	}
	return nr_groups > MAX_GROUPS || nr_repeated > MAX_REPEATED ||
	       (copies > 1 && copies * (double)strlen(text) > MAX_EXPANDED);
}

int fpb_pattern_compile(struct fpb_pattern *out, const char *text, const char *where,
			struct fpb_problem *problem)
{
	char why[128];
	int ret;

	out->text = NULL;
	if (is_too_large(text))
		return fpb_problem_set(problem, EINVAL, where,
				       "the regular expression '%.200s': too many repetitions or "
				       "parentheses; write it as several",
				       text);
	ret = regcomp(&out->compiled, text, REG_EXTENDED | REG_NOSUB);
	if (ret) {
		regerror(ret, &out->compiled, why, sizeof(why));
		return fpb_problem_set(problem, ret == REG_ESPACE ? ENOMEM : EINVAL, where,
				       "the regular expression '%.200s': %s", text, why);
	}
	out->text = strdup(text);
	if (out->text)
		return 0;
	regfree(&out->compiled);
	return fpb_problem_set(problem, ENOMEM, where, "out of memory");
}

bool fpb_pattern_matches(const struct fpb_pattern *pattern, const char *id)
{
	return pattern->text && !regexec(&pattern->compiled, id, 0, NULL, 0);
}

void fpb_pattern_clear(struct fpb_pattern *pattern)
{
	if (pattern->text)
		regfree(&pattern->compiled);
	free(pattern->text);
	memset(pattern, 0, sizeof(*pattern));
}
