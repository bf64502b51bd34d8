/* SPDX-License-Identifier: MIT */
/* boot_priv.h - the inside of struct lab_boot, for boot*.c alone. */
#ifndef HOST_LAB_BOOT_PRIV_H
#define HOST_LAB_BOOT_PRIV_H

#include <stdbool.h>

#include "host/lab/boot.h"
#include "host/lab/boot_process.h"

struct lab_boot_private {
	struct lab_process process;
	struct lab_channel channel;
	struct lab_limits limits;
	char *emulator; /* for messages */
	char *work_dir;
	char *console_path;
	char *channel_path;
	char *debug_path;   /* NULL: nobody debugs it */
	char *emulator_log; /* what the emulator itself prints */
	int channel_fd;
	int terminal; /* our end of the one the emulator draws on; -1: it has none */
	int off_status;
	int64_t started_ms;
	int64_t last_sign_ms; /* of life */
	int64_t console_bytes;
	int64_t drawn_bytes; /* taken from the terminal and kept */
	bool has_hello, has_end;
	char *complaint; /* the first FRAME_FAILURE */
};

/* How a boot came to its end, for the text about it. */
struct lab_boot_end {
	enum {
		LAB_END_EXIT,	 /* of the emulator, with `status` */
		LAB_END_CHANNEL, /* `what`: nothing that init would send */
		LAB_END_SILENT,	 /* limits.silence_s */
		LAB_END_LATE,	 /* limits.total_s */
		LAB_END_FLOOD,	 /* more on the console than any boot prints */
	} kind;
	int status; /* as of wait(2) */
	const char *what;
};

/* lab_boot.failure; NULL: no memory. */
char *lab_boot_explain(const struct lab_boot *boot, const struct lab_boot_end *end);

/* Is there less room than that where this file lies? */
bool lab_disk_has_less(const char *path, uint64_t bytes);

#define LAB_CONSOLE_MAX_BYTES (32 << 20)

#endif
