// SPDX-License-Identifier: MIT
/*
 * figures.c - each figure is drawn in a folder of its own inside the target, and moved when it is
 * whole.
 */
#include "bench/cli/figures.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cli/gnuplot.h"
#include "bench/cli/output_path.h"
#include "bench/figures/scripts.h"
#include "bench/report/file_replace.h"

#define NAME_BYTES 80
/* The last bytes of a file, in which its format has its end. */
#define END_BYTES 16

static const struct {
	const char *name, *end;
} formats[] = {
	[FIGURES_SVG] = { "svg", "</svg>" },
	[FIGURES_PDF] = { "pdf", "%%EOF" },
	[FIGURES_PNG] = { "png", "IEND" },
};

/* A figure in the making: NAME.dat, NAME.gp and NAME.FORMAT in `work`, a folder in `target`. */
struct drawing {
	const struct fpb_plot_set *set;
	const struct fpb_plot *plot;
	enum figures_format format;
	const char *dir; /* for messages */
	int target, work;
};

const char *figures_format_name(enum figures_format format)
{
	return formats[format].name;
}

size_t figures_count(void)
{
	size_t nr = 0;

	while (fpb_plots[nr])
		nr++;
	return nr;
}

static void name_file(const struct drawing *d, const char *ending, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%s.%s", d->plot->name, ending);
}

static int cannot_write(const struct drawing *d, const char *ending, int error, struct fpb_err *err)
{
	const bool is_full = error == ENOSPC || error == EDQUOT;

	return FPB_FAIL(err, -error, "cannot write %.300s/%s.%s%s", d->dir, d->plot->name, ending,
			is_full ? "; free space there (df -h) or name another place with --out"
				: "");
}

static int write_file(const struct drawing *d, const char *ending, const char *text, size_t bytes,
		      struct fpb_err *err)
{
	char name[NAME_BYTES];
	int fd, ret;

