"""Runs a stored lesson again under other conditions, and says which of its outputs changed."""

import difflib
import os
import tempfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode
from nbval.plugin import coalesce_streams


def run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook, run to its end in `folder` as by a learner who has solved nothing.

    Cells that fail keep their error as output, and the rest is run.
    """
    notebook = deepcopy(notebook)
    with tempfile.TemporaryDirectory() as progress:
        client = NotebookClient(
            notebook,
            timeout=1800,
            allow_errors=True,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute(env={**os.environ, "COURSE_PROGRESS": progress})
    return notebook


def text_of(cell: NotebookNode) -> str:
    """What a cell printed and showed, figures by their text alternative."""
    parts = []
    for output in coalesce_streams(deepcopy(cell.get("outputs", []))):
        if output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}")
        elif output.get("name") == "stdout":
            parts.append(output.text)
        elif "text/plain" in output.get("data", {}):
            parts.append(output.data["text/plain"])
    return "\n".join(part.rstrip("\n") for part in parts)


def changes(
    stored: NotebookNode, again: NotebookNode, passed_over: tuple[str, ...], as_read: Callable[[str], str]
) -> list[tuple[str, list[str]]]:
    """For each code cell whose output differs, its first line, and the lines that went (-) and came (+).

    passed_over: tags of cells that may differ. as_read: what of a line counts; the rest may differ.
    """
    found = []
    for before, after in zip(stored.cells, again.cells, strict=True):
        if before.cell_type != "code" or set(passed_over) & set(before.metadata.get("tags", [])):
            continue
        old, new = text_of(before).splitlines(), text_of(after).splitlines()
        if lines := _difference(old, new, as_read):
            found.append((first_line(before), lines))
    return found


def first_line(cell: NotebookNode) -> str:
    """What a cell is named by."""
    return cell.source.split("\n")[0]


def _difference(old: list[str], new: list[str], as_read: Callable[[str], str]) -> list[str]:
    steps = difflib.SequenceMatcher(a=[*map(as_read, old)], b=[*map(as_read, new)], autojunk=False)
    lines = []
    for kind, a, b, c, d in steps.get_opcodes():
        if kind != "equal":
            lines += [f"- {line}" for line in old[a:b]] + [f"+ {line}" for line in new[c:d]]
    return lines
