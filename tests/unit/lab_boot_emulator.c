// SPDX-License-Identifier: MIT
#include "tests/unit/lab_boot_emulator.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "guest/linux/frame.h"

static int console, channel;

/* What cannot be written is what a full disk leaves out. */
static void put(int fd, const void *data, size_t bytes)
{
	(void)!write(fd, data, bytes);
}

static void print(const char *text)
{
	put(console, text, strlen(text));
}

static void rest(long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void send_bytes(uint32_t type, const void *payload, size_t bytes)
{
	const struct frame_header header = {
		.magic = FRAME_MAGIC,
		.type = type,
		.bytes = (uint32_t)bytes,
		.crc32 = (uint32_t)crc32_z(0, payload, bytes),
	};

	put(channel, &header, sizeof(header));
	put(channel, payload, bytes);
}

static void send_text(uint32_t type, const char *text)
{
	send_bytes(type, text, strlen(text));
}

static void say_hello(void)
{
	print("[    0.000000] Linux version 6.1.0\r\n[    1.594391] Run /init as init process\r\n");
	send_text(FRAME_HELLO, "3 6.1.0");
	send_text(FRAME_PHASE, "run the program");
}

static int end_well(void)
{
	send_text(FRAME_END, "3");
	print("[    9.000000] reboot: Power down\r\n");
	return 0;
}

static _Noreturn void hang(void)
{
	for (;;)
		pause();
}

static int play_whole(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	return end_well();
}

static int play_pieces(void)
{
	const struct frame_header header = {
		.magic = FRAME_MAGIC,
		.type = FRAME_REPORT,
		.bytes = sizeof(EMULATOR_REPORT) - 1,
		.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)EMULATOR_REPORT,
					   sizeof(EMULATOR_REPORT) - 1),
	};

	say_hello();
	put(channel, &header, 9);
	rest(100);
	put(channel, (const uint8_t *)&header + 9, sizeof(header) - 9);
	put(channel, EMULATOR_REPORT, 4);
	rest(100);
	put(channel, &EMULATOR_REPORT[4], sizeof(EMULATOR_REPORT) - 5);
	return end_well();
}

static int play_refuse(void)
{
	fputs("qemu: warning: TCG doesn't support requested feature\n"
	      "qemu: could not load kernel 'x': Exec format error\n",
	      stderr);
	return 1;
}

static int play_kill(void)
{
	say_hello();
	fputs("qemu: terminating\n", stderr);
	return raise(SIGKILL);
}

static int play_panic(void)
{
	say_hello();
	print("[    2.000000] VFS: Cannot open root device\r\n"
	      "[    2.100000] Kernel panic - not syncing: VFS: Unable to mount root fs on "
	      "unknown-block(0,0)\r\n[    2.200000] CPU: 0 PID: 1\033[2J\r\n");
	return 0;
}

static int play_oops(void)
{
	say_hello();
	print("[    2.0] BUG: kernel NULL pointer dereference, address: 0000000000000008\r\n"
	      "[    2.1] Oops: 0000 [#1] PREEMPT SMP\r\n"
	      "[    2.2] Kernel panic - not syncing: Fatal exception\r\n");
	return 0;
}

static int play_refusal(void)
{
	say_hello();
	send_text(FRAME_FAILURE, "module kvm.ko does not load: Operation not supported; the kernel "
				 "says: kvm: RT requires X86_FEATURE_CONSTANT_TSC");
	send_text(FRAME_FAILURE, "a later one");
	send_text(FRAME_END, "255");
	print("reboot: Power down\r\n");
	return 0;
}

static int play_hang(void)
{
	say_hello();
	hang();
}

static _Noreturn int play_chatter(void)
{
	say_hello();
	for (;;) {
		print("still here\r\n");
		rest(50);
	}
}

static int play_flood(void)
{
	say_hello();
	(void)!ftruncate(console, 33 << 20);
	hang();
}

static int play_checksum(void)
{
	struct frame_header header = { FRAME_MAGIC, FRAME_REPORT, 4, 0xabad1dea };

	say_hello();
	put(channel, &header, sizeof(header));
	put(channel, "text", 4);
	hang();
}

static int play_torn(void)
{
	struct frame_header header = { FRAME_MAGIC, FRAME_REPORT, 1000, 0 };

	say_hello();
	put(channel, &header, sizeof(header));
	put(channel, "text", 4);
	return 0;
}

static int play_early_off(void)
{
	say_hello();
	print("reboot: Power down\r\n");
	return 0;
}

static int play_no_report(void)
{
	say_hello();
	return end_well();
}

static int play_no_end(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	return 0;
}

static int play_no_end_failure(void)
{
	play_no_end();
	return 1;
}

