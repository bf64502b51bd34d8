// SPDX-License-Identifier: MIT
#include "host/lab/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/lab/boot_priv.h"
#include "host/lab/console.h"
#include "host/lab/symbols.h"
#include "host/temporary.h"

#define READ_BYTES 65536

/* Of an emulator's screen, in its log. */
#define MAX_DRAWN_BYTES (1 << 20)

/* What the log of a boot takes at least; without it there is no use in booting. */
#define ROOM_BYTES 65536

static void append_to(const char *path, const char *data, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, data, bytes);
	close(fd);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static char *path_in(const char *dir, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* Made by us, so that a path nobody can write to is found before the machine starts. */
static int make_file(const char *path, struct fpb_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return FPB_FAIL(err, -errno, "%s", path);
	if (lab_disk_has_less(path, ROOM_BYTES)) {
		close(fd);
		return FPB_FAIL(err, -ENOSPC, "%s: no room for the log of a boot", path);
	}
	return fd;
}

static int make_files(struct lab_boot_private *p, const struct lab_boot_request *request,
		      struct fpb_err *err)
{
	int ret = temporary_folder_make("boot", &p->work_dir, err);

	if (ret)
		return ret;
	p->console_path = strdup(request->console);
	p->channel_path = path_in(p->work_dir, "channel");
	p->emulator_log = path_in(p->work_dir, "emulator.log");
	if (request->is_debugged)
		p->debug_path = path_in(p->work_dir, "debug");
	if (!p->console_path || !p->channel_path || !p->emulator_log ||
	    (request->is_debugged && !p->debug_path))
		return FPB_FAIL(err, -ENOMEM, "files for a boot");
	ret = make_file(p->console_path, err);
	if (ret < 0)
		return ret;
	close(ret);
	p->channel_fd = make_file(p->channel_path, err);
	return p->channel_fd < 0 ? p->channel_fd : 0;
}

static int start_on_terminal(const struct lab_command *command, struct lab_boot_private *p,
			     struct fpb_err *err)
{
	int theirs = -1, ret;

	p->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (p->terminal < 0 || grantpt(p->terminal) || unlockpt(p->terminal))
		return FPB_FAIL(err, -errno, "a pseudo-terminal for %s", command->argv[0]);
	theirs = ioctl(p->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (theirs < 0)
		return FPB_FAIL(err, -errno, "a pseudo-terminal for %s", command->argv[0]);
	ret = lab_process_start((const char *const *)command->argv, theirs, &p->process, err);
	close(theirs);
	return ret;
}

static int start_emulator(const struct lab_boot_request *request, struct lab_boot_private *p,
			  struct fpb_err *err)
{
	struct lab_machine machine = request->machine;
	struct lab_command command = { 0 };
	int ret, log;

	machine.work_dir = p->work_dir;
	machine.console = p->console_path;
	machine.channel = p->channel_path;
	machine.debug = p->debug_path;
	ret = request->engine->build(&machine, &command, err);
	if (ret)
		goto out_clear;
	p->emulator = strdup(command.argv[0]);
	if (!p->emulator) {
		ret = FPB_FAIL(err, -ENOMEM, "boot");
		goto out_clear;
	}
	log = make_file(p->emulator_log, err);
	if (log < 0) {
		ret = log;
		goto out_clear;
	}
	if (request->engine->draws)
		ret = start_on_terminal(&command, p, err);
	else
		ret = lab_process_start((const char *const *)command.argv, log, &p->process, err);
	close(log);
out_clear:
	lab_command_clear(&command);
	return ret;
}

int lab_boot_start(const struct lab_boot_request *request, struct lab_boot *boot,
		   struct fpb_err *err)
{
	struct lab_boot_private *p = calloc(1, sizeof(*p));
	int ret;

	*boot = (struct lab_boot){ .state = LAB_BOOT_RUNNING, .private = p };
	if (!p)
		return FPB_FAIL(err, -ENOMEM, "boot");
	p->channel_fd = -1;
	p->terminal = -1;
	p->off_status = request->engine->off_status;
	p->limits = request->limits;
	ret = make_files(p, request, err);
	if (!ret)
		ret = start_emulator(request, p, err);
	if (ret) {
		lab_boot_destroy(boot);
		return ret;
	}
	boot->pid = p->process.pid;
	boot->debug = p->debug_path;
	p->started_ms = now_ms();
	p->last_sign_ms = p->started_ms;
	return 0;
}

/* `value` from the start of the text, which ends there or with a space. */
static bool parse_decimal(const struct lab_frame *frame, unsigned long max, unsigned long *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < frame->bytes && frame->payload[i] != ' '; i++) {
		const unsigned int digit = frame->payload[i] - (unsigned int)'0';

		if (digit > 9)
			return false;
		*value = *value * 10 + digit;
		if (*value > max)
			return false;
	}
	return i > 0;
}

static int keep_text(char **kept, const struct lab_frame *frame, struct fpb_err *err)
{
	char *text = console_harmless(frame->payload, frame->bytes);

	if (!text)
		return FPB_FAIL(err, -ENOMEM, "text from the lab's machine");
	free(*kept);
	*kept = text;
	return 0;
}

static int take_hello(struct lab_boot *boot, const struct lab_frame *frame, struct fpb_err *err)
{
	unsigned long version;

	if (!parse_decimal(frame, UINT32_MAX, &version) || version != FRAME_VERSION)
		return FPB_FAIL(err, -EBADMSG,
				"init speaks another version of the frames than %u; make the "
				"image again",
				FRAME_VERSION);
	boot->private->has_hello = true;
	return 0;
}

static int keep_bytes(uint8_t **kept, size_t *bytes, const struct lab_frame *frame,
		      const char *what, struct fpb_err *err)
{
	if (*kept)
		return FPB_FAIL(err, -EBADMSG, "a second %s", what);
	*kept = malloc(frame->bytes + 1);
	if (!*kept)
		return FPB_FAIL(err, -ENOMEM, "%s of %zu bytes", what, frame->bytes);
	memcpy(*kept, frame->payload, frame->bytes);
	*bytes = frame->bytes;
	return 0;
}

static int take_state(struct lab_boot *boot, const struct lab_frame *frame, struct fpb_err *err)
{
	if (frame->bytes > FRAME_STATE_MAX_BYTES)
		return FPB_FAIL(err, -EBADMSG, "a state of %zu bytes, at most %u expected",
				frame->bytes, FRAME_STATE_MAX_BYTES);
	return keep_bytes(&boot->saved, &boot->saved_bytes, frame, "state", err);
}

static int take_symbols(struct lab_boot *boot, const struct lab_frame *frame, struct fpb_err *err)
{
	if (boot->symbols)
		return FPB_FAIL(err, -EBADMSG, "the kernel's symbols a second time");
	return lab_symbols_unpack(frame->payload, frame->bytes, &boot->symbols,
				  &boot->symbols_bytes, err);
}

static int take_end(struct lab_boot *boot, const struct lab_frame *frame, struct fpb_err *err)
{
	unsigned long status;

	if (!parse_decimal(frame, 255, &status))
		return FPB_FAIL(err, -EBADMSG, "the last frame holds no exit status");
	boot->exit_status = (int)status;
	boot->private->has_end = true;
	return 0;
}

/* -EBADMSG: not what init would send. */
static int take_frame(struct lab_boot *boot, const struct lab_frame *frame, struct fpb_err *err)
{
	struct lab_boot_private *p = boot->private;

	if (p->has_hello == (frame->type == FRAME_HELLO) || p->has_end)
		return FPB_FAIL(err, -EBADMSG, "a frame of type %d %s", frame->type,
				p->has_end     ? "after the last"
				: p->has_hello ? "in their midst"
					       : "instead of the first");
	switch (frame->type) {
	case FRAME_HELLO:
		return take_hello(boot, frame, err);
	case FRAME_PHASE:
		return keep_text(&boot->phase, frame, err);
	case FRAME_REPORT:
		return keep_bytes(&boot->report, &boot->report_bytes, frame, "report", err);
	case FRAME_STATE:
		return take_state(boot, frame, err);
	case FRAME_FAILURE:
		return p->complaint ? 0 : keep_text(&p->complaint, frame, err);
	case FRAME_SYMBOLS:
		return take_symbols(boot, frame, err);
	case FRAME_END:
		return take_end(boot, frame, err);
	}
	return FPB_FAIL(err, -EBADMSG, "a frame of type %d", frame->type);
}

static int take_frames(struct lab_boot *boot, struct fpb_err *err)
{
	struct lab_frame frame;
	int ret;

	while ((ret = lab_channel_take(&boot->private->channel, &frame, err)) > 0) {
		ret = take_frame(boot, &frame, err);
		if (ret)
			return ret;
	}
	return ret;
}

static int read_channel(struct lab_boot *boot, struct fpb_err *err)
{
	struct lab_boot_private *p = boot->private;
	uint8_t piece[READ_BYTES];
	int ret = 0;

	while (!ret) {
		ssize_t got = read(p->channel_fd, piece, sizeof(piece));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FPB_FAIL(err, -errno, "%s", p->channel_path);
		if (got == 0)
			break;
		p->last_sign_ms = now_ms();
		ret = lab_channel_feed(&p->channel, piece, (size_t)got, err);
		if (!ret)
			ret = take_frames(boot, err);
	}
	return ret;
}

/* What it draws nobody looks at, but it must be taken; what it says before may be a complaint. */
static void drain_terminal(struct lab_boot_private *p)
{
	char piece[4096];
	ssize_t got;

	if (p->terminal < 0)
		return;
	while ((got = read(p->terminal, piece, sizeof(piece))) > 0) {
		if (p->drawn_bytes >= MAX_DRAWN_BYTES)
			continue;
		p->drawn_bytes += got;
		append_to(p->emulator_log, piece, (size_t)got);
	}
}

static void watch_console(struct lab_boot_private *p)
{
	struct stat st;

	if (stat(p->console_path, &st) || st.st_size == p->console_bytes)
		return;
	p->console_bytes = st.st_size;
	p->last_sign_ms = now_ms();
}

static bool is_whole(const struct lab_boot *boot)
{
	const struct lab_boot_private *p = boot->private;

	return p->has_end && boot->report && !p->complaint && !lab_channel_missing(&p->channel);
}

static int end_failed(struct lab_boot *boot, const struct lab_boot_end *end, struct fpb_err *err)
{
	lab_process_end(&boot->private->process);
	boot->state = LAB_BOOT_FAILED;
	free(boot->report);
	boot->report = NULL;
	boot->report_bytes = 0;
	boot->failure = lab_boot_explain(boot, end);
	return boot->failure ? 0 : FPB_FAIL(err, -ENOMEM, "text about a boot that failed");
}

/* Fills *end when one of the limits is crossed. */
static bool is_over_limit(const struct lab_boot_private *p, struct lab_boot_end *end)
{
	const int64_t now = now_ms();

	if (p->console_bytes > LAB_CONSOLE_MAX_BYTES)
		end->kind = LAB_END_FLOOD;
	else if (now - p->started_ms >= p->limits.total_s * 1000ll)
		end->kind = LAB_END_LATE;
	else if (now - p->last_sign_ms >= p->limits.silence_s * 1000ll)
		end->kind = LAB_END_SILENT;
	else
		return false;
	return true;
}

int lab_boot_step(struct lab_boot *boot, struct fpb_err *err)
{
	struct lab_boot_private *p = boot->private;
	struct lab_boot_end end = { 0 };
	struct fpb_err why = { 0 };
	bool has_ended;
	int ret;

	if (boot->state != LAB_BOOT_RUNNING)
		return 0;
	/* In this order: what it wrote before it ended is in the file. */
	has_ended = lab_process_poll(&p->process, &end.status);
	drain_terminal(p);
	boot->wall_ms = (uint64_t)(now_ms() - p->started_ms);
	watch_console(p);
	ret = read_channel(boot, &why);
	if (ret && ret != -EBADMSG)
		return FPB_FAIL(err, ret, "%s", why.text);
	/* Before init is done the same status is a complaint. */
	if (has_ended && p->has_end && WIFEXITED(end.status) &&
	    WEXITSTATUS(end.status) == p->off_status)
		end.status = 0;
	/* A signal or a status explains broken frames better than they do themselves. */
	if (ret && !end.status) {
		end.kind = LAB_END_CHANNEL;
		end.what = why.text;
	}
	if (has_ended && !ret && !end.status && is_whole(boot)) {
		boot->state = LAB_BOOT_DONE;
		return 0;
	}
	if (ret || has_ended || is_over_limit(p, &end))
		return end_failed(boot, &end, err);
	return 0;
}

void lab_boot_destroy(struct lab_boot *boot)
{
	struct lab_boot_private *p = boot->private;

	if (p) {
		lab_process_end(&p->process);
		if (p->channel_fd >= 0)
			close(p->channel_fd);
		if (p->terminal >= 0)
			close(p->terminal);
		temporary_folder_remove(p->work_dir);
		lab_channel_clear(&p->channel);
		free(p->emulator);
		free(p->work_dir);
		free(p->console_path);
		free(p->channel_path);
		free(p->debug_path);
		free(p->emulator_log);
		free(p->complaint);
		free(p);
	}
	free(boot->phase);
	free(boot->report);
	free(boot->saved);
	free(boot->symbols);
	free(boot->failure);
	*boot = (struct lab_boot){ 0 };
}
