#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""scripts/host-tune.sh on copies of captured machines: it says, does and undoes the same."""
import os
import re
import shutil
import signal
import subprocess
import unittest

import lib

SCRIPT = lib.ROOT / "scripts" / "host-tune.sh"
MACHINES = lib.ROOT / "tests" / "fixtures" / "machines"
CPU = "sys/devices/system/cpu"
JOURNAL = "var/lib/fpstate-bench/host-tune.journal"
TUNED = {
    f"{CPU}/cpu0/cpufreq/scaling_governor": "performance",
    f"{CPU}/cpu7/cpufreq/scaling_governor": "performance",
    f"{CPU}/intel_pstate/no_turbo": "1",
    f"{CPU}/smt/control": "off",
    "sys/kernel/mm/transparent_hugepage/enabled": "madvise",
    "proc/sys/kernel/nmi_watchdog": "0",
    "proc/sys/kernel/perf_event_paranoid": "1",
}


class HostTune(lib.Case):
    def setUp(self):
        super().setUp()
        # Names that the shell would split or expand.
        self.sysroot = self.folder / "a b*[c]"
        shutil.copytree(MACHINES / "smt-laptop", self.sysroot)

    def tune(self, *arguments, code=0, sysroot=True):
        place = ("--sysroot", self.sysroot) if sysroot else ()
        done = subprocess.run(["sh", SCRIPT, *arguments, *place], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def read(self, name):
        """What is in force: a choice in brackets, or the text."""
        text = (self.sysroot / name).read_text(encoding="latin-1").strip()
        chosen = re.search(r"\[(.*?)\]", text)
        return chosen.group(1) if chosen else text

    def state(self):
        return {str(path.relative_to(self.sysroot)): self.read(path.relative_to(self.sysroot))
                for path in self.sysroot.rglob("*") if path.is_file()}

    def test_dry_run_changes_nothing_and_says_what_apply_does(self):
        before = self.state()
        done = self.tune()
        self.assertEqual(self.state(), before)
        for name, value in TUNED.items():
            self.assertIn(f"echo {value} >{self.sysroot}/{name}   # now {before[name]}\n",
                          done.stdout)
        self.assertIn(f"skipped: /{CPU}/cpufreq/boost: not on this machine", done.stderr)
        self.tune("--apply")
        self.assertEqual(len(done.stdout.splitlines()),
                         len(set(self.state().items()) - set(before.items())) - 1)

    def test_apply_then_restore_is_identity(self):
        before = self.state()
        self.tune("--apply")
        tuned = self.state()
        self.assertEqual({name: tuned[name] for name in TUNED}, TUNED)
        self.tune("--restore")
        self.assertEqual(self.state(), before)
        self.assertFalse((self.sysroot / JOURNAL).parent.exists())
        # And again: nothing of the first time is left in the way.
        self.tune("--apply")
        self.assertEqual({name: self.read(name) for name in TUNED}, TUNED)

    def test_order(self):
        """Siblings go offline last and come back first, so that their governors are there."""
        applied = self.tune("--apply").stdout.splitlines()
        restored = self.tune("--restore").stdout.splitlines()
        self.assertTrue(applied[-1].startswith(f"/{CPU}/smt/control: on -> off"))
        self.assertEqual([line.split(":")[0] for line in restored],
                         [line.split(":")[0] for line in reversed(applied)])

    def test_second_apply_is_refused(self):
        self.tune("--apply")
        journal = (self.sysroot / JOURNAL).read_bytes()
        self.assertIn("--restore first", self.tune("--apply", code=1).stderr)
        self.assertEqual((self.sysroot / JOURNAL).read_bytes(), journal)

    def test_restore_without_a_journal(self):
        self.assertIn("nothing to restore", self.tune("--restore", code=1).stderr)

    def test_failure_half_way_is_undone_by_restore(self):
        before = self.state()
        blocked = self.sysroot / "sys/kernel/mm/transparent_hugepage/enabled"
        old = blocked.read_text(encoding="ascii")
        # It can be read and opened by root, but not written by anyone.
        blocked.unlink()
        blocked.symlink_to("/proc/version")
        done = self.tune("--apply", code=1)
        self.assertIn("cannot be set to madvise", done.stderr)
        self.assertIn("--restore", done.stderr)
        self.assertEqual(self.read(f"{CPU}/intel_pstate/no_turbo"), "1")
        self.assertEqual(self.read(f"{CPU}/smt/control"), "on")
        self.tune("--restore")
        blocked.unlink()
        blocked.write_text(old, encoding="ascii")
        self.assertEqual(self.state(), before)

    def test_killed_in_the_middle_of_a_write(self):
        """A FIFO holds the script at its write: the journal must have the old value by then."""
        before = self.state()
        held = self.sysroot / "proc/sys/kernel/nmi_watchdog"
        held.unlink()
        os.mkfifo(held)
        with subprocess.Popen(["sh", SCRIPT, "--apply", "--sysroot", self.sysroot],
                              stdout=subprocess.DEVNULL, start_new_session=True) as script:
            try:
                # Opening waits for the script to read.
                held.write_text("1\n", encoding="ascii")
                lib.wait_until(lambda: "nmi_watchdog\t1\t.\n" in
                               (self.sysroot / JOURNAL).read_text(encoding="ascii"),
                               "the old value is in the journal", timeout_s=20)
            finally:
                os.killpg(script.pid, signal.SIGKILL)
        self.assertEqual(self.read(f"{CPU}/intel_pstate/no_turbo"), "1")
        self.assertEqual(self.read(f"{CPU}/smt/control"), "on")
        held.unlink()
        held.write_text("0\n", encoding="ascii")
        self.tune("--restore")
        self.assertEqual(self.state(), before)

    def test_torn_line_is_no_old_value(self):
        before = self.state()
        for torn in (f"/{CPU}/smt/control\tof", f"/{CPU}/smt/control\toff\t", f"/{CPU}/smt/con"):
            (self.sysroot / JOURNAL).parent.mkdir(parents=True)
            (self.sysroot / JOURNAL).write_text(f"/{CPU}/intel_pstate/no_turbo\t0\t.\n{torn}",
                                                encoding="ascii")
            (self.sysroot / CPU / "intel_pstate/no_turbo").write_text("1\n", encoding="ascii")
            self.tune("--restore")
            self.assertEqual(self.state(), before)

    def test_what_cannot_be_restored_keeps_the_journal(self):
        self.tune("--apply")
        blocked = self.sysroot / "proc/sys/kernel/nmi_watchdog"
        blocked.unlink()
        blocked.symlink_to("/proc/version")
        done = self.tune("--restore", code=1)
        self.assertIn("nmi_watchdog: cannot be set to 1", done.stderr)
        self.assertEqual(self.read(f"{CPU}/intel_pstate/no_turbo"), "0")
        self.assertTrue((self.sysroot / JOURNAL).exists())
        blocked.unlink()
        self.assertIn("skipped: /proc/sys/kernel/nmi_watchdog: no longer",
                      self.tune("--restore").stderr)
        self.assertFalse((self.sysroot / JOURNAL).exists())

    def test_only_what_the_machine_offers(self):
        (self.sysroot / CPU / "cpu3/cpufreq/scaling_available_governors").write_text(
            "powersave\n", encoding="ascii")
        (self.sysroot / CPU / "smt/control").write_text("notsupported\n", encoding="ascii")
        (self.sysroot / "proc/sys/kernel/perf_event_paranoid").write_text("-1\n",
                                                                         encoding="ascii")
        done = self.tune("--apply")
        self.assertIn("cpu3/cpufreq/scaling_governor: does not offer performance", done.stderr)
        self.assertEqual(self.read(f"{CPU}/cpu3/cpufreq/scaling_governor"), "powersave")
        self.assertEqual(self.read(f"{CPU}/smt/control"), "notsupported")
        self.assertEqual(self.read("proc/sys/kernel/perf_event_paranoid"), "-1")

    def test_amd_boost_and_irqbalance(self):
        shutil.rmtree(self.sysroot)
        shutil.copytree(MACHINES / "server-amd", self.sysroot)
        done = self.tune("--apply")
        self.assertEqual(self.read(f"{CPU}/cpufreq/boost"), "0")
        self.assertIn("hint: irqbalance", done.stderr)

    def test_nothing_to_change_leaves_no_journal(self):
        self.tune("--apply")
        (self.sysroot / JOURNAL).unlink()
        self.assertIn("nothing to change", self.tune("--apply").stderr)
        self.assertFalse((self.sysroot / JOURNAL).exists())

    def test_what_else_lies_beside_the_journal_stays(self):
        self.tune("--apply")
        other = (self.sysroot / JOURNAL).with_name("other")
        other.touch()
        self.tune("--restore")
        self.assertTrue(other.exists())

    def test_root_is_needed(self):
        if not os.geteuid():
            if not shutil.which("setpriv"):
                self.skipTest("needs setpriv to become another user")
            copy = self.folder / "scripts"
            shutil.copytree(SCRIPT.parent, copy)
            self.folder.chmod(0o755)
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh",
                       copy / SCRIPT.name]
        else:
            command = ["sh", SCRIPT]
        for mode in ("--apply", "--restore"):
            done = subprocess.run([*command, mode], text=True, check=False,
                                  stderr=subprocess.PIPE, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertIn("run it as root", done.stderr)

    def test_usage(self):
        for arguments in (["--bogus"], ["operand"], ["--apply", "--restore"], ["--sysroot"]):
            self.assertIn("usage:", self.tune(*arguments, code=2, sysroot=False).stderr)
        self.assertIn("no such folder", self.tune("--sysroot", self.folder / "x", code=1,
                                                  sysroot=False).stderr)


if __name__ == "__main__":
    lib.main()
