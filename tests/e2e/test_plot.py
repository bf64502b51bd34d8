#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""plot: every figure from reports of this machine and of the lab, and whatever may go wrong."""
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import lib
from made_reports import counted, report, scattered, write
from pictures import CHECKS, svg_texts

INCOMPARABLE = 5

BASELINE = lib.ROOT / "results" / "baseline"
TCG = [BASELINE / "tcg" / release / "report.json"
       for release in ("6.1.0-47-cloud-amd64", "6.1.0-56-cloud-amd64",
                       "6.12.117+deb12-cloud-amd64")]
BOCHS = [BASELINE / "bochs" / release / "report.json"
         for release in ("6.1.0-56-cloud-amd64", "6.12.117+deb12-cloud-amd64")]

# Figures that a measurement of this machine has data for.
MEASURED = ["drift", "ecdf", "forest", "xsave_bytes"]

# All that gnuplot, a shell, XML and a terminal would act upon.
HOSTILE = ("`touch HACKED`$(touch HACKED)'\";system(\"touch HACKED\")#@x^{y}_z%s%n\\n\\101"
           "<script>alert(1)</script>&amp;\x1b[2J\n\u202e")
LONG = "x" * 10000

# $1: a folder, $2: its size in KiB; then a command. Shows its exit code and what it left.
SMALL_DISK = """
mount -t tmpfs -o "size=$2k" tmpfs "$1" || exit 99
folder=$1
shift 2
"$@" >/dev/null
echo "exit code $?"
find "$folder" -mindepth 1 -printf '%P %s\\n'
"""


def has_gnuplot():
    return shutil.which("gnuplot") is not None


def hostile(text, nr=4):
    """A report whose every text is this."""
    value = text.replace("/", "")
    rows = {f"exit/{value}{i}@guest/ring3": [1000 + i, 1010 + i] for i in range(nr)}
    rows[f"xsave/xsavec/state={value}/reuse=switch@host"] = [1000, 1010]
    document = report(rows, evidence={"xstate_bv": 0, "expected_xstate_bv": 0})
    ours = document["fpstate_bench"]
    ours["environment"].update(kernel_release=text, kernel_build_id=text, cpu_model=text,
                               kvm_backend="other")
    return document


class Case(lib.Case):
    def setUp(self):
        super().setUp()
        self.dir = self.folder / "figures"

    def plot(self, *arguments, code=lib.FINE, **options):
        return self.run_bench("plot", *arguments, "--out", self.dir, code=code, **options)

    def names(self):
        """What is in the folder, hidden files too."""
        return sorted(os.listdir(self.dir)) if self.dir.exists() else []

    def fake(self, script):
        """An environment in which gnuplot is this script."""
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "gnuplot").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / "gnuplot").chmod(0o755)
        return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}

    def dat(self, figure):
        """{block: [rows of columns]}"""
        blocks = {}
        for block in (self.dir / f"{figure}.dat").read_text(encoding="utf-8").split("\n\n\n"):
            name, _, rows = block.partition("\n")
            blocks[name.removeprefix("# ")] = [row.split("\t") for row in rows.splitlines()]
        return blocks

    def caption(self, figure):
        return " ".join(text.strip('"') for key, text in self.dat(figure)["texts"]
                        if key == '"caption"')


