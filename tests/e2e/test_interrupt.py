#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Signals in the middle of a run: to the program, to all of its processes, to its worker."""
import os
import signal
import unittest

import lib

EARLY = 3  # finished entries after which the signal comes


class Interrupt(lib.Case):
    def start(self, *arguments):
        """A run that has finished EARLY entries and has many before it."""
        process = lib.start("run", "--profile", "quick", "--out", self.out, *arguments)
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

    def check_partial(self, process):
        stdout, stderr = process.communicate(timeout=lib.TIMEOUT_S)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.check_alone(process)
        ours = lib.load(self.out)["fpstate_bench"]
        self.assertFalse(ours["plan"]["complete"])
        self.assertEqual(ours["failures"], [])
        self.assertGreaterEqual(len(ours["observations"]), EARLY)
        self.assertEqual(len(ours["plan"]["entries"]), len(ours["observations"]))
        for observation in ours["observations"]:
            name, substrate = observation["name"], observation["substrate"]
            self.assertRegex(stdout, rf"(?m)^{name} +{substrate} ")
        self.assertEqual(stdout.splitlines()[-1], f"report: {self.out}")
        self.assertRegex(stderr, "stopped after|interrupted")
        # --resume wants it.
        self.assertEqual(lib.journal_entries(self.out), len(ours["observations"]))

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
