// SPDX-License-Identifier: MIT
#include "bench/core/guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/core/proof.h"
#include "list_hash.h"

#define BOOT_TIMEOUT_MS 2000

/* guest/embed.S */
extern const uint8_t fpb_payload_elf[];
extern const uint64_t fpb_payload_elf_bytes;

static volatile struct abi_shared *shared_of(struct fpb_guest *guest)
{
	return vm_at(guest->vm, ABI_SHARED_GPA, sizeof(struct abi_shared));
}

int fpb_guest_create(const struct fpb_guest_config *config, struct fpb_guest *guest,
		     struct fpb_err *err)
{
	const struct vm_config vm_config = {
		.sys = config->sys,
		.memory_bytes = ABI_MEMORY_BYTES,
		.has_irqchip = config->has_irqchip,
		.permission = config->permission,
	};
	int ret;

	*guest = (struct fpb_guest){ 0 };
	ret = vm_create(&vm_config, &guest->vm, err);
	if (ret)
		return ret;
	ret = payload_load(fpb_payload_elf, fpb_payload_elf_bytes, guest->vm->memory,
			   guest->vm->memory_bytes, &guest->payload, err);
	if (ret)
		goto out_destroy;
	if (guest->payload.info.list_hash != FPB_LIST_HASH) {
		ret = FPB_FAIL(err, -ESTALE,
			       "payload: built from other benchmarks than this program");
		goto out_destroy;
	}
	ret = boot_write_tables(guest->vm, &guest->payload, err);
	if (ret)
		goto out_destroy;
	ret = vcpu_create(guest->vm, 0, &guest->payload, config->ring, &guest->vcpu, err);
	if (ret)
		goto out_destroy;
	return 0;

out_destroy:
	fpb_guest_destroy(guest);
	return ret;
}

void fpb_guest_destroy(struct fpb_guest *guest)
{
	vcpu_destroy(guest->vcpu);
	vm_destroy(guest->vm);
	*guest = (struct fpb_guest){ 0 };
}

/* What the batch had read back by then and should not have: a handler of the case says so. */
static void describe_readings(struct fpb_guest *guest, char *text, size_t size)
{
	struct abi_evidence evidence[ABI_NR_EVIDENCE];
	size_t used = 0;

	text[0] = 0;
	fpb_guest_evidence(guest, evidence);
	for (unsigned int i = 0; i < ABI_NR_EVIDENCE && used < size; i++) {
		const struct abi_evidence *e = &evidence[i];

		if (!fpb_evidence_holds(e))
			used += (size_t)snprintf(text + used, size - used,
						 ", %s read %#llx, expected %#llx",
						 fpb_evidence_name((enum abi_evidence_id)i),
						 (unsigned long long)e->value,
						 (unsigned long long)e->expected);
	}
}

static int fault_error(struct fpb_guest *guest, struct fpb_err *err)
{
	volatile struct abi_shared *shared = shared_of(guest);
	char readings[128];

	describe_readings(guest, readings, sizeof(readings));
	return FPB_FAIL(err, -EFAULT,
			"guest exception: vector %llu, error code %#llx, rip %#llx, cr2 %#llx, "
			"batch %u, line %u of the case%s",
			(unsigned long long)shared->fault.vector,
			(unsigned long long)shared->fault.error_code,
			(unsigned long long)shared->fault.rip,
			(unsigned long long)shared->fault.cr2, shared->fault.batch,
			shared->fault.line, readings);
}

static int expect_ready(struct fpb_guest *guest, const struct vcpu_exit *exit, struct fpb_err *err)
{
	if (exit->port != ABI_PORT_DOORBELL)
		return FPB_FAIL(err, -EPROTO, "guest: OUT to port %#x, expected the doorbell %#x",
				exit->port, ABI_PORT_DOORBELL);
	switch (exit->value) {
	case ABI_EVENT_READY:
		return 0;
	case ABI_EVENT_FAULT:
		return fault_error(guest, err);
	case ABI_EVENT_REFUSED:
		return FPB_FAIL(err, -EPROTO, "guest: the payload refused the command");
	default:
		return FPB_FAIL(err, -EPROTO, "guest: doorbell value %#x is no event", exit->value);
	}
}

int fpb_guest_boot(struct fpb_guest *guest, struct fpb_err *err)
{
	const struct vcpu_run_request how = { .timeout_ms = BOOT_TIMEOUT_MS };
	volatile struct abi_shared *shared = shared_of(guest);
	struct vcpu_exit exit;
	int ret = vcpu_run(guest->vcpu, &how, &exit, err);

	if (ret)
		return ret;
	ret = expect_ready(guest, &exit, err);
	if (ret)
		return ret;
	if (shared->magic != ABI_MAGIC || shared->version != ABI_VERSION ||
	    shared->list_hash != FPB_LIST_HASH)
		return FPB_FAIL(err, -ESTALE, "guest: handshake of another payload");
	guest->is_booted = true;
	return 0;
}

int fpb_guest_command(struct fpb_guest *guest, const struct abi_request *request,
		      const struct vcpu_run_request *how, struct vcpu_exit *exit,
		      struct fpb_err *err)
{
	volatile struct abi_shared *shared = shared_of(guest);
	int ret = guest->is_booted ? 0 : fpb_guest_boot(guest, err);

	if (ret)
		return ret;
	shared->request = *request;
	ret = vcpu_run(guest->vcpu, how, exit, err);
	return ret ? ret : expect_ready(guest, exit, err);
}

int fpb_guest_elapsed(struct fpb_guest *guest, uint32_t nr, uint64_t *ticks, struct fpb_err *err)
{
	volatile struct abi_shared *shared = shared_of(guest);
	uint32_t nr_done = shared->nr_done;

	if (nr > ABI_MAX_BATCHES || nr_done != nr)
		return FPB_FAIL(err, -EPROTO, "guest: %u batches done, expected %u", nr_done, nr);
	for (uint32_t i = 0; i < nr; i++)
		ticks[i] = shared->elapsed[i];
	return 0;
}

uint32_t fpb_guest_nr_void(struct fpb_guest *guest)
{
	uint32_t nr = shared_of(guest)->nr_void;

	return nr < ABI_MAX_VOID ? nr : ABI_MAX_VOID;
}

volatile struct abi_calm *fpb_guest_calm(struct fpb_guest *guest)
{
	return &shared_of(guest)->calm;
}

void fpb_guest_evidence(struct fpb_guest *guest, struct abi_evidence evidence[ABI_NR_EVIDENCE])
{
	volatile struct abi_shared *shared = shared_of(guest);

	for (unsigned int i = 0; i < ABI_NR_EVIDENCE; i++) {
		evidence[i].value = shared->evidence[i].value;
		evidence[i].expected = shared->evidence[i].expected;
		evidence[i].is_set = shared->evidence[i].is_set != 0;
		evidence[i].has_expected = shared->evidence[i].has_expected != 0;
	}
}

int fpb_guest_set_inject(struct fpb_guest *guest, uint32_t nr, struct fpb_err *err)
{
	return payload_set_inject(&guest->payload, guest->vm->memory, nr, err);
}
