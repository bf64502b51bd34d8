#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Command lines: what is wrong is named, what asks for help gets it."""
import unittest

import lib

# (arguments, words of the message)
WRONG = [
    ([], ["subcommand"]),
    (["bogus"], ["bogus"]),
    (["gate"], ["gate"]),
    (["--bogus"], ["--bogus"]),
    (["list", "--bogus"], ["--bogus"]),
    (["list", "operand"], ["operand"]),
    (["list", "--filter", "("], ["--filter", "("]),
    (["list", "--filter", "no-such-row"], ["no-such-row"]),
    (["run", "--bogus"], ["--bogus"]),
    (["run", "operand"], ["operand"]),
    (["run", "--filter"], ["--filter"]),
    (["run", "--filter", "["], ["--filter", "["]),
    (["run", "--filter", "no-such-row"], ["no-such-row"]),
    (["run", "--inject", "much"], ["--inject", "much"]),
    (["run", "--inject", "-1"], ["--inject", "-1"]),
    (["run", "--inject", "5x"], ["--inject", "5x"]),
    (["run", "--inject", "1e99%"], ["--inject", "1e99%"]),
    (["run", "--profile", "slow"], ["--profile", "slow"]),
    (["run", "--progress", "loud"], ["--progress", "loud"]),
    (["run", "--runs", "0"], ["--runs", "0"]),
    (["run", "--runs", "3x"], ["--runs", "3x"]),
    (["run", "--runs", "99999999999999999999"], ["--runs"]),
    (["run", "--seed", "-1"], ["--seed", "-1"]),
    (["run", "--seed", ""], ["--seed"]),
    (["run", "--cpu", "x"], ["--cpu", "x"]),
    (["run", "--cpu", "-1"], ["--cpu", "-1"]),
]


class Usage(lib.Case):
    def test_wrong_command_lines(self):
        for arguments, words in WRONG:
            with self.subTest(" ".join(arguments)):
                done = self.run_bench(*arguments, code=lib.USAGE, cwd=self.folder)
                self.assertEqual(done.stdout, "")
                self.check_message(done.stderr, *words)
                self.assertEqual(self.left_behind(), [])

    def test_absent_cpu(self):
        done = self.run_bench("run", "--cpu", "65535", "--filter", "null/loop@host", "--out",
                              self.out, code=lib.USAGE)
        self.check_message(done.stderr, "65535", "allowed are cpus ")
        self.assertEqual(done.stdout, "")
        self.assertFalse(self.out.exists())

    def test_help_is_output(self):
        for command in ([], ["list"], ["run"]):
            for option in ("--help", "--usage", "-?"):
                with self.subTest(" ".join(command + [option])):
                    done = self.run_bench(*command, option)
                    self.assertRegex(done.stdout, r"^Usage: .*fpstate-bench")
                    self.assertEqual(done.stderr, "")
        self.assertRegex(self.run_bench("--help").stdout, r"(?m)^ +run +\w")
        for option in ("--filter", "--profile", "--runs", "--cpu", "--seed", "--inject",
                       "--allow-hazards", "--out", "--progress"):
            self.assertIn(option, self.run_bench("run", "--help").stdout)

    def test_version(self):
        for command in ([], ["list"], ["run"]):
            done = self.run_bench(*command, "--version")
            self.assertRegex(done.stdout, r"^fpstate-bench \d+\.\d+\.\d+\n$")
            self.assertEqual(done.stderr, "")

    def test_options_before_and_after_the_filter(self):
        first = self.run_bench("list", "--json", "--filter", "null/loop").stdout
        self.assertEqual(first, self.run_bench("list", "--filter=null/loop", "--json").stdout)


if __name__ == "__main__":
    lib.main()
