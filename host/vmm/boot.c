// SPDX-License-Identifier: MIT
#include "host/vmm/boot.h"

#include <errno.h>
#include <string.h>

#include "guest/x86/cr.h"
#include "guest/x86/desc.h"

#define PML4_GPA 0x1000u
#define PDPT_GPA 0x2000u
#define PD_GPA	 0x3000u
#define GDT_GPA	 0x4000u
#define IDT_GPA	 0x5000u
#define TSS_GPA	 0x6000u

/*
 * Ring 3 gets its ports twice: by IOPL 3, and by the I/O permission bitmap for backends that lose
 * the IOPL (kvm_pvm on some kernels: the first OUT at CPL 3 was a #GP).
 */
#define NR_PORTS  0x100u
#define TSS_LIMIT (sizeof(struct tss) + NR_PORTS / 8)

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE   (1ull << 1)
#define PTE_USER    (1ull << 2)
#define PTE_HUGE    (1ull << 7)
#define NR_PTES	    512u
#define HUGE_SHIFT  21

#define EFER_SCE (1ull << 0)
#define EFER_LME (1ull << 8)
#define EFER_LMA (1ull << 10)
#define EFER_NX	 (1ull << 11)

#define RFLAGS_FIXED (1ull << 1)
#define RFLAGS_IOPL3 (3ull << 12)

/* Stacks grow down from the end of their slot of ABI_STACK_BYTES. */
enum stack_slot { STACK_BOOT, STACK_RSP0, STACK_IST1, NR_STACKS };

#define IST_FATAL 1 /* NMI, double fault, machine check: the current stack may be unusable */

static uint64_t stack_top(enum stack_slot slot)
{
	return ABI_STACKS_GPA + (slot + 1ull) * ABI_STACK_BYTES;
}

_Static_assert(IDT_GPA + NR_VECTORS * sizeof(struct idt_gate) <= TSS_GPA, "IDT, then TSS");
_Static_assert(TSS_GPA + 0x1000 <= ABI_SHARED_GPA, "tables lie below the shared pages");
_Static_assert(ABI_SHARED_GPA + ABI_SHARED_BYTES <= ABI_STACKS_GPA, "shared pages, then stacks");
_Static_assert(ABI_STACKS_GPA + NR_STACKS * ABI_STACK_BYTES <= ABI_IMAGE_GPA, "stacks, then image");

static void write_page_tables(struct vm *vm)
{
	uint64_t *pml4 = vm_at(vm, PML4_GPA, 0x1000);
	uint64_t *pdpt = vm_at(vm, PDPT_GPA, 0x1000);
	uint64_t *pd = vm_at(vm, PD_GPA, 0x1000);
	const uint64_t bits = PTE_PRESENT | PTE_WRITE | PTE_USER;

	pml4[0] = PDPT_GPA | bits;
	pdpt[0] = PD_GPA | bits;
	for (uint64_t i = 0; i < NR_PTES && i << HUGE_SHIFT < vm->memory_bytes; i++)
		pd[i] = i << HUGE_SHIFT | bits | PTE_HUGE;
}

static uint64_t code_or_data(unsigned int type, unsigned int dpl, bool is_code)
{
	/* Limit 4 GiB in pages, present, S=1; L for code, D/B for data. */
	uint64_t d = 0x000f00000000ffffull | 1ull << 55 | 1ull << 47 | 1ull << 44;

	d |= (uint64_t)type << 40 | (uint64_t)dpl << 45;
	return d | (is_code ? 1ull << 53 : 1ull << 54);
}

#define TYPE_DATA_WRITE	   0x3 /* read, write, accessed */
#define TYPE_CODE_READ	   0xb /* execute, read, accessed */
#define TYPE_TSS_BUSY	   0xb
#define TYPE_TSS_AVAILABLE 0x9

