# SPDX-License-Identifier: MIT
"""What the tests of compare and gate share: reports of a folder, their comparison, its fields."""
import lib
from made_reports import counted, report, scattered, write

REGRESSION, INCONCLUSIVE, INCOMPARABLE = 1, 3, 5

CPUID, PIO, XSAVEC = "exit/cpuid@guest/ring3", "exit/pio@guest/ring3", "xsave/xsavec@host"
ROWS = [CPUID, PIO, XSAVEC]

FIELDS = ["schema_version", "paired", "environment_diff", "metrics", "lost", "gained", "verdict"]
METRIC_FIELDS = ["name", "substrate", "unit", "base", "new", "ratio", "ci", "p", "p_holm", "delta",
                 "exact", "gated", "runs_needed", "verdict"]
VERDICTS = ["pass", "regression", "improvement", "inconclusive", "not-gated"]


class Case(lib.Case):
    """Names of reports are those of files in the folder, without .json."""

    def path(self, name):
        return self.folder / f"{name}.json"

    def write(self, name, document):
        return write(self.path(name), document)

    def made(self, name, runs=12, *, seed=1, rows=tuple(ROWS), slower=0.0, sigma=0.003, **options):
        """A report of scattered run values; other seeds are other measurements of one build."""
        values = scattered(rows, runs, seed=seed, slower=slower, sigma=sigma)
        return self.write(name, report(values, **options))

    def counted(self, name, rows, **options):
        return self.write(name, counted(rows, **options))

    def edit(self, name, edit):
        """edit(fpstate_bench) changes the report."""
        document = lib.load(self.path(name))
        edit(document["fpstate_bench"])
        self.write(name, document)

    def compare(self, *options, base="a", new="b", code=lib.FINE, command="compare"):
        return self.run_bench(command, self.path(base), self.path(new), *options, code=code)

    def gate(self, *options, code=lib.FINE, **sides):
        return self.compare(*options, code=code, command="gate", **sides)

    def judged(self, *options, **how):
        """The comparison as JSON, its members checked, metrics by row."""
        done = self.compare("--format", "json", *options, **how)
        document = lib.parse(done.stdout)
        self.assertEqual(list(document), FIELDS)
        self.assertEqual(document["schema_version"], 1)
        for metric in document["metrics"]:
            self.assertEqual(list(metric), METRIC_FIELDS)
            self.assertIn(metric["verdict"], VERDICTS)
            self.assertIsInstance(metric["runs_needed"], int)
        document["metrics"] = {lib.row_id(metric): metric for metric in document["metrics"]}
        return document

    def verdicts(self, *options, **how):
        return {row: metric["verdict"]
                for row, metric in self.judged(*options, **how)["metrics"].items()}
