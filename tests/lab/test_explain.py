#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""explain on real kernel builds: functions that add up to the row's count; and what can go wrong."""
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lib  # pylint: disable=wrong-import-position
from test_lab import BOOT_TIMEOUT_S, emulators_of, fetch, others_of  # pylint: disable=wrong-import-position

CPUID = "exit/cpuid@guest/ring0"


def main_thread_waits(pid):
    """How often the emulator's first thread has waited so far: for each step, more than once."""
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"(?m)^voluntary_ctxt_switches:\s*(\d+)", text)[1])


def wait_for_steps(pid):
    """A boot hardly ever makes that thread wait."""
    def is_stepping():
        before = main_thread_waits(pid)
        time.sleep(0.25)
        return main_thread_waits(pid) - before > 300
    lib.wait_until(is_stepping, "single steps", BOOT_TIMEOUT_S)


class Explain(lib.Case):
    def setUp(self):
        super().setUp()
        self.tmp = self.folder / "tmp"
        self.tmp.mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.tmp)}

    def explain(self, *arguments, code=lib.FINE, **options):
        options = {"env": self.environment, "timeout": BOOT_TIMEOUT_S, **options}
        done = self.run_bench("explain", *arguments, code=code, **options)
        self.assertEqual(list(self.tmp.iterdir()), [], "temporary files are left")
        return done

    def explained(self, *arguments):
        """The JSON, checked against the contract and against itself."""
        answer = lib.parse(self.explain(*arguments, "--format", "json").stdout)
        self.assertEqual(answer.keys(), {"row", "operations", "kernels", "difference"})
        for kernel in answer["kernels"]:
            self.assertEqual(kernel.keys(), {"kernel", "total", "functions", "nested_guest",
                                             "user", "disturbed"})
            functions = sum(function["insn"] for function in kernel["functions"])
            self.assertEqual(functions + kernel["nested_guest"] + kernel["user"], kernel["total"])
            self.assertNotIn("[unknown]", [f["function"] for f in kernel["functions"]])
        return answer

    def counted(self, kernel, row):
        """What the lab counts."""
        out = self.folder / "lab"
        self.run_bench("lab", kernel, "--boots", 1, "--filter", f"^{row}$", "--out", out,
                       "--progress", "none", env=self.environment, timeout=BOOT_TIMEOUT_S)
        report, = out.glob("*/report.json")
        return lib.medians(lib.load(report))[row]

    @staticmethod
    def by_function(kernel):
        return {(f["function"], f["module"]): f["insn"] for f in kernel["functions"]}


class Figures(Explain):
    def test_twice_the_same_and_the_lab_s(self):
        kernel = fetch("cloud")
        answer = self.explained("exit/cpuid", kernel, "--boots", 2)
        self.assertEqual(answer, self.explained(CPUID, kernel, "--boots", 2))
        self.assertEqual(answer["row"], CPUID)
        self.assertIsNone(answer["difference"])
        ours, = answer["kernels"]
        self.assertEqual(ours["disturbed"], 0)
        self.assertEqual(answer["operations"] % 2, 0)
        # The harness's loop is in it: call, return, decrement, jump.
        self.assertAlmostEqual(ours["total"], self.counted(kernel, CPUID), delta=6)
        functions = self.by_function(ours)
        self.assertIn(("kvm_emulate_cpuid", "kvm"), functions)
        self.assertIn(("__svm_vcpu_run", "kvm_amd"), functions)
        self.assertLess(ours["nested_guest"], 16)
        self.assertEqual(ours["user"], 0)

    def test_swap_functions(self):
        kernel = fetch("cloud")
        for row in ("exit/pio", "swap/run_immediate"):
            ours, = self.explained(row, kernel)["kernels"]
            functions = {name for name, _ in self.by_function(ours)}
            self.assertLessEqual({"fpu_swap_kvm_fpstate", "restore_fpregs_from_fpstate"},
                                 functions)
            self.assertGreater(ours["user"], 10)

    def test_two_builds(self):
        kernels = [fetch("cloud"), fetch("cloud-backports")]
        answer = self.explained("exit/cpuid", *kernels)
        a, b = answer["kernels"]
        self.assertNotEqual(a["kernel"], b["kernel"])
        self.assertEqual(sum(d["b"] - d["a"] for d in answer["difference"]),
                         b["total"] - a["total"])
        self.assertTrue(all(d["a"] != d["b"] for d in answer["difference"]))
        text = self.explain("exit/cpuid", *kernels).stdout
        largest = answer["difference"][0]
        self.assertRegex(text, rf"{largest['a']} +{largest['b']} .*\b"
                               rf"{re.escape(largest['function'])}\b")

    def test_folded(self):
        kernel = fetch("cloud")
        total = self.explained("exit/pio", kernel)["kernels"][0]["total"]
        lines = self.explain("exit/pio", kernel, "--format", "folded").stdout.splitlines()
        stacks = {chain: int(insn) for chain, insn in (line.rsplit(" ", 1) for line in lines)}
        self.assertEqual(sum(stacks.values()), total)
        self.assertTrue(any(re.search("kvm_vcpu_ioctl;.*;fpu_swap_kvm_fpstate", chain)
                            for chain in stacks), stacks.keys())


