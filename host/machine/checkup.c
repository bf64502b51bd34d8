// SPDX-License-Identifier: MIT
#include "host/machine/checkup_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/machine/environment_priv.h"

void finding_set(struct finding *finding, json_t *value)
{
	json_decref(finding->value);
	finding->value = value;
}

void finding_explain(struct finding *finding, const char *fmt, ...)
{
	size_t used = strlen(finding->why);
	va_list args;

	if (used)
		used += (size_t)snprintf(finding->why + used, sizeof(finding->why) - used, " ");
	if (used >= sizeof(finding->why))
		return;
	va_start(args, fmt);
	vsnprintf(finding->why + used, sizeof(finding->why) - used, fmt, args);
	va_end(args);
}

void finding_fix(struct finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(finding->fix, sizeof(finding->fix), fmt, args);
	va_end(args);
}

void finding_set_unknown(struct finding *finding, const char *reason)
{
	finding_set(finding, json_null());
	finding->is_ok = false;
	finding_explain(finding, "Unknown here: %s.", reason);
}

bool finding_set_file_number(struct finding *finding, const char *path, long *value)
{
	struct sysfile_why why;

	if (sysfile_read_long(finding->options->sysroot, path, value, &why)) {
		finding_set_unknown(finding, why.text);
		return false;
	}
	finding_set(finding, json_integer(*value));
	return true;
}

const char *finding_environment(const struct finding *finding, const char *key)
{
	return json_string_value(json_object_get(finding->options->environment, key));
}

bool finding_has_file(const struct finding *finding, const char *path)
{
	char *full = sysfile_path(finding->options->sysroot, path);
	bool found = full && !access(full, F_OK);

	free(full);
	return found;
}

/* Whether `word` stands between blanks behind the first `label`, up to the end of its line. */
static bool line_has_word(const char *text, const char *label, const char *word)
{
	const char *line = strstr(text, label);
	const char *end = line ? line + strcspn(line, "\n") : NULL;
	size_t length = strlen(word);

	for (const char *at = line; at && (at = strstr(at, word)) && at < end; at += length) {
		if (at > line && at[-1] == ' ' && (at[length] == ' ' || at + length == end))
			return true;
	}
	return false;
}

bool finding_has_cpu_flag(const struct finding *finding, const char *flag)
{
	struct sysfile_why why;
	bool found;
	char *text;

	if (sysfile_read(finding->options->sysroot, "/proc/cpuinfo", &text, NULL, &why))
		return false;
	found = line_has_word(text, "flags", flag);
	free(text);
	return found;
}

static void take_from_environment(struct finding *finding, const char *key)
{
	const json_t *environment = finding->options->environment;
	const json_t *reasons = json_object_get(environment, "unavailable");
	const char *reason = json_string_value(json_object_get(reasons, key));
	json_t *value = json_object_get(environment, key);

	if (!value || json_is_null(value))
		finding_set_unknown(finding, reason ? reason : "the record has no such field");
	else
		finding_set(finding, json_incref(value));
}

static json_t *examine(const struct check *check, const struct checkup_options *options)
{
	struct finding finding = { .options = options, .is_ok = true };

	finding_explain(&finding, "%s", check->why);
	if (check->is_in_environment)
		take_from_environment(&finding, check->key);
	if (check->judge)
		check->judge(&finding);
	/*
	 * Reasons quote files, which may hold any bytes. json_pack's "o" takes the reference, also
	 * when it fails, and NULL is a failure.
	 */
	return json_pack("{s:s, s:o, s:b, s:o, s:s}", "key", check->key, "value", finding.value,
			 "ok", finding.is_ok, "why", environment_string(finding.why), "fix",
			 finding.fix);
}

static int examine_all(const struct check *check, const struct checkup_options *options,
		       json_t *findings)
{
	for (; check->key; check++) {
		if (json_array_append_new(findings, examine(check, options)))
			return -ENOMEM;
	}
	return 0;
}

json_t *checkup_create(const struct checkup_options *options, struct fpb_err *err)
{
	json_t *findings = json_array();

	if (findings && !examine_all(checkup_processor, options, findings) &&
	    !examine_all(checkup_kernel, options, findings) &&
	    !examine_all(checkup_kvm, options, findings))
		return findings;
	(void)FPB_FAIL(err, -ENOMEM, "checkup");
	json_decref(findings);
	return NULL;
}
