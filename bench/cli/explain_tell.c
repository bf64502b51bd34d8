// SPDX-License-Identifier: MIT
/* explain_tell.c - what is said of a boot that explains nothing. */
#include <stdio.h>
#include <string.h>

#include "bench/cli/explain.h"
#include "bench/report/text.h"

#define LINE_BYTES 2048

/* Behind the first line of a boot's failure comes the end of a log that is not kept here. */
enum exit_code explain_tell(const struct explain_boot *boot, const char *text)
{
	char line[LINE_BYTES / 2], harmless[LINE_BYTES], release[128];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	fpb_text_printable(line, harmless, sizeof(harmless));
	fpb_text_printable(boot->build->release, release, sizeof(release));
	fprintf(stderr, "fpstate-bench: explain %s, %s: %s\n", boot->row, release, harmless);
	return EXIT_UNFIT;
}

enum exit_code explain_tell_identity(const struct explain_boot *boot,
				     const struct fpb_report *report)
{
	const struct explain_kernel *kernel = boot->kernel;
	const char *id = json_string_value(json_object_get(report->environment, "kernel_build_id"));
	char text[LINE_BYTES / 2];

	if (!kernel->build_id || (id && !strcmp(id, kernel->build_id)))
		return EXIT_FINE;
	snprintf(text, sizeof(text),
		 "the kernel that %s names has build id %s, the report beside it is about one with "
		 "%s; measure it again with 'lab', or name the report's kernel there",
		 kernel->named_by, id ? id : "(unknown)", kernel->build_id);
	(void)explain_tell(boot, text);
	return EXIT_INCOMPARABLE;
}

enum exit_code explain_tell_missing(const struct explain_boot *boot,
				    const struct fpb_report *report)
{
	char text[LINE_BYTES / 2];

	if (report->nr_skips) {
		snprintf(text, sizeof(text), "the row cannot run there: %s", report->skips[0].text);
		(void)explain_tell(boot, text);
		return EXIT_ALL_SKIPPED;
	}
	snprintf(text, sizeof(text), "the row failed there: %s",
		 report->nr_failures ? report->failures[0].error : "its report does not say why");
	return explain_tell(boot, text);
}
