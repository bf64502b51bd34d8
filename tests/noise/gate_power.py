#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How often does a gate cry wolf here, and what does it find? For docs/gate-power.md.

usage: scripts/gate-power.sh [--gates N] [--for SECONDS] [...] DIR

A gate is `fpstate-bench ab --a true --b true`: runs of one build in turns, then the verdicts. No
two gates share a run.

1. A/A and +2 % planted (--inject), in turns, so that what changes on the machine falls on both
   alike: N gates each.
2. Exits alone, with steps of several sizes planted, the smallest first: N gates each, fewer if so
   many missed that 95 % of N cannot be reached any more, but 20 at least. A row for which one step
   was found often enough is done.

Beside the verdicts: p of a Mann-Whitney test on the batches of one process per side, the first run
of each.

A gate during which something else ran on this machine is kept, but not counted, and another one
measured instead: who wants to know what a gate can do leaves the machine alone.

Every gate is a line of DIR/gates.jsonl. A second call goes on where the first stopped; each ends
with the tables and the plot data of what is there: DIR/table.md, DIR/power.dat. `--for 0` does
nothing else. How the records look is said in gate_power_table.py.
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import gate_power_table

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIXED = [
    "exit/cpuid@guest/ring3",
    "exit/pio_kernel@guest/ring3",
    "null/chain@guest/ring3",
    "xsave/xsavec/state=avx512@host",
    "xsave/xsave/state=avx512@guest/ring3",
    "xsave/xsaveopt/state=avx@host",
    "xsave/xsaveopt/state=avx512@guest/ring3",
    "xsave/xrstor/state=avx@guest/ring3",
]
# An OUT to user space takes as long to measure as all of the above together.
EXITS = ["exit/cpuid@guest/ring3", "exit/pio_kernel@guest/ring3", "exit/pio@guest/ring3"]
STEP = 2
FEWEST_GATES = 20
MACHINE = ["cpu_model", "cpu_vendor", "cpu_family", "cpu_model_number", "kernel_release",
           "kernel_version", "kvm_backend", "hypervisor", "engine", "nr_cpus"]
FINE, REGRESSION, INCONCLUSIVE, UNFIT = 0, 1, 3, 4


def fewest_pairs(nr_rows):
    """The least K with 2/2^K, the smallest p of K pairs, below 0.05 of as many rows."""
    return math.floor(math.log2(2 * nr_rows / 0.05)) + 1


def default_pairs(nr_rows):
    """As ab takes them: with fewer, one pair that goes the other way hides every difference."""
    return fewest_pairs(nr_rows) + 2


def costs(observation):
    """Of one operation, in each batch."""
    return [ticks / observation["iterations_per_batch"] - observation["overhead"]
            for ticks in observation["batches"]]


def observed(report):
    """{row: {run: costs}}"""
    rows = {}
    for observation in report["observations"]:
        row = f"{observation['name']}@{observation['substrate']}"
        rows.setdefault(row, {})[observation["run"]] = costs(observation)
    return rows


def rounded(value, digits=5):
    """Whole numbers as such, which are shorter in JSON."""
    value = float(f"{value:.{digits}g}")
    return int(value) if value.is_integer() else value


def finding(metric, base, new):
    """What one gate found of a row; base and new: {run: costs}"""
    first_base, first_new = base[min(base)], new[min(new)]
    shift = statistics.median(first_new) / statistics.median(first_base) - 1
    return {
        "verdict": metric["verdict"],
        "interval": metric["ci"] and [rounded(end) for end in metric["ci"]],
        "p_holm": metric["p_holm"] and rounded(metric["p_holm"]),
        "delta": metric["delta"],
        "u": rounded(gate_power_table.mann_whitney(first_base, first_new), 2),
        "shift": rounded(shift, 3),
        "a": [rounded(statistics.median(base[run])) for run in sorted(base)],
        "b": [rounded(statistics.median(new[run])) for run in sorted(new)],
    }


