#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""compare on reports made up for it: verdicts, what differs, every format."""
import shutil
import subprocess
import sys

import lib
from comparisons import CPUID, INCOMPARABLE, PIO, XSAVEC, Case
from made_reports import report

HERE = lib.ROOT / "tests" / "e2e"
MADE_REPORTS, CHECK_SCHEMA = HERE / "made_reports.py", HERE / "check_schema.py"
JUNIT_SCHEMA = lib.ROOT / "tests" / "fixtures" / "junit.xsd"

# What a report of unknown origin may call a row.
HOSTILE = "a|b`c<d>&\"'%,:\x1b[2J\n\u202e\uffff@everyone/x@host"


class Verdicts(Case):
    def test_same_build(self):
        self.made("a")
        self.made("b", seed=2)
        judged = self.judged()
        self.assertEqual(judged["verdict"], "pass")
        self.assertFalse(judged["paired"])
        self.assertEqual([m["verdict"] for m in judged["metrics"].values()], ["pass"] * 3)
        text = self.compare().stdout
        self.assertRegex(text, r"exit/cpuid@guest/ring3 +[\d.]+ -> [\d.]+ cyc: \w+ by [\d.]+ % "
                               r"\[-?[\d.]+, -?[\d.]+\], Holm p=[\d.]+, limit 1 %")
        self.assertIn("order in which base and new were measured was not controlled", text)

    def test_slower(self):
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        judged = self.judged()
        self.assertEqual(judged["verdict"], "regression")
        metric = judged["metrics"][CPUID]
        self.assertEqual(metric["verdict"], "regression")
        self.assertAlmostEqual(metric["ratio"], 1.05, delta=0.005)
        low, high = metric["ci"]
        self.assertTrue(1.01 < low < metric["ratio"] < high)
        self.assertTrue(metric["p"] <= metric["p_holm"] < 0.05)
        self.assertEqual((metric["delta"], metric["exact"], metric["gated"]), (0.01, False, True))
        self.assertIn("slower by ", self.compare().stdout)

    def test_faster(self):
        self.made("a")
        self.made("b", seed=2, slower=-0.05)
        judged = self.judged()
        self.assertEqual(judged["verdict"], "improvement")
        self.assertEqual(judged["metrics"][PIO]["verdict"], "improvement")
        self.assertRegex(self.compare().stdout, r"faster by [45]\.\d % \[4\.\d, 5\.\d\]")

    def test_zero_variance(self):
        self.write("a", report({CPUID: [1000] * 12, PIO: [1000] * 12}))
        self.write("b", report({CPUID: [1000] * 12, PIO: [1050] * 12}))
        self.assertEqual(self.verdicts(), {PIO: "regression", CPUID: "pass"})
        self.assertEqual(self.verdicts(new="a"), {PIO: "pass", CPUID: "pass"})

    def test_one_run(self):
        self.made("a", 1)
        self.made("b", 1, seed=2, slower=0.5)
        judged = self.judged()
        self.assertEqual(judged["verdict"], "inconclusive")
        self.assertIsNone(judged["metrics"][CPUID]["ci"])
        self.assertGreater(judged["metrics"][CPUID]["runs_needed"], 1)
        self.assertIn("no difference, however large, could be flagged", self.compare().stdout)

    def test_one_row(self):
        self.made("a", rows=[CPUID])
        self.made("b", rows=[CPUID], seed=2, slower=0.05)
        metric = self.judged()["metrics"][CPUID]
        self.assertEqual(metric["verdict"], "regression")
        self.assertEqual(metric["p"], metric["p_holm"])

    def test_no_common_rows(self):
        self.made("a", rows=[CPUID])
        self.made("b", rows=[PIO])
        judged = self.judged()
        self.assertEqual((judged["lost"], judged["gained"]), ([CPUID], [PIO]))
        self.assertEqual((judged["metrics"], judged["verdict"]), ({}, "regression"))

    def test_delta(self):
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        metric = self.judged("--delta", "10")["metrics"][CPUID]
        self.assertEqual((metric["delta"], metric["verdict"]), (0.1, "pass"))

    def test_delta_follows_the_noise_floor(self):
        self.made("a")
        self.made("b", seed=2, slower=0.05)
        self.made("n")
        self.edit("a", lambda ours: ours.update(noise_floor={CPUID: 0.1}))
        self.edit("n", lambda ours: ours.update(noise_floor={CPUID: 0.9, PIO: 0.2}))
        metrics = self.judged("--noise", self.path("n"))["metrics"]
        self.assertAlmostEqual(metrics[CPUID]["delta"], 3 * 0.1 / 12 ** 0.5)
        self.assertAlmostEqual(metrics[PIO]["delta"], 3 * 0.2 / 12 ** 0.5)
        self.assertEqual(metrics[XSAVEC]["delta"], 0.01)
        self.assertEqual([m["verdict"] for m in metrics.values()],
                         ["regression", "pass", "pass"])

    def test_noise_file_without_floors(self):
        self.made("a")
        self.made("b", seed=2)
        done = self.compare("--noise", self.path("b"), code=lib.USAGE)
        self.check_message(done.stderr, "b.json", "noise_floor")

    def test_noise_of_another_machine(self):
        self.made("a")
        self.edit("a", lambda ours: ours.update(noise_floor={CPUID: 0.001}))
        self.write("n", lib.load(self.path("a")))
        self.assertEqual(self.compare("--noise", self.path("n"), new="a").stderr, "")
        self.edit("n", lambda ours: ours["environment"].update(cpu_model="other"))
        self.assertRegex(self.compare("--noise", self.path("n"), new="a").stderr,
                         r"another machine .*cpu_model: AMD EPYC 7B13 -> other")

    def test_paired(self):
        """What both runs of a pair share does not count; unpaired it hides the difference."""
        drift = [1000 * (1 + 0.1 * k) for k in range(12)]
        slower = [value * (1.03 + 0.0001 * (k % 3)) for k, value in enumerate(drift)]
        self.write("a", report({CPUID: drift}, order="abba", session=1))
        self.write("b", report({CPUID: slower}, order="abba", session=1))
        judged = self.judged()
        self.assertTrue(judged["paired"])
        self.assertEqual(judged["metrics"][CPUID]["verdict"], "regression")
        self.write("b", report({CPUID: slower}, order="abba", session=2))
        judged = self.judged()
        self.assertFalse(judged["paired"])
        self.assertEqual(judged["metrics"][CPUID]["verdict"], "inconclusive")

    def test_pairs_are_of_runs_that_both_have(self):
        for name in ("a", "b"):
            self.made(name, 13, order="abba", sigma=0)
        for name, run in (("a", 0), ("b", 12)):
            self.edit(name, lambda ours, run=run: ours.update(
                observations=[o for o in ours["observations"] if o["run"] != run]))
        # 2 / 2^11: eleven pairs are left.
        self.assertEqual(self.judged()["metrics"][CPUID]["verdict"], "pass")
        self.edit("b", lambda ours: [o.update(batches=[2 * b for b in o["batches"]])
                                     for o in ours["observations"]])
        self.assertAlmostEqual(self.judged()["metrics"][CPUID]["p"], 2 / 2 ** 11)

    def test_no_pair_in_common(self):
        for name, run in (("a", 0), ("b", 1)):
            self.made(name, 2, order="abba")
            self.edit(name, lambda ours, run=run: ours.update(
                observations=[o for o in ours["observations"] if o["run"] != run]))
        judged = self.judged()
        self.assertEqual(judged["verdict"], "inconclusive")
        self.assertGreater(judged["metrics"][CPUID]["runs_needed"], 0)

    def test_not_gated(self):
        self.made("a", gated=False)
        self.made("b", seed=2, slower=0.5, gated=False)
        judged = self.judged()
        metric = judged["metrics"][CPUID]
        self.assertEqual((metric["verdict"], metric["gated"]), ("not-gated", False))
        self.assertGreater(metric["ratio"], 1.4)
        self.assertIsNone(metric["p_holm"])
        self.assertEqual(judged["verdict"], "inconclusive")
        self.assertIn("not one row was judged", self.compare().stdout)

    def test_null_rows(self):
        self.write("a", report({CPUID: [0, 1] * 6, PIO: [1000] * 12}))
        self.write("b", report({CPUID: [1, 2] * 6, PIO: [1000] * 12}))
        metric = self.judged()["metrics"][CPUID]
        self.assertEqual(metric["verdict"], "not-gated")
        self.assertEqual((metric["ratio"], metric["ci"], metric["p"]), (None, None, None))

    def test_filter_judges_what_it_matches(self):
        self.made("a", gated=False)
        self.made("b", seed=2, slower=0.05, gated=False)
        self.assertEqual(self.verdicts("--filter", "^exit/"),
                         {CPUID: "regression", PIO: "regression"})

    def test_filter_that_matches_nothing(self):
        self.made("a")
        self.made("b")
        self.edit("b", lambda ours: ours["environment"].update(microcode="0x1"))
        done = self.compare("--filter", "nothing", code=lib.USAGE)
        self.check_message(done.stderr, "--filter", "'nothing'")

    def test_filter_that_is_no_expression(self):
        self.made("a")
        done = self.compare("--filter", "(", new="a", code=lib.USAGE)
        self.check_message(done.stderr, "--filter", "'('")


