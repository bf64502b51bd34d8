#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gate_power: its statistics against published values, its tables on made-up gates, and the kept
tables against the kept gates."""
import argparse
import json
import pathlib
import random
import tempfile
import unittest

import gate_power
from gate_power_table import Gates, Summary, mann_whitney, noise_floor

KEPT = gate_power.ROOT / "docs" / "gate-power"
QUIET, LOUD = "xsave/xsavec@host", "exit/pio@guest/ring3"


class MannWhitney(unittest.TestCase):
    def test_without_ties(self):
        """The example of scipy.stats.mannwhitneyu: ages at diagnosis."""
        p = mann_whitney([19, 22, 16, 29, 24], [20, 11, 17, 12])
        self.assertAlmostEqual(p, 0.11134688653314041, places=12)

    def test_with_ties(self):
        """The example of R's wilcox.test: airquality, Ozone in May and in August, p = 0.0001208."""
        may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32,
               23, 45, 115, 37]
        august = [39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45,
                  168, 73, 76, 118, 84, 85]
        self.assertAlmostEqual(mann_whitney(may, august), 0.0001208, places=7)
        self.assertEqual(mann_whitney(may, august), mann_whitney(august, may))

    def test_nothing_differs(self):
        self.assertEqual(mann_whitney([7] * 30, [7] * 30), 1)
        self.assertEqual(mann_whitney([1, 2, 3], [1, 2, 3]), 1)

    def test_its_level(self):
        """Of samples of one population one in twenty pairs is called different."""
        draw = random.Random(1)

        def sample():
            return [draw.gauss(0, 1) for _ in range(32)]
        nr = sum(mann_whitney(sample(), sample()) < 0.05 for _ in range(2000))
        self.assertTrue(70 < nr < 130, nr)


class Floor(unittest.TestCase):
    def test_one_bad_run_does_not_show(self):
        self.assertAlmostEqual(noise_floor([99, 100, 101, 100, 180]), 1.4826 * 0.01)
        self.assertEqual(noise_floor([100, 100, 100, 101]), 0)


def finding(verdict, u=0.5, shift=0.001, scale=1.0, noise=0.0005):
    values = [1000 * (1 + noise * k) for k in (-2, -1, 0, 1, 2)]
    return {"verdict": verdict, "interval": [0.99, 1.01], "p_holm": 0.1, "delta": 0.01, "u": u,
            "shift": shift, "a": values, "b": [scale * value for value in values]}


def gate(inject, rows, kind="mixed", code=0, others=0.01):
    return {"set": kind, "inject": inject, "pairs": 5, "seed": 0,
            "start": "2026-01-01T00:00:00+00:00", "seconds": 2.0, "others": others, "exit": code,
            "rows": rows}


def both(quiet, loud):
    return {QUIET: finding(quiet), LOUD: finding(loud, noise=0.02)}