@unittest.skipUnless(has_gnuplot(), "no gnuplot here")
class Figures(Case):
    def check(self, figures, reports):
        for form, check in CHECKS.items():
            options = [option for figure in figures for option in ("--figure", figure)]
            done = self.plot(*reports, *options, "--format", form)
            self.assertEqual(done.stdout.splitlines(),
                             [f"{self.dir}/{figure}.{form}" for figure in sorted(figures)])
            self.assertEqual(done.stderr, "")
            for figure in figures:
                with self.subTest(figure=figure, format=form):
                    check(self, self.dir / f"{figure}.{form}")
        endings = ["dat", "gp", *CHECKS]
        self.assertEqual(self.names(), sorted(f"{figure}.{ending}" for figure in figures
                                              for ending in endings))

    def check_caption(self, figure, reports):
        """n, machine, kernel and build id of what is shown."""
        said = " ".join(svg_texts(self.dir / f"{figure}.svg"))
        for path in reports:
            ours = lib.load(path)["fpstate_bench"]
            for text in (f"n = {ours['plan']['runs']} run", ours["environment"]["cpu_model"],
                         ours["environment"]["kernel_release"],
                         (ours["environment"]["kernel_build_id"] or "unknown")[:12]):
                self.assertIn(text, said, figure)

    def test_kernels_of_the_lab(self):
        self.check(["exit_cost", "forest"], TCG)
        self.check_caption("exit_cost", TCG)
        self.check_caption("forest", [TCG[0], TCG[-1]])
        self.assertIn("Not shown: 1 of 3 reports", self.caption("forest"))

    def test_bochs(self):
        self.check(["ecdf", "exit_cost", "forest"], BOCHS)
        for figure in ("ecdf", "exit_cost", "forest"):
            self.check_caption(figure, BOCHS)

    def test_this_machine(self):
        """Of rows of the host, which any processor with XSAVE has; two runs, hence a drift."""
        rows = "^xsave/(xsavec|xrstor)/.*reuse=switch@host"
        for name in ("a", "b"):
            self.run_bench("run", "--filter", rows, "--profile", "quick", "--runs", "2",
                           "--progress", "none", "--out", self.folder / f"{name}.json")
        reports = [self.folder / "a.json", self.folder / "b.json"]
        self.check(MEASURED, reports)
        self.check_caption("ecdf", reports)
        self.check_caption("forest", reports)
        self.check_caption("drift", reports[1:])
        self.check_caption("xsave_bytes", reports[1:])

    def test_values_are_those_of_the_report(self):
        self.plot(*TCG, "--figure", "exit_cost")
        blocks = self.dat("exit_cost")
        labels = {int(row[0]): row[1].strip('"') for row in blocks["kinds"]}
        medians = [lib.medians(lib.load(path)) for path in TCG]
        self.assertGreater(len(blocks["points"]), 20)
        for kind, build, value, *_ in blocks["points"]:
            name, _, ring = labels[int(kind)].partition(", ")
            row = f"exit/{name}@guest/{ring.replace(' ', '') or 'ring0'}"
            self.assertEqual(float(value), medians[int(build)][row], row)

    def test_ratios_are_those_of_compare(self):
        self.plot(*BOCHS, "--figure", "forest")
        document = lib.parse(self.run_bench("compare", *BOCHS, "--format", "json").stdout)
        expected = {lib.row_id(metric): 100 * (metric["ratio"] - 1)
                    for metric in document["metrics"] if metric["gated"] and metric["ratio"]}
        low, high = map(float, self.dat("forest")["axis"][0])
        rows = {row[1].strip('"'): float(row[2]) for row in self.dat("forest")["rows"]}
        known = {row: value for row, value in rows.items() if row in expected}
        self.assertGreater(len(known), 10)
        for row, value in known.items():
            self.assertAlmostEqual(value, max(low, min(high, expected[row])), places=6)

    def test_again_by_hand(self):
        self.plot(*BOCHS, "--figure", "exit_cost", "--figure", "forest")
        for figure in ("exit_cost", "forest"):
            picture = self.dir / f"{figure}.svg"
            before = picture.read_bytes()
            picture.unlink()
            subprocess.run(["gnuplot", "-d", f"{figure}.gp"], cwd=self.dir, check=True,
                           stdin=subprocess.DEVNULL)
            self.assertEqual(picture.read_bytes(), before)

    def test_from_anywhere(self):
        """The program alone, where its sources are not."""
        program = shutil.copy(lib.BENCH, self.folder / "moved")
        done = lib.bench("plot", BOCHS[0].resolve(), "--figure", "exit_cost", "--out", self.dir,
                         program=program, cwd="/")
        self.assertEqual(done.returncode, lib.FINE, done.stderr)
        CHECKS["svg"](self, self.dir / "exit_cost.svg")

    def test_settings_of_the_user_do_not_count(self):
        self.plot(BOCHS[0], "--figure", "exit_cost")
        before = (self.dir / "exit_cost.svg").read_bytes()
        (self.folder / ".gnuplot").write_text("set decimalsign ','\nexit status 3\n",
                                              encoding="utf-8")
        self.plot(BOCHS[0], "--figure", "exit_cost",
                  env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C"})
        self.assertEqual((self.dir / "exit_cost.svg").read_bytes(), before)


@unittest.skipUnless(has_gnuplot(), "no gnuplot here")
class WhatThereIs(Case):
    def test_all_that_there_is(self):
        done = self.plot(*BOCHS)
        drawn = [pathlib.Path(line).stem for line in done.stdout.splitlines()]
        for figure in ("ecdf", "exit_cost", "forest"):
            self.assertIn(figure, drawn)
        self.assertRegex(done.stderr, "(?m)^note: drift is not drawn: in .*6.12.117.* each row "
                                      "counts the same in all its runs$")
        self.assertRegex(done.stderr, "(?m)^note: xsave_bytes is not drawn: .* counts instructions")
        self.assertEqual({name.partition(".")[0] for name in self.names()}, set(drawn))
        # A folder that is there is fine.
        self.assertEqual(self.plot(*BOCHS).stdout, done.stdout)

    def test_asked_for_by_name(self):
        done = self.plot(BOCHS[0], "--figure", "forest", code=lib.UNFIT)
        self.check_message(done.stderr, "forest", "not drawn", "two reports")
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.names(), [])
        # The others are drawn all the same.
        done = self.plot(BOCHS[0], "--figure", "drift", "--figure", "exit_cost", code=lib.UNFIT)
        self.check_message(done.stderr, "drift")
        self.assertEqual(self.names(), ["exit_cost.dat", "exit_cost.gp", "exit_cost.svg"])

    def test_not_comparable(self):
        done = self.plot(TCG[0], BOCHS[0], "--figure", "exit_cost", code=INCOMPARABLE)
        self.check_message(done.stderr, "exit_cost", str(TCG[0])[-40:], "cannot be compared",
                           "engine")
        self.assertIn("note: exit_cost is not drawn", self.plot(TCG[0], BOCHS[0]).stderr)

    def test_many_rows(self):
        """No more than can be read, and the rest is told."""
        names = [f"made/row/i={i}@host" for i in range(500)]
        for name in ("a", "b"):
            write(self.folder / f"{name}.json", report(scattered(names, 6, seed=ord(name))))
        self.plot(self.folder / "a.json", self.folder / "b.json")
        self.assertEqual(len(self.dat("forest")["rows"]), 40)
        self.assertIn("Shown are the 40 of 500 judged rows", self.caption("forest"))

    def test_failures_are_told(self):
        document = lib.load(BOCHS[0])
        ours = document["fpstate_bench"]
        ours["plan"]["complete"] = False
        ours["failures"] = [{"name": "a", "substrate": "host", "error": "void", "where": ""}]
        self.plot(write(self.folder / "a.json", document), "--figure", "exit_cost")
        self.assertIn("not finished, with failures", self.caption("exit_cost"))


