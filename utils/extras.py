"""What only lessons 15 and 16 need, in two parts: their cells install them, or: python -m utils.extras.

The course's extras (pyproject.toml) say what that is; in a copy of the course a lock for each, such as
requirements-tuners.txt, says which versions. Whatever is installed already stays as it is, in Colab too, so
that nothing moves that other lessons use.
"""

import importlib
import importlib.metadata
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from utils import cluster

COURSE = "llm-parameters"
ROOT = Path(__file__).resolve().parent.parent
DOWNLOADS = 0.6
"""What is needed while packages are being unpacked, as a part of their size."""
CPU_BUILD = ["--torch-backend", "cpu"]
"""For uv: PyTorch's build without CUDA, which PyTorch's own index has and, for Linux, no other."""


@dataclass(frozen=True)
class Extra:
    """size: GB on the disk, measured. with_cuda: the same with PyTorch's CUDA build, 0 without PyTorch."""

    size: float
    with_cuda: float = 0.0


EXTRAS = {"tuners": Extra(0.5), "trainer": Extra(0.9, with_cuda=4.9)}


class CannotInstall(Exception):
    """Something is missing and could not be installed; the message says why."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook: the sentence, without a traceback."""
        return [str(self)]


@contextmanager
def tuners() -> Iterator[None]:
    """Stands around the imports of Optuna and Ray: installs first what is missing, and keeps imports quiet.

    Raises CannotInstall.
    """
    install("tuners")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # It would advise Colab's learners to upgrade ipywidgets, which the course does not need.
    logging.getLogger("ray.widgets").setLevel(logging.WARNING)
    with cluster.around_imports(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def trainer() -> Iterator[None]:
    """The same around the imports of PyTorch and transformers. Raises CannotInstall."""
    install("trainer")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # PyTorch's threads wait for each other awake: on a busy machine that took three times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Triton, which PyTorch's build for graphics cards brings, crashes a process that has TensorFlow in it
    # already. It compiles for graphics cards only: without it, PyTorch computes the same here.
    sys.modules.setdefault("triton", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def missing(extra: str) -> list[str]:
    """What an extra asks for and is not installed, or is too old: ["optuna>=5", ...]."""
    asked = map(Requirement, importlib.metadata.requires(COURSE) or ())
    wanted = [one for one in asked if one.marker and one.marker.evaluate({"extra": extra})]
    return [_plain(one) for one in wanted if not one.marker.evaluate({"extra": ""}) and not _is_met(one)]


def install(extra: str) -> None:
    """Install what is missing; when nothing is, do nothing. Raises CannotInstall."""
    wanted = missing(extra)
    if not wanted:
        return
    lock = ROOT / f"requirements-{extra}.txt"
    asked = ["-r", str(lock)] if lock.exists() else wanted
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept.txt")
        kept.write_text("\n".join(_installed_but(wanted)), encoding="utf-8")
        names = ", ".join(Requirement(one).name for one in wanted)
        said = _try_each_way([*asked, "--constraint", str(kept)], names, EXTRAS[extra])
    importlib.invalidate_caches()
    if still := missing(extra):
        raise CannotInstall(f"This lesson needs {', '.join(still)}, which could not be installed:\n{said}")


def _try_each_way(asked: Sequence[str], names: str, extra: Extra) -> str:
    """Until one of them works: what the last of them said."""
    said = ""
    for command in _ways(asked, extra):
        # Asked for its CPU build, uv knows where it is; otherwise it depends on this machine's indexes.
        size = extra.with_cuda if extra.with_cuda and _would_bring_cuda(command) else extra.size
        _refuse_a_full_disk(size)
        code, said = _run(command, f"This lesson needs {size} GB more, once ({names})", size)
        if code == 0:
            break
    return said


def _ways(asked: Sequence[str], extra: Extra) -> list[list[str]]:
    """The commands that may do it, the best one first."""
    pip = [sys.executable, "-m", "pip", "install", *asked]
    if not importlib.util.find_spec("uv"):
        return [pip]
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, *asked]
    return [[*uv, *CPU_BUILD], uv, pip] if extra.with_cuda else [uv, pip]


def _would_bring_cuda(command: Sequence[str]) -> bool:
    """Whether a command would install the libraries for graphics cards: asked without installing anything."""
    if sys.platform != "linux" or command[-2:] == CPU_BUILD:
        return False
    dry = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, env=_environment())
    return "nvidia-" in dry.stdout + dry.stderr


def _run(command: Sequence[str], sentence: str, size: float) -> tuple[int, str]:
    """The exit code and the last lines, under a bar that shows how the disk fills with so many GB."""
    from utils.training import progress_bar  # brings Keras, which nobody waits for who has all of it

    bar, free = progress_bar(round(1000 * size), sentence), _free()
    bar.unit = " MB"
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=_environment())
        try:
            while process.poll() is None:
                time.sleep(0.5)
                filled = min(round(1000 * (free - _free())), bar.total)
                bar.update(max(0, filled - bar.n))
        finally:  # the stop button
            process.kill()
            process.wait()
            bar.close()
        output.seek(0)
        return process.returncode, "\n".join(output.read().strip().splitlines()[-6:])


def _environment() -> dict[str, str]:
    """In a copy of the course, the set-up knows how to tell uv what pip has been told about indexes."""
    script = ROOT / "tools" / "set_up.py"
    if not script.exists():
        return dict(os.environ)
    spec = importlib.util.spec_from_file_location("_set_up", script)
    set_up = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(set_up)
    return set_up.uv_environment([sys.executable, "-m", "pip"])


def _refuse_a_full_disk(size: float) -> None:
    needed = size * (1 + DOWNLOADS)
    if _free() < needed:
        raise CannotInstall(
            f"The disk is too full: this lesson's packages take {size} GB, {needed:.1f} GB while they "
            f"are being installed, and {_free():.1f} GB are free."
        )


def _free() -> float:
    """GB."""
    return shutil.disk_usage(sys.prefix).free / 1e9


def _installed_but(wanted: Sequence[str]) -> list[str]:
    """Every other package here with its version, so that none of them moves."""
    free = {COURSE, *(Requirement(one).name for one in wanted)}
    found = {one.metadata["Name"]: one.version for one in importlib.metadata.distributions()}
    return [f"{name}=={version}" for name, version in found.items() if name and name not in free]


def _is_met(wanted: Requirement) -> bool:
    """Whether a package is there, new enough, with the packages that its own extras ask for."""
    try:
        there = importlib.metadata.distribution(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if not wanted.specifier.contains(there.version, prereleases=True):
        return False
    needs = [Requirement(line) for line in there.requires or ()]
    of_extras = [
        one
        for one in needs
        for extra in wanted.extras
        if one.marker and one.marker.evaluate({"extra": extra}) and not one.marker.evaluate({"extra": ""})
    ]
    return all(map(_is_met, of_extras))


def _plain(wanted: Requirement) -> str:
    """As it is written, without its marker."""
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return f"{wanted.name}{extras}{wanted.specifier}"


if __name__ == "__main__":
    try:
        for extra in EXTRAS:
            install(extra)
    except CannotInstall as reason:
        sys.exit(str(reason))
