// SPDX-License-Identifier: MIT
#include "bench/cli/draw.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

static int draw(void *buf, size_t bytes, struct fpb_err *err)
{
	/* No secret: nobody waits for entropy, least of all a machine that has just booted. */
	if (getrandom(buf, bytes, GRND_INSECURE) == (ssize_t)bytes ||
	    (errno == EINVAL && getrandom(buf, bytes, 0) == (ssize_t)bytes))
		return 0;
	return FPB_FAIL(err, -EIO, "getrandom");
}

char *draw_uuid(struct fpb_err *err)
{
	unsigned char b[16];
	char *text;

	if (draw(b, sizeof(b), err))
		return NULL;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	if (asprintf(&text, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		     b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		     b[12], b[13], b[14], b[15]) < 0)
		return NULL;
	return text;
}

int draw_seed(uint64_t *seed, struct fpb_err *err)
{
	int ret = draw(seed, sizeof(*seed), err);

	*seed >>= 11;
	return ret;
}