@unittest.skipUnless(has_gnuplot(), "no gnuplot here")
class Hostile(Case):
    def draw(self, text, forms=("svg",)):
        """The scripts that were left, by figure."""
        for name in ("a", "b"):
            write(self.folder / f"{name}.json", hostile(text))
        for form in forms:
            done = self.plot(self.folder / "a.json", self.folder / "b.json", "--format", form,
                             cwd=self.folder)
            self.assertNotIn("\x1b", done.stdout + done.stderr)
            for line in done.stdout.splitlines():
                CHECKS[form](self, pathlib.Path(line))
        return {path.stem: path.read_text(encoding="utf-8") for path in self.dir.glob("*.gp")}

    def test_names_are_data(self):
        harmless = self.draw("name")
        self.assertLessEqual({"exit_cost", "forest", "drift", "ecdf", "xsave_bytes"}, set(harmless))
        for text in (HOSTILE, LONG, "%", '"', '"01', "\\", "a\tb", "# x", " ", "\udc80".encode(
                "utf-8", "surrogatepass").decode("latin-1")):
            with self.subTest(text[:40]):
                shutil.rmtree(self.dir)
                # svg last, as before: a script names its format.
                drawn = self.draw(text, ("pdf", "png", "svg") if text in (HOSTILE, LONG)
                                  else ("svg",))
                self.assertEqual(sorted(drawn), sorted(harmless))
                self.assertEqual([name for name in drawn if drawn[name] != harmless[name]], [])
        self.assertEqual([p for p in self.folder.rglob("*HACKED*")], [])

    def test_shown_as_they_stand(self):
        for text in ("a`b`$(c)@d^{e}_f%s", "q\"'q", '"0128"""7', "b\\n\\101", "<b>&amp;</b>", "uni é→"):
            with self.subTest(text):
                write(self.folder / "a.json",
                      report({f"exit/{text.replace('/', '')}@guest/ring3": [1000, 1010]}))
                self.plot(self.folder / "a.json", "--figure", "exit_cost")
                self.assertIn(text.replace("/", ""), svg_texts(self.dir / "exit_cost.svg"))

    def test_long_ones_are_cut_visibly(self):
        self.draw(LONG)
        for figure in ("exit_cost", "forest"):
            texts = svg_texts(self.dir / f"{figure}.svg")
            self.assertTrue(any("x...x" in text for text in texts), figure)
            self.assertLess(max(map(len, texts)), 200)

    def test_folder_with_an_odd_name(self):
        self.dir = self.folder / "it's `odd` $(HOME) \"%s\""
        self.plot(BOCHS[0], "--figure", "exit_cost")
        CHECKS["svg"](self, self.dir / "exit_cost.svg")


