// SPDX-License-Identifier: MIT
#include "guest/linux/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define KALLSYMS      "/proc/kallsyms"
#define KPTR_RESTRICT "/proc/sys/kernel/kptr_restrict"

/* Some builds begin with 2, which hides the addresses from everybody. */
static void show_addresses(void)
{
	int fd = open(KPTR_RESTRICT, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

/* "ffffffff81000000 T _text" */
static int is_code(const char *line)
{
	const char *type = strchr(line, ' ');

	return type && type[1] && strchr("tTwW", type[1]);
}

static int read_code(char **text, size_t *bytes)
{
	FILE *in = fopen(KALLSYMS, "re"), *out;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	if (!in)
		return -errno;
	out = open_memstream(text, bytes);
	if (!out) {
		fclose(in);
		return -ENOMEM;
	}
	while (!ret && getline(&line, &size, in) > 0)
		if (is_code(line) && fputs(line, out) == EOF)
			ret = -ENOMEM;
	if (!ret && !feof(in))
		ret = -EIO;
	/* Also where a flush in between has failed, of which fclose() says nothing. */
	if (!ret && ferror(out))
		ret = -ENOMEM;
	if (fclose(out) && !ret)
		ret = -ENOMEM;
	free(line);
	fclose(in);
	return ret;
}

static int send_packed(struct frame_sink *sink, const char *text, size_t bytes)
{
	uLongf length = compressBound(bytes);
	Bytef *packed = malloc(length);
	int ret;

	if (!packed)
		return -ENOMEM;
	/* Slow enough in an emulator. */
	ret = compress2(packed, &length, (const Bytef *)text, bytes, Z_BEST_SPEED) == Z_OK
		      ? frame_write(sink, FRAME_SYMBOLS, packed, length)
		      : -ENOMEM;
	free(packed);
	return ret;
}

int symbols_send(struct frame_sink *sink)
{
	char *text = NULL;
	size_t bytes = 0;
	int ret;

	show_addresses();
	ret = read_code(&text, &bytes);
	if (!ret)
		ret = send_packed(sink, text, bytes);
	free(text);
	if (!ret)
		return 0;
	frame_print(sink, FRAME_FAILURE, "%s: %s%s", KALLSYMS, strerror(-ret),
		    ret == -ENOENT ? "; the kernel needs CONFIG_KALLSYMS to name its functions"
				   : "");
	return -1;
}
