"""Who waits for whom: successive halving on several workers, on a clock that only counts.

Both take trials from the front of one list; what differs is when a trial may go on or a new one begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from utils import plots


@dataclass(frozen=True)
class Job:
    """A trial trained from the rung below to this one. begin, end: on the clock."""

    worker: int
    trial: int
    rung: int
    begin: float
    end: float


def in_step(losses: np.ndarray, seconds: Sequence[float], workers: int, factor: int = 3) -> list[Job]:
    """Successive halving: a rung begins when the one below is complete.

    losses: (trials, rungs). seconds: what an epoch of each trial takes. Rung r ends after factor ** r epochs.
    """
    jobs, free = [], [0.0] * workers
    trials, rungs = range(len(losses)), losses.shape[1]
    for rung in range(rungs):
        free = [max(free)] * workers
        for trial in trials:
            _give(jobs, free, trial, rung, seconds, factor)
        order = sorted(trials, key=lambda trial: losses[trial, rung])
        trials = sorted(order[: len(order) // factor])
    return jobs


def as_they_come(
    losses: np.ndarray, seconds: Sequence[float], workers: int, until: float, factor: int = 3
) -> list[Job]:
    """Asynchronous halving (Li and others 2020): a free worker takes the highest trial that may go on.

    A trial may go on when it is among the best 1 / factor of those that have finished its rung so far. Where
    none may, a new one begins; when all have begun, a worker waits for the next end. Nothing begins from the
    time `until` on. The other arguments as above.
    """
    jobs, free, waiting = [], [0.0] * workers, list(range(len(losses)))
    rungs, promoted = losses.shape[1], [set() for _ in range(losses.shape[1])]
    while (now := min(free)) < until:
        if (found := _may_go_on(jobs, losses, promoted, now, factor)) is not None:
            trial, rung = found
            promoted[rung].add(trial)
            _give(jobs, free, trial, rung + 1, seconds, factor)
        elif waiting:
            _give(jobs, free, waiting.pop(0), 0, seconds, factor)
        elif later := [job.end for job in jobs if job.end > now and job.rung < rungs - 1]:
            free[free.index(now)] = min(later)
        else:
            break
    return jobs


def idle(jobs: Sequence[Job], workers: int, until: float) -> float:
    """The part of the workers' time, from 0 to `until`, in which they had nothing to do."""
    busy = sum(min(job.end, until) - job.begin for job in jobs)
    return 1 - busy / (workers * until)


def draw_workers(axes: Axes, jobs: Sequence[Job]) -> None:
    """A row for each worker, a bar for each job, coloured by its rung; in long ones the trial's number."""
    shades = (plots.SKY, plots.BLUE, plots.ORANGE)
    for job in jobs:
        colour = shades[min(job.rung, 2)]
        axes.barh(job.worker, job.end - job.begin, left=job.begin, color=colour, edgecolor="white")
        if job.end - job.begin >= 3:  # in shorter ones it has no room
            place = (job.begin + min(job.end, job.begin + 12)) / 2, job.worker
            axes.text(*place, job.trial, ha="center", va="center", fontsize=8, clip_on=True)
    workers = sorted({job.worker for job in jobs})
    axes.set_yticks(workers, [f"worker {worker + 1}" for worker in workers])
    axes.invert_yaxis()
    axes.grid(False, axis="y")


def _give(jobs: list[Job], free: list[float], trial: int, rung: int, seconds: Sequence[float], factor: int):
    worker = free.index(min(free))
    epochs = factor**rung - (factor ** (rung - 1) if rung else 0)
    begin, free[worker] = free[worker], free[worker] + epochs * seconds[trial]
    jobs.append(Job(worker, trial, rung, begin, free[worker]))


def _may_go_on(
    jobs: Sequence[Job], losses: np.ndarray, promoted: Sequence[set[int]], now: float, factor: int
) -> tuple[int, int] | None:
    for rung in reversed(range(losses.shape[1] - 1)):
        done = [job.trial for job in jobs if job.rung == rung and job.end <= now]
        best = sorted(done, key=lambda trial: losses[trial, rung])[: len(done) // factor]
        if ready := [trial for trial in best if trial not in promoted[rung]]:
            return ready[0], rung
    return None
