// SPDX-License-Identifier: MIT
#include "bench/core/capabilities.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/hazard_list.h"

static const char *const need_names[FPB_NR_NEEDS] = {
	"kvm",	     "kvm-stats", "native",   "xsave",	 "xsaveopt",   "xsavec",
	"xsaves",    "xgetbv1",	  "avx",      "avx512",	 "cpuid-exit", "hypercall",
	"ioeventfd", "pio-exit",  "pmu",      "xcr0",	 "xsetbv",     "amx-guest",
	"xsave2",    "fifo",	  "time",     "xinuse",	 "pku",	       "cet-u",
	"cet-s",     "xss",	  "amx-task", "irqchip", "rdmsr-exit", "tsc-deadline",
	"invd",	     "hlt",	  "cr0-ts",   "amx",	 "hazard",     "carried",
};

static unsigned int bit_number(uint64_t need)
{
	return (unsigned int)__builtin_ctzll(need);
}

const char *fpb_need_name(uint64_t need)
{
	return need_names[bit_number(need)];
}

void fpb_lack_set(struct fpb_capability *capability, uint64_t need, const char *reason,
		  const char *fmt, ...)
{
	struct fpb_lack *lack = &capability->lack[bit_number(need)];
	va_list args;

	capability->have &= ~need;
	if (lack->reason[0])
		return;
	snprintf(lack->reason, sizeof(lack->reason), "%s", reason);
	va_start(args, fmt);
	vsnprintf(lack->text, sizeof(lack->text), fmt, args);
	va_end(args);
}

void fpb_capabilities_allow_hazards(struct fpb_capabilities *caps, bool is_allowed)
{
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		struct fpb_capability *c = &caps->on[s];

		c->lack[bit_number(FPB_NEED_HAZARD)] = (struct fpb_lack){ 0 };
		c->have |= FPB_NEED_HAZARD;
		if (!is_allowed)
			fpb_lack_set(c, FPB_NEED_HAZARD, "hazard",
				     "XSTATE_BV[18]=1 under IA32_XFD[18]=1 crashes some hosts ("
				     "'doctor' says which); " HAZARD_OPTION " measures it all the "
				     "same");
	}
}

const struct fpb_lack *fpb_row_lack(const struct fpb_capabilities *caps, const struct fpb_row *row)
{
	const struct fpb_capability *there = &caps->on[row->substrate];
	uint64_t missing = row->needs & ~there->have;

	/* Nothing done to this machine would make up for its processor. */
	for (uint64_t rest = missing; rest; rest &= rest - 1) {
		const struct fpb_lack *lack = &there->lack[bit_number(rest)];

		if (!strcmp(lack->reason, "cpu-lacks"))
			return lack;
	}
	return missing ? &there->lack[bit_number(missing)] : NULL;
}

static json_t *lacks_to_json(const struct fpb_capability *capability)
{
	json_t *lacks = json_object();

	for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
		const struct fpb_lack *lack = &capability->lack[i];

		if (lack->reason[0])
			json_object_set_new(lacks, need_names[i],
					    json_pack("[s,s]", lack->reason, lack->text));
	}
	return lacks;
}

json_t *fpb_capabilities_to_json(const struct fpb_capabilities *caps)
{
	json_t *on = json_array();
	json_t *xstate = json_array();

	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		const struct fpb_capability *c = &caps->on[s];

		json_array_append_new(
			on,
			json_pack("{s:I,s:b,s:I,s:I,s:I,s:o}", "have", (json_int_t)c->have,
				  "has_rdtscp", c->has_rdtscp, "counted", (json_int_t)c->counted,
				  "switched", (json_int_t)c->switched, "xfeatures",
				  (json_int_t)c->xfeatures, "lack", lacks_to_json(c)));
	}
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++)
		json_array_append_new(xstate, json_pack("[i,i]", (int)caps->xstate[i].offset,
							(int)caps->xstate[i].bytes));
	return json_pack("{s:o,s:o,s:b,s:b,s:b,s:I,s:i}", "on", on, "xstate", xstate, "is_amd",
			 caps->is_amd, "counts_instructions", caps->counts_instructions,
			 "decodes_exits", caps->decodes_exits, "always_in_use",
			 (json_int_t)caps->always_in_use, "tsc_step", (int)caps->tsc_step);
}

