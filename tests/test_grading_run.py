"""A class from the command to the gradebook: what is printed and written, and that nothing is ever lost."""

import contextlib
import csv
import errno
import io
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from tests.grading import ROOT, SECRET, can_jail, lesson_path, processes
from utils import exercises
from utils.grading import __main__ as command
from utils.grading import example, gradebook, intake, jail, run, store

pytestmark = pytest.mark.slow

SOME = {name: example.STUDENTS[name] for name in ("ada", "chen", "dora", "mallory")}
LIMITS = jail.Limits(case=2.0)


def commanded(*arguments):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = command.main([str(argument) for argument in arguments])
    return code, said.getvalue()


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def totals(folder):
    return {row[0]: float(row[1]) for row in rows(folder / "marks.csv")[1:]}


def test_a_class_is_graded_a_mark_is_given_by_hand_and_a_late_submission_comes(tmp_path):
    can_jail()
    example.write(tmp_path / "class", students=SOME)
    out = tmp_path / "out"
    options = (tmp_path / "class", "--out", out, "--workers", 1, "--seconds", 2)
    code, said = commanded(*options)
    assert code == 0
    assert "4 graded now, 0 as they were" in said
    expected = {"ada": 10, "chen": 8, "dora": 5, "mallory": 5}
    assert totals(out) == expected
    assert re.search(r"dora .*✗ 0 +◐ 1", said)

    page = next((out / "feedback").glob("chen-*.html")).read_text(encoding="utf-8")
    assert "You counted the weights" in page
    assert "use_bias=" in page
    assert "right answer" not in page
    assert "<script" not in page
    assert (out / "class.html").exists()
    assert (out / "lesson_01.png").stat().st_size > 10_000
    assert stat_of(out / "secret") == 0o600

    code, said = commanded(
        "--by-hand", "chen", "dense_parameters", 0.5, "--comment", "You explained it.", "--out", out
    )
    assert code == 0
    assert totals(out) == expected | {"chen": 8.5}

    example.write(tmp_path / "class", students={"zoe": example.STUDENTS["zoe"]})
    code, said = commanded(*options, "--due", "2020-01-01")
    assert code == 0
    assert "1 graded now, 4 as they were" in said
    assert totals(out) == expected | {"chen": 8.5, "zoe": 1}
    assert re.search(r"zoe .* late", said)
    assert "Marked by your teacher" in next((out / "feedback").glob("chen-*.html")).read_text(
        encoding="utf-8"
    )

    # Graded again, a mark given by hand stays.
    example.write(tmp_path / "class", students={"chen": {}})
    commanded(*options)
    assert totals(out)["chen"] == 9.5

    assert commanded("--by-hand", "chen", "dense_parameters", 7, "--out", out)[0] == 1
    assert commanded("--by-hand", "nobody", "dense_parameters", 1, "--out", out)[0] == 1


def stat_of(path):
    return path.stat().st_mode & 0o777


def test_many_workers_give_the_same_marks(tmp_path):
    can_jail()
    example.write(tmp_path / "class", students=SOME)
    found = {}
    for workers in (1, 2):
        out = tmp_path / f"out{workers}"
        out.mkdir()
        (out / "secret").write_text(str(SECRET))
        code, _ = commanded(tmp_path / "class", "--out", out, "--workers", workers, "--seconds", 2)
        assert code == 0
        found[workers] = [
            [cell for place, cell in enumerate(row) if place != 8] for row in rows(out / "exercises.csv")
        ]
    assert found[1] == found[2]


def test_killed_for_real_it_resumes_and_leaves_no_process(tmp_path):
    can_jail()
    example.write(tmp_path / "class", students=SOME)
    out = tmp_path / "out"
    line = [
        sys.executable,
        "-m",
        "utils.grading",
        tmp_path / "class",
        "--out",
        out,
        "--workers",
        "1",
        "--seconds",
        "2",
    ]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 240
    while not list(out.glob("results/01/*.json")) and time.monotonic() < end:
        time.sleep(0.05)
    jailed = processes(of=running.pid)
    assert len(jailed) >= 4
    running.send_signal(signal.SIGKILL)
    running.wait()
    graded = {path.name for path in out.glob("results/01/*.json")}
    assert 0 < len(graded) <= len(SOME)
    end = time.monotonic() + 30
    while alive(jailed) and time.monotonic() < end:
        time.sleep(0.1)
    assert not alive(jailed)
    code, said = commanded(*line[3:])
    assert code == 0
    assert f"{len(SOME) - len(graded)} graded now, {len(graded)} as they were" in said
    assert totals(out) == {"ada": 10, "chen": 8, "dora": 5, "mallory": 5}


def alive(numbers):
    return {number for number in numbers if os.path.exists(f"/proc/{number}")}


