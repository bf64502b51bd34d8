#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""ab on this machine: the order of preparations, the reports, the verdict, what ends it early."""
import os
import pathlib
import re
import signal

import lib
from comparisons import INCOMPARABLE, INCONCLUSIVE, REGRESSION

CHAIN, XSAVEC, CPUID = "null/chain@host", "xsave/xsavec@host", "exit/cpuid@guest/ring3"
ONE_ROW = ("--filter", f"^{CHAIN}", "--profile", "quick")
SIDES = ("a", "b")
THP = "/sys/kernel/mm/transparent_hugepage/enabled"


class Case(lib.Case):
    """Reports lie in self.folder/out."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"
        self.order = self.folder / "order"
        refused = lib.bench("ab", "--a", "true", "--b", "true", "--pairs", 1)
        if refused.returncode == lib.UNFIT:
            self.check_message(refused.stderr, "build_type", "release build")
            self.skipTest("a build that is not for measuring is refused")

    def arguments(self, *options, a="true", b="true", rows=ONE_ROW):
        return ["ab", "--a", a, "--b", b, *rows, "--out", self.out, *options]

    def ab(self, *options, code=lib.FINE, prefix=(), **variants):
        codes = code if isinstance(code, tuple) else (code,)
        done = lib.bench(*self.arguments(*options, **variants), prefix=prefix)
        self.assertIn(done.returncode, codes, done.stdout + done.stderr)
        return done

    def start(self, **variants):
        process = lib.start(*self.arguments(**variants))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def path(self, side):
        return self.out / side / "report.json"

    def load(self, side):
        return lib.load(self.path(side))["fpstate_bench"]

    def note(self, side):
        """A command that records that it ran."""
        return f"echo {side} >> {self.order}"

    def noted(self):
        return self.order.read_text(encoding="utf-8").split()

    def check_partial(self):
        """Two valid reports of the same session, without journals; returns their run numbers."""
        runs = {}
        for side in SIDES:
            ours = self.load(side)
            self.assertFalse(ours["plan"]["complete"])
            self.assertEqual(ours["failures"], [])
            self.assertEqual(len(ours["plan"]["entries"]), len(ours["observations"]))
            runs[side] = [observation["run"] for observation in ours["observations"]]
            self.assertEqual(sorted(p.name for p in (self.out / side).iterdir()),
                             ["prepare.log", "report.json"])
        self.run_bench("compare", self.path("a"), self.path("b"), code=lib.UNFIT)
        return runs


class Measured(Case):
    def check_pairs(self, pairs, rows):
        """Everything that makes a pair of reports one measurement."""
        a, b = self.load("a"), self.load("b")
        self.assertEqual(a["plan"]["session"], b["plan"]["session"])
        for ours in (a, b):
            self.assertEqual(ours["plan"]["order"], "abba")
            self.assertEqual(ours["plan"]["runs"], pairs)
            self.assertTrue(ours["plan"]["complete"])
            found = {(observation["run"], lib.row_id(observation))
                     for observation in ours["observations"]}
            self.assertEqual(found, {(run, row) for run in range(pairs) for row in rows})
            self.assertEqual(len(ours["observations"]), len(found))
        # Run k of both has its rows in the same order, and not every run the same.
        self.assertEqual(a["plan"]["entries"], b["plan"]["entries"])
        self.assertEqual(a["plan"]["seed"], b["plan"]["seed"])
        return a, b

    def test_one_variant_twice(self):
        rows = ("--filter", f"^({CHAIN}|{CPUID})", "--profile", "quick")
        done = self.ab("--format", "json", code=(lib.FINE, INCONCLUSIVE), rows=rows)
        available = lib.available_rows() & {CHAIN, CPUID}
        # 2/2^6 < 0.05/1, 2/2^7 < 0.05/2, and two more.
        a, b = self.check_pairs({1: 8, 2: 9}[len(available)], available)
        self.assertEqual((a["plan"]["inject"], b["plan"]["inject"]), (0, 0))
        judged = lib.parse(done.stdout)
        self.assertTrue(judged["paired"])
        self.assertEqual({lib.row_id(metric) for metric in judged["metrics"]}, available)
        for side in SIDES:
            self.assertIn(str(self.path(side)), done.stderr)
        again = self.run_bench("gate", self.path("a"), self.path("b"), "--format", "json",
                               "--filter", rows[1], code=done.returncode)
        self.assertEqual(again.stdout, done.stdout)

    def test_planted(self):
        done = self.ab("--inject", "30%", "--pairs", 10, code=REGRESSION,
                       rows=("--filter", f"^({CHAIN}|{XSAVEC})", "--profile", "quick"))
        a, b = self.check_pairs(10, lib.available_rows() & {CHAIN, XSAVEC})
        self.assertEqual((a["plan"]["inject"], b["plan"]["inject"]), (0, "30%"))
        slower = re.search(rf"{CHAIN} .*: slower by ([0-9.]+) %", done.stdout)
        self.assertTrue(20 < float(slower[1]) < 40, done.stdout)

    def test_order(self):
        """Each is looked at once, then each run is prepared; every second pair mirrors the first."""
        orders = []
        for seed in (1, 1, 2):
            self.order.unlink(missing_ok=True)
            self.ab("--seed", seed, a=self.note("a"), b=self.note("b"),
                    code=(lib.FINE, INCONCLUSIVE))
            orders.append(self.noted())
        for order in orders:
            self.assertEqual(order[:2], ["a", "b"])
            pairs = [order[i:i + 2] for i in range(2, len(order), 2)]
            self.assertEqual(len(pairs), 8)
            for first, second in zip(pairs[::2], pairs[1::2]):
                self.assertEqual(sorted(first), ["a", "b"])
                self.assertEqual(second, first[::-1])
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])
        self.assertEqual(self.load("a")["plan"]["seed"], 2)

    @staticmethod
    def open_files(pid):
        """What its descriptors point to; of a process that has ended, nothing."""
        for fd in pathlib.Path(f"/proc/{pid}/fd").glob("*"):
            try:
                yield os.readlink(fd)
            except OSError:
                pass

    def test_nothing_is_held_open(self):
        """While a command runs, no process of ours stands between it and the module."""
        there = self.folder / "there"
        process = self.start(b=f"touch {there}; while [ -e {there} ]; do sleep 0.01; done",
                             rows=("--filter", f"^({CHAIN}|{CPUID})", "--profile", "quick"))
        seen = 0
        while lib.wait_until(lambda: there.exists() or process.poll() is not None, "a turn") and \
                process.poll() is None:
            for pid in lib.in_session(process.pid):
                self.assertFalse([path for path in self.open_files(pid) if "kvm" in path])
            seen += 1
            there.unlink()
        _, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertIn(process.returncode, (lib.FINE, INCONCLUSIVE), stderr)
        self.assertGreater(seen, 8)

    def test_output_of_commands_is_no_data(self):
        done = self.ab("--format", "json", a="echo '}'", b="echo '{' >&2",
                       code=(lib.FINE, INCONCLUSIVE))
        lib.parse(done.stdout)
        self.assertEqual((self.out / "a" / "prepare.log").read_text(encoding="utf-8"), "}\n" * 9)
        self.assertIn("environment records of the variants are the same", done.stderr)


class Refused(Case):
    def refuse(self, *words, code, **variants):
        """One message, nothing on standard output, no report."""
        done = self.ab(*variants.pop("options", ()), code=code, **variants)
        self.check_message(done.stderr, *words)
        self.assertEqual(done.stdout, "")
        self.assertFalse(any(self.path(side).exists() for side in SIDES))

    def test_too_few_pairs(self):
        note = {"a": self.note("a"), "b": self.note("b")}
        self.refuse("--pairs 5", "at least 6 pairs", options=("--pairs", 5), code=INCONCLUSIVE,
                    **note)
        self.assertFalse(self.order.exists())
        self.refuse("--pairs 6", "rows judged together", "pairs", options=("--pairs", 6),
                    code=INCONCLUSIVE, rows=("--filter", "@host"), **note)
        self.assertEqual(self.noted(), ["a", "b"])

    def test_usage(self):
        note = {"a": self.note("a"), "b": self.note("b"), "code": lib.USAGE}
        self.refuse("matches no row", rows=("--filter", "nothing"), **note)
        self.refuse("'('", rows=("--filter", "("), **note)
        self.refuse("none.json", options=("--policy", self.folder / "none.json"), **note)
        self.refuse("none.json", options=("--noise", self.folder / "none.json"), **note)
        self.refuse("operand", options=("operand",), **note)
        self.refuse("--pairs 0", options=("--pairs", 0), **note)
        self.refuse("--inject", options=("--inject", "much"), **note)
        self.run_bench("ab", "--a", self.note("a"), code=lib.USAGE)
        self.assertFalse(self.order.exists())
        self.refuse("cpu 65535", options=("--cpu", 65535), **note)

    def test_command_that_fails(self):
        self.refuse("--a", "exited with status 7", "ended with 'rmmod: in use'",
                    a="echo 'rmmod: in use'; exit 7", b=self.note("b"), code=lib.UNFIT)
        self.assertFalse(self.order.exists())
        self.refuse("--b", "killed by signal 15", b="kill $$", code=lib.UNFIT)

    def test_folder_that_cannot_be(self):
        self.out.write_text("", encoding="utf-8")
        self.refuse(str(self.out), code=lib.UNFIT)


class Stopped(Case):
    def interrupt(self, process):
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.assertEqual(stdout, "")
        lib.wait_until(lambda: not lib.in_session(process.pid), "all its processes ended", 10)
        return stderr

    def test_command_that_fails_later(self):
        fails = f"test $(wc -l < {self.order}) -lt 9"
        done = self.ab(a=self.note("a"), b=f"{self.note('b')}; {fails}", code=lib.UNFIT)
        self.assertIn("exited with status 1", done.stderr)
        self.assertIn("without a verdict", done.stderr)
        self.assertEqual(done.stdout, "")
        runs = self.check_partial()
        order = self.noted()
        self.assertEqual(order[-1], "b")
        # All but what was prepared to be looked at, and the last.
        self.assertEqual(runs["a"], list(range(order.count("a") - 1)))
        self.assertEqual(runs["b"], list(range(order.count("b") - 2)))

    def test_ctrl_c(self):
        process = self.start(a=self.note("a"), b=self.note("b"))
        lib.wait_until(lambda: self.order.exists() and len(self.noted()) > 5, "some runs")
        self.assertIn("stopped after", self.interrupt(process))
        self.assertTrue(self.check_partial()["a"])

    def test_ctrl_c_in_a_command_that_hangs(self):
        process = self.start(b=f"{self.note('b')}; test $(wc -l < {self.order}) -lt 3 || "
                               "{ sleep 1000 & sleep 1000; }")
        lib.wait_until(lambda: self.order.exists() and len(self.noted()) == 3, "its third time")
        self.assertIn("stopped after", self.interrupt(process))
        self.assertEqual(self.check_partial()["b"], [0])

    def test_ctrl_c_before_anything_is_measured(self):
        process = self.start(a=f"{self.note('a')}; sleep 1000")
        lib.wait_until(self.order.exists, "its first time")
        self.check_message(self.interrupt(process), "before anything was measured")

    def test_killed(self):
        """Nothing is left running; run --resume knows that it is not its own."""
        process = self.start(b=f"{self.note('b')}; test $(wc -l < {self.order}) -lt 3 || "
                               "{ sleep 1000 & sleep 1000; }")
        lib.wait_until(lambda: self.order.exists() and len(self.noted()) == 3, "its third time")
        process.kill()
        process.wait()
        lib.wait_until(lambda: not lib.in_session(process.pid), "all its processes ended", 10)
        self.assertEqual(lib.journal_entries(self.path("b")), 1)
        done = self.run_bench("run", "--resume", self.path("b"), code=lib.USAGE)
        self.check_message(done.stderr, "report.json.journal", "command", "ab")


class Environment(Case):
    """A setting and a device of this machine changed in a mount namespace of our own."""

    def setUp(self):
        super().setUp()
        self.thp = self.folder / "thp"
        self.thp.write_text("always [madvise] never\n", encoding="utf-8")
        self.own = lib.namespace()

    def inside(self, mount):
        """The command that runs another with this mounted."""
        return [*self.own, "sh", "-c", f'mount --bind {mount} && exec "$@"', "sh"]

    def set_thp(self, text):
        return f"echo '{text}' > {self.thp}"

    def test_variant_that_does_not_come_back(self):
        never = self.set_thp("always madvise [never]")
        done = self.ab(b=f"{self.note('b')}; test $(wc -l < {self.order}) -lt 3 || {never}",
                       prefix=self.inside(f"{self.thp} {THP}"), code=INCOMPARABLE)
        self.assertIn("run 2 of 8", done.stderr)
        self.assertIn("they differ in thp", done.stderr)
        self.assertEqual(self.check_partial()["b"], [0])

    def test_variants_that_cannot_be_compared(self):
        variants = {"a": self.set_thp("always [madvise] never"),
                    "b": self.set_thp("always madvise [never]"),
                    "prefix": self.inside(f"{self.thp} {THP}")}
        done = self.ab(code=INCOMPARABLE, **variants)
        self.check_message(done.stderr, "thp", "--allow-diff thp")
        self.assertFalse(self.path("a").exists())
        done = self.ab("--allow-diff", "thp", "--format", "json", code=(lib.FINE, INCONCLUSIVE),
                       **variants)
        differences = [difference["key"]
                       for difference in lib.parse(done.stdout)["environment_diff"]]
        # Measured for each report where nothing tells it, so it may differ in its last digits.
        self.assertEqual([key for key in differences if key != "tsc_khz"], ["thp"])

    def test_rows_that_one_variant_has(self):
        if CPUID not in lib.available_rows():
            self.skipTest(f"{CPUID} cannot run here")
        with_kvm = "while umount /dev/kvm 2>/dev/null; do :; done"
        without = f"{with_kvm}; mount --bind /dev/null /dev/kvm"
        variants = {"rows": ("--filter", f"^({CHAIN}|{CPUID})", "--profile", "quick"),
                    "prefix": [*self.own]}
        done = self.ab("--format", "json", a=with_kvm, b=without, code=REGRESSION, **variants)
        self.assertEqual(lib.parse(done.stdout)["lost"], [CPUID])
        self.ab("--allow-lost", "^exit/", a=with_kvm, b=without, code=(lib.FINE, INCONCLUSIVE),
                **variants)
        done = self.ab("--format", "json", a=without, b=with_kvm,
                       code=(lib.FINE, INCONCLUSIVE), **variants)
        self.assertEqual(lib.parse(done.stdout)["gained"], [CPUID])
        variants["rows"] = ("--filter", f"^{CPUID}")
        done = self.ab(a=without, b=without, code=lib.ALL_SKIPPED, **variants)
        self.assertIn("no row can run", done.stderr)
        for side in SIDES:
            self.assertEqual([lib.row_id(skip) for skip in self.load(side)["skips"]], [CPUID])


if __name__ == "__main__":
    lib.main()
