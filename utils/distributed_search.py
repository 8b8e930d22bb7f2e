"""Hyperparameter searches that run as scripts: alone, or spread over several processes by KerasTuner.

In a spread search the same script runs in every process. Environment variables tell KerasTuner which part
it plays: the *chief* hands out trials and notes their results, each *worker* trains what it is given.
`run_search` starts them all on this machine and waits; `commands` says what to type when they run on several.
`run_alone` runs a script in one process, and can kill it half way.

The script takes a folder as its only argument, gives it to its tuner as `directory`, and calls
`tuner.search(...)`. Its tuner must not have `overwrite=True`: each process that starts late would delete
what the others have done.
"""

import json
import os
import runpy
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
"""The address at which a machine reaches itself, and nobody else reaches it."""


class SearchFailed(Exception):
    """A process of the search stopped early, or time ran out; the message ends with its log's last lines."""


@dataclass(frozen=True)
class Trial:
    """One finished trial.

    values: the hyperparameters by name. score: the objective. written: when its file was last written, in
    seconds since 1970; a trial that was trained again, or touched in any other way, has another.
    """

    name: str
    values: Mapping[str, Any]
    score: float
    written: float


@dataclass(frozen=True)
class Spread:
    """What came of a search. trials: by name. seconds: from the first start to the last trial's end."""

    trials: list[Trial]
    seconds: float


def run_search(
    script: str | Path, directory: str | Path, trials: int, workers: int = 2, limit: float = 600.0
) -> Spread:
    """Run a script as a chief and several workers on this machine, and wait for the search to end.

    script: see this module's text. directory: a new folder for the results; the logs go there too.
    trials: how many the script's tuner runs, for the progress bar. workers: how many to start.
    limit: seconds until it is given up.

    However it ends (an error, the stop button, the death of this process), every process it started
    is ended too. Raises SearchFailed when one of them fails, ValueError for a call that cannot work.
    """
    script, directory = Path(script).resolve(), Path(directory).resolve()
    _refuse_what_cannot_work(script, directory, trials, workers)
    begin, port = time.perf_counter(), _free_port()
    parts = {tuner: _roles(tuner, LOOPBACK, port) for tuner in _tuners(workers)}
    with _processes(script, directory, parts) as processes:
        _wait(processes, directory, trials, begin + limit)
        seconds = time.perf_counter() - begin
    return Spread(finished_trials(directory), seconds)


def run_alone(
    script: str | Path, directory: str | Path, trials: int, kill_in: int = 0, limit: float = 600.0
) -> float:
    """Run a script's search in one process of its own, and wait until it ends; the seconds that took.

    script, directory, trials, limit: as in run_search, but the folder may hold a search, which goes on.
    kill_in: kill the process when that trial, counted from 1, has just begun; 0 lets it come to its end.

    Raises SearchFailed when it fails or takes too long, ValueError when there is no script.
    """
    script, directory = Path(script).resolve(), Path(directory).resolve()
    _refuse_a_missing_script(script)
    begin = time.perf_counter()
    bar = _bar(trials)
    with _processes(script, directory, {"alone": {}}) as processes:
        while processes["alone"].poll() is None:
            if kill_in and sum(1 for _ in _trial_files(directory)) >= kill_in:
                time.sleep(0.2)  # into the trial; leaving this block kills the process
                break
            _raise_if_one_failed(processes, directory, begin + limit)
            bar.update(len(finished_trials(directory)) - bar.n)
            time.sleep(0.1)
        _raise_if_one_failed(processes, directory, begin + limit)
    bar.close()
    return time.perf_counter() - begin


def commands(
    script: str | Path, directory: str | Path, address: str, port: int, workers: int = 2
) -> list[str]:
    """What to type in a terminal on each machine: the chief's line first, then each worker's.

    address: the chief's, as the others see it. Nothing protects it: use it only in a network that you trust.
    """
    call = shlex.join(["python", str(script), str(directory)])
    return [
        " ".join([*(f"{name}={value}" for name, value in _roles(tuner, address, port).items()), call])
        for tuner in _tuners(workers)
    ]


def finished_trials(directory: str | Path) -> list[Trial]:
    """The trials under a tuner's directory that came to their end, by name."""
    return [
        Trial(data["trial_id"], data["hyperparameters"]["values"], data["score"], data["written"])
        for data in _trial_files(Path(directory))
        if data["status"] == "COMPLETED"
    ]


def _refuse_what_cannot_work(script: Path, directory: Path, trials: int, workers: int) -> None:
    _refuse_a_missing_script(script)
    if workers < 1 or trials < 1:
        raise ValueError(f"workers and trials must be at least 1, not {workers} and {trials}")
    if next(_trial_files(directory), None):
        raise ValueError(f"{directory} already holds a search: give a new folder")


def _refuse_a_missing_script(script: Path) -> None:
    if not script.is_file():
        raise ValueError(f"there is no script {script}")


def _tuners(workers: int) -> list[str]:
    return ["chief", *(f"worker{number}" for number in range(workers))]


