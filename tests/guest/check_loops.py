#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks where the copies of each timed loop lie (bench/loop.h).

usage: check_loops.py OBJDUMP PAYLOAD OBJECT...

OBJECT: what the payload was linked from. A loop is found by its call of the sled, its head is the
target of the next jump back over that call.
"""
import re
import sys

import elf

LINE_BYTES = 64
COPY_BYTES = 16  # a copy lies that much further into its line than the one before
TIMED = re.compile(r"/(cases|core)/")


def timed_functions(objects):
    """Functions of the benchmarks and of the empty loop: there every call of the sled is timed."""
    for path in objects:
        if TIMED.search(path):
            yield from (symbol.name for symbol in elf.Elf(path).functions() if symbol.section)


def timed_loops(objdump, path, functions):
    """(function, head) of every loop that calls the sled: the target of the jump back over it."""
    call = None
    for i in elf.disassemble(objdump, path):
        if i.function not in functions:
            continue
        if i.mnemonic.startswith("call") and "<fpb_sled>" in i.operands:
            if call:
                raise ValueError(f"{call.function}: no loop around the sled at {call.address:#x}")
            call = i
        elif call and re.fullmatch(r"j\w+", i.mnemonic):
            target = re.match(r"[0-9a-f]+ ", i.operands)
            if target and int(target[0], 16) <= call.address:
                yield i.function, int(target[0], 16)
                call = None


def check_loops(objdump, path, objects):
    """Of four copies each lies COPY_BYTES further into its line; where the first lies is free."""
    functions = {}
    for function, head in timed_loops(objdump, path, set(timed_functions(objects))):
        functions.setdefault(function, []).append(head % LINE_BYTES)
    if "fpb_null_loop" not in functions:
        yield "fpb_null_loop has no timed loop"
    for function, offsets in functions.items():
        nr_copies = LINE_BYTES // COPY_BYTES
        uneven = [o for o in offsets
                  if offsets.count(o) != offsets.count((o + COPY_BYTES) % LINE_BYTES)]
        if len(offsets) % nr_copies or uneven:
            yield (f"{function}: the heads of its {len(offsets)} timed loops lie {sorted(offsets)}"
                   f" bytes into their lines: not in fours {COPY_BYTES} apart")


def main(arguments):
    objdump, path, *objects = arguments
    if any(symbol.name == "sled_call" for symbol in elf.Elf(path).symbols):
        print("built without inlining: the timed loops call the sled through a function")
        return 77
    problems = [*check_loops(objdump, path, objects)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
