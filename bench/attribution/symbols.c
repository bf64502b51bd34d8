// SPDX-License-Identifier: MIT
#include "bench/attribution/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"

#define WHERE "/proc/kallsyms"

static int refuse(struct fpb_problem *problem, size_t line, const char *what, const char *text)
{
	return fpb_problem_set(problem, EINVAL, WHERE, "line %zu: expected %s, read \"%.80s\"",
			       line, what, text);
}

static int parse_line(char *line, size_t number, struct fpb_symbol *symbol,
		      struct fpb_problem *problem)
{
	char *end, *module;

	symbol->address = strtoull(line, &end, 16);
	if (end == line || end - line > 16 || end[0] != ' ')
		return refuse(problem, number, "an address of up to 16 digits", line);
	if (!strchr("tTwW", end[1]) || !end[1] || end[2] != ' ')
		return refuse(problem, number, "a symbol of code: T, t, W or w", line);
	symbol->type = end[1];
	symbol->name = end + 3;
	symbol->module = "";
	module = strchr(end + 3, '\t');
	if (module) {
		const size_t length = strlen(module);

		if (length < 4 || module[1] != '[' || module[length - 1] != ']')
			return refuse(problem, number, "[MODULE] behind the name", line);
		module[0] = module[length - 1] = '\0';
		symbol->module = module + 2;
	}
	if (!symbol->name[0] || strchr(symbol->name, ' '))
		return refuse(problem, number, "a name", line);
	return 0;
}

static int parse_lines(char *text, struct fpb_symbols *symbols, struct fpb_problem *problem)
{
	char *rest = text, *line;
	size_t number = 0;

	while ((line = strsep(&rest, "\n"))) {
		struct fpb_symbol *grown;
		int ret;

		number++;
		if (!*line)
			continue;
		if (symbols->nr == FPB_SYMBOLS_MAX || strlen(line) > FPB_SYMBOL_MAX_BYTES)
			return fpb_problem_set(
				problem, EFBIG, WHERE,
				"line %zu: more than %d symbols, or one of more than "
				"%d bytes",
				number, FPB_SYMBOLS_MAX, FPB_SYMBOL_MAX_BYTES);
		grown = fpb_grow(symbols->symbol, symbols->nr, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		symbols->symbol = grown;
		ret = parse_line(line, number, &grown[symbols->nr], problem);
		if (ret)
			return ret;
		symbols->nr++;
	}
	return 0;
}

static bool is_local(const struct fpb_symbol *symbol)
{
	return symbol->type == 't';
}

/* By address; of those at one address that which is kept comes first. */
static int compare(const void *a, const void *b)
{
	const struct fpb_symbol *x = a, *y = b;
	int names;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (is_local(x) != is_local(y))
		return is_local(x) ? 1 : -1;
	names = strcmp(x->name, y->name);
	return names ? names : strcmp(x->module, y->module);
}

static void keep_first_of_each_address(struct fpb_symbols *symbols)
{
	size_t nr = 0;

	for (size_t i = 0; i < symbols->nr; i++) {
		if (i == 0 || symbols->symbol[i].address != symbols->symbol[i - 1].address)
			symbols->symbol[nr++] = symbols->symbol[i];
	}
	symbols->nr = nr;
}

static int check(const struct fpb_symbols *symbols, struct fpb_problem *problem)
{
	if (!symbols->nr)
		return fpb_problem_set(problem, EINVAL, WHERE,
				       "expected the kernel's functions, read none; the kernel "
				       "needs CONFIG_KALLSYMS");
	if (!symbols->symbol[symbols->nr - 1].address)
		return fpb_problem_set(problem, EINVAL, WHERE,
				       "expected addresses, read nothing but 0: the kernel hides "
				       "them; kernel.kptr_restrict could not be set to 0");
	return 0;
}

int fpb_symbols_parse(const char *text, size_t bytes, struct fpb_symbols *symbols,
		      struct fpb_problem *problem)
{
	int ret = 0;

	*symbols = (struct fpb_symbols){ 0 };
	if (memchr(text, '\0', bytes))
		return fpb_problem_set(problem, EINVAL, WHERE, "expected text, read a NUL");
	symbols->text = malloc(bytes + 1);
	if (symbols->text) {
		memcpy(symbols->text, text, bytes);
		symbols->text[bytes] = '\0';
	}
	ret = symbols->text ? parse_lines(symbols->text, symbols, problem) : -ENOMEM;
	if (!ret && symbols->nr)
		qsort(symbols->symbol, symbols->nr, sizeof(*symbols->symbol), compare);
	if (!ret)
		ret = check(symbols, problem);
	if (ret)
		fpb_symbols_clear(symbols);
	else
		keep_first_of_each_address(symbols);
	return ret;
}

void fpb_symbols_clear(struct fpb_symbols *symbols)
{
	free(symbols->symbol);
	free(symbols->text);
	*symbols = (struct fpb_symbols){ 0 };
}

const struct fpb_symbol *fpb_symbols_find(const struct fpb_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->nr;

	/* The last that does not lie behind the address. */
	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (symbols->symbol[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - symbols->symbol[low - 1].address >= FPB_FUNCTION_MAX_BYTES)
		return NULL;
	return &symbols->symbol[low - 1];
}
