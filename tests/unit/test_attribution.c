// SPDX-License-Identifier: MIT
/* test_attribution.c - operations, functions and call chains of traces made by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/attribution/stacks.h"

#define K     0xffffffff81000000ull /* the kernel's text */
#define M     0xffffffffc0000000ull /* a module's */
#define SLED  0x10d000ull
#define GUEST 0x100000ull
#define USER  0x555555560000ull

#define RUN	(K + 0x000)
#define ENTER	(M + 0x000)
#define HANDLE	(M + 0x100)
#define HELPER	(K + 0x100)
#define TAIL	(K + 0x200)
#define COLD	(K + 0x300)
#define TIMER	(K + 0x400)
#define FAULT	(K + 0x500)
#define SYSCALL (K + 0x600)
#define TWIN	(K + 0x700)

static const char lines[] = "ffffffff81000000 T run\n"
			    "ffffffff81000100 T helper\n"
			    "ffffffff81000200 t tail\n"
			    "ffffffff81000300 t handle.cold\n"
			    "ffffffff81000400 T asm_sysvec_apic_timer_interrupt\n"
			    "ffffffff81000500 T asm_exc_page_fault\n"
			    "ffffffff81000600 T entry_SYSCALL_64\n"
			    "ffffffff81000700 t helper\n"
			    "ffffffffc0000000 t enter\t[kvm_amd]\n"
			    "ffffffffc0000100 t handle\t[kvm_amd]\n";

static struct fpb_symbols symbols;

static struct fpb_trace trace_of(const struct fpb_step *step, size_t nr)
{
	return (struct fpb_trace){
		.step = step,
		.nr = nr,
		.boundary = SLED,
		.nested_begin = GUEST,
		.nested_end = GUEST + 0x100000,
	};
}

static void attribute(const struct fpb_trace *trace, struct fpb_attribution *out)
{
	struct fpb_problem problem = { 0 };

	if (fpb_attribute(trace, &symbols, out, &problem))
		fail_msg("%s", problem.text);
}

static uint64_t insn_of(const struct fpb_attribution *a, const char *name, const char *module)
{
	for (size_t i = 0; i < a->nr_functions; i++)
		if (!strcmp(a->function[i].name, name) && !strcmp(a->function[i].module, module))
			return a->function[i].insn;
	return 0;
}

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void test_functions(void **state)
{
	const struct fpb_step step[] = {
		{ SLED + 1, 0 }, /* before the first boundary: not whole */
		{ SLED, 0 },	 { GUEST + 4, 0 },  { ENTER + 8, 0 },	  { HANDLE, 0 },
		{ HELPER, 0 },	 { HELPER + 1, 0 }, { TWIN + 5, 0 },	  { HANDLE + 9, 0 },
		{ USER, 0 },	 { GUEST + 8, 0 },  { K - 0x1000000, 0 }, { SLED, 0 },
		{ GUEST, 0 }, /* behind the last */
	};
	const struct fpb_trace trace = trace_of(step, NR(step));
	struct fpb_attribution a;

	(void)state;
	attribute(&trace, &a);
	assert_int_equal(a.nr_operations, 1);
	assert_int_equal(a.nr_alike, 1);
	assert_int_equal(a.nr_disturbed, 0);
	assert_int_equal(a.total, 11);
	/* The sled's own instruction is the guest's. */
	assert_int_equal(a.nested_guest, 3);
	assert_int_equal(a.user, 1);
	assert_int_equal(a.nr_functions, 4);
	assert_string_equal(a.function[0].name, "helper");
	/* Two local functions of one name are one line. */
	assert_int_equal(a.function[0].insn, 3);
	assert_string_equal(a.function[1].name, "handle");
	assert_string_equal(a.function[1].module, "kvm_amd");
	assert_int_equal(a.function[1].insn, 2);
	assert_int_equal(insn_of(&a, "enter", "kvm_amd"), 1);
	assert_int_equal(insn_of(&a, FPB_FUNCTION_UNKNOWN, ""), 1);
	fpb_attribution_clear(&a);
	fpb_attribution_clear(&a);
}

static void test_no_operation(void **state)
{
	const struct fpb_step step[] = { { GUEST, 0 }, { SLED, 0 }, { HELPER, 0 } };
	struct fpb_trace trace = trace_of(step, NR(step));
	struct fpb_problem problem = { 0 };
	struct fpb_attribution a;

	(void)state;
	assert_int_equal(fpb_attribute(&trace, &symbols, &a, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "3 instructions"));
	assert_null(a.operation);
	trace.nr = 0;
	assert_int_equal(fpb_attribute(&trace, &symbols, &a, &problem), -EINVAL);
}

