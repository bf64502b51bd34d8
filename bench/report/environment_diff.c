// SPDX-License-Identifier: MIT
/* environment_diff.c - do two reports speak of the same machine, and in what do they differ? */
#include "bench/report/environment_diff.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/report/text.h"

#define TSC_TOLERANCE 0.001

struct known_key {
	const char *name;
	enum fpb_difference_class class;
};

/* Whatever is not here is a setting, keys of later versions included. */
static const struct known_key known_keys[] = {
	{ "engine", FPB_DIFFERENCE_IDENTITY },
	{ "hypervisor", FPB_DIFFERENCE_IDENTITY },
	{ "kvm_backend", FPB_DIFFERENCE_IDENTITY },
	{ "cpu_vendor", FPB_DIFFERENCE_IDENTITY },
	{ "cpu_model", FPB_DIFFERENCE_IDENTITY },
	{ "cpu_family", FPB_DIFFERENCE_IDENTITY },
	{ "cpu_model_number", FPB_DIFFERENCE_IDENTITY },
	{ "cpu_stepping", FPB_DIFFERENCE_IDENTITY },
	{ "microcode", FPB_DIFFERENCE_IDENTITY },
	{ "cpuid_0xd", FPB_DIFFERENCE_IDENTITY },
	{ "suite.build_type", FPB_DIFFERENCE_IDENTITY },
	{ "kernel_release", FPB_DIFFERENCE_EXPERIMENT },
	{ "kernel_version", FPB_DIFFERENCE_EXPERIMENT },
	{ "kernel_build_id", FPB_DIFFERENCE_EXPERIMENT },
	{ "kernel_config_sha256", FPB_DIFFERENCE_EXPERIMENT },
	{ "kernel_cmdline", FPB_DIFFERENCE_EXPERIMENT },
	{ "kvm_modules", FPB_DIFFERENCE_EXPERIMENT },
	{ "mitigations", FPB_DIFFERENCE_EXPERIMENT },
	{ "xcr0", FPB_DIFFERENCE_EXPERIMENT },
	{ "xss_supported", FPB_DIFFERENCE_EXPERIMENT },
	{ "guest_xfeatures_permitted", FPB_DIFFERENCE_EXPERIMENT },
	{ "kvm_feature_msrs", FPB_DIFFERENCE_EXPERIMENT },
	{ "avoided_hazards", FPB_DIFFERENCE_EXPERIMENT },
	{ "plan.inject", FPB_DIFFERENCE_EXPERIMENT },
	{ "tsc_khz", FPB_DIFFERENCE_VOLATILE },
	{ "mem_total_bytes", FPB_DIFFERENCE_VOLATILE },
	{ "cpu_used", FPB_DIFFERENCE_VOLATILE },
	{ "hwloc_xml", FPB_DIFFERENCE_VOLATILE },
	{ "tsc_step", FPB_DIFFERENCE_VOLATILE },
};

const char *fpb_difference_class_name(enum fpb_difference_class class)
{
	static const char *const names[] = { "identity", "experiment", "volatile", "setting" };

	return names[class];
}

static enum fpb_difference_class class_of(const char *key, const json_t *base, const json_t *new)
{
	enum fpb_difference_class class = FPB_DIFFERENCE_SETTING;

	for (size_t i = 0; i < sizeof(known_keys) / sizeof(*known_keys); i++) {
		if (!strcmp(known_keys[i].name, key))
			class = known_keys[i].class;
	}
	if (!strcmp(key, "tsc_khz")) {
		double a = json_number_value(base), b = json_number_value(new);

		/* Unknown reads as 0, which is near to nothing else. */
		if (fabs(a - b) > TSC_TOLERANCE * a)
			return FPB_DIFFERENCE_SETTING;
	}
	return class;
}

static bool is_named(const char *const *keys, const char *key)
{
	for (; keys && *keys; keys++) {
		if (!strcmp(*keys, key))
			return true;
	}
	return false;
}

static bool is_allowed(enum fpb_difference_class class, const char *key,
		       const struct fpb_difference_request *request)
{
	if (class == FPB_DIFFERENCE_VOLATILE)
		return true;
	if (request->rule == FPB_RULE_SAME_MEASUREMENT)
		return false;
	if (class == FPB_DIFFERENCE_SETTING)
		return is_named(request->allowed_keys, key);
	return class == FPB_DIFFERENCE_EXPERIMENT;
}

