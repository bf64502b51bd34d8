// SPDX-License-Identifier: MIT
#include "bench/cli/differences.h"

#include <stdio.h>

enum exit_code differences_report(const struct fpb_differences *differences, const char *what)
{
	const char *separator = " in ";
	char text[1024];

	if (differences->nr_refused) {
		fprintf(stderr, "fpstate-bench: %s", what);
		for (size_t i = 0; i < differences->nr; i++) {
			if (differences->item[i].is_allowed)
				continue;
			fprintf(stderr, "%s%s", separator, differences->item[i].key);
			separator = ", ";
		}
		fputc('\n', stderr);
	} else if (differences->nr) {
		fputs("what differs by now does not matter:\n", stderr);
	}
	for (size_t i = 0; i < differences->nr; i++) {
		const struct fpb_difference *item = &differences->item[i];

		fpb_difference_text(item, text, sizeof(text));
		fprintf(stderr, "  %s (%s%s)\n", text, fpb_difference_class_name(item->class),
			item->is_allowed ? ", allowed" : "");
	}
	return differences->nr_refused ? EXIT_INCOMPARABLE : EXIT_FINE;
}
