// SPDX-License-Identifier: MIT
#include "guest/linux/uart.h"

#include <errno.h>
#include <sys/io.h>

enum {
	THR = 0, /* and the divisor, while LCR_DLAB is set */
	IER = 1,
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	NR_REGISTERS = 8,
};

#define FCR_ENABLE_AND_CLEAR 0x07
#define LCR_8N1		     0x03
#define LCR_DLAB	     0x80
#define MCR_DTR_RTS	     0x03
#define LSR_THRE	     0x20
#define FIFO_BYTES	     16

/*
 * Held only while bytes leave: a program started meanwhile would inherit it, and with an I/O bitmap
 * every return to user space takes longer, which is what this machine is there to measure.
 */
static int hold_ports(const struct uart *uart, int is_held)
{
	return ioperm(uart->port, NR_REGISTERS, is_held) ? -errno : 0;
}

/* THRE says that the FIFO is empty, so one look at it is enough for as many bytes as fit. */
static void uart_write(struct frame_sink *sink, const void *data, size_t bytes)
{
	const struct uart *uart = (struct uart *)sink;
	const unsigned char *next = data;

	if (hold_ports(uart, 1))
		return;
	while (bytes) {
		size_t burst = bytes < FIFO_BYTES ? bytes : FIFO_BYTES;

		while (!(inb(uart->port + LSR) & LSR_THRE))
			;
		outsb(uart->port + THR, next, burst);
		next += burst;
		bytes -= burst;
	}
	hold_ports(uart, 0);
}

int uart_open(struct uart *uart, uint16_t port)
{
	int ret;

	*uart = (struct uart){ .sink.write = uart_write, .port = port };
	ret = hold_ports(uart, 1);
	if (ret)
		return ret;
	/* Its upper bits are always 0; an empty bus reads as ones. */
	if (inb(port + IER) == 0xff) {
		hold_ports(uart, 0);
		return -ENODEV;
	}
	outb(LCR_DLAB | LCR_8N1, port + LCR);
	outb(1, port + THR); /* divisor 1: 115200 baud */
	outb(0, port + IER);
	outb(LCR_8N1, port + LCR);
	outb(0, port + IER);
	outb(FCR_ENABLE_AND_CLEAR, port + FCR);
	outb(MCR_DTR_RTS, port + MCR);
	hold_ports(uart, 0);
	return 0;
}
