// SPDX-License-Identifier: MIT
#include "bench/attribution/stacks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/report/text.h"

#define NAME_BYTES 256

struct frame {
	const char *name;
	uint64_t entry_sp; /* where the return address lies; UINT64_MAX: entered before the trace */
};

struct shadow {
	/* The last is in no chain: it stands for all calls that are too deep. */
	struct frame frame[FPB_STACK_MAX_DEPTH + 1];
	size_t depth;
	enum fpb_space space; /* of the step before */
};

static struct frame *top(struct shadow *shadow)
{
	return shadow->depth ? &shadow->frame[shadow->depth - 1] : NULL;
}

static void push(struct shadow *shadow, const char *name, uint64_t entry_sp)
{
	if (shadow->depth <= FPB_STACK_MAX_DEPTH)
		shadow->frame[shadow->depth++] =
			(struct frame){ .name = name, .entry_sp = entry_sp };
}

/* Frames whose return address lies below `sp`, or at it as well, are gone. */
static void pop(struct shadow *shadow, uint64_t sp, bool at_it_too)
{
	while (top(shadow) &&
	       (top(shadow)->entry_sp < sp || (at_it_too && top(shadow)->entry_sp == sp)))
		shadow->depth--;
}

/*
 * Entered by a call, whose return address is what sp points at, or by a jump, which leaves that of
 * the function that jumped.
 */
static void enter(struct shadow *shadow, const char *name, uint64_t sp)
{
	pop(shadow, sp, true);
	push(shadow, name, sp);
}

/* In the midst of a function: the one on top, one returned to, or one jumped into. */
static void go_on(struct shadow *shadow, const char *name, uint64_t sp)
{
	pop(shadow, sp, false);
	if (!top(shadow))
		push(shadow, name, UINT64_MAX);
	else if (strcmp(top(shadow)->name, name) != 0)
		top(shadow)->name = name;
}

/* The kernel's stack is empty whenever user space runs, and waits while the nested guest does. */
static void follow(struct shadow *shadow, const struct fpb_trace *trace,
		   const struct fpb_symbols *symbols, const struct fpb_step *step)
{
	const enum fpb_space space = fpb_space_of(trace, step->pc);
	const struct fpb_symbol *symbol;

	if (space == FPB_SPACE_USER)
		shadow->depth = 0;
	if (space == FPB_SPACE_KERNEL) {
		symbol = fpb_symbols_find(symbols, step->pc);
		if (!symbol)
			go_on(shadow, FPB_FUNCTION_UNKNOWN, step->sp);
		else if (symbol->address == step->pc)
			enter(shadow, symbol->name, step->sp);
		else
			go_on(shadow, symbol->name, step->sp);
	}
	shadow->space = space;
}

/* One element of a chain: neither its separator nor anything a terminal would obey. */
static void print_name(FILE *out, const char *name)
{
	char text[NAME_BYTES];

	fpb_text_printable(name, text, sizeof(text));
	for (char *c = text; *c; c++) {
		if (*c == ';' || *c == ' ')
			*c = '_';
	}
	fputs(text, out);
}

/* To be freed; NULL: no memory. */
static char *chain_of(const struct shadow *shadow)
{
	const char *const leaf = shadow->space == FPB_SPACE_NESTED ? "[nested_guest]" : NULL;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	if (shadow->space == FPB_SPACE_USER)
		fputs("[user_space]", out);
	for (size_t i = 0; i < shadow->depth && i < FPB_STACK_MAX_DEPTH; i++) {
		fputs(i ? ";" : "", out);
		print_name(out, shadow->frame[i].name);
	}
	if (leaf)
		fprintf(out, "%s%s", shadow->depth ? ";" : "", leaf);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static int add(struct fpb_stacks *stacks, const struct shadow *shadow)
{
	char *chain = chain_of(shadow);
	struct fpb_stack *grown;

	if (!chain)
		return -ENOMEM;
	/* Most instructions belong to the chain of the one before. */
	for (size_t i = stacks->nr; i-- > 0;) {
		if (strcmp(stacks->stack[i].chain, chain) != 0)
			continue;
		stacks->stack[i].insn++;
		free(chain);
		return 0;
	}
	grown = fpb_grow(stacks->stack, stacks->nr, sizeof(*grown));
	if (!grown) {
		free(chain);
		return -ENOMEM;
	}
	stacks->stack = grown;
	grown[stacks->nr++] = (struct fpb_stack){ chain, 1 };
	return 0;
}

static int by_chain(const void *a, const void *b)
{
	const struct fpb_stack *x = a, *y = b;

	return strcmp(x->chain, y->chain);
}

int fpb_stacks_make(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
		    const struct fpb_attribution *attribution, struct fpb_stacks *stacks)
{
	const struct fpb_operation *chosen = &attribution->operation[attribution->chosen];
	struct shadow shadow = { .depth = 0 };
	int ret = 0;

	*stacks = (struct fpb_stacks){ 0 };
	for (size_t i = 0; !ret && i < chosen->end; i++) {
		follow(&shadow, trace, symbols, &trace->step[i]);
		if (i >= chosen->begin)
			ret = add(stacks, &shadow);
	}
	if (ret)
		fpb_stacks_clear(stacks);
	else if (stacks->nr)
		qsort(stacks->stack, stacks->nr, sizeof(*stacks->stack), by_chain);
	return ret;
}

void fpb_stacks_clear(struct fpb_stacks *stacks)
{
	for (size_t i = 0; i < stacks->nr; i++)
		free(stacks->stack[i].chain);
	free(stacks->stack);
	*stacks = (struct fpb_stacks){ 0 };
}
