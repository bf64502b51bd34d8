#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""trend on series of reports made up for it, and on those of Debian's kernels."""
import random

import lib
from comparisons import CPUID, INCOMPARABLE, PIO, ROWS, Case

BASELINE = lib.ROOT / "results" / "baseline" / "tcg"

HOSTILE = "a|b`c<d>&\"'%,:\x1b[2J\n\u202e@everyone/x@host"


class Series(Case):
    """Reports b0, b1, ..: each of a kernel of its own unless told."""

    def release(self, build):
        return f"6.1.{build}-amd64"

    def named(self, build, **environment):
        environment = {"kernel_release": self.release(build), **environment}
        self.edit(f"b{build}", lambda ours: ours["environment"].update(environment))

    def counted_builds(self, *values, boots=2):
        """values: of each build {row: value in every boot}."""
        for build, rows in enumerate(values):
            self.counted(f"b{build}", {row: [value] * boots for row, value in rows.items()})
            self.named(build)
        return len(values)

    def timed_builds(self, levels, *, rows=tuple(ROWS), seed=1, sigma=0.003):
        """Each build's rows at 1000 times its level, scattered."""
        for build, level in enumerate(levels):
            self.made(f"b{build}", 3, rows=rows, seed=1000 * seed + build, slower=level - 1,
                      sigma=sigma)
            self.named(build)
        return len(levels)

    def trend(self, nr, *options, code=lib.FINE):
        paths = [self.path(f"b{build}") for build in range(nr)]
        return self.run_bench("trend", *paths, *options, code=code)

    def found(self, nr, *options, **how):
        """The series as JSON, their members checked, by row."""
        document = lib.parse(self.trend(nr, "--format", "json", *options, **how).stdout)
        self.assertEqual(list(document), ["series"])
        for series in document["series"]:
            self.assertEqual(list(series), ["name", "substrate", "unit", "points", "change_points"])
            for point in series["points"]:
                self.assertEqual(list(point), ["build", "value"])
            for change in series["change_points"]:
                self.assertEqual(list(change), ["index", "build", "before", "after", "p"])
                self.assertEqual(change["build"], series["points"][change["index"]]["build"])
        return {lib.row_id(series): series for series in document["series"]}


class Counted(Series):
    def test_every_difference(self):
        nr = self.counted_builds({CPUID: 2790, PIO: 3000}, {CPUID: 2787, PIO: 3000},
                                 {CPUID: 2787, PIO: 3000}, {CPUID: 2788, PIO: 3000})
        found = self.found(nr)
        self.assertEqual(found[CPUID]["points"],
                         [{"build": self.release(build), "value": value}
                          for build, value in enumerate([2790, 2787, 2787, 2788])])
        self.assertEqual(found[CPUID]["change_points"], [
            {"index": 1, "build": self.release(1), "before": 2790, "after": 2787, "p": None},
            {"index": 3, "build": self.release(3), "before": 2787, "after": 2788, "p": None}])
        self.assertEqual(found[PIO]["change_points"], [])
        text = self.trend(nr).stdout
        self.assertRegex(text, rf"(?m)^{CPUID} \(insn\)\n"
                               r"   2  6\.1\.1-amd64 +2790 -> +2787  ratio 0\.9989  exactly\n"
                               r"   4  6\.1\.3-amd64 +2787 -> +2788  ratio 1\.0004  exactly\n")
        self.assertNotIn(PIO, text)
        self.assertIn("4 builds, 2 series: 1 changed, 1 did not\n", text)

    def test_two_reports(self):
        nr = self.counted_builds({CPUID: 2807}, {CPUID: 2808})
        self.assertEqual(len(self.found(nr)[CPUID]["change_points"]), 1)

    def test_a_null_row(self):
        nr = self.counted_builds({CPUID: 0}, {CPUID: 2})
        self.assertRegex(self.trend(nr).stdout, r"0 -> +2  exactly\n")

    def test_boots_that_differ(self):
        nr = self.counted_builds({CPUID: 100}, {CPUID: 100}, {CPUID: 200})
        self.counted("b1", {CPUID: [100, 101]})
        self.assertEqual(self.found(nr)[CPUID]["change_points"], [])
        self.assertIn("in 3 reports no step, however large, can be found; it takes at least 8",
                      self.trend(nr).stdout)

    def test_same_build_twice(self):
        nr = self.counted_builds({CPUID: 1}, {CPUID: 1}, {CPUID: 1})
        for build, build_id in enumerate(("a" * 40, "b" * 40, "b" * 40)):
            self.named(build, kernel_release="6.1", kernel_build_id=build_id)
        self.assertEqual([point["build"] for point in self.found(nr)[CPUID]["points"]],
                         ["6.1-" + "a" * 12, "6.1-" + "b" * 12 + "#1", "6.1-" + "b" * 12 + "#2"])

    def test_gaps(self):
        nr = self.counted_builds({CPUID: 5, PIO: 1}, {PIO: 1}, {CPUID: 6, PIO: 1})
        series = self.found(nr)[CPUID]
        self.assertEqual([point["build"] for point in series["points"]],
                         [self.release(0), self.release(2)])
        self.assertEqual([change["index"] for change in series["change_points"]], [1])
        self.assertIn(f"1 series\n    {CPUID} (not in 2)\n", self.trend(nr).stdout)


