"""Trains and scores the baselines of the capstone's leaderboard: writes utils/capstone_baselines.json.

`python benchmarks/capstone_baselines.py` trains all of them, one after another; with names behind it only
those, and the others stay as they are. Each takes at most ten minutes of computing on one or two cores. The
score is taken on 2,000 stories that no training has drawn, or on the half of the surnames that none has read.
"""

import datetime
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from utils import story_chances
from utils.capstone import nats_left, parameters, sized, train_entry
from utils.exercises.lesson_17 import ENTRIES
from utils.model_bytes import as_bytes, rounded
from utils.surnames import halves, nats_a_letter, pairs_of_letters, sized_for_names, train_on_names

FILE = Path(__file__).parents[1] / "utils" / "capstone_baselines.json"
STORIES, SEED = 2_000, 900_017


@dataclass(frozen=True)
class Recipe:
    """entry: the exercise's name. sizes: for sized() or sized_for_names(); nothing for what is counted.
    told: what the training is told; the seed is 0. bits: what it is rounded to afterwards, 0 for not at all.
    """

    entry: str
    sizes: dict[str, int]
    told: dict[str, Any]
    bits: int = 0


LONG = {"steps": 800, "teacher": True, "average": 0.98}
RECIPES = {
    "starting kit": Recipe("entry_5000", {"width": 24, "hidden": 12}, {"steps": 200}),
    "small, with a teacher": Recipe("entry_5000", {"width": 24, "hidden": 12}, {"rate": 0.02, **LONG}),
    "one block of 48": Recipe(
        "entry_20000", {"width": 48, "hidden": 48}, {"steps": 300, "rate": 0.015, "teacher": True}
    ),
    "one block of 96": Recipe(
        "entry_100000", {"width": 96, "hidden": 128}, {"steps": 300, "rate": 0.006, "teacher": True}
    ),
    "48, for longer": Recipe("entry_20000", {"width": 48, "hidden": 48}, {"rate": 0.006, **LONG}),
    "96, for longer": Recipe("entry_100000", {"width": 96, "hidden": 128}, {"rate": 0.006, **LONG}),
    "the kit in 6 bits": Recipe("entry_8_kilobytes", {"width": 24, "hidden": 12}, {"steps": 200}, bits=6),
    "the small one in 8 bits": Recipe(
        "entry_8_kilobytes", {"width": 24, "hidden": 12}, {"rate": 0.02, **LONG}, bits=8
    ),
    "32 wide, in 7 bits": Recipe(
        "entry_8_kilobytes", {"width": 32, "hidden": 32}, {"rate": 0.01, **LONG}, bits=7
    ),
    "pairs of letters, counted": Recipe("entry_surnames", {}, {}),
    "the kit of the surnames": Recipe("entry_surnames", {"width": 24, "hidden": 24}, {"steps": 200}),
    "surnames, for longer": Recipe(
        "entry_surnames",
        {"width": 24, "hidden": 24},
        {"steps": 2_000, "rate": 0.02, "average": 0.98},
    ),
}


def main(names: list[str]) -> None:
    """Train, score, and write after each, so that a run that is stopped loses one at the most."""
    if unknown := [name for name in names if name not in RECIPES]:
        sys.exit(f"There is no recipe {unknown[0]!r}; there are {', '.join(RECIPES)}.")
    kept = json.loads(FILE.read_text(encoding="utf-8"))["entries"] if FILE.exists() else []
    for name in names or RECIPES:
        new = measured(name)
        kept = [*(one for one in kept if one["who"] != name), new]
        kept.sort(key=lambda one: list(RECIPES).index(one["who"]))
        text = json.dumps({"stories": STORIES, "seed": SEED, "entries": kept}, indent=1)
        FILE.write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {new['nats']:.4f} nats, {new['seconds of computing']} s computed", flush=True)


def measured(name: str) -> dict[str, Any]:
    """One baseline, trained and scored now, with how it came about."""
    recipe = RECIPES[name]
    asked = ENTRIES[recipe.entry]
    clock, computing = time.perf_counter(), time.process_time()
    entry = made(recipe)
    clock, computing = time.perf_counter() - clock, time.process_time() - computing
    told = {**recipe.sizes, **recipe.told} | ({"bits": recipe.bits} if recipe.bits else {})
    score = partial(nats_a_letter, some_names=halves()[1])
    if asked.board != "surnames":
        score = partial(nats_left, told=story_chances.drawn(STORIES, SEED))
    found = {
        "who": name,
        "board": asked.board,
        "entry": recipe.entry,
        "budget": asked.budget,
        "parameters": 27 * 27 if not recipe.sizes else parameters(entry),
        "nats": score(entry),
        "tokens": getattr(entry, "tokens_read", None),
        "how": ", ".join(f"{key} {value}" for key, value in told.items()) or "0.01 added to each count",
        "seconds": round(clock),
        "seconds of computing": round(computing),
        "when": datetime.date.today().isoformat(),
        "with": f"TensorFlow {tf.__version__}, Keras {keras.__version__}",
    }
    if asked.unit == "bytes":
        found["bytes"] = len(as_bytes(entry))
    if asked.board == "surnames":
        found["nats read"] = nats_a_letter(entry, halves()[0])
    return found


def made(recipe: Recipe) -> Callable[[np.ndarray], Any]:
    """The entry: a trained model, or the function that looks up what was counted."""
    read, _ = halves()
    if not recipe.sizes:
        table = pairs_of_letters(read)
        return lambda rows: table[rows]
    if recipe.entry == "entry_surnames":
        return train_on_names(read, sized_for_names(**recipe.sizes), seed=0, **recipe.told)
    entry = train_entry(sized(**recipe.sizes), seed=0, **recipe.told)
    return rounded(entry, recipe.bits) if recipe.bits else entry


if __name__ == "__main__":
    main(sys.argv[1:])
