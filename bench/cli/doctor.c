// SPDX-License-Identifier: MIT
/* doctor.c - what can be measured here, what disturbs it, what is dangerous; changes nothing. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/cli/commands.h"
#include "bench/cli/coverage.h"
#include "bench/cli/doctor_text.h"
#include "bench/cli/exit_code.h"
#include "bench/cli/sections.h"
#include "bench/core/worker.h"
#include "host/machine/checkup.h"
#include "host/machine/environment.h"
#include "host/machine/hazards.h"
#include "host/machine/topology.h"

#define SCHEMA_VERSION 1

enum { KEY_JSON = 256 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *is_json = state->input;

	switch (key) {
	case KEY_JSON:
		*is_json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': doctor takes no operands", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* As `run` would record it: on the CPU that it would choose. Without a topology, none is chosen. */
static json_t *capture(struct fpb_err *err)
{
	const struct cpu_request request = { .cpu = TOPOLOGY_ANY_CPU };
	struct environment_options options = { .cpu_used = -1 };
	struct topology *topology = NULL;
	struct cpu_choice cpu = { .cpu = -1 };
	json_t *environment;

	if (!topology_load(&topology, NULL) && !topology_pick_cpu(topology, &request, &cpu, NULL))
		options.cpu_used = cpu.cpu;
	options.topology = topology;
	environment = environment_capture(&options, err);
	topology_destroy(topology);
	return environment;
}

static json_t *check(const json_t *environment, const struct fpb_capabilities *caps,
		     struct fpb_err *err)
{
	const struct fpb_lack *lacks = caps->on[FPB_HOST].lack;
	const struct checkup_options options = {
		.environment = environment,
		.pmu_lack = lacks[__builtin_ctzll(FPB_NEED_PMU)].text,
		.kvm_stats_lack = lacks[__builtin_ctzll(FPB_NEED_STATS)].text,
		.is_privileged = geteuid() == 0,
	};

	return checkup_create(&options, err);
}

/* Fills in "substrates" and "sections": the rows by where they run, and by what they ask. */
static int cover(json_t *document, const struct fpb_capabilities *caps, struct fpb_err *err)
{
	const json_t *environment = json_object_get(document, "environment");
	const char *backend = json_string_value(json_object_get(environment, "kvm_backend"));
	struct fpb_rows rows;
	int ret = fpb_rows_create(&rows, err);

	if (!ret && (json_object_set_new(document, "substrates",
					 coverage_create(&rows, caps, backend, err)) ||
		     json_object_set_new(document, "sections", sections_create(&rows, caps, err))))
		ret = FPB_FAIL(err, -ENOMEM, "doctor");
	fpb_rows_clear(&rows);
	return ret;
}

static json_t *examine(struct fpb_err *err)
{
	struct fpb_capabilities caps;
	json_t *environment, *document;

	if (fpb_probe_in_child(&caps, err))
		return NULL;
	environment = capture(err);
	if (!environment)
		return NULL;
	/* "o" takes the references and fails for NULL. */
	document = json_pack("{s:i,s:O,s:o,s:{},s:[],s:o}", "schema_version", SCHEMA_VERSION,
			     "environment", environment, "checks", check(environment, &caps, err),
			     "substrates", "sections", "hazards", hazards_create(environment, err));
	json_decref(environment);
	if (!document) {
		(void)FPB_FAIL(err, -ENOMEM, "doctor");
		return NULL;
	}
	if (cover(document, &caps, err)) {
		json_decref(document);
		return NULL;
	}
	return document;
}

int command_doctor(int argc, char **argv)
{
	static const struct argp_option argp_options[] = {
		{ "json", KEY_JSON, NULL, 0, "As a JSON object", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse,
		.doc = "Tells what can be measured here, what disturbs it and the command that "
		       "mends it, and which rows could crash the host. Changes nothing.",
	};
	struct fpb_err err = { 0 };
	bool is_json = false;
	json_t *document;

	argp_parse(&argp, argc, argv, 0, NULL, &is_json);
	document = examine(&err);
	if (!document)
		return report_err(&err, EXIT_UNFIT);
	if (is_json) {
		json_dumpf(document, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		doctor_print(stdout, document);
	}
	json_decref(document);
	/* main() sees whether standard output could be written. */
	return EXIT_FINE;
}
