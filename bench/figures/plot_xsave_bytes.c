// SPDX-License-Identifier: MIT
/* plot_xsave_bytes.c - the XSAVE family against the bytes of state in use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"

#define FAMILY "xsave/"
/* A real switch; reuse=same is the optimistic floor, in which hardly anything is stored. */
#define SUFFIX "/reuse=switch"

/* Of the legacy region and the header (Intel SDM, volume 1, 13.4): what belongs to whom. */
#define HEADER_BYTES 64
#define X87_BYTES    160
#define SSE_BYTES    256
#define MAX_BYTES    (1 << 20)

/* What fits above the figure. */
#define STATE_COLUMNS 13

static const struct {
	const char *name;
	unsigned panel; /* 0: saves, 1: restores */
} instructions[] = {
	{ "xsave", 0 },	 { "xsavec", 0 }, { "xsaveopt", 0 },
	{ "xsaves", 0 }, { "xrstor", 1 }, { "xrstors", 1 },
};

#define NR_INSTRUCTIONS (sizeof(instructions) / sizeof(*instructions))

struct spot {
	size_t instruction;
	json_int_t xinuse;
	char *state; /* "avx", "init" */
	double bytes;
	struct fpb_plot_point point;
	size_t nr_runs;
};

struct spots {
	struct spot *spot;
	size_t nr, fewest_runs;
	const char *substrate, *unit;
};

/* The instruction of "xsave/xsavec/state=avx/reuse=switch" and its state, for free(). */
static bool parse_name(const char *name, size_t *instruction, char **state)
{
	static const char prefix[] = "/state=";
	const size_t length = strlen(name);
	const char *rest, *end;

	if (strncmp(name, FAMILY, strlen(FAMILY)) != 0 || length < strlen(FAMILY SUFFIX) ||
	    strcmp(name + length - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	name += strlen(FAMILY);
	end = strrchr(name, '/');
	for (size_t i = 0; i < NR_INSTRUCTIONS; i++) {
		const size_t bytes = strlen(instructions[i].name);

		rest = name + bytes;
		if (rest > end || strncmp(name, instructions[i].name, bytes) != 0)
			continue;
		*instruction = i;
		if (rest == end) {
			*state = strdup("init");
			return true;
		}
		if (strncmp(rest, prefix, strlen(prefix)) != 0)
			continue;
		rest += strlen(prefix);
		if (rest >= end || memchr(rest, '/', (size_t)(end - rest)))
			return false;
		*state = strndup(rest, (size_t)(end - rest));
		return true;
	}
	return false;
}

/* What XSTATE_BV (or what was restored) was, by the evidence of the row's first observation. */
static bool find_xinuse(const struct fpb_report *report, const struct fpb_value_row *row,
			json_int_t *xinuse)
{
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *obs = &report->observations[i];

		if (!fpb_value_row_has(row, obs))
			continue;
		for (size_t k = 0; k < obs->nr_evidence; k++) {
			if (strcmp(obs->evidence[k].key, "xstate_bv") != 0)
				continue;
			*xinuse = obs->evidence[k].value;
			return *xinuse >= 0;
		}
	}
	return false;
}

static double component_bytes(const json_t *leaves, json_int_t component)
{
	const json_t *leaf;
	size_t i;

	if (component < 2)
		return component ? SSE_BYTES : X87_BYTES;
	json_array_foreach(leaves, i, leaf) {
		const json_int_t bytes = json_integer_value(json_object_get(leaf, "eax"));

		if (json_integer_value(json_object_get(leaf, "index")) == component)
			return bytes > 0 && bytes < MAX_BYTES ? (double)bytes : -1;
	}
	return -1;
}

/* Of the header and all components in use; negative where the report does not tell a size. */
static double bytes_of(const struct fpb_report *report, json_int_t xinuse)
{
	const json_t *leaves = json_object_get(report->environment, "cpuid_0xd");
	double bytes = HEADER_BYTES;

	for (json_int_t component = 0; component < 63; component++) {
		double own = 0;

		if (xinuse >> component & 1)
			own = component_bytes(leaves, component);
		if (own < 0)
			return -1;
		bytes += own;
	}
	return bytes;
}

/* One more spot, if the row is of the kind; `spots` has room. */
static int add(const struct fpb_side *side, const struct fpb_value_row *row, struct spots *spots)
{
	struct spot spot = { 0 };

	if (strcmp(row->substrate, spots->substrate) != 0 ||
	    (spots->unit && strcmp(row->unit, spots->unit) != 0) ||
	    !parse_name(row->name, &spot.instruction, &spot.state))
		return 0;
	if (!spot.state || fpb_plot_summarise(row, &spot.point)) {
		free(spot.state);
		return -ENOMEM;
	}
	spot.nr_runs = row->nr;
	spot.bytes = find_xinuse(&side->report, row, &spot.xinuse)
			     ? bytes_of(&side->report, spot.xinuse)
			     : -1;
	if (spot.bytes < 0) {
		free(spot.state);
		return 0;
	}
	spots->unit = row->unit;
	spots->fewest_runs = row->nr < spots->fewest_runs ? row->nr : spots->fewest_runs;
	spots->spot[spots->nr++] = spot;
	return 0;
}

static void clear(struct spots *spots)
{
	for (size_t i = 0; i < spots->nr; i++)
		free(spots->spot[i].state);
	free(spots->spot);
	*spots = (struct spots){ 0 };
}

static int find(const struct fpb_side *side, const char *substrate, struct spots *spots)
{
	int ret = 0;

	*spots = (struct spots){ .substrate = substrate, .fewest_runs = (size_t)-1 };
	spots->spot = calloc(side->values.nr + 1, sizeof(*spots->spot));
	if (!spots->spot)
		return -ENOMEM;
	for (size_t i = 0; i < side->values.nr && !ret; i++)
		ret = add(side, &side->values.row[i], spots);
	return ret;
}

/* Where most of the family runs: ring 0 has the supervisor's instructions too. */
static int find_best(const struct fpb_side *side, struct spots *best)
{
	static const char *const substrates[] = { "guest/ring0", "host", "guest/ring3" };
	int ret = 0;

	for (size_t i = 0; i < sizeof(substrates) / sizeof(*substrates) && !ret; i++) {
		struct spots spots;

		ret = find(side, substrates[i], &spots);
		if (!ret && spots.nr > best->nr) {
			clear(best);
			*best = spots;
		} else {
			clear(&spots);
		}
	}
	return ret;
}

static int by_place(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->instruction != y->instruction)
		return (x->instruction > y->instruction) - (x->instruction < y->instruction);
	if (x->bytes != y->bytes)
		return (x->bytes > y->bytes) - (x->bytes < y->bytes);
	return strcmp(x->state, y->state);
}

