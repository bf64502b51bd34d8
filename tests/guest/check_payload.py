#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks the linked payload: its image, the header the loader reads, trap stubs.

usage: check_payload.py PAYLOAD SOURCE-DIR
"""
import re
import struct
import sys

import elf

# SDM vol. 3A, table 6-1.
VECTORS_WITH_ERROR_CODE = {8, 10, 11, 12, 13, 14, 17, 21, 29, 30}
NR_VECTORS = 32


def constant(source, path, name):
    """The number of a #define."""
    with open(f"{source}/{path}", encoding="utf-8") as file:
        match = re.search(rf"^#define\s+{name}\s+(0x[0-9a-f]+|\d+)u?\b", file.read(), re.M)
    if not match:
        raise ValueError(f"{path} does not define {name}")
    return int(match.group(1), 0)


def check_image(payload, source):
    first = constant(source, "bench/abi.h", "ABI_IMAGE_GPA")
    end = first + constant(source, "bench/abi.h", "ABI_IMAGE_BYTES")
    if [segment.type for segment in payload.segments] != [elf.PT_LOAD]:
        yield "not exactly one program header of type PT_LOAD"
    for segment in payload.segments:
        if segment.paddr != segment.vaddr:
            yield f"linked at {segment.vaddr:#x}, loaded at {segment.paddr:#x}"
        if segment.paddr != first or segment.paddr + segment.memsz > end:
            yield (f"segment {segment.paddr:#x}..{segment.paddr + segment.memsz:#x}"
                   f" is not {first:#x} and up to {end:#x}")
    if not any(s.vaddr <= payload.entry < s.vaddr + s.memsz for s in payload.segments):
        yield f"entry {payload.entry:#x} outside the image"
    if payload.entry != payload.symbol("_start").value:
        yield "the entry is not _start"
    for section in payload.sections:
        if section.type in (elf.SHT_DYNAMIC, elf.SHT_RELA, elf.SHT_REL) and section.size:
            yield f"section {section.name}: the loader relocates nothing"
    for symbol in payload.symbols:
        if symbol.name and symbol.section == 0:
            yield f"undefined symbol {symbol.name}"


def check_info(payload, source):
    first = constant(source, "bench/abi.h", "ABI_IMAGE_GPA")
    magic, version, list_hash, stubs, stub_bytes, sled, sled_bytes = struct.unpack(
        "<IIQQQQQ", payload.at(first, 48))
    expected = {
        "magic": (magic, constant(source, "bench/abi.h", "ABI_MAGIC")),
        "version": (version, constant(source, "bench/abi.h", "ABI_VERSION")),
        "trap_stubs": (stubs, payload.symbol("trap_stubs").value),
        "trap_stub_bytes": (stub_bytes, constant(source, "guest/trap.h", "TRAP_STUB_BYTES")),
        "sled": (sled, payload.symbol("fpb_sled").value),
        "sled_bytes": (sled_bytes, constant(source, "guest/x86/sled.h", "SLED_BYTES")),
    }
    for name, (found, wanted) in expected.items():
        if found != wanted:
            yield f"image info: {name} is {found:#x}, expected {wanted:#x}"
    if not list_hash:
        yield "image info: no hash of the list of benchmarks"
    if payload.symbol("fpb_sled").size != sled_bytes:
        yield "fpb_sled has another size than the image info says"
    if payload.at(sled, 1) != b"\xc3":
        yield "the sled does not begin with RET"


def check_stubs(payload, source):
    """[push $0]; push $vector; jmp trap_common, TRAP_STUB_BYTES apart, and nothing falls through."""
    start = payload.symbol("trap_stubs").value
    common = payload.symbol("trap_common").value
    size = constant(source, "guest/trap.h", "TRAP_STUB_BYTES")
    for vector in range(NR_VECTORS):
        code = payload.at(start + vector * size, size)
        has_zero = code[:2] == b"\x6a\x00" and code[2] == 0x6a
        if has_zero == (vector in VECTORS_WITH_ERROR_CODE):
            yield f"stub {vector}: {'0 pushed over' if has_zero else 'no stand-in for'} an error code"
        at = 2 if has_zero else 0
        if code[at:at + 2] != bytes((0x6a, vector)):
            yield f"stub {vector} pushes {code[at:at + 2].hex()}"
            continue
        at += 2
        if code[at] == 0xeb:
            target = at + 2 + struct.unpack_from("<b", code, at + 1)[0]
        elif code[at] == 0xe9:
            target = at + 5 + struct.unpack_from("<i", code, at + 1)[0]
        else:
            yield f"stub {vector} ends with {code[at]:#x}, no JMP"
            continue
        if start + vector * size + target != common:
            yield f"stub {vector} jumps to {start + vector * size + target:#x}"


def main(arguments):
    path, source = arguments
    payload = elf.Elf(path)
    problems = [*check_image(payload, source), *check_info(payload, source),
                *check_stubs(payload, source)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
