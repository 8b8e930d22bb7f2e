"""The energy that the processor has used, from Linux' power counter, on machines that let one read it."""

from pathlib import Path

COUNTERS = Path("/sys/class/powercap")


def joules(folder: Path = COUNTERS) -> float | None:
    """What all processor packages have counted so far, in joules; None where that cannot be read.

    Only differences mean anything, and a counter begins again at 0 after some minutes or hours of load. Each
    package is a folder intel-rapl:0, intel-rapl:1, ... (AMD's too) with a file energy_uj, in microjoules;
    folders with a second number are parts of a package. Linux shows them to the administrator alone, unless
    told otherwise, and virtual machines rarely have any.
    """
    packages = [path for path in folder.glob("intel-rapl:*") if path.name.count(":") == 1]
    try:
        counts = [int((path / "energy_uj").read_text()) for path in packages]
    except OSError:
        return None
    return sum(counts) / 1e6 if counts else None
