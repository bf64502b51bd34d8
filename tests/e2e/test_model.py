#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""model: workloads by name and file, what it prints, and that docs/model.md says the same."""
import copy
import json
import re
import unittest

import lib

PRESETS = ["legacy", "linux", "linux_amx", "amx_inference", "nested"]
DOCUMENT = lib.ROOT / "docs" / "model.md"
TERMS = ["exits", "user_exits", "switches", "xfd_sync", "xfd_writes", "xfd_err", "nm", "fpstate"]


class Model(lib.Case):
    def model(self, *arguments, **options):
        return self.run_bench("model", *arguments, **options)

    def document(self, *arguments):
        return lib.parse(self.model("--format", "json", *arguments).stdout)

    def workload(self, text, name="w.json"):
        path = self.folder / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path

    def cycles(self, workload):
        """{design: cycles per second}"""
        document = self.document("--workload", self.workload(workload))
        return {policy["name"]: policy["cycles_per_second"] for policy in document["policies"]}


class Output(Model):
    def check_document(self, document):
        for key in ("workload", "costs", "policies", "break_even"):
            self.assertIn(key, document)
        for cost in document["costs"].values():
            self.assertTrue(0 <= cost["low"] <= cost["value"] <= cost["high"], cost)
            self.assertTrue(cost["source"].startswith("assumed: "), cost)
            self.assertGreater(len(cost["source"]), len("assumed: "))
            self.assertIs(cost["assumed"], True)
        names = {policy["name"] for policy in document["policies"]}
        self.assertEqual(len(names), len(document["policies"]))
        for policy in document["policies"]:
            self.assertEqual(list(policy["terms"]), TERMS)
            self.assertTrue(policy["low"] <= policy["cycles_per_second"] <= policy["high"], policy)
            self.assertAlmostEqual(sum(policy["terms"].values()) / policy["cycles_per_second"], 1)
            self.assertIn(policy["bytes_per_vcpu"], (4096, 12288))
        cycles = [policy["cycles_per_second"] for policy in document["policies"]]
        self.assertEqual(cycles, sorted(cycles))
        for point in document["break_even"]:
            self.assertEqual(set(point["between"]), {point["cheaper_below"],
                                                     point["cheaper_above"]})
            self.assertLessEqual(set(point["between"]), names)
            self.assertGreater(point["value"], 0)

    def test_presets(self):
        for name in PRESETS:
            with self.subTest(name):
                document = self.document("--workload", name)
                self.assertEqual(document["workload"]["name"], name)
                self.check_document(document)

    def test_default_workload(self):
        self.assertEqual(self.document(), self.document("--workload", "linux"))

    def test_assumptions_are_shouted(self):
        for style in ("text", "markdown"):
            first = self.model("--format", style).stdout.splitlines()[0]
            self.assertRegex(first, r"ALL \d+ COSTS ARE ASSUMED")

    def test_every_design_in_every_format(self):
        names = [policy["name"] for policy in self.document()["policies"]]
        for style in ("text", "markdown"):
            text = self.model("--format", style).stdout
            for name in names:
                self.assertRegex(text, rf"\b{name}\b")
            self.assertIn("no published figure", text)

    def test_markdown_tables(self):
        text = self.model("--format", "markdown", "--workload", "linux_amx").stdout
        columns = None
        for line in text.splitlines():
            if not line.startswith("|"):
                columns = None
                continue
            columns = columns or line.count("|")
            self.assertEqual(line.count("|"), columns, line)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = self.model(stdout=full, code=lib.UNFIT)
        self.assertIn("disk full", done.stderr)


