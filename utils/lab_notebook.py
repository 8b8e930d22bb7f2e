"""A laboratory notebook: predictions from before the run, and what came out, in a file that only grows.

The file lies next to the lesson, is plain Markdown, and can be read and written in by hand as well.
"""

import datetime
import re
from pathlib import Path

from utils.text import aligned

_LINE = re.compile(r"- (?P<when>\S+) (?P<kind>predicted|measured) (?P<number>\S+) \| (?P<question>.+)")


class LabNotebook:
    """Predictions and results by question. path: the file; it is made when the first line is written."""

    def __init__(self, path: str | Path = "lab_notebook.md") -> None:
        self.path = Path(path)
        self._asked: set[str] = set()

    def predict(self, question: str, number: float) -> None:
        """Write down what you expect, before you run anything."""
        self._write("predicted", question, number)
        self._asked.add(" ".join(question.split()))

    def measured(self, question: str, number: float) -> None:
        """Write down what came out.

        Raises ValueError when nothing was predicted for this question: afterwards everybody knew it.
        """
        if not any(kind == "predicted" and asked == question for kind, asked, _ in self._lines()):
            raise ValueError(f"question {question!r} has no prediction yet: write one first, with predict()")
        self._write("measured", question, number)

    def table(self, digits: int = 2) -> str:
        """Each question once: the last prediction, the result that came after it, and how far off it was.

        Of the questions that have been predicted since this notebook was opened; all others stay in the file.
        """
        last: dict[str, dict[str, float]] = {}
        for kind, question, number in self._lines():
            if question not in self._asked:
                continue
            if kind == "predicted":
                last[question] = {}  # a new prediction waits for a result of its own
            last.setdefault(question, {})[kind] = number
        rows = [("question", "predicted", "measured", "off by")]
        for question, known in last.items():
            predicted, measured = known.get("predicted"), known.get("measured")
            if predicted is None:
                continue
            off = "" if measured is None else f"≈ {abs(measured - predicted):.{digits}f}"
            shown = "" if measured is None else f"≈ {measured:z.{digits}f}"
            rows.append((question, f"{predicted:.{digits}f}", shown, off))
        return aligned(rows)

    def _lines(self) -> list[tuple[str, str, float]]:
        """(kind, question, number) of each line of ours; what else stands there is passed over."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        found = []
        for match in map(_LINE.fullmatch, text.splitlines()):
            if match:
                try:
                    found.append((match["kind"], match["question"], float(match["number"])))
                except ValueError:
                    continue  # somebody has written a word where a number was
        return found

    def _write(self, kind: str, question: str, number: float) -> None:
        question = " ".join(question.split())
        if not question:
            raise ValueError("question must say what is asked, not be empty")
        number = float(number)
        when = datetime.datetime.now().isoformat(timespec="seconds")
        # At the end of what is there, always: nothing that was written is ever changed.
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"- {when} {kind} {number:g} | {question}\n")
