/* SPDX-License-Identifier: MIT */
/* json_make.h - what every JSON that goes out is made with. What is given is taken, also in failure. */
#ifndef BENCH_REPORT_JSON_MAKE_H
#define BENCH_REPORT_JSON_MAKE_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* The array with the item behind its last one; NULL without memory, or where either was NULL. */
json_t *fpb_json_append(json_t *array, json_t *item);

/* Element i of what an array is about; a new reference, NULL without memory. */
typedef json_t *fpb_json_element(const void *what, size_t i);

/* The array of nr elements; NULL without memory. */
json_t *fpb_json_array_of(const void *what, size_t nr, fpb_json_element *element);

/* Neither what is unknown nor what is beyond all numbers is one in JSON: null. */
json_t *fpb_json_finite(double value);

/* A document and a line end. 0; -EIO; -ENOMEM, which is also what NULL means. */
int fpb_json_print(json_t *json, FILE *out) __attribute__((warn_unused_result));

#endif
