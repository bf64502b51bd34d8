// SPDX-License-Identifier: MIT
#include "bench/core/suite.h"

#include <errno.h>
#include <string.h>

#include "build_info.h"
#include "payload_sha256.h"

int fpb_suite_fill(struct fpb_suite *suite, struct fpb_err *err)
{
	*suite = (struct fpb_suite){
		.version = strdup(FPB_VERSION),
		.commit = strdup(FPB_COMMIT),
		.compiler = strdup(FPB_COMPILER),
		.flags = strdup(FPB_FLAGS),
		.build_type = strdup(FPB_BUILD_TYPE),
		.payload_sha256 = strdup(FPB_PAYLOAD_SHA256),
	};
	if (suite->version && suite->commit && suite->compiler && suite->flags &&
	    suite->build_type && suite->payload_sha256)
		return 0;
	return FPB_FAIL(err, -ENOMEM, "suite record");
}

const char *fpb_suite_version(void)
{
	return FPB_VERSION;
}
