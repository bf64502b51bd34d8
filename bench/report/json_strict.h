/* SPDX-License-Identifier: MIT */
/*
 * json_strict.h - reading fields of a JSON object that somebody else wrote.
 *
 * Every function checks presence, type and range, and on failure leaves one problem naming the
 * path of the field, what was expected and what was read. All return 0, -EINVAL or -ENOMEM, and
 * touch *out on success only. Keys nobody asks for are never looked at.
 */
#ifndef BENCH_REPORT_JSON_STRICT_H
#define BENCH_REPORT_JSON_STRICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/report/problem.h"

#define FPB_PATH_SIZE 256

/* An object being read, and what to say about it. */
struct fpb_json_in {
	const json_t *json;
	const char *where; /* its own path */
	struct fpb_problem *problem;
};

/* json must be an object. */
int fpb_json_enter(const json_t *json, const char *where, struct fpb_problem *problem,
		   struct fpb_json_in *out);

/* "WHERE.KEY", or "KEY" in the document itself; "WHERE[INDEX]". */
void fpb_json_path(char path[FPB_PATH_SIZE], const char *where, const char *key);
void fpb_json_path_at(char path[FPB_PATH_SIZE], const char *where, size_t index);

/* Required strings. A choice is one of a NULL-terminated list; a name is not empty. */
int fpb_json_text(const struct fpb_json_in *in, const char *key, char **out);
int fpb_json_text_or_null(const struct fpb_json_in *in, const char *key, char **out);
int fpb_json_name(const struct fpb_json_in *in, const char *key, char **out);
int fpb_json_choice(const struct fpb_json_in *in, const char *key, const char *const *choices,
		    char **out);

/* Required numbers, integer or real, >= low; -INFINITY for any. */
int fpb_json_number(const struct fpb_json_in *in, const char *key, double low, double *out);
int fpb_json_integer(const struct fpb_json_in *in, const char *key, json_int_t low, json_int_t high,
		     json_int_t *out);
int fpb_json_boolean(const struct fpb_json_in *in, const char *key, bool *out);

/* Required array of strings; *out is NULL when empty and otherwise an array of fpb_grow(). */
int fpb_json_texts(const struct fpb_json_in *in, const char *key, char ***out, size_t *nr);
/* Required array of numbers >= low; *out is NULL when empty. */
int fpb_json_numbers(const struct fpb_json_in *in, const char *key, double low, double **out,
		     size_t *nr);

/* Says that `json` (NULL: missing) stands where `expected` should. Returns -EINVAL. */
int fpb_json_wrong(struct fpb_problem *problem, const char *where, const json_t *json,
		   const char *expected);

/* -ENOMEM, said so in the problem. */
int fpb_json_no_memory(const struct fpb_json_in *in);

/* A double as JSON: an integer when it is one of up to 53 bits. NULL for NaN and infinities. */
json_t *fpb_json_from_double(double value);

#endif
