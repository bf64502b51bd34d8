// SPDX-License-Identifier: MIT
/* page_comparison.c - a comparison as compare --format json has it, with the words of its text. */
#include <stdlib.h>

#include "bench/report/exports.h"
#include "bench/report/html/page_json.h"
#include "bench/report/json_make.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

/* Takes the words; NULL stays NULL. */
static json_t *words_to_json(char *words)
{
	json_t *json = words ? fpb_text_to_json(words) : NULL;

	free(words);
	return json;
}

/* Item i of json[key] is about item i of the comparison. */
static json_t *item_of(const json_t *json, const char *key, size_t i)
{
	return json_array_get(json_object_get(json, key), i);
}

static int add_words_of_metrics(json_t *json, const struct fpb_comparison *comparison)
{
	int failed = 0;

	for (size_t i = 0; i < comparison->nr_metrics && !failed; i++)
		failed = json_object_set_new(
			item_of(json, "metrics", i), "words",
			words_to_json(fpb_words_of_metric(&comparison->metric[i])));
	return failed;
}

static int add_words_of_differences(json_t *json, const struct fpb_comparison *comparison)
{
	int failed = 0;

	for (size_t i = 0; i < comparison->differences.nr && !failed; i++) {
		const struct fpb_difference *difference = &comparison->differences.item[i];
		json_t *item = item_of(json, "environment_diff", i);
		char text[400];

		fpb_difference_text(difference, text, sizeof(text));
		failed = json_object_set_new(item, "text", fpb_text_to_json(text)) ||
			 json_object_set_new(
				 item, "class",
				 json_string(fpb_difference_class_name(difference->class)));
	}
	return failed;
}

static json_t *lone_to_json(const struct fpb_lone_row *lone, json_t *words)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:b}", "name", fpb_text_to_json(lone->row->name),
			 "substrate", fpb_text_to_json(lone->row->substrate), "unit",
			 fpb_text_to_json(lone->row->unit), "words", words, "allowed",
			 lone->is_allowed);
}

static json_t *lost_to_json(const void *comparison, size_t i)
{
	const struct fpb_lone_row *lost = &((const struct fpb_comparison *)comparison)->lost[i];

	return lone_to_json(lost, words_to_json(fpb_words_of_loss(lost)));
}

static json_t *gained_to_json(const void *comparison, size_t i)
{
	return lone_to_json(&((const struct fpb_comparison *)comparison)->gained[i],
			    json_string("not in the base"));
}

json_t *fpb_page_comparison(const struct fpb_comparison *comparison)
{
	json_t *json = fpb_comparison_to_json(comparison);
	const bool is_comparable = fpb_comparison_is_comparable(comparison);
	int failed = !json;

	/* Instead of ids alone. */
	failed = failed || json_object_set_new(json, "lost",
					       fpb_json_array_of(comparison, comparison->nr_lost,
								 lost_to_json));
	failed = failed || json_object_set_new(json, "gained",
					       fpb_json_array_of(comparison, comparison->nr_gained,
								 gained_to_json));
	failed = failed ||
		 json_object_set_new(json, "words", words_to_json(fpb_words_of_whole(comparison)));
	failed = failed ||
		 json_object_set_new(json, "design",
				     is_comparable ? json_string(fpb_words_of_design(comparison))
						   : json_null());
	failed = failed || add_words_of_metrics(json, comparison);
	failed = failed || add_words_of_differences(json, comparison);
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}