class Counted(Case):
    def test_one_instruction(self):
        self.counted("a", {CPUID: [2807, 2807], PIO: [950, 950]})
        self.counted("b", {CPUID: [2808, 2808], PIO: [950, 950]})
        judged = self.judged()
        self.assertEqual(judged["verdict"], "regression")
        metric = judged["metrics"][CPUID]
        self.assertEqual((metric["base"], metric["new"]), (2807, 2808))
        self.assertEqual((metric["p"], metric["ci"], metric["p_holm"]), (None, None, None))
        self.assertTrue(metric["exact"])
        self.assertAlmostEqual(metric["ratio"], 2808 / 2807)
        self.assertEqual(judged["metrics"][PIO]["verdict"], "pass")
        self.assertIn("slower by 1 insn (0.04 %), exactly", self.compare().stdout)
        # --delta is about noise, of which there is none here.
        self.assertEqual(self.verdicts("--delta", "5")[CPUID], "regression")

    def test_one_instruction_less(self):
        self.counted("a", {CPUID: [2807, 2807]})
        self.counted("b", {CPUID: [2806, 2806]})
        self.assertEqual(self.verdicts(), {CPUID: "improvement"})

    def test_identical(self):
        self.counted("a", {CPUID: [2807.25, 2807.25], PIO: [950, 950]})
        self.assertEqual(self.verdicts(new="a"), {CPUID: "pass", PIO: "pass"})

    def test_null_rows(self):
        self.counted("a", {CPUID: [0, 0], PIO: [950, 950]})
        self.counted("b", {CPUID: [2, 2], PIO: [950, 950]})
        self.assertEqual(self.verdicts(), {PIO: "pass", CPUID: "not-gated"})

    def test_boots_differ(self):
        self.counted("a", {CPUID: [2807, 2807], PIO: [950, 951]})
        self.counted("b", {CPUID: [2807, 2807], PIO: [960, 960]})
        judged = self.judged()
        self.assertEqual(judged["metrics"][PIO]["verdict"], "not-gated")
        self.assertTrue(judged["metrics"][PIO]["gated"])
        self.assertEqual(judged["verdict"], "pass")
        self.assertIn("base 950 to 951, new 960", self.compare().stdout)

    def test_on_a_real_machine_nothing_is_exact(self):
        self.write("a", report({CPUID: [2807, 2807]}))
        self.write("b", report({CPUID: [2808, 2808]}))
        metric = self.judged()["metrics"][CPUID]
        self.assertEqual((metric["exact"], metric["verdict"]), (False, "inconclusive"))


