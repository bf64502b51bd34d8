// SPDX-License-Identifier: MIT
/*
 * test_lab_real_kernels.c - the distribution's own packages, as scripts/fetch-kernels.sh brings
 * them, give a kernel and its modules in an order that loads. Skipped where none can be fetched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "host/lab/kernel.h"

#define SKIPPED 77

/* One KERNEL operand, the caller's to free; NULL: the script could not get it and has said why. */
static char *fetch(const char *name)
{
	char command[512], *line = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "'%s' %s", FETCH_KERNELS, name);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	length = getline(&line, &size, pipe);
	status = pclose(pipe);
	if (length < 2 || status) {
		free(line);
		return NULL;
	}
	line[length - 1] = '\0';
	return line;
}

static void print_kernel(const struct lab_kernel *kernel)
{
	size_t i;

	print_message("%s, %zu bytes\n", kernel->version, kernel->vmlinuz_bytes);
	for (i = 0; i < kernel->nr_modules; i++)
		print_message("  %-12s %8zu bytes%s%s\n", kernel->module[i].name,
			      kernel->module[i].bytes,
			      kernel->module[i].needed_by & LAB_NEEDED_BY_AMD ? "  amd" : "",
			      kernel->module[i].needed_by & LAB_NEEDED_BY_INTEL ? "  intel" : "");
}

static size_t position(const struct lab_kernel *kernel, const char *name)
{
	size_t i;

	for (i = 0; i < kernel->nr_modules; i++)
		if (!strcmp(kernel->module[i].name, name))
			return i;
	fail_msg("%s: module %s is not there", kernel->release, name);
	return 0;
}

static void check(const char *operand, const char *flavour)
{
	struct fpb_err err = { 0 };
	struct lab_kernel kernel;

	if (lab_kernel_load(operand, NULL, &kernel, &err))
		fail_msg("%s", err.text);
	print_kernel(&kernel);
	assert_non_null(strstr(kernel.release, flavour));
	assert_non_null(strstr(operand, kernel.release));
	assert_true(position(&kernel, "irqbypass") < position(&kernel, "kvm"));
	assert_true(position(&kernel, "kvm") < position(&kernel, "kvm_amd"));
	assert_true(position(&kernel, "kvm") < position(&kernel, "kvm_intel"));
	lab_kernel_clear(&kernel);
}

static void check_name(const char *name, const char *flavour)
{
	char *operand = fetch(name);

	if (!operand)
		skip();
	check(operand, flavour);
	free(operand);
}

static void cloud(void **state)
{
	(void)state;
	check_name("cloud", "-cloud-amd64");
}

static void newest_cloud(void **state)
{
	(void)state;
	check_name("cloud-backports", "-cloud-amd64");
}

/* Debian's kvm-amd depends on ccp there. */
static void generic(void **state)
{
	(void)state;
	check_name("generic", "-amd64");
}

static void unknown_name(void **state)
{
	(void)state;
	assert_null(fetch("linux-image-that-is-none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cloud),
		cmocka_unit_test(newest_cloud),
		cmocka_unit_test(generic),
		cmocka_unit_test(unknown_name),
	};
	char *operand = fetch("cloud");

	if (!operand) {
		print_message("SKIP: no source of packages serves a kernel here (above)\n");
		return SKIPPED;
	}
	free(operand);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
