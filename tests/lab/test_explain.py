#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""explain on real kernel builds: functions that add up to the row's count; what can go wrong."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lib  # pylint: disable=wrong-import-position
from comparisons import REGRESSION  # pylint: disable=wrong-import-position
from made_reports import counted  # pylint: disable=wrong-import-position
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


def run(arguments, tmp, **options):
    """Of the program, with a folder for its temporary files to itself."""
    return lib.bench(*arguments, env={**os.environ, "TMPDIR": str(tmp)}, timeout=BOOT_TIMEOUT_S,
                     **options)


class Explain(lib.Case):
    def setUp(self):
        super().setUp()
        self.tmp = self.folder / "tmp"
        self.tmp.mkdir()
        self.environment = {**os.environ, "TMPDIR": str(self.tmp)}

    def check_nothing_left(self):
        self.assertEqual(list(self.tmp.iterdir()), [], "temporary files are left")

    def explain(self, *arguments, code=lib.FINE, **options):
        options = {"env": self.environment, "timeout": BOOT_TIMEOUT_S, **options}
        done = self.run_bench("explain", *arguments, code=code, **options)
        self.check_nothing_left()
        return done


class Figures(lib.Case):
    """Each boot answers several questions, and two are made at a time: what they count does not
    depend on that."""

    CPUID_TWICE, TWO_BUILDS, PIO, SWAP, FOLDED = range(5)

    @classmethod
    def setUpClass(cls):
        cloud, backports = fetch("cloud"), fetch("cloud-backports")
        as_json = ("--format", "json")
        commands = {
            cls.CPUID_TWICE: ("exit/cpuid", cloud, "--boots", 2, *as_json),
            cls.TWO_BUILDS: (CPUID, cloud, backports, *as_json),
            cls.PIO: ("exit/pio", cloud, *as_json),
            cls.SWAP: ("swap/run_immediate", cloud, *as_json),
            cls.FOLDED: ("exit/pio", cloud, "--format", "folded"),
        }
        pool = concurrent.futures.ThreadPoolExecutor(2)
        cls.addClassCleanup(pool.shutdown, cancel_futures=True)
        cls.running = {key: pool.submit(cls.run_one, command) for key, command in commands.items()}

    @staticmethod
    def run_one(arguments):
        """What it printed, and what it left."""
        with tempfile.TemporaryDirectory() as tmp:
            done = run(("explain", *arguments), tmp)
            return done, os.listdir(tmp)

    def printed(self, key):
        done, left = self.running[key].result()
        self.assertEqual(done.returncode, lib.FINE, done.stderr)
        self.assertEqual(left, [], "temporary files are left")
        return done.stdout

    def explained(self, key):
        """The JSON, checked against the contract and against itself."""
        answer = lib.parse(self.printed(key))
        self.assertEqual(answer.keys(), {"row", "operations", "kernels", "difference"})
        for kernel in answer["kernels"]:
            self.assertEqual(kernel.keys(), {"kernel", "total", "functions", "nested_guest",
                                             "user", "disturbed"})
            functions = sum(function["insn"] for function in kernel["functions"])
            self.assertEqual(functions + kernel["nested_guest"] + kernel["user"], kernel["total"])
            self.assertNotIn("[unknown]", [f["function"] for f in kernel["functions"]])
        return answer

    @staticmethod
    def by_function(kernel):
        return {(f["function"], f["module"]): f["insn"] for f in kernel["functions"]}

    def test_the_same_in_every_boot(self):
        """Of one command, and of two; with the row's name, and with its id."""
        answer = self.explained(self.CPUID_TWICE)
        self.assertEqual(answer["row"], CPUID)
        self.assertIsNone(answer["difference"])
        ours, = answer["kernels"]
        other = self.explained(self.TWO_BUILDS)
        self.assertEqual(other["row"], CPUID)
        self.assertEqual(ours, other["kernels"][0])
        self.assertEqual(answer["operations"], other["operations"])
        self.assertEqual(answer["operations"] % 2, 0)
        self.assertEqual(ours["disturbed"], 0)
        functions = self.by_function(ours)
        self.assertIn(("kvm_emulate_cpuid", "kvm"), functions)
        self.assertIn(("__svm_vcpu_run", "kvm_amd"), functions)
        self.assertLess(ours["nested_guest"], 16)
        self.assertEqual(ours["user"], 0)

    def test_the_lab_s(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(("lab", fetch("cloud"), "--boots", 1, "--filter", f"^{CPUID}$", "--out",
                        f"{folder}/lab", "--progress", "none"), folder)
            self.assertEqual(done.returncode, lib.FINE, done.stderr)
            report, = pathlib.Path(folder).glob("lab/*/report.json")
            value = lib.medians(lib.load(report))[CPUID]
        ours, = self.explained(self.CPUID_TWICE)["kernels"]
        # The harness's loop is in it: call, return, decrement, jump.
        self.assertAlmostEqual(ours["total"], value, delta=6)

    def test_swap_functions(self):
        for key in (self.PIO, self.SWAP):
            ours, = self.explained(key)["kernels"]
            functions = {name for name, _ in self.by_function(ours)}
            self.assertLessEqual({"fpu_swap_kvm_fpstate", "restore_fpregs_from_fpstate"},
                                 functions)
            self.assertGreater(ours["user"], 10)

    def test_two_builds(self):
        answer = self.explained(self.TWO_BUILDS)
        a, b = answer["kernels"]
        self.assertNotEqual(a["kernel"], b["kernel"])
        self.assertEqual(sum(d["b"] - d["a"] for d in answer["difference"]),
                         b["total"] - a["total"])
        self.assertTrue(all(d["a"] != d["b"] for d in answer["difference"]))

    def test_folded(self):
        total = self.explained(self.PIO)["kernels"][0]["total"]
        lines = self.printed(self.FOLDED).splitlines()
        stacks = {chain: int(insn) for chain, insn in (line.rsplit(" ", 1) for line in lines)}
        self.assertEqual(sum(stacks.values()), total)
        self.assertTrue(any(re.search("kvm_vcpu_ioctl;.*;fpu_swap_kvm_fpstate", chain)
                            for chain in stacks), stacks.keys())


class Gate(Explain):
    """--explain: the functions behind each exact regression, from the kernels that lab recorded."""

    @classmethod
    def setUpClass(cls):
        cls.lab = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.kernels = [fetch("cloud"), fetch("cloud-backports")]
        done = run(("lab", *cls.kernels, "--filter", "^swap/run_immediate@", "--out",
                    cls.lab / "out", "--boots", 1, "--jobs", 2, "--progress", "none"), cls.lab)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def reports(self):
        """Copies of the lab's reports and records, for a test of its own to change."""
        shutil.copytree(self.lab / "out", self.folder / "out")
        return sorted((self.folder / "out").glob("*/report.json"))

    def gate(self, reports, code):
        done = self.run_bench("gate", *reports, "--explain", code=code, env=self.environment,
                              timeout=BOOT_TIMEOUT_S)
        self.check_nothing_left()
        self.assertIn("verdict: regression", done.stdout)
        self.assertIn("fpstate-bench: regression: 1 slower", done.stderr)
        return done

    def unpack(self, kernel, record):
        """Makes the record name what the kernel's packages hold: vmlinuz, and modules of its own."""
        folder = record.parent / "unpacked"
        for package in kernel.split(","):
            subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        vmlinuz, = folder.glob("boot/vmlinuz-*")
        modules = next(path for path in (folder / "lib/modules", folder / "usr/lib/modules")
                       if path.exists())
        record.write_text(json.dumps({"kernel": str(vmlinuz), "modules": str(modules)}),
                          encoding="utf-8")

    def test_regression(self):
        """Of kernels that are files, each with its own modules."""
        reports = self.reports()
        for kernel, report in zip(self.kernels, reports):
            self.unpack(kernel, report.parent / "kernel.json")
        base, new = (lib.medians(lib.load(report))["swap/run_immediate@host"]
                     for report in reports)
        self.assertGreater(new, base)
        done = self.gate(reports, code=REGRESSION)
        self.assertRegex(done.stdout, rf"(?m)^swap/run_immediate@host: \+{new - base:.0f} instr")
        self.assertRegex(done.stdout, rf"(?m) \+{new - base:.0f} +together$")
        lines = re.findall(r"(?m)^ +\d+ +\d+ +([+-]\d+)  (?:    |new |gone)  (\S+)", done.stdout)
        self.assertEqual(sum(int(more) for more, name in lines if name != "together"),
                         round(new - base), done.stdout)
        self.assertIn("explaining 1 of 1 exact regressions", done.stderr)
        # The boots explained are like those measured, and of the kernels that were.
        self.assertNotIn("note: ", done.stderr)

    def test_other_kernel(self):
        """Somebody has built again where the record points: said after one boot, not two."""
        reports = self.reports()
        records = [report.parent / "kernel.json" for report in reports]
        records[0].write_bytes(records[1].read_bytes())
        done = self.gate(reports, code=lib.UNFIT)
        ids = [lib.load(report)["fpstate_bench"]["environment"]["kernel_build_id"]
               for report in reports]
        line, = [line for line in done.stderr.splitlines() if "build id" in line]
        for words in (str(records[0]), *ids, "measure it again", "explain swap/run_immediate@host"):
            self.assertIn(words, line)
        self.assertEqual(done.stderr.count("boot 1 of 1"), 1, done.stderr)

    def test_row_that_cannot_run(self):
        """A note; the verdict is the verdict."""
        row = "xsave/xsaves/state=full@guest/ring0"
        reports = []
        for name, insn in (("a", 10), ("b", 11)):
            (self.folder / name).mkdir()
            reports.append(self.folder / name / "report.json")
            document = counted({row: [insn, insn]})
            environment = document["fpstate_bench"]["environment"]
            environment["kernel_build_id"] = None
            environment["unavailable"]["kernel_build_id"] = "not asked for"
            reports[-1].write_text(json.dumps(document), encoding="utf-8")
            (self.folder / name / "kernel.json").write_text(
                json.dumps({"kernel": self.kernels[0]}), encoding="utf-8")
        done = self.gate(reports, code=REGRESSION)
        self.assertIn("CPUID.(0xD,1):EAX[3]", done.stderr)
        self.assertIn(f"note: {row} is not explained", done.stderr)


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
        self.check_message(stderr, "interrupted; nothing is explained")
        self.assertEqual(others_of(process), [])
        self.assertEqual(list(self.tmp.iterdir()), [])


if __name__ == "__main__":
    lib.main()