class Environment(Case):
    def setUp(self):
        super().setUp()
        self.made("a")
        self.made("b", seed=2)

    def change(self, **environment):
        self.edit("b", lambda ours: ours["environment"].update(environment))

    def test_other_kernel(self):
        self.change(kernel_release="6.12.41-amd64")
        judged = self.judged()
        self.assertEqual(judged["environment_diff"], [
            {"key": "kernel_release", "base": "6.1.0-32-amd64", "new": "6.12.41-amd64",
             "allowed": True}])
        self.assertEqual(judged["verdict"], "pass")
        text = self.compare().stdout
        self.assertLess(text.index("kernel_release: 6.1.0-32-amd64 -> 6.12.41-amd64"),
                        text.index(CPUID))

    def test_other_processor(self):
        self.change(microcode="0x1")
        judged = self.judged(code=INCOMPARABLE)
        self.assertEqual((judged["verdict"], judged["metrics"]), ("incomparable", {}))
        self.assertFalse(judged["environment_diff"][0]["allowed"])
        done = self.compare("--allow-diff", "microcode", code=INCOMPARABLE)
        self.check_message(done.stderr, "a.json", "b.json", "microcode: 0xa0011d5 -> 0x1")

    def test_setting(self):
        self.change(thp="always", smt=False)
        done = self.compare("--allow-diff", "thp", code=INCOMPARABLE)
        self.check_message(done.stderr, "smt", "--allow-diff smt")
        self.compare("--allow-diff", "thp", "--allow-diff=smt")

    def test_other_build_type(self):
        self.edit("b", lambda ours: ours["suite"].update(build_type="debug"))
        self.compare(code=INCOMPARABLE)

    def test_failures(self):
        failure = {"name": "exit/pio", "substrate": "guest/ring3", "error": "void", "where": ""}
        self.edit("b", lambda ours: ours.update(failures=[failure]))
        done = self.compare(code=lib.UNFIT)
        self.check_message(done.stderr, "b.json", "failures", PIO, "void")
        self.assertIn("verdict: pass", done.stdout)

    def test_incomplete(self):
        self.edit("a", lambda ours: ours["plan"].update(complete=False))
        self.check_message(self.compare(code=lib.UNFIT).stderr, "a.json", "plan.complete")

    def test_lost_rows_say_why(self):
        skip = {"name": "exit/cpuid", "substrate": "guest/ring3", "reason": "kvm-lacks",
                "text": "KVM_CAP_X: read 0"}
        self.made("b", rows=[PIO])
        self.edit("b", lambda ours: ours.update(skips=[skip]))
        self.assertEqual(self.judged()["lost"], [CPUID, XSAVEC])
        text = self.compare().stdout
        self.assertIn(f"{CPUID} (cyc): lost: skipped as kvm-lacks: KVM_CAP_X: read 0", text)
        self.assertIn(f"{XSAVEC} (cyc): lost: not measured", text)


