#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Instructions emitted by bytes are what is said beside them.

usage: check_bytes.py OBJDUMP CC SOURCE-DIR

Every .byte of the sources is found here. It needs a comment that is the instruction in AT&T syntax:
on the same line, or, in a header, the one in front of its function or macro, up to its first colon
or full stop. CC assembles the bytes, objdump disassembles them.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import elf

ROOMS = ("bench", "guest", "host")
BYTES = re.compile(r"\.byte\s+((?:0x[0-9a-f]{2}(?:,\s*)?)+)")
COMMENT = re.compile(r"/\*(.*?)\*/", re.S)


def instruction_of(comment):
    """'tilezero %tmm0. #UD without a palette' -> 'tilezero %tmm0'"""
    return re.split(r"[:.](?:\s|$)", " ".join(comment.split()))[0].strip()


def statements(source):
    """(place, bytes, instruction as the source has it) of every .byte."""
    for room in ROOMS:
        for path in sorted(pathlib.Path(source, room).rglob("*.[chS]")):
            text = path.read_text(encoding="utf-8")
            for match in BYTES.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                rest = text[match.end():].split("\n", 1)[0]
                beside = COMMENT.search(rest)
                before = beside or [*COMMENT.finditer(text, 0, match.start())][-1]
                yield (f"{path.relative_to(source)}:{line}", match[1],
                       instruction_of(before[1]))


def disassembled(objdump, cc, code):
    """The instructions that the bytes are."""
    with tempfile.TemporaryDirectory() as folder:
        assembly, object_file = pathlib.Path(folder, "bytes.S"), pathlib.Path(folder, "bytes.o")
        assembly.write_text(f".text\n.type code, @function\ncode:\n.byte {code}\n"
                            ".size code, . - code\n", encoding="ascii")
        subprocess.run([cc, "-c", "-o", str(object_file), str(assembly)], check=True)
        return [f"{i.mnemonic} {i.operands}".strip()
                for i in elf.disassemble(objdump, str(object_file))]


def spelled_alike(text):
    """Without spaces, and without the scale that objdump leaves out or adds."""
    return text.replace(" ", "").replace(",1)", ")")


def main(arguments):
    objdump, cc, source = arguments
    found, problems = [*statements(source)], []
    for place, code, instruction in found:
        read = disassembled(objdump, cc, code.strip().rstrip(","))
        if [spelled_alike(i) for i in read] != [spelled_alike(instruction)]:
            problems.append(f"{place}: .byte {code} is '{'; '.join(read)}', "
                            f"its comment says '{instruction}'")
    if not found:
        problems.append("no .byte found: has its spelling changed?")
    # Another spelling would get past this test.
    others = sum(path.read_text(encoding="utf-8").count(".byte ") for room in ROOMS
                 for path in pathlib.Path(source, room).rglob("*.[chS]"))
    if others != len(found):
        problems.append(f"{others} statements .byte in the sources, only {len(found)} of them read")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
