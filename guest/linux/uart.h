/* SPDX-License-Identifier: MIT */
/*
 * uart.h - a 16550 written by port instructions: needs neither the kernel's driver nor a tty.
 *
 * Registers: National Semiconductor PC16550D.
 */
#ifndef GUEST_LINUX_UART_H
#define GUEST_LINUX_UART_H

#include <stdint.h>

#include "guest/linux/frame_write.h"

struct uart {
	struct frame_sink sink;
	uint16_t port;
	int fd; /* of /dev/port, or -1 where ioperm() gives the ports */
};

/*
 * Sets 115200 baud, 8n1, FIFOs on, no interrupts. -EPERM: not root; -ENXIO: a kernel with neither
 * CONFIG_X86_IOPL_IOPERM nor CONFIG_DEVPORT; -ENODEV: nothing answers at the port.
 */
int uart_open(struct uart *uart, uint16_t port);

#endif