class Input(Case):
    def setUp(self):
        super().setUp()
        self.made("a")

    def test_operands(self):
        self.run_bench("compare", self.path("a"), code=lib.USAGE)
        self.run_bench("compare", *[self.path("a")] * 3, code=lib.USAGE)
        self.run_bench("compare", "--format", "json", self.path("a"), "--delta=1", self.path("a"))

    def test_bad_options(self):
        for option in ("--format=xml", "--delta=x", "--delta=-1", "--delta=nan", "--policy=x"):
            with self.subTest(option):
                self.compare(option, new="a", code=lib.USAGE)

    def test_unreadable(self):
        done = self.compare(new="none", code=lib.USAGE)
        self.check_message(done.stderr, "none.json", "cannot open")

    def test_truncated(self):
        self.path("b").write_bytes(self.path("a").read_bytes()[:-20])
        self.check_message(self.compare(code=lib.USAGE).stderr, "b.json")

    def test_malformed_fixtures(self):
        bad = sorted((lib.ROOT / "tests" / "fixtures" / "reports").glob("bad-*.json"))
        self.assertGreater(len(bad), 10)
        for path in bad:
            for command in ("compare", "gate"):
                with self.subTest(path.name, command=command):
                    done = self.run_bench(command, self.path("a"), path, code=lib.USAGE)
                    self.check_message(done.stderr, path.name)

    def test_hostile(self):
        """What cannot be made by editing a report that is valid JSON."""
        text = self.path("a").read_text(encoding="utf-8")
        number = '"overhead": 1,'
        self.assertIn(number, text)
        for instead in ('"overhead": NaN,', '"overhead": Infinity,', '"overhead": 1e999,',
                        '"overhead": 1, "overhead": 1,', f'"x": {"[" * 100000}',
                        f'"x": {"[" * 100}{"]" * 100}, {number}',
                        f'"x": "{"y" * 2000000}", {number}', '"overhead": "1",',
                        f'"x": "\x00", {number}', f'"x": "\xff", {number}'):
            with self.subTest(instead[:40]):
                self.path("b").write_bytes(text.replace(number, instead, 1).encode("latin-1"))
                self.check_message(self.compare(code=lib.USAGE).stderr, "b.json")

    def test_run_observed_twice(self):
        self.made("b")
        self.edit("b", lambda ours: ours["observations"][1].update(run=0))
        done = self.compare(code=lib.USAGE)
        self.check_message(done.stderr, "b.json", CPUID, "run 0")

    def test_values_beyond_numbers(self):
        self.made("b")
        self.edit("b", lambda ours: ours["observations"][1].update(
            batches=[1e308], iterations_per_batch=0.001))
        self.compare(code=lib.USAGE)

    def test_ratio_beyond_numbers(self):
        self.made("b")
        for name, size in (("a", 1e-300), ("b", 1e300)):
            self.edit(name, lambda ours, size=size: [
                o.update(batches=[size], overhead=0, iterations_per_batch=1)
                for o in ours["observations"]])
        self.compare(code=lib.USAGE)


class Generator(Case):
    def test_reports_of_any_size(self):
        for name, more in (("a", []), ("b", ["--seed", "2", "--slower", "0.2"])):
            subprocess.run([sys.executable, "-B", MADE_REPORTS, "--rows", "30", "--runs", "12",
                            "--batches", "30", *more, self.path(name)], check=True)
        valid = subprocess.run([sys.executable, "-B", CHECK_SCHEMA, lib.SCHEMA, self.path("a")],
                               check=False)
        self.assertIn(valid.returncode, (0, 77))
        self.assertEqual(set(self.verdicts().values()), {"regression"})
        self.assertEqual(len(self.verdicts(new="a")), 30)


