// SPDX-License-Identifier: MIT
#include "bench/report/policy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/file_text.h"
#include "bench/report/grow.h"
#include "bench/report/json_strict.h"
#include "bench/report/report_read.h"

static int no_memory(struct fpb_problem *problem, const char *where)
{
	return fpb_problem_set(problem, ENOMEM, where, "out of memory");
}

/* A member that nobody asks for may be a misspelt one. */
static int check_members(const struct fpb_json_in *in, const char *const *known)
{
	/* The iterator of jansson takes no const object, but changes none. */
	json_t *object = (json_t *)(uintptr_t)in->json, *ignored;
	char path[FPB_PATH_SIZE];
	const char *key;

	json_object_foreach(object, key, ignored) {
		size_t i = 0;

		while (known[i] && strcmp(known[i], key) != 0)
			i++;
		if (known[i])
			continue;
		fpb_json_path(path, in->where, key);
		return fpb_problem_set(in->problem, EINVAL, path,
				       "no member of a policy file; is it misspelt?");
	}
	return 0;
}

static int read_limits(struct fpb_policy *policy, const json_t *json, struct fpb_problem *problem)
{
	json_t *object = (json_t *)(uintptr_t)json, *ignored;
	struct fpb_json_in in;
	const char *regex;
	int ret = fpb_json_enter(json, "limits", problem, &in);

	if (ret)
		return ret;
	json_object_foreach(object, regex, ignored) {
		struct fpb_limit *grown =
			fpb_grow(policy->limits, policy->nr_limits, sizeof(*grown));
		char path[FPB_PATH_SIZE];

		if (!grown)
			return no_memory(problem, "limits");
		policy->limits = grown;
		grown += policy->nr_limits;
		fpb_json_path(path, "limits", regex);
		ret = fpb_json_number(&in, regex, 0, &grown->fraction);
		ret = ret ? ret : fpb_pattern_compile(&grown->row, regex, path, problem);
		if (ret)
			return ret;
		policy->nr_limits++;
	}
	return 0;
}

int fpb_policy_allow_lost(struct fpb_policy *policy, const char *regex, const char *where,
			  struct fpb_problem *problem)
{
	struct fpb_pattern *grown =
		fpb_grow(policy->allow_lost, policy->nr_allow_lost, sizeof(*grown));
	int ret;

	if (!grown)
		return no_memory(problem, where);
	policy->allow_lost = grown;
	ret = fpb_pattern_compile(&grown[policy->nr_allow_lost], regex, where, problem);
	policy->nr_allow_lost += !ret;
	return ret;
}

static int read_allow_lost(struct fpb_policy *policy, const json_t *json,
			   struct fpb_problem *problem)
{
	int ret = 0;

	if (!json_is_array(json))
		return fpb_json_wrong(problem, "allow_lost", json, "an array");
	for (size_t i = 0; i < json_array_size(json) && !ret; i++) {
		const json_t *regex = json_array_get(json, i);
		char path[FPB_PATH_SIZE];

		fpb_json_path_at(path, "allow_lost", i);
		if (!json_is_string(regex))
			return fpb_json_wrong(problem, path, regex, "a regular expression");
		ret = fpb_policy_allow_lost(policy, json_string_value(regex), path, problem);
	}
	return ret;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(const char *text)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (strlen(text) != strlen("YYYY-MM-DD") || strspn(text, "0123456789-") != strlen(text) ||
	    text[4] != '-' || text[7] != '-' || strchr(text + 8, '-') || strcspn(text, "-") != 4 ||
	    strcspn(text + 5, "-") != 2)
		return false;
	year = (int)strtol(text, NULL, 10);
	month = (int)strtol(text + 5, NULL, 10);
	day = (int)strtol(text + 8, NULL, 10);
	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year));
}

static int read_acceptance(struct fpb_acceptance *out, const json_t *json, const char *where,
			   struct fpb_problem *problem)
{
	static const char *const members[] = { "name", "up_to", "until", "why", NULL };
	struct fpb_json_in in;
	char *regex = NULL, path[FPB_PATH_SIZE];
	int ret = fpb_json_enter(json, where, problem, &in);

	ret = ret ? ret : check_members(&in, members);
	ret = ret ? ret : fpb_json_number(&in, "up_to", 0, &out->up_to);
	ret = ret ? ret : fpb_json_name(&in, "until", &out->until);
	ret = ret ? ret : fpb_json_name(&in, "why", &out->why);
	if (!ret && !is_date(out->until)) {
		fpb_json_path(path, where, "until");
		ret = fpb_json_wrong(problem, path, json_object_get(json, "until"),
				     "a date, YYYY-MM-DD");
	}
	ret = ret ? ret : fpb_json_name(&in, "name", &regex);
	if (!ret) {
		fpb_json_path(path, where, "name");
		ret = fpb_pattern_compile(&out->row, regex, path, problem);
	}
	free(regex);
	return ret;
}

