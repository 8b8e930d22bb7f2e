"""What lesson 15 needs and no other lesson. Installed by its first cell, or by: python -m utils.extras.

The extra `tuners` of the course (pyproject.toml) says what that is; in a copy of the course the second lock,
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
from pathlib import Path

from packaging.requirements import Requirement

from utils import cluster

COURSE, EXTRA = "llm-parameters", "tuners"
ROOT = Path(__file__).resolve().parent.parent
SIZE = 0.5
"""GB on the disk, measured."""
DOWNLOADS = 0.6
"""What is needed while it is being unpacked, as a part of that."""


class CannotInstall(Exception):
    """Something is missing and could not be installed; the message says why."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook: the sentence, without a traceback."""
        return [str(self)]


@contextmanager
def tuners() -> Iterator[None]:
    """Stands around the imports of them: installs first what is missing, and keeps the imports quiet.

    Raises CannotInstall.
    """
    install()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # It would advise Colab's learners to upgrade ipywidgets, which the course does not need.
    logging.getLogger("ray.widgets").setLevel(logging.WARNING)
    with cluster.around_imports(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def missing() -> list[str]:
    """What the extra asks for and is not installed, or is too old: ["optuna>=5", ...]."""
    asked = map(Requirement, importlib.metadata.requires(COURSE) or ())
    wanted = [one for one in asked if one.marker and one.marker.evaluate({"extra": EXTRA})]
    return [_plain(one) for one in wanted if not one.marker.evaluate({"extra": ""}) and not _is_met(one)]


def install() -> None:
    """Install what is missing; when nothing is, do nothing. Raises CannotInstall."""
    wanted = missing()
    if not wanted:
        return
    lock = ROOT / f"requirements-{EXTRA}.txt"
    asked = ["-r", str(lock)] if lock.exists() else wanted
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept.txt")
        kept.write_text("\n".join(_installed_but(wanted)), encoding="utf-8")
        said = _try_each_way(
            [*asked, "--constraint", str(kept)], ", ".join(Requirement(one).name for one in wanted)
        )
    importlib.invalidate_caches()
    if missing():
        raise CannotInstall(f"Lesson 15 needs {', '.join(missing())}, which could not be installed:\n{said}")


def _try_each_way(asked: Sequence[str], names: str) -> str:
    """Until one of them works: what the last of them said."""
    _refuse_a_full_disk()
    said = ""
    pip = [sys.executable, "-m", "pip", "install", *asked]
    uv = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, *asked]
    for command in [uv, pip] if importlib.util.find_spec("uv") else [pip]:
        code, said = _run(command, f"Lesson 15 needs {SIZE} GB more, once ({names})")
        if code == 0:
            break
    return said


def _run(command: Sequence[str], sentence: str) -> tuple[int, str]:
    """The exit code and the last lines, under a bar that shows how the disk fills."""
    from utils.training import progress_bar  # brings Keras, which nobody waits for who has all of it

    bar, free = progress_bar(round(1000 * SIZE), sentence), _free()
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


def _refuse_a_full_disk() -> None:
    needed = SIZE * (1 + DOWNLOADS)
    if _free() < needed:
        raise CannotInstall(
            f"The disk is too full: lesson 15's packages take {SIZE} GB, {needed:.1f} GB while they "
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
        install()
    except CannotInstall as reason:
        sys.exit(str(reason))
