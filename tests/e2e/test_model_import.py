#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""model --workload: of texts of perf kvm stat, and of VMs that run."""
import os
import pathlib
import subprocess
import time
import unittest

import lib

TEXTS = lib.ROOT / "tests" / "fixtures" / "workloads"
RUNNING_VM = os.environ.get("FPB_RUNNING_VM", "")


class Import(lib.Case):
    def model(self, workload, *options, code=lib.FINE, **how):
        return self.run_bench("model", "--workload", workload, "--format", "json", *options,
                              code=code, **how)

    def workload(self, *arguments, **how):
        return lib.parse(self.model(*arguments, **how).stdout)["workload"]

    def check_refused(self, workload, *words, code=lib.USAGE, options=()):
        done = self.model(workload, *options, code=code)
        self.check_message(done.stderr, *words)
        self.assertEqual(done.stdout, "")


class Perf(Import):
    def test_formats(self):
        for name in ("perf-intel.txt", "perf-intel-40-columns.txt", "perf-browser-intel.txt"):
            with self.subTest(name):
                exits = self.workload(TEXTS / name, "--seconds", "10")["exits_per_second"]
                self.assertAlmostEqual(exits["msr"], 15132.4)
                self.assertAlmostEqual(exits["hlt"], 6031)
                self.assertAlmostEqual(exits["cpuid"], 25)

    def test_amd(self):
        exits = self.workload(TEXTS / "perf-amd.txt", "--seconds", "10")["exits_per_second"]
        self.assertAlmostEqual(exits["page_fault"], 1204.4)
        self.assertAlmostEqual(exits["pio"], 331)

    def test_time(self):
        """perf's report has none; snapshots of `live` have."""
        path = TEXTS / "perf-intel.txt"
        self.check_refused(path, "--seconds", "does not say how long was recorded")
        one = self.workload(path, "--seconds", "1")["exits_per_second"]
        ten = self.workload(path, "--seconds", "10")["exits_per_second"]
        for kind, rate in one.items():
            self.assertAlmostEqual(rate, 10 * ten[kind])
        live = TEXTS / "perf-live-intel.txt"
        self.workload(live)
        self.check_refused(live, "--seconds", "leave the option out", options=("--seconds", "3"))
        for wrong in ("0", "-1", "x", "", "nan", "inf", "1e400"):
            done = lib.bench("model", "--workload", path, "--seconds", wrong)
            self.assertEqual(done.returncode, lib.USAGE, wrong)

    def test_what_is_not_known_is_said(self):
        done = self.model(TEXTS / "perf-intel.txt", "--seconds", "10")
        self.assertRegex(done.stderr, "(?m)^note: .*left at their initial values")

    def test_refused(self):
        for name, word in (("perf-none.txt", "no VM exit"), ("perf-mmio.txt", "expected VM-EXIT"),
                           ("perf-arm.txt", "none of its events"),
                           ("perf-truncated.txt", "part of the text missing")):
            with self.subTest(name):
                self.check_refused(TEXTS / name, f"{name}: ", word, options=("--seconds", "10"))

    def test_as_a_file_of_rates(self):
        """What was imported can be completed by hand: it is a workload file."""
        document = lib.parse(self.model(TEXTS / "perf-intel.txt", "--seconds", "10").stdout)
        path = self.folder / "workload.json"
        path.write_text(lib.json.dumps(document["workload"]), encoding="utf-8")
        again = lib.parse(self.model(path).stdout)
        self.assertEqual(again["policies"], document["policies"])


class Vm:
    """A process with a VM in it."""

    def __init__(self):
        self.process = subprocess.Popen([RUNNING_VM], stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, bufsize=1)
        line = self.process.stdout.readline()
        if line != "ready\n":
            self.end()
            raise unittest.SkipTest(line.strip() or "no VM came up")

    def tell(self, *commands):
        """Without waiting for the answers."""
        for command in commands:
            self.process.stdin.write(f"{command}\n")

    def obey(self, command):
        self.tell(command)
        assert self.process.stdout.readline() == "ok\n", command

    def end(self):
        self.process.kill()
        self.process.communicate()


