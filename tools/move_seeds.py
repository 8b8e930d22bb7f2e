"""Runs lessons with all their seeds moved, and lists every printed statement that changes: `make seeds`.

A finding that holds for one seed only is none. Every whole number that a lesson hands to NumPy's or Keras'
generators is raised by a thousand, then by two thousand and so on. Nothing in the lesson knows of it. Of
what it prints the words count: numbers may differ, a True that becomes False may not, nor a sum that comes
out otherwise. Cells tagged `by-chance` are passed over; their prose says how often what they show holds.

    python tools/move_seeds.py                all lessons, five times
    python tools/move_seeds.py 04 --times 2   lesson 04, twice
"""

import argparse
import re
import sys

import nbformat
from make_notebooks import Course
from rerun import changes, run
from tqdm import tqdm

PASSED_OVER = ("by-chance", "nbval-ignore-output")
ANY_NUMBER = re.compile(r"≈? *[-−+]?\d[\d,.]*(?:e[-+]?\d+)?%?")

MOVE = """
import functools as _functools
import os as _os

import keras as _keras
import numpy as _np


def _moved(seed):
    if isinstance(seed, (bool, type(None))):
        return seed
    if isinstance(seed, (int, _np.integer)):
        return int(seed) + {by}
    return [*map(_moved, seed)] if isinstance(seed, (list, tuple)) else seed


def _move(owner, name):
    make = getattr(owner, name)

    @_functools.wraps(make)
    def with_other_seed(seed=None, *rest, **named):
        return make(_moved(seed), *rest, **named)

    setattr(owner, name, with_other_seed)


_move(_np.random, "default_rng")
_move(_np.random, "seed")
_move(_keras.utils, "set_random_seed")
_os.environ["COURSE_MOVE_SEEDS"] = "{by}"  # for what a lesson starts as a process of its own
"""


def words(line: str) -> str:
    """What of a printed line has to stay: all but its numbers and how they are spaced."""
    return re.sub(r"\s+", "", ANY_NUMBER.sub("#", line))


def moved(notebook: nbformat.NotebookNode, by: int) -> nbformat.NotebookNode:
    """The notebook with the seeds moved by the end of its first own code cell, which imports."""
    own = [c for c in notebook.cells if c.cell_type == "code" and "stamped" not in c.metadata.get("tags", [])]
    own[0].source += MOVE.format(by=by)
    return notebook


def main(arguments: list[str]) -> int:
    """The exit code: 0 when every statement held, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers of lessons; all when left out")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how many moves (5)")
    asked = parser.parse_args(arguments)
    course = Course()
    sources = [s for s in course.sources() if not asked.lessons or s.stem[:2] in asked.lessons]
    runs = [(source, 1000 * time) for source in sources for time in range(1, asked.times + 1)]
    changed = 0
    for source, by in tqdm(runs, desc="runs"):
        stored = nbformat.read(course.notebook(source), as_version=4)
        again = run(moved(nbformat.read(course.notebook(source), as_version=4), by), course.notebooks)
        for cell, lines in changes(stored, again, PASSED_OVER, words):
            changed += 1
            tqdm.write(f"{source.stem[:2]}, seeds + {by}, in the cell {cell}\n" + "\n".join(lines))
    print(f"{len(runs)} runs, {changed} cells whose statements changed")
    return int(changed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