class Tables(unittest.TestCase):
    def setUp(self):
        self.records = [gate(0, both("pass", "inconclusive"), code=3) for _ in range(98)]
        self.records.append(gate(0, both("pass", "regression"), code=1))
        self.records.append(gate(0, {QUIET: finding("inconclusive", u=0.01),
                                     LOUD: finding("improvement", u=0.01, noise=0.02)}, code=3))
        self.records += [gate(2, both("regression", "inconclusive"), code=1) for _ in range(97)]
        self.records += [gate(2, both("inconclusive", "pass"), code=3) for _ in range(3)]

    def summary(self):
        return Summary(self.records)

    def test_rows_are_split_by_floor(self):
        summary = self.summary()
        self.assertEqual((summary.quiet, summary.loud), ([QUIET], [LOUD]))
        self.assertAlmostEqual(summary.floor[LOUD], 1.4826 * 0.02)

    def test_figures(self):
        figures = self.summary().figures()
        for line in ("| A/A gates with a false alarm | <= 1 in 100 | 1 of 100 |",
                     "floor <= 0.3 % | >= 60 % | 99 % (1 rows) |",
                     "floor <= 0.3 % | >= 95 % | 97 % (1 rows) |",
                     f"| smallest step found in >= 95 of 100, `{LOUD}` |  | none of those tried |"):
            self.assertIn(line, figures)

    def test_counts(self):
        same = self.summary().of_same()
        self.assertIn(f"| `{QUIET}` | 0 | 0 | 99 | 1 | 1 |", same)
        self.assertIn(f"| `{LOUD}` | 1 | 1 | 0 | 98 | 1 |", same)
        self.assertIn("| gates with at least one such row; all rows: 2 | 1 | 1 | 99 | 99 | 1 |",
                      same)

    def test_a_lost_row_is_not_found(self):
        lost = Gates([gate(5, {LOUD: finding("regression")}),
                      gate(5, {QUIET: finding("regression")})])
        self.assertEqual(lost.share([LOUD], lambda found: True), 0.5)

    def test_mann_whitney_finds_only_what_is_slower(self):
        self.records = [gate(2, {QUIET: finding("pass", u=0.001, shift=shift, scale=1.02)})
                        for shift in (0.02, 0.02, -0.02)]
        summary = self.summary()
        self.assertIn(f"| `{QUIET}` | 2.0 | 0 | 3 | 0 | 2 |",
                      summary.of_planted(summary.steps["mixed", 2]))

    def test_gates_beside_something_else_do_not_count(self):
        self.records += [gate(0, both("regression", "regression"), others=0.2) for _ in range(7)]
        summary = self.summary()
        self.assertIn("| A/A gates with a false alarm | <= 1 in 100 | 1 of 100 |",
                      summary.figures())
        self.assertIn("something else ran: 7 gates.", summary.of_effort())

    def add_exits(self, percent, nr_found, nr=100):
        self.records += [gate(percent, {LOUD: finding("regression")}, "exits")
                         for _ in range(nr_found)]
        self.records += [gate(percent, {LOUD: finding("inconclusive")}, "exits")
                         for _ in range(nr - nr_found)]

    def test_smallest_step(self):
        self.add_exits(3, 10, nr=20)
        self.add_exits(5, 95)
        self.add_exits(8, 100)
        self.assertEqual(self.summary().smallest_step(LOUD), 5)
        self.assertEqual(self.summary().smallest_step(QUIET), 2)

    def test_a_few_gates_are_not_enough(self):
        self.add_exits(5, 99, nr=99)
        self.assertIsNone(self.summary().smallest_step(LOUD))
        self.add_exits(5, 1, nr=1)
        self.assertEqual(self.summary().smallest_step(LOUD), 5)

    def test_a_larger_step_that_is_missed_counts(self):
        self.add_exits(5, 95)
        self.add_exits(8, 94)
        self.assertIsNone(self.summary().smallest_step(LOUD))

    def test_plot_data(self):
        sets = self.summary().dat().split("\n\n\n")[1:]
        self.assertEqual([s.splitlines() for s in sets],
                         [[f'"{QUIET}"', "0 0.0 1.0 100 mixed", "2 97.0 0.0 100 mixed"],
                          [f'"{LOUD}"', "0 1.0 1.0 100 mixed", "2 0.0 0.0 100 mixed"]])

    def test_bad_runs(self):
        for found, side in ((self.records[0], "a"), (self.records[1], "b")):
            found["rows"][QUIET][side][0] *= 1.04
        self.records[2]["rows"][QUIET]["b"][:] = [1100] * 5
        lines = self.summary().of_bad_runs().splitlines()
        self.assertEqual(lines[2:5], ["| mixed | 0 % | 0 | 97 | 99 | 0 |",
                                      "| mixed | 0 % | 1 | 2 | 100 | 0 |",
                                      "| mixed | 0 % | 4 or more | 1 | 100 | 0 |"])


