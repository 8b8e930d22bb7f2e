"""Trains and scores the baselines of the capstone's leaderboard: writes utils/capstone_baselines.json.

`python benchmarks/capstone_baselines.py` trains all of them, one after another; with names behind it only
those, and the others stay as they are. Each takes at most ten minutes of computing on one or two cores. The
score is taken on 2,000 stories that no training has drawn.
"""

import datetime
import json
import sys
import time
from pathlib import Path

import keras
import tensorflow as tf

from utils import story_chances
from utils.capstone import nats_left, parameters, sized, train_entry

FILE = Path(__file__).parents[1] / "utils" / "capstone_baselines.json"
STORIES, SEED = 2_000, 900_017

RECIPES = {
    "starting kit": (5_000, {"width": 24, "hidden": 12}, {"steps": 200}),
    "small, with a teacher": (
        5_000,
        {"width": 24, "hidden": 12},
        {"steps": 800, "rate": 0.02, "teacher": True, "average": 0.98},
    ),
    "one block of 48": (20_000, {"width": 48, "hidden": 48}, {"steps": 300, "rate": 0.015, "teacher": True}),
    "one block of 96": (
        100_000,
        {"width": 96, "hidden": 128},
        {"steps": 300, "rate": 0.006, "teacher": True},
    ),
    "48, for longer": (
        20_000,
        {"width": 48, "hidden": 48},
        {"steps": 800, "rate": 0.006, "teacher": True, "average": 0.98},
    ),
    "96, for longer": (
        100_000,
        {"width": 96, "hidden": 128},
        {"steps": 800, "rate": 0.006, "teacher": True, "average": 0.98},
    ),
}
"""Who: the budget, the sizes for sized(), and what train_entry() is told; the seed is 0."""


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
        print(f"{name}: {new['nats']:.4f} nats left, {new['seconds of computing']} s computed", flush=True)


def measured(name: str) -> dict:
    """One baseline, trained and scored now, with how it came about."""
    budget, sizes, told = RECIPES[name]
    clock, computing = time.perf_counter(), time.process_time()
    entry = train_entry(sized(**sizes), seed=0, **told)
    clock, computing = time.perf_counter() - clock, time.process_time() - computing
    recipe = ", ".join(f"{key} {value}" for key, value in {**sizes, **told}.items())
    return {
        "who": name,
        "budget": budget,
        "parameters": parameters(entry),
        "nats": nats_left(entry, story_chances.drawn(STORIES, SEED)),
        "tokens": entry.tokens_read,
        "how": recipe,
        "seconds": round(clock),
        "seconds of computing": round(computing),
        "when": datetime.date.today().isoformat(),
        "with": f"TensorFlow {tf.__version__}, Keras {keras.__version__}",
    }


if __name__ == "__main__":
    main(sys.argv[1:])
