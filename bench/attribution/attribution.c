// SPDX-License-Identifier: MIT
#include "bench/attribution/attribution.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"

/* The upper half of the canonical addresses. */
#define KERNEL_BEGIN 0x8000000000000000ull

enum fpb_space fpb_space_of(const struct fpb_trace *trace, uint64_t pc)
{
	if (pc >= KERNEL_BEGIN)
		return FPB_SPACE_KERNEL;
	return pc >= trace->nested_begin && pc < trace->nested_end ? FPB_SPACE_NESTED
								   : FPB_SPACE_USER;
}

static uint64_t length(const struct fpb_operation *operation)
{
	return operation->end - operation->begin;
}

/* From one call of the sled to the next. */
static int cut(const struct fpb_trace *trace, struct fpb_attribution *out,
	       struct fpb_problem *problem)
{
	size_t begin = trace->nr;

	for (size_t i = 0; i < trace->nr; i++) {
		struct fpb_operation *grown;

		if (trace->step[i].pc != trace->boundary)
			continue;
		if (begin < i) {
			grown = fpb_grow(out->operation, out->nr_operations, sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			out->operation = grown;
			grown[out->nr_operations++] =
				(struct fpb_operation){ .begin = begin, .end = i };
		}
		begin = i;
	}
	if (!out->nr_operations)
		return fpb_problem_set(problem, EINVAL, "",
				       "%zu instructions were traced and hold no whole operation",
				       trace->nr);
	return 0;
}

/* The kernel's entries from its interrupt table (arch/x86/include/asm/idtentry.h). */
static bool is_entry(const char *function)
{
	static const char *const prefixes[] = { "asm_common_interrupt", "asm_exc_", "asm_int80_",
						"asm_spurious_", "asm_sysvec_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!strncmp(function, prefixes[i], strlen(prefixes[i])))
			return true;
	}
	return false;
}

static unsigned int count_entries(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
				  const struct fpb_operation *operation)
{
	unsigned int nr = 0;

	for (size_t i = operation->begin; i < operation->end; i++) {
		const uint64_t pc = trace->step[i].pc;
		const struct fpb_symbol *symbol = fpb_symbols_find(symbols, pc);

		nr += symbol && symbol->address == pc && is_entry(symbol->name);
	}
	return nr;
}

/*
 * A row may be about a fault, a signal's for instance: then all its operations have it. What only
 * some of them have came in between.
 */
static void find_disturbed(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
			   struct fpb_attribution *out)
{
	unsigned int least = UINT_MAX;

	for (size_t i = 0; i < out->nr_operations; i++) {
		struct fpb_operation *operation = &out->operation[i];

		operation->nr_entries = count_entries(trace, symbols, operation);
		least = operation->nr_entries < least ? operation->nr_entries : least;
	}
	for (size_t i = 0; i < out->nr_operations; i++) {
		out->operation[i].is_disturbed = out->operation[i].nr_entries > least;
		out->nr_disturbed += out->operation[i].is_disturbed;
	}
}

static size_t count_alike(const struct fpb_attribution *out, uint64_t wanted)
{
	size_t nr = 0;

	for (size_t i = 0; i < out->nr_operations; i++)
		nr += !out->operation[i].is_disturbed && length(&out->operation[i]) == wanted;
	return nr;
}

/* The last of its length, so that what came before it tells who called (stacks.h). */
static void choose(struct fpb_attribution *out)
{
	for (size_t i = 0; i < out->nr_operations; i++) {
		const struct fpb_operation *operation = &out->operation[i];
		const size_t nr = count_alike(out, length(operation));

		if (operation->is_disturbed || nr < out->nr_alike)
			continue;
		if (nr == out->nr_alike && length(operation) > out->total)
			continue;
		out->chosen = i;
		out->nr_alike = nr;
		out->total = length(operation);
	}
}

static int compare_names(const struct fpb_function *a, const struct fpb_function *b)
{
	const int names = strcmp(a->name, b->name);

	return names ? names : strcmp(a->module, b->module);
}

static int by_name(const void *a, const void *b)
{
	return compare_names(a, b);
}

static int by_insn(const void *a, const void *b)
{
	const struct fpb_function *x = a, *y = b;

	if (x->insn != y->insn)
		return x->insn < y->insn ? 1 : -1;
	return compare_names(x, y);
}

static int add_function(struct fpb_attribution *out, const char *name, const char *module,
			uint64_t insn)
{
	struct fpb_function *grown = fpb_grow(out->function, out->nr_functions, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	out->function = grown;
	grown += out->nr_functions++;
	*grown = (struct fpb_function){ strdup(name), strdup(module), insn };
	return grown->name && grown->module ? 0 : -ENOMEM;
}

/* Local functions of one name and module are one line: nobody could tell them apart. */
static void join_namesakes(struct fpb_attribution *out)
{
	size_t nr = 0;

	qsort(out->function, out->nr_functions, sizeof(*out->function), by_name);
	for (size_t i = 0; i < out->nr_functions; i++) {
		struct fpb_function *function = &out->function[i];

		if (nr && !compare_names(&out->function[nr - 1], function)) {
			out->function[nr - 1].insn += function->insn;
			free(function->name);
			free(function->module);
		} else {
			out->function[nr++] = *function;
		}
	}
	out->nr_functions = nr;
	qsort(out->function, out->nr_functions, sizeof(*out->function), by_insn);
}

static int collect(const struct fpb_symbols *symbols, const uint64_t *insn,
		   struct fpb_attribution *out)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < symbols->nr; i++) {
		if (insn[i])
			ret = add_function(out, symbols->symbol[i].name, symbols->symbol[i].module,
					   insn[i]);
	}
	if (!ret && insn[symbols->nr])
		ret = add_function(out, FPB_FUNCTION_UNKNOWN, "", insn[symbols->nr]);
	if (!ret && out->nr_functions)
		join_namesakes(out);
	return ret;
}

static int count(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
		 struct fpb_attribution *out)
{
	const struct fpb_operation *chosen = &out->operation[out->chosen];
	/* The last for what has no name. */
	uint64_t *insn = calloc(symbols->nr + 1, sizeof(*insn));
	int ret;

	if (!insn)
		return -ENOMEM;
	for (size_t i = chosen->begin; i < chosen->end; i++) {
		const uint64_t pc = trace->step[i].pc;
		const enum fpb_space space = fpb_space_of(trace, pc);
		const struct fpb_symbol *symbol;

		out->nested_guest += space == FPB_SPACE_NESTED;
		out->user += space == FPB_SPACE_USER;
		if (space != FPB_SPACE_KERNEL)
			continue;
		symbol = fpb_symbols_find(symbols, pc);
		insn[symbol ? (size_t)(symbol - symbols->symbol) : symbols->nr]++;
	}
	ret = collect(symbols, insn, out);
	free(insn);
	return ret;
}

int fpb_attribute(const struct fpb_trace *trace, const struct fpb_symbols *symbols,
		  struct fpb_attribution *out, struct fpb_problem *problem)
{
	int ret;

	*out = (struct fpb_attribution){ 0 };
	ret = cut(trace, out, problem);
	if (!ret) {
		find_disturbed(trace, symbols, out);
		choose(out);
		ret = count(trace, symbols, out);
	}
	if (ret)
		fpb_attribution_clear(out);
	return ret;
}

void fpb_attribution_clear(struct fpb_attribution *attribution)
{
	for (size_t i = 0; i < attribution->nr_functions; i++) {
		free(attribution->function[i].name);
		free(attribution->function[i].module);
	}
	free(attribution->function);
	free(attribution->operation);
	*attribution = (struct fpb_attribution){ 0 };
}