/* Commonest length; of two as common the shorter; the last of its kind. */
static void test_choice(void **state)
{
	const struct fpb_step step[] = {
		{ SLED, 0 }, { RUN, 0 },  { RUN, 0 },	 { SLED, 0 }, /* 3 */
		{ RUN, 0 },  { SLED, 0 },			      /* 2 */
		{ RUN, 0 },  { RUN, 0 },  { HELPER, 0 }, { SLED, 0 }, /* 4 */
		{ RUN, 0 },  { RUN, 0 },  { SLED, 0 },		      /* 3 */
		{ TAIL, 0 }, { SLED, 0 },			      /* 2 */
	};
	struct fpb_trace trace = trace_of(step, NR(step));
	struct fpb_attribution a;

	(void)state;
	attribute(&trace, &a);
	assert_int_equal(a.nr_operations, 5);
	assert_int_equal(a.total, 2);
	assert_int_equal(a.nr_alike, 2);
	assert_int_equal(a.chosen, 4);
	assert_int_equal(insn_of(&a, "tail", ""), 1);
	assert_int_equal(insn_of(&a, "run", ""), 0);
	fpb_attribution_clear(&a);
	trace.nr -= 2;
	attribute(&trace, &a);
	assert_int_equal(a.total, 3);
	assert_int_equal(a.chosen, 3);
	fpb_attribution_clear(&a);
}

static void test_disturbed(void **state)
{
	const struct fpb_step step[] = {
		{ SLED, 0 }, { RUN, 0 },   { TIMER, 0 }, { TIMER + 1, 0 }, { RUN, 0 },
		{ SLED, 0 }, { RUN, 0 },   { SLED, 0 },	 { RUN, 0 },	   { FAULT, 0 },
		{ SLED, 0 }, { FAULT, 0 }, { SLED, 0 },
	};
	struct fpb_trace trace = trace_of(step, NR(step));
	struct fpb_attribution a;

	(void)state;
	attribute(&trace, &a);
	assert_int_equal(a.nr_operations, 4);
	assert_int_equal(a.nr_disturbed, 3);
	assert_true(a.operation[0].is_disturbed);
	assert_false(a.operation[1].is_disturbed);
	assert_int_equal(a.chosen, 1);
	assert_int_equal(a.total, 2);
	assert_int_equal(insn_of(&a, "asm_sysvec_apic_timer_interrupt", ""), 0);
	fpb_attribution_clear(&a);
	/* Where each has its fault it is what the row is about. */
	trace.step = step + 7;
	trace.nr = NR(step) - 7;
	attribute(&trace, &a);
	assert_int_equal(a.nr_operations, 2);
	assert_int_equal(a.nr_disturbed, 0);
	fpb_attribution_clear(&a);
}

static void expect_stacks(const struct fpb_trace *trace, const char *const expected[], size_t nr)
{
	struct fpb_attribution a;
	struct fpb_stacks stacks;
	uint64_t sum = 0;

	attribute(trace, &a);
	assert_int_equal(fpb_stacks_make(trace, &symbols, &a, &stacks), 0);
	for (size_t i = 0; i < stacks.nr && i < nr; i++) {
		char line[256];

		snprintf(line, sizeof(line), "%s %llu", stacks.stack[i].chain,
			 (unsigned long long)stacks.stack[i].insn);
		assert_string_equal(line, expected[i]);
	}
	assert_int_equal(stacks.nr, nr);
	for (size_t i = 0; i < stacks.nr; i++)
		sum += stacks.stack[i].insn;
	assert_int_equal(sum, a.total);
	fpb_stacks_clear(&stacks);
	fpb_stacks_clear(&stacks);
	fpb_attribution_clear(&a);
}

#define SP 0xffffc90000001000ull

/* Two operations: the first, begun in the midst of run() > enter(), tells who called enter(). */
static void test_chains(void **state)
{
	static const struct fpb_step operation[] = {
		{ SLED, 0x8000 },
		{ GUEST + 4, 0x8000 },
		{ ENTER + 8, SP - 0x40 }, /* the exit: in the midst of enter(), its ret */
		{ RUN + 8, SP - 0x38 },
		{ HANDLE, SP - 0x40 }, /* run() calls handle() */
		{ HANDLE + 1, SP - 0x40 },
		{ HANDLE + 2, SP - 0x48 }, /* pushed */
		{ HELPER, SP - 0x50 },	   /* calls helper() */
		{ HELPER + 4, SP - 0x50 }, /* ret */
		{ HANDLE + 8, SP - 0x48 },
		{ COLD + 8, SP - 0x48 },   /* its own cold part, jumped to and back */
		{ HANDLE + 9, SP - 0x40 }, /* popped */
		{ TAIL, SP - 0x40 },	   /* jumps to tail(), which returns for it */
		{ RUN + 12, SP - 0x38 },
		{ ENTER, SP - 0x40 },
	};
	static const char *const expected[] = {
		"run 2",	"run;enter 2",	     "run;enter;[nested_guest] 2",
		"run;handle 5", "run;handle.cold 1", "run;handle;helper 2",
		"run;tail 1",
	};
	struct fpb_step step[2 * NR(operation) + 1];

	(void)state;
	memcpy(step, operation, sizeof(operation));
	memcpy(step + NR(operation), operation, sizeof(operation));
	step[2 * NR(operation)] = operation[0];
	expect_stacks(&(struct fpb_trace){ .step = step,
					   .nr = NR(step),
					   .boundary = SLED,
					   .nested_begin = GUEST,
					   .nested_end = GUEST + 0x100000 },
		      expected, NR(expected));
}

