// SPDX-License-Identifier: MIT
/* worker.c - the child's side: read a request, measure, answer. */
#include "bench/core/worker.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/machine/topology.h"
#include "host/vmm/hazard.h"

struct worker {
	struct fpb_rows rows;
	struct fpb_capabilities caps;
	struct fpb_calm calm;
	uint64_t tsc_khz;
	int cpu;
	/* What came of the last request's twin, and what would have to be asked for to get it. */
	struct fpb_measure_request kept_for;
	struct fpb_measured kept;
};

static int say(json_t *message)
{
	int ret = message ? json_dumpf(message, stdout, JSON_COMPACT) : -1;

	json_decref(message);
	if (ret || putchar('\n') == EOF || fflush(stdout))
		return EXIT_FAILURE;
	return 0;
}

static int say_error(const struct fpb_err *err)
{
	char text[sizeof(err->text) + 128];

	fpb_err_describe(err, text, sizeof(text));
	return say(json_pack("{s:s}", "error", text));
}

/* The next message, or NULL at the end of the input. -EPROTO for what is no JSON object or array. */
static int hear(json_t **message, struct fpb_err *err)
{
	int c = getchar();

	*message = NULL;
	while (c == '\n')
		c = getchar();
	if (c == EOF)
		return 0;
	ungetc(c, stdin);
	*message = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, NULL);
	return *message ? 0 : FPB_FAIL(err, -EPROTO, "worker: a message that is no JSON");
}

static int settle_on_cpu(int cpu, struct fpb_err *err)
{
	struct topology *topology;
	int ret = topology_load(&topology, err);

	if (ret)
		return ret;
	ret = topology_pin_thread(topology, cpu, err);
	if (!ret)
		ret = topology_bind_memory(topology, cpu, err);
	topology_destroy(topology);
	return ret;
}

static int configure(struct worker *w, struct fpb_calm_found *found, struct fpb_err *err)
{
	json_t *config, *caps;
	json_int_t tsc_khz, known_ticks, wait_ms;
	int permission, allows_hazards;
	int ret = hear(&config, err);

	if (ret)
		return ret;
	if (json_unpack(config, "{s:i,s:i,s:b,s:I,s:I,s:I,s:o}", "cpu", &w->cpu, "permission",
			&permission, "allows_hazards", &allows_hazards, "tsc_khz", &tsc_khz,
			"calm_ticks", &known_ticks, "wait_ms", &wait_ms, "capabilities", &caps) ||
	    tsc_khz <= 0 || known_ticks < 0 || wait_ms < 0 || wait_ms > FPB_MAX_WAIT_MS ||
	    permission < 0 || permission >= NR_XSTATE_PERMISSIONS) {
		json_decref(config);
		return FPB_FAIL(err, -EPROTO, "worker: its configuration");
	}
	w->tsc_khz = (uint64_t)tsc_khz;
	hazard_allow(allows_hazards);
	fpb_calm_start(&w->calm, (uint64_t)wait_ms * w->tsc_khz, (uint64_t)known_ticks);
	ret = fpb_capabilities_from_json(caps, &w->caps, err);
	json_decref(config);
	if (!ret)
		ret = xstate_permission_request((enum xstate_permission)permission, err);
	if (!ret)
		ret = settle_on_cpu(w->cpu, err);
	if (!ret)
		ret = fpb_rows_create(&w->rows, err);
	/* Where instructions are counted nobody shares the core. */
	if (!ret && !w->caps.counts_instructions)
		*found = fpb_calm_settle(&w->calm, w->tsc_khz, w->caps.on[FPB_HOST].has_rdtscp);
	return ret;
}

static int parse_request(struct worker *w, json_t *message, struct fpb_measure_request *request,
			 struct fpb_err *err)
{
	const char *id, *twin = NULL;
	int run, batches, inject;
	double percent;

