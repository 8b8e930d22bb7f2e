"""`python -m utils.grading leaderboard SUBMISSIONS`: the capstone's entries on one page.

Entries are run, rebuilt and scored in the jails that marks come from, on stories drawn from the secret of
this leaderboard. Baselines of ours stand on the page from the start (utils.capstone.baselines).
"""

import argparse
import base64
import io
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from utils.capstone import baselines
from utils.grading import intake, jail, keeper, run
from utils.grading.exam import Exam
from utils.grading.marking import Marker
from utils.grading.notebook import Answers, Unreadable, code_cells
from utils.grading.store import Store, fingerprint

LESSON = "17"


@dataclass(frozen=True)
class Board:
    """One of the three competitions on the page. name: as in lesson_17's entries, unit: what counts there,
    score: what its nats are.
    """

    name: str
    title: str
    unit: str
    score: str


BOARDS = (
    Board("stories", "The little stories", "parameters", "nats a word left to gain"),
    Board("kilobytes", "Eight kilobytes", "bytes", "nats a word left to gain"),
    Board("surnames", "Surnames, letter by letter", "parameters", "nats a letter"),
)

_HELP = """
Makes the leaderboard of lesson 17 from the notebooks that a class has sent back.

SUBMISSIONS is a folder or a zip, as for marks. Each notebook's entries (entry_5000, entry_20000 and
entry_100000; entry_8_kilobytes; entry_surnames) are run and scored in the jail, on stories that nobody has
seen and on surnames drawn for this leaderboard. It writes leaderboard.html into the folder that --out names:
one file, to be opened or published as it is. Run it again after new submissions: only what changed is scored.
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, 1 when it could not be done, 2 when the machine failed some entries."""
    wanted = _arguments().parse_args(arguments)
    try:
        return _make(wanted)
    except (jail.NoJail, run.Trouble) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is scored is kept; the same command goes on from here.", file=sys.stderr)
        return 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading leaderboard",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "submissions", type=Path, metavar="SUBMISSIONS", help="the folder or zip of notebooks"
    )
    parser.add_argument("--out", type=Path, default=Path("leaderboard"), help="where the page goes")
    parser.add_argument("--lessons", type=Path, help="your own copy of the lesson, where you have changed it")
    parser.add_argument("--memory", type=float, default=3, help="GB that one student's code may use")
    return parser


def _make(wanted: argparse.Namespace) -> int:
    from utils import exercises

    if not wanted.submissions.exists():
        raise run.Trouble(f"There is no folder and no zip {wanted.submissions}.")
    names = {number: set(exercises.names(number)) for number in exercises.lessons()}
    found = intake.take_in(wanted.submissions, wanted.out / "unpacked", names)
    submissions = [one for one in found.submissions if one.lesson == LESSON]
    store, faults = Store(wanted.out), []
    if submissions:
        jail.preflight()
        faults = _score(submissions, store, wanted)
    results = [store.result(one) for one in submissions]
    board = entries_of(result for result in results if result)
    page = wanted.out / "leaderboard.html"
    page.write_text(written([*ours(), *board]), encoding="utf-8")
    print(f"{len(board)} entries of {len(submissions)} students. Look at {page}.")
    for student, reason in faults:
        print(f"Not scored, because of this machine: {student}: {reason}. Run the same command again.")
    return 2 if faults else 0


def _score(
    submissions: Sequence[intake.Submission], store: Store, wanted: argparse.Namespace
) -> list[tuple[str, str]]:
    """Score what is new or has changed, keep it, and return (student, reason) where the machine failed."""
    import utils
    from utils import exercises
    from utils.exercises.lesson_17 import ENTRIES

    course = Path(utils.__file__).resolve().parent
    scoring = [(course / f"{name}.py").read_bytes() for name in ("capstone", "surnames", "model_bytes")]
    folder = wanted.lessons or course.parent / "notebooks"
    paths = sorted(folder.glob(f"**/{LESSON}_*.ipynb"))
    if not paths:
        raise run.Trouble(f"There is no lesson {LESSON} in {folder}. Say with --lessons where your copy is.")
    lesson = run.Lesson.read(paths[0], LESSON)
    limits = jail.Limits(memory=int(wanted.memory * (1 << 30)))
    students = keeper.Jail("student", limits, lesson.modules)
    measuring = keeper.Jail("measure", limits)
    marker = Marker(Exam(LESSON, store.secret()), students, measuring)
    faults = []
    try:
        for submission in tqdm(submissions, "scoring"):
            print_ = fingerprint(submission.path.read_bytes(), lesson.print.encode(), *scoring)
            known = store.result(submission)
            if known and known["print"] == print_:
                continue
            try:
                answers = Answers(code_cells(submission.path), lesson.cells)
                entries = marker.entries(answers, [n for n in exercises.names(LESSON) if n in ENTRIES])
            except Unreadable:
                entries = {}
            except keeper.MachineFault as fault:
                faults.append((submission.student, str(fault)))
                continue
            kept = {"student": submission.student, "handed_in": submission.handed_in}
            store.keep(submission, {**kept, "print": print_, "entries": entries})
    finally:
        students.close()
        measuring.close()
    return faults


