/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - guests that do not behave; see hostile.S. Each is position-independent code from
 * hostile_x up to hostile_x_end, to be copied over the payload's entry.
 */
#ifndef TESTS_KVM_HOSTILE_H
#define TESTS_KVM_HOSTILE_H

#include <stdint.h>

/* Never answers. */
extern const uint8_t hostile_spin[], hostile_spin_end[];
/* Executes UD2 as its first instruction. */
extern const uint8_t hostile_ud2[], hostile_ud2_end[];
/* Reads HOSTILE_UNMAPPED_GPA, which no page maps. */
extern const uint8_t hostile_fault[], hostile_fault_end[];
/* Four bytes to HOSTILE_PORT, which nobody knows. */
extern const uint8_t hostile_port[], hostile_port_end[];
/* One byte to the doorbell; a word read from it. */
extern const uint8_t hostile_byte[], hostile_byte_end[];
extern const uint8_t hostile_input[], hostile_input_end[];
/*
 * A proper handshake; then, for each command, fills everything behind the request with ones and
 * rings the doorbell with request.value[0].
 */
extern const uint8_t hostile_page[], hostile_page_end[];

#define HOSTILE_UNMAPPED_GPA 0x40000000u
#define HOSTILE_PORT	     0x80u

#endif