def others_seconds():
    """CPU time so far of everything but this program and what it has waited for."""
    line = pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    user, nice, system, _, _, irq, softirq = map(int, line[1:8])
    return ((user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
            - sum(os.times()[:4]))


def run_gate(program, rows, inject, pairs, seed):
    """One gate: (record, header of the file of records)."""
    with tempfile.TemporaryDirectory(prefix="gate-power-") as folder:
        start = datetime.datetime.now(datetime.timezone.utc)
        begin, others = time.monotonic(), others_seconds()
        done = subprocess.run(
            [program, "ab", "--a", "true", "--b", "true", "--pairs", str(pairs),
             "--filter", f"^({'|'.join(rows)})$", "--seed", str(seed), "--out", folder,
             *(["--inject", f"{inject:g}%"] if inject else []), "--progress", "none",
             "--format", "json"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        seconds, others = time.monotonic() - begin, others_seconds() - others
        # UNFIT with a verdict: a run of some row failed, the others were judged.
        if done.returncode not in (FINE, REGRESSION, INCONCLUSIVE, UNFIT) or not done.stdout:
            sys.exit(f"{' '.join(map(str, done.args))}: exit code {done.returncode}\n"
                     f"{done.stderr}")
        reports = [json.loads((pathlib.Path(folder) / side / "report.json").read_text())
                   ["fpstate_bench"] for side in "ab"]
    base, new = map(observed, reports)
    found = {}
    for metric in json.loads(done.stdout)["metrics"]:
        row = f"{metric['name']}@{metric['substrate']}"
        found[row] = finding(metric, base[row], new[row])
    record = {"inject": inject, "pairs": pairs, "seed": seed,
              "start": start.isoformat(timespec="seconds"), "seconds": round(seconds, 2),
              "others": round(others / seconds, 3), "exit": done.returncode, "rows": found}
    return record, {"suite": reports[0]["suite"],
                    "environment": {key: reports[0]["environment"][key] for key in MACHINE}}


class Records:
    """The file of records: a header, then one line per gate."""

    def __init__(self, path, others=gate_power_table.OTHERS):
        self.path, self.others = path, others
        self.header, self.gates = None, []
        if not path.exists():
            return
        text = path.read_text(encoding="utf-8")
        # A line without its end was being written when the program died.
        whole = text[:text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        lines = [json.loads(line) for line in whole.splitlines()]
        if lines:
            self.header, *self.gates = lines

    def add(self, record, header):
        if self.header is None:
            self.header = header
            self.append(header)
        if header != self.header:
            sys.exit(f"{self.path}: gates of another build or machine: expected {self.header}, "
                     f"read {header}; give another folder")
        self.append(record)
        self.gates.append(record)

    def append(self, line):
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def of(self, kind, inject):
        return gate_power_table.Gates([
            record for record in gate_power_table.alone(self.gates, self.others)
            if (record["set"], record["inject"]) == (kind, inject)])


def next_gate(records, args):
    """(set, rows, inject) of the gate to come, or None when all is done."""
    done, inject = min((records.of("mixed", inject).nr, inject) for inject in (0, STEP))
    if done < args.gates:
        return "mixed", args.mixed, inject
    may_miss = args.gates * (100 - gate_power_table.ENOUGH) // 100
    rows = args.exits
    for inject in args.steps:
        gates = records.of("exits", inject)
        missed = {row: gates.nr - gates.count(row, gate_power_table.is_alarm) for row in rows}
        is_open = gates.nr < FEWEST_GATES or min(missed.values(), default=0) <= may_miss
        if rows and is_open and gates.nr < args.gates:
            return "exits", rows, inject
        rows = [row for row in rows if missed[row] > may_miss]
    return None


def write_tables(records, folder):
    if not gate_power_table.alone(records.gates, records.others):
        print("no gate yet during which nothing else ran")
        return
    summary = gate_power_table.Summary(records.gates, records.others)
    (folder / "table.md").write_text(summary.markdown(), encoding="utf-8")
    (folder / "power.dat").write_text(summary.dat(), encoding="utf-8")
    print(summary.figures(), end="")


def parse_arguments():
    def steps(text):
        return sorted(float(step) for step in text.split(",") if step)

    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=pathlib.Path, default=ROOT / "build" / "fpstate-bench",
                        help="the program; a release build")
    parser.add_argument("--gates", type=int, default=100, metavar="N", help="of each step")
    parser.add_argument("--for", dest="seconds", type=float, default=math.inf, metavar="SECONDS",
                        help="begin no gate after so long; call again to go on")
    parser.add_argument("--others", type=float, default=gate_power_table.OTHERS, metavar="CPUS",
                        help="gates during which others kept more CPUs busy do not count")
    for option, default, part in (("--mixed", MIXED, "first"), ("--exits", EXITS, "second")):
        parser.add_argument(option, type=lambda text: text.split(","), default=default,
                            metavar="ROW,...",
                            help=f"rows of the {part} part, NAME@SUBSTRATE, instead of the usual")
    parser.add_argument("--steps", type=steps, default=steps("5,8,12,16"), metavar="P,...",
                        help="of the second part, in percent")
    parser.add_argument("dir", type=pathlib.Path)
    return parser.parse_args()


def main():
    args = parse_arguments()
    args.dir.mkdir(parents=True, exist_ok=True)
    records = Records(args.dir / "gates.jsonl", args.others)
    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        what = next_gate(records, args)
        if not what:
            break
        kind, rows, inject = what
        pairs = default_pairs(len(args.mixed if kind == "mixed" else args.exits))
        record, header = run_gate(args.bench.resolve(), rows, inject, pairs,
                                  len(records.gates))
        records.add({"set": kind, **record}, header)
    write_tables(records, args.dir)


if __name__ == "__main__":
    main()
