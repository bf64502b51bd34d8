// SPDX-License-Identifier: MIT
#include "bench/cli/doctor_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/text.h"

#define WIDTH	      96
#define KEY_WIDTH     20
#define SECTION_WIDTH 24
#define DETAIL	      4 /* columns before what belongs to a line above */
#define MAX_HANG      12
#define VALUE_BYTES   128

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Words filled into lines; the first line goes on at column `column`, the others at `indent`. */
static void print_words(FILE *out, const char *words, size_t column, size_t indent)
{
	bool is_first = true;

	for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
		size_t bytes = strcspn(words, " ");

		if (!is_first && column + 1 + bytes > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!is_first) {
			putc(' ', out);
			column++;
		}
		fwrite(words, 1, bytes, out);
		column += bytes;
		words += bytes;
		is_first = false;
	}
	putc('\n', out);
}

/* "    label text", filled. What comes from files and kernels is made printable first. */
static void print_labelled(FILE *out, size_t indent, const char *label, const char *text)
{
	char *printable = fpb_text_printable_dup(text);
	size_t label_columns = strlen(label);
	/* Under a long label there would be no room left. */
	size_t hang = label_columns <= MAX_HANG ? label_columns : 2 * (size_t)DETAIL;

	fprintf(out, "%*s%s", (int)indent, "", label);
	print_words(out, printable ? printable : "(out of memory)", indent + label_columns,
		    indent + hang);
	free(printable);
}

/* Never filled: it is there to be copied. */
static void print_fix(FILE *out, const char *fix)
{
	char *printable = fpb_text_printable_dup(fix);

	fprintf(out, "%*sfix: %s\n", DETAIL, "", printable ? printable : "(out of memory)");
	free(printable);
}

static void format_value(const json_t *value, char *buf, size_t size)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		fpb_text_printable(json_string_value(value), buf, size);
		if (!buf[0])
			snprintf(buf, size, "empty");
		break;
	case JSON_INTEGER:
		snprintf(buf, size, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_REAL:
		snprintf(buf, size, "%.2f", json_real_value(value));
		break;
	case JSON_TRUE:
		snprintf(buf, size, "yes");
		break;
	case JSON_FALSE:
		snprintf(buf, size, "no");
		break;
	default:
		snprintf(buf, size, "unknown");
		break;
	}
}

static void print_check(FILE *out, const json_t *check, bool has_detail)
{
	const char *fix = text_of(check, "fix");
	char value[VALUE_BYTES];

	format_value(json_object_get(check, "value"), value, sizeof(value));
	fprintf(out, "  %-*s %s\n", KEY_WIDTH, text_of(check, "key"), value);
	if (!has_detail)
		return;
	print_labelled(out, DETAIL, "", text_of(check, "why"));
	if (fix[0])
		print_fix(out, fix);
}

enum group { TO_MEND, NOT_MENDABLE, FINE, NR_GROUPS };

static enum group group_of(const json_t *check)
{
	if (json_is_true(json_object_get(check, "ok")))
		return FINE;
	return text_of(check, "fix")[0] ? TO_MEND : NOT_MENDABLE;
}

static void print_checks(FILE *out, const json_t *checks)
{
	static const char *const titles[NR_GROUPS] = {
		"To mend: adds noise or hides rows (scripts/host-tune.sh does, and undoes, what can be undone)",
		"Not to be mended from here: adds noise or hides rows",
		"Fine",
	};

	for (enum group group = 0; group < NR_GROUPS; group++) {
		bool is_titled = false;

		for (size_t i = 0; i < json_array_size(checks); i++) {
			const json_t *check = json_array_get(checks, i);

			if (group_of(check) != group)
				continue;
			if (!is_titled)
				fprintf(out, "\n%s\n", titles[group]);
			is_titled = true;
			print_check(out, check, group != FINE);
		}
	}
}

/* A row's name without its axes: "xsave/xsavec" of "xsave/xsavec/state=avx". */
static size_t stem_bytes(const char *name)
{
	size_t bytes = strcspn(name, "=");

	if (!name[bytes])
		return bytes;
	while (bytes && name[bytes] != '/')
		bytes--;
	return bytes;
}

static void print_stem(FILE *list, const char *name, size_t nr)
{
	fprintf(list, "%.*s", (int)stem_bytes(name), name);
	if (nr > 1)
		fprintf(list, " (%zu)", nr);
}

/* "xgetbv/xinuse, xsave/xrstor (12)": rows of one benchmark stand together in the registry. */
static void print_names(FILE *out, const json_t *names)
{
	const char *stem = NULL;
	char *text = NULL;
	size_t bytes, nr = 0;
	FILE *list = open_memstream(&text, &bytes);

	if (!list)
		return;
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (stem && stem_bytes(name) == stem_bytes(stem) &&
		    !strncmp(name, stem, stem_bytes(stem))) {
			nr++;
			continue;
		}
		if (stem) {
			print_stem(list, stem, nr);
			fputs(", ", list);
		}
		stem = name;
		nr = 1;
	}
	if (stem)
		print_stem(list, stem, nr);
	if (!fclose(list))
		print_labelled(out, 8, "", text);
	free(text);
}

