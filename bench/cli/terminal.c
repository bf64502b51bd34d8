// SPDX-License-Identifier: MIT
#include "bench/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

unsigned int terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}
