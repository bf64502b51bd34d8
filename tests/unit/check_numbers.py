#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Numbers of the processor's and the kernel's interfaces against the headers of those who own them.

usage: check_numbers.py GCC SOURCE-DIR [KERNEL-HEADERS]

GCC and no other: bit_PKU of clang 14 is wrong.

ARCH_*: the kernel's asm/prctl.h. CPUID_*: <cpuid.h> of the compiler, under its names below. MSR_* and
ENOTSUPP: asm/msr-index.h and linux/errno.h are no user-space interface; KERNEL-HEADERS is a folder
with arch/x86/include/asm and include/linux (linux-headers-*-common, a kernel's sources). Without one
these are held against what is recorded here, which was read from Linux 6.1. Numbers of ioctls are not
ours: linux/kvm.h is included.
"""
import pathlib
import re
import subprocess
import sys

ROOMS = ("bench", "guest", "host")
DEFINE = re.compile(r"^#\s*define\s+((?:ARCH_|MSR_|CPUID_)\w+|ENOTSUPP)\s+(.+?)\s*(?:/\*.*)?$", re.M)

OF_OURS = {"CPUID_ENTRIES"}  # sizes of our own

# Ours -> the compiler's, both single bits of the same leaf and register.
CPUID_BITS = {
    "CPUID_1_ECX_XSAVE": "bit_XSAVE",
    "CPUID_1_ECX_OSXSAVE": "bit_OSXSAVE", "CPUID_1_ECX_AVX": "bit_AVX",
    "CPUID_D1_EAX_XSAVEOPT": "bit_XSAVEOPT", "CPUID_D1_EAX_XSAVEC": "bit_XSAVEC",
    "CPUID_D1_EAX_XSAVES": "bit_XSAVES", "CPUID_7_ECX_PKU": "bit_PKU",
    "CPUID_7_ECX_OSPKE": "bit_OSPKE",
    "CPUID_7_EDX_AMX": ("bit_AMX_BF16", "bit_AMX_TILE", "bit_AMX_INT8"),
    "CPUID_7_1_EAX_AMX": "bit_AMX_FP16",
}
# What they do not name, or not all of them, by the SDM (vol. 2A, CPUID) and the APM (vol. 3, appendix E).
CPUID_RECORDED = {
    "CPUID_1_ECX_VMX": 1 << 5, "CPUID_7_1_EAX_AMX": 1 << 21, "CPUID_1_ECX_HYPERVISOR": 1 << 31, "CPUID_1_ECX_TSC_DEADLINE": 1 << 24,
    "CPUID_7_1_EDX_AMX": 1 << 8, "CPUID_D1_EAX_XGETBV1": 1 << 2, "CPUID_D1_EAX_XFD": 1 << 4,
    "CPUID_DI_ECX_SUPERVISOR": 1 << 0, "CPUID_DI_ECX_ALIGNED": 1 << 1, "CPUID_DI_ECX_XFD": 1 << 2,
    "CPUID_EXTENDED": 0x80000000, "CPUID_EXT_FEATURES": 0x80000001, "CPUID_SVM": 0x8000000a,
    "CPUID_SVM_EDX_NRIPS": 1 << 3, "CPUID_80000001_ECX_SVM": 1 << 2, "CPUID_EXT_ECX_SVM": 1 << 2,
    "CPUID_80000001_EDX_RDTSCP": 1 << 27, "CPUID_D": 0xd, "CPUID_TILE": 0x1d, "CPUID_TMUL": 0x1e,
}
# Ours -> the kernel's name and number. x2APIC registers are MSRs 0x800 + offset / 16.
KERNEL = {
    "MSR_IA32_APIC_BASE": ("MSR_IA32_APICBASE", 0x1b),
    "MSR_IA32_MISC_ENABLE": ("MSR_IA32_MISC_ENABLE", 0x1a0),
    "MSR_IA32_XFD": ("MSR_IA32_XFD", 0x1c4), "MSR_IA32_XFD_ERR": ("MSR_IA32_XFD_ERR", 0x1c5),
    "MSR_IA32_U_CET": ("MSR_IA32_U_CET", 0x6a0), "MSR_IA32_S_CET": ("MSR_IA32_S_CET", 0x6a2),
    "MSR_IA32_PL0_SSP": ("MSR_IA32_PL0_SSP", 0x6a4),
    "MSR_IA32_PL3_SSP": ("MSR_IA32_PL3_SSP", 0x6a7),
    "MSR_IA32_TSC_DEADLINE": ("MSR_IA32_TSC_DEADLINE", 0x6e0),
    "MSR_IA32_XSS": ("MSR_IA32_XSS", 0xda0),
    "MSR_X2APIC_EOI": ("APIC_EOI", 0x80b), "MSR_X2APIC_SPURIOUS": ("APIC_SPIV", 0x80f),
    "MSR_X2APIC_LVT_TIMER": ("APIC_LVTT", 0x832),
    "MSR_X2APIC_SELF_IPI": ("APIC_SELF_IPI", 0x83f),
    "ENOTSUPP": ("ENOTSUPP", 524),
}
KERNEL_FILES = ("arch/x86/include/asm/msr-index.h", "arch/x86/include/asm/apicdef.h",
                "include/linux/errno.h")


def number(text):
    """Of a constant expression in C without names; None of any other."""
    plain = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]*\b", r"\1", re.sub(r"/\*.*?\*/", "", text)).strip()
    if not re.fullmatch(r"[0-9a-fA-Fx\s()|<]+", plain):
        return None
    return eval(plain)  # digits and operators only


def defined(text):
    return {m[1]: number(m[2]) for m in re.finditer(r"^#\s*define\s+(\w+)\s+(.+?)\s*$", text, re.M)}


def header(cc, name):
    """The macros of a system header."""
    done = subprocess.run([cc, "-E", "-dM", "-include", name, "-x", "c", "/dev/null"], check=True,
                          capture_output=True, text=True)
    return defined(done.stdout)


def ours(source):
    """(place, name, number) of every such constant of the sources."""
    for room in ROOMS:
        for path in sorted(pathlib.Path(source, room).rglob("*.[chS]")):
            text = path.read_text(encoding="utf-8")
            for match in DEFINE.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                if match[1] not in OF_OURS:
                    yield f"{path.relative_to(source)}:{line}", match[1], number(match[2])


class Headers:
    """Who owns which number."""

    def __init__(self, cc, kernel):
        self.prctl, self.cpuid = header(cc, "asm/prctl.h"), header(cc, "cpuid.h")
        self.kernel = {}
        for path in KERNEL_FILES:
            file = pathlib.Path(kernel, path) if kernel else None
            if file and file.exists():
                self.kernel.update(defined(file.read_text(encoding="utf-8")))

    def expected(self, name):
        """(number, whose it is); (None, None) if nobody has it."""
        if name in self.prctl:
            return self.prctl[name], "asm/prctl.h"
        bits = CPUID_BITS.get(name, ())
        bits = (bits,) if isinstance(bits, str) else bits
        if bits and all(bit in self.cpuid for bit in bits):
            return sum(self.cpuid[bit] for bit in bits), "<cpuid.h>"
        if name in CPUID_RECORDED:
            return CPUID_RECORDED[name], "the record of the manuals"
        theirs, recorded = KERNEL.get(name, (None, None))
        if self.kernel.get(theirs) is not None:
            read = self.kernel[theirs]
            return (0x800 + read // 16 if name.startswith("MSR_X2APIC") else read), "the kernel"
        return recorded, "the record of Linux 6.1" if theirs else None


def main(arguments):
    cc, source, *rest = arguments
    headers, problems, origins = Headers(cc, rest[0] if rest else None), [], {}
    for place, name, value in ours(source):
        expected, origin = headers.expected(name)
        if expected is None:
            problems.append(f"{place}: {name} is in nobody's headers and not on record here: add it")
        elif value != expected:
            problems.append(f"{place}: {name} is {value if value is None else hex(value)}, "
                            f"{origin} has {expected:#x}")
        origins[origin] = origins.get(origin, 0) + 1
    print(", ".join(f"{nr} by {origin}" for origin, nr in sorted(origins.items(), key=str)))
    if not origins.get("asm/prctl.h") or not origins.get("<cpuid.h>"):
        problems.append("no constant was held against asm/prctl.h or <cpuid.h>")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