static int lacks_from_json(const json_t *lacks, struct fpb_capability *capability)
{
	for (unsigned int i = 0; i < FPB_NR_NEEDS; i++) {
		json_t *lack = json_object_get(lacks, need_names[i]);
		const char *reason, *text;

		if (!lack)
			continue;
		if (json_unpack(lack, "[s,s!]", &reason, &text))
			return -EPROTO;
		fpb_lack_set(capability, 1ull << i, reason, "%s", text);
	}
	return 0;
}

/* An area of this layout is written to: nothing may lie outside it. */
static int xstate_from_json(json_t *pair, struct abi_xstate *xstate)
{
	int offset, bytes;

	if (json_unpack(pair, "[i,i!]", &offset, &bytes) || offset < 0 || bytes < 0 ||
	    (int64_t)offset + bytes > XSTATE_AREA_BYTES)
		return -EPROTO;
	*xstate = (struct abi_xstate){ (uint32_t)offset, (uint32_t)bytes };
	return 0;
}

int fpb_capabilities_from_json(const json_t *json, struct fpb_capabilities *caps,
			       struct fpb_err *err)
{
	json_t *on, *xstate;
	int is_amd, counts_instructions, decodes_exits, tsc_step;
	json_int_t always_in_use;

	*caps = (struct fpb_capabilities){ 0 };
	/* json_unpack takes a mutable pointer and does not change it. */
	if (json_unpack((json_t *)(uintptr_t)json, "{s:o,s:o,s:b,s:b,s:b,s:I,s:i}", "on", &on,
			"xstate", &xstate, "is_amd", &is_amd, "counts_instructions",
			&counts_instructions, "decodes_exits", &decodes_exits, "always_in_use",
			&always_in_use, "tsc_step", &tsc_step) ||
	    tsc_step < 1 || json_array_size(on) != FPB_NR_SUBSTRATES ||
	    json_array_size(xstate) != ABI_NR_XSTATE)
		return FPB_FAIL(err, -EPROTO, "probe: its answer is not what this program writes");
	caps->is_amd = is_amd;
	caps->counts_instructions = counts_instructions;
	caps->decodes_exits = decodes_exits;
	caps->always_in_use = (uint64_t)always_in_use;
	caps->tsc_step = (uint32_t)tsc_step;
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		json_int_t have, counted, switched, xfeatures;
		json_t *lacks;
		int has_rdtscp;

		if (json_unpack(json_array_get(on, s), "{s:I,s:b,s:I,s:I,s:I,s:o}", "have", &have,
				"has_rdtscp", &has_rdtscp, "counted", &counted, "switched",
				&switched, "xfeatures", &xfeatures, "lack", &lacks) ||
		    lacks_from_json(lacks, &caps->on[s]))
			return FPB_FAIL(err, -EPROTO, "probe: answer for %s",
					fpb_substrate_name(s));
		caps->on[s].have = (uint64_t)have;
		caps->on[s].has_rdtscp = has_rdtscp;
		caps->on[s].counted = (uint64_t)counted;
		caps->on[s].switched = (uint32_t)switched;
		caps->on[s].xfeatures = (uint64_t)xfeatures;
	}
	for (unsigned int i = 0; i < ABI_NR_XSTATE; i++) {
		if (xstate_from_json(json_array_get(xstate, i), &caps->xstate[i]))
			return FPB_FAIL(err, -EPROTO, "probe: place of component %u", i);
	}
	return 0;
}