def made_up(number):
    """The submission of a student who needs no jail."""
    return intake.Submission(f"student {number}", "01", lesson_path("01"), "2026-11-02 10:00:00+00:00")


def quick(task):
    """Stands for grading: every student gets a mark of their own."""
    time.sleep(0.002)
    marks = int(task.submission.student.split()[1]) % 2
    given = [
        {"exercise": name, "points": one.points, "marks": float(marks * one.points), "status": "passed",
         "sentence": "", "mistake": "", "case": "", "answer": "", "seconds": 0.0}
        for name, one in exercises.of_lesson("01").items()
    ]  # fmt: skip
    return task.submission, given, task.print, None


def grade_and_write(folder, submissions):
    kept = store.Store(folder)
    lessons = {"01": run.Lesson.read(lesson_path("01"), "01")}
    run.grade(list(run.due(submissions, lessons, kept)), lessons, kept, LIMITS, workers=1)
    return gradebook.write(f"sqlite:///{folder}/gradebook.db?timeout=30", kept.all(), exercises.of_lesson)


def scores(folder):
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as database:
        return dict(
            database.execute(
                "select a.student_id, sum(g.auto_score) from grade g "
                "join submitted_notebook n on g.notebook_id = n.id "
                "join submitted_assignment a on n.assignment_id = a.id group by a.student_id"
            ).fetchall()
        ), database.execute("select count(*) from grade").fetchone()[0]


