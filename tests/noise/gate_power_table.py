# SPDX-License-Identifier: MIT
"""What came of many gates: figures, tables and plot data, from the records of gate_power.py alone.

A record is one gate: {"set": "mixed" or "exits", "inject": percent, "pairs": K, "seed", "start":
UTC, "seconds", "others": CPUs that other programs kept busy, "exit", "rows": {row: {"verdict",
"interval": [low, high], "p_holm", "delta", "u": p of the Mann-Whitney test, "shift": median of B's
batches over A's less 1, in one process each, "a": [run values], "b": [..]}}}.
"""
import collections
import math
import statistics

LEVEL = 0.05
QUIET = 0.003  # noise floor up to which the figures are asked
ENOUGH = 95  # of 100 gates are to find a step
BAD, MANY = 0.03, 4  # off the median of the row's runs; so many bad runs are not told apart
OTHERS = 0.1  # CPUs that other programs may keep busy during a gate that counts, usually


def mann_whitney(x, y):
    """Two-sided p: normal approximation, corrected for ties and for continuity."""
    nr_x, nr_y, nr = len(x), len(y), len(x) + len(y)
    count = collections.Counter(x) + collections.Counter(y)
    rank, below = {}, 0
    for value in sorted(count):
        rank[value] = below + (count[value] + 1) / 2
        below += count[value]
    u = sum(rank[value] for value in x) - nr_x * (nr_x + 1) / 2
    ties = sum(t ** 3 - t for t in count.values()) / (nr * (nr - 1))
    variance = nr_x * nr_y / 12 * (nr + 1 - ties)
    if not variance:
        return 1.0
    z = max(0.0, abs(u - nr_x * nr_y / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def noise_floor(values):
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(v / middle - 1) for v in values)


def sigma(values):
    return statistics.pstdev(values) / statistics.median(values)


def is_alarm(found):
    return found["verdict"] == "regression"


def is_pass(found):
    return found["verdict"] == "pass"


def is_u_different(found):
    return found["u"] < LEVEL


def is_u_slower(found):
    return found["u"] < LEVEL and found["shift"] > 0


class Gates:
    """Those of one step: all of the same set of rows, with the same slowdown planted."""

    def __init__(self, records):
        self.records = records
        self.nr = len(self.records)
        self.rows = sorted({row for record in self.records for row in record["rows"]})

    def of(self, row):
        """What each gate found of a row."""
        return [record["rows"][row] for record in self.records if row in record["rows"]]

    def count(self, row, test):
        return sum(map(test, self.of(row)))

    def share(self, rows, test):
        """Of the verdicts on these rows, a lost row being none of any kind; NaN without any."""
        nr = self.nr * len(rows)
        return sum(self.count(row, test) for row in rows) / nr if nr else math.nan

    def any(self, rows, test):
        """Gates in which the test holds of at least one of the rows."""
        return sum(any(test(record["rows"][row]) for row in rows if row in record["rows"])
                   for record in self.records)

    def values(self, row, side):
        return [value for found in self.of(row) for value in found[side]]

    def planted(self, row):
        """How much dearer B's runs really were."""
        ratios = [statistics.median(found["b"]) / statistics.median(found["a"])
                  for found in self.of(row)]
        return statistics.median(ratios) - 1


def alone(records, others=OTHERS):
    """Those that count."""
    return [record for record in records if record["others"] <= others]


def steps_of(records):
    """{(set, inject): Gates}, the mixed set first, then by size."""
    steps = collections.defaultdict(list)
    for record in records:
        steps[record["set"], record["inject"]].append(record)
    return {key: Gates(steps[key]) for key in sorted(steps, key=lambda k: (k[0] != "mixed", k[1]))}


def percent(share, digits=0):
    return "-" if math.isnan(share) else f"{100 * share:.{digits}f}"


def table(head, lines):
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(map(str, row)) + " |\n" for row in rows)


