// SPDX-License-Identifier: MIT
#include "host/lab/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

int lab_symbols_unpack(const uint8_t *packed, size_t packed_bytes, char **text, size_t *bytes,
		       struct fpb_err *err)
{
	uLongf length = LAB_SYMBOLS_MAX_BYTES;
	/* Only what is written of it takes memory. */
	char *buffer = malloc((size_t)LAB_SYMBOLS_MAX_BYTES + 1);
	int ret;

	if (!buffer)
		return FPB_FAIL(err, -ENOMEM, "the kernel's symbols");
	ret = uncompress((Bytef *)buffer, &length, packed, packed_bytes);
	if (ret != Z_OK) {
		free(buffer);
		if (ret == Z_MEM_ERROR)
			return FPB_FAIL(err, -ENOMEM, "the kernel's symbols");
		return FPB_FAIL(err, -EBADMSG,
				"the kernel's symbols, %zu bytes packed, are no zlib stream of at "
				"most %u bytes",
				packed_bytes, LAB_SYMBOLS_MAX_BYTES);
	}
	buffer[length] = '\0';
	*text = buffer;
	*bytes = length;
	return 0;
}
