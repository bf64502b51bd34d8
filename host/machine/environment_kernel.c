// SPDX-License-Identifier: MIT
#include "host/machine/environment_priv.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host/machine/kernel_notes.h"

static void capture_build_id(struct environment *env)
{
	static const char path[] = "/sys/kernel/notes";
	char hex[2 * KERNEL_BUILD_ID_MAX_BYTES + 1];
	struct sysfile_why why;
	size_t bytes;
	char *notes;
	int code;

	if (sysfile_read(env->options->sysroot, path, &notes, &bytes, &why)) {
		environment_set_null(env, "kernel_build_id", "%s", why.text);
		return;
	}
	code = kernel_notes_build_id(notes, bytes, hex);
	free(notes);
	if (!code)
		environment_set_text(env, "kernel_build_id", hex);
	else if (code == -ENODATA)
		environment_set_null(env, "kernel_build_id", "%s: no GNU build-id among the notes",
				     path);
	else
		environment_set_null(env, "kernel_build_id", "%s: malformed ELF notes in %zu bytes",
				     path, bytes);
}

/* Hashes the text of a file, compressed or not: gzread() passes plain text through. */
static int hash_text(const char *full, char hex[SHA256_DIGEST_STRING_LENGTH])
{
	unsigned char chunk[16384];
	SHA2_CTX hash;
	gzFile file;
	int got, code;

	errno = 0;
	file = gzopen(full, "rbe");
	if (!file)
		return errno ? -errno : -ENOMEM;
	SHA256Init(&hash);
	while ((got = gzread(file, chunk, sizeof(chunk))) > 0)
		SHA256Update(&hash, chunk, (size_t)got);
	code = got < 0 ? -EBADMSG : 0;
	/* A file cut short reads well up to its end; closing it tells. */
	if (gzclose(file) != Z_OK)
		code = -EBADMSG;
	SHA256End(&hash, hex);
	return code;
}

static int hash_config(struct environment *env, const char *path, struct sysfile_why *why)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char *full = sysfile_path(env->options->sysroot, path);
	int code;

	if (!full)
		return sysfile_fail(why, -ENOMEM, path);
	code = hash_text(full, hex);
	free(full);
	if (code)
		return sysfile_fail(why, code, path);
	environment_set_text(env, "kernel_config_sha256", hex);
	return 0;
}

static void capture_config(struct environment *env)
{
	const char *release = json_string_value(json_object_get(env->object, "kernel_release"));
	struct sysfile_why embedded, installed;
	char path[320];

	if (!hash_config(env, "/proc/config.gz", &embedded))
		return;
	if (!release) {
		environment_set_null(env, "kernel_config_sha256", "%s", embedded.text);
		return;
	}
	snprintf(path, sizeof(path), "/boot/config-%.256s", release);
	if (hash_config(env, path, &installed))
		environment_set_null(env, "kernel_config_sha256", "%s; %s", embedded.text,
				     installed.text);
}

static void capture_mitigations(struct environment *env)
{
	struct sysfile_why why;
	json_t *object;

	object = environment_directory(env, "/sys/devices/system/cpu/vulnerabilities", &why);
	if (object || !why.text[0])
		environment_set(env, "mitigations", object);
	else
		environment_set_null(env, "mitigations", "%s", why.text);
}

/* "MemTotal:       16303428 kB", kB being KiB. */
static void capture_memory(struct environment *env)
{
	static const char path[] = "/proc/meminfo";
	static const char label[] = "MemTotal:";
	struct sysfile_why why;
	unsigned long long kib;
	char *text, *line;
	char *end = NULL;

	if (sysfile_read(env->options->sysroot, path, &text, NULL, &why)) {
		environment_set_null(env, "mem_total_bytes", "%s", why.text);
		return;
	}
	line = strstr(text, label);
	kib = line ? strtoull(line + strlen(label), &end, 10) : 0;
	if (kib && end && !strncmp(end, " kB", 3) && kib <= INT64_MAX / 1024)
		environment_set_integer(env, "mem_total_bytes", kib * 1024);
	else
		environment_set_null(env, "mem_total_bytes", "%s has no line \"%s N kB\"", path,
				     label);
	free(text);
}

void environment_capture_kernel(struct environment *env)
{
	/* Not uname(2): the personality may disguise it, and these lie beneath the sysroot. */
	environment_set_file(env, "kernel_release", "/proc/sys/kernel/osrelease");
	environment_set_file(env, "kernel_version", "/proc/sys/kernel/version");
	environment_set_file(env, "kernel_cmdline", "/proc/cmdline");
	environment_set_file(env, "clocksource",
			     "/sys/devices/system/clocksource/clocksource0/current_clocksource");
	capture_build_id(env);
	capture_config(env);
	capture_mitigations(env);
	capture_memory(env);
}
