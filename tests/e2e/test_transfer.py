#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Rows about moving a guest's state, on this machine's KVM: what it does is recorded, not judged."""
import os
import unittest

import lib

FILTER = r"^(restore/trim|restore/full(/order=xstate_xcr0_xfd)?/tiles=none|reset/init)[@/]|xcrs@"
X87_SSE = 3


class Transfer(lib.Case):
    def measure(self, **options):
        self.run_bench("run", "--profile", "quick", "--runs", 1, "--filter", FILTER,
                       "--progress", "none", "--out", self.out, **options)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertEqual(ours["failures"], [])
        return {o["name"]: o["evidence"] for o in ours["observations"]}

    def setUp(self):
        super().setUp()
        if not {"restore/trim@host", "reset/init@host"} <= set(lib.available_rows()):
            self.skipTest("no KVM, or none with AVX and a local APIC")

    def test_rows(self):
        rows = self.measure()
        # What is offered is more than x87 and SSE, and one of the three things happens to it.
        trim = rows["restore/trim"]
        self.assertGreater(trim["rfbm"], X87_SSE)
        self.assertEqual(trim["behaviour"],
                         1 if trim["answer"] else 2 if trim["cleared"] else 3)
        self.assertEqual(trim["cleared"] & X87_SSE, 0)
        for order in "", "/order=xstate_xcr0_xfd":
            self.assertEqual(rows[f"restore/full{order}/tiles=none"]["behaviour"], 1)
        self.assertEqual(rows["reset/init"]["answer"], 0xfff0)
        self.assertGreater(rows["reset/init"]["rfbm"], X87_SSE)
        self.assertEqual(rows["ioctl/get_xcrs"]["xcr0"], rows["ioctl/set_xcrs"]["xcr0"])

    def carried(self, state):
        return self.measure(env={**os.environ, "FPSTATE_BENCH_CARRIED": str(state)})

    def test_carried(self):
        state = self.folder / "state"
        self.run_bench("--save-state", state)
        rows = self.carried(state)
        saved = rows["restore/trim/image=carried"]
        # Its own state comes back whole.
        self.assertEqual((saved["behaviour"], saved["cleared"]), (3, 0))
        # Cut: said by the skip, not taken.
        state.write_bytes(state.read_bytes()[:-1])
        self.assertNotIn("restore/trim/image=carried", self.carried(state))


if __name__ == "__main__":
    lib.main()
