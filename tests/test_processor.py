"""How wide XLA's vectors are: by what the processor is, and never in the way of who sets it otherwise."""

import os
import subprocess
import sys

import pytest

from utils.processor import read_cpuinfo, vector_width

INTEL = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu sse2 avx avx2 avx512f avx512dq avx512_vnni

processor\t: 1
vendor_id\t: GenuineIntel
"""
AMD = INTEL.replace("GenuineIntel", "AuthenticAMD").replace("Intel(R) Xeon(R)", "AMD EPYC")
ARM = """processor\t: 0
BogoMIPS\t: 48.00
Features\t: fp asimd evtstrm aes
CPU implementer\t: 0x61
"""


@pytest.mark.parametrize(
    ("cpuinfo", "bits"),
    [
        (INTEL, 512),
        (INTEL.replace("avx512f", ""), 256),
        (AMD, 256),
        (ARM, 256),
        ("", 256),
        ("vendor_id\nflags", 256),
    ],
    ids=["Intel", "Intel without AVX-512", "AMD", "Apple's under Linux", "no /proc/cpuinfo", "broken"],
)
def test_the_width_is_the_processors(cpuinfo, bits):
    assert vector_width(cpuinfo) == bits


def flags_after_import(**settings):
    code = "import os, utils; print(os.environ['XLA_FLAGS'])"
    kept = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | settings, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_course_sets_it_unless_somebody_else_did():
    assert f"--xla_cpu_prefer_vector_width={vector_width(read_cpuinfo())} " in flags_after_import()
    assert flags_after_import(XLA_FLAGS="--xla_dump_to=nowhere") == "--xla_dump_to=nowhere"
