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
};

/*
 * Sets 115200 baud, 8n1, FIFOs on, no interrupts. -errno of ioperm(): not root, or a kernel
 * without CONFIG_X86_IOPL_IOPERM; -ENODEV: nothing answers at the port.
 */
int uart_open(struct uart *uart, uint16_t port);

#endif
