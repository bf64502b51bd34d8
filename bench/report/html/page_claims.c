// SPDX-License-Identifier: MIT
/* page_claims.c - the claims of the debate, and what a report says to each. */
#include <inttypes.h>

#include "bench/report/debate.h"
#include "bench/report/html/page_json.h"
#include "bench/report/json_make.h"
#include "bench/report/text.h"

/* "a@host - b@host", .. */
static json_t *made_from(const struct fpb_figure *figure)
{
	switch (figure->kind) {
	case FPB_FIGURE_DIFFERENCE:
		return figure->per ? json_sprintf("(%s - %s) / %u bytes", figure->row, figure->base,
						  figure->per)
				   : json_sprintf("%s - %s", figure->row, figure->base);
	case FPB_FIGURE_RATIO:
		return json_sprintf("%s / %s", figure->row, figure->base);
	case FPB_FIGURE_EVIDENCE:
		return json_sprintf("%s of %s", figure->key, figure->row);
	case FPB_FIGURE_VALUE:
	default:
		return json_string(figure->row);
	}
}

static json_t *claim_to_json(const struct fpb_claim *claim)
{
	json_t *figures = json_array();

	for (const struct fpb_figure *figure = claim->figures; figure->name && figures; figure++)
		figures = fpb_json_append(figures, json_pack("{s:s, s:o}", "name", figure->name,
							     "made", made_from(figure)));
	return json_pack("{s:s, s:s, s:o}", "text", claim->text, "origin", claim->origin, "figures",
			 figures);
}

json_t *fpb_page_claims(void)
{
	json_t *array = json_array();

	for (const struct fpb_claim *claim = fpb_claims; claim->text && array; claim++)
		array = fpb_json_append(array, claim_to_json(claim));
	return array;
}

/* What evidence says in words, or as bits; null where it is no such thing. */
static json_t *words_of(const struct fpb_figure *figure, const struct fpb_answer *answer)
{
	const uint64_t number = (uint64_t)answer->value;
	uint64_t nr_words = 0;

	if (figure->kind != FPB_FIGURE_EVIDENCE)
		return json_null();
	if (answer->low != answer->high)
		return json_sprintf("not the same in every run: %.0f to %.0f", answer->low,
				    answer->high);
	while (figure->words && figure->words[nr_words])
		nr_words++;
	return number < nr_words ? json_string(figure->words[number])
				 : json_sprintf("%#" PRIx64, number);
}

/* null: not asked, since no row of it is in the report. */
static json_t *answer_to_json(const struct fpb_figure *figure, const struct fpb_answer *answer)
{
	const struct fpb_obstacle *obstacle = &answer->obstacle;

	if (!answer->is_asked)
		return json_null();
	if (!answer->is_found)
		return json_pack("{s:b, s:o, s:o, s:o}", "found", 0, "row",
				 fpb_text_to_json(obstacle->row), "reason",
				 fpb_text_to_json(obstacle->reason), "text",
				 fpb_text_to_json(obstacle->text));
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:I, s:o}", "found", 1, "value",
			 fpb_json_finite(answer->value), "low", fpb_json_finite(answer->low),
			 "high", fpb_json_finite(answer->high), "unit",
			 fpb_text_to_json(answer->unit), "runs", (json_int_t)answer->nr_runs,
			 "words", words_of(figure, answer));
}

static json_t *answers_to_json(const struct fpb_report *report, const struct fpb_claim *claim)
{
	json_t *array = json_array();

	for (const struct fpb_figure *figure = claim->figures; figure->name && array; figure++) {
		struct fpb_answer answer;
		json_t *json = NULL;

		if (!fpb_figure_find(report, figure, &answer))
			json = answer_to_json(figure, &answer);
		array = fpb_json_append(array, json);
	}
	return array;
}

json_t *fpb_page_answers(const struct fpb_report *report)
{
	json_t *array = json_array();

	for (const struct fpb_claim *claim = fpb_claims; claim->text && array; claim++)
		array = fpb_json_append(array, answers_to_json(report, claim));
	return array;
}
