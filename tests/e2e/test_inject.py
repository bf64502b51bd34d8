#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The planted slowdown is there, as large as asked for, and the report says so."""
import unittest

import lib

NR_ADDS = 200
CHAIN = 1024  # dependent additions in one operation of null/chain
TRIES = 3
SUBSTRATES = ("host", "guest/ring3")


class Inject(lib.Case):
    def measure(self, rows, inject=None):
        planted = [] if inject is None else ["--inject", inject]
        self.run_bench("run", "--profile", "quick", "--filter", rows, "--out", self.out, *planted)
        report = lib.load(self.out)
        if lib.is_sanitised(report):
            self.skipTest("times of a sanitised build say nothing")
        return report["fpstate_bench"]["plan"]["inject"], lib.medians(report)

    def some_try(self, attempt):
        """Neighbours on the machine may spoil one measurement: one good try is enough."""
        wrong = []
        for _ in range(TRIES):
            wrong = attempt()
            if not wrong:
                return
        self.fail(wrong)

    def test_additions(self):
        rows = r"^null/(loop|chain)@(host|guest/ring3)"

        def attempt():
            _, plain = self.measure(rows)
            recorded, planted = self.measure(rows, str(NR_ADDS))
            self.assertEqual(recorded, NR_ADDS)
            wrong = []
            for row in (f"null/loop@{substrate}" for substrate in SUBSTRATES):
                if row not in plain:
                    continue
                expected = NR_ADDS * plain[row.replace("loop", "chain")] / CHAIN
                grown = planted[row] - plain[row]
                if not 0.8 * expected < grown < 1.2 * expected:
                    wrong.append(f"{row} grew by {grown}, expected {expected}")
            return wrong
        self.some_try(attempt)

    def test_share(self):
        row = "xsave/xsavec@host"

        def attempt():
            _, plain = self.measure(f"^{row}")
            recorded, planted = self.measure(f"^{row}", "50%")
            self.assertEqual(recorded, "50%")
            grown = planted[row] / plain[row] - 1
            return [] if 0.35 < grown < 0.65 else [f"{row} grew by {grown:.3f}, expected 0.5"]
        self.some_try(attempt)

    def test_zero_plants_nothing(self):
        recorded, planted = self.measure("^null/loop@host", "0")
        default, plain = self.measure("^null/loop@host")
        self.assertEqual((recorded, default), (0, 0))
        # Less than one addition would show.
        self.assertLess(abs(planted["null/loop@host"] - plain["null/loop@host"]), 0.5)


if __name__ == "__main__":
    lib.main()
