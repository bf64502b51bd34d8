// SPDX-License-Identifier: MIT
/* json_scan.c - a report's text, taken apart before it is parsed. */
#include "bench/report/json_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/report/report_read.h"

/* One open bracket. */
struct level {
	char close;			/* '}' or ']' */
	struct fpb_span key;		/* the last string in it, without quotes */
	bool is_ours;			/* the object fpstate_bench */
	struct fpb_long_array *collect; /* the array whose elements these are, or NULL */
	size_t element;			/* where the current one begins */
};

struct scanner {
	struct fpb_scan *scan;
	struct fpb_problem *problem;
	size_t at;
	size_t depth;
	bool after_colon;			     /* the last thing that was no white space */
	bool in_element;			     /* of one of the two arrays */
	size_t nr_in_frame, nr_in_element;	     /* values so far; nr_in_element: of this one */
	struct level levels[FPB_READ_MAX_DEPTH + 1]; /* [0]: outside the document */
};

struct position {
	size_t line, column; /* from 1; columns in bytes */
};

static struct position position_of(const struct fpb_scan *scan, size_t offset)
{
	struct position position = { .line = 1, .column = 1 };

	for (size_t i = 0; i < offset && i < scan->length; i++) {
		position.column++;
		if (scan->text[i] == '\n')
			position = (struct position){ .line = position.line + 1, .column = 1 };
	}
	return position;
}

static int syntax(const struct fpb_scan *scan, struct fpb_problem *problem, size_t offset,
		  const char *where, const char *text)
{
	struct position position = position_of(scan, offset);

	return fpb_problem_set(problem, EINVAL, where, "line %zu, column %zu: %s", position.line,
			       position.column, text);
}

static int too_big(const struct scanner *s, const char *what, size_t limit)
{
	struct position position = position_of(s->scan, s->at);

	return fpb_problem_set(s->problem, EFBIG, "", "line %zu, column %zu: %s %zu", position.line,
			       position.column, what, limit);
}

static int truncated(const struct scanner *s)
{
	return syntax(s->scan, s->problem, s->scan->length, "",
		      "the text ends in the middle of the document: truncated?");
}

/* From the opening quote to the closing one. An escape counts as one byte, \u0041 as five. */
static int scan_string(struct scanner *s)
{
	const char *text = s->scan->text;
	size_t begin = s->at + 1, length = 0;

	for (size_t i = begin; i < s->scan->length; i++, length++) {
		if (text[i] == '"') {
			if (length > FPB_READ_MAX_STRING)
				return too_big(s, "a string longer than the limit of",
					       FPB_READ_MAX_STRING);
			s->levels[s->depth].key = (struct fpb_span){ begin, i };
			s->at = i;
			return 0;
		}
		if (text[i] == '\\')
			i++;
	}
	return truncated(s);
}

static bool key_is(const struct scanner *s, const char *key)
{
	const struct fpb_span *span = &s->levels[s->depth].key;
	size_t length = strlen(key);

	return s->after_colon && span->end - span->begin == length &&
	       !memcmp(s->scan->text + span->begin, key, length);
}

/* Each piece is parsed into a tree by itself, and a tree takes ten times its text and more. */
static int count_value(struct scanner *s)
{
	size_t *nr = s->in_element ? &s->nr_in_element : &s->nr_in_frame;

	if (++*nr > FPB_READ_MAX_VALUES)
		return too_big(s, "more values in one record than the limit of",
			       FPB_READ_MAX_VALUES);
	return 0;
}

/* The array that opens here, if it is one of the two. */
static struct fpb_long_array *array_here(const struct scanner *s)
{
	if (s->depth == 1 && key_is(s, "benchmarks"))
		return &s->scan->benchmarks;
	if (s->depth == 2 && s->levels[2].is_ours && key_is(s, "observations"))
		return &s->scan->observations;
	return NULL;
}

static int open_bracket(struct scanner *s, char bracket)
{
	struct level next = { .close = bracket == '{' ? '}' : ']' };

	if (s->depth == FPB_READ_MAX_DEPTH)
		return too_big(s, "nested deeper than the limit of", FPB_READ_MAX_DEPTH);
	if (bracket == '[') {
		/* One that comes twice is refused with the frame: a duplicate key. */
		next.collect = array_here(s);
		if (next.collect) {
			next.collect->found = true;
			next.collect->inside.begin = s->at + 1;
			next.element = s->at + 1;
			s->in_element = true;
			s->nr_in_element = 0;
		}
	} else {
		next.is_ours = s->depth == 1 && key_is(s, "fpstate_bench");
	}
	s->levels[++s->depth] = next;
	return count_value(s);
}

static int add_element(struct scanner *s, struct level *level)
{
	struct fpb_long_array *array = level->collect;
	struct fpb_span *grown;

	if (array->nr_elements == FPB_READ_MAX_VALUES)
		return too_big(s, "more records than the limit of", FPB_READ_MAX_VALUES);
	grown = fpb_grow(array->elements, array->nr_elements, sizeof(*array->elements));
	if (!grown)
		return fpb_problem_set(s->problem, ENOMEM, "", "out of memory");
	array->elements = grown;
	grown[array->nr_elements++] = (struct fpb_span){ level->element, s->at };
	level->element = s->at + 1;
	s->nr_in_element = 0;
	return 0;
}

