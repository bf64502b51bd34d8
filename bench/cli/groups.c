// SPDX-License-Identifier: MIT
#include "bench/cli/groups.h"

#include "bench/report/text.h"

json_t *groups_find(json_t *groups, const char *key, json_t *value)
{
	json_t *group;

	for (size_t i = 0; value && i < json_array_size(groups); i++) {
		group = json_array_get(groups, i);
		if (json_equal(json_object_get(group, key), value)) {
			json_decref(value);
			return group;
		}
	}
	group = json_pack("{s:o,s:i}", key, value, "rows", 0);
	return json_array_append_new(groups, group) ? NULL : group;
}

int groups_count(json_t *group)
{
	json_t *rows = json_object_get(group, "rows");

	return json_integer_set(rows, json_integer_value(rows) + 1);
}

int groups_add_reason(json_t *groups, const struct fpb_lack *lack)
{
	json_t *group = groups_find(groups, "text", fpb_text_to_json(lack->text));

	if (!group || json_object_set_new(group, "reason", json_string(lack->reason)))
		return -1;
	return groups_count(group);
}