/* A register mask may stand as 231 or as "0xe7". */
static bool is_mask(const json_t *json, json_int_t *value)
{
	const char *text = json_string_value(json);
	char *end;

	if (json_is_integer(json)) {
		*value = json_integer_value(json);
		return true;
	}
	if (!text || strncmp(text, "0x", 2) != 0)
		return false;
	*value = (json_int_t)strtoull(text, &end, 16);
	return end > text + 2 && !*end;
}

static bool is_same(const json_t *a, const json_t *b)
{
	json_int_t x, y;

	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	if (json_typeof(a) != json_typeof(b) && is_mask(a, &x) && is_mask(b, &y))
		return x == y;
	return json_equal(a, b);
}

/* New reference to what is compared, JSON null for what is absent; NULL without memory. */
static json_t *comparable(const char *key, json_t *value)
{
	json_t *copy, *leaf;
	size_t i;

	if (!value)
		return json_null();
	if (strcmp(key, "cpuid_0xd") != 0)
		return json_incref(value);
	copy = json_deep_copy(value);
	json_array_foreach(copy, i, leaf) {
		if (json_integer_value(json_object_get(leaf, "index")) <= 1)
			json_object_del(leaf, "ebx");
	}
	return copy;
}

/* Takes both references; NULL stands for memory that ran out. */
static int add(struct fpb_differences *out, const char *key, json_t *base, json_t *new,
	       const struct fpb_difference_request *request)
{
	struct fpb_difference *grown;
	int ret = base && new ? 0 : -ENOMEM;

	if (ret || is_same(base, new))
		goto out_release;
	grown = fpb_grow(out->item, out->nr, sizeof(*grown));
	if (!grown) {
		ret = -ENOMEM;
		goto out_release;
	}
	out->item = grown;
	grown += out->nr;
	*grown = (struct fpb_difference){ .key = strdup(key), .base = base, .new = new };
	grown->class = class_of(key, base, new);
	grown->is_allowed = is_allowed(grown->class, key, request);
	out->nr++;
	out->nr_refused += !grown->is_allowed;
	return grown->key ? 0 : -ENOMEM;

out_release:
	json_decref(base);
	json_decref(new);
	return ret;
}

int fpb_environment_diff(const json_t *base, const json_t *new,
			 const struct fpb_difference_request *request, struct fpb_differences *out)
{
	const json_t *sides[] = { base, new };
	int ret = 0;

	for (size_t side = 0; side < 2; side++) {
		/* The iterator of jansson takes no const object, but changes none. */
		json_t *keys = (json_t *)(uintptr_t)sides[side], *ignored;
		const char *key;

		json_object_foreach(keys, key, ignored) {
			const bool is_again = side && json_object_get(base, key);

			if (ret || is_again || !strcmp(key, "unavailable"))
				continue;
			ret = add(out, key, comparable(key, json_object_get(base, key)),
				  comparable(key, json_object_get(new, key)), request);
		}
	}
	return ret;
}

static json_t *text_or_null(const char *text)
{
	return text ? fpb_text_to_json(text) : json_null();
}

int fpb_suite_diff(const struct fpb_suite *base, const struct fpb_suite *new,
		   const struct fpb_difference_request *request, struct fpb_differences *out)
{
	const struct {
		const char *key, *base, *new;
	} members[] = {
		{ "suite.version", base->version, new->version },
		{ "suite.commit", base->commit, new->commit },
		{ "suite.compiler", base->compiler, new->compiler },
		{ "suite.flags", base->flags, new->flags },
		{ "suite.build_type", base->build_type, new->build_type },
		{ "suite.payload_sha256", base->payload_sha256, new->payload_sha256 },
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(members) / sizeof(*members); i++)
		ret = add(out, members[i].key, text_or_null(members[i].base),
			  text_or_null(members[i].new), request);
	return ret;
}

int fpb_report_diff(const struct fpb_report *base, const struct fpb_report *new,
		    const struct fpb_difference_request *request, struct fpb_differences *out)
{
	int ret = fpb_environment_diff(base->environment, new->environment, request, out);

	ret = ret ? ret : fpb_suite_diff(&base->suite, &new->suite, request, out);
	return ret ? ret
		   : add(out, "plan.inject", text_or_null(base->plan.inject),
			 text_or_null(new->plan.inject), request);
}