static bool is_blank(const struct fpb_scan *scan, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		if (!strchr(" \t\r\n", scan->text[i]) || !scan->text[i])
			return false;
	}
	return true;
}

static int close_bracket(struct scanner *s, char bracket)
{
	struct level *level = &s->levels[s->depth];
	int ret = 0;

	if (!s->depth || bracket != level->close)
		return syntax(s->scan, s->problem, s->at, "", "this bracket closes nothing open");
	if (level->collect) {
		level->collect->inside.end = s->at;
		/* Nothing at all is an empty array; nothing after a comma is not. */
		if (level->collect->nr_elements || !is_blank(s->scan, level->element, s->at))
			ret = add_element(s, level);
		s->in_element = false;
	}
	s->depth--;
	return ret;
}

static int scan_byte(struct scanner *s, char byte)
{
	int ret = 0;

	switch (byte) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		return 0;
	case '"':
		ret = scan_string(s);
		break;
	case '{':
	case '[':
		ret = open_bracket(s, byte);
		break;
	case '}':
	case ']':
		ret = close_bracket(s, byte);
		break;
	case ',':
		ret = count_value(s);
		if (!ret && s->levels[s->depth].collect)
			ret = add_element(s, &s->levels[s->depth]);
		break;
	default: /* numbers, words and rubbish are the parser's */
		break;
	}
	s->after_colon = byte == ':';
	return ret;
}

int fpb_json_scan(const char *text, size_t length, struct fpb_scan *out,
		  struct fpb_problem *problem)
{
	struct scanner s = { .scan = out, .problem = problem };
	int ret = 0;

	*out = (struct fpb_scan){ .text = text, .length = length };
	if (is_blank(out, 0, length))
		return fpb_problem_set(problem, EINVAL, "", "empty: expected a JSON document");
	for (; s.at < length && !ret; s.at++)
		ret = scan_byte(&s, text[s.at]);
	if (!ret && s.depth)
		ret = truncated(&s);
	if (ret)
		fpb_scan_clear(out);
	return ret;
}

void fpb_scan_clear(struct fpb_scan *scan)
{
	free(scan->benchmarks.elements);
	free(scan->observations.elements);
	memset(scan, 0, sizeof(*scan));
}

/* Feeds the parser the text without what lies inside the long arrays. */
struct feed {
	const struct fpb_scan *scan;
	struct fpb_span holes[2]; /* in the order of the text */
	size_t at;
};

/* Skips a hole that begins here, and gives the end of the text up to the next one. */
static size_t next_stop(struct feed *feed)
{
	size_t stop = feed->scan->length;

	for (size_t i = 0; i < 2; i++) {
		const struct fpb_span *hole = &feed->holes[i];

		if (hole->begin == hole->end)
			continue;
		if (feed->at == hole->begin)
			feed->at = hole->end;
		if (feed->at < hole->begin && hole->begin < stop)
			stop = hole->begin;
	}
	return stop;
}

/* A json_load_callback_t. */
static size_t feed_parser(void *buffer, size_t size, void *data)
{
	struct feed *feed = data;
	size_t stop = next_stop(feed);
	size_t take = stop - feed->at < size ? stop - feed->at : size;

	memcpy(buffer, feed->scan->text + feed->at, take);
	feed->at += take;
	return take;
}

/* Where in the text the parser's position lies: it has not seen the holes before it. */
static size_t with_holes(const struct feed *feed, size_t offset)
{
	for (size_t i = 0; i < 2; i++) {
		if (feed->holes[i].begin < offset)
			offset += feed->holes[i].end - feed->holes[i].begin;
	}
	return offset;
}

static int refused(const struct fpb_scan *scan, const json_error_t *error, size_t offset,
		   const char *where, struct fpb_problem *problem)
{
	/* jansson says nothing then. */
	if (!error->text[0])
		return fpb_problem_set(problem, ENOMEM, where, "out of memory");
	return syntax(scan, problem, offset, where, error->text);
}

json_t *fpb_scan_frame(const struct fpb_scan *scan, struct fpb_problem *problem, int *ret)
{
	struct feed feed = { .scan = scan };
	struct fpb_span a = scan->benchmarks.inside, b = scan->observations.inside;
	json_error_t error;
	json_t *json;

	feed.holes[0] = a.begin < b.begin ? a : b;
	feed.holes[1] = a.begin < b.begin ? b : a;
	json = json_load_callback(feed_parser, &feed, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		*ret = refused(scan, &error, with_holes(&feed, (size_t)error.position), "",
			       problem);
	return json;
}

json_t *fpb_scan_element(const struct fpb_scan *scan, const struct fpb_span *span,
			 const char *where, struct fpb_problem *problem, int *ret)
{
	json_error_t error;
	json_t *json = json_loadb(scan->text + span->begin, span->end - span->begin,
				  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	if (!json)
		*ret = refused(scan, &error, span->begin + (size_t)error.position, where, problem);
	return json;
}
