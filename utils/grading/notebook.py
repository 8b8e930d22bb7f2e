"""Reads notebooks for grading: what a student handed in, and the teacher's own copy of the lesson."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LARGEST = 20 << 20
"""Bytes that a notebook may have. One of the course has less than a megabyte, outputs included."""
_LARGEST_CODE = 2 << 20


class Unreadable(Exception):
    """The file is no notebook that can be graded; the message says why, to student and teacher."""


@dataclass(frozen=True)
class Answers:
    """A student's code cells, and those of the lesson as the teacher has it, as they are sent to the cage."""

    cells: list[dict[str, str]]
    lesson: list[dict[str, str]] = field(repr=False)


def code_cells(path: Path) -> list[dict[str, str]]:
    """The source of each code cell, and the exercise that its metadata names. Raises Unreadable."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Unreadable(f"The file has {size / 1e6:.0f} MB; more than {LARGEST / 1e6:.0f} are not read.")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError):
        raise Unreadable("The file is no notebook: it is not JSON. Was it saved completely?") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("The file is no notebook: it has no cells.")
    read = [_code_cell(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if sum(len(cell["source"]) for cell in read) > _LARGEST_CODE:
        raise Unreadable("The notebook has more than two megabytes of code.")
    return read


def _code_cell(cell: dict[str, Any]) -> dict[str, str]:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    exercise = metadata.get("exercise", "")
    return {"source": str(source), "exercise": exercise if isinstance(exercise, str) else ""}


def lesson_of(name: str) -> str | None:
    """The lesson's number in a file's or a folder's name: "01" in ann_01_ten_parameters.ipynb."""
    found = re.search(r"(?:^|[^0-9])(\d\d)_[a-z]", name)
    return found[1] if found else None