class Summary:
    def __init__(self, records, others=OTHERS):
        counted = alone(records, others)
        self.nr_spoilt = len(records) - len(counted)
        self.steps = steps_of(counted)
        self.same = self.steps.get(("mixed", 0), Gates([]))
        # Of every run of an unchanged build there is: the A side of all steps.
        self.rows = sorted({row for gates in self.steps.values() for row in gates.rows})
        runs = {row: [value for gates in self.steps.values() for value in gates.values(row, "a")]
                for row in self.rows}
        self.floor = {row: noise_floor(values) for row, values in runs.items()}
        self.sigma = {row: sigma(values) for row, values in runs.items()}
        self.within = {row: statistics.median(noise_floor(found["a"])
                                              for gates in self.steps.values()
                                              for found in gates.of(row)) for row in self.rows}
        self.rows.sort(key=lambda row: self.floor[row])
        self.quiet = [row for row in self.rows if self.floor[row] <= QUIET]
        self.loud = [row for row in self.rows if self.floor[row] > QUIET]

    def smallest_step(self, row):
        """The least step from which on all were found in 95 % of 100 gates or more, or None."""
        smallest = None
        for step in sorted({inject for _, inject in self.steps if inject}, reverse=True):
            found = [gates for (_, inject), gates in self.steps.items()
                     if inject == step and row in gates.rows]
            if not found:
                continue
            if any(100 * gates.count(row, is_alarm) < ENOUGH * gates.nr for gates in found):
                break
            if all(gates.nr >= 100 for gates in found):
                smallest = step
        return smallest

    def figures(self):
        planted = self.steps.get(("mixed", 2), Gates([]))
        lines = [
            ["A/A gates with a false alarm", "<= 1 in 100",
             f"{self.same.any(self.rows, is_alarm)} of {self.same.nr}"],
            ["A/A verdicts PASS, rows with floor <= 0.3 %", ">= 60 %",
             f"{percent(self.same.share(self.quiet, is_pass))} % ({len(self.quiet)} rows)"],
            ["+2 % found, rows with floor <= 0.3 %", ">= 95 %",
             f"{percent(planted.share(self.quiet, is_alarm))} % ({len(self.quiet)} rows)"],
        ]
        for row in self.loud:
            step = self.smallest_step(row)
            lines.append([f"smallest step found in >= 95 of 100, `{row}`", "",
                          "none of those tried" if step is None else f"{step:g} %"])
        return table(["figure", "asked", "measured"], lines)

    def of_rows(self):
        return table(
            ["row", "floor, all A runs, %", "floor within a gate, median, %", "sigma, %"],
            [[f"`{row}`", percent(self.floor[row], 2), percent(self.within[row], 2),
              percent(self.sigma[row], 1)] for row in self.rows])

    def groups(self, gates):
        for title, rows in (("floor <= 0.3 %", self.quiet), ("floor > 0.3 %", self.loud),
                            ("all rows", self.rows)):
            rows = [row for row in rows if row in gates.rows]
            if rows:
                yield f"{title}: {len(rows)}", rows

    def of_same(self):
        gates = self.same
        tests = [is_alarm, lambda found: found["verdict"] == "improvement", is_pass,
                 lambda found: found["verdict"] == "inconclusive", is_u_different]
        head = ["row", "false alarm", "false improvement", "pass", "inconclusive",
                "Mann-Whitney: false alarm"]
        lines = [[f"`{row}`", *(gates.count(row, test) for test in tests)]
                 for row in self.rows if row in gates.rows]
        for title, rows in self.groups(gates):
            lines.append([f"gates with at least one such row; {title}",
                          *(gates.any(rows, test) for test in tests)])
        return table(head, lines)

    def of_planted(self, gates):
        tests = [is_alarm, is_pass, lambda found: found["verdict"] == "inconclusive", is_u_slower]
        head = ["row", "dearer by, median, %", "found", "pass", "inconclusive",
                "Mann-Whitney: found"]
        lines = [[f"`{row}`", percent(gates.planted(row), 1),
                  *(gates.count(row, test) for test in tests)]
                 for row in self.rows if row in gates.rows]
        for title, rows in self.groups(gates):
            lines.append([f"gates with at least one such row; {title}", "",
                          *(gates.any(rows, test) for test in tests)])
        return table(head, lines)

    def of_bad_runs(self):
        """Verdicts on rows with a low floor by how many of their runs were far off the others."""
        lines = []
        for (kind, inject), gates in self.steps.items():
            verdicts = collections.defaultdict(list)
            for row in set(self.quiet) & set(gates.rows):
                middle = {side: statistics.median(gates.values(row, side)) for side in "ab"}
                for found in gates.of(row):
                    nr = sum(abs(value / middle[side] - 1) > BAD for side in "ab"
                             for value in found[side])
                    verdicts[min(nr, MANY)].append(found)
            for nr, found in sorted(verdicts.items()):
                lines.append([kind, f"{inject:g} %", f"{nr} or more" if nr == MANY else nr,
                              len(found), percent(sum(map(is_pass, found)) / len(found)),
                              percent(sum(map(is_alarm, found)) / len(found))])
        return table(["rows", "planted", "bad runs", "verdicts", "pass, %", "regression, %"], lines)

    def of_effort(self):
        lines = []
        for (kind, inject), gates in self.steps.items():
            seconds = sum(record["seconds"] for record in gates.records)
            runs = sum(2 * record["pairs"] for record in gates.records)
            codes = collections.Counter(record["exit"] for record in gates.records)
            pairs = sorted({record["pairs"] for record in gates.records})
            lines.append([f"{kind}: {len(gates.rows)}", f"{inject:g} %",
                          ", ".join(map(str, pairs)), gates.nr,
                          ", ".join(f"{code}: {codes[code]}" for code in sorted(codes)),
                          f"{seconds / 60:.1f}", f"{seconds / runs:.2f}"])
        return table(["rows", "planted", "pairs", "gates", "exit codes", "wall time, min",
                      "a run, s"], lines) + (
            f"\nNot counted, since something else ran: {self.nr_spoilt} gates.\n")

    def markdown(self):
        parts = [("Figures", self.figures()), ("Rows", self.of_rows())]
        if self.same.nr:
            parts.append((f"A/A, {self.same.nr} gates", self.of_same()))
        for (kind, inject), gates in self.steps.items():
            if inject:
                parts.append((f"+{inject:g} % planted, {kind} rows, {gates.nr} gates",
                              self.of_planted(gates)))
        parts += [("Rows with floor <= 0.3 %, by bad runs", self.of_bad_runs()),
                  ("Effort", self.of_effort())]
        return "\n".join(f"### {title}\n\n{text}" for title, text in parts)

    def dat(self):
        """For gnuplot: a data set per row, after an empty line each."""
        text = "# planted_percent found_percent mann_whitney_percent nr_gates set\n"
        for row in self.rows:
            text += f'\n\n"{row}"\n'
            for (kind, inject), gates in self.steps.items():
                if row in gates.rows:
                    text += (f"{inject:g} {percent(gates.share([row], is_alarm), 1)} "
                             f"{percent(gates.share([row], is_u_slower), 1)} {gates.nr} "
                             f"{kind}\n")
        return text
