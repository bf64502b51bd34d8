#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Takes the measures against noise away one by one, for docs/noise.md.

usage: tests/noise/ablation.py [--runs N] [--filter RE] [--for SECONDS] DIR

Each variant is this source tree with the lines below replaced, built in DIR/NAME; the build stops
if a line is no longer there. One run of each variant in turn, N times, a fresh process each, so
that what changes on the machine falls on all alike. Reports stay in DIR/NAME/runs; a second call
goes on where the first stopped (--for), and prints the tables from what is there.

floor: 1.4826 x MAD of run values over their median, the median over the rows of a class.
sigma: standard deviation of run values over their median, the median over the rows.
off:   share of the class's run values that lie more than 3 % off their row's median.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = ["CMakeLists.txt", "bench", "guest", "host"]
FILTER = (r"^(exit/[a-z_]+|swap/run_immediate|signal/delivery|ctxsw/(pipe|futex)|null/ioctl|"
          r"xsave/(xsavec|xrstor|xsaveopt)/state=[a-z0-9]+)@(host|guest/ring3)$")
CLASSES = [
    ("CPUID exit", "exit/cpuid@"),
    ("hypercall exit", "exit/hypercall@"),
    ("OUT exit, user space", "exit/pio@"),
    ("OUT exit, in kernel", "exit/pio_kernel@"),
    ("KVM_RUN, immediate", "swap/"),
    ("ioctl", "null/ioctl@"),
    ("signal", "signal/"),
    ("context switch, futex", "ctxsw/futex@"),
    ("context switch, pipe", "ctxsw/pipe@"),
    ("XSAVE family", "xsave/"),
]
MEASURES = {
    "retaking": [("bench/core/calm.c", ".nr_left = FPB_MAX_RETAKEN,", ".nr_left = 0,")],
    "pinning": [
        ("bench/core/worker.c", "ret = topology_pin_thread(topology, cpu, err);", "ret = 0;")],
    "huge pages": [
        ("host/vmm/vm.c", "(void)madvise(vm->memory, bytes, MADV_HUGEPAGE);", ""),
        ("bench/core/executor.c", "(void)madvise(ex->scratch, SCRATCH_ALIGN, MADV_HUGEPAGE);", "")],
    "shuffling": [("bench/core/plan.c", "shuffle(mine, nr, &state);", "(void)state;")],
    "warm-up": [
        ("bench/core/measure.c",
         "ret = pilot(m, ABI_COMMAND_RUN, m->iterations, ABI_NR_COPIES, &ticks, err);", "ret = 0;"),
        ("bench/core/measure.c", "ret = check_linearity(m, obs, err);", "ret = 0;")],
    "layout copies": [
        ("bench/core/executor.c",
         "ex->run.copy = (first + i) % ABI_NR_COPIES;", "ex->run.copy = 0;"),
        ("guest/main.c", "current.copy = i % ABI_NR_COPIES;", "current.copy = 0;")],
}
VARIANTS = {"all": [], "none": [edit for edits in MEASURES.values() for edit in edits]}
VARIANTS.update({f"without {name}": edits for name, edits in MEASURES.items()})
ESTIMATORS = {
    "median": statistics.median,
    "mean": statistics.fmean,
    "least": min,
    "first batch": lambda batches: batches[0],
    "lowest copy": lambda batches: min(statistics.median(batches[c::4]) for c in range(4)),
}


def build(folder, edits):
    program = folder / "build" / "fpstate-bench"
    if program.exists():
        return program
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in SOURCES:
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, source / name)
    for path, old, new in edits:
        text = (source / path).read_text()
        if text.count(old) != 1:
            sys.exit(f"{path}: expected this line once: {old}")
        (source / path).write_text(text.replace(old, new))
    flags = [f"-DCMAKE_{lang}_FLAGS_RELEASE=-O2 -g" for lang in ("C", "CXX")]
    for command in (
            ["cmake", "-S", source, "-B", folder / "build", "-G", "Ninja", "-DBUILD_TESTING=OFF",
             "-DCMAKE_BUILD_TYPE=Release", *flags],
            ["cmake", "--build", folder / "build", "--target", "fpstate-bench"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return program


def measure(programs, args):
    end = time.monotonic() + args.seconds
    for run in range(args.runs):
        for name, program in programs.items():
            report = program.parent.parent / "runs" / f"{run}.json"
            if report.exists():
                continue
            if time.monotonic() > end:
                return
            report.parent.mkdir(exist_ok=True)
            done = subprocess.run(
                [program, "run", "--profile", "standard", "--runs", "1", "--seed", str(run),
                 "--filter", args.filter, "--progress", "none", "--out", report],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            # 4 with a report: a row without value, which is missing in this run then.
            if done.returncode and not (done.returncode == 4 and report.exists()):
                sys.exit(f"{name}, run {run}: {done.stderr}")


def runs_of_all(folders):
    """Names of the reports that every variant has."""
    return set.intersection(*({report.name for report in (folder / "runs").glob("*.json")}
                              for folder in folders.values()))


def run_values(folder, runs, estimate):
    """Row -> one value per run."""
    rows = {}
    for run in runs:
        report = json.loads((folder / "runs" / run).read_text())["fpstate_bench"]
        for o in report["observations"]:
            rows.setdefault(f"{o['name']}@{o['substrate']}", []).append(
                estimate(o["batches"]) / o["iterations_per_batch"] - o["overhead"])
    return rows


def spread(values):
    middle = statistics.median(values)
    distances = [abs(v / middle - 1) for v in values]
    off = sum(d > 0.03 for d in distances) / len(values)
    return 1.4826 * statistics.median(distances), statistics.pstdev(values) / middle, off


def print_table(title, columns):
    """columns: name -> rows."""
    print(f"\n{title}: floor / sigma / off, in %\n")
    print("| |" + "|".join(f" {name} " for name in columns) + "|")
    print("|---|" + "---|" * len(columns))
    for title, prefix in CLASSES:
        cells = []
        for rows in columns.values():
            spreads = [spread(values) for row, values in rows.items() if row.startswith(prefix)]
            if not spreads:
                break
            floors, sigmas, offs = zip(*spreads)
            cells.append(f" {100 * statistics.median(floors):.2f} / "
                         f"{100 * statistics.median(sigmas):.1f} / "
                         f"{100 * statistics.fmean(offs):.0f} ")
        else:
            print(f"| {title} |" + "|".join(cells) + "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--filter", default=FILTER)
    parser.add_argument("--for", dest="seconds", type=float, default=float("inf"))
    parser.add_argument("dir", type=pathlib.Path)
    args = parser.parse_args()
    folders = {name: args.dir.resolve() / name.replace(" ", "-") for name in VARIANTS}
    programs = {name: build(folders[name], edits) for name, edits in VARIANTS.items()}
    measure(programs, args)
    runs = runs_of_all(folders)
    if len(runs) < 2:
        sys.exit("fewer than two runs of each variant: nothing to compare yet")
    print(f"{len(runs)} runs of each")
    print_table("Measures", {name: run_values(folder, runs, statistics.median)
                             for name, folder in folders.items()})
    print_table("Estimators", {name: run_values(folders["all"], runs, estimate)
                               for name, estimate in ESTIMATORS.items()})


if __name__ == "__main__":
    main()