/* "BYTES LABEL" of each state, once. */
static void print_states(const struct spots *spots, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "states");
	for (size_t i = 0; i < spots->nr; i++) {
		const struct spot *spot = &spots->spot[i];
		char label[64];
		size_t k = 0;

		while (strcmp(spots->spot[k].state, spot->state) != 0)
			k++;
		if (k < i)
			continue;
		snprintf(label, sizeof(label), "%.40s %#llx", spot->state,
			 (unsigned long long)spot->xinuse);
		fpb_dat_number(dat, spot->bytes);
		fpb_dat_text(dat, label, STATE_COLUMNS);
		fpb_dat_end_row(dat);
	}
}

/* "INSTRUCTION PANEL BYTES VALUE LOW HIGH RUNS" */
static void print_spots(const struct spots *spots, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "points");
	for (size_t i = 0; i < spots->nr; i++) {
		const struct spot *spot = &spots->spot[i];

		fpb_dat_number(dat, (double)spot->instruction);
		fpb_dat_number(dat, instructions[spot->instruction].panel);
		fpb_dat_number(dat, spot->bytes);
		fpb_dat_number(dat, spot->point.value);
		fpb_dat_number(dat, spot->point.low);
		fpb_dat_number(dat, spot->point.high);
		fpb_dat_number(dat, (double)spot->nr_runs);
		fpb_dat_end_row(dat);
	}
}

static void print(const struct fpb_plot_set *set, const struct spots *spots, struct fpb_dat *dat)
{
	const size_t last = set->nr - 1;

	print_states(spots, dat);
	print_spots(spots, dat);
	fpb_dat_texts(dat);
	fpb_dat_key(dat, "unit", spots->unit);
	fpb_dat_caption(dat,
			"%s. Measured on %s; buffers and registers change between "
			"operations (reuse=switch), the cache is warm.",
			fpb_plot_words_of_interval(spots->fewest_runs, true), spots->substrate);
	fpb_dat_caption(dat,
			"Bytes: header 64, x87 160, SSE 256, others by CPUID leaf 0xD. Numbers "
			"above: XINUSE.");
	fpb_plot_caption_sources(set, dat, &last, 1);
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct spots spots = { 0 };
	int ret;

	if (!set->nr)
		return fpb_problem_set(problem, ENODATA, "", "it is made from a report");
	if (fpb_side_is_deterministic(&set->side[set->nr - 1]))
		return fpb_problem_set(problem, ENODATA, "",
				       "%.200s counts instructions, and that is one whatever the "
				       "bytes",
				       set->path[set->nr - 1]);
	ret = find_best(&set->side[set->nr - 1], &spots);
	if (!ret && !spots.nr)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "%.200s has no row xsave/INSTRUCTION/..reuse=switch with the "
				      "XSTATE_BV it saw, or not the sizes of CPUID leaf 0xD",
				      set->path[set->nr - 1]);
	if (!ret && spots.nr) {
		qsort(spots.spot, spots.nr, sizeof(*spots.spot), by_place);
		print(set, &spots, dat);
	}
	clear(&spots);
	return ret;
}

const struct fpb_plot fpb_plot_xsave_bytes = {
	.name = "xsave_bytes",
	.title = "cost of the XSAVE family against bytes of state in use",
	.write = write_data,
};