def _roles(tuner: str, address: str, port: int) -> dict[str, str]:
    return {
        "KERASTUNER_TUNER_ID": tuner,
        "KERASTUNER_ORACLE_IP": address,
        "KERASTUNER_ORACLE_PORT": str(port),
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        return taken.getsockname()[1]


def _log(directory: Path, tuner: str) -> Path:
    return directory / f"{tuner}.log"


@contextmanager
def _processes(
    script: Path, directory: Path, parts: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A process for each part, by name, all ended on the way out. parts: name: environment variables."""
    # gRPC, which they talk through, would otherwise look for a proxy on the way to this very machine.
    quiet = {"no_grpc_proxy": f"{LOOPBACK},localhost", "GRPC_VERBOSITY": "ERROR"}
    here = str(Path(__file__).resolve().parent.parent)
    paths = os.pathsep.join(path for path in (here, os.environ.get("PYTHONPATH")) if path)
    command = [sys.executable, "-m", "utils.distributed_search", str(script), str(directory)]
    directory.mkdir(parents=True, exist_ok=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, part in parts.items():
            environment = {**os.environ, **quiet, "PYTHONPATH": paths, **part}
            with _log(directory, name).open("wb") as log:
                processes[name] = subprocess.Popen(
                    command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
                )
        yield processes
    finally:
        for process in processes.values():
            process.kill()
        for process in processes.values():
            process.wait()
            process.stdin.close()


def _wait(
    processes: Mapping[str, subprocess.Popen[bytes]], directory: Path, trials: int, deadline: float
) -> None:
    """Until every worker here has ended well, or the chief has, and no trial is running any more."""
    bar = _bar(trials)
    try:
        while not _is_over(processes, directory):
            _raise_if_one_failed(processes, directory, deadline)
            bar.update(len(finished_trials(directory)) - bar.n)
            time.sleep(0.2)
        bar.update(len(finished_trials(directory)) - bar.n)
    finally:
        bar.close()


def _bar(trials: int) -> Any:
    from utils.training import progress_bar  # brings Keras, which a process of the search may do without

    return progress_bar(trials, "trials")


def _is_over(processes: Mapping[str, subprocess.Popen[bytes]], directory: Path) -> bool:
    # The chief leaves when all workers it has met have heard that it is over. One that comes later, since
    # it took long to start, finds nobody to talk to, and would wait for an hour or stop with an error.
    ended = [process.poll() for name, process in processes.items() if name != "chief"]
    if processes["chief"].poll() != 0 and ended.count(0) < len(ended):
        return False
    return not any(data["status"] == "RUNNING" for data in _trial_files(directory))


def _raise_if_one_failed(
    processes: Mapping[str, subprocess.Popen[bytes]], directory: Path, deadline: float
) -> None:
    for tuner, process in processes.items():
        if process.poll() and not _chief_has_just_left(processes):
            raise SearchFailed(
                f"{tuner} stopped with exit code {process.returncode}.{_end_of_log(directory, tuner)}"
            )
    if time.perf_counter() > deadline:
        raise SearchFailed(f"the search was not done in time.{_end_of_log(directory, next(iter(processes)))}")


def _chief_has_just_left(processes: Mapping[str, subprocess.Popen[bytes]], seconds: float = 5.0) -> bool:
    """Whether the chief ends well within some seconds: then a worker that failed only lost touch with it."""
    if "chief" not in processes:
        return False
    try:
        return processes["chief"].wait(seconds) == 0
    except subprocess.TimeoutExpired:
        return False


def _end_of_log(directory: Path, tuner: str, lines: int = 8) -> str:
    path = _log(directory, tuner)
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text:
        return f" Its log {path} is empty."
    return f" The end of its log, {path}:\n" + "\n".join(text.split("\n")[-lines:])


def _trial_files(directory: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(directory.glob("*/trial_*/trial.json")):
        try:
            yield json.loads(path.read_text(encoding="utf-8")) | {"written": path.stat().st_mtime}
        except (OSError, json.JSONDecodeError):
            continue  # being written at this moment; the next look will find it


def _end_with_parent() -> None:
    """End this process when the one that started it is gone: then the pipe to its standard input closes."""

    def watch() -> None:
        # os.read, since sys.stdin's own lock, held by a waiting thread, would break an orderly exit
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _wait_for_the_chief_to_listen(seconds: float = 120.0) -> None:
    """Import what takes long, then wait until the chief's port answers; after that many seconds go on anyhow.

    A worker that calls before the chief listens is refused, and gRPC then waits longer after each refusal
    before it calls again: often half a minute is lost.
    """
    import keras_tuner  # noqa: F401

    chief = os.environ["KERASTUNER_ORACLE_IP"], int(os.environ["KERASTUNER_ORACLE_PORT"])
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(chief, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    _end_with_parent()
    if os.environ.get("KERASTUNER_TUNER_ID", "chief") != "chief":
        _wait_for_the_chief_to_listen()
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")
