#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The figures over builds, of explanations, of IA32_XFD and of the model: what they show, and when."""
import copy
import json
import unittest

import lib
import test_plot
from made_reports import counted, report, scattered, write
from pictures import CHECKS, svg_texts

TCG = [lib.ROOT / "results" / "baseline" / "tcg" / release / "report.json"
       for release in ("6.1.0-47-cloud-amd64", "6.1.0-52-cloud-amd64", "6.1.0-56-cloud-amd64",
                       "6.1.0-56-amd64", "6.12.100+deb12-cloud-amd64",
                       "6.12.107+deb12-cloud-amd64", "6.12.113+deb12-cloud-amd64",
                       "6.12.117+deb12-cloud-amd64")]
FIXTURES = lib.ROOT / "tests" / "fixtures" / "figures"
EXPLAINED = FIXTURES / "explain-cpuid.json"
MADE_UP = FIXTURES / "made-up-xfd.json"

needs_gnuplot = unittest.skipUnless(test_plot.has_gnuplot(), "no gnuplot here")


class Case(test_plot.Case):
    def check(self, figure, *operands):
        """Drawn in each format, and nothing else; what the svg says."""
        for form, check in CHECKS.items():
            done = self.plot(*operands, "--figure", figure, "--format", form)
            self.assertEqual(done.stdout, f"{self.dir}/{figure}.{form}\n")
            self.assertEqual(done.stderr, "")
            check(self, self.dir / f"{figure}.{form}")
        return svg_texts(self.dir / f"{figure}.svg")

    def check_sources(self, texts, paths):
        """n, machine, kernel and build id."""
        said = " ".join(texts)
        for path in paths:
            ours = lib.load(path)["fpstate_bench"]
            environment = ours["environment"]
            for text in (f"n = {ours['plan']['runs']} run", environment["cpu_model"],
                         environment["kernel_release"], environment["kernel_build_id"][:12]):
                self.assertIn(text, said)

    def refused(self, figure, *operands, code=lib.UNFIT):
        done = self.plot(*operands, "--figure", figure, code=code)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def column(self, figure, block, k):
        return [row[k].strip('"') for row in self.dat(figure)[block]]


