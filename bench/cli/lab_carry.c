// SPDX-License-Identifier: MIT
/* lab_carry.c - xstate saved under the first kernel is offered to the others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/lab.h"
#include "guest/linux/layout.h"
#include "host/vmm/carried.h"

#define CARRIED_NAME	  "restore/trim/image=carried"
#define CARRIED_SUBSTRATE "host"

/* Arguments of the program inside, each ended by a NUL. */
static const char save_arguments[] = "--save-state\0" LAYOUT_STATE;

/* As the row numbers them (bench/cases/restore_trim.c). */
enum { REJECTED = 1, TRIMMED, KEPT };

int lab_carry_filter(const struct lab_options *options, char **out, struct fpb_err *err)
{
	int ret = 0;

	*out = NULL;
	if (options->filter && options->carries_state)
		ret = asprintf(out, "(%s)|^" CARRIED_NAME "@" CARRIED_SUBSTRATE "$",
			       options->filter) < 0;
	else if (options->filter)
		ret = !(*out = strdup(options->filter));
	return ret ? FPB_FAIL(err, -ENOMEM, "filter") : 0;
}

static void swap(struct fpb_turn *a, struct fpb_turn *b)
{
	const struct fpb_turn other = *a;

	*a = *b;
	*b = other;
}

void lab_carry_order(unsigned int nr_builds, unsigned int nr_boots, struct fpb_turn *turns)
{
	unsigned int first = 0;

	while (turns[first].variant != 0)
		first++;
	swap(&turns[0], &turns[first]);
	/* The second round is the mirror image of the first. */
	if (nr_boots > 1)
		swap(&turns[2 * nr_builds - 1], &turns[2 * nr_builds - 1 - first]);
}

static int add_files(struct lab_build *build, const struct carried *carried, struct fpb_err *err)
{
	const struct lab_image_file files[] = {
		{ LAYOUT_SAVE, save_arguments, sizeof(save_arguments) },
		{ LAYOUT_CARRIED, carried, sizeof(*carried) },
	};
	char *cache = lab_cache_dir(err);
	int ret;

	if (!cache)
		return err->code;
	ret = lab_image_add(&build->image, files, carried ? 2 : 1, cache, err);
	free(cache);
	return ret;
}

int lab_carry_prepare(struct lab *lab, struct fpb_err *err)
{
	return add_files(&lab->build[0], NULL, err);
}

static int take(struct lab *lab, const struct lab_boot *boot, struct fpb_err *err)
{
	struct fpb_err why = { 0 };

	if (!boot->saved)
		fprintf(stderr,
			"fpstate-bench: %s saved no state to carry; its boot-1.log says why\n",
			lab->build[0].release);
	else if (carried_check(boot->saved, boot->saved_bytes, &why))
		fprintf(stderr, "fpstate-bench: what %s saved is not carried: %s\n",
			lab->build[0].release, why.text);
	else if (!(lab->carried = malloc(sizeof(*lab->carried))))
		return FPB_FAIL(err, -ENOMEM, "carried state");
	else
		memcpy(lab->carried, boot->saved, sizeof(*lab->carried));
	return 0;
}

int lab_carry_hand_on(struct lab *lab, const struct lab_boot *boot, struct fpb_err *err)
{
	int ret = take(lab, boot, err);

	/* All save, so that the same has run before the rows of each. */
	for (unsigned int i = 1; !ret && i < lab->nr_builds; i++)
		ret = add_files(&lab->build[i], lab->carried, err);
	return ret;
}

static const struct fpb_observation *find(const struct fpb_report *report)
{
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *obs = &report->observations[i];

		if (!strcmp(obs->name, CARRIED_NAME) && !strcmp(obs->substrate, CARRIED_SUBSTRATE))
			return obs;
	}
	return NULL;
}

static json_int_t evidence_of(const struct fpb_observation *obs, const char *key)
{
	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (!strcmp(obs->evidence[i].key, key))
			return obs->evidence[i].value;
	}
	return 0;
}

static void print_outcome(const struct fpb_observation *obs, FILE *out)
{
	const int code = (int)evidence_of(obs, "answer");
	const unsigned long long offered = (unsigned long long)evidence_of(obs, "rfbm");
	const unsigned long long cleared = (unsigned long long)evidence_of(obs, "cleared");

	switch (evidence_of(obs, "behaviour")) {
	case REJECTED:
		fprintf(out, "rejected by KVM_SET_XSAVE: %s (errno %d)\n", strerror(code), code);
		break;
	case TRIMMED:
		fprintf(out, "accepted, trimmed of %#llx\n", cleared);
		break;
	case KEPT:
		fprintf(out, "accepted and kept, %#llx\n", offered);
		break;
	default:
		fputs("no outcome\n", out);
	}
}

void lab_carry_print(const struct lab *lab, const char *const *labels, FILE *out)
{
	const struct carried *c = lab->carried;

	if (!c) {
		fprintf(out, "carried state: none was saved under 1  %s\n", labels[0]);
		return;
	}
	fprintf(out,
		"carried state, saved under 1  %s: XSTATE_BV %#llx of %#llx loaded; XCR0 of the "
		"guest %#llx\n",
		labels[0], (unsigned long long)c->saved, (unsigned long long)c->loaded,
		(unsigned long long)c->guest);
	for (unsigned int i = 1; i < lab->nr_builds; i++) {
		const struct fpb_observation *obs = find(&lab->build[i].report);

		fprintf(out, "%u  %s: ", i + 1, labels[i]);
		if (obs)
			print_outcome(obs, out);
		else
			fputs("not offered, see its report\n", out);
	}
}
