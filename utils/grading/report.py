"""What a run shows: a table, two CSV files, a page for each student, and a page and a picture for the
class.
"""

import csv
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jinja2

from utils import plots
from utils.exercises.declare import Exercise
from utils.grading.intake import Submission

_SIGNS = {"passed": "✓", "partly": "◐", "blank": "○", "by hand": "?"}
PAGES = jinja2.Environment(
    loader=jinja2.PackageLoader("utils.grading", "pages"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)

Exercises = Callable[[str], dict[str, Exercise]]
ByHand = dict[tuple[str, str, str], tuple[float, str]]


def number(marks: float) -> str:
    """A mark as one writes it: 2, 1.5."""
    return f"{marks:.2f}".rstrip("0").rstrip(".")


PAGES.filters["marks"] = number


def settled(results: Iterable[dict[str, Any]], exercises: Exercises, given: ByHand) -> list[dict[str, Any]]:
    """The results with what was marked by hand in them, and with what pages show of them."""
    found = []
    for result in results:
        declared = exercises(result["lesson"])
        marks = []
        for mark in result["marks"]:
            if mark["exercise"] not in declared:
                continue
            shown = {**mark, "title": declared[mark["exercise"]].title, "by_hand": False, "comment": ""}
            shown["sign"] = _SIGNS.get(mark["status"], "✗")
            hand = given.get((result["assignment"], result["student"], mark["exercise"]))
            if hand:
                shown.update(marks=hand[0], comment=hand[1], by_hand=True, sign="✎")
            marks.append(shown)
        total, possible = sum(m["marks"] for m in marks), sum(m["points"] for m in marks)
        title = f"{result['lesson']} · {result['assignment'][3:].replace('_', ' ').capitalize()}"
        found.append({**result, "marks": marks, "total": total, "possible": possible, "title": title})
    return sorted(found, key=lambda one: (one["lesson"], one["student"]))


def table(results: list[dict[str, Any]], most: int = 60) -> str:
    """The marks as text, lesson by lesson; a large class in a few numbers."""
    lines = []
    for title, rows in _by_lesson(results).items():
        names = [mark["exercise"] for mark in rows[0]["marks"]]
        lines += ["", title]
        if len(rows) > most:
            totals = sorted(row["total"] for row in rows)
            middle = totals[len(totals) // 2]
            lines.append(
                f"  {len(rows)} students, from {number(totals[0])} to {number(totals[-1])} of "
                f"{number(rows[0]['possible'])} points, {number(middle)} in the middle"
            )
            continue
        width = max(len(row["student"]) for row in rows)
        for place, name in enumerate(names, 1):
            lines.append(f"  {place} = {name}")
        heads = "".join(f"{place:>7}" for place in range(1, len(names) + 1))
        lines.append(f"  {'':{width}}{heads}   total")
        for row in rows:
            cells = "".join(f"{mark['sign'] + ' ' + number(mark['marks']):>7}" for mark in row["marks"])
            note = f"   {_note(row)}" if _note(row) else ""
            lines.append(f"  {row['student']:{width}}{cells}{number(row['total']):>8}{note}")
    return "\n".join(lines)


def _note(row: dict[str, Any]) -> str:
    notes = ["late"] if row["late"] else []
    if any(mark["status"] == "by hand" and not mark["by_hand"] for mark in row["marks"]):
        notes.append("needs a look")
    if any(mark["status"] == "unreadable" for mark in row["marks"]):
        notes.append(row["marks"][0]["sentence"])
    return ", ".join(notes)


def write_csv(folder: Path, results: list[dict[str, Any]]) -> None:
    """marks.csv: a line for each student, a column for each lesson. exercises.csv: a line for each answer."""
    lessons = list(dict.fromkeys(row["assignment"] for row in results))
    totals: dict[str, dict[str, float]] = {}
    for row in results:
        totals.setdefault(row["student"], {})[row["assignment"]] = row["total"]
    with (folder / "marks.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *lessons])
        for student in sorted(totals):
            writer.writerow([_cell(student), *(_points(totals[student].get(lesson)) for lesson in lessons)])
    with (folder / "exercises.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        heads = (
            "student",
            "lesson",
            "exercise",
            "points",
            "marks",
            "status",
            "by_hand",
            "late",
            "handed_in",
            "sentence",
        )
        writer.writerow(heads)
        for row in results:
            for mark in row["marks"]:
                writer.writerow(
                    [
                        _cell(row["student"]),
                        row["assignment"],
                        mark["exercise"],
                        mark["points"],
                        mark["marks"],
                        mark["status"],
                        "yes" if mark["by_hand"] else "",
                        "late" if row["late"] else "",
                        row["handed_in"],
                        _cell(mark["sentence"]),
                    ]
                )


def _points(marks: float | None) -> str:
    return "" if marks is None else number(marks)


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def write_pages(
    folder: Path, results: list[dict[str, Any]], exercises: Exercises, passed_over: list[tuple[str, str]]
) -> None:
    """class.html with its pictures, and feedback/STUDENT.html for each student."""
    (folder / "feedback").mkdir(exist_ok=True)
    students: dict[str, list[dict[str, Any]]] = {}
    for row in results:
        students.setdefault(row["student"], []).append(row)
    page = PAGES.get_template("feedback.html")
    for student, rows in students.items():
        text = page.render(student=student, lessons=rows)
        (folder / "feedback" / _page(student)).write_text(text, encoding="utf-8")
    lessons = []
    for title, rows in _by_lesson(results).items():
        lesson = rows[0]["lesson"]
        picture = f"lesson_{lesson}.png"
        alt = draw(folder / picture, rows, exercises(lesson))
        lessons.append(
            {
                "title": title,
                "possible": rows[0]["possible"],
                "exercises": list(exercises(lesson).values()),
                "rows": [{**row, "page": _page(row["student"]), "note": _note(row)} for row in rows],
                "picture": picture,
                "alt": alt,
            }
        )
    text = PAGES.get_template("class.html").render(
        students=len(students), lessons=lessons, passed_over=passed_over
    )
    (folder / "class.html").write_text(text, encoding="utf-8")


def _page(student: str) -> str:
    return f"{Submission(student, '', Path()).key}.html"


def _by_lesson(results: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in results:
        found.setdefault(row["title"], []).append(row)
    return found


def stumbles(rows: list[dict[str, Any]], exercises: dict[str, Exercise]) -> dict[str, list[tuple[str, int]]]:
    """For each exercise what came of it, [(what, how many)]: right, each usual mistake, other mistakes,
    nothing.
    """
    found = {}
    for name in exercises:
        marks = [mark for row in rows for mark in row["marks"] if mark["exercise"] == name]
        status = Counter(mark["status"] for mark in marks)
        wrong = [mark for mark in marks if mark["status"] in ("failed", "partly")]
        mistakes = Counter(mark["mistake"] or "another mistake" for mark in wrong)
        other = mistakes.pop("another mistake", 0)
        left = status["blank"] + status["missing"] + status["unreadable"]
        rest = [("another mistake", other), ("not attempted", left), ("needs a look", status["by hand"])]
        found[name] = [("right", status["passed"]), *mistakes.most_common(), *(one for one in rest if one[1])]
    return found


def draw(path: Path, rows: list[dict[str, Any]], exercises: dict[str, Exercise], most: int = 5) -> str:
    """Save the picture of where the class stumbled; the text that stands for it."""
    colours = {
        "right": plots.GREEN,
        "another mistake": plots.YELLOW,
        "not attempted": plots.GREY,
        "needs a look": plots.SKY,
    }
    lines: list[tuple[str, int, str, bool]] = []
    for name, outcomes in stumbles(rows, exercises).items():
        usual = [one for one in outcomes if one[0] not in colours]
        hidden = sum(count for _, count in usual[most:])
        shown = [one for one in outcomes if one[0] in colours or one in usual[:most]]
        lines.append((name, -1, "", True))
        for what, count in shown:
            text = textwrap.shorten(what, 92, placeholder=" …")
            lines.append(
                (text, count + hidden * (what == "another mistake"), colours.get(what, plots.ORANGE), False)
            )
        if hidden and not any(what == "another mistake" for what, _ in shown):
            lines.append(("another mistake", hidden, plots.YELLOW, False))
    drawing, axes = plots.figure(
        f"Where {len(rows)} students stumbled", "students", "", size=(11.0, 0.7 + 0.25 * len(lines))
    )
    places = range(len(lines), 0, -1)
    for place, (text, count, colour, heading) in zip(places, lines, strict=True):
        if heading:
            axes.text(0, place - 0.1, text, fontweight="bold", va="center")
        else:
            axes.barh(place, count, color=colour, height=0.75)
            axes.text(count + 0.01 * len(rows), place, f"{count}  {text}", va="center", fontsize=9)
    axes.set_yticks([])
    axes.set_xlim(0, len(rows) * 2.2)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= len(rows) and tick == int(tick)])
    axes.xaxis.set_label_coords(0.25, -0.6 / len(lines))
    axes.set_ylim(0.3, len(lines) + 0.7)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    drawing.savefig(path, dpi=110)
    parts = (
        f"{name}: " + ", ".join(f"{count} {what}" for what, count in outcomes if count)
        for name, outcomes in stumbles(rows, exercises).items()
    )
    return f"Where {len(rows)} students stumbled. " + "; ".join(parts)
