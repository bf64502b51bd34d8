// SPDX-License-Identifier: MIT
#include "host/machine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "host/machine/sysfile.h"

/* The first is what there is without a word of the lab. */
static const struct machine_engine engines[] = {
	{ "bare", false },
	{ "tcg", true },
	{ "bochs", true },
	{ "kvm", false },
};

#define NR_ENGINES (sizeof(engines) / sizeof(engines[0]))

static const struct machine_engine *find(const char *name)
{
	for (unsigned int i = 0; i < NR_ENGINES; i++) {
		if (!strcmp(name, engines[i].name))
			return &engines[i];
	}
	return &engines[0];
}

const struct machine_engine *machine_engine_detect(const char *sysroot)
{
	static const char prefix[] = MACHINE_ENGINE_ARGUMENT;
	const struct machine_engine *engine = &engines[0];
	struct sysfile_why why;
	char *text, *rest, *word;

	if (sysfile_read_text(sysroot, "/proc/cmdline", &text, &why))
		return engine;
	for (word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
		if (!strncmp(word, prefix, strlen(prefix)))
			engine = find(word + strlen(prefix));
	}
	free(text);
	return engine;
}
