#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Signals in the middle of a run: to the program, to all of its processes, to its worker."""
import fcntl
import os
import pty
import signal
import termios

import lib

EARLY = 3  # finished entries after which the signal comes


class Interrupt(lib.Case):
    def start(self, *arguments, **options):
        """A run that has finished EARLY entries and has many before it."""
        process = lib.start("run", "--profile", "quick", "--out", self.out, *arguments, **options)
        self.addCleanup(self.end, process)
        lib.wait_until(lambda: lib.journal_entries(self.out) >= EARLY or
                       process.poll() is not None, "entries in the journal")
        self.assertIsNone(process.poll(), "it ended before the signal")
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def check_alone(self, process):
        """No process of the session is left."""
        lib.wait_until(lambda: not lib.in_session(process.pid), "all its processes ended", 10)

    def check_partial_report(self, process):
        self.check_alone(process)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertFalse(ours["plan"]["complete"])
        self.assertEqual(ours["failures"], [])
        self.assertGreaterEqual(len(ours["observations"]), EARLY)
        self.assertEqual(len(ours["plan"]["entries"]), len(ours["observations"]))
        # --resume wants it.
        self.assertEqual(lib.journal_entries(self.out), len(ours["observations"]))
        return ours

    def check_partial(self, process):
        stdout, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        ours = self.check_partial_report(process)
        for observation in ours["observations"]:
            name, substrate = observation["name"], observation["substrate"]
            self.assertRegex(stdout, rf"(?m)^{name} +{substrate} ")
        self.assertEqual(stdout.splitlines()[-1], f"report: {self.out}")
        self.assertRegex(stderr, "stopped after|interrupted")

    def test_ctrl_c_for_the_program(self):
        process = self.start("--runs", 100)
        process.send_signal(signal.SIGINT)
        self.check_partial(process)

    def test_ctrl_c_of_a_terminal(self):
        process = self.start("--runs", 100)
        os.killpg(process.pid, signal.SIGINT)
        self.check_partial(process)

    def test_terminated(self):
        process = self.start("--runs", 100)
        process.send_signal(signal.SIGTERM)
        self.check_partial(process)

    def test_hung_up(self):
        """By the shell and by the kernel, while the entry in flight is still measured."""
        process = self.start("--runs", 100)
        for _ in range(5):
            os.killpg(process.pid, signal.SIGHUP)
        self.check_partial(process)

    def test_terminal_closed(self):
        master, slave = pty.openpty()
        process = self.start(
            "--runs", 100, stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        os.close(slave)
        os.close(master)
        self.assertEqual(process.wait(timeout=lib.TIMEOUT_S), lib.UNFIT)
        self.check_partial_report(process)

    def test_nohup(self):
        process = self.start("--runs", 100,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        os.killpg(process.pid, signal.SIGHUP)
        later = lib.journal_entries(self.out) + 3
        lib.wait_until(lambda: lib.journal_entries(self.out) >= later, "it goes on")
        process.send_signal(signal.SIGTERM)
        self.check_partial(process)

    def test_killed(self):
        process = self.start("--runs", 100)
        self.assertTrue(lib.wait_until(lambda: lib.children(process.pid), "a worker"))
        process.kill()
        process.wait()
        self.check_alone(process)
        self.assertFalse(self.out.exists())
        with open(f"{self.out}.journal", encoding="utf-8") as file:
            *whole, last = file.read().split("\n")
        self.assertEqual(last, "", "the journal ends in half a line")
        records = [lib.parse(line) for line in whole]
        self.assertGreaterEqual(len(records), 1 + EARLY)
        for record in records[1:]:
            run, substrate, name = record["entry"].split(":")
            observation = record["observation"]
            self.assertEqual((observation["run"], observation["substrate"], observation["name"]),
                             (int(run), substrate, name))

    def test_worker_killed(self):
        # One run is one worker process.
        process = self.start("--runs", 1)
        worker, = lib.children(process.pid)
        os.kill(worker, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.check_alone(process)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertTrue(ours["plan"]["complete"])
        self.assertEqual(len(ours["failures"]), 1, ours["failures"])
        failure = ours["failures"][0]
        self.assertIn("Killed", failure["error"])
        self.assertTrue(failure["where"])
        entries = ours["plan"]["entries"]
        self.assertIn(f"0:{failure['substrate']}:{failure['name']}", entries)
        self.assertEqual(len(ours["observations"]) + 1, len(entries))
        self.assertEqual(len(entries), len(lib.available_rows()))
        self.assertIn("1 failed", stdout)
        self.assertEqual(self.left_behind(), [])


if __name__ == "__main__":
    lib.main()
