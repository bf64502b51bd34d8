// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/machine/engine.h"

static char root[] = "/tmp/fpstate-bench-engine.XXXXXX";

static int make_root(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(path, sizeof(path), "%s/proc", root);
	return mkdir(path, 0755);
}

static int remove_root(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	unlink(path);
	snprintf(path, sizeof(path), "%s/proc", root);
	rmdir(path);
	return rmdir(root);
}

static void check(const char *command_line, const char *name, bool counts_instructions)
{
	const struct machine_engine *engine;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(command_line, file);
	assert_int_equal(fclose(file), 0);
	engine = machine_engine_detect(root);
	assert_string_equal(engine->name, name);
	assert_int_equal(engine->counts_instructions, counts_instructions);
}

static void the_lab_says_so_on_the_command_line(void **state)
{
	(void)state;
	check("console=ttyS0 fpstate_bench.engine=tcg\n", "tcg", true);
	check("fpstate_bench.engine=bochs quiet\n", "bochs", true);
	check("a fpstate_bench.engine=kvm b", "kvm", false);
}

static void everything_else_is_bare(void **state)
{
	(void)state;
	check("", "bare", false);
	check("quiet\n", "bare", false);
	check("xfpstate_bench.engine=tcg\n", "bare", false);
	check("fpstate_bench.engine=tcg2\n", "bare", false);
	check("fpstate_bench.engine=\n", "bare", false);
	assert_string_equal(machine_engine_detect("/nonexistent")->name, "bare");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lab_says_so_on_the_command_line),
		cmocka_unit_test(everything_else_is_bare),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
