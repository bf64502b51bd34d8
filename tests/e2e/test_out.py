#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Where the report goes, and what happens when it cannot go there."""
import os
import unittest

import lib

ROW = ["run", "--profile", "quick", "--runs", "1", "--filter", "^null/loop@host", "--progress",
       "none"]

# $1: a folder, $2: its size in KiB. Shows the exit code, then the report and what else is there.
SMALL_DISK = """
mount -t tmpfs -o "size=$2k" tmpfs "$1" || exit 99
folder=$1
shift 2
"$@" >/dev/null
echo "exit code $?"
ls "$folder"
echo "end of list"
cat "$folder/report.json" 2>/dev/null
exit 0
"""


class Out(lib.Case):
    def test_default_place(self):
        done = self.run_bench(*ROW, cwd=self.folder)
        reports = [p.relative_to(self.folder) for p in self.folder.rglob("*") if p.is_file()]
        self.assertEqual(len(reports), 1, reports)
        environment = lib.load(self.folder / reports[0])["fpstate_bench"]["environment"]
        self.assertRegex(str(reports[0]), r"^results/[^/]+/[^/]+/\d{8}T\d{6}Z/report\.json$")
        self.assertIn(environment["kernel_release"], reports[0].parts[2])
        self.assertEqual(done.stdout.splitlines()[-1], f"report: {reports[0]}")

    def test_older_report_is_replaced(self):
        self.out.write_text("older", encoding="utf-8")
        self.run_bench(*ROW, "--out", self.out)
        self.assertTrue(lib.load(self.out)["fpstate_bench"]["plan"]["complete"])
        self.assertEqual(self.left_behind(), [])

    def test_relative_and_bare_names(self):
        (self.folder / "inner").mkdir()
        for name in ("report.json", "inner/report.json"):
            self.run_bench(*ROW, "--out", name, cwd=self.folder)
            lib.load(self.folder / name)

    def test_folder_as_report(self):
        done = self.run_bench(*ROW, "--out", self.folder, code=lib.USAGE)
        self.check_message(done.stderr, "--out", str(self.folder))
        self.assertEqual(done.stdout, "")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_missing_folder(self):
        out = self.folder / "absent" / "report.json"
        done = self.run_bench(*ROW, "--out", out, code=lib.UNFIT)
        self.check_message(done.stderr, "--out", str(out))
        self.assertEqual(done.stdout, "")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_folder_without_permission(self):
        # /proc refuses new files even to root.
        out = "/proc/fpstate-bench.json"
        done = self.run_bench(*ROW, "--out", out, code=lib.UNFIT)
        self.check_message(done.stderr, out)
        self.assertEqual(done.stdout, "")

    def test_default_place_without_permission(self):
        done = self.run_bench(*ROW, cwd="/proc", code=lib.UNFIT)
        self.check_message(done.stderr, "results", "--out")
        self.assertEqual(done.stdout, "")

    def test_standard_output_is_full(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.run_bench(*ROW, "--out", self.out, stdout=full, code=lib.UNFIT)
            self.assertTrue(lib.load(self.out)["fpstate_bench"]["plan"]["complete"])
            self.run_bench("list", stdout=full, code=lib.UNFIT)

    def test_full_disk(self):
        """On disks of growing size: a whole report, or code 4, a message and no report at all."""
        prefix = lib.namespace()
        codes = set()
        kib = 4
        while kib < 1024:
            mount_point = self.folder / f"disk-{kib}"
            mount_point.mkdir()
            out = mount_point / "report.json"
            done = lib.bench(*ROW, "--out", out, prefix=[*prefix, "sh", "-c", SMALL_DISK, "sh",
                                                         str(mount_point), str(kib)])
            self.assertEqual(done.returncode, 0, done.stderr)
            with self.subTest(kib=kib):
                codes.add(self.check_small_disk(done, out))
            if lib.FINE in codes:
                break
            kib = kib * 5 // 4 // 4 * 4 + 4
        self.assertEqual(codes, {lib.FINE, lib.UNFIT})

    def check_small_disk(self, done, out):
        head, _, report = done.stdout.partition("end of list\n")
        first, *names = head.splitlines()
        code = int(first.rpartition(" ")[2])
        if code == lib.FINE:
            self.assertEqual(names, ["report.json"])
            self.assertTrue(lib.parse(report)["fpstate_bench"]["plan"]["complete"])
            return code
        self.assertEqual(code, lib.UNFIT, done.stderr)
        # The journal may be the first that does not fit; the report then is the second.
        messages = [line for line in done.stderr.splitlines() if line.startswith("fpstate-bench: ")]
        self.assertIn(len(messages), (1, 2), done.stderr)
        for message in messages:
            self.assertIn(str(out.parent), message)
            self.assertIn("No space left on device", message)
        self.assertLessEqual(set(names), {"report.json.journal"})
        return code


if __name__ == "__main__":
    lib.main()
