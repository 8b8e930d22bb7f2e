"""Runs the lessons with the newest release of every package, and lists what changes: `make newest`.

In an environment of its own (.venv-newest, Python 3.13): that of the course stays as the lock says. Outputs
are compared as in the tests, numbers behind a ≈ loosely. What cannot hold on both stands in
tests/newest.toml with its reason; anything else that changes is reported, and the exit code is 1.

    python tools/newest.py          all lessons
    python tools/newest.py 01 02    these
"""

import os
import subprocess
import sys
import tomllib
from itertools import chain

import nbformat
import set_up
from loosely import taken_over
from make_notebooks import ROOT, Course
from other_python import find_python, make_kernel
from rerun import first_line, run, text_of
from tqdm import tqdm

from utils.extras import CPU_BUILD

NEWEST = ROOT / ".venv-newest"
PYTHON = NEWEST / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# TensorFlow's newest release no longer brings tensorboard, which KerasTuner imports.
BESIDES = ["tensorboard", "ipykernel"]
SHOWN = ["tensorflow", "keras", "keras-tuner", "numpy", "scikit-learn", "matplotlib", "tokenizers", "torch"]


def make_environment() -> None:
    """Install the newest release of all that the course asks for. Raises CalledProcessError."""
    base = find_python() or sys.exit("There is no Python 3.13 on this machine.")
    uv = [sys.executable, "-m", "uv"]
    environment = set_up.uv_environment([sys.executable, "-m", "pip"])
    settings = {"check": True, "env": environment, "cwd": ROOT}
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--seed", "--python", base, str(NEWEST)], **settings)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Named one by one, since uv would apply pyproject's constraints to the course itself.
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values()), *BESIDES]
    pip = [*uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--no-config", "--upgrade"]
    if subprocess.run([*pip, *wanted, *CPU_BUILD], **{**settings, "check": False}).returncode:
        subprocess.run([*pip, *wanted], **settings)  # PyTorch's own index is out of reach
    subprocess.run([*pip, "--no-deps", "-e", str(ROOT)], **settings)
    subprocess.run([str(PYTHON), "-m", "utils.llm.fetch"], check=True, cwd=ROOT)


def versions() -> str:
    """The versions that decide the numbers, in a line."""
    code = f"import importlib.metadata as m; print(*(n + ' ' + m.version(n) for n in {SHOWN}), sep=', ')"
    return subprocess.run(
        [str(PYTHON), "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def changed_cells(stored: nbformat.NotebookNode, again: nbformat.NotebookNode) -> list[tuple[str, str, str]]:
    """(first line, stored output, new output) of each compared code cell that came out otherwise."""
    found = []
    for before, after in zip(stored.cells, again.cells, strict=True):
        ignored = "nbval-ignore-output" in before.metadata.get("tags", [])
        if before.cell_type == "code" and not ignored:
            old, new = text_of(before), text_of(after)
            if taken_over(new, old) != old:
                found.append((first_line(before), old, new))
    return found


def main(numbers: list[str]) -> int:
    """The exit code: 0 when nothing changed but what is listed."""
    make_environment()
    print(versions())
    course = Course()
    listed = tomllib.loads((ROOT / "tests/newest.toml").read_text(encoding="utf-8"))
    sources = [source for source in course.sources() if not numbers or source.stem[:2] in numbers]
    unlisted = 0
    # A kernel of the notebooks' own name, found first, runs with the newest packages.
    make_kernel(NEWEST / "jupyter/kernels/python3", PYTHON, {})
    os.environ["JUPYTER_PATH"] = str(NEWEST / "jupyter")
    for source in tqdm(sources, desc="lessons"):
        stored = nbformat.read(course.notebook(source), as_version=4)
        again = run(stored, course.notebooks)
        for cell, old, new in changed_cells(stored, again):
            reason = listed.get(source.stem, {}).get(cell)
            unlisted += reason is None
            tqdm.write(f"{source.stem}: {cell}\n  {reason or 'not listed'}\n- {old}\n+ {new}")
    print(f"{unlisted} cells changed that tests/newest.toml does not list")
    return int(unlisted > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
