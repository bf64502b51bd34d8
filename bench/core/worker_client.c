// SPDX-License-Identifier: MIT
/* worker_client.c - the parent's side: start, ask, believe nothing unchecked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/worker.h"

#define START_TIMEOUT_MS   (20000 + (int)FPB_MAX_WAIT_MS)
#define START_SLICE_MS	   100 /* how soon an interruption is seen */
#define PROBE_TIMEOUT_MS   60000
#define MEASURE_TIMEOUT_MS 120000

static int fail_with_status(struct fpb_child *child, const char *what, int ret, struct fpb_err *err)
{
	char how[96];

	fpb_child_stop(child, how, sizeof(how));
	return FPB_FAIL(err, ret, "%s process %s", what, how);
}

static int send(struct fpb_child *child, json_t *message, struct fpb_err *err)
{
	int ret = message ? fpb_child_send(child, message, err)
			  : FPB_FAIL(err, -ENOMEM, "message to a worker");

	json_decref(message);
	return ret;
}

/* An {"error": ".."} object is the child's own last word. */
static int check_error(const json_t *reply, const char *what, struct fpb_err *err)
{
	const char *error = json_string_value(json_object_get(reply, "error"));

	return error ? FPB_FAIL(err, -ECANCELED, "%s process: %s", what, error) : 0;
}

static struct fpb_calm_found found_in(const json_t *ready)
{
	return (struct fpb_calm_found){
		.ticks = (uint64_t)json_integer_value(json_object_get(ready, "calm_ticks")),
		.is_news = json_is_true(json_object_get(ready, "calm_is_news")),
	};
}

/* A worker that begins may wait for calm for long; who presses Ctrl-C meanwhile should not. */
static int receive_ready(struct fpb_child *child, const volatile sig_atomic_t *is_interrupted,
			 json_t **reply)
{
	for (int waited = 0; waited < START_TIMEOUT_MS; waited += START_SLICE_MS) {
		struct fpb_err ignored = { 0 };
		int ret = fpb_child_receive(child, START_SLICE_MS, reply, &ignored);

		if (ret != -ETIMEDOUT)
			return ret;
		if (is_interrupted && *is_interrupted)
			return -EINTR;
	}
	return -ETIMEDOUT;
}

int fpb_worker_start(struct fpb_child *child, const struct fpb_worker_config *config,
		     struct fpb_err *err)
{
	struct fpb_err ignored = { 0 };
	json_t *reply = NULL;
	int ret = fpb_child_start(child, "--worker", err);

	if (ret)
		return ret;
	ret = send(child,
		   json_pack("{s:i,s:i,s:b,s:I,s:I,s:i,s:o}", "cpu", config->cpu, "permission",
			     (int)config->permission, "allows_hazards", config->allows_hazards,
			     "tsc_khz", (json_int_t)config->tsc_khz, "calm_ticks",
			     (json_int_t)fpb_calm_known(config->calm), "wait_ms",
			     (int)config->wait_ms, "capabilities",
			     fpb_capabilities_to_json(config->caps)),
		   &ignored);
	/* One that could not even start takes no message, but may have said why. */
	if (!ret || ret == -EPIPE)
		ret = receive_ready(child, config->is_interrupted, &reply);
	if (ret == -EINTR) {
		/* It looks at nothing while it waits, and has measured nothing. */
		kill(child->pid, SIGKILL);
		fpb_child_stop(child, NULL, 0);
		return ret;
	}
	if (ret)
		return fail_with_status(child, "measuring", ret, err);
	ret = check_error(reply, "measuring", err);
	if (!ret)
		fpb_calm_note(config->calm, found_in(reply));
	json_decref(reply);
	if (ret)
		fpb_child_stop(child, NULL, 0);
	return ret;
}

int fpb_worker_measure(struct fpb_child *child, const struct fpb_measure_request *request,
		       struct fpb_observation *obs, struct fpb_failure *failure,
		       struct fpb_err *err)
{
	struct fpb_problem problem = { 0 };
	struct fpb_err ignored = { 0 };
	const json_t *record;
	json_t *reply = NULL;
	int ret;

	*obs = (struct fpb_observation){ 0 };
	*failure = (struct fpb_failure){ 0 };
	ret = send(child,
		   json_pack("{s:s,s:s*,s:i,s:i,s:i,s:f}", "row", request->row->id, "twin",
			     request->twin ? request->twin->id : NULL, "run", (int)request->run,
			     "batches", (int)request->nr_batches, "inject_nr",
			     (int)request->inject.nr, "inject_percent", request->inject.percent),
		   &ignored);
	if (!ret)
		ret = fpb_child_receive(child, MEASURE_TIMEOUT_MS, &reply, &ignored);
	if (ret)
		return fail_with_status(child, "measuring", ret, err);
	ret = check_error(reply, "measuring", err);
	if (ret)
		goto out;
	record = json_object_get(reply, "observation");
	if (record)
		ret = fpb_observation_from_json(record, "observation", obs, &problem);
	else
		ret = fpb_failure_from_json(json_object_get(reply, "failure"), "failure", failure,
					    &problem);
	if (ret)
		FPB_FAIL(err, ret, "measuring process: %s: %s", problem.where, problem.text);
out:
	json_decref(reply);
	return ret;
}

int fpb_probe_in_child(struct fpb_capabilities *caps, struct fpb_err *err)
{
	struct fpb_err ignored = { 0 };
	struct fpb_child child;
	json_t *reply = NULL;
	int ret = fpb_child_start(&child, "--probe", err);

	if (ret)
		return ret;
	ret = fpb_child_receive(&child, PROBE_TIMEOUT_MS, &reply, &ignored);
	if (ret)
		return fail_with_status(&child, "probing", ret, err);
	fpb_child_stop(&child, NULL, 0);
	ret = check_error(reply, "probing", err);
	if (!ret)
		ret = fpb_capabilities_from_json(reply, caps, err);
	json_decref(reply);
	return ret;
}
