// SPDX-License-Identifier: MIT
#include "host/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fpb_err_record(struct fpb_err *err, int code, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (!err || err->code)
		return code;
	err->code = code;
	err->file = file;
	err->line = line;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

static const char *code_text(int code, char *buf, size_t size)
{
	if (code == -ENOTSUPP)
		return "not supported by this kernel (ENOTSUPP, 524)";
	/* What the harness uses where evidence contradicts a row; "Invalid exchange" tells nobody.
	 */
	if (code == -EBADE)
		return "the sample is void";
	return strerror_r(-code, buf, size);
}

void fpb_err_describe(const struct fpb_err *err, char *buf, unsigned long size)
{
	char reason[64];

	snprintf(buf, size, "%s: %s", err->text, code_text(err->code, reason, sizeof(reason)));
}