	name_file(d, ending, name);
	fd = openat(d->work, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return cannot_write(d, ending, errno, err);
	ret = fpb_write_all(fd, text, bytes);
	if (!ret && fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	return ret ? cannot_write(d, ending, -ret, err) : 0;
}

static int make_data(const struct drawing *d, char **text, size_t *bytes,
		     struct fpb_problem *problem)
{
	FILE *out = open_memstream(text, bytes);
	struct fpb_dat dat = { .out = out };
	int ret;

	if (!out)
		return -ENOMEM;
	ret = d->plot->write(d->set, &dat, problem);
	ret = ret ? ret : dat.ret;
	if ((ferror(out) || fflush(out)) && !ret)
		ret = -ENOMEM;
	return fclose(out) && !ret ? -ENOMEM : ret;
}

/* 1: written; 0: there is nothing to draw, as result->why says; else -errno. */
static int write_data(const struct drawing *d, struct figure_result *result, struct fpb_err *err)
{
	struct fpb_problem problem = { 0 };
	char *text = NULL;
	size_t bytes = 0;
	int ret = make_data(d, &text, &bytes, &problem);

	if (ret == -ENODATA || ret == -EXDEV) {
		result->state = ret == -EXDEV ? FIGURE_INCOMPARABLE : FIGURE_NO_DATA;
		snprintf(result->why, sizeof(result->why), "%s", problem.text);
		ret = 0;
	} else if (ret) {
		ret = FPB_FAIL(err, ret, "data of %s%s%s", d->plot->name,
			       problem.text[0] ? ": " : "", problem.text);
	} else {
		ret = write_file(d, "dat", text, bytes, err);
		ret = ret ? ret : 1;
	}
	free(text);
	return ret;
}

/* One file that needs no other but its data: the common part first. */
static int write_script(const struct drawing *d, struct fpb_err *err)
{
	char *text = NULL;
	const int bytes = asprintf(&text,
				   "# To draw it again, changed perhaps: gnuplot %s.gp\n"
				   "figure = '%s'\nformat = '%s'\n\n%s\n%s",
				   d->plot->name, d->plot->name, formats[d->format].name,
				   fpb_plot_script("style"), fpb_plot_script(d->plot->name));
	int ret;

	if (bytes < 0)
		return FPB_FAIL(err, -ENOMEM, "script of %s", d->plot->name);
	ret = write_file(d, "gp", text, (size_t)bytes, err);
	free(text);
	return ret;
}

/* gnuplot ends well whatever became of its writes. */
static int check_picture(const struct drawing *d, struct fpb_err *err)
{
	const char *format = formats[d->format].name;
	char name[NAME_BYTES], end[END_BYTES] = "";
	const size_t length = strlen(formats[d->format].end);
	ssize_t got = 0;
	int fd;

	name_file(d, format, name);
	fd = openat(d->work, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && lseek(fd, -END_BYTES, SEEK_END) >= 0)
		got = read(fd, end, END_BYTES);
	if (fd >= 0)
		close(fd);
	if (got == END_BYTES && memmem(end, END_BYTES, formats[d->format].end, length))
		return 0;
	return FPB_FAIL(err, -ECHILD,
			"%.300s/%s: gnuplot left no whole file; is there space (df -h), and is it "
			"a gnuplot of Debian 12 or later?",
			d->dir, name);
}

static int move(const struct drawing *d, const char *ending, struct fpb_err *err)
{
	char name[NAME_BYTES];

	name_file(d, ending, name);
	return renameat(d->work, name, d->target, name) ? cannot_write(d, ending, errno, err) : 0;
}

static int draw_in_work(const struct drawing *d, struct figure_result *result, struct fpb_err *err)
{
	char script[NAME_BYTES];
	int ret = write_data(d, result, err);

	if (ret <= 0)
		return ret;
	name_file(d, "gp", script);
	ret = write_script(d, err);
	ret = ret ? ret : gnuplot_run(d->work, script, err);
	ret = ret ? ret : check_picture(d, err);
	ret = ret ? ret : move(d, "dat", err);
	ret = ret ? ret : move(d, "gp", err);
	ret = ret ? ret : move(d, formats[d->format].name, err);
	if (!ret)
		result->state = FIGURE_DRAWN;
	return ret;
}

static void remove_work(const struct drawing *d, const char *work)
{
	static const char *const endings[] = { "dat", "gp", "svg", "pdf", "png" };
	char name[NAME_BYTES];

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		name_file(d, endings[i], name);
		unlinkat(d->work, name, 0);
	}
	rmdir(work);
}

static int draw(struct drawing *d, struct figure_result *result, struct fpb_err *err)
{
	char *work = NULL;
	int ret;

	if (asprintf(&work, "%s/.%s-XXXXXX", d->dir, d->plot->name) < 0)
		return FPB_FAIL(err, -ENOMEM, "%s", d->dir);
	if (!mkdtemp(work)) {
		ret = FPB_FAIL(err, -errno,
			       "cannot write into %.300s; name another place with --out", d->dir);
		goto out_free;
	}
	d->work = open(work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = d->work < 0 ? FPB_FAIL(err, -errno, "%s", work) : draw_in_work(d, result, err);
	remove_work(d, work);
	if (d->work >= 0)
		close(d->work);
out_free:
	free(work);
	return ret;
}

/* Open on the folder, or -errno. */
static int make_target(const char *dir, struct fpb_err *err)
{
	int fd, ret = output_path_make_folders(dir, err);

	if (ret)
		return ret;
	if (mkdir(dir, 0755) && errno != EEXIST)
		return FPB_FAIL(err, -errno, "--out %s", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? FPB_FAIL(err, -errno, "--out %s", dir) : fd;
}

static bool is_among(const struct fpb_plot *const *plots, const struct fpb_plot *plot)
{
	while (*plots && *plots != plot)
		plots++;
	return *plots;
}

int figures_draw(const struct fpb_plot_set *set, const struct fpb_plot *const *plots,
		 enum figures_format format, const char *dir, struct figure_result *result,
		 struct fpb_err *err)
{
	struct drawing d = { .set = set, .format = format, .dir = dir, .work = -1 };
	int ret = 0;

	for (size_t i = 0; fpb_plots[i]; i++)
		result[i] = (struct figure_result){ .plot = fpb_plots[i] };
	d.target = make_target(dir, err);
	if (d.target < 0)
		return d.target;
	for (size_t i = 0; fpb_plots[i] && !ret; i++) {
		if (!is_among(plots, fpb_plots[i]))
			continue;
		d.plot = fpb_plots[i];
		ret = draw(&d, &result[i], err);
	}
	close(d.target);
	return ret;
}

enum exit_code figures_report_err(const struct fpb_err *err)
{
	/* What a process did is no errno of ours. */
	if (err->code == -ECHILD || err->code == -EINTR) {
		report_usage(err);
		return EXIT_UNFIT;
	}
	return report_err(err, err->code == -ENOTDIR ? EXIT_USAGE : EXIT_UNFIT);
}
