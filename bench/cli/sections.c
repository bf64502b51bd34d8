// SPDX-License-Identifier: MIT
#include "bench/cli/sections.h"

#include <errno.h>
#include <string.h>

#include "bench/cli/groups.h"

#define MAX_FAMILIES 4

static const struct section {
	const char *letter;
	const char *title;
	const char *families[MAX_FAMILIES];
	uint64_t need; /* what all of it is about, where there are no rows to tell */
} sections[] = {
	{ "A", "XSAVE family and MSRs", { "msr", "xgetbv", "xsave", "xsetbv" }, 0 },
	{ "B", "swap of the guest FPU", { "ctxsw", "exit", "signal", "swap" }, 0 },
	{ "C", "expansion of fpstate", { "expand" }, 0 },
	{ "D", "XFD passthrough", { "xfd" }, FPB_NEED_AMX_GUEST },
	{ "E", "#NM under XFD", { "nm" }, FPB_NEED_AMX_GUEST },
	{ "F", "state transfer", { "area", "ioctl", "reset", "restore" }, 0 },
	{ "", "harness and the rest", { 0 }, 0 }, /* whatever none of the others has */
};

#define NR_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool has_family(const struct section *section, const struct fpb_row *row)
{
	const size_t bytes = strcspn(row->name, "/");

	for (unsigned int i = 0; i < MAX_FAMILIES && section->families[i]; i++) {
		if (strlen(section->families[i]) == bytes &&
		    !strncmp(section->families[i], row->name, bytes))
			return true;
	}
	return false;
}

static const struct section *section_of(const struct fpb_row *row)
{
	const struct section *section = sections;

	while (section < &sections[NR_SECTIONS - 1] && !has_family(section, row))
		section++;
	return section;
}

/* The reasons of one substrate go to the end of `all`, each with the substrate's name. */
static int move_reasons(json_t *all, json_t *reasons, enum fpb_substrate substrate)
{
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		if (json_object_set_new(json_array_get(reasons, i), "substrate",
					json_string(fpb_substrate_name(substrate))))
			return -1;
	}
	return json_array_extend(all, reasons);
}

struct tally {
	size_t nr_available, nr_skipped;
	json_t *reasons;
};

static int count_substrate(struct tally *t, const struct section *section,
			   const struct fpb_rows *rows, const struct fpb_capabilities *caps,
			   enum fpb_substrate substrate)
{
	json_t *reasons = json_array();
	int ret = reasons ? 0 : -1;

	for (size_t i = 0; !ret && i < rows->nr; i++) {
		const struct fpb_row *row = &rows->row[i];
		const struct fpb_lack *lack = fpb_row_lack(caps, row);

		if (row->substrate != substrate || section_of(row) != section)
			continue;
		t->nr_available += !lack;
		t->nr_skipped += !!lack;
		if (lack)
			ret = groups_add_reason(reasons, lack);
	}
	ret = ret ? ret : move_reasons(t->reasons, reasons, substrate);
	json_decref(reasons);
	return ret;
}

static json_t *note(const struct section *section, const struct tally *t,
		    const struct fpb_capabilities *caps)
{
	const struct fpb_capability *host = &caps->on[FPB_HOST];
	const struct fpb_lack *lack;

	if (t->nr_available + t->nr_skipped)
		return json_string("");
	if (!(section->need & ~host->have))
		return json_string("this version has no rows of it");
	lack = &host->lack[__builtin_ctzll(section->need)];
	return json_sprintf("this version has no rows of it; what they need is missing here too: "
			    "%s: %s",
			    lack->reason, lack->text);
}

static json_t *describe(const struct section *section, const struct fpb_rows *rows,
			const struct fpb_capabilities *caps)
{
	struct tally t = { .reasons = json_array() };
	int ret = t.reasons ? 0 : -1;

	for (int s = 0; !ret && s < FPB_NR_SUBSTRATES; s++)
		ret = count_substrate(&t, section, rows, caps, (enum fpb_substrate)s);
	if (ret) {
		json_decref(t.reasons);
		return NULL;
	}
	return json_pack("{s:s,s:s,s:I,s:I,s:o,s:o}", "section", section->letter, "title",
			 section->title, "rows_available", (json_int_t)t.nr_available,
			 "rows_skipped", (json_int_t)t.nr_skipped, "reasons", t.reasons, "note",
			 note(section, &t, caps));
}

json_t *sections_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
			struct fpb_err *err)
{
	json_t *array = json_array();

	for (size_t i = 0; i < NR_SECTIONS; i++) {
		if (json_array_append_new(array, describe(&sections[i], rows, caps))) {
			json_decref(array);
			(void)FPB_FAIL(err, -ENOMEM, "sections of the suite");
			return NULL;
		}
	}
	return array;
}
