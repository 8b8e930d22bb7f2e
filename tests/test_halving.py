"""Lesson 15's two kinds of halving, and what it counts as the best of a search."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils import halving, race


@st.composite
def contests(draw):
    trials, seed = draw(st.integers(9, 20)), draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    return rng.random((trials, 3)), rng.integers(1, 7, trials).astype(float), draw(st.integers(1, 5))


def nobody_does_two_things_at_once(jobs):
    for worker in {job.worker for job in jobs}:
        own = sorted((job.begin, job.end) for job in jobs if job.worker == worker)
        assert all(first[1] <= second[0] for first, second in pairwise(own))


@settings(max_examples=40, deadline=None)
@given(contests())
def test_in_step_nobody_goes_on_before_the_rung_is_complete(contest):
    losses, seconds, workers = contest
    jobs = halving.in_step(losses, seconds, workers)
    nobody_does_two_things_at_once(jobs)
    for rung in (1, 2):
        below = [job for job in jobs if job.rung == rung - 1]
        here = [job for job in jobs if job.rung == rung]
        assert len(here) == len(below) // 3
        assert all(job.begin >= max(one.end for one in below) for job in here)
        ranked = sorted(below, key=lambda job: losses[job.trial, rung - 1])
        assert {job.trial for job in here} == {job.trial for job in ranked[: len(here)]}


@settings(max_examples=40, deadline=None)
@given(contests())
def test_as_they_come_each_that_goes_on_was_among_the_best_so_far(contest):
    losses, seconds, workers = contest
    jobs = halving.as_they_come(losses, seconds, workers, until=1e9)
    nobody_does_two_things_at_once(jobs)
    assert len({(job.trial, job.rung) for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.end - job.begin == [1, 2, 6][job.rung] * seconds[job.trial]
        if job.rung:
            done = [one.trial for one in jobs if one.rung == job.rung - 1 and one.end <= job.begin]
            best = sorted(done, key=lambda trial: losses[trial, job.rung - 1])[: len(done) // 3]
            assert job.trial in best


def test_with_enough_trials_nobody_waits_and_nothing_begins_too_late():
    rng = np.random.default_rng(0)
    jobs = halving.as_they_come(rng.random((300, 3)), [1.0] * 300, workers=4, until=30.0)
    assert halving.idle(jobs, 4, 30.0) == pytest.approx(0)
    assert all(job.begin < 30 for job in jobs)


def test_idle_is_the_part_without_work():
    jobs = [halving.Job(0, 0, 0, 0.0, 4.0), halving.Job(1, 1, 0, 0.0, 1.0)]
    assert halving.idle(jobs, workers=2, until=4.0) == pytest.approx(3 / 8)


def test_the_best_of_a_search_counts_only_what_its_budget_has_paid_for():
    trials = [(9, 1.5), (1, 2.0), (9, 0.9)]
    assert race.best_within(trials, 8) == pytest.approx(np.log(67))
    assert race.best_within(trials, 18) == 1.5
    assert race.best_within(trials, 19) == 0.9
