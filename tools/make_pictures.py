"""Makes two pictures of the README, from the stored notebooks: `make pictures`. Needs Chromium.

exercise.png: an exercise of lesson 01, answered as many people answer it, with what check() says to that.
way.png: the parameters that the lessons count, from 10 to those of a real language model.
"""

import re
import sys
from itertools import accumulate, count
from pathlib import Path

import nbformat
from chromium import CHROMIUM, QUIET
from make_notebooks import ROOT, execute
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from PIL import Image
from playwright.sync_api import sync_playwright

from utils import plots

PICTURES = ROOT / "pictures"
EXERCISE = "dense_parameters"
ANSWER = '''def dense_parameters(inputs, units, use_bias):
    """The number of parameters of a dense layer."""
    return inputs * units


check(dense_parameters)'''
BEFORE = 2
"""Cells of the lesson that are shown above the exercise."""
COUNTED = [
    # An answer that was predicted and confirmed, and the table of a Keras model's arrays.
    re.compile(r"predicted ([\d,]+), (?:Keras|NumPy) says \1(?!,?\d)"),
    re.compile(r"^parameters of +shape +count\n(?:.+\n)*all together +([\d,]+)$", re.MULTILINE),
]


def lessons() -> dict[int, NotebookNode]:
    """The stored notebooks by the number of their lesson."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return {int(path.stem[:2]): nbformat.read(path, as_version=4) for path in paths}


def answered(lesson: NotebookNode) -> NotebookNode:
    """A part of a lesson with an exercise that somebody has just answered, wrongly."""
    cells = lesson.cells
    place = next(n for n, cell in enumerate(cells) if cell.metadata.get("exercise") == EXERCISE)
    imports = next(cell for cell in cells if cell.source.startswith("from utils"))
    cells[place].source = ANSWER
    shown = cells[place - 1 - BEFORE : place + 1]
    part = NotebookNode(cells=[imports, *shown], metadata=lesson.metadata, nbformat=4, nbformat_minor=5)
    execute(part, ROOT / "notebooks")
    for number, cell in zip(count(1), (cell for cell in shown if cell.cell_type == "code")):
        cell.execution_count = number
    return NotebookNode(part, cells=shown)


def photograph(notebook: NotebookNode, path: Path) -> None:
    """A picture of a notebook as JupyterLab shows it."""
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        tab = browser.new_page(viewport={"width": 900, "height": 400})
        tab.route(re.compile("^http"), lambda route: route.abort())  # what is in the picture is all here
        tab.set_content(page)
        tab.get_by_text("Hint 1").click()
        tab.locator("main").screenshot(path=path)
        browser.close()


def counts(lesson: NotebookNode) -> set[int]:
    """The numbers of parameters that a lesson counted, as its outputs say them."""
    outputs = [output for cell in lesson.cells for output in cell.get("outputs", [])]
    texts = [output.text for output in outputs if output.output_type == "stream"]
    found = [number for text in texts for pattern in COUNTED for number in pattern.findall(text)]
    return {int(number.replace(",", "")) for number in found}


def draw_way(counted: dict[int, set[int]], path: Path) -> None:
    """The counts of each lesson on a scale on which every step is ten times the last."""
    first, last = min(counted[1]), max(set.union(*counted.values()))
    title = f"Every count that a lesson works out and Keras confirms: from {first} parameters to {last:,}"
    drawing, axes = plots.figure(title, x="lesson", y="parameters", size=(8.0, 3.8))
    largest = dict(zip(counted, accumulate(map(max, counted.values()), max), strict=True))
    axes.step(largest.keys(), largest.values(), where="post", color=plots.ORANGE, label="the largest so far")
    for lesson, numbers in counted.items():
        axes.scatter([lesson] * len(numbers), sorted(numbers), s=34, color=plots.BLUE, zorder=3)
        if max(numbers) == largest[lesson]:
            place = {"textcoords": "offset points", "ha": "right"}
            axes.annotate(f"{max(numbers):,}", (lesson, max(numbers)), (2, 7), **place)
    axes.set(yscale="log", ylim=(first / 3, last * 8), xlim=(0, max(counted) + 1))
    axes.set_xticks(range(1, max(counted) + 1), [f"{lesson:02}" for lesson in range(1, max(counted) + 1)])
    axes.legend(loc="lower right")
    drawing.savefig(path, dpi=130)


def shrink(path: Path) -> None:
    """A palette of 256 colours makes a picture half as large, and no difference to the eye."""
    Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def main() -> int:
    """Make both pictures. The exit code: 0, or 1 with the reason printed."""
    if CHROMIUM is None:
        print("The pictures are taken in Chromium, and there is none on this machine.")
        return 1
    there = lessons()
    way, exercise = PICTURES / "way.png", PICTURES / "exercise.png"
    draw_way({lesson: found for lesson, notebook in there.items() if (found := counts(notebook))}, way)
    photograph(answered(there[1]), exercise)
    shrink(way)
    shrink(exercise)
    return 0


if __name__ == "__main__":
    sys.exit(main())
