/* SPDX-License-Identifier: MIT */
/* pattern.h - a POSIX extended regular expression, searched in a row's id, NAME@SUBSTRATE. */
#ifndef BENCH_REPORT_PATTERN_H
#define BENCH_REPORT_PATTERN_H

#include <regex.h>
#include <stdbool.h>

#include "bench/report/problem.h"

struct fpb_pattern {
	char *text; /* as given; NULL: not compiled, matches nothing */
	regex_t compiled;
};

/*
 * 0; -EINVAL with the library's own message, `where` naming the option or field; -ENOMEM. *out is
 * for fpb_pattern_clear() in any case.
 */
int fpb_pattern_compile(struct fpb_pattern *out, const char *text, const char *where,
			struct fpb_problem *problem) __attribute__((warn_unused_result));
bool fpb_pattern_matches(const struct fpb_pattern *pattern, const char *id);
void fpb_pattern_clear(struct fpb_pattern *pattern);

#endif
