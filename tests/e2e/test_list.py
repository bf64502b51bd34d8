#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`list` in its three formats, and docs/benchmarks.md made from it."""
import re
import unittest

import lib

DOCUMENT = lib.ROOT / "docs" / "benchmarks.md"
CLAIMS = lib.ROOT / "docs" / "claims.md"
UNVERIFIED = lib.ROOT / "docs" / "unverified.md"
MAX_GATED = 100
UNITS = ("cyc", "core_cyc", "ns", "insn", "bytes", "pages", "count")
FIELDS = {"name": str, "title": str, "substrate": str, "unit": str, "needs": list, "gate": bool,
          "available": bool, "reason": str}


def table_of(text):
    """The lines of the table of rows."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("| row "))
    end = next((i for i in range(begin, len(lines)) if not lines[i].startswith("|")), len(lines))
    return lines[begin:end]


def marked(document, part):
    """What scripts/gen-docs.sh put between the markers."""
    return document.read_text(encoding="utf-8").partition(f"<!-- begin {part} -->\n")[2].partition(
        f"<!-- end {part} -->")[0]


class List(lib.Case):
    def rows(self, *arguments):
        return lib.parse(self.run_bench("list", "--json", *arguments).stdout)

    def test_json(self):
        rows = self.rows()
        self.assertGreaterEqual(len(rows), 30)
        self.assertEqual(len({lib.row_id(row) for row in rows}), len(rows))
        for row in rows:
            with self.subTest(lib.row_id(row)):
                self.assertEqual({key: type(value) for key, value in row.items()}, FIELDS)
                self.assertRegex(row["name"], r"^[a-z0-9_]+(/[a-z0-9_=]+)+$")
                self.assertIn(row["substrate"], ("host", "guest/ring0", "guest/ring3"))
                self.assertIn(row["unit"], UNITS)
                self.assertTrue(row["title"])
                self.assertTrue(all(isinstance(need, str) for need in row["needs"]))
                self.assertEqual(row["available"], row["reason"] == "")
        for substrate in ("guest/ring0", "guest/ring3"):
            self.assertTrue(all("kvm" in row["needs"] for row in rows
                                if row["substrate"] == substrate))

    def test_gated_rows_are_few(self):
        gated = [lib.row_id(row) for row in self.rows() if row["gate"]]
        self.assertTrue(gated)
        self.assertLessEqual(len(gated), MAX_GATED)

    def test_host_rows_need_no_kvm_to_be_available(self):
        available = {lib.row_id(row) for row in self.rows() if row["available"]}
        self.assertLessEqual({"null/loop@host", "null/chain@host"}, available)

    def test_filter_searches_name_and_substrate(self):
        everything = {lib.row_id(row) for row in self.rows()}
        self.assertEqual({lib.row_id(row) for row in self.rows("--filter", "^null/loop@host$")},
                         {"null/loop@host"})
        self.assertEqual({lib.row_id(row) for row in self.rows("--filter", "(cpuid|loop)@guest")},
                         {row for row in everything
                          if row.split("@")[0].endswith(("cpuid", "loop")) and "@guest" in row})

    def test_text_says_the_same(self):
        lines = self.run_bench("list").stdout.splitlines()
        rows = self.rows()
        self.assertEqual(len(lines), len(rows) + 1)
        for line, row in zip(lines, rows):
            name, substrate, rest = line.split(maxsplit=2)
            self.assertEqual((name, substrate), (row["name"], row["substrate"]))
            if row["available"]:
                self.assertEqual(rest, "available")
            else:
                # Times that a probe measured differ from one probe to the next.
                self.assertRegex(rest, r"^[a-z-]+: ")
                self.assertEqual(re.sub(r"\d+", "N", rest.partition(": ")[2]),
                                 re.sub(r"\d+", "N", row["reason"]))

    def test_document(self):
        if not DOCUMENT.exists():
            self.skipTest("docs/benchmarks.md does not exist")
        made = self.run_bench("list", "--markdown").stdout
        self.assertEqual(table_of(DOCUMENT.read_text(encoding="utf-8")), table_of(made),
                         "make it anew from: fpstate-bench list --markdown")

    def test_needs_are_explained(self):
        explained = DOCUMENT.read_text(encoding="utf-8").partition("| need | means |")[2]
        explained = set(re.findall(r"`([a-z0-9-]+)`", explained.partition("\n\n")[0]))
        self.assertLessEqual({need for row in self.rows() for need in row["needs"]}, explained)

    def test_claims_document(self):
        made = self.run_bench("list", "--claims").stdout
        self.assertGreater(made.count("### "), 15)
        self.assertEqual(marked(CLAIMS, "list --claims"), made, "run scripts/gen-docs.sh")

    def test_unverified_document(self):
        text = UNVERIFIED.read_text(encoding="utf-8").partition("## Verified")[2]
        verified = re.findall(r"(?m)^\| `([^`]*)` \|", text)
        rows = [lib.row_id(row) for row in self.rows()]
        for pattern in verified:
            self.assertTrue(any(re.search(pattern, row) for row in rows),
                            f"{pattern} matches no row")
        unverified = {}
        for row in rows:
            if not any(re.search(pattern, row) for pattern in verified):
                name, _, substrate = row.partition("@")
                operation = re.sub(r"/[^/=]*=.*", "", name) + "@" + substrate
                unverified[operation] = unverified.get(operation, 0) + 1
        listed = re.findall(r"(?m)^\| `([^`]*)` \| (\d+) \|$", marked(UNVERIFIED, "unverified rows"))
        self.assertEqual({operation: int(nr) for operation, nr in listed}, unverified,
                         "run scripts/gen-docs.sh")

    def test_markdown(self):
        made = table_of(self.run_bench("list", "--markdown").stdout)
        rows = self.rows()
        self.assertEqual(len(made), 2 + len(rows))
        for line, row in zip(made[2:], rows):
            self.assertTrue(line.startswith(f"| `{row['name']}` | {row['substrate']} |"), line)
            self.assertIn(row["title"], line)


if __name__ == "__main__":
    lib.main()
