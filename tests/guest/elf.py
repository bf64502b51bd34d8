# SPDX-License-Identifier: MIT
"""What the checks need of an ELF64 file and of objdump's disassembly."""
import collections
import re
import struct
import subprocess

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
SHT_SYMTAB, SHT_RELA, SHT_DYNAMIC, SHT_REL = 2, 4, 6, 9
STT_FUNC = 2

Segment = collections.namedtuple("Segment", "type flags offset vaddr paddr filesz memsz align")
Section = collections.namedtuple(
    "Section", "name type flags addr offset size link info align entsize")
Symbol = collections.namedtuple("Symbol", "name info other section value size")
Instruction = collections.namedtuple("Instruction", "address function mnemonic operands")


class Elf:
    """Header, program headers, sections and symbols, as they stand in the file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        (self.ident, self.type, self.machine, _, self.entry, phoff, shoff, _, _, phentsize, phnum,
         shentsize, shnum, shstrndx) = struct.unpack_from("<16sHHIQQQIHHHHHH", self.data)
        self.segments = [Segment(*struct.unpack_from("<IIQQQQQQ", self.data, phoff + i * phentsize))
                         for i in range(phnum)]
        raw = [struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + i * shentsize)
               for i in range(shnum)]
        names = raw[shstrndx]
        self.sections = [Section(self._string(names[4], s[0]), *s[1:]) for s in raw]
        self.symbols = [symbol for section in self.sections if section.type == SHT_SYMTAB
                        for symbol in self._symbols(section)]

    def _string(self, table, offset):
        start = table + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def _symbols(self, section):
        strings = self.sections[section.link].offset
        for at in range(section.offset, section.offset + section.size, section.entsize):
            name, info, other, index, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            yield Symbol(self._string(strings, name), info, other, index, value, size)

    def symbol(self, name):
        found = [symbol for symbol in self.symbols if symbol.name == name]
        if len(found) != 1:
            raise ValueError(f"{len(found)} symbols are named {name}")
        return found[0]

    def functions(self):
        return [symbol for symbol in self.symbols if symbol.info & 0xf == STT_FUNC]

    def at(self, address, size):
        """Bytes at a virtual address of a loaded segment."""
        for segment in self.segments:
            offset = address - segment.vaddr
            if segment.type == PT_LOAD and 0 <= offset and offset + size <= segment.filesz:
                return self.data[segment.offset + offset:segment.offset + offset + size]
        raise ValueError(f"nothing is loaded at {address:#x}")


FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
LINE = re.compile(r"^ *([0-9a-f]+):\t(.*)$")
# What objdump prints in front of the mnemonic proper.
PREFIX = re.compile(r"^(?:rep[nz]*|lock|bnd|notrack|data16|addr32|[c-gs]s|rex[.A-Z]*|\{\w+\}) +")


def disassemble(objdump, path):
    """Instructions of all executable sections; operands in AT&T syntax."""
    output = subprocess.run([objdump, "--disassemble", "--no-show-raw-insn", "--wide", path],
                            check=True, capture_output=True, text=True).stdout
    function = None
    for line in output.splitlines():
        head = FUNCTION.match(line)
        if head:
            function = head.group(1)
            continue
        match = LINE.match(line)
        if not match:
            continue
        text = match.group(2).strip()
        while PREFIX.match(text):
            text = PREFIX.sub("", text)
        mnemonic, _, operands = text.partition(" ")
        yield Instruction(int(match.group(1), 16), function, mnemonic, operands.strip())