class Timed(Series):
    def test_a_step(self):
        nr = self.timed_builds([1] * 8 + [1.03] * 7)
        found = self.found(nr)
        self.assertEqual(sorted(found), sorted(ROWS))
        for series in found.values():
            self.assertEqual(len(series["points"]), 15)
            self.assertEqual([change["index"] for change in series["change_points"]], [8])
            change, = series["change_points"]
            self.assertAlmostEqual(change["before"], 1000, delta=5)
            self.assertAlmostEqual(change["after"], 1030, delta=5)
            self.assertTrue(0 < change["p"] <= 0.05 / 3)
        text = self.trend(nr).stdout
        self.assertRegex(text, r"(?m)^   9  6\.1\.8-amd64 +[\d.]+ -> +[\d.]+"
                               r"  ratio 1\.0[23]\d\d  p[=<]0\.\d+$")
        self.assertIn("3 series searched at a level of 0.0167, which is 0.05 over their number: "
                      "a step can be found once 3 reports of 15 lie on either side of it", text)
        self.assertEqual(self.trend(nr).stdout, text)

    def test_nothing_to_find(self):
        nr = self.timed_builds([1] * 16)
        self.assertIn("3 series: 0 changed, 3 did not", self.trend(nr).stdout)

    def test_too_few(self):
        nr = self.timed_builds([1, 1, 1, 2, 2, 2])
        words = "in 6 reports no step, however large, can be found; it takes at least 9"
        self.assertIn(words, self.trend(nr).stdout)
        done = self.trend(nr, "--format", "json")
        self.assertRegex(done.stderr, "^note: .*" + words)
        # One row alone asks for fewer.
        self.assertIn("it takes at least 8", self.trend(nr, "--filter", CPUID).stdout)

    def test_filter(self):
        nr = self.timed_builds([1] * 4)
        self.assertEqual(list(self.found(nr, "--filter", "^exit/cpuid")), [CPUID])
        done = self.trend(nr, "--filter", "nothing", code=lib.USAGE)
        self.check_message(done.stderr, "--filter", "'nothing'")
        self.assertEqual(done.stdout, "")
        self.check_message(self.trend(nr, "--filter", "(", code=lib.USAGE).stderr, "--filter")

    def test_only_judged_rows_without_a_filter(self):
        nr = self.timed_builds([1] * 2)
        for build in range(nr):
            self.edit(f"b{build}", lambda ours: [one.update(gated=False)
                                                 for one in ours["observations"]
                                                 if lib.row_id(one) == PIO])
        self.assertEqual(sorted(self.found(nr)), sorted(set(ROWS) - {PIO}))
        self.assertIn("; 1 that is not judged by default left out", self.trend(nr).stdout)
        self.assertEqual(sorted(self.found(nr, "--filter", ".")), sorted(ROWS))


