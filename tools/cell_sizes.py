"""How light a lesson's code is: `python tools/cell_sizes.py`, or with numbers of lessons behind it.

Counts the lines that a reader meets in cells that are open and no exercise, without blank ones.
"""

import sys
from statistics import median, quantiles

import jupytext
from make_notebooks import FOLDED, Course

WIDEST = 88
"""Columns; a longer line runs out of the page."""


def open_cells(source: str) -> list[list[str]]:
    """The lines of each code cell of a lesson's source that stands open and is no exercise."""
    cells = jupytext.reads(source, fmt="py:percent").cells
    return [
        [line for line in cell.source.splitlines() if line.strip()]
        for cell in cells
        if cell.cell_type == "code"
        and "exercise" not in cell.metadata
        and FOLDED not in cell.metadata.get("tags", [])
    ]


def sizes(source: str) -> tuple[float, float]:
    """The median of the cells' lines, and the number that nine in ten cells stay below."""
    lengths = [len(lines) for lines in open_cells(source)]
    return median(lengths), quantiles(lengths, n=10, method="inclusive")[-1]


def wide_lines(source: str) -> list[str]:
    """The lines of code that are wider than the page."""
    cells = jupytext.reads(source, fmt="py:percent").cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    return [line for lines in code for line in lines.splitlines() if len(line) > WIDEST]


def main(numbers: list[str]) -> None:
    """Print the sizes of the named lessons, or of all."""
    for path in Course().sources():
        if numbers and path.stem[:2] not in numbers:
            continue
        source = path.read_text(encoding="utf-8")
        middle, tenth = sizes(source)
        print(
            f"{path.stem}: {len(open_cells(source))} open cells, median {middle:g}, nine in ten {tenth:.0f}"
        )
        for line in wide_lines(source):
            print(f"  {len(line)} columns: {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
