"""What students hand in, in all its forms: found, or passed over with a reason, and never obeyed."""

import json
import stat
import zipfile

import pytest

from tests.grading import lesson_path, notebook
from utils import exercises
from utils.grading import intake
from utils.grading.cells import Cell, Plan
from utils.grading.notebook import LARGEST, Unreadable, code_cells

NAMES = {number: set(exercises.names(number)) for number in exercises.lessons()}
SMALL = notebook([("taxi = [2, 5]\ncheck(taxi=taxi)", {"exercise": "taxi"})])


def taken(place, tmp_path):
    found = intake.take_in(place, tmp_path / "unpacked", NAMES)
    return {(one.student, one.lesson) for one in found.submissions}, found


def put(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(SMALL)
    return folder


def zipped(path, names):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, SMALL)
    return path


def test_the_tree_of_nbgrader(tmp_path):
    tree = "submitted/{}/01_ten_parameters/01_ten_parameters.ipynb"
    course = put(
        tmp_path / "course", tree.format("ann"), tree.format("bob"), "submitted/bob/05_tokens/05_tokens.ipynb"
    )
    (course / "submitted/ann/01_ten_parameters/timestamp.txt").write_text("2026-11-02 10:00:00.5 UTC")
    students, found = taken(course, tmp_path)
    assert students == {("ann", "01"), ("bob", "01"), ("bob", "05")}
    assert taken(course / "submitted", tmp_path)[0] == students
    assert found.submissions[0].handed_in.startswith("2026-11-02 10:00")


def test_a_flat_folder_and_a_folder_for_each_student(tmp_path):
    flat = put(tmp_path / "flat", "ann_01_ten_parameters.ipynb", "Bob Ng-05_tokens.ipynb")
    assert taken(flat, tmp_path)[0] == {("ann", "01"), ("Bob Ng", "05")}
    folders = put(tmp_path / "folders", "ann/01_ten_parameters.ipynb", "bob/my 01_ten_parameters (2).ipynb")
    assert taken(folders, tmp_path)[0] == {("ann", "01"), ("bob", "01")}


def test_zips_of_moodle_and_canvas(tmp_path):
    moodle = zipped(
        tmp_path / "moodle.zip",
        [
            "Ann Ex_123_assignsubmission_file_/01_ten_parameters.ipynb",
            "Bo_9_assignsubmission_file/01_ten_parameters.ipynb",
        ],
    )
    assert taken(moodle, tmp_path / "m")[0] == {("Ann Ex", "01"), ("Bo", "01")}
    canvas = zipped(
        tmp_path / "canvas.zip",
        ["exann_11_22_01_ten_parameters.ipynb", "ngbo_LATE_11_23_01_ten_parameters-1.ipynb"],
    )
    students, found = taken(canvas, tmp_path / "c")
    assert students == {("exann", "01"), ("ngbo", "01")}
    assert [one.late for one in found.submissions] == [False, True]


def test_a_lesson_is_recognised_by_its_exercises_where_the_name_says_nothing(tmp_path):
    folder = tmp_path / "ann"
    folder.mkdir()
    (folder / "homework.ipynb").write_text(lesson_path("05").read_text(encoding="utf-8"))
    assert taken(tmp_path, tmp_path)[0] == {("ann", "05")}


def test_the_later_of_two_counts(tmp_path):
    folder = put(tmp_path / "f", "ann/01_ten_parameters.ipynb", "ann/01_ten_parameters-1.ipynb")
    import os

    os.utime(folder / "ann/01_ten_parameters.ipynb", (1, 1))
    _, found = taken(folder, tmp_path)
    assert [one.path.name for one in found.submissions] == ["01_ten_parameters-1.ipynb"]
    assert "newer" in found.passed_over[0][1]


@pytest.mark.parametrize("name", [
    "../out_01_ten_parameters.ipynb",
    "/tmp/out_01_ten_parameters.ipynb", "a/../../01_a.ipynb",
    "C:\\x\\01_ten_parameters.ipynb", "..\\01_ten_parameters.ipynb",
])  # fmt: skip
def test_a_path_that_climbs_out_of_a_zip_is_passed_over(name, tmp_path):
    students, found = taken(zipped(tmp_path / "z.zip", [name, "ann/01_ten_parameters.ipynb"]), tmp_path)
    assert students == {("ann", "01")}
    assert "leads out" in found.passed_over[0][1]
    inside = {path for path in tmp_path.rglob("*.ipynb") if (tmp_path / "unpacked") in path.parents}
    assert inside == set(tmp_path.rglob("*.ipynb"))


