"""What students handed in: finds the notebooks in a folder, or in a zip as a learning platform exports it.

Understood are nbgrader's tree (submitted/STUDENT/ASSIGNMENT/*.ipynb), a folder for each student, a flat
folder of
student_01_lesson.ipynb, and zips of these, as Moodle and Canvas write them. Only notebooks are read, and
nothing
outside the folder.
"""

import datetime
import hashlib
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from utils.grading.notebook import LARGEST, Unreadable, code_cells, lesson_of

_MOST_FILES = 20_000
_MOST_UNPACKED = 4 << 30
_MOODLE = re.compile(r"^(?P<student>.+?)_\d+_assignsubmission_(?:file|onlinetext)_?$")
_CANVAS = re.compile(r"^(?P<student>[^_]+)_(?:(?P<late>LATE)_)?\d+_\d+_(?P<file>.+)$")
_FLAT = re.compile(r"^(?P<student>.+?)[ _-]+(?P<file>\d\d_[a-z].*)$")


@dataclass(frozen=True)
class Submission:
    """One notebook of one student. handed_in: when, if known. late: whether the platform marked it so."""

    student: str
    lesson: str
    path: Path
    handed_in: str = ""
    late: bool = False

    @property
    def key(self) -> str:
        """A name for files about it: what of the student's name is safe there, and a little of its hash."""
        safe = re.sub(r"[^A-Za-z0-9-]+", "-", self.student).strip("-")[:40]
        return f"{safe}-{hashlib.sha256(self.student.encode()).hexdigest()[:8]}"


@dataclass
class Intake:
    """What was found. passed_over: files that are no submission, each with the reason."""

    submissions: list[Submission] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)


def take_in(place: Path, unpacked: Path, names: dict[str, set[str]]) -> Intake:
    """Find the submissions in a folder or a zip.

    unpacked: where a zip's notebooks are written. names: each lesson's exercises, by which a notebook whose
    file's
    name says nothing is recognised. A student's later notebook for a lesson takes the place of an earlier
    one.
    """
    intake = Intake()
    if place.is_file() and place.suffix == ".zip":
        root = unpacked
        _unpack(place, root, intake)
    elif place.is_dir():
        root = place / "submitted" if (place / "submitted").is_dir() else place
    else:
        intake.passed_over.append((str(place), "It is neither a folder nor a zip."))
        return intake
    found: dict[tuple[str, str], Submission] = {}
    for path in _notebooks(root, intake):
        submission = _recognised(path, path.relative_to(root), root, names, intake)
        if submission is None:
            continue
        other = found.get((submission.student, submission.lesson))
        if other and _age(other) > _age(submission):
            submission, other = other, submission
        if other:
            intake.passed_over.append((str(other.path), f"{submission.path.name} is newer."))
        found[submission.student, submission.lesson] = submission
    intake.submissions = sorted(found.values(), key=lambda one: (one.lesson, one.student))
    return intake


def _notebooks(root: Path, intake: Intake) -> Iterator[Path]:
    real = root.resolve()
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in sorted(files):
            path = Path(folder, name)
            if not name.endswith(".ipynb") or name.startswith("."):
                if name.endswith(".zip"):
                    intake.passed_over.append((str(path), "A zip within the folder: unpack it first."))
                continue
            if path.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
                intake.passed_over.append((str(path), "It is a link or no ordinary file."))
            elif not path.resolve().is_relative_to(real):
                intake.passed_over.append((str(path), "It lies outside of the folder."))
            else:
                yield path
        for name in list(folders):
            if Path(folder, name).is_symlink():
                folders.remove(name)
                intake.passed_over.append((str(Path(folder, name)), "It is a link to another folder."))


def _recognised(
    path: Path, inside: Path, root: Path, names: dict[str, set[str]], intake: Intake
) -> Submission | None:
    parts, name, late = list(inside.parts[:-1]), inside.stem, False
    student = ""
    if parts and (moodle := _MOODLE.match(parts[0])):
        student = moodle["student"]
    elif parts:
        student = parts[0]
    elif canvas := _CANVAS.match(name):
        student, late, name = canvas["student"], bool(canvas["late"]), canvas["file"]
    elif flat := _FLAT.match(name):
        student, name = flat["student"], flat["file"]
    lesson = lesson_of(name) or next((n for part in reversed(parts) if (n := lesson_of(part))), None)
    if lesson not in names:
        lesson = _lesson_by_content(path, names)
    if not student and lesson:
        student = re.sub(r"[ _-]*(lesson|notebook)?[ _-]*\d*$", "", name) or name
    if not student or lesson is None:
        intake.passed_over.append((str(path), "It does not say whose it is, or which lesson."))
        return None
    return Submission(student, lesson, path, _handed_in(path, root), late)


def _lesson_by_content(path: Path, names: dict[str, set[str]]) -> str | None:
    """The lesson most of whose exercises a notebook speaks of; more than half of them, or it is none."""
    try:
        cells = code_cells(path)
    except Unreadable:
        return None
    words = set(re.findall(r"\w+", "\n".join(cell["source"] for cell in cells)))
    shares = {lesson: len(wanted & words) / len(wanted) for lesson, wanted in names.items()}
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best and shares[best] > 0.5 else None


def _handed_in(path: Path, root: Path) -> str:
    """When, as nbgrader's timestamp.txt beside it says; else when the file was last changed."""
    noted = path.with_name("timestamp.txt")
    try:
        if noted.parent != root and not noted.is_symlink() and noted.stat().st_size < 200:
            text = noted.read_text(encoding="utf-8").strip()
            return datetime.datetime.fromisoformat(text.replace(" UTC", "+00:00")).isoformat(" ")
    except (OSError, ValueError):
        pass
    seconds = path.stat().st_mtime
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(" ", "seconds")


def _age(submission: Submission) -> str:
    return submission.handed_in


def _unpack(archive: Path, target: Path, intake: Intake) -> None:
    """Write a zip's notebooks into a folder: no path that climbs out, no links, and no more than there is
    room for.
    """
    target.mkdir(parents=True, exist_ok=True)
    room = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = zipped.infolist()
            if len(entries) > _MOST_FILES:
                raise zipfile.BadZipFile(f"it has more than {_MOST_FILES:,} files")
            for entry in entries:
                room -= _unpack_one(zipped, entry, target, room, intake)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        intake.passed_over.append((str(archive), f"The zip cannot be read to its end: {error}."))


def _unpack_one(
    zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int, intake: Intake
) -> int:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if entry.is_dir() or not (path.suffix == ".ipynb" or path.name == "timestamp.txt"):
        if path.suffix == ".zip":
            intake.passed_over.append((entry.filename, "A zip within the zip: unpack it first."))
        return 0
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        intake.passed_over.append((entry.filename, "Its path leads out of the zip."))
        return 0
    if stat.S_ISLNK(entry.external_attr >> 16):
        intake.passed_over.append((entry.filename, "It is a link."))
        return 0
    most = min(LARGEST, room)
    # What the zip says of the size may be a lie, so what is read counts.
    with zipped.open(entry) as packed:
        content = packed.read(most + 1)
    if len(content) > most:
        intake.passed_over.append((entry.filename, f"Unpacked it has more than {most / 1e6:.0f} MB."))
        return most
    file = target.joinpath(*(part[:120] for part in path.parts))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    moment = datetime.datetime(*entry.date_time, tzinfo=datetime.UTC).timestamp()
    os.utime(file, (moment, moment))
    return len(content)
