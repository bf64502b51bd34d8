#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A run of a few rows: the report, field by field, and who can read it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import lib

ROWS = "^(null/loop|null/ioctl|xsave/xsavec|xgetbv/xinuse|exit/cpuid|exit/pio(/live=sse)?)@"
RUNS = 3  # of the quick profile

CONTEXT = """date host_name executable num_cpus mhz_per_cpu cpu_scaling_enabled caches load_avg
library_build_type library_version"""
BENCHMARK = """name run_name run_type repetitions repetition_index iterations threads real_time
cpu_time time_unit"""
OURS = """schema_version suite environment plan observations derived skips failures noise_floor"""
SUITE = "version commit compiler flags build_type payload_sha256"
ENVIRONMENT = """engine kernel_release kernel_version kernel_build_id kernel_config_sha256
kernel_cmdline mitigations kvm_backend kvm_modules nested hypervisor cpu_vendor cpu_model cpu_family
cpu_model_number cpu_stepping microcode cpuid_0xd xcr0 xss_supported guest_xfeatures_permitted
kvm_feature_msrs clocksource tsc_khz tsc_step governor turbo smt thp isolcpus nr_cpus mem_total_bytes
cpu_used hwloc_xml avoided_hazards unavailable"""
PLAN = "session seed profile runs order inject complete entries"
OBSERVATION = """run name substrate unit batches iterations_per_batch overhead copies gated evidence
flags"""
SKIP_REASONS = """no-kvm no-permission cpu-lacks kvm-lacks os-lacks backend-cannot no-pmu
no-emulator hazard profile"""


