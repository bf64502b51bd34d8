// SPDX-License-Identifier: MIT
/* Built with -mgeneral-regs-only -fno-builtin. */
#include "tests/unit/guarded_fpstates.h"

#include <errno.h>
#include <sys/mman.h>

#define PAGE_BYTES   4096u
#define CANARY_BYTES 64u
#define CANARY	     0xc5u
#define POISON	     0xa7u

static uint8_t *guard_of(const struct guarded_fpstates *guarded, unsigned int slot)
{
	return guarded->slots + (slot + 1) * (size_t)GUARDED_SLOT_BYTES - PAGE_BYTES;
}

static uint8_t *begin_of(const struct guarded_fpstates *guarded, unsigned int slot, size_t bytes)
{
	return guard_of(guarded, slot) - (bytes + XSAVE_ALIGN - 1) / XSAVE_ALIGN * XSAVE_ALIGN;
}

static void fill(uint8_t *at, const uint8_t *end, uint8_t value)
{
	while (at < end)
		*at++ = value;
}

static void *give(void *arg, size_t bytes)
{
	struct guarded_fpstates *guarded = arg;
	uint8_t *begin;

	if (++guarded->nr_calls == guarded->fail_at || guarded->nr_taken == GUARDED_SLOTS)
		return NULL;
	while (guarded->bytes[guarded->next % GUARDED_SLOTS])
		guarded->next++;
	guarded->next %= GUARDED_SLOTS;
	begin = begin_of(guarded, guarded->next, bytes);
	fill(begin - CANARY_BYTES, begin, CANARY);
	fill(begin, guard_of(guarded, guarded->next), 0);
	guarded->bytes[guarded->next++] = bytes;
	guarded->nr_taken++;
	return begin;
}

static void take_back(void *arg, void *memory, size_t bytes)
{
	struct guarded_fpstates *guarded = arg;
	const size_t offset = (size_t)((uint8_t *)memory - guarded->slots);
	const unsigned int slot = (unsigned int)(offset / GUARDED_SLOT_BYTES);
	uint8_t *begin = memory;

	if (slot >= GUARDED_SLOTS || guarded->bytes[slot] != bytes ||
	    begin != begin_of(guarded, slot, bytes)) {
		guarded->nr_bad++;
		return;
	}
	for (const uint8_t *at = begin - CANARY_BYTES; at < begin; at++)
		guarded->nr_bad += *at != CANARY;
	fill(begin, guard_of(guarded, slot), POISON);
	guarded->bytes[slot] = 0;
	guarded->nr_taken--;
}

int guarded_fpstates_create(struct guarded_fpstates *guarded)
{
	const size_t bytes = GUARDED_SLOTS * (size_t)GUARDED_SLOT_BYTES;
	void *slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (slots == MAP_FAILED)
		return -ENOMEM;
	*guarded = (struct guarded_fpstates){
		.allocator = { .alloc = give, .free = take_back, .arg = guarded },
		.slots = slots,
	};
	for (unsigned int i = 0; i < GUARDED_SLOTS; i++) {
		if (mprotect(guard_of(guarded, i), PAGE_BYTES, PROT_NONE))
			return -ENOMEM;
	}
	return 0;
}

void guarded_fpstates_destroy(struct guarded_fpstates *guarded)
{
	munmap(guarded->slots, GUARDED_SLOTS * (size_t)GUARDED_SLOT_BYTES);
}
