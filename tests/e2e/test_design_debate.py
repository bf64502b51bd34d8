#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Commands of docs/design-debate.md whose input is in the tree: their output is what the page shows.

usage: test_design_debate.py            a test
       test_design_debate.py --update   writes what they give now into the page
"""
import os
import pathlib
import re
import subprocess
import sys

import lib

PAGE = lib.ROOT / "docs" / "design-debate.md"
BLOCK = re.compile(r"(?ms)^```\n(\$ .*?)^```$")
# Reports of a machine, which the tree does not have.
ABSENT = re.compile(r"\b(report|amx)\.json\b")


def steps(block):
    """[command, its output] of a block, in order."""
    parts = re.split(r"(?m)^\$ ", block)[1:]
    return [part.partition("\n")[::2] for part in parts]


def is_repeatable(command):
    words = [word for word in command.split() if ABSENT.search(word)]
    return all((lib.ROOT / word).exists() for word in words) and " run " not in command


def output_of(command):
    command = command.replace("build/fpstate-bench", f"'{lib.BENCH}'")
    done = subprocess.run(["/bin/sh", "-c", command], cwd=lib.ROOT, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=lib.TIMEOUT_S,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout


def repeatable():
    return [(command, output) for block in BLOCK.findall(PAGE.read_text(encoding="utf-8"))
            for command, output in steps(block) if is_repeatable(command)]


def update():
    def renew(match):
        return "```\n" + "".join(f"$ {command}\n"
                                 f"{output_of(command) if is_repeatable(command) else output}"
                                 for command, output in steps(match[1])) + "```"
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(renew, text), encoding="utf-8")


class Page(lib.Case):
    def test_commands(self):
        found = repeatable()
        self.assertGreater(len(found), 8)
        for command, shown in found:
            with self.subTest(command):
                self.assertTrue(shown.strip(), "nothing is shown")
                self.assertEqual(output_of(command), shown)

    def test_rows(self):
        """Its table names rows that there are."""
        rows = {lib.row_id(row) for row in lib.parse(lib.bench("list", "--json").stdout)}
        named = set(re.findall(r"`([a-z0-9_]+/[^` ]+@[a-z0-9/]+)`", PAGE.read_text(encoding="utf-8")))
        self.assertGreater(len(named), 30)
        self.assertEqual(sorted(named - rows), [])


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        assert pathlib.Path(PAGE).exists()
        lib.main()