class Report(lib.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="fpstate-bench-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.done, cls.files = {}, {}
        for key, seed in (("first", 7), ("same", 7), ("other", 8)):
            folder = cls.shared / key
            folder.mkdir()
            cls.files[key] = folder / "report.json"
            cls.done[key] = lib.bench("run", "--profile", "quick", "--filter", ROWS, "--seed", seed,
                                      "--out", cls.files[key])
            if cls.done[key].returncode != lib.FINE:
                raise AssertionError(f"exit code {cls.done[key].returncode}, expected 0:\n"
                                     f"{cls.done[key].stdout}{cls.done[key].stderr}")
        cls.report = lib.load(cls.files["first"])
        cls.ours = cls.report["fpstate_bench"]

    def check_keys(self, record, names, optional=()):
        self.assertEqual(set(record) - set(optional), set(names.split()) - set(optional))

    def test_nothing_else_is_left(self):
        for file in self.files.values():
            self.assertEqual([p.name for p in file.parent.iterdir()], ["report.json"])

    def test_documented_fields_and_no_others(self):
        self.check_keys(self.report, "context benchmarks fpstate_bench")
        self.check_keys(self.report["context"], CONTEXT)
        self.check_keys(self.ours, OURS)
        self.check_keys(self.ours["suite"], SUITE)
        self.check_keys(self.ours["environment"], ENVIRONMENT, optional=["unavailable"])
        self.check_keys(self.ours["plan"], PLAN)
        for observation in self.ours["observations"]:
            self.check_keys(observation, OBSERVATION, optional=["gated"])
        for skip in self.ours["skips"]:
            self.check_keys(skip, "name substrate reason text")
            self.assertIn(skip["reason"], SKIP_REASONS.split())
            self.assertTrue(skip["text"])

    def test_null_has_a_reason(self):
        environment = dict(self.ours["environment"])
        reasons = environment.pop("unavailable", {})
        self.assertEqual({key for key, value in environment.items() if value is None}, set(reasons))
        self.assertTrue(all(reasons.values()), reasons)

    def test_plan(self):
        plan = self.ours["plan"]
        self.assertEqual((plan["seed"], plan["profile"], plan["runs"], plan["order"],
                          plan["inject"], plan["complete"]),
                         (7, "quick", RUNS, "shuffled", 0, True))

    def test_every_row_of_the_list_ran_or_was_skipped(self):
        rows = lib.parse(lib.bench("list", "--json", "--filter", ROWS).stdout)
        self.assertGreaterEqual(len(rows), 6)
        available = {lib.row_id(row) for row in rows if row["available"]}
        skipped = {lib.row_id(skip) for skip in self.ours["skips"]}
        self.assertEqual(skipped, {lib.row_id(row) for row in rows} - available)
        runs = lib.by_row(self.report, lambda observation: observation["run"])
        self.assertEqual({row: sorted(nrs) for row, nrs in runs.items()},
                         {row: list(range(RUNS)) for row in available})
        self.assertEqual(self.ours["failures"], [])

    def test_entries_are_the_observations_in_order(self):
        observed = [f"{o['run']}:{o['substrate']}:{o['name']}" for o in self.ours["observations"]]
        self.assertEqual(self.ours["plan"]["entries"], observed)

    def test_seed_decides_the_order(self):
        first, same, other = (lib.load(self.files[key])["fpstate_bench"]["plan"]
                              for key in ("first", "same", "other"))
        self.assertEqual(first["entries"], same["entries"])
        self.assertNotEqual(first["entries"], other["entries"])
        self.assertEqual(sorted(first["entries"]), sorted(other["entries"]))
        self.assertNotEqual(first["session"], same["session"])

    def test_samples(self):
        for observation in self.ours["observations"]:
            with self.subTest(lib.row_id(observation)):
                self.assertGreaterEqual(len(observation["batches"]), 30)
                self.assertGreaterEqual(min(observation["batches"]), 0)
                self.assertGreaterEqual(observation["iterations_per_batch"], 64)
                self.assertGreaterEqual(observation["overhead"], 0)
                low, high = observation["copies"]
                self.assertLessEqual(low, high)

    def test_evidence_is_as_expected(self):
        proven = {}
        for observation in self.ours["observations"]:
            row, evidence = lib.row_id(observation), observation["evidence"]
            self.assertTrue(all(isinstance(figure, int) for figure in evidence.values()), evidence)
            keys = {key for key in evidence if f"expected_{key}" in evidence}
            for key in keys:
                self.check_evidence(row, key, evidence)
            self.assertEqual(proven.setdefault(row, keys), keys, f"{row}: not so in every run")
        self.assertIn("xstate_bv", proven["xsave/xsavec@host"])
        counts_reloads = any("fpu_reload" in observation["evidence"]
                             for observation in self.ours["observations"])
        for row, keys in proven.items():
            if counts_reloads and row.startswith(("exit/", "null/ioctl")):
                self.assertIn("fpu_reload", keys, row)

    def check_evidence(self, row, key, evidence):
        read, expected = evidence[key], evidence[f"expected_{key}"]
        # Counters may hold the surplus of interrupts, up to what voids an observation.
        slack = 0.05 * expected if key == "exits" else 1 if key == "fpu_reload" else 0
        self.assertLessEqual(abs(read - expected), slack, f"{row}: {key} {evidence}")

    def test_google_rows_follow_from_the_observations(self):
        khz = self.ours["environment"]["tsc_khz"]
        self.assertEqual(len(self.report["benchmarks"]), len(self.ours["observations"]))
        for row, observation in zip(self.report["benchmarks"], self.ours["observations"]):
            self.check_keys(row, f"{BENCHMARK} {observation['unit']}")
            self.assertEqual(row["name"], lib.row_id(observation))
            self.assertEqual(row["run_name"], row["name"])
            self.assertEqual((row["run_type"], row["threads"], row["time_unit"]),
                             ("iteration", 1, "ns"))
            self.assertEqual((row["repetitions"], row["repetition_index"]),
                             (RUNS, observation["run"]))
            value = lib.value(observation)
            self.assertAlmostEqual(row[observation["unit"]], value, delta=1e-6 * abs(value) + 1e-9)
            self.assertEqual(observation["unit"], "cyc")
            expected_ns = max(value * 1e6 / khz, 0.001)
            self.assertAlmostEqual(row["real_time"], expected_ns, delta=1e-6 * expected_ns)

    def test_table(self):
        done = self.done["first"]
        for row in lib.by_row(self.report, lib.value):
            name, substrate = row.split("@")
            self.assertRegex(done.stdout, rf"(?m)^{name} +{substrate} ")
        self.assertIn(str(self.files["first"]), done.stdout.splitlines()[-1])
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_debate(self):
        """Figures follow from the observations; what cannot be found says why."""
        values = lib.by_row(self.report, lambda o: (o["run"], lib.value(o)))
        derived = {figure["name"]: figure for figure in self.ours["derived"]}
        self.assertEqual(len(derived), len(self.ours["derived"]))
        section = self.done["first"].stdout.partition("debate:\n")[2].partition("\n\n")[0]
        self.assertTrue(section)
        for figure in derived.values():
            self.assertIn(f"    {figure['name']}: ", section)
            self.assertLessEqual(figure["low"], figure["value"])
            self.assertLessEqual(figure["value"], figure["high"])
            self.assertLessEqual(set(figure["from"]), set(values))
        host = sorted(value for _, value in values["xgetbv/xinuse@host"])
        self.assertAlmostEqual(derived["xgetbv_host"]["value"], host[1])
        self.assertEqual((derived["xgetbv_host"]["low"], derived["xgetbv_host"]["high"]),
                         (host[0], host[-1]))
        for skip in self.ours["skips"]:
            if lib.row_id(skip) == "xgetbv/xinuse@guest/ring0":
                self.assertIn(f"xgetbv_ring0: cannot be found here: {lib.row_id(skip)}: "
                              f"{skip['reason']}: ", section)

    def check_tool(self, tool, *arguments):
        command = [sys.executable, str(lib.ROOT / "tests" / "e2e" / tool), *map(str, arguments)]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=lib.TIMEOUT_S, check=False)
        if done.returncode == 77:
            self.skipTest(done.stdout.strip())
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_schema(self):
        self.check_tool("check_schema.py", lib.SCHEMA, *self.files.values())

    def test_google_compare_reads_it(self):
        self.check_tool("check_compare_py.py", self.files["first"], self.files["other"])


if __name__ == "__main__":
    lib.main()
