// SPDX-License-Identifier: MIT
#include "host/machine/perf_event_name.h"

#include <errno.h>
#include <stdio.h>

#ifdef HAVE_LIBPFM
#include <perfmon/pfmlib_perf_event.h>
#include <pthread.h>

static int initialized;

static void initialize(void)
{
	initialized = pfm_initialize();
}

int perf_event_pfm(const char *name, struct perf_event_code *code, char *why, size_t size)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct perf_event_attr attr = { .size = sizeof(attr) };
	pfm_perf_encode_arg_t arg = { .attr = &attr, .size = sizeof(arg) };
	int ret;

	pthread_once(&once, initialize);
	ret = initialized;
	if (ret == PFM_SUCCESS)
		ret = pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT, &arg);
	if (ret != PFM_SUCCESS) {
		snprintf(why, size, "libpfm4 has no event \"%.64s\" on this processor: %s", name,
			 pfm_strerror(ret));
		return -ENOENT;
	}
	*code = (struct perf_event_code){ .type = attr.type,
					  .config = attr.config,
					  .config1 = attr.config1,
					  .config2 = attr.config2 };
	return 0;
}

#else

int perf_event_pfm(const char *name, struct perf_event_code *code, char *why, size_t size)
{
	(void)code;
	snprintf(why, size, "\"%.64s\" needs libpfm4, which this build did not find", name);
	return -ENOENT;
}

#endif
