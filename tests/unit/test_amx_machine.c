// SPDX-License-Identifier: MIT
/*
 * The rows on a processor with AMX that others captured: tests/fixtures/machines/sapphire-rapids.
 * The processor's share comes from its leaves, through the prober's own function; kernel and KVM are
 * taken to grant all that the processor allows. No row is carried out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/core/plan.h"
#include "bench/core/probe_priv.h"
#include "guest/x86/xstate.h"
#include "tests/unit/captured_machine.h"

static struct fpb_rows rows;
static struct captured_machine machine;
static struct fpb_capabilities caps;

static int make_rows(void **state)
{
	struct fpb_err err = { 0 };

	(void)state;
	return fpb_rows_create(&rows, &err);
}

static int clear_rows(void **state)
{
	(void)state;
	fpb_rows_clear(&rows);
	return 0;
}

static void load(const char *name)
{
	struct fpb_capability *host = &caps.on[FPB_HOST];
	uint64_t lacking = 0;

	captured_machine_load(&machine, name);
	caps = (struct fpb_capabilities){ .tsc_step = 1 };
	probe_processor(host, &machine.cpu.source);
	for (unsigned int i = 0; i < FPB_NR_NEEDS; i++)
		lacking |= strcmp(host->lack[i].reason, "cpu-lacks") ? 0 : 1ull << i;
	for (unsigned int s = 0; s < FPB_NR_SUBSTRATES; s++) {
		memcpy(caps.on[s].lack, host->lack, sizeof(host->lack));
		caps.on[s].xfeatures = host->xfeatures;
		caps.on[s].have = ALL_NEEDS & ~lacking;
		fpb_lack_set(&caps.on[s], FPB_NEED_CARRIED, "profile", "nothing was carried here");
	}
	fpb_capabilities_allow_hazards(&caps, false);
}

static const struct fpb_row *row_of(const char *id)
{
	const struct fpb_row *row = fpb_rows_find(&rows, id);

	if (!row)
		fail_msg("there is no row %s", id);
	return row;
}

static bool is_of(const struct fpb_row *row, const char *family)
{
	return !strncmp(row->name, family, strlen(family));
}

/* Only what the user must decide or bring is missing. */
static void test_all_rows_are_available_with_amx(void **state)
{
	size_t nr_of_xfd = 0;

	(void)state;
	load("sapphire-rapids");
	for (size_t i = 0; i < rows.nr; i++) {
		const struct fpb_row *row = &rows.row[i];
		const struct fpb_lack *lack = fpb_row_lack(&caps, row);
		const bool is_missing = row->needs & (FPB_NEED_HAZARD | FPB_NEED_CARRIED);

		if (is_missing != !!lack)
			fail_msg("%s: %s", row->id, lack ? lack->text : "available");
		if (is_of(row, "xfd/") || is_of(row, "nm/")) {
			assert_null(lack);
			nr_of_xfd++;
		}
	}
	assert_true(nr_of_xfd >= 10);
}

/* And each row that needs AMX says so where there is none, by the bit that was read. */
static void test_rows_of_amx_are_skips_without_it(void **state)
{
	size_t nr = 0;

	(void)state;
	load("server-amd");
	for (size_t i = 0; i < rows.nr; i++) {
		const struct fpb_lack *lack = fpb_row_lack(&caps, &rows.row[i]);

		if (!(rows.row[i].needs & ALL_AMX))
			continue;
		nr++;
		assert_non_null(lack);
		assert_string_equal(lack->reason, "cpu-lacks");
	}
	assert_true(nr >= 20);
	for (size_t i = 0; i < rows.nr; i++) {
		if (!fpb_row_lack(&caps, &rows.row[i]))
			assert_int_equal(fpb_row_permission(&rows.row[i], &caps),
					 XSTATE_PERMISSION_NONE);
	}
}

/* What bench.h says of each need, and the prober never finds elsewhere. */
static void test_needs_can_be_met(void **state)
{
	const uint64_t host_only = FPB_NEED_PMU | FPB_NEED_AMX | FPB_NEED_AMX_TASK |
				   FPB_NEED_CARRIED | FPB_NEED_XSAVE2;
	const uint64_t ring0_only = FPB_NEED_CET_U | FPB_NEED_CET_S | FPB_NEED_XSS |
				    FPB_NEED_RDMSR_EXIT | FPB_NEED_TSC_DEADLINE | FPB_NEED_INVD |
				    FPB_NEED_HLT | FPB_NEED_CR0_TS | FPB_NEED_XSETBV;

	(void)state;
	for (size_t i = 0; i < rows.nr; i++) {
		const struct fpb_row *row = &rows.row[i];
		uint64_t never = ~ALL_NEEDS;

		never |= row->substrate == FPB_HOST ? 0 : host_only;
		never |= row->substrate == FPB_GUEST_RING0 ? 0 : ring0_only;
		if (row->needs & never)
			fail_msg("%s needs %s, which its substrate never has", row->id,
				 fpb_need_name((row->needs & never) & -(row->needs & never)));
		if (row->prefers & ~FPB_NEED_PERMISSION)
			fail_msg("%s prefers what is no permission", row->id);
	}
}

static void expect_permission(const char *id, enum xstate_permission permission)
{
	if (fpb_row_permission(row_of(id), &caps) != permission)
		fail_msg("%s runs with permission %d, expected %d", id,
			 fpb_row_permission(row_of(id), &caps), permission);
}

