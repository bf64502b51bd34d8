/* SPDX-License-Identifier: MIT */
/*
 * environment_priv.h - the record under construction, shared by the files of environment.h.
 *
 * Nothing here fails: what goes wrong with a source becomes a null with a reason, and running out
 * of memory is remembered and reported once, at the end.
 */
#ifndef HOST_MACHINE_ENVIRONMENT_PRIV_H
#define HOST_MACHINE_ENVIRONMENT_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/machine/environment.h"
#include "host/machine/sysfile.h"

struct environment {
	json_t *object;
	json_t *unavailable;
	const struct environment_options *options;
	const struct cpu_source *cpu;
	const struct kvm_source *kvm;
	bool is_out_of_memory;
};

/* Steals value; NULL counts as out of memory. */
void environment_set(struct environment *env, const char *key, json_t *value);
void environment_set_text(struct environment *env, const char *key, const char *text);
void environment_set_integer(struct environment *env, const char *key, uint64_t value);
void environment_set_bool(struct environment *env, const char *key, bool value);

/* The key stays null, with a reason. */
void environment_set_null(struct environment *env, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The text of a small file, without white space at its end. */
void environment_set_file(struct environment *env, const char *key, const char *path);

/*
 * A JSON string of any bytes: those that are no UTF-8 (a command line may hold them) become '?'.
 * NULL when memory runs out.
 */
json_t *environment_string(const char *text);

/*
 * The object {file name: text} of a directory's files; null for one that cannot be read or is too
 * long. NULL with why if the directory cannot be read, NULL with an empty why when memory runs out.
 */
json_t *environment_directory(const struct environment *env, const char *path,
			      struct sysfile_why *why);

void environment_capture_cpu(struct environment *env);
void environment_capture_kernel(struct environment *env);
void environment_capture_kvm(struct environment *env);
void environment_capture_noise(struct environment *env);

#endif
