// SPDX-License-Identifier: MIT
/* Bare system calls: the kernel keeps the caller's vector registers, which libc need not. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "host/fpstate/fpstate.h"

#define PAGE_BYTES 4096u

static size_t whole_pages(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

static void *pages_alloc(void *arg, size_t bytes)
{
	/* Before the registers are taken: a call would use them. */
	const size_t whole = whole_pages(bytes);
	register long flags __asm__("r10") = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	register long fd __asm__("r8") = -1;
	register long offset __asm__("r9") = 0;
	long ret;

	(void)arg;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"((long)SYS_mmap), "D"(0l), "S"(whole),
			   "d"((long)(PROT_READ | PROT_WRITE)), "r"(flags), "r"(fd), "r"(offset)
			 : "rcx", "r11", "memory");
	return ret < 0 && ret > -4096 ? NULL : (void *)ret;
}

static void pages_free(void *arg, void *memory, size_t bytes)
{
	long ret;

	(void)arg;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"((long)SYS_munmap), "D"(memory), "S"(whole_pages(bytes))
			 : "rcx", "r11", "memory");
}

const struct fpu_allocator fpu_pages = { .alloc = pages_alloc, .free = pages_free };