class Environment(Series):
    def setUp(self):
        super().setUp()
        self.nr = self.counted_builds({CPUID: 1}, {CPUID: 2}, {CPUID: 3})

    def test_other_machine(self):
        for key, other in (("microcode", "0x1"), ("engine", "bochs"), ("kvm_backend", "kvm_intel"),
                           ("thp", "never again")):
            with self.subTest(key):
                before = self.path("b2").read_bytes()
                self.named(2, **{key: other})
                done = self.trend(self.nr, code=INCOMPARABLE)
                self.check_message(done.stderr, "b0.json", "b2.json", key)
                self.assertIn(f"-> {other}", done.stderr)
                self.assertEqual(done.stdout, "")
                self.path("b2").write_bytes(before)

    def test_allowed_difference(self):
        self.named(2, thp="never again")
        self.trend(self.nr, "--allow-diff", "smt", code=INCOMPARABLE)
        self.assertIn("3 builds", self.trend(self.nr, "--allow-diff", "smt", "--allow-diff",
                                       "thp").stdout)

    def test_malformed_before_incomparable(self):
        self.named(1, microcode="0x1")
        self.path("b2").write_text("{", encoding="utf-8")
        self.assertIn("b2.json", self.trend(self.nr, code=lib.USAGE).stderr)

    def test_filter_before_incomparable(self):
        self.named(1, microcode="0x1")
        self.trend(self.nr, "--filter", "nothing", code=lib.USAGE)

    def test_failures(self):
        failure = {"name": "exit/pio", "substrate": "guest/ring3", "error": "void", "where": ""}
        self.edit("b1", lambda ours: ours.update(failures=[failure]))
        done = self.trend(self.nr, code=lib.UNFIT)
        self.check_message(done.stderr, "b1.json", "failures", PIO, "void")
        self.assertIn("1 series: 1 changed", done.stdout)

    def test_incomplete(self):
        self.edit("b2", lambda ours: ours["plan"].update(complete=False))
        self.check_message(self.trend(self.nr, code=lib.UNFIT).stderr, "b2.json", "plan.complete")


class Input(Series):
    def test_operands(self):
        self.counted_builds({CPUID: 1})
        for operands in ([], [self.path("b0")]):
            done = self.run_bench("trend", *operands, code=lib.USAGE)
            self.check_message(done.stderr, "at least two reports")
        self.run_bench("trend", self.path("b0"), "--format=text", self.path("b0"))
        self.run_bench("trend", "--format=markdown", *[self.path("b0")] * 2, code=lib.USAGE)

    def test_unreadable(self):
        self.counted_builds({CPUID: 1})
        done = self.run_bench("trend", self.path("b0"), self.path("none"), code=lib.USAGE)
        self.check_message(done.stderr, "none.json", "cannot open")

    def test_hostile_names(self):
        nr = self.counted_builds({HOSTILE: 1}, {HOSTILE: 2})
        self.named(1, kernel_release="\x1b]0;x\x07\u202e" + "y" * 10000)
        text = self.trend(nr).stdout
        for obeyed in ("\x1b", "\x07", "\u202e", "y" * 100):
            self.assertNotIn(obeyed, text)
        series, = self.found(nr).values()
        self.assertEqual(lib.row_id(series), HOSTILE)

    def test_full_output(self):
        nr = self.counted_builds({CPUID: 1}, {CPUID: 2})
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = lib.bench("trend", *[self.path(f"b{build}") for build in range(nr)],
                             stdout=full)
        self.assertEqual(done.returncode, lib.UNFIT)


class FalseAlarms(Series):
    def test_noise(self):
        """Of 20 series of 20 builds that are noise, at a level of 0.05 over all of them, none."""
        draw = random.Random(35)
        rows = [f"made/row/i={i}@host" for i in range(20)]
        nr = self.timed_builds([1] * 20, rows=rows, seed=draw.randrange(1000), sigma=0.01)
        self.assertIn("20 series: 0 changed", self.trend(nr).stdout)


class Debian(lib.Case):
    def test_kernels(self):
        """Every build at which a count is another one than before, and no other."""
        reports = [BASELINE / release / "report.json" for release in (
            "6.1.0-47-cloud-amd64", "6.1.0-52-cloud-amd64", "6.1.0-56-cloud-amd64",
            "6.12.100+deb12-cloud-amd64", "6.12.107+deb12-cloud-amd64",
            "6.12.113+deb12-cloud-amd64", "6.12.117+deb12-cloud-amd64")]
        text = self.run_bench("trend", *reports).stdout
        print(text)
        document = lib.parse(self.run_bench("trend", "--format", "json", *reports).stdout)
        values = [lib.medians(lib.load(report)) for report in reports]
        nr_changed = 0
        for series in document["series"]:
            row = lib.row_id(series)
            expected = [of_build[row] for of_build in values]
            self.assertEqual([point["value"] for point in series["points"]], expected)
            steps = [i for i in range(1, len(expected)) if expected[i] != expected[i - 1]]
            self.assertEqual([change["index"] for change in series["change_points"]], steps, row)
            nr_changed += bool(steps)
        self.assertGreater(nr_changed, 10)
        self.assertIn(f"{len(document['series'])} series: {nr_changed} changed", text)


if __name__ == "__main__":
    lib.main()