static int play_report_and_failure(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	send_text(FRAME_FAILURE, "a module does not load");
	return end_well();
}

static int play_panic_and_kill(void)
{
	play_panic();
	return raise(SIGKILL);
}

static int play_two_reports(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	return end_well();
}

static int play_state(void)
{
	say_hello();
	send_text(FRAME_STATE, EMULATOR_STATE);
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	return end_well();
}

static int play_two_states(void)
{
	say_hello();
	send_text(FRAME_STATE, EMULATOR_STATE);
	send_text(FRAME_STATE, EMULATOR_STATE);
	return end_well();
}

static int play_huge_state(void)
{
	static const uint8_t zeros[FRAME_STATE_MAX_BYTES + 1];

	say_hello();
	send_bytes(FRAME_STATE, zeros, sizeof(zeros));
	return end_well();
}

static int play_two_hellos(void)
{
	say_hello();
	say_hello();
	hang();
}

static int play_no_hello(void)
{
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	return end_well();
}

static int play_other_version(void)
{
	send_text(FRAME_HELLO, "2 6.1.0");
	hang();
}

static int play_after_end(void)
{
	play_whole();
	send_text(FRAME_PHASE, "and now");
	return 0;
}

static void send_symbols(const char *text)
{
	unsigned char packed[256];
	uLongf bytes = sizeof(packed);

	if (compress(packed, &bytes, (const Bytef *)text, strlen(text)) == Z_OK)
		send_bytes(FRAME_SYMBOLS, packed, bytes);
}

static int play_symbols(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	send_symbols(EMULATOR_SYMBOLS);
	return end_well();
}

static int play_two_symbols(void)
{
	say_hello();
	send_symbols(EMULATOR_SYMBOLS);
	send_symbols(EMULATOR_SYMBOLS);
	return end_well();
}

static int play_bad_symbols(void)
{
	say_hello();
	send_text(FRAME_SYMBOLS, "not packed");
	return end_well();
}

static int play_bad_status(void)
{
	say_hello();
	send_text(FRAME_REPORT, EMULATOR_REPORT);
	send_text(FRAME_END, "256");
	return 0;
}

static int play_late_failure(void)
{
	play_whole();
	fputs("qemu: cannot write the console\n", stderr);
	return 1;
}

/* Stops at the first write that nobody takes, as one does who draws on a terminal. */
static int play_screen(void)
{
	const char *const type = getenv("TERM");
	char line[82];

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !type || strcmp(type, "vt100") != 0)
		return 98;
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 2000; i++)
		put(STDOUT_FILENO, line, sizeof(line));
	return play_whole();
}

static const struct {
	const char *name;
	int (*play)(void);
} scenes[] = {
	{ "whole", play_whole },
	{ "pieces", play_pieces },
	{ "refuse", play_refuse },
	{ "kill", play_kill },
	{ "panic", play_panic },
	{ "oops", play_oops },
	{ "refusal", play_refusal },
	{ "hang", play_hang },
	{ "chatter", play_chatter },
	{ "flood", play_flood },
	{ "checksum", play_checksum },
	{ "torn", play_torn },
	{ "early-off", play_early_off },
	{ "no-report", play_no_report },
	{ "two-reports", play_two_reports },
	{ "state", play_state },
	{ "two-states", play_two_states },
	{ "huge-state", play_huge_state },
	{ "two-hellos", play_two_hellos },
	{ "no-hello", play_no_hello },
	{ "other-version", play_other_version },
	{ "after-end", play_after_end },
	{ "bad-status", play_bad_status },
	{ "symbols", play_symbols },
	{ "two-symbols", play_two_symbols },
	{ "bad-symbols", play_bad_symbols },
	{ "late-failure", play_late_failure },
	{ "screen", play_screen },
	{ "no-end", play_no_end },
	{ "no-end-failure", play_no_end_failure },
	{ "report-and-failure", play_report_and_failure },
	{ "panic-and-kill", play_panic_and_kill },
};

static int open_serial(const char *option)
{
	if (strncmp(option, "file:", 5) != 0)
		return -1;
	/* As QEMU does. */
	return open(option + 5, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

int lab_boot_emulator(int argc, char **argv)
{
	const char *scene = NULL;

	console = channel = -1;
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "-cpu") == 0)
			scene = argv[i + 1];
		if (strcmp(argv[i], "-serial") == 0)
			*(console < 0 ? &console : &channel) = open_serial(argv[i + 1]);
	}
	for (size_t i = 0; scene && i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (strcmp(scene, scenes[i].name) == 0)
			return scenes[i].play();
	}
	fputs("fake emulator: no such scene\n", stderr);
	return 99;
}
