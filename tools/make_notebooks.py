"""Makes notebooks/NN_name.ipynb from notebooks/source/NN_name.py, executed: `make notebooks`.

Without arguments, what changed is executed. A lesson named by its number ("03") is executed in any
case, as when something in utils changed. A notebook that was edited in JupyterLab is carried back to
its source first; when both were edited, nothing is written and the two files are named.
"""

import hashlib
import json
import os
import re
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import first_cell
import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbval.plugin import coalesce_streams
from tqdm import tqdm

from utils.kernel import LANGUAGE

ROOT = Path(__file__).resolve().parent.parent
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
WIDGET = "application/vnd.jupyter.widget-view+json"
PERCENT = {"extension": ".py", "format_name": "percent"}
STAMPED, FOLDED = "stamped", "hide-input"
"""Tags: of cells that are in no source, and of code that is closed until somebody opens it."""


class Conflict(Exception):
    """Source and notebook were both edited since the notebook was made."""


class Course:
    """The folders and settings of one copy of the course. root: the folder that has pyproject.toml."""

    def __init__(self, root: Path = ROOT):
        self.root = root
        self.notebooks = root / "notebooks"
        self.readme = root / "README.md"
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        self.address = settings["project"]["urls"]["Repository"].rstrip("/")
        self.package = settings["project"]["name"]
        self.solutions = settings["tool"]["course"]["solutions"]
        self.jupytext = settings["tool"]["jupytext"]

    def sources(self) -> list[Path]:
        """The lessons' sources, in order."""
        return sorted((self.notebooks / "source").glob("[0-9][0-9]_*.py"))

    def notebook(self, source: Path) -> Path:
        """Where the notebook of a source is."""
        return self.notebooks / f"{source.stem}.ipynb"

    def in_colab(self, name: str) -> str:
        """The address at which Colab opens a notebook."""
        place = self.address.removeprefix("https://github.com/")
        return f"https://colab.research.google.com/github/{place}/blob/main/notebooks/{name}.ipynb"

    def badge(self, name: str) -> str:
        """A Markdown badge that opens a notebook in Colab."""
        return f"[![Open in Colab]({BADGE})]({self.in_colab(name)})"

    def link(self, name: str) -> str:
        """The same in words, for the notebook itself: without a network a badge is a broken picture."""
        return f"[Open this lesson in Colab]({self.in_colab(name)})"

    def set_up(self, needs_llm: bool) -> str:
        """The first code cell of every notebook; some need the real language model's weights as well."""
        return first_cell.source(self.package, self.address, needs_llm, self.solutions)

    def glossary(self) -> dict[str, str]:
        """The number of the lesson in which each term is born: {"bias": "01", ...}."""
        text = (self.root / "GLOSSARY.md").read_text(encoding="utf-8")
        return dict(re.findall(r"^### (.+)\n\n\*\[Lesson (\d\d)\]", text, flags=re.MULTILINE))

    def words(self, source: Path) -> str:
        """The last cell: links to the terms that are born in a lesson, and what to click in Colab instead.

        Colab opens no link to a neighbouring file; elsewhere such links need no network.
        """
        terms = [term for term, lesson in self.glossary().items() if lesson == source.stem[:2]]
        links = [f"[{term}](../GLOSSARY.md#{term.lower().replace(' ', '-')})" for term in terms]
        following = [f"[the next lesson]({self.in_colab(s.stem)})" for s in self.sources() if s > source][:1]
        instead = [*following, f"[the glossary]({self.address}/blob/main/GLOSSARY.md)"]
        return (
            f"**Words born here**, in the glossary: {', '.join(links)}.\n"
            f"In Colab such links lead nowhere; there, take {' and '.join(instead)}."
        )

    def build(self, source: Path) -> NotebookNode:
        """The notebook of a source, not executed.

        Badge and set-up are stamped after its title, and links to the glossary at its end.
        """
        text = source.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="py:percent")
        notebook.cells[1:1] = [
            new_markdown_cell(self.link(source.stem), metadata={"tags": [STAMPED]}),
            new_code_cell(self.set_up("utils.llm" in text), metadata={"tags": [STAMPED, FOLDED]}),
        ]
        notebook.cells.append(new_markdown_cell(self.words(source), metadata={"tags": [STAMPED]}))
        for number, cell in enumerate(notebook.cells):
            if _has(cell, FOLDED):
                # Closed until clicked: the first is read by JupyterLab, the second by Colab.
                cell.metadata.update(jupyter={"source_hidden": True}, cellView="form")
            # Random ids would make every line of a diff new.
            cell.id = f"lesson-{source.stem[:2]}-{number:02d}"
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        notebook.metadata = NotebookNode(
            # As JupyterLab would write it, so that opening a lesson does not change it.
            kernelspec={"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            language_info=LANGUAGE,
            course={"source": _hash(text), "cells": _hash(_contents(notebook))},
        )
        return notebook

    def source_text(self, notebook: NotebookNode) -> str:
        """The percent source of a notebook's cells, without what build() stamped."""
        kept = [cell for cell in notebook.cells if not _has(cell, STAMPED)]
        plain = NotebookNode(cells=kept, metadata={"jupytext": self.jupytext}, nbformat=4, nbformat_minor=5)
        return jupytext.writes(plain, fmt=PERCENT)

    def carry_back(self, source: Path) -> bool:
        """Write what was edited in a notebook to its source. True when there was something to write.

        Raises Conflict, having written nothing, when the source was edited too.
        """
        path = self.notebook(source)
        if not path.exists():
            return False
        notebook = nbformat.read(path, as_version=4)
        made_from = notebook.metadata.get("course", {})
        if made_from.get("cells") == _hash(_contents(notebook)):
            return False
        text = source.read_text(encoding="utf-8")
        edited = self.source_text(notebook)
        if made_from.get("source") != _hash(text) and edited != text:
            raise Conflict(
                f"Both {path.relative_to(self.root)} and {source.relative_to(self.root)} were edited, so "
                "nothing was written. Keep one: move the notebook away, or take the source back to how "
                "it was, and run this again."
            )
        source.write_text(edited, encoding="utf-8")
        return edited != text

    def is_current(self, source: Path) -> bool:
        """Whether the notebook has the cells that its source would give it now, executed."""
        path = self.notebook(source)
        if not path.exists():
            return False
        stored = nbformat.read(path, as_version=4)
        same = _contents(stored) == _contents(self.build(source))
        return same and _executed(_code_cells(stored))

    def make(self, source: Path, execute_anyway: bool = False) -> None:
        """Build, execute and store one notebook. Where only text changed, the outputs stay as they are."""
        notebook = self.build(source)
        if execute_anyway or not self._take_outputs(notebook, source):
            execute(notebook, self.notebooks)
        nbformat.write(notebook, self.notebook(source))

    def _take_outputs(self, notebook: NotebookNode, source: Path) -> bool:
        """Copy the stored outputs into a new notebook. False when they are not those of its code."""
        path = self.notebook(source)
        if not path.exists():
            return False
        new, old = _code_cells(notebook), _code_cells(nbformat.read(path, as_version=4))
        if not _executed(old) or len(old) != len(new):
            return False
        if any(a.source != b.source and not _has(a, STAMPED) for a, b in zip(new, old, strict=True)):
            return False
        for cell, executed in zip(new, old, strict=True):
            cell.outputs, cell.execution_count = executed.outputs, executed.execution_count
        return True

    def stamped_readme(self) -> str:
        """The README with its table of lessons as they are now."""
        rows = ["| | lesson | at the end you can | |", "|---|---|---|---|"]
        rows += [self._readme_row(source) for source in self.sources()]
        table = "\n".join(["<!-- lessons -->", "", *rows, "", "<!-- /lessons -->"])
        text = self.readme.read_text(encoding="utf-8")
        return re.sub(r"<!-- lessons -->.*<!-- /lessons -->", lambda _: table, text, flags=re.DOTALL)

    def _readme_row(self, source: Path) -> str:
        opening = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent").cells[0].source
        title = re.search(r"^# \d+ · (.+)$", opening, flags=re.MULTILINE)[1]
        able = re.search(r"\*\*At the end you can\*\* (.+?)(?:\n\n|\Z)", opening, flags=re.DOTALL)[1]
        able = " ".join(able.replace("\n>", " ").split())
        link = f"[{title}](notebooks/{source.stem}.ipynb)"
        return f"| {source.stem[:2]} | {link} | {able} | {self.badge(source.stem)} |"


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run a notebook in `folder` as a learner who has solved nothing yet, and keep its outputs.

    Raises nbclient's CellExecutionError when a cell fails.
    """
    with tempfile.TemporaryDirectory() as progress:
        client = NotebookClient(
            notebook,
            timeout=600,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env={**os.environ, "COURSE_PROGRESS": progress})
    for cell in _code_cells(notebook):
        cell.outputs = [output for output in map(_without_widget, coalesce_streams(cell.outputs)) if output]
    notebook.metadata.language_info = LANGUAGE


def _without_widget(output: NotebookNode) -> NotebookNode | None:
    """A widget lives only as long as its kernel; None when the output was nothing else."""
    output.get("data", {}).pop(WIDGET, None)
    return None if output.get("data") == {} else output


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _has(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def _executed(code_cells: list[NotebookNode]) -> bool:
    return all(cell.execution_count for cell in code_cells)


def _contents(notebook: NotebookNode) -> str:
    """What an author writes in a notebook: the cells without outputs, ids and what front ends add."""
    kept = ("tags", "exercise")
    return json.dumps(
        [
            (cell.cell_type, cell.source, {key: cell.metadata[key] for key in kept if key in cell.metadata})
            for cell in notebook.cells
        ]
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main(numbers: list[str]) -> int:
    """Make the named lessons, or all that changed. The exit code: 0, or 1 with the reason printed."""
    course = Course()
    known = {source.stem[:2]: source for source in course.sources()}
    if unknown := [number for number in numbers if number not in known]:
        print(f"There is no lesson {unknown[0]!r}; there are {', '.join(known)}.")
        return 1
    try:
        for source in known.values():
            if course.carry_back(source):
                print(f"{source.name}: took over what was edited in its notebook")
    except Conflict as conflict:
        print(conflict)
        return 1
    due = [known[number] for number in numbers] or [s for s in known.values() if not course.is_current(s)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = pool.map(lambda source: course.make(source, execute_anyway=bool(numbers)), due)
        for _ in tqdm(made, total=len(due), desc="notebooks", disable=not due):
            pass
    course.readme.write_text(course.stamped_readme(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
