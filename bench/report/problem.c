// SPDX-License-Identifier: MIT
/* problem.c - what is wrong with a document. */
#include "bench/report/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "bench/report/text.h"

int fpb_problem_set(struct fpb_problem *problem, int code, const char *where, const char *fmt, ...)
{
	char text[FPB_PROBLEM_TEXT];
	va_list args;

	if (!problem || problem->text[0])
		return -code;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Keys and values of the document stand in both: nothing a terminal would obey. */
	fpb_text_printable(text, problem->text, sizeof(problem->text));
	fpb_text_printable(where ? where : "", problem->where, sizeof(problem->where));
	return -code;
}
