// SPDX-License-Identifier: MIT
#include "bench/core/inject.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest/x86/sled.h"

#define MAX_PERCENT 1000.0

static int parse_percent(const char *text, struct fpb_inject *inject, struct fpb_err *err)
{
	char *end;
	double percent = strtod(text, &end);

	if (!isdigit((unsigned char)text[0]) || strcmp(end, "%") != 0 ||
	    !(percent > 0 && percent <= MAX_PERCENT))
		return FPB_FAIL(err, -EINVAL,
				"--inject %s: expected a percentage above 0%% and up to "
				"%.0f%%",
				text, MAX_PERCENT);
	*inject = (struct fpb_inject){ .percent = percent };
	return 0;
}

int fpb_inject_parse(const char *text, struct fpb_inject *inject, struct fpb_err *err)
{
	unsigned long nr;
	char *end;

	if (strchr(text, '%'))
		return parse_percent(text, inject, err);
	errno = 0;
	nr = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || nr > SLED_MAX)
		return FPB_FAIL(err, -EINVAL,
				"--inject %s: expected 0 to %u additions, or a "
				"percentage such as 2%%",
				text, SLED_MAX);
	*inject = (struct fpb_inject){ .nr = (uint32_t)nr };
	return 0;
}

int fpb_inject_set_host(uint32_t nr, struct fpb_err *err)
{
	if (nr > SLED_MAX)
		return FPB_FAIL(err, -ERANGE, "inject: %u additions, at most %u fit", nr, SLED_MAX);
	/* The sled fills whole pages of its own (bench/core/sled.S). */
	if (mprotect(fpb_sled, SLED_BYTES, PROT_READ | PROT_WRITE))
		return FPB_FAIL(err, -errno, "inject: making the sled writable");
	(void)sled_write(fpb_sled, SLED_BYTES, nr);
	if (mprotect(fpb_sled, SLED_BYTES, PROT_READ | PROT_EXEC))
		return FPB_FAIL(err, -errno, "inject: making the sled executable");
	return 0;
}
