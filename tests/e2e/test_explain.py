#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""--explain of compare and gate where no kernel is booted: what it says, and what becomes of the
verdict. With kernels: tests/lab/test_explain.py."""
import os
import shutil
import subprocess
import unittest

import lib
from comparisons import CPUID, REGRESSION, Case
from made_reports import report

EMULATOR = shutil.which("qemu-system-x86_64") or ""
# A row of each kind that is never explained, and why.
NEVER = {"expand/eager_vcpu_create@host": "prepared anew",
         "expand/engine/part=bytes@host": "its figure is bytes",
         "no/such\x1b[2J@host": "expected a row"}


class NoKernel(Case):
    def pair(self, rows, engine="tcg", **options):
        """Two reports in folders of their own; each row one instruction slower, in exact counts."""
        for name, more in (("a", 0), ("b", 1)):
            (self.folder / name).mkdir(exist_ok=True)
            values = {row: [1000 + more] * 2 for row in rows}
            self.write(f"{name}/report", report(values, engine=engine, unit="insn", **options))

    def explain(self, *options, command="gate", code=REGRESSION, **how):
        return self.compare("--explain", *options, base="a/report", new="b/report", code=code,
                            command=command, **how)

    def check_verdict(self, done, slower):
        self.assertIn(f"fpstate-bench: regression: {slower} slower", done.stderr)
        self.assertIn("verdict: regression", done.stdout)

    def test_rows_that_cannot_be_explained(self):
        """Notes, and neither a code of their own nor a look for a kernel."""
        self.pair(NEVER)
        done = self.explain()
        self.check_verdict(done, len(NEVER))
        notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
        self.assertEqual(len(notes), len(NEVER), done.stderr)
        for words in NEVER.values():
            self.assertTrue(any(words in line for line in notes), done.stderr)
        self.assertNotIn("\x1b", done.stderr + done.stdout)
        self.assertNotIn("kernel.json", done.stderr)
        self.explain(command="compare", code=lib.FINE)

    def test_no_record(self):
        """A usage error comes first, and the verdict is given all the same."""
        self.pair([CPUID, *NEVER])
        done = self.explain(code=lib.USAGE)
        self.check_verdict(done, 1 + len(NEVER))
        self.assertIn(f"{self.folder}/a/kernel.json: ", done.stderr)
        self.assertIn('{"kernel": "PATH"}', done.stderr)
        self.check_message(self.explain(command="compare", code=lib.USAGE).stderr, "kernel.json")

    def test_record_that_is_none(self):
        self.pair([CPUID])
        (self.folder / "a" / "kernel.json").write_text('{"kernel": 7}', encoding="utf-8")
        done = self.explain(code=lib.USAGE)
        self.check_verdict(done, 1)
        self.assertIn("kernel: expected a string", done.stderr)

    def test_other_engine(self):
        self.pair([CPUID], engine="bochs")
        done = self.explain(code=lib.UNFIT)
        self.check_verdict(done, 1)
        self.assertIn("engine bochs", done.stderr)
        self.assertIn("--engine tcg", done.stderr)

    def test_no_regression(self):
        """Then nothing is looked for."""
        self.pair([CPUID])
        self.run_bench("gate", self.path("a/report"), self.path("a/report"), "--explain")

    def test_nothing_is_booted_for_a_comparison_that_cannot_be_printed(self):
        self.pair([CPUID])
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([lib.BENCH, "compare", self.path("a/report"),
                                   self.path("b/report"), "--explain"], stdout=full,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  check=False, env=dict(os.environ), timeout=60)
        self.assertEqual(done.returncode, lib.UNFIT, done.stderr)
        self.assertNotIn("kernel.json", done.stderr)


    def record(self):
        for name in "ab":
            (self.folder / name / "kernel.json").write_text(
                f'{{"kernel": "/none/{name}.deb", "emulator": "{EMULATOR}"}}', encoding="utf-8")

    @unittest.skipUnless(EMULATOR, "no qemu-system-x86_64")
    def test_kernel_is_gone(self):
        """Said once, not once for each row; those beyond the largest are counted."""
        self.pair([f"exit/{exit}@guest/ring0" for exit in
                   ("cpuid", "pio", "pio_kernel", "rdmsr", "hypercall", "hlt", "invd")])
        self.record()
        done = self.explain(code=lib.USAGE)
        self.check_verdict(done, 7)
        self.assertEqual(done.stderr.count("/none/a.deb: "), 1, done.stderr)
        self.assertIn("explaining 5 of 7 exact regressions", done.stderr)
        self.assertIn("explaining regression 1 of 5: ", done.stderr)
        self.assertNotIn("explaining regression 2 of 5: ", done.stderr)
        self.assertIn("note: 2 smaller exact regressions are left", done.stderr)
        self.assertIn("fpstate-bench explain ROW /none/a.deb /none/b.deb", done.stderr)

    def test_notes(self):
        """What the explanation cannot tell or check is said; here it gets no further."""
        self.pair([CPUID])
        self.record()

        def plant(ours):
            ours["plan"]["inject"] = "2%"
            ours["environment"]["kernel_build_id"] = None
            ours["environment"]["unavailable"]["kernel_build_id"] = "EACCES"
        self.edit("b/report", plant)
        done = self.explain(code=lib.USAGE if EMULATOR else lib.UNFIT)
        self.assertRegex(done.stderr, r"(?m)^note: .*/b/report.json was measured with --inject 2%")
        self.assertRegex(done.stderr, r"(?m)^note: .*/b/report.json does not say the build id")
        self.assertNotIn("a/report.json does not say", done.stderr)


if __name__ == "__main__":
    lib.main()
