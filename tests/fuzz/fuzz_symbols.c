// SPDX-License-Identifier: MIT
/*
 * fuzz_symbols.c - the symbols that a guest sends: what begins as a zlib stream does is unpacked
 * first, all else is their text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/attribution/symbols.h"
#include "host/lab/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

/* Unpacking takes room for the most that may come, which is slow: not for every text. */
static int is_stream(const uint8_t *data, size_t size)
{
	return size > 1 && data[0] == 0x78 && (data[0] << 8 | data[1]) % 31 == 0;
}

/* To be freed; NULL: refused, and said so. */
static char *unpack(const uint8_t *data, size_t size, size_t *bytes)
{
	struct fpb_err err = { 0 };
	char *text = NULL;

	if (lab_symbols_unpack(data, size, &text, bytes, &err))
		require(err.text[0] && !text);
	else
		require(*bytes <= LAB_SYMBOLS_MAX_BYTES && !text[*bytes]);
	return text;
}

/* No byte more, so that reading beyond the end is found. To be freed. */
static char *copy(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);

	require(!!text);
	if (size)
		memcpy(text, data, size);
	return text;
}

static void check_symbols(const struct fpb_symbols *symbols)
{
	require(symbols->nr > 0);
	for (size_t i = 0; i < symbols->nr; i++) {
		const struct fpb_symbol *symbol = &symbols->symbol[i];

		require(!i || symbol[-1].address < symbol->address);
		require(symbol->name[0] && !strpbrk(symbol->name, " \t\n"));
		require(!strchr(symbol->module, '\n'));
		require(fpb_symbols_find(symbols, symbol->address) == symbol);
		require(!i || fpb_symbols_find(symbols, symbol->address - 1) != symbol);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fpb_problem problem = { 0 };
	struct fpb_symbols symbols;
	size_t bytes = size;
	char *text = is_stream(data, size) ? unpack(data, size, &bytes) : copy(data, size);

	if (!text)
		return 0;
	if (fpb_symbols_parse(text, bytes, &symbols, &problem))
		require(problem.text[0] && !symbols.nr && !symbols.symbol && !symbols.text);
	else
		check_symbols(&symbols);
	fpb_symbols_clear(&symbols);
	free(text);
	return 0;
}
