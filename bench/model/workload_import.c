// SPDX-License-Identifier: MIT
#include "bench/model/workload_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/text.h"

void fpb_import_note_add(struct fpb_import_note *note, const char *fmt, ...)
{
	char text[sizeof(note->text)];
	size_t used = strlen(note->text);
	va_list args;

	if (used && used + 1 < sizeof(note->text)) {
		note->text[used++] = ' ';
		note->text[used] = '\0';
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Names of a document may be among it. */
	fpb_text_printable(text, note->text + used, sizeof(note->text) - used);
}