class Gnuplot(Case):
    """It is missing, fails, hangs or lies; the disk is full."""

    def check_fails(self, env, *words):
        done = self.plot(BOCHS[0], "--figure", "exit_cost", code=lib.UNFIT, env=env)
        self.check_message(done.stderr, *words)
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.names(), [])

    def test_missing(self):
        self.check_fails({**os.environ, "PATH": str(self.folder)}, "gnuplot", "PATH",
                         "gnuplot-nox")

    def test_failing(self):
        self.check_fails(self.fake("echo 'line 1: no such terminal' >&2; exit 3"),
                         "gnuplot exited with status 3", "line 1: no such terminal")

    def test_failing_with_much_to_say(self):
        self.check_fails(self.fake("head -c 100000 /dev/zero | tr '\\0' w; printf ' the \\033[2J end'; exit 1"),
                         "status 1", "www the \\x1b[2J end")

    def test_killed(self):
        self.check_fails(self.fake("kill -9 $$"), "gnuplot was killed by signal 9")

    def test_without_a_picture(self):
        self.check_fails(self.fake("exit 0"), "exit_cost.svg", "no whole file")

    def test_half_a_picture(self):
        self.check_fails(self.fake("echo '<svg><g>this is but a beginning' >exit_cost.svg"),
                         "exit_cost.svg", "no whole file")

    def test_hanging(self):
        pids = self.folder / "pids"
        self.check_fails(self.fake(f"echo $$ >{pids}; sleep 1000 & echo $! >>{pids}; "
                                   "echo waiting; wait"),
                         "gnuplot had not ended after 30 s", "waiting")
        for pid in pids.read_text().split():
            self.assertFalse(pathlib.Path("/proc", pid).exists(), "left behind")

    def test_interrupted(self):
        pids = self.folder / "pids"
        process = lib.start("plot", BOCHS[0], "--out", self.dir,
                            env=self.fake(f"echo $$ >{pids}.tmp; mv {pids}.tmp {pids}; sleep 1000"))
        lib.wait_until(pids.exists, "gnuplot began")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertEqual(process.returncode, lib.UNFIT)
        self.check_message(stderr, "interrupted")
        self.assertEqual(self.names(), [])
        self.assertFalse(pathlib.Path("/proc", pids.read_text().strip()).exists())

    @unittest.skipUnless(has_gnuplot(), "no gnuplot here")
    def test_full_disk(self):
        self.dir.mkdir()
        for size_k in (4, 12, 20):
            with self.subTest(size_k):
                done = subprocess.run(
                    [*lib.namespace(), "sh", "-c", SMALL_DISK, "sh", self.dir, str(size_k),
                     lib.BENCH, "plot", BOCHS[0].resolve(), "--figure", "exit_cost", "--format",
                     "png", "--out", self.dir],
                    text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.stdout.splitlines(), ["exit code 4"], done.stderr)
                self.check_message(done.stderr, str(self.dir), "space")

    @unittest.skipUnless(has_gnuplot(), "no gnuplot here")
    def test_older_figures_outlive_a_failure(self):
        self.plot(BOCHS[0], "--figure", "exit_cost")
        before = {name: (self.dir / name).read_bytes() for name in self.names()}
        self.plot(BOCHS[1], "--figure", "exit_cost", code=lib.UNFIT, env=self.fake("exit 1"))
        self.assertEqual({name: (self.dir / name).read_bytes() for name in self.names()}, before)