def test_links_are_not_followed(tmp_path):
    secret = put(tmp_path / "elsewhere", "x/01_ten_parameters.ipynb")
    folder = put(tmp_path / "class", "ann/01_ten_parameters.ipynb")
    (folder / "bob").mkdir()
    (folder / "bob/01_ten_parameters.ipynb").symlink_to(secret / "x/01_ten_parameters.ipynb")
    (folder / "eve").symlink_to(secret)
    students, found = taken(folder, tmp_path)
    assert students == {("ann", "01")}
    assert len(found.passed_over) == 2
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        entry = zipfile.ZipInfo("bob/01_ten_parameters.ipynb")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert taken(tmp_path / "z.zip", tmp_path)[0] == set()


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"s{number}/01_ten_parameters.ipynb", bytes(LARGEST + 1))
        archive.writestr("ann/01_ten_parameters.ipynb", SMALL)
    students, found = taken(tmp_path / "z.zip", tmp_path)
    assert students == {("ann", "01")}
    assert sum(path.stat().st_size for path in (tmp_path / "unpacked").rglob("*") if path.is_file()) < 10_000
    assert all("MB" in reason for _, reason in found.passed_over)


def test_a_broken_zip_and_no_zip_say_so(tmp_path):
    (tmp_path / "z.zip").write_bytes(b"PK\3\4 and no more")
    assert "cannot be read" in taken(tmp_path / "z.zip", tmp_path)[1].passed_over[0][1]
    assert "neither" in taken(tmp_path / "nothing", tmp_path)[1].passed_over[0][1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no cells"),
        (b'{"cells": 7}', "no cells"),
        (b'{"cells": []}' + b" " * (50 << 20), "MB"),
        (json.dumps({"cells": [{"cell_type": "code", "source": "x" * (3 << 20)}]}).encode(), "two megabytes"),
    ],
)
def test_a_file_that_is_no_notebook_says_why(content, why, tmp_path):
    (tmp_path / "a.ipynb").write_bytes(content)
    with pytest.raises(Unreadable, match=why):
        code_cells(tmp_path / "a.ipynb")


def test_odd_cells_of_a_notebook_are_read_as_far_as_they_can(tmp_path):
    odd = [7, {}, {"cell_type": "code"}, {"cell_type": "code", "source": ["a\n", 7], "metadata": 3}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": odd}))
    assert [cell["source"] for cell in code_cells(tmp_path / "a.ipynb")] == ["", "a\n7"]


LESSON = [
    Cell("import numpy as np", origin="lesson"),
    Cell("scale = 3", origin="lesson"),
    Cell("def helper(x):\n    return x * scale", origin="lesson"),
    Cell("print('a demonstration that takes an hour')", origin="lesson"),
    Cell("def first(x):\n    ...\n\ncheck(first)", "first", origin="lesson"),
    Cell("second = ...\ncheck(second=second)", "second", origin="lesson"),
]
FIRST = "def first(x):\n    return helper(x) + 1\n\ncheck(first)"


def needed(cells, name="first"):
    plan = Plan(LESSON, [Cell(source, exercise) for source, exercise in cells], ["first", "second"])
    return [cell.source for cell in plan.needed(name)] if name in plan.chosen else None


def test_only_what_an_answer_needs_is_run():
    cells = [(cell.source, cell.exercise) for cell in LESSON[:4]] + [(FIRST, "first")]
    assert needed(cells) == [LESSON[1].source, LESSON[2].source, FIRST]


def test_answers_are_found_without_metadata_and_in_any_order():
    assert needed([("second = 3", ""), (FIRST, "")])[-1] == FIRST
    assert needed([("second = 3", ""), (FIRST, "")], "second") == ["second = 3"]
    assert needed([("check(second=first(2))", ""), (FIRST, "")], "second")[-1] == "check(second=first(2))"


def test_of_doubled_cells_the_last_filled_one_counts():
    stub = LESSON[4].source
    other = FIRST.replace("1", "2")
    assert needed([(FIRST, "first"), (other, "first"), (stub, "first")])[-1] == other
    assert needed([(stub, "first")])[-1] == stub
    assert needed([]) is None


def test_a_students_own_helper_and_an_answer_that_uses_another_are_run_too():
    own = "def mine(x):\n    return x"
    answer = "def first(x):\n    return mine(x)"
    assert needed([(own, ""), (answer, "first")]) == [own, answer]
    second = "second = first(1)"
    assert needed([(own, ""), (answer, "first"), (second, "second")], "second") == [own, answer, second]


def test_what_an_answer_imports_itself_needs_no_cell_of_the_lesson():
    answer = (
        "from somewhere import scale\nimport a.helper as helper\ndef first(x):\n    return helper(x) * scale"
    )
    assert needed([(answer, "first")]) == [answer]


def test_lines_for_ipython_do_not_hinder():
    cell = Cell("%matplotlib inline\n!pip install x\ndef first(x):\n    return 1\nfirst?")
    assert cell.binds == {"first"}
    assert Cell("def broken(:").tree is None
    assert Cell("x = " + "(" * 10_000).tree is None
