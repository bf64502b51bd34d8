#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""model --costs: prices out of reports of this machine, of the lab, of several, and of nobody's."""
import pathlib
import re
import statistics

import lib
from comparisons import Case
from made_reports import counted, report

BASELINE = lib.ROOT / "results" / "baseline"
TCG = BASELINE / "tcg" / "6.12.117+deb12-cloud-amd64" / "report.json"
BOCHS = BASELINE / "bochs" / "6.12.117+deb12-cloud-amd64" / "report.json"

R0 = "guest/ring0"

# Rows that this machine may have, enough for costs of one, two and four of them.
FILTER = ("^(exit/(cpuid|pio|pio_kernel|hypercall)@|swap/run_immediate@|null/ioctl@|"
          "ioctl/set_(xsave|cpuid2)@|xsave/(xsavec|xrstor)/state=full/reuse=switch@host|"
          "expand/engine/policy=(at_cpuid|on_wrmsr_xfd)/k=1)")

# What a source says: rows with their signs, a divisor, how many runs.
SOURCE = re.compile(r"(?P<path>.*\.json): (?P<rows>[^,]+)(, by (?P<by>\d+))?, (?P<runs>\d+) runs?"
                    r"(, nonlinear)?(; stand-in: .*)?")


class Costs(Case):
    def model(self, *reports, code=lib.FINE, options=()):
        given = [word for path in reports for word in ("--costs", path)]
        return self.run_bench("model", *given, "--format", "json", *options, code=code)

    def costs(self, *reports, **how):
        return lib.parse(self.model(*reports, **how).stdout)["costs"]

    def check_source(self, cost, documents):
        """The value anew, from what the report holds and the source says."""
        match = SOURCE.fullmatch(cost["source"])
        self.assertTrue(match, cost["source"])
        runs = {}
        for one in documents[match["path"]]["fpstate_bench"]["observations"]:
            runs.setdefault(lib.row_id(one), {})[one["run"]] = lib.value(one)
        words = match["rows"].split(" ")
        terms = [(1, words[0])] + [(-1 if sign == "-" else 1, row)
                                   for sign, row in zip(words[1::2], words[2::2])]
        common = set.intersection(*(set(runs[row]) for _, row in terms))
        values = [sum(sign * runs[row][run] for sign, row in terms) / int(match["by"] or 1)
                  for run in common]
        value = max(0, statistics.median(values))
        if cost["unit"] == "bytes":
            value = -(-value // 4096) * 4096
        self.assertEqual(int(match["runs"]), len(values))
        self.assertAlmostEqual(cost.get("insn", cost["value"]), value, delta=1e-6 * (1 + value))
        self.assertLessEqual(cost["low"], cost["value"])
        self.assertLessEqual(cost["value"], cost["high"])
        if len(values) < 6 and "stand-in" not in cost["source"] and "insn" not in cost:
            self.assertAlmostEqual(cost["low"], max(0, min(values)), delta=1e-6 * (1 + value))
            # As far above 0 as below it, where it reaches below.
            self.assertAlmostEqual(cost["high"], max(*values, -min(values)), delta=1e-6 * (1 + value))

    def check_costs(self, costs, *paths):
        """Each is assumed with a citation, or is what its report says. How many are the latter."""
        documents = {str(path): lib.load(path) for path in paths}
        known = [cost for cost in costs.values() if not cost["assumed"]]
        for cost in known:
            self.assertNotIn("missing", cost)
            self.check_source(cost, documents)
        for cost in costs.values():
            self.assertEqual(cost["source"].startswith("assumed: "), cost["assumed"], cost)
            self.assertGreater(len(cost["source"]), len("assumed: "))
        return len(known)

    def report_of(self, name, rows, **options):
        return self.write(name, report(rows, **options))


class Real(Costs):
    def test_no_report(self):
        costs = self.costs()
        self.assertTrue(all(cost["assumed"] for cost in costs.values()))
        self.assertFalse(any("missing" in cost for cost in costs.values()))
        text = self.run_bench("model").stdout
        self.assertRegex(text.splitlines()[0], r"^ALL \d+ COSTS ARE ASSUMED")

    def test_this_machine(self):
        done = lib.bench("run", "--profile", "quick", "--runs", "3", "--filter", FILTER,
                         "--progress", "none", "--out", self.out)
        self.assertIn(done.returncode, (lib.FINE, lib.UNFIT, lib.ALL_SKIPPED), done.stderr)
        costs = self.costs(self.out)
        known = self.check_costs(costs, self.out)
        rows = lib.by_row(lib.load(self.out), lib.value)
        if "ioctl/set_xsave@host" in rows:
            self.assertGreater(known, 0)
            self.assertFalse(costs["set_xsave"]["assumed"])
        # Why not, of what this report was not asked for.
        self.assertIn("xfd/toggle_passthrough@guest/ring0: no observation of it",
                      costs["wrmsr_xfd"]["missing"])

    def test_baselines(self):
        for path in sorted(BASELINE.glob("*/*/report.json")):
            with self.subTest(path=path.parent.name):
                costs = self.costs(path)
                self.assertGreaterEqual(self.check_costs(costs, path), 4)
                for name, cost in costs.items():
                    if not cost["assumed"] and cost["unit"] == "cyc":
                        self.assertIn("insn", cost, name)

    def test_tcg(self):
        """Without NRIPS a CPUID exit has KVM's decoder in it; OUT has not. No XSAVES is counted."""
        costs = self.costs(TCG)
        rows = lib.medians(lib.load(TCG))
        self.assertEqual(costs["exit_pio"]["insn"], rows[f"exit/pio_kernel@{R0}"])
        self.assertIn("instruction decoder", costs["exit_cpuid"]["missing"])
        self.assertIn("a count of instructions does not say", costs["swap"]["missing"])
        self.assertIn("cpu-lacks: CPUID.(0xD,1):EAX[4] (XFD) is 0", costs["rdmsr_xfd"]["missing"])
        self.assertEqual(costs["user_exit"]["insn"],
                         rows[f"exit/pio@{R0}"] - rows[f"exit/pio_kernel@{R0}"]
                         - rows["swap/run_immediate@host"] + rows["null/ioctl@host"])

    def test_bochs(self):
        costs = self.costs(BOCHS)
        rows = lib.medians(lib.load(BOCHS))
        self.assertEqual(costs["exit_cpuid"]["insn"], rows[f"exit/cpuid@{R0}"])
        self.assertEqual(costs["exit_hypercall"]["insn"], rows[f"exit/hypercall@{R0}"])

    def test_several(self):
        """The first that has a cost counts; the others fill what it lacks."""
        both, turned = self.costs(TCG, BOCHS), self.costs(BOCHS, TCG)
        for costs in (both, turned):
            self.check_costs(costs, TCG, BOCHS)
        self.assertTrue(both["exit_pio"]["source"].startswith(str(TCG)))
        self.assertTrue(both["exit_cpuid"]["source"].startswith(str(BOCHS)))
        self.assertTrue(turned["exit_pio"]["source"].startswith(str(BOCHS)))
        self.assertTrue(turned["expand"]["source"].startswith(str(TCG)))


class Made(Costs):
    def test_amx(self):
        """A machine that nobody here has: its tax is what the difference says, run by run."""
        path = self.report_of("amx", {
            f"exit/cpuid@{R0}": [1000, 1100, 1200], f"exit/cpuid/xfd=primed@{R0}": [1050, 1148, 1260],
            f"xfd/toggle_passthrough@{R0}": [90, 91, 95], f"xfd/first_write@{R0}": [5000, 5100, 5050],
            "swap/run_immediate@host": [2000, 2010, 2020], "null/ioctl@host": [1000, 1000, 1000],
            "swap/run_immediate/live=amx@host": [2900, 2910, 2930]})
        costs = self.costs(path)
        self.assertEqual(self.check_costs(costs, path), 6)
        self.assertEqual([costs["rdmsr_xfd"][key] for key in ("low", "value", "high")], [48, 50, 60])
        self.assertEqual(costs["swap_tiles"]["value"], 900)
        self.assertEqual(costs["wrmsr_xfd"]["value"], 91)

    def test_many_runs(self):
        """From six runs on the interval is of the median: the ends of 24 are not in it."""
        values = [2000 + i for i in range(24)]
        path = self.report_of("many", {f"exit/pio_kernel@{R0}": values})
        cost = self.costs(path)["exit_pio"]
        self.assertEqual((cost["low"], cost["value"], cost["high"]), (2006, 2011.5, 2017))

    def test_one_run(self):
        path = self.report_of("one", {f"exit/pio_kernel@{R0}": [2000]})
        self.assertIn("one run makes no interval", self.costs(path)["exit_pio"]["missing"])
        path = self.write("count", counted({f"exit/pio_kernel@{R0}": [2000]}))
        self.assertEqual(self.costs(path)["exit_pio"]["insn"], 2000)

    def test_a_report_of_no_use(self):
        path = self.report_of("none", {"null/loop@host": [1, 1, 1]})
        done = self.model(path)
        self.assertIn(f"note: {path} gives no cost", done.stderr)
        self.assertTrue(all(cost["assumed"] for cost in lib.parse(done.stdout)["costs"].values()))

    def test_it_changes_the_answer(self):
        """What passthrough pays on an exit is the RDMSR, and a test of a flag before it."""
        sync = []
        for name, tax in (("cheap", 20), ("dear", 200)):
            path = self.report_of(name, {f"exit/cpuid@{R0}": [1000] * 6,
                                         f"exit/cpuid/xfd=primed@{R0}": [1000 + tax] * 6})
            document = lib.parse(self.model(path).stdout)
            flag = document["costs"]["flag_test"]["value"]
            terms, = (policy["terms"] for policy in document["policies"]
                      if policy["name"] == "passthrough")
            sync.append(terms["xfd_sync"] / (tax + flag))
        self.assertAlmostEqual(sync[0], sync[1])
        self.assertGreater(sync[0], 0)


class Hostile(Costs):
    def check_refused(self, path, *words):
        done = self.model(path, code=lib.USAGE)
        self.check_message(done.stderr, f"{path}: ", *words)
        self.assertEqual(done.stdout, "")

    def bad(self, text):
        path = self.path("bad")
        path.write_bytes(text)
        return path

    def test_damaged(self):
        good = self.report_of("good", {f"exit/pio_kernel@{R0}": [2000, 2001]}).read_bytes()
        self.check_refused(self.path("nowhere"), "No such file")
        self.check_refused(self.folder, "")
        self.check_refused(self.bad(b""), "empty")
        self.check_refused(self.bad(good[:len(good) // 2]), "truncated")
        self.check_refused(self.bad(good.replace(b'"batches": [', b'"batches": [-1, ', 1)), "batches")
        self.check_refused(self.bad(b'{"exits_per_second": {}}'), "fpstate_bench")

    def test_a_run_twice(self):
        path = self.report_of("twice", {f"exit/pio_kernel@{R0}": [2000, 2001]})
        self.edit("twice", lambda ours: ours["observations"][1].update(run=0))
        self.check_refused(path, "run 0 is there twice")

    def test_huge(self):
        """What is no number any more is refused or left out; what comes out is JSON."""
        for name, batch in (("large", 1e290), ("larger", 1e308)):
            path = self.report_of(name, {f"exit/pio_kernel@{R0}": [2000, 2001],
                                         f"exit/cpuid@{R0}": [1000, 1000]})
            self.edit(name, lambda ours, b=batch: [one.update(batches=[b] * 3)
                                                   for one in ours["observations"]])
            done = lib.bench("model", "--costs", path, "--format", "json")
            self.assertIn(done.returncode, (lib.FINE, lib.USAGE), done.stderr)
            if done.returncode == lib.FINE:
                lib.parse(done.stdout)

    def test_words_of_others(self):
        """A reason in a report is shown, and obeyed by no terminal."""
        path = self.report_of("words", {"null/loop@host": [1, 1]})
        self.edit("words", lambda ours: ours["skips"].append({
            "name": "xfd/first_write", "substrate": R0, "reason": "cpu-lacks",
            "text": "\x1b[2J\u202eevil" + "x" * 100000}))
        for form in ("text", "markdown", "json"):
            done = self.run_bench("model", "--costs", path, "--workload", "linux_amx", "--format", form)
            self.assertNotIn("\x1b", done.stdout)
            self.assertNotIn("\u202e", done.stdout)
        missing = lib.parse(done.stdout)["costs"]["xfd_first_write"]["missing"]
        self.assertIn("cpu-lacks: ", missing)

    def test_usage(self):
        done = lib.bench("model", "--costs")
        self.assertEqual(done.returncode, lib.USAGE)
        self.assertEqual(lib.bench("model", str(TCG)).returncode, lib.USAGE)


if __name__ == "__main__":
    assert pathlib.Path(TCG).exists()
    lib.main()
