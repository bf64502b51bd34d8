#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Unfinished runs: killed, interrupted or out of disk space, then finished by --resume."""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = os.path.abspath(os.environ.get("FPB_BENCH", ROOT / "build" / "fpstate-bench"))
CHECK_SCHEMA = [sys.executable, "-B", ROOT / "tests" / "e2e" / "check_schema.py",
                ROOT / "docs" / "report.schema.json"]

FINE, USAGE, UNFIT, INCOMPARABLE = 0, 2, 4, 5

NR_KILLS = 50
SEED = 2025
PLAN = ["--filter", "null|xgetbv|xsave/xsavec", "--runs", "2", "--progress", "none"]
# A plan of a moment, and one that does not end by itself within a test.
SHORT = ["--filter", "null/loop@host", "--runs", "3", "--progress", "none"]
LONG = ["--filter", "null/loop@host", "--runs", "10000", "--progress", "none"]


def command(*arguments):
    return [BENCH, *map(str, arguments)]


def bench(*arguments, **options):
    return subprocess.run(command(*arguments), stdin=subprocess.DEVNULL, text=True, timeout=240,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)


def start(*arguments):
    return subprocess.Popen(command(*arguments), stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["fpstate_bench"]


def entry_of(observation):
    return f"{observation['run']}:{observation['substrate']}:{observation['name']}"


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fpstate-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "report.json"
        self.journal = self.folder / "report.json.journal"

    def journal_lines(self):
        """The whole lines of the journal."""
        try:
            return self.journal.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []

    def wait_for_entries(self, process, nr):
        deadline = time.monotonic() + 120
        while len(self.journal_lines()) <= nr:
            self.assertIsNone(process.poll(), "it ended too early")
            self.assertLess(time.monotonic(), deadline, "no entries in the journal")
            time.sleep(0.005)

    def leave_unfinished(self, arguments=("--filter", "null/loop@host", "--runs", "60"), nr=3):
        """A run killed after it finished `nr` entries."""
        process = start("run", "--seed", SEED, "--out", self.out, "--progress", "none", *arguments)
        try:
            self.wait_for_entries(process, nr)
        finally:
            process.kill()
            process.wait()

    def resume(self, *arguments, code=FINE, **options):
        done = bench("run", "--resume", self.out, "--progress", "none", *arguments, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def check_message(self, done, *words):
        messages = [line for line in done.stderr.splitlines() if line.startswith("fpstate-bench")]
        self.assertEqual(len(messages), 1, done.stderr)
        for word in words:
            self.assertIn(word, messages[0])

    def check_complete(self):
        """One valid report that holds every entry once; returns its entries."""
        report = load(self.out)
        plan = report["plan"]
        self.assertTrue(plan["complete"])
        self.assertEqual(report["failures"], [])
        entries = plan["entries"]
        self.assertEqual(len(set(entries)), len(entries))
        self.assertEqual([entry_of(o) for o in report["observations"]], entries)
        self.assertEqual([p.name for p in self.folder.iterdir()], [self.out.name])
        valid = subprocess.run([*CHECK_SCHEMA, self.out], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertIn(valid.returncode, (0, 77), valid.stdout)
        return entries

    def edit_head(self, edit):
        """Changes the journal's first line by edit(object)."""
        head, rest = self.journal.read_bytes().split(b"\n", 1)
        head = json.loads(head)
        edit(head)
        self.journal.write_bytes(json.dumps(head).encode() + b"\n" + rest)


class Kill(Case):
    def test_fifty_times(self):
        """SIGKILL at random moments, over as many runs as fifty kills take."""
        began = time.monotonic()
        self.assertEqual(bench("run", "--seed", SEED, "--out", self.out, *PLAN).returncode, FINE)
        # Slower builds are given more time, so that they too are hit in every phase.
        slowness = max(1.0, (time.monotonic() - began) / 2)
        expected = self.check_complete()
        chance = random.Random(SEED)
        kills = resumes = complete = 0
        while kills < NR_KILLS:
            if self.journal_lines():
                process = start("run", "--resume", self.out, "--progress", "none")
                resumes += 1
            else:
                # Killed before the first line was whole, or the last run was finished.
                for path in self.folder.iterdir():
                    path.unlink()
                process = start("run", "--seed", SEED, "--out", self.out, *PLAN)
            try:
                code = process.wait(timeout=chance.uniform(0.05, 1.0) * slowness)
                self.assertEqual(code, FINE)
                self.assertEqual(self.check_complete(), expected)
                complete += 1
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        if self.journal_lines():
            self.resume()
            self.assertEqual(self.check_complete(), expected)
        print(f"{kills} kills, {resumes} resumes, {complete} reports completed on the way")
        self.assertGreater(resumes, 5, "the kills hit nothing")

    def test_run_split_over_processes_is_flagged(self):
        self.leave_unfinished(["--filter", "null/(loop|chain)", "--runs", "40"], nr=6)
        *_, last = self.journal_lines()
        split = json.loads(last)["entry"].split(":")[0]
        nr_before = len(self.journal_lines()) - 1
        done = self.resume()
        self.check_complete()
        self.assertIn(f"{nr_before} of them finished before", done.stderr)
        for index, observation in enumerate(load(self.out)["observations"]):
            resumed = index >= nr_before and observation["run"] == int(split)
            self.assertEqual("resumed" in observation["flags"], resumed, entry_of(observation))

    def test_torn_last_line(self):
        self.leave_unfinished()
        lines = self.journal_lines()
        whole = b"\n".join(lines[:-1]) + b"\n"
        for torn in (lines[-1], lines[-1][:-1], lines[-1][:1], b"", lines[-1][:-1] + b"\n",
                     b"\0" * 40, b"\0" * 40 + b"\n"):
            with self.subTest(torn=torn[:20]):
                self.journal.write_bytes(whole + torn)
                self.resume()
                self.assertEqual(len(self.check_complete()), 60)

    def test_torn_first_line(self):
        self.leave_unfinished()
        self.journal.write_bytes(self.journal_lines()[0][:100])
        done = self.resume(code=USAGE)
        self.check_message(done, str(self.journal), "remove it")

    def test_damage_in_the_middle(self):
        self.leave_unfinished()
        lines = self.journal_lines()
        for number, line in ((2, lines[1][:50]), (2, lines[2]), (3, b"{}")):
            with self.subTest(line=line[:20]):
                damaged = [*lines]
                damaged[number - 1] = line
                text = b"\n".join(damaged) + b"\n"
                self.journal.write_bytes(text)
                done = self.resume(code=USAGE)
                self.check_message(done, str(self.journal), f"line {number}")
                self.assertEqual(self.journal.read_bytes(), text)
                self.assertFalse(self.out.exists())

    def test_after_ctrl_c(self):
        process = start("run", "--out", self.out, *LONG)
        self.addCleanup(process.kill)
        self.wait_for_entries(process, 3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=120), UNFIT)
        nr_before = len(load(self.out)["observations"])
        self.assertFalse(load(self.out)["plan"]["complete"])
        # Ten thousand runs take too long: leave a few.
        nr_planned = nr_before + 5

        def shorten(head):
            head["plan"]["runs"] = nr_planned
            del head["plan"]["entries"][nr_planned:]
        self.edit_head(shorten)
        self.resume()
        self.assertEqual(len(self.check_complete()), nr_planned)

    def test_still_running(self):
        process = start("run", "--out", self.out, *LONG)
        try:
            self.wait_for_entries(process, 1)
            self.check_message(self.resume(code=UNFIT), str(self.journal), "not over")
            self.assertIsNone(process.poll())
        finally:
            process.kill()
            process.wait()


class Refused(Case):
    def test_no_journal(self):
        done = self.resume(code=USAGE)
        self.check_message(done, str(self.out), "nothing to resume")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_complete_report(self):
        self.assertEqual(bench("run", "--out", self.out, *SHORT).returncode, FINE)
        before = self.out.read_bytes()
        done = self.resume()
        self.check_message(done, str(self.out), "complete", "nothing to resume")
        self.assertEqual(done.stdout, "")
        self.assertEqual(self.out.read_bytes(), before)

    def test_incomplete_report_without_journal(self):
        self.assertEqual(bench("run", "--out", self.out, *SHORT).returncode, FINE)
        text = self.out.read_text(encoding="utf-8")
        self.out.write_text(text.replace('"complete": true', '"complete": false'),
                            encoding="utf-8")
        self.check_message(self.resume(code=USAGE), str(self.out), "incomplete", "measure again")

    def test_contradicting_options(self):
        self.leave_unfinished(["--filter", "null/loop@host", "--runs", "30", "--profile", "quick",
                               "--inject", "2%"])
        before = self.journal.read_bytes()
        for option, value in (("--filter", "null"), ("--runs", 31), ("--profile", "standard"),
                              ("--seed", SEED + 1), ("--inject", "3%"), ("--inject", 2),
                              ("--out", self.folder / "other.json"), ("--cpu", 65535)):
            with self.subTest(f"{option} {value}"):
                self.check_message(self.resume(option, value, code=USAGE), option, str(value))
                self.assertEqual(self.journal.read_bytes(), before)
        self.check_message(self.resume("--allow-hazards", code=USAGE), "--allow-hazards")
        self.resume("--filter", "null/loop@host", "--runs", 30, "--profile", "quick", "--seed",
                    SEED, "--inject", "2.0%", "--out", self.out)
        self.assertEqual(len(self.check_complete()), 30)

    def test_other_environment(self):
        self.leave_unfinished()
        journal = self.journal.read_bytes()
        for key, value in (("microcode", "0x1"), ("kernel_release", "1.2.3"), ("thp", "sometimes"),
                           ("kernel_build_id", "0" * 40), ("tsc_khz", 1000)):
            with self.subTest(key):
                self.edit_head(lambda head: head["environment"].update({key: value}))
                done = self.resume(code=INCOMPARABLE)
                self.check_message(done, str(self.out), key)
                self.assertIn(str(value)[:10], done.stderr)
                self.assertFalse(self.out.exists())
                self.journal.write_bytes(journal)

    def test_volatile_keys_may_differ(self):
        self.leave_unfinished()

        def change(head):
            environment = head["environment"]
            environment["mem_total_bytes"] += 4096
            environment["hwloc_xml"] = "<topology/>"
            environment["tsc_khz"] += environment["tsc_khz"] // 2000
        self.edit_head(change)
        done = self.resume()
        for key in ("mem_total_bytes", "hwloc_xml", "tsc_khz"):
            self.assertRegex(done.stderr, rf"(?m)^  {key}: .* \(volatile, allowed\)$")
        self.check_complete()
        # The report is of the machine as the run found it.
        self.assertEqual(load(self.out)["environment"]["hwloc_xml"], "<topology/>")

    def test_cpu_that_is_gone(self):
        self.leave_unfinished()
        self.edit_head(lambda head: head["environment"].update(cpu_used=65535))
        self.check_message(self.resume(code=INCOMPARABLE), "65535")

    def test_other_build(self):
        self.leave_unfinished()
        self.edit_head(lambda head: head["suite"].update(payload_sha256="0" * 64))
        self.check_message(self.resume(code=INCOMPARABLE), "suite.payload_sha256")

    def test_other_rows_available(self):
        self.leave_unfinished()
        self.edit_head(lambda head: head["plan"]["entries"].append("60:host:null/other"))
        self.check_message(self.resume(code=INCOMPARABLE), "null/other")

    def test_hostile_head(self):
        self.leave_unfinished()
        journal = self.journal.read_bytes()
        for where, edit in (
                ("plan.runs", lambda head: head["plan"].update(runs=2 ** 31 - 1)),
                ("plan.profile", lambda head: head["plan"].update(profile="huge")),
                ("plan.inject", lambda head: head["plan"].update(inject=10 ** 15)),
                ("cpu_used", lambda head: head["environment"].update(cpu_used=-1)),
                ("command", lambda head: head.update(command="rm"))):
            with self.subTest(where):
                self.edit_head(edit)
                self.check_message(self.resume(code=USAGE), str(self.journal), where)
                self.journal.write_bytes(journal)


class FullDisk(Case):
    # Of a journal with its first line and some, but not all, entries.
    ARGUMENTS = ["--seed", SEED, "--filter", "null/loop@host", "--runs", "120", "--progress",
                 "none"]

    def check_stopped(self, done):
        self.assertEqual(done.returncode, UNFIT, done.stdout + done.stderr)
        first = [line for line in done.stderr.splitlines() if line.startswith("fpstate-bench")][0]
        self.assertIn(str(self.journal), first)
        self.assertIn("--resume", first)
        self.assertNotIn("report.json.tmp", [p.name for p in self.folder.iterdir()])
        text = self.journal.read_bytes()
        self.assertTrue(text.endswith(b"\n"), "half a line is left")
        records = [json.loads(line) for line in text.splitlines()]
        self.assertGreater(len(records), 1)
        self.assertLess(len(records), 121)
        if self.out.exists():
            report = load(self.out)
            self.assertFalse(report["plan"]["complete"])
            self.assertEqual(len(report["observations"]), len(records) - 1)

    def test_limit_on_files(self):
        self.leave_unfinished(self.ARGUMENTS[2:], nr=1)
        size = self.journal.stat().st_size + 20000
        self.journal.unlink()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        done = bench("run", "--out", self.out, *self.ARGUMENTS, preexec_fn=limit)
        self.check_stopped(done)
        # Still no room: nothing is lost by trying.
        self.assertEqual(bench("run", "--resume", self.out, preexec_fn=limit).returncode, UNFIT)
        self.resume()
        self.assertEqual(len(self.check_complete()), 120)

    def test_tmpfs(self):
        if os.geteuid() != 0 or not shutil.which("mount"):
            self.skipTest("mounting a small file system takes root")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=56k", "tmpfs", self.folder],
                              text=True, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            self.skipTest(f"mount: {done.stderr.strip()}")
        try:
            self.check_stopped(bench("run", "--out", self.out, *self.ARGUMENTS))
            subprocess.run(["mount", "-o", "remount,size=8m", self.folder], check=True)
            self.resume()
            self.assertEqual(len(self.check_complete()), 120)
        finally:
            subprocess.run(["umount", self.folder], check=True)

    def test_no_room_for_the_first_line(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        done = bench("run", "--out", self.out, *SHORT, preexec_fn=limit)
        self.assertEqual(done.returncode, UNFIT)
        self.check_message(done, str(self.journal))
        self.assertEqual(list(self.folder.iterdir()), [])


class Noise(Case):
    def test_unfinished_noise_is_finished_by_run(self):
        process = start("noise", "--runs", "60", "--filter", "null/loop@host", "--out", self.out)
        try:
            self.wait_for_entries(process, 3)
        finally:
            process.kill()
            process.wait()
        done = self.resume()
        self.check_complete()
        self.assertRegex(done.stdout, r"(?m)^name .* floor$")
        self.assertLessEqual(set(load(self.out)["noise_floor"]), {"null/loop@host"})

    def test_no_floors_of_a_part(self):
        process = start("noise", "--runs", "10000", "--filter", "null/chain@host", "--out",
                        self.out)
        self.addCleanup(process.kill)
        self.wait_for_entries(process, 3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=120), UNFIT)
        self.assertEqual(load(self.out)["noise_floor"], {})


if __name__ == "__main__":
    unittest.main(verbosity=2)
