// SPDX-License-Identifier: MIT
/*
 * running_vm.c - a process with a VM in it, for those that look at others' VMs.
 *
 * Does what it reads, a line each, and answers "ok"; ends with its standard input:
 *	out N, cpuid N	the guest does that N times
 *	blind		closes the statistics file of its vCPU
 *	second		makes another VM
 *	end		ends its VMs
 * Begins with "ready"; or ends with 77 and "SKIP: reason" where there is no KVM.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/core/guest.h"

#define SKIP 77

static const struct vcpu_run_request patient = {
	.resume_port = ABI_PORT_PIO,
	.timeout_ms = 60000,
};

static int fail(const struct fpb_err *err)
{
	char text[sizeof(err->text) + 128];

	fpb_err_describe(err, text, sizeof(text));
	fprintf(stderr, "running_vm: %s\n", text);
	return 1;
}

static int boot(struct fpb_guest *guest, struct fpb_err *err)
{
	const struct fpb_guest_config config = { .ring = VCPU_RING3 };
	int ret = fpb_guest_create(&config, guest, err);

	return ret ? ret : fpb_guest_boot(guest, err);
}

static int probe(struct fpb_guest *guest, enum abi_probe what, uint64_t nr, struct fpb_err *err)
{
	const struct abi_request request = {
		.command = ABI_COMMAND_PROBE,
		.bench = what,
		.ring = VCPU_RING3,
		.iterations = nr,
	};
	struct vcpu_exit exit;

	return fpb_guest_command(guest, &request, &patient, &exit, err);
}

static int obey(const char *line, struct fpb_guest *guests, struct fpb_err *err)
{
	uint64_t nr;

	if (sscanf(line, "out %" SCNu64, &nr) == 1)
		return probe(&guests[0], ABI_PROBE_PIO, nr, err);
	if (sscanf(line, "cpuid %" SCNu64, &nr) == 1)
		return probe(&guests[0], ABI_PROBE_CPUID, nr, err);
	if (!strcmp(line, "second\n"))
		return boot(&guests[1], err);
	if (!strcmp(line, "blind\n")) {
		kvm_stats_close(guests[0].vcpu->stats);
		guests[0].vcpu->stats = NULL;
	} else if (!strcmp(line, "end\n")) {
		for (int i = 0; i < 2; i++) {
			fpb_guest_destroy(&guests[i]);
			guests[i] = (struct fpb_guest){ 0 };
		}
	} else {
		fprintf(stderr, "running_vm: '%s' is no command\n", line);
		abort();
	}
	return 0;
}

int main(void)
{
	struct fpb_guest guests[2] = { { 0 } };
	struct fpb_err err = { 0 };
	char line[64];
	int ret = boot(&guests[0], &err);

	if (ret || !kvm_stats_has(guests[0].vcpu->stats, "exits")) {
		printf("SKIP: %s\n", ret ? err.text : "KVM_GET_STATS_FD has no 'exits'");
		fpb_guest_destroy(&guests[0]);
		return SKIP;
	}
	printf("ready\n");
	fflush(stdout);
	while (!ret && fgets(line, sizeof(line), stdin)) {
		ret = obey(line, guests, &err);
		printf("%s\n", ret ? "failed" : "ok");
		fflush(stdout);
	}
	for (int i = 0; i < 2; i++)
		fpb_guest_destroy(&guests[i]);
	return ret ? fail(&err) : 0;
}
