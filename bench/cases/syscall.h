/* SPDX-License-Identifier: MIT */
/*
 * syscall.h - bare system calls: the C library's wrappers may use vector registers, and benchmarks
 * keep state live across them. They return the kernel's answer, -errno included.
 */
#ifndef BENCH_CASES_SYSCALL_H
#define BENCH_CASES_SYSCALL_H

static inline long syscall3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long syscall4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return ret;
}

#endif