static void write_gdt(struct vm *vm)
{
	uint64_t *gdt = vm_at(vm, GDT_GPA, GDT_BYTES);
	uint64_t tss = TSS_GPA;

	gdt[SEL_CODE0 / 8] = code_or_data(TYPE_CODE_READ, 0, true);
	gdt[SEL_DATA0 / 8] = code_or_data(TYPE_DATA_WRITE, 0, false);
	gdt[SEL_DATA3 / 8] = code_or_data(TYPE_DATA_WRITE, 3, false);
	gdt[SEL_CODE3 / 8] = code_or_data(TYPE_CODE_READ, 3, true);
	gdt[SEL_TSS / 8] = TSS_LIMIT | (tss & 0xffffff) << 16 | (uint64_t)TYPE_TSS_AVAILABLE << 40 |
			   1ull << 47 | (tss >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = tss >> 32;
}

static void write_tss(struct vm *vm)
{
	struct tss *tss = vm_at(vm, TSS_GPA, TSS_LIMIT + 1);

	tss->rsp[0] = stack_top(STACK_RSP0);
	tss->ist[IST_FATAL - 1] = stack_top(STACK_IST1);
	tss->iomap_base = sizeof(*tss);
	/* All ports up to NR_PORTS are open (the page is zeroed); the byte after must be all ones.
	 */
	*((uint8_t *)(tss + 1) + NR_PORTS / 8) = 0xff;
}

static void write_idt(struct vm *vm, const struct payload *payload)
{
	struct idt_gate *idt = vm_at(vm, IDT_GPA, NR_VECTORS * sizeof(*idt));

	for (unsigned int v = 0; v < NR_EXCEPTIONS; v++) {
		uint64_t stub = payload->info.trap_stubs + v * payload->info.trap_stub_bytes;
		bool fatal = v == X86_VECTOR_NMI || v == X86_VECTOR_DF || v == X86_VECTOR_MC;

		idt[v] = (struct idt_gate){
			.offset_low = (uint16_t)stub,
			.offset_mid = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32),
			.selector = SEL_CODE0,
			.ist = fatal ? IST_FATAL : 0,
			.type = GATE_INTERRUPT,
		};
	}
}

int boot_write_tables(struct vm *vm, const struct payload *payload, struct fpb_err *err)
{
	if (vm->memory_bytes < ABI_MEMORY_BYTES)
		return FPB_FAIL(err, -EINVAL, "guest memory of %zu bytes, %u needed",
				vm->memory_bytes, ABI_MEMORY_BYTES);
	write_page_tables(vm);
	write_gdt(vm);
	write_tss(vm);
	write_idt(vm, payload);
	return 0;
}

static struct kvm_segment segment(uint16_t selector, uint8_t type, bool is_code)
{
	return (struct kvm_segment){
		.selector = selector,
		.limit = 0xffffffff,
		.type = type,
		.present = 1,
		.dpl = selector & 3,
		.db = !is_code,
		.s = 1,
		.l = is_code,
		.g = 1,
	};
}

void boot_set_sregs(struct kvm_sregs *sregs, enum vcpu_ring ring, bool has_xsave)
{
	bool user = ring == VCPU_RING3;
	struct kvm_segment data = segment(user ? SEL_DATA3 : SEL_DATA0, TYPE_DATA_WRITE, false);

	sregs->cs = segment(user ? SEL_CODE3 : SEL_CODE0, TYPE_CODE_READ, true);
	sregs->ss = sregs->ds = sregs->es = sregs->fs = sregs->gs = data;
	sregs->tr = (struct kvm_segment){
		.selector = SEL_TSS,
		.base = TSS_GPA,
		.limit = TSS_LIMIT,
		.type = TYPE_TSS_BUSY,
		.present = 1,
	};
	sregs->ldt = (struct kvm_segment){ .unusable = 1 };
	sregs->gdt.base = GDT_GPA;
	sregs->gdt.limit = GDT_BYTES - 1;
	sregs->idt.base = IDT_GPA;
	sregs->idt.limit = NR_VECTORS * sizeof(struct idt_gate) - 1;
	sregs->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	sregs->cr3 = PML4_GPA;
	sregs->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | (has_xsave ? CR4_OSXSAVE : 0);
	sregs->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
}

struct kvm_regs boot_regs(const struct payload *payload, enum vcpu_ring ring)
{
	return (struct kvm_regs){
		.rip = payload->entry,
		.rsp = stack_top(STACK_BOOT),
		.rflags = RFLAGS_FIXED | (ring == VCPU_RING3 ? RFLAGS_IOPL3 : 0),
		.rdi = ring,
	};
}