class Gate(Explain):
    """--explain: the functions behind each exact regression, from the kernels that lab recorded."""

    def test_regression(self):
        kernels = [fetch("cloud"), fetch("cloud-backports")]
        out = self.folder / "lab"
        self.run_bench("lab", *kernels, "--filter", "^swap/run_immediate@", "--out", out,
                       "--progress", "none", env=self.environment, timeout=BOOT_TIMEOUT_S)
        reports = sorted(out.glob("*/report.json"))
        base, new = (lib.medians(lib.load(report))["swap/run_immediate@host"]
                     for report in reports)
        self.assertGreater(new, base)
        done = self.run_bench("gate", *reports, "--explain", code=1, env=self.environment,
                              timeout=BOOT_TIMEOUT_S)
        self.assertRegex(done.stdout, rf"(?m)^swap/run_immediate@host: \+{new - base:.0f} instr")
        self.assertRegex(done.stdout, rf"(?m) \+{new - base:.0f} +together$")
        (reports[1].parent / "kernel.json").unlink()
        done = self.run_bench("gate", *reports, "--explain", code=lib.USAGE,
                              env=self.environment, timeout=BOOT_TIMEOUT_S)
        self.check_message(done.stderr, str(reports[1].parent / "kernel.json"))
        self.assertEqual(list(self.tmp.iterdir()), [])


    def test_other_engine(self):
        reports = sorted((lib.ROOT / "results" / "baseline" / "bochs").glob("*/report.json"))[:2]
        done = self.run_bench("compare", *reports, "--explain", code=lib.UNFIT,
                              env=self.environment)
        self.assertIn("slower by", done.stdout)
        self.check_message(done.stderr, "engine bochs", "--engine tcg")


class Wrong(Explain):
    """One message, the exit code of the contract, nothing left."""

    def check_refused(self, arguments, code, *words, **options):
        done = self.explain(*arguments, code=code, **options)
        self.check_message(done.stderr, *words)
        self.assertEqual(done.stdout, "")

    def emulator(self, script):
        """A wrapper of QEMU that does something of its own first."""
        path = self.folder / "emulator"
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec qemu-system-x86_64 "$@"\n'
                        f"{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def test_usage(self):
        self.check_refused(["exit/cpuid"], lib.USAGE, "kernels")
        self.check_refused([], lib.USAGE, "a row")
        self.check_refused(["exit/cpuid", "a", "b", "c"], lib.USAGE, "two kernels")
        self.check_refused(["no/such", "x.deb"], lib.USAGE, "no/such", "list")
        self.check_refused(["exit/cpuid", "x.deb", "--format", "xml"], lib.USAGE, "xml", "folded")
        self.check_refused(["exit/cpuid", "x.deb", "--boots", "0"], lib.USAGE, "--boots 0")
        self.check_refused(["expand/eager_vcpu_create", "x.deb"], lib.USAGE, "anew")
        self.check_refused(["exit/cpuid", self.folder / "none.deb"], lib.USAGE, "none.deb")

    def test_no_emulator(self):
        self.check_refused(["exit/cpuid", "x.deb", "--emulator", self.folder / "none"], lib.UNFIT,
                           str(self.folder / "none"))

    def test_row_that_cannot_run(self):
        self.check_refused(["xsave/xsaves/state=full@guest/ring0", fetch("cloud")],
                           lib.ALL_SKIPPED, "CPUID.(0xD,1):EAX[3]")

    def test_no_gdbstub(self):
        emulator = self.emulator("exec sleep 1")
        self.check_refused(["exit/cpuid", fetch("cloud"), "--emulator", emulator], lib.UNFIT,
                           "went off")

    def start(self, *arguments):
        process = subprocess.Popen([lib.BENCH, "explain", *map(str, arguments)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True,
                                   env=self.environment)
        self.addCleanup(self.end, process)
        lib.wait_until(lambda: list(self.tmp.glob("*/debug")), "a boot", BOOT_TIMEOUT_S)
        emulator, = lib.wait_until(lambda: emulators_of(process), "an emulator", BOOT_TIMEOUT_S)
        return process, emulator

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_emulator_killed_in_its_steps(self):
        process, emulator = self.start("exit/cpuid", fetch("cloud"))
        wait_for_steps(emulator)
        os.kill(emulator, signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.check_message(stderr, "killed")
        self.assertEqual(stdout, "")
        self.assertEqual(others_of(process), [])
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_interrupted(self):
        process, _ = self.start("exit/cpuid", fetch("cloud"))
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, lib.UNFIT, stderr)
        self.assertEqual(others_of(process), [])
        self.assertEqual(list(self.tmp.iterdir()), [])


if __name__ == "__main__":
    lib.main()
