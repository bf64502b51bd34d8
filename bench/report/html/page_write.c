// SPDX-License-Identifier: MIT
/*
 * page_write.c - the page: the document that was built in, with figures and data at their marks.
 *
 * Data are JSON in a <script> of a type that no browser runs. Such an element ends at "</script"
 * and "<!--" makes it swallow what follows, so no < stands in it; all else is plain ASCII, escaped
 * by JSON itself.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/escape.h"
#include "bench/report/file_replace.h"
#include "bench/report/html/page.h"
#include "bench/report/html/page_json.h"

/* The built page.html (template.cmake). */
extern const char fpb_page_html[];
extern const uint64_t fpb_page_html_bytes;

/* A json_dump_callback_t. Outside of strings JSON has none of these characters. */
static int put_safe(const char *bytes, size_t size, void *data)
{
	FILE *out = data;

	for (size_t i = 0; i < size; i++) {
		if (strchr("<>&", bytes[i]) && bytes[i])
			fprintf(out, "\\u%04x", (unsigned int)bytes[i]);
		else
			fputc(bytes[i], out);
	}
	return ferror(out) ? -1 : 0;
}

/* Takes the reference; NULL is memory that ran out while making it. */
static int put_json(FILE *out, const char *id, json_t *json)
{
	int ret = json ? 0 : -ENOMEM;

	fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
	if (!ret && json_dump_callback(json, put_safe, out,
				       JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII |
					       JSON_REAL_PRECISION(17)))
		ret = ferror(out) ? -EIO : -ENOMEM;
	fputs("</script>\n", out);
	json_decref(json);
	return ret;
}

static json_t *or_empty(json_t *array)
{
	return array ? json_incref(array) : json_array();
}

static json_t *data_of(const struct fpb_page *page)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:s?, s:I}", "reports", or_empty(page->reports),
			 "comparisons", or_empty(page->comparisons), "claims", fpb_page_claims(),
			 "missing_figures", or_empty(page->missing_figures), "figures_problem",
			 page->figures_problem, "max_report_bytes",
			 (json_int_t)FPB_PAGE_MAX_REPORT_BYTES);
}

static int put_data(const struct fpb_page *page, FILE *out)
{
	int ret = put_json(out, "data", data_of(page));

	for (size_t i = 0; i < page->nr_texts && !ret; i++) {
		const struct fpb_page_text *text = &page->text[i];
		char id[40];

		snprintf(id, sizeof(id), "report-%zu", text->report);
		ret = put_json(out, id, json_stringn(text->bytes, text->length));
	}
	return ret;
}

static int put_figures(const struct fpb_page *page, FILE *out)
{
	int ret = 0;

	for (size_t i = 0; i < page->nr_figures && !ret; i++) {
		const struct fpb_page_figure *figure = &page->figure[i];

		fprintf(out, "<figure id=\"figure-%s\">\n<figcaption>", figure->name);
		ret = fpb_print_xml(out, figure->title);
		/* A reader who scrolls sideways may have only a keyboard. */
		fprintf(out,
			"</figcaption>\n<div class=\"picture\" tabindex=\"0\">%s</div>\n</figure>\n",
			figure->svg);
	}
	return ret;
}

/* The template from `from` up to the mark, which it moves behind. */
static void put_up_to(FILE *out, const char **from, const char *mark)
{
	const char *end = fpb_page_html + fpb_page_html_bytes;
	const char *at = memmem(*from, (size_t)(end - *from), mark, strlen(mark));

	fwrite(*from, 1, (size_t)((at ? at : end) - *from), out);
	*from = at ? at + strlen(mark) : end;
}

static int put_page(const struct fpb_page *page, FILE *out)
{
	const char *from = fpb_page_html;
	int ret;

	put_up_to(out, &from, "<!--FIGURES-->\n");
	ret = put_figures(page, out);
	put_up_to(out, &from, "<!--DATA-->\n");
	ret = ret ? ret : put_data(page, out);
	fwrite(from, 1, (size_t)(fpb_page_html + fpb_page_html_bytes - from), out);
	return ret;
}

struct written {
	const char *bytes;
	size_t length;
};

static int write_to(int fd, const void *data)
{
	const struct written *written = data;

	return fpb_write_all(fd, written->bytes, written->length);
}

int fpb_page_write(const struct fpb_page *page, const char *path, struct fpb_problem *problem)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	int ret;

	if (!out)
		return fpb_problem_set(problem, ENOMEM, "", "the page: out of memory");
	ret = put_page(page, out);
	if (fclose(out) || ret == -EIO)
		ret = -ENOMEM;
	if (ret)
		fpb_problem_set(problem, -ret, "", "the page: %s", strerror(-ret));
	else
		ret = fpb_file_replace(path, write_to,
				       &(struct written){ .bytes = text, .length = bytes },
				       problem);
	free(text);
	return ret;
}
