#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No vector or x87 register where one would falsify a measurement.

usage: check_vectors.py OBJDUMP SOURCE-DIR OBJECT...
       check_vectors.py --self-test OBJDUMP VECTORS-OBJECT

Of bench/cases, and of guest/nm.S, which is part of them, only the instructions that assembly names
there or in the payload's probe, AMX and the XSAVE family; of the payload's probe the same without AMX;
of every other object none.
"""
import glob
import re
import sys

import elf

REGISTER = re.compile(r"%(?:[xyzt]mm\d+|mm[0-7]|st\b|k[0-7]\b)")
# State without a register operand: x87 (all of its mnemonics begin with f), MMX, SSE, AVX, AMX.
IMPLICIT = re.compile(r"f(?!s\b)\w+|emms|(?:v?(?:ld|st)mxcsr)|vzero(?:all|upper)|tile\w+|[ls][dt]tilecfg")
XSAVE_FAMILY = re.compile(r"f?x(?:save|rstor)\w*|xsetbv")
# guest/x86/amx.h spells these out in bytes, for assemblers without AMX.
AMX = {"ldtilecfg", "tilerelease", "tileloadd", "tilestored", "tilezero"}
ASM_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def is_vector(instruction):
    if XSAVE_FAMILY.fullmatch(instruction.mnemonic):
        return bool(REGISTER.search(instruction.operands))
    return bool(REGISTER.search(instruction.operands) or
                IMPLICIT.fullmatch(instruction.mnemonic))


def named_in_cases(source):
    """Mnemonics of the vector instructions that assembly of cases and probe spells out."""
    named = set()
    for line in spelled_out(source):
        mnemonic, _, operands = line.strip().replace("%%", "%").partition(" ")
        if is_vector(elf.Instruction(0, None, mnemonic, operands)):
            named.add(mnemonic)
    return named


def spelled_out(source):
    """Lines of assembly, inline and by itself."""
    for path in [*glob.glob(f"{source}/bench/cases/*.[ch]"), f"{source}/guest/probe.c"]:
        with open(path, encoding="utf-8") as file:
            for match in ASM_STRING.finditer(file.read()):
                yield from re.split(r"\\n\\t|\\n|;", match[1])
    with open(f"{source}/guest/nm.S", encoding="utf-8") as file:
        yield from file


def check(objdump, path, named):
    is_case = "/cases/" in path or path.endswith("/nm.S.o")
    is_probe = re.search(r"/guest/.*/probe\.c\.o$", path)
    nr_instructions = 0
    for i in elf.disassemble(objdump, path):
        nr_instructions += 1
        allowed = ((is_case or is_probe) and i.mnemonic in named or
                   is_case and i.mnemonic in AMX)
        if is_vector(i) and not allowed:
            yield f"{path}: {i.function} has {i.mnemonic} {i.operands}"
        if XSAVE_FAMILY.fullmatch(i.mnemonic) and not (is_case or is_probe):
            yield f"{path}: {i.function} has {i.mnemonic}"
    if not nr_instructions and any(symbol.section for symbol in elf.Elf(path).functions()):
        yield f"{path}: nothing was disassembled"


def check_self(objdump, path):
    """Every function of vectors.S named bad_* is caught, none named good_*."""
    caught, seen = set(), set()
    for i in elf.disassemble(objdump, path):
        seen.add(i.function)
        if is_vector(i):
            caught.add(i.function)
    for function in sorted(seen):
        if (function in caught) != function.startswith("bad_"):
            yield f"self-test: {function} was {'caught' if function in caught else 'missed'}"
    if len(caught) < 10:
        yield f"self-test: {path} is not vectors.S"


def report(problems):
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def main(arguments):
    if arguments[:1] == ["--self-test"]:
        return report([*check_self(*arguments[1:])])
    objdump, source, *objects = arguments
    named = named_in_cases(source)
    problems = [problem for path in objects for problem in check(objdump, path, named)]
    if not objects:
        problems.append("no object to check")
    if not named:
        problems.append("bench/cases names no vector instruction: its form must have changed")
    return report(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
