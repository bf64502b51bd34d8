#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gate_power.py drives real gates: what it keeps and shows has its form; figures are not judged."""
import subprocess
import sys
import unittest

import lib

PROGRAM = lib.ROOT / "tests" / "noise" / "gate_power.py"
CHAIN, CPUID = "null/chain@host", "exit/cpuid@guest/ring3"
NR_GATES = 2


class GatePower(lib.Case):
    def measure(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-B", PROGRAM, "--bench", lib.BENCH, "--gates", str(NR_GATES),
             "--mixed", f"{CHAIN},{CPUID}", "--exits", CPUID, "--steps", "50", "--others", "inf",
             *arguments, self.folder / "power"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=lib.TIMEOUT_S,
            check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def setUp(self):
        super().setUp()
        if not {CHAIN, CPUID} <= lib.available_rows():
            self.skipTest(f"{CHAIN} or {CPUID} cannot run here")
        self.run_bench("run", "--profile", "quick", "--runs", "1", "--filter", f"^{CHAIN}$",
                       "--out", self.out)
        if lib.load(self.out)["fpstate_bench"]["suite"]["build_type"] != "release":
            self.skipTest("gates take release builds only")

    def test_two_gates_of_each_step(self):
        self.measure("--for", "1")
        path = self.folder / "power" / "gates.jsonl"
        first = path.read_text(encoding="utf-8")
        figures = self.measure()
        text = path.read_text(encoding="utf-8")
        self.assertTrue(text.startswith(first), "a second call goes on where the first stopped")
        header, *gates = map(lib.parse, text.splitlines())
        self.assertIn("kvm_backend", header["environment"])
        self.assertEqual([(gate["set"], gate["inject"], gate["pairs"]) for gate in gates],
                         [("mixed", 0, 9), ("mixed", 2, 9)] * NR_GATES
                         + [("exits", 50, 8)] * NR_GATES)
        for gate in gates:
            self.assertEqual(set(gate["rows"]),
                             {CHAIN, CPUID} if gate["set"] == "mixed" else {CPUID})
            for found in gate["rows"].values():
                self.assertEqual((len(found["a"]), len(found["b"])), (gate["pairs"],) * 2)
                self.assertIn(found["verdict"],
                              ("pass", "regression", "improvement", "inconclusive"))
                self.assertTrue(0 <= found["u"] <= 1)
        verdicts = [found["verdict"] for gate in gates for found in gate["rows"].values()]
        self.assertEqual(1 in (gate["exit"] for gate in gates), "regression" in verdicts)
        table = (self.folder / "power" / "table.md").read_text(encoding="utf-8")
        self.assertIn(figures, table)
        self.assertIn(f"of {NR_GATES} |", figures)
        self.assertIn(f"+50 % planted, exits rows, {NR_GATES} gates", table)
        self.assertIn(f'"{CPUID}"\n0 ', (self.folder / "power" / "power.dat").read_text())

    def test_rows_that_are_not_there(self):
        done = subprocess.run([sys.executable, "-B", PROGRAM, "--bench", lib.BENCH, "--mixed",
                               "no/row@host", self.folder / "power"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=lib.TIMEOUT_S, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("exit code 2", done.stderr)


if __name__ == "__main__":
    lib.main()