@needs_gnuplot
class OverBuilds(Case):
    def test_path_length(self):
        texts = self.check("path_length", *TCG)
        self.check_sources(texts, TCG)
        medians = [lib.medians(lib.load(path)) for path in TCG]
        kinds = self.column("path_length", "strips", 1)
        self.assertIn("exit/wrmsr_tscdeadline", kinds)
        expected = []
        for kind in kinds:
            values = [of_build[f"{kind}@guest/ring0"] for of_build in medians]
            expected += [value for i, value in enumerate(values) if not i or values[i - 1] != value]
        self.assertEqual([float(v) for v in self.column("path_length", "levels", 2)], expected)
        # Eight builds leave room for all values.
        self.assertEqual(len(self.dat("path_length")["values"]), len(expected))
        for value in expected:
            self.assertIn(f"{value:.0f}", texts)

    def test_labels_of_builds(self):
        """All eight are there, without what they have in common."""
        self.plot(*TCG, "--figure", "path_length")
        labels = self.column("path_length", "builds", 1)
        self.assertEqual(labels, [path.parent.name.removesuffix("-amd64") for path in TCG])

    def test_trend(self):
        texts = self.check("trend", *TCG)
        self.check_sources(texts, TCG)
        document = lib.parse(self.run_bench("trend", "--format", "json", *TCG).stdout)
        by_row = {lib.row_id(series): series for series in document["series"]}
        shown = [name.partition(" ")[0] for name in self.column("trend", "strips", 1)]
        self.assertEqual(len(shown), 8)
        changes = self.dat("trend")["changes"]
        for i, row in enumerate(shown):
            expected = [change["index"] + 1 for change in by_row[row]["change_points"]]
            self.assertEqual([int(change[1]) for change in changes if change[0] == str(i)],
                             expected, row)
        changed = sum(bool(series["change_points"]) for series in document["series"])
        self.assertIn(f"{changed} of {len(by_row)} series changed", self.caption("trend"))

    def test_step_of_timed_rows(self):
        paths = []
        rows = ["exit/cpuid@guest/ring3", "exit/pio@guest/ring3"]
        for build in range(16):
            factor = 1.05 if build >= 9 else 1
            document = report(scattered(rows, 5, seed=build, sigma=0.002, slower=factor - 1))
            document["fpstate_bench"]["environment"]["kernel_release"] = f"6.{build}-amd64"
            paths.append(write(self.folder / f"{build}.json", document))
        self.check("trend", *paths)
        self.assertEqual({row[1] for row in self.dat("trend")["changes"]}, {"10"})

    def test_one_report(self):
        self.check_message(self.refused("path_length", TCG[0]), "two kernel builds")
        self.check_message(self.refused("trend", TCG[0]), "two builds")

    def test_other_engine(self):
        bochs = test_plot.BOCHS[0]
        self.check_message(self.refused("path_length", TCG[0], bochs,
                                        code=test_plot.INCOMPARABLE), "engine")

    def test_many_builds_and_rows(self):
        paths = []
        for build in range(60):
            rows = {f"exit/kind{i:02}@guest/ring0": [1000 * i + build // (i + 2) + build // 59] * 2
                    for i in range(20)}
            document = counted(rows)
            document["fpstate_bench"]["environment"]["kernel_release"] = f"6.{build:03}-" + "x" * 60
            paths.append(write(self.folder / f"{build}.json", document))
        for figure in ("path_length", "trend"):
            self.check(figure, *paths)
        # The newest build's value too, which is wider than its place.
        self.assertIn(self.column("path_length", "values", 2)[-1],
                      svg_texts(self.dir / "path_length.svg"))
        self.assertIn("Kinds of exits not shown: 8", self.caption("path_length"))
        self.assertIn("60 builds in the order given", self.caption("trend"))


@needs_gnuplot
class Explained(Case):
    def setUp(self):
        super().setUp()
        self.document = json.loads(EXPLAINED.read_text(encoding="utf-8"))

    def written(self, **changes):
        path = self.folder / "e.json"
        path.write_text(json.dumps({**self.document, **changes}), encoding="utf-8")
        return path

    def test_difference(self):
        texts = self.check("explain", EXPLAINED)
        differences = sorted((d["b"] - d["a"] for d in self.document["difference"]), key=abs)[::-1]
        lengths = [float(v) for v in self.column("explain", "bars", 1)]
        self.assertEqual([abs(v) for v in lengths[:20]], [abs(v) for v in differences[:20]])
        totals = [kernel["total"] for kernel in self.document["kernels"]]
        self.assertEqual(sum(lengths), totals[1] - totals[0])
        for kernel in self.document["kernels"]:
            self.assertIn(kernel["kernel"], " ".join(texts))
        self.assertIn(f"n = {self.document['operations']} operations", " ".join(texts))

    def test_one_kernel(self):
        path = self.written(kernels=self.document["kernels"][:1], difference=None)
        texts = self.check("explain", path)
        self.assertEqual(sum(float(v) for v in self.column("explain", "bars", 1)),
                         self.document["kernels"][0]["total"])
        self.assertTrue(any("others together" in text for text in texts))

    def test_beside_reports(self):
        """What it lacks, reports of the same kernels have; and the other figures are drawn too."""
        done = self.plot(TCG[2], EXPLAINED, TCG[-1])
        drawn = [line.rpartition("/")[2] for line in done.stdout.splitlines()]
        self.assertLessEqual({"explain.svg", "path_length.svg", "exit_cost.svg"}, set(drawn))
        said = " ".join(svg_texts(self.dir / "explain.svg"))
        for path in (TCG[2], TCG[-1]):
            environment = lib.load(path)["fpstate_bench"]["environment"]
            self.assertIn(environment["kernel_build_id"][:12], said)
            self.assertIn(environment["cpu_model"], said)

    def test_without(self):
        self.check_message(self.refused("explain", TCG[0]), "explain --format json")

    def test_malformed(self):
        """Anybody's file: one message with the field, exit 2, nothing drawn."""
        kernels = copy.deepcopy(self.document["kernels"])
        kernels[1]["functions"][3]["insn"] += 1
        for changes, *words in (({"row": 7}, "row"), ({"operations": -1}, "operations"),
                                ({"kernels": kernels}, "kernels[1]", "add up"),
                                ({"difference": []}, "difference", "totals"),
                                ({"difference": None}, "difference")):
            with self.subTest(changes=list(changes)):
                path = self.written(**changes)
                done = self.plot(path, code=lib.USAGE)
                self.check_message(done.stderr, "e.json", *words)
                self.assertEqual(self.names(), [])
        text = EXPLAINED.read_bytes()
        for length in (1, 9, 500, len(text) // 2, len(text) - 3):
            with self.subTest(length=length):
                (self.folder / "e.json").write_bytes(text[:length])
                self.check_message(self.plot(self.folder / "e.json", code=lib.USAGE).stderr,
                                   "e.json")


class Xfd(Case):
    @needs_gnuplot
    def test_made_up(self):
        """No machine of ours has IA32_XFD: a report that says of itself that it is made up."""
        texts = self.check("xfd_parts", MADE_UP)
        self.assertTrue(any("MADE UP" in text for text in texts))
        derived = {d["from"][0].partition("/xfd=")[0]: d
                   for d in lib.load(MADE_UP)["fpstate_bench"]["derived"] if d["unit"] == "cyc"}
        exits = self.column("xfd_parts", "exits", 1)
        self.assertEqual(sorted(exits), sorted(derived))
        for place, _, *values in self.dat("xfd_parts")["tax"]:
            of_exit = derived[exits[int(place)]]
            self.assertEqual([float(v) for v in values],
                             [of_exit[key] for key in ("value", "low", "high")])
        self.assertEqual(self.column("xfd_parts", "parts", 1),
                         ["total", "entry", "rdmsr_err", "wrmsr_err", "wrmsr_xfd", "return"])

    @needs_gnuplot
    def test_two_builds(self):
        document = lib.load(MADE_UP)
        document["fpstate_bench"]["environment"]["kernel_release"] = "0.0.1-made-up"
        texts = self.check("xfd_parts", MADE_UP, write(self.folder / "b.json", document))
        self.assertIn("0.0.1-made-up", texts)

    def test_reason(self):
        """On a processor without it, the skip's own words."""
        self.check_message(self.refused("xfd_parts", TCG[-1]), "was skipped",
                           "CPUID.(0xD,1):EAX[4] (XFD) is 0", "cpu-lacks")


@needs_gnuplot
class Model(Case):
    def test_assumed(self):
        texts = self.check("break_even", TCG[-1])
        said = " ".join(texts)
        self.assertIn("ALL ASSUMED", said)
        self.assertIn("rdmsr_xfd 60", said)
        self.assertIn("upstream is cheaper", texts)

    def test_measured(self):
        self.plot(MADE_UP, "--figure", "break_even")
        self.assertIn("From the reports (cyc): rdmsr_xfd", self.caption("break_even"))
        self.assertNotIn("ALL ASSUMED", self.caption("break_even"))

    def test_as_model_says(self):
        """The line passes through the break-even point of `model` at that workload's own rate."""
        document = lib.parse(self.run_bench("model", "--workload", "linux_amx", "--costs", TCG[-1],
                                            "--format", "json").stdout)
        value, = [point["value"] for point in document["break_even"]
                  if sorted(point["between"]) == ["intercept_always", "upstream"] and
                  point["parameter"] == "exits_per_second"]
        self.plot(TCG[-1], "--figure", "break_even")
        (writes, *_), = self.dat("break_even")["workload"]
        line = [(float(row[0]), float(row[1])) for row in self.dat("break_even")["line"]]
        below = max(point for point in line if point[0] <= float(writes))
        above = min(point for point in line if point[0] >= float(writes))
        self.assertTrue(below[1] <= value <= above[1], (below, value, above))


@needs_gnuplot
class Hostile(Case):
    def scripts(self):
        return {path.stem: path.read_text(encoding="utf-8") for path in self.dir.glob("*.gp")}

    def draw(self, text):
        paths = []
        for i in range(3):
            document = counted({f"exit/{text.replace('/', '')}@guest/ring0": [100 + i] * 2,
                                "swap/x@host": [5 * i + 5] * 2})
            document["fpstate_bench"]["environment"].update(
                kernel_release=text, kernel_build_id=text, cpu_model=text)
            paths.append(write(self.folder / f"{i}.json", document))
        explained = json.loads(EXPLAINED.read_text(encoding="utf-8"))
        explained["row"] = text
        explained["kernels"][0]["kernel"] = text
        for function in explained["difference"][:3] + explained["kernels"][0]["functions"][:3]:
            function["function"] = text
        (self.folder / "e.json").write_text(json.dumps(explained), encoding="utf-8")
        for form in CHECKS:
            done = self.plot(*paths, self.folder / "e.json", "--format", form, cwd=self.folder)
            self.assertNotIn("\x1b", done.stdout + done.stderr)
            for figure in ("break_even", "explain", "path_length", "trend"):
                CHECKS[form](self, self.dir / f"{figure}.{form}")
        return self.scripts()

    def test_names_are_data(self):
        harmless = self.draw("name")
        for text in (test_plot.HOSTILE, test_plot.LONG, '"', "\\", "%s%d%%", "-", "{/=90 x}"):
            with self.subTest(text[:40]):
                self.assertEqual(self.draw(text), harmless)
        self.assertEqual([p for p in self.folder.rglob("*HACKED*")], [])

    def test_shown_as_they_stand(self):
        for text in ("a`b`$(c)@d^{e}_f%s", "q\"'q", "b\\n\\101", "<b>&amp;</b>"):
            with self.subTest(text):
                self.draw(text)
                for figure in ("explain", "path_length"):
                    said = " ".join(svg_texts(self.dir / f"{figure}.svg"))
                    self.assertIn(text.replace("/", ""), said.replace("/", ""), figure)


if __name__ == "__main__":
    lib.main()