class Usage(Case):
    def usage(self, *arguments):
        return self.run_bench("plot", *arguments, code=lib.USAGE).stderr

    def test_operands(self):
        self.check_message(self.usage("--out", self.dir), "at least one report")
        self.check_message(self.usage(BOCHS[0]), "--out")
        self.check_message(self.usage(BOCHS[0], "--out", self.dir, "--format", "gif"), "gif",
                           "svg, pdf or png")
        self.assertFalse(self.dir.exists())

    def test_unknown_figure(self):
        self.check_message(self.usage(BOCHS[0], "--out", self.dir, "--figure", "nothing"),
                           "nothing", "drift, ecdf, exit_cost, ", "xsave_bytes")

    def test_unreadable(self):
        self.check_message(self.usage(self.folder / "none", "--out", self.dir), "none", "cannot open")
        (self.folder / "a.json").write_text("{}", encoding="utf-8")
        self.check_message(self.usage(self.folder / "a.json", "--out", self.dir), "a.json")
        write(self.folder / "b.json", counted({"exit/cpuid@guest/ring3": [1, 2]}))
        self.usage(self.folder / "b.json", self.folder / "none", "--out", self.dir)
        self.assertFalse(self.dir.exists())

    def test_a_file_as_folder(self):
        self.dir.write_text("kept", encoding="utf-8")
        self.check_message(self.usage(BOCHS[0], "--out", self.dir), "--out", str(self.dir))
        self.assertEqual(self.dir.read_text(encoding="utf-8"), "kept")

    @unittest.skipUnless(os.geteuid(), "root may write anywhere")
    def test_a_folder_of_others(self):
        self.check_message(self.run_bench("plot", BOCHS[0], "--out", "/proc/here",
                                          code=lib.UNFIT).stderr, "/proc/here", "--out")

    def test_help_lists_the_figures(self):
        done = self.run_bench("plot", "--help")
        for figure in MEASURED:
            self.assertRegex(done.stdout, rf"(?m)^  {figure} +\S")


if __name__ == "__main__":
    lib.main()
