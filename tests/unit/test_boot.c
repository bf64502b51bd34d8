// SPDX-License-Identifier: MIT
/*
 * test_boot.c - the start state, decoded from its bytes the way the processor does it.
 *
 * Nothing of host/vmm/boot.c or guest/x86/desc.h is used to decode: fields are taken apart by the
 * figures of SDM vol. 3A (3-8 segment descriptor, 7-4 TSS descriptor, 7-11 TSS, 6-8 gate, table
 * 4-15 to 4-18 paging) and found through CR3, GDTR, IDTR and TR alone.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/vmm/boot.h"
#include "tests/unit/fake_payload.h"

static struct vm vm;
static struct payload payload;
static struct kvm_sregs ring0, ring3;

static int setup(void **state)
{
	struct fake_payload elf;
	struct fpb_err err = { 0 };

	(void)state;
	vm.memory_bytes = ABI_MEMORY_BYTES;
	vm.memory = calloc(1, vm.memory_bytes);
	fake_payload_init(&elf);
	if (!vm.memory ||
	    payload_load(&elf, sizeof(elf), vm.memory, vm.memory_bytes, &payload, &err) ||
	    boot_write_tables(&vm, &payload, &err))
		return -1;
	boot_set_sregs(&ring0, VCPU_RING0, true);
	boot_set_sregs(&ring3, VCPU_RING3, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(vm.memory);
	return 0;
}

static uint64_t load(uint64_t gpa, unsigned int bytes)
{
	uint64_t value = 0;
	const void *at = vm_at(&vm, gpa, bytes);

	assert_non_null(at);
	memcpy(&value, at, bytes);
	return value;
}

static uint64_t bits(uint64_t value, unsigned int high, unsigned int low)
{
	return value >> low & (~0ull >> (63 - (high - low)));
}

/* A walk of four levels; returns the physical address, `leaf` the entry that maps it. */
static uint64_t translate(uint64_t cr3, uint64_t address, uint64_t *leaf)
{
	uint64_t table = cr3 & ~0xfffull;

	for (unsigned int shift = 39;; shift -= 9) {
		const uint64_t e = load(table + bits(address, shift + 8, shift) * 8, 8);

		if (!(e & 1))
			return ~0ull;
		/* Writable and reachable from ring 3 at every level, nothing cached away, no NX. */
		assert_int_equal(bits(e, 4, 1), 3);
		assert_int_equal(bits(e, 63, 52), 0);
		*leaf = e;
		if (shift == 12)
			return (e & 0x000ffffffffff000ull) | (address & 0xfff);
		if (e & 1u << 7) {
			const uint64_t offset = (1ull << shift) - 1;

			assert_true(shift == 21);
			/* Bits 20..13 of a 2 MiB entry are reserved. */
			assert_int_equal(bits(e, 20, 12), 0);
			return (e & 0x000fffffffe00000ull) | (address & offset);
		}
		table = e & 0x000ffffffffff000ull;
	}
}

static void test_paging(void **state)
{
	uint64_t leaf = 0;

	(void)state;
	assert_true(ring0.cr3 == ring3.cr3);
	assert_int_equal(bits(ring0.cr3, 11, 0), 0);
	for (uint64_t gpa = 0; gpa < ABI_MEMORY_BYTES; gpa += 0x1000)
		assert_true(translate(ring3.cr3, gpa, &leaf) == gpa);
	assert_int_equal(bits(leaf, 7, 7), 1);
	/* What is not memory is not mapped: a stray access is a #PF, no MMIO exit. */
	assert_true(translate(ring3.cr3, ABI_MEMORY_BYTES, &leaf) == ~0ull);
	assert_true(translate(ring3.cr3, 1ull << 30, &leaf) == ~0ull);
	assert_true(translate(ring3.cr3, 1ull << 39, &leaf) == ~0ull);
	assert_true(translate(ring3.cr3, 0xffffffffffffff00ull, &leaf) == ~0ull);
}