static void test_permission_of_each_row(void **state)
{
	(void)state;
	load("sapphire-rapids");
	for (size_t i = 0; i < rows.nr; i++) {
		const struct fpb_row *row = &rows.row[i];
		const uint64_t asked = (row->needs | row->prefers) & FPB_NEED_PERMISSION;
		const enum xstate_permission permission = fpb_row_permission(row, &caps);

		/* One process cannot be of two classes. */
		if (asked == FPB_NEED_PERMISSION)
			fail_msg("%s asks for both permissions", row->id);
		assert_int_equal(permission, asked == FPB_NEED_AMX_GUEST  ? XSTATE_PERMISSION_GUEST
					     : asked == FPB_NEED_AMX_TASK ? XSTATE_PERMISSION_TASK
									  : XSTATE_PERMISSION_NONE);
	}
	expect_permission("exit/cpuid@guest/ring0", XSTATE_PERMISSION_GUEST);
	expect_permission("exit/cpuid/os=legacy@guest/ring0", XSTATE_PERMISSION_NONE);
	expect_permission("swap/run_immediate/live=amx@host", XSTATE_PERMISSION_GUEST);
	expect_permission("ctxsw/pipe/live=amx@host", XSTATE_PERMISSION_TASK);
	expect_permission("expand/lazy_task@host", XSTATE_PERMISSION_TASK);
	/* Its SIGILL is the want of permission. */
	expect_permission("nm/host_sigill@host", XSTATE_PERMISSION_NONE);
}

/* Their difference is the figure: measured together, which one process must be able to. */
static void test_primed_rows_have_their_twin_beside_them(void **state)
{
	struct fpb_report report = { 0 };
	struct fpb_plan plan;
	struct fpb_err err = { 0 };
	size_t nr_twins = 0;

	(void)state;
	load("sapphire-rapids");
	assert_int_equal(fpb_plan_create(&rows, &caps, 2, 1, &plan, &report, &err), 0);
	for (size_t i = 0; i < plan.nr; i++) {
		const struct fpb_row *row = plan.entry[i].row;

		if (strstr(row->name, "/cpuid/xfd=primed")) {
			assert_non_null(plan.entry[i].twin);
			assert_string_equal(plan.entry[i].twin->id, "exit/cpuid@guest/ring0");
		}
		if (!plan.entry[i].twin)
			continue;
		assert_int_equal(fpb_row_permission(row, &caps),
				 fpb_row_permission(plan.entry[i].twin, &caps));
		nr_twins++;
	}
	assert_true(nr_twins >= 4);
	fpb_plan_clear(&plan);
	fpb_report_clear(&report);
}

static struct cpuid_regs leaf_d(uint32_t component)
{
	return machine.cpu.source.cpuid(&machine.cpu.source, CPUID_D, component);
}

static void test_layout(void **state)
{
	uint32_t compacted = 576;

	(void)state;
	load("sapphire-rapids");
	assert_int_equal(leaf_d(17).ebx, 2752);
	assert_int_equal(leaf_d(17).eax, sizeof(struct tile_config));
	assert_int_equal(leaf_d(18).ebx, 2816);
	assert_int_equal(leaf_d(18).eax, 8 * AMX_TILE_BYTES);
	assert_int_equal(leaf_d(18).ecx, CPUID_DI_ECX_ALIGNED | CPUID_DI_ECX_XFD);
	assert_int_equal(leaf_d(0).ecx, 2816 + 8 * AMX_TILE_BYTES);
	assert_true(leaf_d(0).ecx <= XSTATE_AREA_BYTES);
	/* All of XCR0 and IA32_XSS at once, as XSAVES lays it out. */
	for (unsigned int i = 2; i < 64; i++) {
		const struct cpuid_regs r = leaf_d(i);

		if (r.eax && r.ecx & CPUID_DI_ECX_ALIGNED)
			compacted = (compacted + 63) & ~63u;
		compacted += r.eax;
		assert_true(!r.eax || i < ABI_NR_XSTATE);
		assert_true(r.ecx & CPUID_DI_ECX_SUPERVISOR || r.ebx + r.eax <= leaf_d(0).ecx);
	}
	assert_true(compacted <= XSTATE_AREA_BYTES);
	/* CPUID.(0xD,1):EBX of the record: whatever of IA32_XSS its kernel had enabled. */
	assert_true(leaf_d(1).ebx <= compacted);
}

/* SDM vol. 2A, CPUID leaves 1DH and 1EH: the palette that LDTILECFG's operand of ours asks for. */
static void test_palette(void **state)
{
	const struct cpu_source *cpu = &machine.cpu.source;
	struct tile_config config;
	struct cpuid_regs palette;

	(void)state;
	load("sapphire-rapids");
	tile_config_full(&config);
	assert_true(config.palette <= cpu->cpuid(cpu, 0x1d, 0).eax);
	palette = cpu->cpuid(cpu, 0x1d, config.palette);
	assert_int_equal(palette.eax & 0xffff, 8 * AMX_TILE_BYTES);
	assert_int_equal(palette.eax >> 16, AMX_TILE_BYTES);
	assert_int_equal(palette.ebx & 0xffff, AMX_ROW_BYTES);
	assert_int_equal(palette.ebx >> 16, 8);
	assert_int_equal(palette.ecx & 0xffff, AMX_TILE_ROWS);
	for (unsigned int i = 0; i < sizeof(config.rows) / sizeof(config.rows[0]); i++) {
		assert_int_equal(config.row_bytes[i], i < 8 ? AMX_ROW_BYTES : 0);
		assert_int_equal(config.rows[i], i < 8 ? AMX_TILE_ROWS : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_rows_are_available_with_amx),
		cmocka_unit_test(test_rows_of_amx_are_skips_without_it),
		cmocka_unit_test(test_needs_can_be_met),
		cmocka_unit_test(test_permission_of_each_row),
		cmocka_unit_test(test_primed_rows_have_their_twin_beside_them),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_palette),
	};

	return cmocka_run_group_tests(tests, make_rows, clear_rows);
}