def ours() -> list[dict[str, Any]]:
    """The baselines as rows of the board."""
    return [{**one, "ours": True, "handed_in": ""} for one in baselines()]


def entries_of(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each entry of each student: who, entry, handed_in, and what Marker.entries() says."""
    return [
        {"who": result["student"], "entry": name, "handed_in": result["handed_in"], **entry}
        for result in results
        for name, entry in result["entries"].items()
    ]


def operations(entry: dict[str, Any]) -> float | None:
    """About how many multiplications and additions its training took: 6 × parameters × tokens.

    Kaplan et al. 2020, section 2.1. None where the entry does not say how many tokens it has read.
    """
    return 6.0 * entry["parameters"] * entry["tokens"] if entry.get("tokens") else None


def improvements(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who lowered the best score of an entry, in the order of handing in: row with "before", the one it beat.

    Ours stand from the start and improve nothing.
    """
    best: dict[str, float] = {}
    found = []
    for row in sorted(rows, key=lambda one: (not one.get("ours"), one["handed_in"])):
        before = best.get(row["entry"], math.inf)
        if row["nats"] < before:
            best[row["entry"]] = row["nats"]
            if not row.get("ours"):
                found.append({**row, "before": before})
    return found


def written(entries: Sequence[dict[str, Any]]) -> str:
    """The page as HTML that needs no other file. entries: as entries_of() and ours() give them."""
    from utils.exercises.lesson_17 import ENTRIES
    from utils.grading.report import PAGES

    board_of = {board.name: board for board in BOARDS}
    rows = []
    for one in entries:
        entry = ENTRIES[one["entry"]]
        rows.append({**one, "limit": entry.limit, "board": board_of[entry.board]})
    scored = [row for row in rows if "nats" in row]
    boards = [_section(board, [row for row in scored if row["board"] is board]) for board in BOARDS]
    return PAGES.get_template("leaderboard.html").render(
        boards=boards,
        improved=improvements(scored),
        unscored=[row for row in rows if "nats" not in row],
    )


def _section(board: Board, scored: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the page says of one board. scored: its rows."""
    from utils.exercises.lesson_17 import ENTRIES, frontier

    rows = [{**row, "size": row[board.unit]} for row in scored]
    stands = frontier([[row["size"], row["nats"]] for row in rows])
    for row, on_it in zip(rows, stands, strict=True):
        cost = operations(row)
        row |= {"stands": on_it, "operations": "not said" if cost is None else f"{cost:.1e}"}
    classes = [
        {"limit": limit, "rows": sorted(chosen, key=lambda row: (row["nats"], row["size"]))}
        for limit in dict.fromkeys(entry.limit for entry in ENTRIES.values())
        if (chosen := [row for row in rows if row["limit"] == limit])
    ]
    picture, alt = drawn(rows, board)
    return {"board": board, "classes": classes, "picture": picture, "alt": alt}


def drawn(rows: Sequence[dict[str, Any]], board: Board) -> tuple[str, str]:
    """The figure of scores against sizes as a PNG in base64, and the text that stands for it."""
    from utils import plots

    drawing, axes = plots.figure(
        f"On the frontier: nobody has fewer {board.unit} and as low a score",
        board.unit,
        board.score,
        size=(9.0, 4.5),
    )
    for label, ours, colour, marker in (("entries", False, plots.BLUE, "o"), ("ours", True, plots.GREY, "s")):
        points = [(row["size"], row["nats"]) for row in rows if bool(row.get("ours")) is ours]
        if points:
            axes.scatter(*zip(*points, strict=True), color=colour, marker=marker, label=label, zorder=3)
    edge = sorted({(row["size"], row["nats"], row["who"]) for row in rows if row["stands"]})
    if edge:
        x, y, _ = zip(*edge, strict=True)
        axes.step(x, y, where="post", color=plots.ORANGE, label="frontier")
        for n, nats, who in edge:
            axes.annotate(
                who[:24], (n, nats), (5, 5), textcoords="offset points", fontsize=9, parse_math=False
            )
    axes.set(xscale="log", yscale="log")
    axes.margins(0.15)
    axes.legend()
    stream = io.BytesIO()
    drawing.savefig(stream, format="png", dpi=110)
    said = "; ".join(f"{who}: {n:,} {board.unit}, {nats:.4f} nats" for n, nats, who in edge)
    alt = (
        f"Points for {len(rows)} entries, {board.unit} to the right, nats left upwards, both logarithmic. "
        f"On the frontier, from small to large: {said}."
    )
    return base64.b64encode(stream.getvalue()).decode(), alt
