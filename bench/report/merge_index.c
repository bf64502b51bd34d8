// SPDX-License-Identifier: MIT
/* merge_index.c - what a report holds, found by name. */
#include "bench/report/merge_index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *fpb_merge_row_key(const char *name, const char *substrate)
{
	char *key;

	return asprintf(&key, "%s@%s", name, substrate) < 0 ? NULL : key;
}

char *fpb_merge_observation_key(const struct fpb_observation *obs)
{
	char *key;

	return asprintf(&key, "%u:%s:%s:%s", obs->run, obs->substrate, obs->name, obs->unit) < 0
		       ? NULL
		       : key;
}

json_int_t fpb_merge_row_count(const struct fpb_merge_index *index, const char *row_key)
{
	const json_t *count = json_object_get(index->rows, row_key);

	return count ? json_integer_value(count) : -1;
}

/* Takes the reference to the value. */
static int put(json_t *map, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(map, key, value) ? -ENOMEM : 0;
}

static int count_row(struct fpb_merge_index *index, const char *name, const char *substrate,
		     json_int_t nr)
{
	char *key = fpb_merge_row_key(name, substrate);
	json_int_t before;
	int ret;

	if (!key)
		return -ENOMEM;
	before = fpb_merge_row_count(index, key);
	ret = put(index->rows, key, json_integer((before < 0 ? 0 : before) + nr));
	free(key);
	return ret;
}

int fpb_merge_index_add(struct fpb_merge_index *index, const struct fpb_observation *obs,
			size_t position)
{
	char *key = fpb_merge_observation_key(obs);
	int ret;

	if (!key)
		return -ENOMEM;
	ret = put(index->observations, key, json_integer((json_int_t)position));
	/* Without the unit it is the entry's. */
	key[strlen(key) - strlen(obs->unit) - 1] = '\0';
	ret = ret ? ret : put(index->entries, key, json_true());
	ret = ret ? ret : count_row(index, obs->name, obs->substrate, 1);
	free(key);
	return ret;
}

int fpb_merge_index_make(const struct fpb_report *report, struct fpb_merge_index *out)
{
	int ret;

	*out = (struct fpb_merge_index){ json_object(), json_object(), json_object() };
	ret = out->entries && out->observations && out->rows ? 0 : -ENOMEM;
	for (size_t i = 0; !ret && i < report->plan.nr_entries; i++)
		ret = put(out->entries, report->plan.entries[i], json_false());
	for (size_t i = 0; !ret && i < report->nr_observations; i++)
		ret = fpb_merge_index_add(out, &report->observations[i], i);
	for (size_t i = 0; !ret && i < report->nr_failures; i++)
		ret = count_row(out, report->failures[i].name, report->failures[i].substrate, 0);
	return ret;
}

void fpb_merge_index_clear(struct fpb_merge_index *index)
{
	json_decref(index->entries);
	json_decref(index->observations);
	json_decref(index->rows);
	memset(index, 0, sizeof(*index));
}

bool fpb_merge_index_overlap(const struct fpb_merge_index *a, const struct fpb_merge_index *b)
{
	const char *key;
	json_t *count;

	json_object_foreach(a->rows, key, count) {
		if (json_object_get(b->rows, key))
			return true;
	}
	return false;
}