/* The GDT entry and what was put into the vCPU's hidden part must be the same segment. */
static void expect_segment(const struct kvm_segment *s, unsigned int dpl, bool is_code)
{
	const uint64_t d = load(ring0.gdt.base + (s->selector & ~7u), 8);

	assert_true((s->selector | 7u) <= ring0.gdt.limit);
	assert_true(s->selector >= 8);
	assert_int_equal(s->selector & 4, 0);
	assert_int_equal(s->selector & 3, dpl);
	/* The table. */
	assert_int_equal(bits(d, 15, 0), 0xffff);
	assert_int_equal(bits(d, 51, 48), 0xf);
	assert_int_equal(bits(d, 39, 16) | bits(d, 63, 56) << 24, 0);
	assert_int_equal(bits(d, 43, 40), is_code ? 0xb : 0x3);
	assert_int_equal(bits(d, 44, 44), 1);
	assert_int_equal(bits(d, 46, 45), dpl);
	assert_int_equal(bits(d, 47, 47), 1);
	assert_int_equal(bits(d, 53, 53), is_code);  /* L */
	assert_int_equal(bits(d, 54, 54), !is_code); /* D/B: 0 wherever L is 1 */
	assert_int_equal(bits(d, 55, 55), 1);
	/* The hidden part. */
	assert_true(s->base == 0);
	assert_int_equal(s->limit, 0xffffffff);
	assert_int_equal(s->type, bits(d, 43, 40));
	assert_int_equal(s->s, 1);
	assert_int_equal(s->dpl, dpl);
	assert_int_equal(s->present, 1);
	assert_int_equal(s->l, is_code);
	assert_int_equal(s->db, !is_code);
	assert_int_equal(s->g, 1);
	assert_int_equal(s->unusable, 0);
}

static void test_segments(void **state)
{
	(void)state;
	expect_segment(&ring0.cs, 0, true);
	expect_segment(&ring0.ss, 0, false);
	expect_segment(&ring0.ds, 0, false);
	expect_segment(&ring0.es, 0, false);
	expect_segment(&ring0.fs, 0, false);
	expect_segment(&ring0.gs, 0, false);
	expect_segment(&ring3.cs, 3, true);
	expect_segment(&ring3.ss, 3, false);
	expect_segment(&ring3.ds, 3, false);
	expect_segment(&ring3.es, 3, false);
	expect_segment(&ring3.fs, 3, false);
	expect_segment(&ring3.gs, 3, false);
	assert_true(load(ring0.gdt.base, 8) == 0);
	assert_int_equal(ring0.ldt.unusable, 1);
	/* SYSRET loads SS from STAR + 8 and CS from STAR + 16: data before code. */
	assert_int_equal(ring3.cs.selector, ring3.ss.selector + 8);
}

static void test_tss_descriptor(void **state)
{
	const struct kvm_segment *tr = &ring3.tr;
	const uint64_t low = load(ring3.gdt.base + tr->selector, 8);
	const uint64_t high = load(ring3.gdt.base + tr->selector + 8, 8);
	const uint64_t base = bits(low, 39, 16) | bits(low, 63, 56) << 24 | bits(high, 31, 0) << 32;
	const uint64_t limit = bits(low, 15, 0) | bits(low, 51, 48) << 16;

	(void)state;
	assert_int_equal(tr->selector & 7, 0);
	assert_int_equal(tr->selector + 15, ring3.gdt.limit);
	assert_true(base == tr->base);
	assert_true(limit == tr->limit);
	assert_int_equal(bits(low, 43, 40), 0x9); /* available; LTR would make it busy */
	assert_int_equal(bits(low, 47, 44), 0x8); /* present, DPL 0, system */
	assert_int_equal(bits(low, 55, 52), 0);	  /* bytes */
	assert_int_equal(bits(high, 63, 32), 0);
	assert_int_equal(tr->type, 0xb); /* the hidden part must be busy for VM entry */
	assert_int_equal(tr->s, 0);
	assert_int_equal(tr->g, 0);
	assert_int_equal(tr->present, 1);
	assert_int_equal(tr->unusable, 0);
	assert_true(ring0.tr.base == tr->base && ring0.tr.selector == tr->selector);
}

