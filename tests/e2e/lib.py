# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: the program, its reports, a folder each, skips as CTest's 77."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = os.path.abspath(os.environ.get("FPB_BENCH", ROOT / "build" / "fpstate-bench"))
SCHEMA = ROOT / "docs" / "report.schema.json"

# Exit codes of the contract.
FINE, USAGE, UNFIT, ALL_SKIPPED = 0, 2, 4, 77

# Of one command, sanitised builds and busy machines included.
TIMEOUT_S = 240


def bench(*arguments, prefix=(), program=BENCH, **options):
    """Runs the program to its end; `prefix` is a command that runs it."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "text": True, "timeout": TIMEOUT_S, "check": False, **options}
    return subprocess.run([*prefix, program, *map(str, arguments)], **options)


def start(*arguments, **options):
    """Starts the program as the leader of a session, by which its children are found."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "text": True, "start_new_session": True, **options}
    return subprocess.Popen([BENCH, *map(str, arguments)], **options)


def wait_until(condition, what, timeout_s=60):
    """What `condition` returned once it was true."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"after {timeout_s} s still not: {what}")


def processes():
    """(pid, parent, session) of everything that runs; the dead that nobody waited for do not."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state, parent, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if state not in "ZX":
            yield int(folder.name), int(parent), int(session)


def children(pid):
    return [child for child, parent, _ in processes() if parent == pid]


def in_session(leader):
    return [pid for pid, _, session in processes() if session == leader]


def journal_entries(report_path):
    """Finished entries in the journal so far."""
    try:
        with open(f"{report_path}.journal", encoding="utf-8") as file:
            return sum('"entry"' in line for line in file)
    except OSError:
        return 0


def strict_pairs(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"duplicate key among {keys}")
    return dict(pairs)


def refuse(text):
    raise ValueError(f"not JSON: {text}")


def parse(text):
    return json.loads(text, object_pairs_hook=strict_pairs, parse_constant=refuse)


def load(path):
    return parse(pathlib.Path(path).read_text(encoding="utf-8"))


def row_id(record):
    return f"{record['name']}@{record['substrate']}"


def value(observation):
    """Cost of one operation: the median over the batches, less the overhead."""
    per_operation = statistics.median(observation["batches"]) / observation["iterations_per_batch"]
    return per_operation - observation["overhead"]


def by_row(report, of):
    """{row: [of(observation) of each run]}"""
    rows = {}
    for observation in report["fpstate_bench"]["observations"]:
        rows.setdefault(row_id(observation), []).append(of(observation))
    return rows


def medians(report):
    """{row: median over the runs}"""
    return {row: statistics.median(values) for row, values in by_row(report, value).items()}


def is_sanitised(report):
    return report["fpstate_bench"]["suite"]["build_type"].startswith("sanitize")


def available_rows():
    """Ids of the rows that can run here."""
    return {row_id(row) for row in parse(bench("list", "--json").stdout) if row["available"]}


def namespace():
    """The command that runs another in a mount namespace of its own; a skip where that fails."""
    command = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user",
                                                                "--mount"]
    if not shutil.which("unshare"):
        raise unittest.SkipTest("no unshare here")
    done = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], text=True,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise unittest.SkipTest(f"no mount namespace of our own here: {done.stderr.strip()}")
    return command


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fpstate-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "report.json"

    def run_bench(self, *arguments, code=FINE, **options):
        """Runs, and checks the exit code."""
        done = bench(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def check_message(self, text, *words):
        """Standard error holds one message of the program, with these words in it."""
        messages = [line for line in text.splitlines()
                    if "fpstate-bench" in line.split(":")[0] and not line.startswith("Try ")]
        self.assertEqual(len(messages), 1, text)
        for word in words:
            self.assertIn(word, messages[0])

    def left_behind(self):
        """Names in the folder besides the report."""
        return sorted(p.name for p in self.folder.iterdir() if p != self.out)


def main():
    """unittest's main with CTest's skip: 77 when every test was skipped, each with its reason."""
    result = unittest.main(verbosity=2, exit=False).result
    sys.stderr.flush()
    for test, reason in result.skipped:
        print(f"SKIP: {test.id().rpartition('.')[2]}: {reason}")
    if not result.wasSuccessful():
        sys.exit(1)
    if not result.testsRun:
        sys.exit("no test ran")
    if len(result.skipped) == result.testsRun:
        sys.exit(77)
