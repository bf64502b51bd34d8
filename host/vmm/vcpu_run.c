// SPDX-License-Identifier: MIT
/*
 * Built with -mgeneral-regs-only: between prepare() and finish() no vector register of this thread
 * may change, so that the state an exit row keeps live in user space is live at every KVM_RUN.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/vmm/vcpu.h"
#include "host/vmm/watchdog.h"

#define SHOWN_BYTES 4 /* of the instruction; an opcode with its ModRM fits */

static bool is_out(const struct kvm_run *run, size_t run_bytes, uint32_t *value)
{
	uint64_t offset = run->io.data_offset;

	if (run->exit_reason != KVM_EXIT_IO || run->io.direction != KVM_EXIT_IO_OUT ||
	    run->io.size != sizeof(*value) || run->io.count != 1 ||
	    offset > run_bytes - sizeof(*value))
		return false;
	memcpy(value, (const uint8_t *)run + offset, sizeof(*value));
	return true;
}

/* " (bytes 0f ae e8 ..)" where the kernel tells what it could not emulate, else "". */
static void describe_instruction(const struct kvm_run *run, char *buf, size_t bytes)
{
	const uint64_t has_bytes = KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES;
	size_t used = 0;

	buf[0] = 0;
	if (run->internal.suberror != KVM_INTERNAL_ERROR_EMULATION || !run->internal.ndata ||
	    !(run->emulation_failure.flags & has_bytes))
		return;
	for (unsigned int i = 0; i < run->emulation_failure.insn_size && i < SHOWN_BYTES; i++)
		used += (size_t)snprintf(buf + used, bytes - used, "%s%02x", i ? " " : ", bytes ",
					 run->emulation_failure.insn_bytes[i]);
}

static int describe_internal_error(const struct vcpu *vcpu, struct fpb_err *err)
{
	const struct kvm_run *run = vcpu->run;
	struct kvm_regs regs = { 0 };
	struct fpb_err ignored = { 0 };
	char instruction[64];
	bool is_emulation = run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION;

	/* Where it happened is worth knowing, but not worth failing for. */
	(void)KVM_IOCTL(vcpu->vm->sys, vcpu->fd, KVM_GET_REGS, &regs, &ignored);
	describe_instruction(run, instruction, sizeof(instruction));
	return FPB_FAIL(err, is_emulation ? -EOPNOTSUPP : -EPROTO,
			"KVM_RUN: KVM_EXIT_INTERNAL_ERROR suberror %u%s at rip %#llx%s",
			run->internal.suberror, is_emulation ? " (emulation)" : "",
			(unsigned long long)regs.rip, instruction);
}

static int describe_exit(const struct vcpu *vcpu, struct fpb_err *err)
{
	const struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_INTERNAL_ERROR:
		return describe_internal_error(vcpu, err);
	case KVM_EXIT_IO:
		return FPB_FAIL(err, -EPROTO,
				"KVM_RUN: unexpected I/O, port %#x, %u bytes x %u, %s",
				run->io.port, run->io.size, run->io.count,
				run->io.direction == KVM_EXIT_IO_OUT ? "out" : "in");
	case KVM_EXIT_MMIO:
		return FPB_FAIL(err, -EPROTO,
				"KVM_RUN: access to %#llx, outside the guest's memory",
				(unsigned long long)run->mmio.phys_addr);
	case KVM_EXIT_SHUTDOWN:
		return FPB_FAIL(err, -EPROTO, "KVM_RUN: KVM_EXIT_SHUTDOWN (triple fault)");
	case KVM_EXIT_FAIL_ENTRY:
		return FPB_FAIL(err, -EPROTO, "KVM_RUN: KVM_EXIT_FAIL_ENTRY, hardware reason %#llx",
				(unsigned long long)run->fail_entry.hardware_entry_failure_reason);
	default:
		return FPB_FAIL(err, -EPROTO, "KVM_RUN: unexpected exit reason %u",
				run->exit_reason);
	}
}

static int run_until_out(struct vcpu *vcpu, const struct vcpu_run_request *request,
			 struct vcpu_exit *exit)
{
	const struct kvm_sys *sys = vcpu->vm->sys;
	struct kvm_run *run = vcpu->run;
	int ret;

	for (;;) {
		ret = sys->ioctl(vcpu->fd, KVM_RUN, 0);
		exit->nr_runs++;
		/* Stopped and continued, frozen, traced: the guest goes on where it was. */
		if (ret == -EINTR && !watchdog_has_fired())
			continue;
		if (ret < 0)
			return ret;
		if (!is_out(run, vcpu->run_bytes, &exit->value))
			return -EPROTO;
		exit->port = run->io.port;
		if (!request->resume_port || exit->port != request->resume_port)
			return 0;
		exit->nr_resumed++;
	}
}

int vcpu_run(struct vcpu *vcpu, const struct vcpu_run_request *request, struct vcpu_exit *exit,
	     struct fpb_err *err)
{
	bool has_fired;
	int ret;

	*exit = (struct vcpu_exit){ 0 };
	if (!request->timeout_ms)
		return FPB_FAIL(err, -EINVAL, "KVM_RUN: vcpu %u without a time limit", vcpu->id);
	ret = watchdog_start(vcpu, request->timeout_ms, err);
	if (ret)
		return ret;
	if (request->prepare)
		request->prepare(request->arg);
	ret = run_until_out(vcpu, request, exit);
	if (request->finish)
		request->finish(request->arg);
	has_fired = watchdog_stop(vcpu);
	if (ret == -EINTR && has_fired)
		return FPB_FAIL(err, -ETIMEDOUT, "KVM_RUN: no answer from the guest within %u ms",
				request->timeout_ms);
	if (ret == -EPROTO)
		return describe_exit(vcpu, err);
	if (ret < 0)
		return FPB_FAIL(err, ret, "KVM_RUN: vcpu %u", vcpu->id);
	return 0;
}
