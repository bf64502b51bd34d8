// SPDX-License-Identifier: MIT
/*
 * plot_xfd_parts.c - what IA32_XFD passed through adds to an exit, and where the time of its #NM goes.
 *
 * Both take a processor with XFD. Where a report has neither, the reason is its own: what it says of
 * the rows that were skipped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/report/grow.h"

#define EXITS  "exit/"
#define PRIMED "/xfd=primed@"
#define NM     "nm/xfd"
#define RING0  "guest/ring0"

#define LABEL_COLUMNS 24

/* Points of one panel: places from the top, by label; which build's; value, low, high. */
struct panel {
	char **label;
	size_t nr_labels;
	struct point {
		size_t place, build;
		struct fpb_plot_point at;
	} * point;
	size_t nr_points;
	size_t fewest_runs; /* of its rows; of derived figures not known, and 0 */
};

struct panels {
	struct panel tax, nm;
	const char *unit; /* of all points; NULL: none so far */
};

static void clear_panel(struct panel *panel)
{
	for (size_t i = 0; i < panel->nr_labels; i++)
		free(panel->label[i]);
	free(panel->label);
	free(panel->point);
}

/* Of the label, which is made if need be. */
static int find_place(struct panel *panel, const char *label, size_t bytes, size_t *place)
{
	char **grown;

	for (*place = 0; *place < panel->nr_labels; (*place)++) {
		const char *known = panel->label[*place];

		if (strlen(known) == bytes && !memcmp(known, label, bytes))
			return 0;
	}
	grown = fpb_grow(panel->label, panel->nr_labels, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	panel->label = grown;
	grown[panel->nr_labels] = strndup(label, bytes);
	if (!grown[panel->nr_labels])
		return -ENOMEM;
	panel->nr_labels++;
	return 0;
}

static int add_point(struct panel *panel, const char *label, size_t bytes, size_t build,
		     const struct fpb_plot_point *at)
{
	struct point *grown;
	size_t place;

	if (find_place(panel, label, bytes, &place))
		return -ENOMEM;
	grown = fpb_grow(panel->point, panel->nr_points, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	panel->point = grown;
	grown[panel->nr_points++] = (struct point){ .place = place, .build = build, .at = *at };
	return 0;
}

/* One axis, one unit: that of the first point. */
static bool is_unit(struct panels *panels, const char *unit)
{
	panels->unit = panels->unit ? panels->unit : unit;
	return !strcmp(panels->unit, unit);
}

/*
 * "exit/KIND/xfd=primed@..." less "exit/KIND@...": bytes of exit/KIND; 0: another figure.
 */
static size_t taxed_bytes(const struct fpb_derived *derived)
{
	const char *end;
	size_t bytes;

	if (derived->nr_from != 2 || strncmp(derived->from[0], EXITS, strlen(EXITS)) != 0 ||
	    !strcmp(derived->unit, "ratio"))
		return 0;
	end = strstr(derived->from[0], PRIMED);
	if (!end)
		return 0;
	bytes = (size_t)(end - derived->from[0]);
	if (strncmp(derived->from[1], derived->from[0], bytes) != 0 ||
	    derived->from[1][bytes] != '@')
		return 0;
	return bytes;
}

static int find_tax(const struct fpb_report *report, size_t build, struct panels *panels)
{
	for (size_t i = 0; i < report->nr_derived; i++) {
		const struct fpb_derived *derived = &report->derived[i];
		const struct fpb_plot_point at = { derived->value, derived->low, derived->high };
		const size_t bytes = taxed_bytes(derived);

		if (bytes && is_unit(panels, derived->unit) &&
		    add_point(&panels->tax, derived->from[0], bytes, build, &at))
			return -ENOMEM;
	}
	return 0;
}

/* The whole, then its parts in the order in which they come about. */
static int find_nm(const struct fpb_side *side, size_t build, struct panels *panels)
{
	static const char *const parts[] = { "",
					     "/part=entry",
					     "/part=rdmsr_err",
					     "/part=wrmsr_err",
					     "/part=wrmsr_xfd",
					     "/part=return" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const char *label = parts[i][0] ? parts[i] + strlen("/part=") : "total";
		struct panel *nm = &panels->nm;
		const struct fpb_value_row *row;
		struct fpb_plot_point at;
		char name[32];

		snprintf(name, sizeof(name), NM "%s", parts[i]);
		row = fpb_plot_row(side, name, RING0, panels->unit);
		if (!row)
			continue;
		panels->unit = row->unit;
		nm->fewest_runs = nm->nr_points && nm->fewest_runs < row->nr ? nm->fewest_runs
									     : row->nr;
		if (fpb_plot_summarise(row, &at) || add_point(nm, label, strlen(label), build, &at))
			return -ENOMEM;
	}
	return 0;
}

static void print_panel(const struct panel *panel, const char *labels, const char *points,
			struct fpb_dat *dat)
{
	if (!panel->nr_points)
		return;
	fpb_dat_block(dat, labels);
	for (size_t i = 0; i < panel->nr_labels; i++) {
		fpb_dat_number(dat, (double)i);
		fpb_dat_text(dat, panel->label[i], LABEL_COLUMNS);
		fpb_dat_end_row(dat);
	}
	fpb_dat_block(dat, points);
	for (size_t i = 0; i < panel->nr_points; i++) {
		const struct point *point = &panel->point[i];

		fpb_dat_number(dat, (double)point->place);
		fpb_dat_number(dat, (double)point->build);
		fpb_dat_number(dat, point->at.value);
		fpb_dat_number(dat, point->at.low);
		fpb_dat_number(dat, point->at.high);
		fpb_dat_end_row(dat);
	}
}

static void print(const struct fpb_plot_set *set, const struct panels *panels, const size_t *which,
		  size_t nr, struct fpb_dat *dat)
{
	/* "TAXES PARTS BUILDS": how many of each; 0: there is no such panel, and no block. */
	fpb_dat_block(dat, "layout");
	fpb_dat_number(dat, (double)panels->tax.nr_labels);
	fpb_dat_number(dat, (double)panels->nm.nr_labels);
	fpb_dat_number(dat, (double)nr);
	fpb_dat_end_row(dat);
	/* "PLACE LABEL", "PLACE BUILD VALUE LOW HIGH" */
	print_panel(&panels->tax, "exits", "tax", dat);
	print_panel(&panels->nm, "parts", "nm", dat);
	fpb_dat_texts(dat);
	fpb_dat_key(dat, "unit", panels->unit);
	fpb_plot_labels(set, dat, which, nr);
	if (panels->tax.nr_points)
		fpb_dat_caption(dat, "Above: IA32_XFD passed through less intercepted, run by run; "
				     "median, lowest and highest run.");
	if (panels->nm.nr_points)
		fpb_dat_caption(dat,
				"%s: #NM of a guest's first tile instruction, and its parts. %s.",
				panels->tax.nr_points ? "Below" : "Shown",
				fpb_plot_words_of_interval(panels->nm.fewest_runs, true));
	fpb_plot_caption_sources(set, dat, which, nr);
}

/* What the first report that says anything about these rows says. */
static int explain_absence(const struct fpb_plot_set *set, struct fpb_problem *problem)
{
	for (size_t i = 0; i < set->nr; i++) {
		const struct fpb_report *report = &set->side[i].report;

		for (size_t k = 0; k < report->nr_skips; k++) {
			const struct fpb_skip *skip = &report->skips[k];
			const bool is_exit = !strncmp(skip->name, EXITS, strlen(EXITS)) &&
					     strstr(skip->name, "/xfd=primed");

			if (is_exit || !strcmp(skip->name, NM))
				return fpb_problem_set(problem, ENODATA, "",
						       "%.100s@%.20s was skipped: %.200s (%.20s)",
						       skip->name, skip->substrate, skip->text,
						       skip->reason);
		}
	}
	return fpb_problem_set(problem, ENODATA, "",
			       "no report has derived figures of exit/*/xfd=primed or rows " NM
			       ", which take a processor with XFD");
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct panels panels = { 0 };
	size_t which[FPB_PLOT_MAX_BUILDS];
	const size_t nr = fpb_plot_choose(set, FPB_PLOT_MAX_BUILDS, which);
	int ret = fpb_plot_check_comparable(set, problem);

	for (size_t i = 0; i < nr && !ret; i++)
		ret = find_tax(&set->side[which[i]].report, i, &panels);
	for (size_t i = 0; i < nr && !ret; i++)
		ret = find_nm(&set->side[which[i]], i, &panels);
	if (!ret && !panels.tax.nr_points && !panels.nm.nr_points)
		ret = explain_absence(set, problem);
	if (!ret)
		print(set, &panels, which, nr, dat);
	clear_panel(&panels.tax);
	clear_panel(&panels.nm);
	return ret;
}

const struct fpb_plot fpb_plot_xfd_parts = {
	.name = "xfd_parts",
	.title = "the RDMSR that IA32_XFD passed through adds to exits, and the parts of its #NM",
	.write = write_data,
};
