// SPDX-License-Identifier: MIT
#include "guest/linux/uart.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

#define PORT_NODE "/port" /* Linux devices.txt: 1, 4 */

/*
 * Ports by ioperm(), or where the kernel was built without it (-ENOSYS) by /dev/port, a system call
 * for each byte. Held only while bytes leave: a program started meanwhile would inherit it, and
 * with an I/O bitmap every return to user space takes longer, which is what this machine is there
 * to measure.
 */
static int hold_ports(const struct uart *uart, int is_held)
{
	if (uart->fd >= 0)
		return 0;
	return ioperm(uart->port, NR_REGISTERS, is_held) ? -errno : 0;
}

/* Before anything is mounted, so on the initramfs itself. */
static int open_port_node(struct uart *uart)
{
	if (mknod(PORT_NODE, S_IFCHR | 0600, makedev(1, 4)) && errno != EEXIST)
		return -errno;
	uart->fd = open(PORT_NODE, O_RDWR | O_CLOEXEC);
	return uart->fd < 0 ? -errno : 0;
}

static uint8_t read_register(const struct uart *uart, unsigned int reg)
{
	uint8_t value = 0xff;

	if (uart->fd < 0)
		return inb((uint16_t)(uart->port + reg));
	(void)!pread(uart->fd, &value, 1, uart->port + reg);
	return value;
}

static void write_register(const struct uart *uart, unsigned int reg, uint8_t value)
{
	if (uart->fd < 0)
		outb(value, (uint16_t)(uart->port + reg));
	else
		(void)!pwrite(uart->fd, &value, 1, uart->port + reg);
}

static void write_burst(const struct uart *uart, const unsigned char *data, size_t bytes)
{
	if (uart->fd < 0) {
		outsb(uart->port + THR, data, bytes);
		return;
	}
	/* One write of several bytes would go to as many ports. */
	for (size_t i = 0; i < bytes; i++)
		write_register(uart, THR, data[i]);
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

		while (!(read_register(uart, LSR) & LSR_THRE))
			;
		write_burst(uart, next, burst);
		next += burst;
		bytes -= burst;
	}
	hold_ports(uart, 0);
}

int uart_open(struct uart *uart, uint16_t port)
{
	int ret;

	*uart = (struct uart){ .sink.write = uart_write, .port = port, .fd = -1 };
	ret = hold_ports(uart, 1);
	if (ret == -ENOSYS)
		ret = open_port_node(uart);
	if (ret)
		return ret;
	/* Its upper bits are always 0; an empty bus reads as ones. */
	if (read_register(uart, IER) == 0xff) {
		hold_ports(uart, 0);
		return -ENODEV;
	}
	write_register(uart, LCR, LCR_DLAB | LCR_8N1);
	write_register(uart, THR, 1); /* divisor 1: 115200 baud */
	write_register(uart, IER, 0);
	write_register(uart, LCR, LCR_8N1);
	write_register(uart, IER, 0);
	write_register(uart, FCR, FCR_ENABLE_AND_CLEAR);
	write_register(uart, MCR, MCR_DTR_RTS);
	hold_ports(uart, 0);
	return 0;
}