/* Ports the ABI uses are open to ring 3, the map ends inside the limit and with all ones. */
static void test_io_map(void **state)
{
	static const unsigned int ports[] = { ABI_PORT_DOORBELL, ABI_PORT_PIO,
					      ABI_PORT_PIO_KERNEL };
	const uint64_t tss = ring3.tr.base;
	const uint64_t map = load(tss + 102, 2);

	(void)state;
	assert_true(map >= 104);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		const uint64_t at = map + ports[i] / 8;

		/* Two bytes are read, and both must lie within the limit. */
		assert_true(at + 1 <= ring3.tr.limit);
		assert_int_equal(load(tss + at, 2) >> ports[i] % 8 & 0xf, 0);
	}
	assert_int_equal(load(tss + ring3.tr.limit, 1), 0xff);
}

static bool is_stack(uint64_t top)
{
	return top % 16 == 0 && top >= ABI_STACKS_GPA + ABI_STACK_BYTES && top <= ABI_IMAGE_GPA;
}

static void test_stacks(void **state)
{
	const struct kvm_regs regs = boot_regs(&payload, VCPU_RING3);
	const uint64_t rsp0 = load(ring3.tr.base + 4, 8);
	const uint64_t ist1 = load(ring3.tr.base + 36, 8);

	(void)state;
	assert_true(is_stack(regs.rsp) && is_stack(rsp0) && is_stack(ist1));
	/* Each its own, with nothing else within ABI_STACK_BYTES below. */
	assert_true(llabs((long long)(regs.rsp - rsp0)) >= ABI_STACK_BYTES);
	assert_true(llabs((long long)(regs.rsp - ist1)) >= ABI_STACK_BYTES);
	assert_true(llabs((long long)(rsp0 - ist1)) >= ABI_STACK_BYTES);
}

static void test_idt(void **state)
{
	(void)state;
	assert_int_equal(ring3.idt.limit, 256 * 16 - 1);
	/* Interrupts come only where a case has set a gate. */
	for (unsigned int v = 32; v < 256; v++) {
		assert_true(load(ring3.idt.base + v * 16, 8) == 0);
		assert_true(load(ring3.idt.base + v * 16 + 8, 8) == 0);
	}
	for (unsigned int v = 0; v < 32; v++) {
		const uint64_t low = load(ring3.idt.base + v * 16, 8);
		const uint64_t high = load(ring3.idt.base + v * 16 + 8, 8);
		const uint64_t offset = bits(low, 15, 0) | bits(low, 63, 48) << 16 |
					bits(high, 31, 0) << 32;
		const bool is_fatal = v == 2 || v == 8 || v == 18;

		assert_true(offset == FAKE_STUBS_GPA + v * FAKE_STUB_BYTES);
		assert_int_equal(bits(low, 31, 16), ring0.cs.selector);
		assert_int_equal(bits(low, 34, 32), is_fatal ? 1 : 0);
		assert_int_equal(bits(low, 39, 35), 0);
		assert_int_equal(bits(low, 43, 40), 0xe); /* 64-bit interrupt gate */
		assert_int_equal(bits(low, 44, 44), 0);
		assert_int_equal(bits(low, 46, 45), 0);
		assert_int_equal(bits(low, 47, 47), 1);
		assert_int_equal(bits(high, 63, 32), 0);
	}
}

/* A stub beyond 4 GiB keeps all its bits: offsets are three pieces. */
static void test_idt_high_offset(void **state)
{
	struct payload high = payload;
	struct fpb_err err = { 0 };

	(void)state;
	high.info.trap_stubs = 0x123456789abcde00ull;
	assert_int_equal(boot_write_tables(&vm, &high, &err), 0);
	assert_int_equal(load(ring3.idt.base, 2), 0xde00);
	assert_int_equal(load(ring3.idt.base + 6, 2), 0x9abc);
	assert_int_equal(load(ring3.idt.base + 8, 4), 0x12345678);
}

