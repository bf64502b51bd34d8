#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reports made up for the tests of compare and gate: the head of a fixture, run values as wanted.

usage: made_reports.py [--rows N] [--runs N] [--batches N] [--seed N] [--slower FRACTION] OUT

As a program it writes one of any size, the runs of every row scattered by 0.5 %.
"""
import argparse
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = ROOT / "tests" / "fixtures" / "reports" / "good-bare.json"

ITERATIONS = 1000
OVERHEAD = 1


def observation(row, run, value, batches=5, **fields):
    """One whose value, the median of its batches per operation less the overhead, is `value`."""
    name, _, substrate = row.rpartition("@")
    batch = (value + OVERHEAD) * ITERATIONS
    # Ticks are whole numbers, as far as the value allows.
    batch = round(batch) if abs(batch - round(batch)) < 1e-6 else batch
    half = batches // 2
    return {"run": run, "name": name, "substrate": substrate, "unit": "cyc",
            "batches": [max(0, batch + k - half) for k in range(batches)],
            "iterations_per_batch": ITERATIONS, "overhead": OVERHEAD, "copies": None,
            "gated": True, "evidence": {}, "flags": [], **fields}


def benchmark(one, runs):
    """What Google's tools read of an observation."""
    row = f"{one['name']}@{one['substrate']}"
    return {"name": row, "run_name": row, "run_type": "iteration", "repetitions": runs,
            "repetition_index": one["run"], "iterations": ITERATIONS, "threads": 1,
            "real_time": 1, "cpu_time": 1, "time_unit": "ns", one["unit"]: 1}


def report(rows, *, session=0, order="shuffled", engine="bare", **fields):
    """rows: {NAME@SUBSTRATE: [value of each run]}; fields of every observation, such as unit."""
    document = json.loads(HEAD.read_text(encoding="utf-8"))
    ours = document["fpstate_bench"]
    runs = max((len(values) for values in rows.values()), default=1)
    ours["observations"] = [observation(row, run, value, **fields)
                            for row, values in rows.items() for run, value in enumerate(values)]
    document["benchmarks"] = [benchmark(one, runs) for one in ours["observations"]]
    entries = [f"{one['run']}:{one['substrate']}:{one['name']}" for one in ours["observations"]]
    ours["plan"].update(session=f"00000000-0000-4000-8000-{session:012}", order=order, runs=runs,
                        complete=True, entries=entries)
    ours["environment"]["engine"] = engine
    ours["derived"], ours["skips"], ours["failures"] = [], [], []
    ours.pop("noise_floor", None)
    return document


def counted(rows, **options):
    """Of an engine that counts instructions: values as they are."""
    return report(rows, engine="tcg", unit="insn", **options)


def scattered(rows, runs, *, seed, sigma=0.003, slower=0.0):
    """{row: values of runs around 1000, `slower` by a fraction}"""
    draw = random.Random(seed)
    return {row: [1000 * (1 + slower) * draw.gauss(1, sigma) for _ in range(runs)]
            for row in rows}


def write(path, document):
    pathlib.Path(path).write_text(json.dumps(document), encoding="utf-8")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slower", type=float, default=0.0)
    parser.add_argument("out")
    wanted = parser.parse_args()
    names = [f"made/row/i={i}@host" for i in range(wanted.rows)]
    values = scattered(names, wanted.runs, seed=wanted.seed, sigma=0.005, slower=wanted.slower)
    values = {row: [round(value, 3) for value in of_runs] for row, of_runs in values.items()}
    write(wanted.out, report(values, batches=wanted.batches))


if __name__ == "__main__":
    main()
