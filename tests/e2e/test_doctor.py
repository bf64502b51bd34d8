#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`doctor`: the document's form, that it agrees with `list`, that it names what is missing here."""
import os
import pathlib
import re
import unittest

import lib

SUBSTRATES = ("host", "guest/ring0", "guest/ring3")
CHECKS = {
    "governor", "turbo", "smt", "nr_cpus", "hypervisor", "steal_percent", "clocksource", "tsc_step",
    "mitigations", "thp", "isolcpus", "nohz_full", "irqbalance", "numa_balancing", "nmi_watchdog",
    "load_average", "perf_event_paranoid", "pmu", "kvm_backend", "dev_kvm", "kvm_stats",
}
# What doctor looks at and might be tempted to change.
WATCHED = (
    "/proc/sys/kernel/perf_event_paranoid", "/proc/sys/kernel/nmi_watchdog",
    "/proc/sys/kernel/numa_balancing", "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/devices/system/cpu/smt/control", "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/cpufreq/boost",
    "/sys/devices/system/clocksource/clocksource0/current_clocksource",
)


def settings():
    return {path: pathlib.Path(path).read_text(encoding="ascii") for path in WATCHED
            if os.path.exists(path)}


class Doctor(lib.Case):
    @classmethod
    def setUpClass(cls):
        before = settings()
        cls.document = lib.parse(lib.bench("doctor", "--json").stdout)
        cls.changed = before != settings()
        cls.checks = {check["key"]: check for check in cls.document["checks"]}

    def test_form(self):
        self.assertEqual(list(self.document),
                         ["schema_version", "environment", "checks", "substrates", "sections",
                          "hazards"])
        self.assertEqual(self.document["schema_version"], 1)
        self.assertEqual(set(self.checks), CHECKS)
        self.assertEqual(len(self.document["checks"]), len(CHECKS))
        for check in self.document["checks"]:
            with self.subTest(check["key"]):
                self.assertEqual(list(check), ["key", "value", "ok", "why", "fix"])
                self.assertIsInstance(check["ok"], bool)
                self.assertIsInstance(check["why"], str)
                self.assertRegex(check["why"], r"\.$")
                self.assertIsInstance(check["fix"], str)
                if check["ok"]:
                    self.assertEqual(check["fix"], "")
                    self.assertIsNotNone(check["value"])
        self.assertEqual(tuple(self.document["substrates"]), SUBSTRATES)
        for hazard in self.document["hazards"]:
            self.assertEqual(list(hazard), ["key", "sequence", "affected", "state", "avoided",
                                            "override"])

    def test_nothing_was_changed(self):
        self.assertFalse(self.changed)

    def test_environment_is_that_of_a_report(self):
        self.run_bench("run", "--profile", "quick", "--runs", 1, "--filter", "^null/loop@host$",
                       "--out", self.out)
        recorded = lib.load(self.out)["fpstate_bench"]["environment"]
        # Measured anew each time, or a matter of the plan.
        volatile = {"tsc_khz", "tsc_step", "avoided_hazards", "unavailable"}
        self.assertEqual({key: value for key, value in self.document["environment"].items()
                          if key not in volatile},
                         {key: value for key, value in recorded.items() if key not in volatile})

    def test_substrates_agree_with_list(self):
        rows = lib.parse(self.run_bench("list", "--json").stdout)
        for name, substrate in self.document["substrates"].items():
            with self.subTest(name):
                here = [row for row in rows if row["substrate"] == name]
                skipped = [row["name"] for row in here if not row["available"]]
                self.assertEqual(substrate["rows_available"], len(here) - len(skipped))
                self.assertEqual(substrate["rows_skipped"], len(skipped))
                self.assertEqual(substrate["available"], substrate["rows_available"] > 0)
                self.assertEqual(sum(group["rows"] for group in substrate["reasons"]),
                                 len(skipped))
                # Every skipped row is in exactly one group.
                groups = substrate["obtainable"]
                self.assertEqual(sorted(row for group in groups for row in group["names"]),
                                 sorted(skipped))
                for group in groups:
                    self.assertEqual(group["rows"], len(group["names"]))
                    self.assertTrue(group["with"])
                    self.assertTrue(group["lacks"])

    def test_sections_agree_with_list(self):
        rows = lib.parse(self.run_bench("list", "--json").stdout)
        sections = self.document["sections"]
        self.assertEqual([section["section"] for section in sections], [*"ABCDEF", ""])
        skipped = [row for row in rows if not row["available"]]
        self.assertEqual(sum(section["rows_available"] for section in sections),
                         len(rows) - len(skipped))
        for section in sections:
            with self.subTest(section["section"]):
                self.assertEqual(sum(group["rows"] for group in section["reasons"]),
                                 section["rows_skipped"])
                # Where nothing can run it is said why.
                self.assertTrue(section["rows_available"] or section["reasons"]
                                or section["note"])

        def countless(groups):
            """(substrate, text); times that a probe measured differ from one to the next."""
            return {(substrate, re.sub(r"\d+", "N", text)) for substrate, text in groups}
        self.assertEqual(countless((group["substrate"], group["text"]) for section in sections
                                   for group in section["reasons"]),
                         countless((row["substrate"], row["reason"]) for row in skipped))

    def test_lack_of_a_pmu_is_named(self):
        rows = {lib.row_id(row): row for row in lib.parse(self.run_bench("list", "--json").stdout)}
        row = rows["null/core_clock@host"]
        self.assertEqual(self.checks["pmu"]["value"], row["available"])
        self.assertIn(row["reason"], self.checks["pmu"]["why"])

    def test_lack_of_kvm_is_named(self):
        usable = os.access("/dev/kvm", os.R_OK | os.W_OK)
        self.assertEqual(self.checks["dev_kvm"]["ok"], usable, self.checks["dev_kvm"])
        if not usable:
            for name in SUBSTRATES[1:]:
                self.assertFalse(self.document["substrates"][name]["available"])

    def test_software_backend_and_its_consequences(self):
        if self.document["environment"]["kvm_backend"] != "kvm_pvm":
            self.skipTest("the KVM backend here is not kvm_pvm")
        self.assertFalse(self.checks["kvm_backend"]["ok"])
        self.assertIn("interpreted", self.checks["kvm_backend"]["why"])
        group = max(self.document["substrates"]["guest/ring0"]["obtainable"],
                    key=lambda group: group["rows"])
        self.assertIn("xsave", group["lacks"])
        self.assertTrue(any("VMX or SVM" in remedy for remedy in group["with"]), group)

    def test_nested_vm_is_named(self):
        flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        is_vm = bool(re.search(r"^flags\s*:.*\bhypervisor\b", flags, re.MULTILINE))
        self.assertEqual(self.checks["hypervisor"]["ok"], not is_vm)
        self.assertEqual("nested" in self.checks["hypervisor"]["why"], is_vm)

    def test_text_names_everything(self):
        text = self.run_bench("doctor", env={**os.environ, "TERM": "xterm-256color"}).stdout
        for key in CHECKS:
            self.assertRegex(text, rf"(?m)^  {key} ")
        for name in SUBSTRATES:
            self.assertRegex(text, rf"(?m)^  {name} +\d+ available, \d+ skipped$")
        for section in self.document["sections"]:
            self.assertRegex(text, rf"(?m)^  {section['section']}.*{section['title']} +\d+ avail")
        for check in self.document["checks"]:
            # The load may have passed its limit in between.
            if check["fix"] and check["key"] != "load_average":
                self.assertIn(f"    fix: {check['fix']}\n", text)
        for hazard in self.document["hazards"]:
            self.assertRegex(text, rf"(?m)^  {hazard['key']}$")
        self.assertEqual("run --allow-hazards includes them" in text,
                         any(hazard["affected"] for hazard in self.document["hazards"]))
        self.assertNotIn("\x1b", text)

    def test_usage(self):
        done = self.run_bench("doctor", "operand", code=lib.USAGE)
        self.assertIn("operand", done.stderr)
        self.assertIn("--json", self.run_bench("doctor", "--help").stdout)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            for arguments in (["doctor"], ["doctor", "--json"]):
                done = self.run_bench(*arguments, stdout=full, code=lib.UNFIT)
                self.assertIn("standard output", done.stderr)


if __name__ == "__main__":
    lib.main()