void fpb_differences_clear(struct fpb_differences *differences)
{
	for (size_t i = 0; i < differences->nr; i++) {
		struct fpb_difference *item = &differences->item[i];

		free(item->key);
		json_decref(item->base);
		json_decref(item->new);
	}
	free(differences->item);
	memset(differences, 0, sizeof(*differences));
}

/* Where two values part: the innermost pair that differs, and how many differ beside its parents.
 */
struct parting {
	char path[160];
	const json_t *base, *new;
	size_t nr_more;
};

static bool differ(const json_t *a, const json_t *b)
{
	return !a || !b ? a != b : !is_same(a, b);
}

static bool step_into_object(struct parting *at)
{
	const json_t *sides[] = { at->base, at->new };
	const char *first = NULL;
	size_t nr = 0, used;

	for (size_t side = 0; side < 2; side++) {
		json_t *keys = (json_t *)(uintptr_t)sides[side], *ignored;
		const char *key;

		json_object_foreach(keys, key, ignored) {
			if (side && json_object_get(sides[0], key))
				continue;
			if (!differ(json_object_get(sides[0], key), json_object_get(sides[1], key)))
				continue;
			first = nr++ ? first : key;
		}
	}
	if (!first)
		return false;
	used = strlen(at->path);
	snprintf(at->path + used, sizeof(at->path) - used, ".%s", first);
	at->nr_more += nr - 1;
	at->base = json_object_get(sides[0], first);
	at->new = json_object_get(sides[1], first);
	return true;
}

static bool step_into_array(struct parting *at)
{
	const json_t *base = at->base, *new = at->new;
	size_t size = json_array_size(base), first = 0, nr = 0, used;

	size = json_array_size(new) > size ? json_array_size(new) : size;
	for (size_t i = 0; i < size; i++) {
		if (differ(json_array_get(base, i), json_array_get(new, i)))
			first = nr++ ? first : i;
	}
	if (!nr)
		return false;
	used = strlen(at->path);
	snprintf(at->path + used, sizeof(at->path) - used, "[%zu]", first);
	at->nr_more += nr - 1;
	at->base = json_array_get(base, first);
	at->new = json_array_get(new, first);
	return true;
}

static bool step_into(struct parting *at)
{
	if (json_is_object(at->base) && json_is_object(at->new))
		return step_into_object(at);
	if (json_is_array(at->base) && json_is_array(at->new))
		return step_into_array(at);
	return false;
}

#define VALUE_COLUMNS 60
#define VALUE_BYTES   (4 * VALUE_COLUMNS + 1)
#define MAX_TEXT      1000 /* beyond it a text is data, such as XML, and only its size is told */

static char *printable_of(const json_t *json)
{
	char *text, *printable;

	if (json_is_string(json))
		return fpb_text_printable_dup(json_string_value(json));
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
	printable = text ? fpb_text_printable_dup(text) : NULL;
	free(text);
	return printable;
}

static void describe(const json_t *json, char buf[VALUE_BYTES])
{
	char *text;

	if (!json || json_is_null(json)) {
		snprintf(buf, VALUE_BYTES, json ? "unknown" : "absent");
		return;
	}
	if (json_string_length(json) > MAX_TEXT) {
		snprintf(buf, VALUE_BYTES, "a text of %zu bytes", json_string_length(json));
		return;
	}
	text = printable_of(json);
	if (text)
		fpb_text_elide(text, VALUE_COLUMNS);
	snprintf(buf, VALUE_BYTES, "%s", text ? text : "?");
	free(text);
}

void fpb_difference_text(const struct fpb_difference *difference, char *buf, size_t size)
{
	struct parting at = { .base = difference->base, .new = difference->new };
	char base[VALUE_BYTES], new[VALUE_BYTES], path[4 * sizeof(at.path)], more[48] = "";

	snprintf(at.path, sizeof(at.path), "%s", difference->key);
	while (step_into(&at))
		;
	describe(at.base, base);
	describe(at.new, new);
	fpb_text_printable(at.path, path, sizeof(path));
	if (at.nr_more)
		snprintf(more, sizeof(more), " (and %zu more)", at.nr_more);
	snprintf(buf, size, "%s: %s -> %s%s", path, base, new, more);
}
