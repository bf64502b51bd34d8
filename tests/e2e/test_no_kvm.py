#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Without /dev/kvm, or without access to it: host rows run, the others are skips that say why."""
import os
import shutil
import unittest

import lib

ROWS = "null/loop|null/ioctl|xsave/xsavec(/state=avx)?@|exit/cpuid|exit/pio@"

# A /dev with the few nodes that any program may expect; $1: where to make it, $2: with a kvm node
# for root alone or without.
OTHER_DEV = """
set -e
mkdir -p "$1"
mount -t tmpfs tmpfs "$1"
for node in null zero full random urandom; do
	touch "$1/$node"
	mount --bind "/dev/$node" "$1/$node"
done
[ "$2" = without ] || mknod -m 600 "$1/kvm" c 10 232
mount --rbind "$1" /dev
shift 2
exec "$@"
"""
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class NoKvm(lib.Case):
    def setUp(self):
        super().setUp()
        self.program = lib.BENCH

    def hide(self):
        """The prefix under which there is no /dev/kvm."""
        if not os.path.exists("/dev/kvm"):
            return []
        return [*lib.namespace(), "sh", "-c", OTHER_DEV, "sh", str(self.folder / "dev"), "without"]

    def forbid(self):
        """The prefix under which /dev/kvm may not be opened."""
        if os.path.exists("/dev/kvm") and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            return []
        if os.geteuid() or not shutil.which("setpriv"):
            raise unittest.SkipTest("needs root and setpriv to become a user without access")
        # The build tree and a private folder may be closed to that user.
        self.program = shutil.copy(lib.BENCH, self.folder / "program")
        self.folder.chmod(0o777)
        return [*lib.namespace(), "sh", "-c", OTHER_DEV, "sh", str(self.folder / "dev"), "with",
                *NOBODY]

    def check_run(self, prefix, reason):
        done = self.run_bench("run", "--profile", "quick", "--runs", 1, "--filter", ROWS, "--out",
                              self.out, prefix=prefix, program=self.program)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertEqual(ours["failures"], [])
        self.assertTrue(ours["plan"]["complete"])
        measured = {lib.row_id(observation) for observation in ours["observations"]}
        self.assertIn("null/loop@host", measured)
        self.assertIn("xsave/xsavec@host", measured)
        self.assertEqual({row.split("@")[1] for row in measured}, {"host"})
        skips = {lib.row_id(skip): skip for skip in ours["skips"]}
        for row in ("null/ioctl@host", "null/loop@guest/ring0", "exit/cpuid@guest/ring3",
                    "exit/pio@guest/ring3"):
            self.assertEqual(skips[row]["reason"], reason)
            self.assertIn("/dev/kvm", skips[row]["text"])
        self.assertIn(reason, done.stdout)

    def check_nothing_runs(self, prefix, reason):
        done = self.run_bench("run", "--profile", "quick", "--filter", "@guest", "--out", self.out,
                              prefix=prefix, program=self.program, code=lib.ALL_SKIPPED)
        report = lib.load(self.out)
        ours = report["fpstate_bench"]
        self.assertEqual((report["benchmarks"], ours["observations"], ours["plan"]["entries"],
                          ours["failures"]), ([], [], [], []))
        # What the processor lacks would be missing with KVM too.
        self.assertEqual({skip["reason"] for skip in ours["skips"]} - {"cpu-lacks"}, {reason})
        self.assertIn(reason, done.stdout)
        self.assertFalse(os.path.exists(f"{self.out}.journal"))

    def check_list(self, prefix, reason):
        done = self.run_bench("list", "--json", prefix=prefix, program=self.program)
        rows = lib.parse(done.stdout)
        self.assertTrue(any(row["available"] for row in rows))
        for row in rows:
            if "kvm" in row["needs"] or row["substrate"] != "host":
                self.assertFalse(row["available"], row)
                self.assertRegex(row["reason"], r"/dev/kvm|^CPUID\..*, E[AC]X read ")
        text = self.run_bench("list", "--filter", "exit/cpuid", prefix=prefix,
                              program=self.program).stdout
        self.assertIn(reason, text)

    def test_hidden_run(self):
        self.check_run(self.hide(), "no-kvm")

    def test_hidden_nothing_runs(self):
        self.check_nothing_runs(self.hide(), "no-kvm")

    def test_hidden_list(self):
        self.check_list(self.hide(), "no-kvm")

    def test_forbidden_run(self):
        self.check_run(self.forbid(), "no-permission")

    def test_forbidden_nothing_runs(self):
        self.check_nothing_runs(self.forbid(), "no-permission")

    def test_forbidden_list(self):
        self.check_list(self.forbid(), "no-permission")


if __name__ == "__main__":
    lib.main()
