#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Without CAP_SYS_NICE: rows that need SCHED_FIFO are skips that name it, the others run."""
import os
import shutil
import unittest

import lib

ROWS = "ctxsw/vcpu|exit/pio_kernel@guest/ring3"


class Permission(lib.Case):
    def setUp(self):
        super().setUp()
        # What matters is that no other need keeps the rows from running.
        rows = {row for row in lib.available_rows() if row.startswith("ctxsw/vcpu")}
        if not rows:
            raise unittest.SkipTest("ctxsw/vcpu cannot run here in any case")
        self.rows = rows
        if os.geteuid() or not shutil.which("setpriv") or not shutil.which("prlimit"):
            raise unittest.SkipTest("needs root, setpriv and prlimit to give CAP_SYS_NICE away")
        self.prefix = ["prlimit", "--rtprio=0", "setpriv", "--bounding-set=-sys_nice",
                       "--inh-caps=-sys_nice"]

    def test_run(self):
        done = self.run_bench("run", "--profile", "quick", "--runs", 1, "--filter", ROWS, "--out",
                              self.out, prefix=self.prefix)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertEqual(ours["failures"], [])
        self.assertEqual([lib.row_id(o) for o in ours["observations"]],
                         ["exit/pio_kernel@guest/ring3"])
        skips = {lib.row_id(skip): skip for skip in ours["skips"]}
        self.assertEqual(set(skips) & self.rows, self.rows)
        for row in self.rows:
            self.assertEqual(skips[row]["reason"], "no-permission")
            self.assertIn("CAP_SYS_NICE", skips[row]["text"])
        self.assertIn("no-permission", done.stdout)

    def test_doctor(self):
        text = self.run_bench("doctor", prefix=self.prefix).stdout
        self.assertIn("CAP_SYS_NICE", text)


if __name__ == "__main__":
    lib.main()