class Workloads(Model):
    def test_output_is_input(self):
        for name in PRESETS:
            document = self.document("--workload", name)
            again = self.document("--workload", self.workload(document["workload"]))
            again["workload"]["source"] = document["workload"]["source"]
            self.assertEqual(again, document)

    def test_both_sides_of_every_break_even(self):
        """By the program itself: with the rate a little less and a little more."""
        document = self.document("--workload", "linux_amx")
        points = [point for point in document["break_even"] if "upstream" in point["between"]]
        self.assertGreater(len(points), 5)
        for point in points:
            below, above = (self.cycles(self.with_rate(document["workload"], point, factor))
                            for factor in (0.98, 1.02))
            a, b = point["cheaper_below"], point["cheaper_above"]
            self.assertLess(below[a], below[b], point)
            self.assertLess(above[b], above[a], point)

    @staticmethod
    def with_rate(workload, point, factor):
        changed, value = copy.deepcopy(workload), point["value"] * factor
        if point["parameter"] != "exits_per_second":
            changed[point["parameter"]] = value
            return changed
        scale = value / sum(changed["exits_per_second"].values())
        changed["user_exits_per_second"] *= scale
        for kind in changed["exits_per_second"]:
            changed["exits_per_second"][kind] *= scale
        return changed

    def test_more_of_a_rate_costs_no_less(self):
        workload = self.document("--workload", "linux_amx")["workload"]
        before = self.cycles(workload)
        for key, value in workload.items():
            if not key.endswith(("_per_second", "_per_day")) or isinstance(value, dict):
                continue
            after = self.cycles({**workload, key: value * 2 + 1})
            for name, cycles in before.items():
                self.assertGreaterEqual(after[name], cycles, (key, name))

    def test_claims(self):
        legacy = self.cycles(self.document("--workload", "legacy")["workload"])
        self.assertLess(legacy["upstream"], legacy["passthrough"])
        amx = self.cycles(self.document("--workload", "linux_amx")["workload"])
        self.assertLess(amx["upstream"], amx["upstream_err_lists"])
        self.assertLess(amx["upstream"], amx["intercept_always"])

    def test_empty_object(self):
        document = self.document("--workload", self.workload("{}"))
        self.assertEqual({policy["cycles_per_second"] for policy in document["policies"]}, {0})
        self.assertEqual(document["workload"]["name"], "w.json")
        self.model("--workload", self.workload("{}"))

    def test_unknown_name(self):
        done = self.model("--workload", "windows", code=lib.USAGE)
        self.check_message(done.stderr, "windows", *PRESETS)
        self.assertEqual(done.stdout, "")

    def test_wrong_files(self):
        for text, *words in (
                ("", "JSON"), ("{", "line 1"), ("[1]", "object"), ("not json", "JSON"),
                ('{"vcpus": NaN}', "line 1"), ('{"vcpus": 1e999}', "line 1"),
                ('{"vcpus": 1, "vcpus": 1}', "duplicate"),
                ('{"exits": 5}', "exits", "misspelt"), ('{"nm_per_second": -1}', "nm_per_second"),
                ('{"nm_per_second": 1e15}', "nm_per_second"),
                ('{"vcpus": 0}', "vcpus"), ('{"vcpus": "two"}', "vcpus"),
                ('{"amx_task_share": 2}', "amx_task_share"),
                ('{"exits_per_second": {"cpuidd": 1}}', "exits_per_second.cpuidd"),
                ('{"user_exits_per_second": 5}', "user_exits_per_second"),
                ('{"amx_exposed": false, "nm_per_second": 5}', "amx_exposed"),
                ("[" * 100000, "line 1")):
            with self.subTest(text[:60]):
                path = self.workload(text)
                done = self.model("--workload", path, code=lib.USAGE)
                self.check_message(done.stderr, str(path), *words)
                self.assertEqual(done.stdout, "")

    def test_unreadable(self):
        done = self.model("--workload", self.folder, code=lib.USAGE)
        self.check_message(done.stderr, str(self.folder))

    def test_hostile_names(self):
        path = self.workload({"name": "\x1b[2J\n\u202e|`x"}, "a\x1b[2J|`.json")
        for style in ("text", "markdown"):
            done = self.model("--workload", path, "--format", style)
            self.assertNotIn("\x1b", done.stdout)
            self.assertNotIn("\u202e", done.stdout)


class Reports(Model):
    """Of the lab's baseline; which rows make which cost is test_model_costs.py."""
    BASELINE = lib.ROOT / "results" / "baseline"

    def reports(self, engine):
        return sorted(self.BASELINE.glob(f"{engine}/*/report.json"))[:1]

    def costs(self, *reports):
        options = [word for report in reports for word in ("--costs", report)]
        done = self.model("--format", "json", *options)
        return lib.parse(done.stdout)["costs"], done.stderr

    def test_first_report_counts(self):
        bochs, tcg = self.reports("bochs"), self.reports("tcg")
        costs, errors = self.costs(*bochs, *tcg)
        alone, silence = self.costs(*bochs)
        self.assertEqual(silence, "")
        self.assertIn("is of another machine than", errors)
        self.assertIn("engine: bochs -> tcg", errors)
        taken = [name for name, cost in alone.items() if not cost["assumed"]]
        self.assertGreater(len(taken), 3)
        for name in taken:
            self.assertEqual(costs[name], alone[name])

    def test_counts_are_converted(self):
        costs, _ = self.costs(*self.reports("bochs"))
        rate = costs["cycles_per_insn"]
        self.assertIs(rate["assumed"], True)
        counted = {name: cost for name, cost in costs.items() if "insn" in cost}
        self.assertIn("exit_cpuid", counted)
        for cost in counted.values():
            self.assertAlmostEqual(cost["value"], cost["insn"] * rate["value"])
            self.assertLess(cost["low"], cost["value"])
            self.assertGreater(cost["high"], cost["value"])
        self.assertIn("counted in instructions",
                      self.model("--costs", *self.reports("bochs")).stdout)

    def test_nothing_new(self):
        report, = self.reports("bochs")
        self.assertIn("gives no cost", self.costs(report, report)[1])