static char *join(const json_t *strings, const char *separator)
{
	char *text = NULL;
	size_t bytes;
	FILE *list = open_memstream(&text, &bytes);

	if (!list)
		return NULL;
	for (size_t i = 0; i < json_array_size(strings); i++)
		fprintf(list, "%s%s", i ? separator : "",
			json_string_value(json_array_get(strings, i)));
	return fclose(list) ? NULL : text;
}

static const char *plural(json_int_t nr)
{
	return nr == 1 ? "" : "s";
}

static void print_counted(FILE *out, const json_t *group, const char *before, const char *text)
{
	const json_int_t nr = json_integer_value(json_object_get(group, "rows"));
	char label[160];

	snprintf(label, sizeof(label), "%lld row%s%s", (long long)nr, plural(nr), before);
	print_labelled(out, DETAIL, label, text);
}

static void print_obtainable(FILE *out, const json_t *group)
{
	const bool is_one = json_integer_value(json_object_get(group, "rows")) == 1;
	char *with = join(json_object_get(group, "with"), "; and ");
	char *lacks = join(json_object_get(group, "lacks"), ", ");

	print_counted(out, group, is_one ? " needs " : " need ", with ? with : "");
	if (lacks)
		print_labelled(out, 8, "unmet: ", lacks);
	print_names(out, json_object_get(group, "names"));
	free(with);
	free(lacks);
}

static void print_rows(FILE *out, int width, const char *name, const json_t *group)
{
	fprintf(out, "  %-*s %lld available, %lld skipped\n", width, name,
		(long long)json_integer_value(json_object_get(group, "rows_available")),
		(long long)json_integer_value(json_object_get(group, "rows_skipped")));
}

static void print_substrate(FILE *out, const char *name, const json_t *substrate)
{
	const json_t *reasons = json_object_get(substrate, "reasons");
	const json_t *obtainable = json_object_get(substrate, "obtainable");

	print_rows(out, KEY_WIDTH, name, substrate);
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const json_t *group = json_array_get(reasons, i);
		char before[40];

		snprintf(before, sizeof(before), ": %.30s: ", text_of(group, "reason"));
		print_counted(out, group, before, text_of(group, "text"));
	}
	for (size_t i = 0; i < json_array_size(obtainable); i++)
		print_obtainable(out, json_array_get(obtainable, i));
}

static void print_section_reasons(FILE *out, const json_t *reasons)
{
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const json_t *group = json_array_get(reasons, i);
		char before[64];

		snprintf(before, sizeof(before), " at %.20s: %.30s: ", text_of(group, "substrate"),
			 text_of(group, "reason"));
		print_counted(out, group, before, text_of(group, "text"));
	}
}

static void print_sections(FILE *out, const json_t *sections)
{
	fputs("\nThe same rows by what they ask (docs/doctor.md)\n", out);
	for (size_t i = 0; i < json_array_size(sections); i++) {
		const json_t *section = json_array_get(sections, i);
		const char *letter = text_of(section, "section");
		const char *note = text_of(section, "note");
		char title[64];

		snprintf(title, sizeof(title), "%.4s%s%.48s", letter, letter[0] ? " " : "",
			 text_of(section, "title"));
		print_rows(out, SECTION_WIDTH, title, section);
		print_section_reasons(out, json_object_get(section, "reasons"));
		if (note[0])
			print_labelled(out, DETAIL, "", note);
	}
}

static void print_hazards(FILE *out, const json_t *hazards)
{
	fputs("\nHost-crash hazards (nothing of this was tried)\n", out);
	for (size_t i = 0; i < json_array_size(hazards); i++) {
		const json_t *hazard = json_array_get(hazards, i);
		bool is_affected = json_is_true(json_object_get(hazard, "affected"));

		fprintf(out, "  %s\n", text_of(hazard, "key"));
		print_labelled(out, DETAIL, "what:  ", text_of(hazard, "sequence"));
		print_labelled(out, DETAIL, is_affected ? "here:  AFFECTED, " : "here:  ",
			       text_of(hazard, "state"));
		if (is_affected && *text_of(hazard, "override"))
			fprintf(out, "%*srows:  avoided by default; run %s includes them\n", DETAIL,
				"", text_of(hazard, "override"));
		else if (is_affected)
			fprintf(out, "%*srows:  none does it\n", DETAIL, "");
	}
}

void doctor_print(FILE *out, const json_t *document)
{
	const json_t *environment = json_object_get(document, "environment");
	json_t *substrates = json_object_get(document, "substrates");

	print_labelled(out, 0, "kernel     ", text_of(environment, "kernel_release"));
	print_labelled(out, 0, "processor  ", text_of(environment, "cpu_model"));
	print_checks(out, json_object_get(document, "checks"));
	fputs("\nWhere rows can run\n", out);
	for (void *at = json_object_iter(substrates); at;
	     at = json_object_iter_next(substrates, at))
		print_substrate(out, json_object_iter_key(at), json_object_iter_value(at));
	print_sections(out, json_object_get(document, "sections"));
	print_hazards(out, json_object_get(document, "hazards"));
}