class Formats(Case):
    def hostile(self):
        """One of each verdict, and names that mean something to everyone who reads them."""
        rows = {HOSTILE: [1000] * 12, CPUID: [1000] * 12, PIO: [1000] * 12,
                "exit/noisy@host": [1000, 2000, 1500] * 4, "null/loop@host": [0] * 12,
                "exit/gone@host": [1] * 12}
        self.write("a", report(rows))
        rows = {**rows, HOSTILE: [1100] * 12, PIO: [900] * 12, "exit/noisy@host": [1500] * 12}
        del rows["exit/gone@host"]
        self.write("b", report(rows))
        self.edit("b", lambda ours: ours.update(skips=[
            {"name": "exit/gone", "substrate": "host", "reason": "os-lacks", "text": HOSTILE}]))

    def document(self, form):
        done = self.compare("--format", form)
        self.assertNotIn("\x1b", done.stdout)
        self.assertNotIn("\u202e", done.stdout)
        return done.stdout

    def setUp(self):
        super().setUp()
        self.hostile()

    def check_junit(self, text):
        if not shutil.which("xmllint"):
            self.skipTest("no xmllint here: package libxml2-utils")
        done = subprocess.run(["xmllint", "--noout", "--schema", JUNIT_SCHEMA, "-"], input=text,
                              text=True, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_text(self):
        lines = self.document("text").splitlines()
        self.assertEqual(sum("exit/noisy@host" in line for line in lines), 1)

    def test_junit(self):
        text = self.document("junit")
        self.check_junit(text)
        self.assertIn('tests="6" failures="2" errors="0" skipped="2"', text)

    def test_junit_of_reports_that_are_not_comparable(self):
        self.edit("b", lambda ours: ours["environment"].update(cpu_model=HOSTILE))
        text = self.compare("--format", "junit", code=INCOMPARABLE).stdout
        self.check_junit(text)
        self.assertIn('<error type="incomparable"', text)

    def test_the_junit_schema_can_refuse(self):
        text = self.document("junit")
        for old, new in (("<failure", "<crash"), (' name="exit/cpuid', ' nome="exit/cpuid')):
            with self.subTest(new), self.assertRaises(AssertionError):
                self.check_junit(text.replace(old, new))

    def test_github(self):
        lines = self.document("github").splitlines()
        for line in lines:
            self.assertRegex(line, r"^::(error|warning|notice) title=[^:,]+::[^\n]+$")
            self.assertNotRegex(line, r"%(?!25|0A|0D|3A|2C)")
        self.assertTrue(lines[0].startswith("::error title=a|b`c<d>&\"'%25%2C%3A\\x1b[2J\\n"))
        self.assertTrue(lines[-1].startswith("::error title=fpstate-bench%3A regression::"))

    def test_markdown(self):
        lines = self.document("markdown").splitlines()
        self.assertEqual(lines[0], "### fpstate-bench: regression")
        table = [line for line in lines if line.startswith("| ")]
        self.assertTrue(table[1].startswith("| regression | `a\\|b'c<d>&"))
        for line in table:
            self.assertEqual(line.replace("\\|", "").count("|"), 5, line)
        self.assertLess(lines.index("**Regressions**"), lines.index("**Lost**"))
        self.assertLess(lines.index("**Lost**"),
                        lines.index("<details><summary>All rows</summary>"))

    def test_markdown_fits_a_comment(self):
        many = [f"many/{'x' * 60}/number={i}@host" for i in range(1000)]
        for name, value in (("a", 1000), ("b", 1100)):
            self.write(name, report({row: [value] * 12 for row in many}))
        text = self.document("markdown")
        self.assertLessEqual(len(text), 65536)
        self.assertGreater(len(text), 60000)
        self.assertRegex(text, r"… and \d+ more")
        self.assertTrue(text.endswith("</details>\n"))

    def test_json(self):
        judged = self.judged()
        self.assertEqual(judged["lost"], ["exit/gone@host"])
        self.assertEqual(judged["metrics"]["exit/noisy@host"]["verdict"], "inconclusive")
        self.assertEqual(sorted(m["verdict"] for m in judged["metrics"].values()),
                         ["improvement", "inconclusive", "not-gated", "pass", "regression"])


if __name__ == "__main__":
    lib.main()
