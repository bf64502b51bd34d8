// SPDX-License-Identifier: MIT
#include "bench/report/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fpb_pattern_compile(struct fpb_pattern *out, const char *text, const char *where,
			struct fpb_problem *problem)
{
	int ret = regcomp(&out->compiled, text, REG_EXTENDED | REG_NOSUB);
	char why[128];

	out->text = NULL;
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
