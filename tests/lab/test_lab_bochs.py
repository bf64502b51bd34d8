#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The lab on Bochs: the VMX path of a real kernel, exact to the instruction; and what can go wrong."""
import functools
import os
import pathlib
import signal
import stat
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_lab  # pylint: disable=wrong-import-position
from test_lab import lib  # pylint: disable=wrong-import-position

# Few rows, of each kind that no other engine has.
FILTER = ("exit/cpuid@|^xsetbv/|null/loop@|"
          "xsave/(xsaves|xrstors)/state=(full|avx512)@guest/ring0")

# Component bits of XCR0 and XSTATE_BV (SDM vol. 1, 13.1).
AVX512 = 0xE0
PKRU = 0x200


INCOMPARABLE = 5  # of compare


@functools.cache
def what_is_missing():
    """The lab looks for its emulator before it looks at the kernel."""
    done = subprocess.run([lib.BENCH, "lab", "--engine", "bochs", "/nonexistent.deb"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=60)
    return done.stderr.strip() if done.returncode == lib.UNFIT else None


class Bochs(test_lab.Lab):
    EMULATOR = "/bochsrc"

    def setUp(self):
        if what_is_missing():
            self.skipTest(what_is_missing())
        super().setUp()

    def lab(self, *arguments, **options):
        return super().lab("--engine", "bochs", *arguments, **options)

    def start(self, *arguments):
        return super().start("--engine", "bochs", *arguments)


class Exact(Bochs):
    def test_two_boots(self):
        done = self.lab(test_lab.fetch("cloud-backports"), "--filter", FILTER, "--jobs", 2)
        report, = self.reports()
        ours = report["fpstate_bench"]
        environment = ours["environment"]
        self.assertEqual(environment["engine"], "bochs")
        self.assertEqual(environment["kvm_backend"], "kvm_intel")
        self.assertIn("Bochs x86 Emulator", environment["hypervisor"])
        self.assertTrue(ours["plan"]["complete"])
        self.assertEqual(ours["failures"], [])
        self.assertEqual({o["unit"] for o in ours["observations"]}, {"insn"})
        values = lib.by_row(report, lib.value)
        for row, both in values.items():
            self.assertEqual(len(both), 2, row)
            self.assertEqual(both[0], both[1], row)
            if row.startswith("null/loop"):
                self.assertEqual(both[0], 0, row)
        # VMX tells the next RIP: the exit is less than half of SVM's without it.
        self.assertLess(values["exit/cpuid@guest/ring0"][0], 1400)
        self.assertGreater(values["exit/cpuid@guest/ring0"][0], 900)
        self.assertGreater(values["xsetbv/change@guest/ring0"][0],
                           values["xsetbv/same@guest/ring0"][0])
        evidence = lib.by_row(report, lambda o: o["evidence"])
        for name in ("xsaves", "xrstors"):
            for state in ("full", "avx512"):
                of_row = evidence[f"xsave/{name}/state={state}@guest/ring0"][0]
                self.assertEqual(of_row["xstate_bv"] & AVX512, AVX512, of_row)
        self.assertEqual(evidence["xsetbv/same@guest/ring0"][0]["xcr0"] & (AVX512 | PKRU),
                         AVX512 | PKRU)
        self.assertIn("bochs counts", done.stdout)
        self.check_incomparable(self.dir.glob("*/report.json"))

    def check_incomparable(self, reports):
        """Counts of another engine are no base for these, whatever kernel they are of."""
        report, = reports
        tcg = sorted(lib.ROOT.glob("results/baseline/tcg/*/report.json"))[-1]
        done = self.run_bench("compare", tcg, report, code=INCOMPARABLE)
        self.assertIn("engine", done.stderr + done.stdout)


class Wrong(Bochs):
    """One message, the exit code of the contract, nothing left."""

    def test_too_old(self):
        path = self.folder / "bochs"
        path.write_text("#!/bin/sh\necho '   Bochs x86 Emulator 2.7'\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        done = self.lab("x.deb", "--emulator", path, code=lib.UNFIT)
        self.check_message(done.stderr, "Bochs x86 Emulator 2.7", "too old")

    def test_missing(self):
        done = self.lab("x.deb", "--emulator", self.folder / "none", code=lib.UNFIT)
        self.check_message(done.stderr, str(self.folder / "none"), "setup.sh --bochs")

    def check_failure(self, *words):
        report, = self.reports()
        failure, = report["fpstate_bench"]["failures"]
        first = failure["error"].splitlines()[0]
        for word in words:
            self.assertIn(word, first)
        self.assertFalse(report["fpstate_bench"]["plan"]["complete"])
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_unknown_feature(self):
        self.lab(test_lab.fetch("cloud"), "--boots", 1, "--cpu", "corei7_icelake_u,+nonsense",
                 code=lib.UNFIT)
        self.check_failure("unknown feature", "nonsense")

    def test_unknown_model(self):
        done = self.lab(test_lab.fetch("cloud"), "--boots", 1, "--cpu", "nonsense",
                        code=lib.UNFIT)
        self.assertIn("--cpu nonsense: ", done.stderr + done.stdout)

    def test_killed(self):
        process, emulator = self.start(test_lab.fetch("cloud"), "--boots", 1)
        os.kill(emulator, signal.SIGKILL)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.check_failure("signal 9")
        self.assertEqual(test_lab.others_of(process), [])

    def test_interrupted(self):
        process, _ = self.start(test_lab.fetch("cloud"), "--boots", 1)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.assertEqual(test_lab.others_of(process), [])
        self.assertEqual(list(self.tmp.iterdir()), [])


if __name__ == "__main__":
    lib.main()