class Course(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gate-power-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "gates.jsonl"
        self.args = argparse.Namespace(gates=100, mixed=[QUIET, LOUD],
                                       exits=[LOUD, "exit/cpuid@guest/ring3"], steps=[3.0, 5.0])

    def test_fewest_pairs(self):
        self.assertEqual([gate_power.fewest_pairs(nr) for nr in (1, 2, 6, 8, 40, 100)],
                         [6, 7, 8, 9, 11, 12])

    def test_goes_on_after_a_kill(self):
        records = gate_power.Records(self.path)
        records.add(gate(0, both("pass", "pass")), {"suite": "x"})
        with self.path.open("a", encoding="utf-8") as file:
            file.write('{"set":"mixed","inj')
        again = gate_power.Records(self.path)
        self.assertEqual((again.header, again.gates), ({"suite": "x"}, records.gates))
        again.add(gate(2, both("pass", "pass")), {"suite": "x"})
        self.assertEqual(len(gate_power.Records(self.path).gates), 2)

    def test_builds_are_not_mixed(self):
        records = gate_power.Records(self.path)
        records.add(gate(0, both("pass", "pass")), {"suite": "x"})
        with self.assertRaises(SystemExit):
            records.add(gate(0, both("pass", "pass")), {"suite": "y"})

    def course(self, found):
        """[(set, rows, inject), number of gates]...; found(inject, row, nth gate): a regression?"""
        records = gate_power.Records(self.path)
        course = []
        while True:
            what = gate_power.next_gate(records, self.args)
            if not what:
                return course
            kind, rows, inject = what
            nth = records.of(kind, inject).nr
            records.gates.append(gate(inject, {
                row: finding("regression" if found(inject, row, nth) else "inconclusive")
                for row in rows}, kind))
            if course and course[-1][0] == what:
                course[-1][1] += 1
            else:
                course.append([what, 1])

    def test_course(self):
        # At 3 % five misses are few enough for one row and 95 too many for the other.
        course = self.course(lambda inject, row, nth: inject == 5 or (
            nth >= 5 if row == LOUD else nth < 5))
        self.assertEqual(course[:200], [[("mixed", self.args.mixed, inject), 1]
                                        for inject in (0, 2)] * 100)
        self.assertEqual(course[200:], [[("exits", self.args.exits, 3), 100],
                                        [("exits", self.args.exits[1:], 5), 100]])

    def test_spoilt_gates_are_measured_again(self):
        records = gate_power.Records(self.path)
        records.gates = [gate(0, both("pass", "pass"), others=1) for _ in range(200)]
        self.assertEqual(gate_power.next_gate(records, self.args), ("mixed", self.args.mixed, 0))

    def test_hopeless_steps_end_early(self):
        course = self.course(lambda inject, row, nth: False)
        self.assertEqual([nr for _, nr in course[200:]], [20, 20])
        course = self.course(lambda inject, row, nth: nth < 60)
        self.assertEqual(course[-1][1], 66)


class Kept(unittest.TestCase):
    """What docs/ shows is what docs/ keeps the gates of."""

    def folders(self):
        found = sorted(path.parent for path in KEPT.rglob("gates.jsonl"))
        self.assertIn(KEPT, found)
        return [(folder, gate_power.Records(folder / "gates.jsonl").gates) for folder in found]

    def test_in_step(self):
        for folder, gates in self.folders():
            summary = Summary(gates)
            self.assertEqual((folder / "table.md").read_text(encoding="utf-8"),
                             summary.markdown())
            self.assertEqual((folder / "power.dat").read_text(encoding="utf-8"), summary.dat())

    def test_page_shows_the_figures(self):
        page = (KEPT.parent / "gate-power.md").read_text(encoding="utf-8")
        self.assertIn(Summary(gate_power.Records(KEPT / "gates.jsonl").gates).figures(), page)

    def test_gates_share_no_run(self):
        for _, gates in self.folders():
            self.assertEqual(len({json.dumps(g["rows"]) for g in gates}), len(gates))
            self.assertEqual(len({g["seed"] for g in gates}), len(gates))


if __name__ == "__main__":
    unittest.main(verbosity=2)
