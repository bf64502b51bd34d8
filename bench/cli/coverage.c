// SPDX-License-Identifier: MIT
#include "bench/cli/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli/groups.h"

struct coverage {
	const struct fpb_capabilities *caps;
	const char *kvm_backend;
	enum fpb_substrate substrate;
	size_t nr_available, nr_skipped;
	json_t *reasons;
	json_t *obtainable;
};

static bool is_hardware_backend(const char *backend)
{
	return backend && (!strcmp(backend, "kvm_intel") || !strcmp(backend, "kvm_amd"));
}

static json_t *what_backend(const struct coverage *c)
{
	if (is_hardware_backend(c->kvm_backend))
		return json_sprintf("another processor or kernel: this one's %s cannot run it",
				    c->kvm_backend);
	if (c->substrate == FPB_GUEST_RING0)
		return json_string("a KVM backend on VMX or SVM (kvm_intel, kvm_amd), which runs "
				   "guest code at CPL 0 natively");
	return json_string("a KVM backend on VMX or SVM (kvm_intel, kvm_amd)");
}

/* A need as people call it; the rest are instructions or words already. */
static const char *spoken(const char *need)
{
	static const struct {
		const char *need;
		const char *words;
	} names[] = {
		{ "kvm-stats", "KVM_GET_STATS_FD and its fpu_reload" },
		{ "xsave", "XSAVE" },
		{ "xsaveopt", "XSAVEOPT" },
		{ "xsavec", "XSAVEC" },
		{ "xsaves", "XSAVES" },
		{ "xgetbv1", "XGETBV(ECX=1)" },
		{ "avx", "AVX" },
		{ "avx512", "AVX-512" },
		{ "amx-guest", "AMX and XFD" },
		{ "amx-task", "AMX and XFD" },
		{ "amx", "AMX" },
		{ "pku", "PKU" },
		{ "cet-u", "CET" },
		{ "cet-s", "CET" },
		{ "xss", "IA32_XSS" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i].need, need))
			return names[i].words;
	}
	return need;
}

/* What would meet a need that is lacking for this reason, in words. */
static json_t *what_meets(const struct coverage *c, const char *reason, const char *need)
{
	static const struct {
		const char *reason;
		const char *remedy;
	} plain[] = {
		{ "no-kvm", "KVM: /dev/kvm, on a processor with VMX or SVM" },
		{ "no-permission", "permission to open /dev/kvm" },
		{ "no-pmu", "a PMU that this machine shows, and permission to use it" },
		{ "hazard", "the option --allow-hazards" },
		{ "profile", "state saved under another kernel: lab --carry-state" },
	};

	if (!strcmp(reason, "no-permission") && !strcmp(need, "fifo"))
		return json_string("permission for SCHED_FIFO: CAP_SYS_NICE or RLIMIT_RTPRIO");
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!strcmp(plain[i].reason, reason))
			return json_string(plain[i].remedy);
	}
	if (!strcmp(reason, "backend-cannot"))
		return what_backend(c);
	if (!strcmp(reason, "cpu-lacks"))
		return json_sprintf("a processor with %s", spoken(need));
	if (!strcmp(reason, "os-lacks"))
		return json_sprintf("a kernel that enables %s", spoken(need));
	return json_sprintf("a KVM with %s", spoken(need));
}

/* Appends value, unless an equal one is there. Takes the reference. */
static int add_once(json_t *array, json_t *value)
{
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (json_equal(json_array_get(array, i), value)) {
			json_decref(value);
			return 0;
		}
	}
	return json_array_append_new(array, value) ? -ENOMEM : 0;
}

/*
 * A guest that cannot run an instruction for the backend's sake would not have it by another
 * backend either where the processor lacks it.
 */
static int add_remedies(const struct coverage *c, uint64_t missing, json_t *with)
{
	const struct fpb_capability *there = &c->caps->on[c->substrate];
	const struct fpb_capability *host = &c->caps->on[FPB_HOST];
	int ret = 0;

	for (uint64_t rest = missing; !ret && rest; rest &= rest - 1) {
		const unsigned int bit = (unsigned int)__builtin_ctzll(rest);
		const char *need = fpb_need_name(1ull << bit);

		ret = add_once(with, what_meets(c, there->lack[bit].reason, need));
		if (!ret && !strcmp(host->lack[bit].reason, "cpu-lacks"))
			ret = add_once(with, what_meets(c, "cpu-lacks", need));
	}
	return ret;
}

/* Member `key` of an object, made an empty array if it is not there. */
static json_t *array_in(json_t *object, const char *key)
{
	if (!json_object_get(object, key) && json_object_set_new(object, key, json_array()))
		return NULL;
	return json_object_get(object, key);
}

static int add_obtainable(struct coverage *c, const struct fpb_row *row)
{
	const uint64_t missing = row->needs & ~c->caps->on[c->substrate].have;
	json_t *with = json_array();
	json_t *group, *lacks, *names;

	if (!with || add_remedies(c, missing, with)) {
		json_decref(with);
		return -ENOMEM;
	}
	group = groups_find(c->obtainable, "with", with);
	lacks = group ? array_in(group, "lacks") : NULL;
	names = group ? array_in(group, "names") : NULL;
	if (!lacks || !names || json_array_append_new(names, json_string(row->name)))
		return -ENOMEM;
	for (uint64_t rest = missing; rest; rest &= rest - 1) {
		if (add_once(lacks, json_string(fpb_need_name(rest & -rest))))
			return -ENOMEM;
	}
	return groups_count(group) ? -ENOMEM : 0;
}

static int add_row(struct coverage *c, const struct fpb_row *row)
{
	const struct fpb_lack *lack = fpb_row_lack(c->caps, row);
	int ret;

	if (!lack) {
		c->nr_available++;
		return 0;
	}
	c->nr_skipped++;
	ret = groups_add_reason(c->reasons, lack) ? -ENOMEM : 0;
	return ret ? ret : add_obtainable(c, row);
}

static json_t *cover(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
		     const char *kvm_backend, enum fpb_substrate substrate)
{
	struct coverage c = {
		.caps = caps,
		.kvm_backend = kvm_backend,
		.substrate = substrate,
		.reasons = json_array(),
		.obtainable = json_array(),
	};
	int ret = c.reasons && c.obtainable ? 0 : -ENOMEM;

	for (size_t i = 0; !ret && i < rows->nr; i++) {
		if (rows->row[i].substrate == substrate)
			ret = add_row(&c, &rows->row[i]);
	}
	if (ret) {
		json_decref(c.reasons);
		json_decref(c.obtainable);
		return NULL;
	}
	return json_pack("{s:b,s:I,s:I,s:o,s:o}", "available", c.nr_available > 0, "rows_available",
			 (json_int_t)c.nr_available, "rows_skipped", (json_int_t)c.nr_skipped,
			 "reasons", c.reasons, "obtainable", c.obtainable);
}

json_t *coverage_create(const struct fpb_rows *rows, const struct fpb_capabilities *caps,
			const char *kvm_backend, struct fpb_err *err)
{
	json_t *substrates = json_object();

	for (int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		json_t *one = cover(rows, caps, kvm_backend, (enum fpb_substrate)s);

		if (json_object_set_new(substrates, fpb_substrate_name((enum fpb_substrate)s),
					one)) {
			json_decref(substrates);
			(void)FPB_FAIL(err, -ENOMEM, "coverage of the substrates");
			return NULL;
		}
	}
	return substrates;
}
