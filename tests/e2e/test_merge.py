#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Parts measured apart and joined, and noise floors, as a user does it."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = os.path.abspath(os.environ.get("FPB_BENCH", ROOT / "build" / "fpstate-bench"))
CHECK_SCHEMA = [sys.executable, "-B", ROOT / "tests" / "e2e" / "check_schema.py",
                ROOT / "docs" / "report.schema.json"]

FINE, USAGE, UNFIT, INCOMPARABLE = 0, 2, 4, 5

CHAIN = "^null/chain@host"
LOOP = "^null/loop@host"


def value(observation):
    per_operation = statistics.median(observation["batches"]) / observation["iterations_per_batch"]
    return per_operation - observation["overhead"]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fpstate-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def bench(self, *arguments, code=FINE):
        done = subprocess.run([BENCH, *map(str, arguments)], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240,
                              cwd=self.folder, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def measure(self, name, regex, runs=2):
        self.bench("run", "--profile", "quick", "--filter", regex, "--runs", runs, "--out", name,
                   "--progress", "none")

    def load(self, name):
        valid = subprocess.run([*CHECK_SCHEMA, self.folder / name], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn(valid.returncode, (0, 77), valid.stdout)
        return json.loads((self.folder / name).read_text(encoding="utf-8"))["fpstate_bench"]

    def edit(self, name, edit):
        path = self.folder / name
        document = json.loads(path.read_text(encoding="utf-8"))
        edit(document["fpstate_bench"])
        path.write_text(json.dumps(document), encoding="utf-8")

    def check_message(self, done, *words):
        messages = [line for line in done.stderr.splitlines() if line.startswith("fpstate-bench")]
        self.assertEqual(len(messages), 1, done.stderr)
        for word in words:
            self.assertIn(word, messages[0])


class Merge(Case):
    def refuse(self, code, *words):
        done = self.bench("merge", "a.json", "b.json", "--out", "m.json", code=code)
        self.check_message(done, *words)
        self.assertEqual(done.stdout, "")
        self.assertFalse((self.folder / "m.json").exists())
        return done

    def test_other_rows(self):
        self.measure("a.json", CHAIN)
        self.measure("b.json", LOOP)
        done = self.bench("merge", "--out", "m.json", "a.json", "b.json")
        self.assertEqual(done.stdout.splitlines()[-1], "report: m.json")
        a, b, m = (self.load(name) for name in ("a.json", "b.json", "m.json"))
        self.assertEqual(m["plan"]["runs"], 2)
        self.assertTrue(m["plan"]["complete"])
        self.assertEqual(m["observations"], a["observations"] + b["observations"])
        self.assertEqual(m["plan"]["entries"], a["plan"]["entries"] + b["plan"]["entries"])

    def test_more_runs(self):
        self.measure("a.json", CHAIN)
        self.measure("b.json", CHAIN, runs=3)
        self.bench("merge", "a.json", "b.json", "--out", "m.json")
        m = self.load("m.json")
        self.assertEqual(m["plan"]["runs"], 5)
        self.assertEqual([o["run"] for o in m["observations"]], [0, 1, 2, 3, 4])
        # The same part twice is one part.
        self.bench("merge", "a.json", "b.json", "a.json", "--out", "m.json")
        self.assertEqual(self.load("m.json"), m)

    def test_other_environment(self):
        self.measure("a.json", CHAIN, runs=1)
        self.measure("b.json", LOOP, runs=1)
        self.edit("b.json", lambda ours: ours["environment"].update(kernel_release="1.2.3",
                                                                    mem_total_bytes=1))
        done = self.refuse(INCOMPARABLE, "a.json", "b.json", "kernel_release")
        self.assertIn("1.2.3 (experiment)", done.stderr)
        self.assertRegex(done.stderr, r"mem_total_bytes: \d+ -> 1 \(volatile, allowed\)")

    def test_other_build(self):
        self.measure("a.json", CHAIN, runs=1)
        self.measure("b.json", LOOP, runs=1)
        self.edit("b.json", lambda ours: ours["suite"].update(build_type="Other"))
        self.refuse(INCOMPARABLE, "suite.build_type")

    def test_conflicting_duplicate(self):
        self.measure("a.json", CHAIN, runs=1)
        (self.folder / "b.json").write_bytes((self.folder / "a.json").read_bytes())
        self.edit("b.json", lambda ours: ours["observations"][0].update(overhead=12345))
        self.refuse(INCOMPARABLE, "b.json", "null/chain@host, run 0")

    def test_malformed_before_incomparable(self):
        self.measure("a.json", CHAIN, runs=1)
        (self.folder / "b.json").write_bytes((self.folder / "a.json").read_bytes())
        self.edit("b.json", lambda ours: ours["environment"].update(kernel_release="1.2.3"))
        self.edit("b.json", lambda ours: ours["plan"].update(runs="two"))
        self.refuse(USAGE, "b.json", "plan.runs")

    def test_partial_reports(self):
        self.measure("a.json", CHAIN, runs=1)
        self.edit("a.json", lambda ours: ours["plan"].update(complete=False))
        self.measure("b.json", LOOP, runs=1)
        done = self.bench("merge", "a.json", "b.json", "--out", "m.json", code=UNFIT)
        self.assertIn("incomplete", done.stdout)
        self.assertFalse(self.load("m.json")["plan"]["complete"])

    def test_command_lines(self):
        self.check_message(self.bench("merge", code=USAGE), "reports")
        self.check_message(self.bench("merge", "a.json", code=USAGE), "--out")
        self.check_message(self.bench("merge", "a.json", "--out", "m.json", code=USAGE), "a.json")
        self.assertEqual(list(self.folder.iterdir()), [])


class Noise(Case):
    def test_floors(self):
        done = self.bench("noise", "--runs", 5, "--filter", "^null/chain@host|^null/loop@host",
                          "--out", "n.json", "--progress", "none")
        report = self.load("n.json")
        self.assertEqual(report["plan"]["runs"], 5)
        self.assertEqual(done.stdout.splitlines()[-1], "report: n.json")
        for row in ("null/chain", "null/loop"):
            values = [value(o) for o in report["observations"] if o["name"] == row]
            self.assertEqual(len(values), 5)
            median = statistics.median(values)
            line, = [line for line in done.stdout.splitlines() if line.startswith(row)]
            if median <= 0:
                self.assertNotIn(f"{row}@host", report["noise_floor"])
                self.assertRegex(line, "none: median not positive$")
                continue
            floor = 1.4826 * statistics.median(abs(v - median) for v in values) / median
            self.assertAlmostEqual(report["noise_floor"][f"{row}@host"], floor, 9)
            self.assertRegex(line, rf" {100 * floor:.2f} %$")

    def test_runs_by_default(self):
        self.bench("noise", "--filter", LOOP, "--out", "n.json")
        self.assertEqual(self.load("n.json")["plan"]["runs"], 12)

    def test_command_lines(self):
        for arguments, word in ((["--runs", "1"], "--runs"), (["--filter", "["], "--filter"),
                                (["x"], "operands"), (["--seed", "1"], "--seed")):
            with self.subTest(" ".join(arguments)):
                self.check_message(self.bench("noise", *arguments, code=USAGE), word)
                self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
