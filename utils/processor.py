"""What the processor is, as far as it decides how to compute. Asked before TensorFlow is there."""

from pathlib import Path


def vector_width(cpuinfo: str) -> int:
    """With how many bits at a time XLA computes fastest here: 512 or 256.

    cpuinfo: the text of Linux's /proc/cpuinfo, empty where there is none.

    Measured on the model of lesson 12 as it writes: Intel with AVX-512 was 15 per cent faster with 512, AMD
    with AVX-512 slower than with 256, which is XLA's own choice and so ours for all others.
    """
    facts = {}
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    intel = facts.get("vendor_id") == "GenuineIntel"
    return 512 if intel and "avx512f" in facts.get("flags", "").split() else 256


def read_cpuinfo() -> str:
    """The text of /proc/cpuinfo, or an empty one on a system without: macOS, Windows."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