	if (json_unpack(message, "{s:s,s?s,s:i,s:i,s:i,s:F}", "row", &id, "twin", &twin, "run",
			&run, "batches", &batches, "inject_nr", &inject, "inject_percent",
			&percent))
		return FPB_FAIL(err, -EPROTO, "worker: malformed request");
	if (run < 0 || batches <= 0 || batches > ABI_MAX_BATCHES || batches % ABI_NR_COPIES ||
	    inject < 0)
		return FPB_FAIL(err, -EPROTO, "worker: run %d, %d batches, %d additions", run,
				batches, inject);
	*request = (struct fpb_measure_request){
		.row = fpb_rows_find(&w->rows, id),
		.twin = twin ? fpb_rows_find(&w->rows, twin) : NULL,
		.run = (unsigned int)run,
		.nr_batches = (uint32_t)batches,
		.inject = { .nr = (uint32_t)inject, .percent = percent },
		.tsc_khz = w->tsc_khz,
		.cpu = w->cpu,
		.calm = w->caps.counts_instructions ? NULL : &w->calm,
	};
	if (!request->row)
		return FPB_FAIL(err, -ENOENT, "worker: no row '%s'", id);
	if (twin && (!request->twin || request->twin == request->row ||
		     request->row->substrate == FPB_HOST || request->twin->substrate == FPB_HOST))
		return FPB_FAIL(err, -EINVAL, "worker: '%s' is no twin of '%s'", twin, id);
	return 0;
}

static json_t *failure_to_json(const struct fpb_row *row, const struct fpb_err *err)
{
	char error[sizeof(err->text) + 128];
	char where[64];
	struct fpb_failure failure = {
		.name = (char *)(uintptr_t)row->name,
		.substrate = (char *)(uintptr_t)fpb_substrate_name(row->substrate),
		.error = error,
		.where = where,
	};

	fpb_err_describe(err, error, sizeof(error));
	snprintf(where, sizeof(where), "%s:%d", err->file, err->line);
	return fpb_failure_to_json(&failure);
}

static void drop_kept(struct worker *w)
{
	fpb_observation_clear(&w->kept.obs);
	w->kept = (struct fpb_measured){ 0 };
	w->kept_for = (struct fpb_measure_request){ 0 };
}

static bool is_kept(const struct worker *w, const struct fpb_measure_request *request)
{
	const struct fpb_measure_request *kept = &w->kept_for;

	return kept->row && kept->row == request->row && kept->twin == request->twin &&
	       kept->run == request->run && kept->nr_batches == request->nr_batches &&
	       kept->inject.nr == request->inject.nr &&
	       kept->inject.percent == request->inject.percent;
}

static struct fpb_measured take_kept(struct worker *w)
{
	const struct fpb_measured kept = w->kept;

	w->kept = (struct fpb_measured){ 0 };
	w->kept_for = (struct fpb_measure_request){ 0 };
	return kept;
}

static struct fpb_measured measure(struct worker *w, const struct fpb_measure_request *request)
{
	struct fpb_measured measured[FPB_MAX_TWINS];

	if (is_kept(w, request))
		return take_kept(w);
	drop_kept(w);
	fpb_measure_twins(request, &w->caps, measured);
	if (request->twin) {
		w->kept = measured[1];
		w->kept_for = *request;
		w->kept_for.row = request->twin;
		w->kept_for.twin = request->row;
	}
	return measured[0];
}

static int answer(struct worker *w, json_t *message, struct fpb_err *err)
{
	struct fpb_measure_request request;
	struct fpb_measured measured;
	json_t *reply;
	int ret = parse_request(w, message, &request, err);

	if (ret)
		return ret;
	measured = measure(w, &request);
	if (measured.err.code)
		reply = json_pack("{s:o}", "failure", failure_to_json(request.row, &measured.err));
	else
		reply = json_pack("{s:o}", "observation",
				  fpb_observation_to_json(&measured.obs, true));
	fpb_observation_clear(&measured.obs);
	return say(reply) ? FPB_FAIL(err, -EPIPE, "worker: its answer") : 0;
}

int fpb_worker_main(void)
{
	struct worker w = { 0 };
	struct fpb_err err = { 0 };
	struct fpb_calm_found found = { 0 };
	json_t *message;
	int ret;

	fpb_child_settle();
	ret = configure(&w, &found, &err);
	if (!ret)
		ret = say(json_pack("{s:b,s:I,s:b}", "ready", 1, "calm_ticks",
				    (json_int_t)found.ticks, "calm_is_news", found.is_news));
	while (!ret && !(ret = hear(&message, &err)) && message) {
		ret = answer(&w, message, &err);
		json_decref(message);
	}
	if (ret)
		say_error(&err);
	drop_kept(&w);
	fpb_rows_clear(&w.rows);
	return ret ? EXIT_FAILURE : 0;
}

int fpb_probe_main(void)
{
	struct fpb_capabilities caps;
	struct fpb_err err = { 0 };

	fpb_child_settle();
	if (fpb_probe(&caps, &err))
		return say_error(&err);
	return say(fpb_capabilities_to_json(&caps));
}
