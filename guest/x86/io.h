/* SPDX-License-Identifier: MIT */
/* io.h - port output; at CPL 3 it needs IOPL 3. */
#ifndef GUEST_X86_IO_H
#define GUEST_X86_IO_H

#include <stdint.h>

static inline void outl(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

#endif