def test_killed_at_fifty_moments_nothing_is_lost_and_nothing_doubled(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    submissions = [made_up(number) for number in range(40)]
    grade_and_write(tmp_path / "whole", submissions)
    expected = scores(tmp_path / "whole")
    rng = random.Random(11)
    for _ in range(50):
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                grade_and_write(tmp_path / "killed", submissions)
            os._exit(0)
        time.sleep(rng.uniform(0, 0.6))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for path in (tmp_path / "killed").glob("results/*/*.json"):
            json.loads(path.read_text())
    grade_and_write(tmp_path / "killed", submissions)
    assert scores(tmp_path / "killed") == expected
    assert len(list((tmp_path / "killed").glob("results/*/*.json"))) == 40
    assert grade_and_write(tmp_path / "killed", submissions) == 0


def test_marks_given_by_hand_go_along_to_another_gradebook(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    grade_and_write(tmp_path, [made_up(number) for number in range(2)])
    hand = ("--by-hand", "student 0", "taxi", 0.5, "--comment", "Well said.", "--out", tmp_path)
    assert commanded(*hand)[0] == 0
    other = f"sqlite:///{tmp_path}/other.db"
    assert commanded("--by-hand", "student 1", "taxi", 0.25, "--out", tmp_path, "--db", other)[0] == 0
    given = {key[1:]: value for key, value in gradebook.by_hand(other).items()}
    assert given == {("student 0", "taxi"): (0.5, "Well said."), ("student 1", "taxi"): (0.25, "")}
    assert totals(tmp_path)["student 0"] == 0.5


def test_a_changed_exercise_or_a_changed_notebook_is_due_again_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    paths = [tmp_path / f"{number}.ipynb" for number in range(3)]
    for path in paths:
        path.write_text(lesson_path("01").read_text(encoding="utf-8"), encoding="utf-8")
    submissions = [
        intake.Submission(f"student {number}", "01", path, "2026-11-02 10:00:00+00:00")
        for number, path in enumerate(paths)
    ]
    grade_and_write(tmp_path, submissions)
    kept, lesson = store.Store(tmp_path), run.Lesson.read(lesson_path("01"), "01")
    assert not list(run.due(submissions, {"01": lesson}, kept))
    paths[1].write_text(paths[1].read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert list(run.due(submissions, {"01": lesson}, kept)) == [submissions[1]]
    monkeypatch.setattr(run.inspect, "getsource", lambda _: "another declaration")
    changed = run.Lesson.read(lesson_path("01"), "01")
    assert list(run.due(submissions, {"01": changed}, kept)) == submissions


def test_a_full_disk_is_said_and_what_was_graded_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    submissions = [made_up(number) for number in range(10)]
    real, written = os.fsync, []

    def full(descriptor):
        written.append(descriptor)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(run.Trouble, match="No space left"):
        grade_and_write(tmp_path, submissions)
    kept = {path.name for path in tmp_path.glob("results/01/*")}
    assert len(kept) == 5
    assert all(name.endswith(".json") and not name.startswith(".") for name in kept)
    monkeypatch.setattr(os, "fsync", real)
    grade_and_write(tmp_path, submissions)
    assert len(scores(tmp_path)[0]) == 10


def test_a_locked_gradebook_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    grade_and_write(tmp_path, [made_up(1)])
    results = [*store.Store(tmp_path).all()]
    results[0]["marks"][0]["marks"] = 0.25
    address, said = f"sqlite:///{tmp_path}/gradebook.db?timeout=0.1", []
    lock = sqlite3.connect(tmp_path / "gradebook.db", check_same_thread=False)
    lock.execute("begin exclusive")
    threading.Timer(2.5, lock.rollback).start()
    assert gradebook.write(address, results, exercises.of_lesson, said.append) == 1
    assert "Waiting" in said[0]
    lock.execute("begin exclusive")
    results[0]["marks"][0]["marks"] = 0.75
    with pytest.raises(gradebook.Unavailable, match="locked"):
        gradebook.write(address, results, exercises.of_lesson, said.append, patience=0.5)
    lock.close()


def test_a_lock_that_comes_in_the_middle_is_waited_for_too(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "graded", quick)
    grade_and_write(tmp_path, [made_up(1)])
    one, *_ = store.Store(tmp_path).all()
    others = [{**one, "student": f"late{number}"} for number in range(3)]
    lock = sqlite3.connect(tmp_path / "gradebook.db", check_same_thread=False)
    write_one, said = gradebook._write_one, []

    def write_locked(*given):
        if not said and not lock.in_transaction:
            lock.execute("begin immediate")
            threading.Timer(1.5, lock.rollback).start()
        return write_one(*given)

    monkeypatch.setattr(gradebook, "_write_one", write_locked)
    address = f"sqlite:///{tmp_path}/gradebook.db?timeout=0.1"
    assert gradebook.write(address, others, exercises.of_lesson, said.append) == 3
    assert len(said) == 1
    lock.close()


def test_a_fault_of_the_machine_is_tried_again_and_never_a_mark(tmp_path, monkeypatch):
    tries = []

    def faulty(task):
        tries.append(task.submission.student)
        if task.submission.student == "student 3" or tries.count(task.submission.student) < 2:
            return task.submission, [], task.print, "the machine is tired"
        return quick(task)

    monkeypatch.setattr(run, "graded", faulty)
    kept, lessons = store.Store(tmp_path), {"01": run.Lesson.read(lesson_path("01"), "01")}
    faults = run.grade([made_up(number) for number in range(5)], lessons, kept, LIMITS, workers=1)
    assert [(one.student, reason) for one, reason in faults] == [("student 3", "the machine is tired")]
    assert kept.result(made_up(3)) is None
    assert tries.count("student 3") == 3
    assert len(list(kept.all())) == 4


def test_on_a_cluster_one_of_whose_machines_dies_the_marks_are_the_same(tmp_path):
    can_jail()
    students = {f"{name}{number}": SOME[name] for number in range(3) for name in ("ada", "chen", "dora")}
    example.write(tmp_path / "class", students=students)
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    dask = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--no-dashboard",
    ]
    address_file = tmp_path / "scheduler.json"
    started = [
        subprocess.Popen([*dask, "--scheduler-file", address_file], env=environment, cwd=tmp_path,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ]  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not address_file.exists() and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)
        address = json.loads(address_file.read_text())["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address,
                  "--nthreads", "1", "--no-nanny",
                  "--no-dashboard", "--local-directory", str(tmp_path)]  # fmt: skip
        started += [
            subprocess.Popen(
                worker, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in range(2)
        ]
        out = tmp_path / "out"

        def kill_one():
            end = time.monotonic() + 300
            while len(list(out.glob("results/01/*.json"))) < 3 and time.monotonic() < end:
                time.sleep(0.02)
            started[1].kill()

        killer = threading.Thread(target=kill_one)
        killer.start()
        code, said = commanded(tmp_path / "class", "--out", out, "--dask", address, "--seconds", 2)
        killer.join()
        assert code == 0, said
        worth = {"ada": 10, "chen": 8, "dora": 5}
        assert totals(out) == {student: worth[student[:-1]] for student in students}
    finally:
        for one in started:
            one.kill()
            one.wait()


def test_root_is_refused_and_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(jail.NoJail, match="ordinary user"):
        jail.preflight()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(jail.shutil, "which", lambda _: None)
    with pytest.raises(jail.NoJail, match="apt install bubblewrap"):
        jail.preflight()


def test_a_course_in_tmp_is_told_to_move(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(jail.shutil, "which", lambda _: "/usr/bin/bwrap")
    monkeypatch.setattr(jail, "_visible", lambda: [jail.PACKAGE, jail.Path("/tmp")])
    with pytest.raises(jail.NoJail, match="lies in /tmp, and a jail has an empty /tmp of its own"):
        jail.preflight()


def test_help_says_what_it_does():
    said = subprocess.run(
        [sys.executable, "-m", "utils.grading", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout
    for word in ("SUBMISSIONS", "feedback", "--by-hand", "bubblewrap", "goes on where it was"):
        assert word in said
