// SPDX-License-Identifier: MIT
#include "bench/report/html/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/report/html/page_json.h"
#include "bench/report/html/svg_inline.h"
#include "bench/report/text.h"

/* Takes the item; *array is made with the first one. */
static int append(json_t **array, json_t *item)
{
	if (!*array)
		*array = json_array();
	return json_array_append_new(*array, item) ? -ENOMEM : 0;
}

/* Whether the report goes into the page as it is. */
static bool is_embedded(const struct fpb_page *page, const struct fpb_page_source *source)
{
	return source->text && source->length <= FPB_PAGE_MAX_REPORT_BYTES &&
	       page->text_bytes + source->length <= FPB_PAGE_MAX_REPORT_BYTES;
}

static int add_text(struct fpb_page *page, const struct fpb_page_source *source)
{
	struct fpb_page_text *grown = fpb_grow(page->text, page->nr_texts, sizeof(*grown));
	char *copy = malloc(source->length + 1);

	page->text = grown ? grown : page->text;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, source->text, source->length);
	page->text[page->nr_texts++] = (struct fpb_page_text){
		.report = json_array_size(page->reports),
		.bytes = copy,
		.length = source->length,
	};
	page->text_bytes += source->length;
	return 0;
}

int fpb_page_add_report(struct fpb_page *page, const struct fpb_page_source *source)
{
	const bool embedded = is_embedded(page, source);
	json_t *report = fpb_page_report(source->side);

	if (!report || fpb_page_make_exact(report) ||
	    json_object_set_new(report, "path", fpb_text_to_json(source->path)) ||
	    json_object_set_new(report, "label", fpb_text_to_json(source->label)) ||
	    json_object_set_new(report, "bytes", json_integer((json_int_t)source->length)) ||
	    json_object_set_new(report, "embedded", json_boolean(embedded)) ||
	    (embedded && add_text(page, source))) {
		json_decref(report);
		return -ENOMEM;
	}
	return append(&page->reports, report);
}

int fpb_page_add_comparison(struct fpb_page *page, size_t new,
			    const struct fpb_comparison *comparison)
{
	json_t *borrowed = fpb_page_comparison(comparison);
	/* Values of environments are the reports' own. */
	json_t *json = json_deep_copy(borrowed);

	json_decref(borrowed);
	if (!json || fpb_page_make_exact(json) ||
	    json_object_set_new(json, "new", json_integer((json_int_t) new))) {
		json_decref(json);
		return -ENOMEM;
	}
	return append(&page->comparisons, json);
}

int fpb_page_add_missing_figure(struct fpb_page *page, const char *name, const char *reason)
{
	return append(&page->missing_figures,
		      json_pack("{s:o, s:o}", "name", fpb_text_to_json(name), "reason",
				fpb_text_to_json(reason)));
}

int fpb_page_set_figures_problem(struct fpb_page *page, const char *text)
{
	free(page->figures_problem);
	page->figures_problem = strdup(text);
	return page->figures_problem ? 0 : -ENOMEM;
}

/* The SVG as it may stand in the page; NULL with *ret set. */
static char *inlined(const char *svg, const char *name, const char *title, int *ret)
{
	char *text = NULL, prefix[80];
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out) {
		*ret = -ENOMEM;
		return NULL;
	}
	snprintf(prefix, sizeof(prefix), "svg-%s", name);
	*ret = fpb_svg_inline(svg, prefix, title, out);
	if (fclose(out) && !*ret)
		*ret = -ENOMEM;
	if (!*ret)
		return text;
	free(text);
	return NULL;
}

int fpb_page_add_figure(struct fpb_page *page, const char *name, const char *title, const char *svg,
			struct fpb_problem *problem)
{
	struct fpb_page_figure figure = { .name = strdup(name), .title = strdup(title) };
	struct fpb_page_figure *grown;
	int ret;

	figure.svg = inlined(svg, name, title, &ret);
	if (ret == -EINVAL)
		fpb_problem_set(problem, EINVAL, "",
				"figure %s: not the SVG that gnuplot writes; it was left out",
				name);
	grown = fpb_grow(page->figure, page->nr_figures, sizeof(*grown));
	page->figure = grown ? grown : page->figure;
	if (!ret && (!grown || !figure.name || !figure.title))
		ret = -ENOMEM;
	if (!ret) {
		page->figure[page->nr_figures++] = figure;
		return 0;
	}
	free(figure.name);
	free(figure.title);
	free(figure.svg);
	return ret;
}

void fpb_page_clear(struct fpb_page *page)
{
	json_decref(page->reports);
	json_decref(page->comparisons);
	json_decref(page->missing_figures);
	free(page->figures_problem);
	for (size_t i = 0; i < page->nr_texts; i++)
		free(page->text[i].bytes);
	free(page->text);
	for (size_t i = 0; i < page->nr_figures; i++) {
		free(page->figure[i].name);
		free(page->figure[i].title);
		free(page->figure[i].svg);
	}
	free(page->figure);
	*page = (struct fpb_page){ 0 };
}
