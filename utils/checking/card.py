"""Shows a verdict as a small card: HTML where a front end shows it, plain text beneath it elsewhere."""

import inspect
import os
import textwrap
from html import escape

from IPython.display import display

from utils.checking.judge import Verdict
from utils.exercises.declare import Exercise

_MARKS = {"passed": ("✓", "#007a5e"), "failed": ("✗", "#b34700"), "blank": ("○", "#767676")}

Progress = tuple[tuple[str, int, int], ...]
"""What the bars show: (label, solved, all)."""


def show(name: str, verdict: Verdict, exercise: Exercise | None, progress: Progress = ()) -> None:
    """Display the card of one verdict. Hints and solution are folded beneath a failed one."""
    data = {
        "text/html": _html(name, verdict, exercise, progress),
        "text/plain": _text(name, verdict, progress),
    }
    # Half a character, such as "\\ud800", cannot be sent to a front end.
    sendable = {kind: text.encode("utf-8", "replace").decode("utf-8") for kind, text in data.items()}
    display(sendable, raw=True)


def _text(name: str, verdict: Verdict, progress: Progress) -> str:
    mark, _ = _MARKS[verdict.status]
    lines = [f"{mark} {name}: {verdict.sentence}"]
    lines += [f"  {label}: {value}" for label, value in _comparison(verdict)]
    lines += [f"  {label}: {done} of {total} solved" for label, done, total in progress]
    return "\n".join(lines)


def _html(name: str, verdict: Verdict, exercise: Exercise | None, progress: Progress) -> str:
    mark, colour = _MARKS[verdict.status]
    parts = [
        f"<div><b style='color:{colour}'>{mark} {escape(name)}</b> &nbsp;{escape(verdict.sentence)}</div>"
    ]
    if rows := _comparison(verdict):
        parts.append(_table(rows))
    if verdict.status == "failed" and exercise:
        parts += [_folded(f"Hint {number}", escape(hint)) for number, hint in enumerate(exercise.hints, 1)]
    if verdict.status != "blank" and exercise and os.environ.get("COURSE_SOLUTIONS") != "hidden":
        title = "One way to write it" if verdict.status == "passed" else "Solution"
        parts.append(_folded(title, f"<pre style='margin:0'>{escape(_source(exercise))}</pre>"))
    parts += [_bar(*bar) for bar in progress]
    style = f"border-left:4px solid {colour};padding:.4em .9em;margin:.3em 0;max-width:46em"
    return f"<div style='{style}'>{''.join(parts)}</div>"


def _comparison(verdict: Verdict) -> list[tuple[str, str]]:
    rows = []
    if verdict.case:
        rows.append(("for", ", ".join(f"{name}={value}" for name, value in verdict.case.items())))
    if verdict.answer:
        rows.append(("your answer", verdict.answer))
    if verdict.expected:
        rows.append(("right answer", verdict.expected))
    return rows


def _table(rows: list[tuple[str, str]]) -> str:
    cell = "padding:.1em .8em .1em 0;text-align:left;vertical-align:top"
    lines = "".join(
        f"<tr><th scope='row' style='{cell};font-weight:normal'>{label}</th>"
        f"<td style='{cell}'><code style='white-space:pre-wrap'>{escape(value)}</code></td></tr>"
        for label, value in rows
    )
    return f"<table style='margin:.4em 0'>{lines}</table>"


def _folded(title: str, body: str) -> str:
    return f"<details style='margin:.2em 0'><summary style='cursor:pointer'>{title}</summary>{body}</details>"


def _source(exercise: Exercise) -> str:
    return textwrap.dedent(inspect.getsource(exercise.solution))


def _bar(label: str, done: int, total: int) -> str:
    filled = f"width:{100 * done / total:.0f}%;height:4px;background:#007a5e;border-radius:2px"
    return (
        "<div style='display:flex;align-items:center;gap:.7em;font-size:85%;margin-top:.3em'>"
        f"<span style='min-width:13em'>{label}: {done} of {total} solved</span>"
        "<div style='flex:1;max-width:14em;height:4px;background:rgba(128,128,128,.3);border-radius:2px'>"
        f"<div style='{filled}'></div></div></div>"
    )
