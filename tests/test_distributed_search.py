"""A search spread over processes: what it finds, how it fails, and that nothing stays behind."""

import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from utils.distributed_search import SearchFailed, commands, finished_trials, run_alone, run_search

PARABOLA = """
import sys
import keras_tuner as kt

class Parabola(kt.RandomSearch):
    def run_trial(self, trial, **fit):
        return (trial.hyperparameters.Float("x", -1.0, 1.0) - 0.5) ** 2

Parabola(max_trials=5, seed=1, directory=sys.argv[1], project_name="p").search(verbose=0)
"""

# Each of these notes its process id, so that the test can see whether it is still there.
NOTE_PID = """
import os, socket, sys, time
name = os.environ["KERASTUNER_TUNER_ID"]
open(os.path.join(sys.argv[1], name + ".pid"), "w").write(str(os.getpid()))
if name == "chief":
    address = os.environ["KERASTUNER_ORACLE_IP"], int(os.environ["KERASTUNER_ORACLE_PORT"])
    listening = socket.create_server(address)
"""
SLEEPS = NOTE_PID + "time.sleep(600)\n"
ONE_FAILS = NOTE_PID + "if name == 'worker1':\n    raise RuntimeError('no such data')\ntime.sleep(600)\n"


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "search.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def is_alive(pid):
    """Whether a process still runs; one that has ended and is only waiting to be asked counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rsplit(")", 1)[1].split()[0] != "Z"


def pids(folder):
    return [int(path.read_text()) for path in folder.glob("*.pid") if path.read_text()]


def wait_until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.1)


# Each test starts several processes with TensorFlow.
pytestmark = pytest.mark.slow
on_linux = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at processes through /proc")


def test_two_workers_find_what_one_process_finds(script, tmp_path):
    path = script(PARABOLA)
    spread = run_search(path, tmp_path / "spread", trials=5, workers=2)
    run_alone(path, tmp_path / "alone", trials=5)
    alone = finished_trials(tmp_path / "alone")

    assert spread.trials == finished_trials(tmp_path / "spread")
    assert len(alone) == 5
    rounded = [{round(trial.values["x"], 5) for trial in trials} for trials in (alone, spread.trials)]
    assert rounded[0] == rounded[1]
    assert all(t.score == pytest.approx((t.values["x"] - 0.5) ** 2, abs=1e-5) for t in spread.trials)
    assert spread.seconds > 0


def test_a_killed_search_goes_on_where_it_was(script, tmp_path):
    path, out = script(PARABOLA.replace("return", "import time; time.sleep(1); return")), tmp_path / "out"
    run_alone(path, out, trials=5, kill_in=3)
    before = finished_trials(out)
    assert len(before) == 2
    seconds = run_alone(path, out, trials=5)
    after = finished_trials(out)
    assert after[:2] == before  # not even written again
    assert len(after) == 5
    assert 3 < seconds < 300


def test_a_script_that_fails_shows_its_log(script, tmp_path):
    with pytest.raises(SearchFailed, match=r"(?s)alone stopped with exit code 1.*no such data"):
        run_alone(script("raise RuntimeError('no such data')"), tmp_path / "out", trials=3)
    with pytest.raises(SearchFailed, match="not done in time"):
        run_alone(script("import time; time.sleep(600)"), tmp_path / "out", trials=3, limit=1)


@on_linux
def test_a_failing_worker_ends_all_and_shows_its_log(script, tmp_path):
    with pytest.raises(SearchFailed, match=r"(?s)worker1 stopped with exit code 1.*no such data"):
        run_search(script(ONE_FAILS), tmp_path / "out", trials=3, workers=2)
    assert not any(map(is_alive, pids(tmp_path / "out")))


@on_linux
def test_time_runs_out(script, tmp_path):
    with pytest.raises(SearchFailed, match="not done in time"):
        run_search(script(SLEEPS), tmp_path / "out", trials=3, workers=1, limit=2)
    assert not any(map(is_alive, pids(tmp_path / "out")))


@on_linux
def test_no_process_outlives_the_one_that_started_them(script, tmp_path):
    out = tmp_path / "out"
    arguments = f"{str(script(SLEEPS))!r}, {str(out)!r}, 3"
    call = f"from utils.distributed_search import run_search; run_search({arguments})"
    with subprocess.Popen([sys.executable, "-c", call], stderr=subprocess.DEVNULL) as starter:
        try:
            wait_until(lambda: len(pids(out)) == 3)
            assert all(map(is_alive, pids(out)))
        finally:
            starter.kill()
    wait_until(lambda: not any(map(is_alive, pids(out))))


def test_a_worker_that_comes_too_late_is_not_waited_for(script, tmp_path):
    late = "import os, time\nif os.environ['KERASTUNER_TUNER_ID'] == 'worker1':\n    time.sleep(600)\n"
    spread = run_search(script(late + PARABOLA), tmp_path / "out", trials=5, workers=2, limit=300)
    assert len(spread.trials) == 5


def test_calls_that_cannot_work_are_refused(script, tmp_path):
    path = script(SLEEPS)
    with pytest.raises(ValueError, match="there is no script"):
        run_search(tmp_path / "none.py", tmp_path, trials=3)
    with pytest.raises(ValueError, match="there is no script"):
        run_alone(tmp_path / "none.py", tmp_path, trials=3)
    with pytest.raises(ValueError, match="at least 1, not 0 and 3"):
        run_search(path, tmp_path, trials=3, workers=0)
    trial = tmp_path / "old" / "project" / "trial_0"
    trial.mkdir(parents=True)
    (trial / "trial.json").write_text('{"status": "RUNNING"}', encoding="utf-8")
    with pytest.raises(ValueError, match="already holds a search"):
        run_search(path, tmp_path / "old", trials=3)


def test_a_file_that_is_being_written_is_passed_over(tmp_path):
    trial = tmp_path / "project" / "trial_0"
    trial.mkdir(parents=True)
    (trial / "trial.json").write_text('{"status": "COMPL', encoding="utf-8")
    assert finished_trials(tmp_path) == []


def test_the_commands_for_other_machines_name_each_part():
    chief, first, second = commands("search.py", "/my folder", address="192.168.0.5", port=8000)
    assert chief == (
        "KERASTUNER_TUNER_ID=chief KERASTUNER_ORACLE_IP=192.168.0.5 KERASTUNER_ORACLE_PORT=8000 "
        "python search.py '/my folder'"
    )
    assert first == chief.replace("chief", "worker0")
    assert second == chief.replace("chief", "worker1")


def test_the_chief_still_sleeps_twenty_seconds_between_looks():
    """Lesson 09 says so."""
    from keras_tuner.src.distribute import oracle_chief

    assert "time.sleep(20)" in inspect.getsource(oracle_chief.start_server)
