#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks who may include whom, and that benchmarks hold no floating point.

usage: include_rule.py ROOT         checks a source tree
       include_rule.py --self-test  breaks every rule once in a tree of its own

The rooms and what they may include are ROOMS below; ARCHITECTURE.md says why. Code compiled into
the guest payload reaches, directly or through other headers, nothing but freestanding headers; the
host halves of the benchmarks are the exception, they see the VMM.
"""
import pathlib
import re
import sys
import tempfile

SUFFIXES = {".c", ".h", ".S", ".cc"}
FREESTANDING = {"float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
                "stddef.h", "stdint.h", "stdnoreturn.h"}
GENERATED = ["list_hash.h", "families.inc"]
PLOT_SCRIPTS = ["plot_scripts.inc"]
PURE = {"assert.h", "ctype.h", "errno.h", "fcntl.h", "fnmatch.h", "inttypes.h", "jansson.h",
        "libgen.h", "locale.h", "math.h", "regex.h", "stdio.h", "stdlib.h", "string.h",
        "sys/stat.h", "sys/types.h", "unistd.h"} | FREESTANDING

# Compiled into the payload; so are bench/cases, which may name the VMM for their host halves.
PAYLOAD = ["guest/", "bench/core/registry.c", "bench/core/null_loop.c", "bench/core/sled.S"]

# What the two ends of the lab agree on: the wire and the files of the initramfs.
LAB_ENDS = ["guest/linux/frame.h", "guest/linux/layout.h"]

# (files, what they may include of ours, which system headers; None: any). The first match counts;
# a folder ends in "/", anything else is a file.
ROOMS = [
    (["bench/abi.h"], [], FREESTANDING),
    (["bench/bench.h", "bench/loop.h"],
     ["bench/abi.h", "bench/bench.h", "bench/loop.h", "guest/x86/", "host/err.h"], FREESTANDING),
    (["bench/cases/"],
     ["bench/bench.h", "bench/cases/", "guest/x86/", "host/vmm/", "host/fpstate/"], None),
    (["bench/stats/"], ["bench/stats/"], PURE),
    (["bench/report/"], ["bench/report/", "bench/stats/"], PURE),
    (["bench/model/"], ["bench/model/", "bench/report/", "bench/stats/"], PURE),
    (["bench/attribution/"], ["bench/attribution/", "bench/report/", "bench/stats/"], PURE),
    (["bench/figures/"],
     ["bench/figures/", "bench/model/", "bench/report/", "bench/stats/", *PLOT_SCRIPTS], PURE),
    (["bench/cli/"], ["bench/", "guest/x86/", *LAB_ENDS, "host/"], None),
    (["bench/"],
     ["bench/abi.h", "bench/bench.h", "bench/loop.h", "bench/core/", "bench/report/",
      "bench/stats/", "bench/model/", "bench/attribution/", "guest/x86/", "host/",
      "build_info.h", "payload_sha256.h", *GENERATED], None),
    (["guest/linux/"], ["guest/", "bench/abi.h"], None),
    (["guest/x86/"], ["guest/x86/", "bench/abi.h"], FREESTANDING),
    (["guest/"], ["guest/", "bench/abi.h", "bench/bench.h", *GENERATED], FREESTANDING),
    (["host/lab/"], ["host/", *LAB_ENDS], None),
    (["host/"], ["host/", "bench/abi.h", "guest/x86/"], None),
]

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
CONDITION = re.compile(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b\s*(.*)")
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
FLOAT_CODE = re.compile(
    r"\b(?:float|double|_Float\w+|__float\w+|long\s+double)\b"
    r"|(?<![\w.])(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?[fFlL]?"
    r"|\b0[xX][0-9a-fA-F.]+[pP][-+]?\d+")
# Not the registers of inline assembly: %eax, %es, %al, %gs, %fs.
FLOAT_FORMAT = re.compile(r"%[-+#0']*(?:\d+|\*)?(?:\.(?:\d+|\*)?)?L?"
                          r"(?!(?:e[abcd]x|e[sd]i|e[bs]p|a[lhx]|[efg]s)\b)[aAeEfFgG]")


def is_in(path, places):
    return any(path == p or p.endswith("/") and path.startswith(p) for p in places)


def room_of(path):
    return next((room for room in ROOMS if is_in(path, room[0])), None)


def without_comments(text):
    """Comments blanked, line numbers kept."""
    def blank(match):
        token = match[0]
        return "\n" * token.count("\n") + " " if token.startswith("/") else token
    return TOKEN.sub(blank, text)


def hosted_only(kind, condition):
    """Is what follows this directive absent from the payload? None: cannot tell."""
    if kind == "ifndef" and condition == "FPB_GUEST":
        return True
    if kind == "ifdef" and condition == "FPB_GUEST":
        return False
    if re.fullmatch(r"!\s*defined\s*\(?\s*FPB_GUEST\s*\)?", condition):
        return True
    return None


def includes_of(text):
    """(line, our header or None, system header or None, whether the payload sees it)"""
    stack = []
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        condition = CONDITION.match(line)
        if condition:
            kind, rest = condition[1], condition[2].strip()
            if kind in ("if", "ifdef", "ifndef"):
                stack.append(hosted_only(kind, rest))
            elif kind == "endif" and stack:
                stack.pop()
            elif stack:
                stack[-1] = not stack[-1] if kind == "else" and stack[-1] is not None else None
            continue
        match = INCLUDE.match(line)
        if match:
            yield number, match[1], match[2], True not in stack


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.text = {}
        for top in ("bench", "guest", "host"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    name = path.relative_to(self.root).as_posix()
                    self.text[name] = path.read_text(encoding="utf-8")
        self.includes = {name: list(includes_of(text)) for name, text in self.text.items()}

    def direct(self):
        for name, includes in self.includes.items():
            room = room_of(name)
            if room is None:
                yield f"{name}: no rule covers this file"
                continue
            _, ours, system = room
            for line, quoted, angled, _ in includes:
                if quoted and not is_in(quoted, ours):
                    yield (f'{name}:{line}: includes "{quoted}"; '
                           f"this room may include {', '.join(ours) or 'nothing of ours'}")
                if angled and system is not None and angled not in system:
                    yield f"{name}:{line}: includes <{angled}>, which this room may not"

    def payload(self):
        """What the payload is compiled from reaches no libc."""
        for start in self.text:
            if not is_in(start, PAYLOAD) or is_in(start, ["guest/linux/"]):
                continue
            seen, todo = set(), [(start, start)]
            while todo:
                name, way = todo.pop()
                if name in seen:
                    continue
                seen.add(name)
                for line, quoted, angled, in_payload in self.includes.get(name, []):
                    if not in_payload:
                        continue
                    if angled and angled not in FREESTANDING:
                        yield f"{way}:{line}: the payload reaches <{angled}>"
                    if quoted:
                        todo.append((quoted, f"{way} -> {quoted}"))

    def floating_point(self):
        for name, text in self.text.items():
            if not is_in(name, ["bench/cases/"]):
                continue
            for number, line in enumerate(without_comments(text).splitlines(), 1):
                strings = TOKEN.findall(line)
                found = FLOAT_CODE.search(TOKEN.sub('""', line))
                for string in strings:
                    found = found or FLOAT_FORMAT.search(string.replace("%%", ""))
                if found:
                    yield f"{name}:{number}: floating point in a benchmark: {found[0]}"

    def problems(self):
        yield from self.direct()
        yield from self.payload()
        yield from self.floating_point()


# file -> text of a tree without a problem; then, for each rule, what is added to which file.
GOOD = {
    "bench/abi.h": "#include <stdint.h>\n",
    "bench/bench.h": '#include "bench/abi.h"\n#ifndef FPB_GUEST\n#include "host/err.h"\n#endif\n',
    "bench/cases/a.c": '#include "bench/bench.h"\n#ifndef FPB_GUEST\n#include <errno.h>\n'
                       '#include "host/vmm/vm.h"\n#endif\n'
                       'int a = 3; /* 1.5 */ const char *t = "3.00 for 5 % faster %eax %%es";\n',
    "bench/core/run.c": '#include "bench/bench.h"\n#include "host/vmm/vm.h"\n#include <time.h>\n',
    "bench/stats/s.c": '#include "bench/stats/s.h"\n#include <math.h>\n',
    "bench/stats/s.h": "double s(void);\n",
    "bench/report/r.c": '#include "bench/stats/s.h"\n#include <jansson.h>\n',
    "bench/cli/main.c": '#include "bench/report/r.h"\n#include "host/err.h"\n',
    "guest/main.c": '#include "bench/bench.h"\n#include "guest/x86/tsc.h"\n',
    "guest/x86/tsc.h": "#include <stdint.h>\n",
    "guest/linux/init.c": "#include <stdio.h>\n",
    "host/err.h": "#include <stdbool.h>\n#include <stdio.h>\n",
    "host/vmm/vm.h": '#include "bench/abi.h"\n#include <linux/kvm.h>\n',
}
BROKEN = [
    ("bench/cases/a.c", '#include "bench/core/run.h"'),
    ("bench/cases/a.c", '#include "host/machine/topology.h"'),
    ("bench/cases/a.c", "static float x;"),
    ("bench/cases/a.c", "static long double x;"),
    ("bench/cases/a.c", "int x = 1.0;"),
    ("bench/cases/a.c", "int x = .5;"),
    ("bench/cases/a.c", "int x = 1e3;"),
    ("bench/cases/a.c", "int x = 0x1p3;"),
    ("bench/cases/a.c", 'const char *f = "%.1f";'),
    ("bench/cases/a.c", 'const char *f = "%g";'),
    ("bench/core/run.c", '#include "bench/cli/main.h"'),
    ("bench/core/run.c", '#include "bench/cases/a.h"'),
    ("bench/core/run.c", '#include "guest/main.h"'),
    ("bench/stats/s.c", '#include "host/err.h"'),
    ("bench/stats/s.c", '#include "bench/report/r.h"'),
    ("bench/stats/s.c", "#include <time.h>"),
    ("bench/report/r.c", '#include "host/err.h"'),
    ("bench/report/r.c", "#include <linux/kvm.h>"),
    ("bench/report/r.c", "  #  include <sys/time.h>"),
    ("bench/model/m.c", '#include "host/err.h"'),
    ("bench/model/m.c", "#include <time.h>"),
    ("bench/figures/f.c", '#include "host/err.h"'),
    ("bench/figures/f.c", "#include <time.h>"),
    ("host/err.h", '#include "bench/bench.h"'),
    ("host/vmm/vm.h", '#include "bench/core/run.h"'),
    ("host/vmm/vm.h", '#include "guest/linux/frame.h"'),
    ("host/lab/boot.h", '#include "guest/linux/init.h"'),
    ("guest/main.c", "#include <stdio.h>"),
    ("guest/main.c", '#include "host/err.h"'),
    ("guest/x86/tsc.h", '#include "bench/bench.h"'),
    ("bench/core/registry.c", "#include <stdio.h>"),
    ("guest/x86/tsc.h", "#include <string.h>"),
    ("bench/bench.h", '#include "host/err.h"'),
    ("bench/abi.h", "#include <string.h>"),
    ("bench/abi.h", '#include "guest/x86/tsc.h"'),
    ("bench/unknown/x.c", '#include "bench/cli/main.h"'),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(Tree(root).problems())


def self_test():
    failed = [f"a clean tree is refused: {problem}" for problem in problems_of(GOOD)]
    for name, line in BROKEN:
        broken = {**GOOD, name: f"{GOOD.get(name, '')}{line}\n"}
        if not problems_of(broken):
            failed.append(f"{name}: '{line}' is not noticed")
    return failed


def main(arguments):
    if arguments == ["--self-test"]:
        problems = self_test()
        nr_checked = len(BROKEN)
    elif len(arguments) == 1:
        tree = Tree(arguments[0])
        problems = list(tree.problems())
        nr_checked = len(tree.text)
        if not tree.text:
            problems = [f"{arguments[0]}: no sources there"]
    else:
        print(__doc__)
        return 2
    print("\n".join(problems) or f"{nr_checked} checked, no problem")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
