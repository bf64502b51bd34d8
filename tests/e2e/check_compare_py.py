#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs Google Benchmark's own compare.py on two reports.

usage: check_compare_py.py BASE NEW [COMPARE_PY]

Asserts that it exits 0, prints a line for each run of each row that both reports hold, and reads
from it the times that stand in the reports. Without scipy, which compare.py imports for its U
test and a geometric mean, a stand-in provides the mean and the U test is left out.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

# Debian's libbenchmark-tools.
DEFAULT_TOOL = "/usr/share/benchmark/compare.py"

NUMPY = """
class array(list):
    def any(self):
        return any(self)
"""
SCIPY_STATS = """
import math
from numpy import array

def gmean(rows):
    return array(math.exp(sum(map(math.log, column)) / len(column)) for column in zip(*rows))

def mannwhitneyu(*args, **kwargs):
    raise NotImplementedError
"""


def has_scipy():
    probe = [sys.executable, "-c", "import scipy.stats"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def compare(tool, base, new):
    with tempfile.TemporaryDirectory() as stand_in:
        options = ["--no-color"]
        environment = dict(os.environ)
        if not has_scipy():
            write(f"{stand_in}/numpy/__init__.py", NUMPY)
            write(f"{stand_in}/scipy/__init__.py", "")
            write(f"{stand_in}/scipy/stats/__init__.py", SCIPY_STATS)
            environment["PYTHONPATH"] = stand_in
            options.append("--no-utest")
        return subprocess.run([sys.executable, tool, *options, "benchmarks", base, new],
                              env=environment, capture_output=True, text=True, check=False)


def times_by_name(path):
    """{name: [real_time of repetition 0, 1, ..]}"""
    with open(path, encoding="utf-8") as file:
        benchmarks = json.load(file)["benchmarks"]
    times = collections.defaultdict(list)
    for row in sorted(benchmarks, key=lambda row: row["repetition_index"]):
        times[row["name"]].append(row["real_time"])
    return times


def rows_printed(output):
    """{name: [(time old, time new), ..]} from the difference report."""
    number = r"([-+]?[0-9.]+)"
    line = re.compile(r"^(\S+@\S+)\s+" + r"\s+".join([number] * 6) + r"$")
    rows = collections.defaultdict(list)
    for match in filter(None, map(line.match, output.splitlines())):
        rows[match[1]].append((float(match[4]), float(match[5])))
    return rows


def mismatches(base, new, printed):
    old, fresh = times_by_name(base), times_by_name(new)
    if not set(old) & set(fresh):
        yield "the reports have no row in common"
    for name in sorted(set(old) & set(fresh)):
        pairs = list(zip(old[name], fresh[name]))
        if len(printed[name]) != len(pairs):
            yield f"{name}: {len(pairs)} runs, {len(printed[name])} lines of compare.py"
            continue
        for expected, have in zip(pairs, printed[name]):
            # It prints whole nanoseconds.
            if any(abs(e - h) > 0.5 + 1e-6 * e for e, h in zip(expected, have)):
                yield f"{name}: the report has {expected}, compare.py read {have}"


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__)
        return 2
    base, new = arguments[:2]
    tool = arguments[2] if len(arguments) == 3 else DEFAULT_TOOL
    if not os.path.exists(tool):
        print(f"{tool} is absent: install libbenchmark-tools")
        return 77
    result = compare(tool, base, new)
    print(result.stdout, result.stderr, sep="")
    if result.returncode:
        print(f"{tool} exits {result.returncode}, expected 0")
        return 1
    problems = list(mismatches(base, new, rows_printed(result.stdout)))
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