static int read_accepted(struct fpb_policy *policy, const json_t *json, struct fpb_problem *problem)
{
	int ret = 0;

	if (!json_is_array(json))
		return fpb_json_wrong(problem, "accepted", json, "an array");
	for (size_t i = 0; i < json_array_size(json) && !ret; i++) {
		struct fpb_acceptance *grown =
			fpb_grow(policy->accepted, policy->nr_accepted, sizeof(*grown));
		char path[FPB_PATH_SIZE];

		if (!grown)
			return no_memory(problem, "accepted");
		policy->accepted = grown;
		grown += policy->nr_accepted++;
		memset(grown, 0, sizeof(*grown));
		fpb_json_path_at(path, "accepted", i);
		ret = read_acceptance(grown, json_array_get(json, i), path, problem);
	}
	return ret;
}

static int read_policy(struct fpb_policy *policy, const json_t *json, struct fpb_problem *problem)
{
	static const char *const members[] = { "limits", "allow_lost", "accepted", NULL };
	const json_t *limits = json_object_get(json, "limits");
	const json_t *allow_lost = json_object_get(json, "allow_lost");
	const json_t *accepted = json_object_get(json, "accepted");
	struct fpb_json_in in;
	int ret = fpb_json_enter(json, "", problem, &in);

	ret = ret ? ret : check_members(&in, members);
	if (!ret && limits)
		ret = read_limits(policy, limits, problem);
	if (!ret && allow_lost)
		ret = read_allow_lost(policy, allow_lost, problem);
	if (!ret && accepted)
		ret = read_accepted(policy, accepted, problem);
	return ret;
}

int fpb_policy_parse(const char *text, size_t length, struct fpb_policy *out,
		     struct fpb_problem *problem)
{
	json_error_t error;
	json_t *json;
	int ret;

	memset(out, 0, sizeof(*out));
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!json)
		return fpb_problem_set(problem, EINVAL, "", "line %d, column %d: %s", error.line,
				       error.column, error.text);
	ret = read_policy(out, json, problem);
	json_decref(json);
	if (ret)
		fpb_policy_clear(out);
	return ret;
}

int fpb_policy_read(const char *path, struct fpb_policy *out, struct fpb_problem *problem)
{
	size_t length;
	char *text;
	int ret = fpb_file_text(path, &text, &length, problem);

	memset(out, 0, sizeof(*out));
	ret = ret ? ret : fpb_policy_parse(text, length, out, problem);
	free(text);
	return ret;
}

void fpb_policy_clear(struct fpb_policy *policy)
{
	for (size_t i = 0; i < policy->nr_limits; i++)
		fpb_pattern_clear(&policy->limits[i].row);
	free(policy->limits);
	for (size_t i = 0; i < policy->nr_allow_lost; i++)
		fpb_pattern_clear(&policy->allow_lost[i]);
	free(policy->allow_lost);
	for (size_t i = 0; i < policy->nr_accepted; i++) {
		fpb_pattern_clear(&policy->accepted[i].row);
		free(policy->accepted[i].until);
		free(policy->accepted[i].why);
	}
	free(policy->accepted);
	memset(policy, 0, sizeof(*policy));
}

double fpb_policy_limit(const struct fpb_policy *policy, const char *id)
{
	for (size_t i = policy->nr_limits; i--;) {
		if (fpb_pattern_matches(&policy->limits[i].row, id))
			return policy->limits[i].fraction;
	}
	return NAN;
}

bool fpb_policy_allows_loss(const struct fpb_policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->nr_allow_lost; i++) {
		if (fpb_pattern_matches(&policy->allow_lost[i], id))
			return true;
	}
	return false;
}

bool fpb_acceptance_is_expired(const struct fpb_acceptance *acceptance, const char *today)
{
	return strcmp(acceptance->until, today) < 0;
}

const struct fpb_acceptance *fpb_policy_acceptance(const struct fpb_policy *policy, const char *id,
						   const char *today)
{
	const struct fpb_acceptance *most = NULL;

	for (size_t i = 0; i < policy->nr_accepted; i++) {
		const struct fpb_acceptance *one = &policy->accepted[i];

		if (!fpb_acceptance_is_expired(one, today) && (!most || one->up_to > most->up_to) &&
		    fpb_pattern_matches(&one->row, id))
			most = one;
	}
	return most;
}
