#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reports that nobody in their right mind writes, as either side of compare and gate.

Each is refused with exit code 2 and one message that says where, in bounded memory; what has huge
numbers and nothing else wrong may be compared, but not into something that is no JSON.
"""
import math
import os
import pathlib
import subprocess

import lib
from comparisons import CPUID, PIO, Case
from made_reports import report

MB = 1000000

# Of the reader: bench/report/report_read.h.
MAX_BYTES, MAX_DEPTH, MAX_STRING, MAX_VALUES = 256 * MB, 64, MB, 4 * MB

# Sanitizers take memory of their own.
SANITISED = any(name in pathlib.Path(lib.BENCH).read_bytes()
                for name in (b"__asan_init", b"__tsan_init"))

OBSERVATION = "fpstate_bench.observations[0]"


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.write("good", report({CPUID: [1000, 1001], PIO: [500, 501]}))
        self.text = self.path("good").read_bytes()

    def check_refused(self, *words):
        """The file "bad" is, on either side, by both commands."""
        for command in ("compare", "gate"):
            for base, new in (("bad", "good"), ("good", "bad")):
                with self.subTest(command=command, base=base):
                    done = self.compare(base=base, new=new, command=command, code=lib.USAGE)
                    self.check_message(done.stderr, "bad.json: ", *words)
                    self.assertEqual(done.stdout, "")
                    self.assertLess(len(done.stderr), 1000)
                    self.assertTrue(done.stderr.isprintable() or "\n" in done.stderr)

    def bad(self, content):
        self.path("bad").write_bytes(content)

    def changed(self, old, new):
        """The good report with its first `old` replaced."""
        self.assertIn(old, self.text)
        self.bad(self.text.replace(old, new, 1))

    def test_truncated(self):
        for length in (0, 1, 100, len(self.text) // 2, len(self.text) - 1):
            with self.subTest(length):
                self.bad(self.text[:length])
                self.check_refused("empty" if not length else "truncated")

    def test_no_report(self):
        for content, word in ((b"\x7fELF\0\0", "line 1"), (b"[]", "expected an object"),
                              (b"{}", "fpstate_bench: missing"), (b"null", "line 1"),
                              (self.text + b"{}", "line 1"), (b"\xef\xbb\xbf" + self.text, "line 1")):
            with self.subTest(content[:10]):
                self.bad(content)
                self.check_refused(word)

    def test_wrong_types(self):
        for old, new, where in (
                (b'"overhead": 1,', b'"overhead": "1",', f"{OBSERVATION}.overhead: "),
                (b'"run": 0,', b'"run": null,', f"{OBSERVATION}.run: "),
                (b'"batches": [', b'"batches": [true, ', f"{OBSERVATION}.batches[0]: "),
                (b'"observations": [', b'"observations": [7, ', f"{OBSERVATION}: "),
                (b'"plan": {', b'"plan": [], "was": {', "fpstate_bench.plan: "),
                (b'"smt": true', b'"smt": {}', "fpstate_bench.environment.smt: "),
                (b'"complete": true', b'"complete": 1', "fpstate_bench.plan.complete: ")):
            with self.subTest(where):
                self.changed(old, new)
                self.check_refused(where)

    def test_no_numbers(self):
        for number in (b"NaN", b"nan", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"0x10",
                       b"1" * 400, b"01", b"1.", b"--1"):
            with self.subTest(number[:20]):
                self.changed(b'"overhead": 1,', b'"overhead": ' + number + b",")
                self.check_refused(f"{OBSERVATION}: line 1, column ")

    def test_duplicate_keys(self):
        for old, where in ((b'"overhead": 1,', f"{OBSERVATION}: line 1"), (b'"smt": true,', "line 1"),
                           (b'"benchmarks":', "line 1"), (b'"observations":', "line 1")):
            with self.subTest(old):
                self.changed(old, old + (b" [], " if old.endswith(b":") else b" ") + old)
                self.check_refused(where, "duplicate object key")

    def test_text_that_is_none(self):
        for text in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\\ud800",
                     b"\\udc00\\ud800", b"\0", b"\\u0000", b"\x1b[2J", b"\n", b"\\x41"):
            with self.subTest(text):
                self.changed(b'"engine": "bare"', b'"x": "' + text + b'", "engine": "bare"')
                self.check_refused("line 1, column ")
                self.changed(b'"overhead": 1,', b'"x": "' + text + b'", "overhead": 1,')
                self.check_refused("line 1, column ")

    def test_deep(self):
        deep = MAX_DEPTH + 1
        for nested in (b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep,
                       b"[" * 10 * MB):
            for old in (b'"overhead": 1,', b'"engine": "bare",'):
                with self.subTest(nested[:10], old=old):
                    self.changed(old, b'"x": ' + nested + b", " + old)
                    self.check_refused(f"the limit of {MAX_DEPTH}")

    def test_huge_strings(self):
        long = b"y" * (MAX_STRING + 1)
        for old, new in ((b'"exit/cpuid"', b'"%b"' % long), (b'"engine"', b'"%b": 1, "engine"' % long),
                         (b'"overhead": 1,', b'"%b": 1, "overhead": 1,' % long)):
            with self.subTest(old):
                self.changed(old, new)
                self.check_refused(f"the limit of {MAX_STRING}")

    def test_huge_numbers(self):
        """In a report that says nothing else wrong: no crash, and JSON or a refusal."""
        def scale(ours, batches, overhead=0, iterations=1):
            for one in ours["observations"]:
                one.update(batches=batches, overhead=overhead, iterations_per_batch=iterations)
        for name, change in (
                ("equal", lambda ours: scale(ours, [1e308, 1e308])),
                ("largest", lambda ours: scale(ours, [1.7976931348623157e308] * 4)),
                ("overhead", lambda ours: scale(ours, [1], overhead=1e308)),
                ("both", lambda ours: scale(ours, [0], overhead=1.7976931348623157e308)),
                ("smallest", lambda ours: scale(ours, [5e-324, 1e308])),
                ("iterations", lambda ours: scale(ours, [1e308], iterations=1e308)),
                ("floor", lambda ours: ours.update(noise_floor={CPUID: 1e308, PIO: 1e308}))):
            self.bad(self.text)
            self.edit("bad", change)
            for base, new in (("bad", "bad"), ("bad", "good"), ("good", "bad")):
                with self.subTest(name, base=base, new=new):
                    done = lib.bench("gate", "--format", "json", self.path(base), self.path(new))
                    self.assertIn(done.returncode, (0, 1, 2, 3), done.stderr)
                    if done.returncode == lib.USAGE:
                        self.check_message(done.stderr, ": ")
                        continue
                    for metric in lib.parse(done.stdout)["metrics"]:
                        self.assertTrue(math.isfinite(metric["base"]), metric)
                        self.assertTrue(math.isfinite(metric["new"]), metric)


class Memory(Case):
    """Peak of the process, of documents that a tree would make many times larger."""
    # That of Python, by which it was started.
    NONE_MB = 100

    def setUp(self):
        super().setUp()
        self.bad = self.path("bad")

    def check_refused(self, *words, limit_mb, path=None):
        process = subprocess.Popen([lib.BENCH, "compare", path or self.bad, self.bad],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        with process:
            stderr = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, lib.USAGE, stderr)
        self.check_message(stderr, *words)
        if not SANITISED:
            self.assertLess(usage.ru_maxrss * 1024, limit_mb * MB)

    def write_around(self, size, before=b"", after=b""):
        """Zeroes in between, which take no room on the disk."""
        with open(self.bad, "wb") as file:
            file.write(before)
            file.truncate(size - len(after))
            file.seek(0, os.SEEK_END)
            file.write(after)

    def test_too_long(self):
        self.write_around(MAX_BYTES + 1)
        self.check_refused(f"the limit of {MAX_BYTES} bytes", limit_mb=self.NONE_MB)

    def test_without_end(self):
        self.check_refused("/dev/zero", f"the limit of {MAX_BYTES} bytes", path="/dev/zero",
                           limit_mb=350)

    def test_nothing_but_zeroes(self):
        self.write_around(MAX_BYTES)
        self.check_refused("line 1, column ", limit_mb=350)

    def test_one_string(self):
        self.write_around(MAX_BYTES, b'{"x": "', b'"}')
        self.check_refused(f"the limit of {MAX_STRING}", limit_mb=350)

    def test_values_without_end(self):
        """Of 2 to 3 bytes each, where a tree has 30 to 100."""
        for before in (b'{"x": [', b'{"benchmarks": [[', b'{"fpstate_bench": {"observations": [[',
                       b'{"fpstate_bench": {"derived": [', b'{"benchmarks": [',
                       b'{"fpstate_bench": {"observations": ['):
            for piece in (b"0,", b"[],", b'"",', b"{},"):
                with self.subTest(before, piece=piece):
                    self.bad.write_bytes(before + piece * MAX_VALUES + piece)
                    self.check_refused(f"the limit of {MAX_VALUES}", limit_mb=250)

    def test_as_many_values_as_may_be(self):
        for piece in (b"0,", b'"",', b'{"a":0},'):
            with self.subTest(piece):
                nr = MAX_VALUES // (1 + piece.count(b"{")) - 3
                self.bad.write_bytes(b'{"x": [' + piece * nr + b"0]}")
                self.check_refused("fpstate_bench: missing", limit_mb=1000)


if __name__ == "__main__":
    lib.main()