@unittest.skipUnless(RUNNING_VM and pathlib.Path(RUNNING_VM).exists(), "FPB_RUNNING_VM is not set")
class Running(Import):
    def setUp(self):
        super().setUp()
        self.vm = Vm()
        self.addCleanup(self.vm.end)
        self.pid = f"pid:{self.vm.process.pid}"

    def begin(self, seconds):
        """A model that watches the VM, once it has its first reading."""
        model = lib.start("model", "--workload", self.pid, "--seconds", seconds)
        self.addCleanup(model.communicate)
        self.addCleanup(model.kill)

        def has_borrowed():
            try:
                return any(os.readlink(entry).startswith("anon_inode:kvm-vcpu-stats")
                           for entry in pathlib.Path(f"/proc/{model.pid}/fd").iterdir())
            except OSError:
                return False
        lib.wait_until(has_borrowed, "the statistics are borrowed")
        time.sleep(0.1)
        return model

    def test_rates(self):
        """More OUTs than fit into the time: all that it sees is these."""
        self.vm.tell("out 10000000")
        done = self.model(self.pid, "--seconds", "0.5")
        workload = lib.parse(done.stdout)["workload"]
        self.assertEqual(workload["vcpus"], 1)
        self.assertRegex(workload["source"], r"^process \d+: statistics files of 1 vCPU, [\d.]+ s$")
        self.assertGreater(workload["user_exits_per_second"], 0)
        self.assertGreaterEqual(sum(workload["exits_per_second"].values()) * 1.001,
                                workload["user_exits_per_second"])
        self.assertRegex(done.stderr, "(?m)^note: ")

    def test_idle(self):
        self.check_refused(self.pid, "no VM exit", "paused", code=lib.UNFIT,
                           options=("--seconds", "0.1"))

    def test_ends_meanwhile(self):
        for how in ("VM", "process"):
            with self.subTest(how):
                model = self.begin(1)
                if how == "VM":
                    self.vm.obey("end")
                else:
                    self.vm.end()
                out, errors = model.communicate(timeout=lib.TIMEOUT_S)
                self.assertEqual(model.returncode, lib.UNFIT, errors)
                self.check_message(errors, "ended meanwhile", how)
                self.assertEqual(out, "")
            self.vm = Vm()
            self.addCleanup(self.vm.end)
            self.pid = f"pid:{self.vm.process.pid}"

    def test_two_vms(self):
        self.vm.obey("second")
        self.check_refused(self.pid, "2 VMs")

    def test_without_statistics(self):
        if pathlib.Path("/sys/kernel/debug/kvm").exists():
            self.skipTest("debugfs has the sums here")
        self.vm.obey("blind")
        self.check_refused(self.pid, "statistics files of 0 of them", "mount -t debugfs",
                           code=lib.UNFIT)

    def test_debugfs(self):
        """Sums of all vCPUs, where the kernel lets them be read."""
        mount = 'mount -t debugfs none /sys/kernel/debug && exec "$@"'
        prefix = [*lib.namespace(), "sh", "-c", mount, "sh"]
        there = subprocess.run([*prefix, "ls", "/sys/kernel/debug/kvm"], check=False,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if there.returncode:
            self.skipTest(f"no debugfs here: {there.stderr.strip()}")
        self.vm.obey("blind")
        self.vm.tell("out 10000000")
        done = lib.bench("model", "--workload", self.pid, "--seconds", "0.5", "--format", "json",
                         prefix=prefix)
        if done.returncode == lib.UNFIT:
            self.check_message(done.stderr, f"/sys/kernel/debug/kvm/{self.vm.process.pid}-",
                               "Operation not permitted; a kernel in lockdown")
            return
        self.assertEqual(done.returncode, lib.FINE, done.stderr)
        workload = lib.parse(done.stdout)["workload"]
        self.assertIn("/sys/kernel/debug/kvm/", workload["source"])
        self.assertEqual(workload["vcpus"], 1)
        self.assertGreater(workload["user_exits_per_second"], 0)

    def test_not_allowed(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        try:
            done = lib.bench("model", "--workload", self.pid, user=65534, group=65534,
                             extra_groups=[])
        except PermissionError as error:
            self.skipTest(f"the program cannot be run by others: {error}")
        self.assertEqual(done.returncode, lib.UNFIT, done.stderr)
        self.check_message(done.stderr, "not allowed", "as root")


class NoVm(Import):
    def test_refused(self):
        self.check_refused(f"pid:{os.getpid()}", "has no VM")
        self.check_refused("pid:1073741824", "No such process")
        for wrong in ("pid:", "pid:x", "pid:-1", "pid:0", "pid:1x", "pid:99999999999999999999"):
            self.check_refused(wrong, "--workload", "expected pid: and the number of a process")


if __name__ == "__main__":
    lib.main()