class Usage(Model):
    def test_wrong_command_lines(self):
        for arguments, *words in (
                (["operand"], "operand", "--costs"), (["--format", "html"], "--format", "html"),
                (["--seconds", "0"], "--seconds"), (["--seconds", "x"], "--seconds"),
                (["--seconds", "nan"], "--seconds"), (["--seconds", "1e99"], "--seconds"),
                (["--seconds", "5", "--workload", self.workload("{}")], "--seconds"),
                (["--seconds", "5", "--workload", "nested"], "--seconds", "nested"),
                (["--costs", "/nowhere.json"], "/nowhere.json"),
                (["--costs", self.workload("{}")], "w.json"), (["--bogus"], "--bogus")):
            with self.subTest(str(arguments)):
                done = self.model(*arguments, code=lib.USAGE)
                self.check_message(done.stderr, *words)
                self.assertEqual(done.stdout, "")

    def test_help_names_the_workloads(self):
        text = self.model("--help").stdout
        for name in PRESETS:
            self.assertIn(name, text)


class Documented(Model):
    """docs/model.md against the program."""

    def setUp(self):
        super().setUp()
        self.text = DOCUMENT.read_text(encoding="utf-8")

    def table(self, head):
        """The cells of the table whose head begins so, without its two first lines."""
        lines = self.text[self.text.index(f"\n| {head} |") + 1:].split("\n\n")[0].splitlines()[2:]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def names(self, head):
        return [row[0].strip("`") for row in self.table(head)]

    def test_members(self):
        self.assertEqual(sorted(self.names("member")), sorted(self.document()["workload"]))

    def test_kinds_of_exits(self):
        kinds = re.search(r"Kinds of exits: `([^`]*)`", self.text)[1].split()
        self.assertEqual(kinds, list(self.document()["workload"]["exits_per_second"]))

    def test_initial_values(self):
        workload = self.document("--workload", self.workload("{}"))["workload"]
        for name, initial, _ in self.table("member"):
            value = workload[name.strip("`")]
            if initial in ("0", "1", "true"):
                self.assertIn(value, (json.loads(initial), dict.fromkeys(
                    workload["exits_per_second"], 0)), name)

    def test_designs(self):
        designs = {policy["name"]: policy["design"] for policy in self.document()["policies"]}
        self.assertEqual(sorted(self.names("design")), sorted(designs))
        for name, choices, _ in self.table("design"):
            listed = choices.split(", ")
            design = list(designs[name.strip("`")].values())
            self.assertEqual(listed, design[:len(listed)], name)
            self.assertEqual(design[len(listed):], ["xfd_xcr0_xstate"][:5 - len(listed)], name)

    def test_costs(self):
        costs = self.document()["costs"]
        self.assertEqual(self.names("cost"), list(costs))
        for name, unit, value, ends, what in self.table("cost"):
            cost = costs[name.strip("`")]
            self.assertEqual(unit, cost["unit"])
            self.assertEqual(float(value), cost["value"], name)
            self.assertEqual([float(end) for end in ends.split(", ")],
                             [cost["low"], cost["high"]], name)
            self.assertTrue(what)

    def test_presets_and_terms(self):
        self.assertEqual(self.names("name"), PRESETS)
        self.assertEqual(self.names("term"), TERMS)

    def test_json_members(self):
        shown = self.text[self.text.index("## JSON"):]
        document = self.document("--workload", "linux_amx")
        keys = set(document)
        for part in ("policies", "break_even", "sensitivity", "passthrough_pays_above"):
            keys |= set(document[part][0])
        for key in keys:
            self.assertRegex(shown, rf"\b{key}\b")

    def test_example(self):
        example = re.search(r"```json\n(.*?)```", self.text, re.DOTALL)[1]
        document = self.document("--workload", self.workload(example))
        self.assertEqual(document["workload"]["name"], json.loads(example)["name"])

    def test_negligible(self):
        self.assertIn(f"{self.document()['negligible_cycles']:,} cycles a second", self.text)


if __name__ == "__main__":
    lib.main()