static void test_control_registers(void **state)
{
	struct kvm_sregs without = { 0 };

	(void)state;
	/* PE, MP, ET, NE, WP, PG; not EM or TS, which would make x87 and SSE trap. */
	assert_true(ring0.cr0 == 0x80010033ull);
	/* PAE, OSFXSR, OSXMMEXCPT, OSXSAVE. */
	assert_true(ring0.cr4 == 0x40620ull);
	/* LME and LMA together, NXE, SCE. */
	assert_true(ring0.efer == 0xd01ull);
	assert_true(ring3.cr0 == ring0.cr0 && ring3.cr4 == ring0.cr4 && ring3.efer == ring0.efer);
	/* OSXSAVE on a vCPU without XSAVE makes KVM_SET_SREGS fail. */
	boot_set_sregs(&without, VCPU_RING0, false);
	assert_true(without.cr4 == 0x620ull);
}

/* What boot_set_sregs() has no business with stays as KVM gave it. */
static void test_sregs_kept(void **state)
{
	struct kvm_sregs sregs = { .apic_base = 0xfee00900, .cr8 = 5, .cr2 = 0x1234 };

	(void)state;
	boot_set_sregs(&sregs, VCPU_RING3, true);
	assert_true(sregs.apic_base == 0xfee00900);
	assert_true(sregs.cr8 == 5 && sregs.cr2 == 0x1234);
}

static void test_registers(void **state)
{
	const struct kvm_regs regs0 = boot_regs(&payload, VCPU_RING0);
	const struct kvm_regs regs3 = boot_regs(&payload, VCPU_RING3);

	(void)state;
	assert_true(regs0.rip == FAKE_ENTRY_GPA && regs3.rip == FAKE_ENTRY_GPA);
	/* Bit 1 is always one; IF 0, IOPL 3 only where ring 3 needs it. */
	assert_true(regs0.rflags == 0x2);
	assert_true(regs3.rflags == 0x3002);
	assert_true(regs0.rdi == 0 && regs3.rdi == 3);
	assert_true(regs0.rsp == regs3.rsp);
}

/* Tables, shared pages, stacks and image lie side by side. */
static void test_nothing_overlaps(void **state)
{
	const uint8_t *memory = vm.memory;

	(void)state;
	for (uint64_t gpa = ABI_SHARED_GPA; gpa < ABI_IMAGE_GPA; gpa++)
		assert_int_equal(memory[gpa], 0);
	assert_int_equal(memory[0], 0); /* the first page stays empty: a null pointer reads zeros */
	assert_true(ring3.tr.base + ring3.tr.limit < ABI_SHARED_GPA);
	assert_true(ring3.idt.base + ring3.idt.limit < ABI_SHARED_GPA);
	assert_true(ring3.gdt.base + ring3.gdt.limit < ABI_SHARED_GPA);
}

static void test_small_memory(void **state)
{
	struct vm small = { .memory = vm.memory, .memory_bytes = ABI_MEMORY_BYTES - 1 };
	struct fpb_err err = { 0 };

	(void)state;
	assert_int_equal(boot_write_tables(&small, &payload, &err), -EINVAL);
	assert_non_null(strstr(err.text, "memory"));
}

static void test_vm_at(void **state)
{
	(void)state;
	assert_ptr_equal(vm_at(&vm, 0, ABI_MEMORY_BYTES), vm.memory);
	assert_ptr_equal(vm_at(&vm, 4096, 1), (uint8_t *)vm.memory + 4096);
	assert_non_null(vm_at(&vm, ABI_MEMORY_BYTES - 1, 1));
	assert_null(vm_at(&vm, ABI_MEMORY_BYTES - 1, 2));
	assert_null(vm_at(&vm, 0, ABI_MEMORY_BYTES + 1ull));
	assert_null(vm_at(&vm, ABI_MEMORY_BYTES + 1ull, 0));
	assert_null(vm_at(&vm, ~0ull, 2));
	assert_null(vm_at(&vm, 1, ~0ul));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paging, setup, teardown),
		cmocka_unit_test_setup_teardown(test_segments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tss_descriptor, setup, teardown),
		cmocka_unit_test_setup_teardown(test_io_map, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stacks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idt_high_offset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_control_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sregs_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_registers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_overlaps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_small_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vm_at, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