/* A system call begins a stack of its own, by a jump to another stack. */
static void test_system_call(void **state)
{
	const struct fpb_step step[] = {
		{ USER, 0x7ffe0000 }, { USER + 2, 0x7ffe0000 }, { SYSCALL, 0x7ffe0000 },
		{ SYSCALL + 8, SP },  { HELPER, SP - 8 },	{ HELPER + 1, SP - 8 },
		{ SYSCALL + 12, SP }, { USER + 4, 0x7ffe0000 }, { USER, 0x7ffe0000 },
	};
	const char *const expected[] = {
		"[user_space] 3",
		"entry_SYSCALL_64 3",
		"entry_SYSCALL_64;helper 2",
	};
	struct fpb_trace trace = trace_of(step, NR(step));

	(void)state;
	trace.boundary = USER;
	expect_stacks(&trace, expected, NR(expected));
}

/* Names come out of a guest: nothing in them is a separator, or obeyed. */
static void test_hostile_names(void **state)
{
	static const char text[] = "ffffffff81000000 T a;b\x1b[2Jc\xff\n";
	const struct fpb_step step[] = { { SLED, 0 }, { RUN, SP }, { SLED, 0 } };
	const struct fpb_trace trace = trace_of(step, NR(step));
	struct fpb_problem problem = { 0 };
	struct fpb_symbols hostile;
	struct fpb_attribution a;
	struct fpb_stacks stacks;

	(void)state;
	assert_int_equal(fpb_symbols_parse(text, strlen(text), &hostile, &problem), 0);
	assert_int_equal(fpb_attribute(&trace, &hostile, &a, &problem), 0);
	assert_int_equal(fpb_stacks_make(&trace, &hostile, &a, &stacks), 0);
	assert_string_equal(stacks.stack[0].chain, "[nested_guest]");
	assert_string_equal(stacks.stack[1].chain, "a_b\\x1b[2Jc\\xff");
	fpb_stacks_clear(&stacks);
	fpb_attribution_clear(&a);
	fpb_symbols_clear(&hostile);
}

/*
 * Calls without end, of two instructions each: a bounded stack, nothing is lost, and what is too deep
 * counts for the function at the greatest depth without a word of its own. So it does after a return.
 */
static void test_deep(void **state)
{
	enum { DEPTH = 1000, NR = 2 * DEPTH + 3 };
	const uint64_t deepest = SP - 16ull * FPB_STACK_MAX_DEPTH;
	struct fpb_step *step = calloc(NR, sizeof(*step));
	const struct fpb_trace trace = trace_of(step, NR);
	struct fpb_attribution a;
	struct fpb_stacks stacks;
	uint64_t sum = 0;

	(void)state;
	assert_non_null(step);
	step[0] = step[NR - 1] = (struct fpb_step){ SLED, 0 };
	for (uint64_t i = 1; i <= DEPTH; i++) {
		const uint64_t function = i % 2 ? RUN : HELPER;

		step[2 * i - 1] = (struct fpb_step){ function, SP - 16 * i };
		step[2 * i] = (struct fpb_step){ function + 1, SP - 16 * i - 8 };
	}
	/* All that was too deep has returned. */
	step[NR - 2] = (struct fpb_step){ HELPER + 2, deepest - 8 };
	attribute(&trace, &a);
	assert_int_equal(fpb_stacks_make(&trace, &symbols, &a, &stacks), 0);
	assert_int_equal(stacks.nr, 1 + FPB_STACK_MAX_DEPTH);
	for (size_t i = 0; i < stacks.nr; i++) {
		const uint64_t insn = stacks.stack[i].insn;

		if (insn > 2)
			assert_int_equal(insn, 2 * (DEPTH - FPB_STACK_MAX_DEPTH + 1) + 1);
		sum += insn;
	}
	assert_int_equal(sum, NR - 1);
	fpb_stacks_clear(&stacks);
	fpb_attribution_clear(&a);
	free(step);
}

static int set_up(void **state)
{
	struct fpb_problem problem = { 0 };

	(void)state;
	return fpb_symbols_parse(lines, strlen(lines), &symbols, &problem);
}

static int tear_down(void **state)
{
	(void)state;
	fpb_symbols_clear(&symbols);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),     cmocka_unit_test(test_no_operation),
		cmocka_unit_test(test_choice),	      cmocka_unit_test(test_disturbed),
		cmocka_unit_test(test_chains),	      cmocka_unit_test(test_system_call),
		cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
