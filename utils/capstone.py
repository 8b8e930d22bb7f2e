"""The capstone's entries: small language models of the stories that give probabilities, trained and scored.

The score is what is left to gain: the mean over all words of the nats by which a model's guess of the next
word falls short of the true probabilities (the Kullback-Leibler divergence, Cover and Thomas 2006, section
2.3). It is 0 for who knows the language, and never below.
"""

import inspect
import json
import lzma
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from utils import stories, story_chances
from utils.counting import count
from utils.llm.config import Config
from utils.llm.looped import Looped
from utils.llm.model import LanguageModel
from utils.training import progress_bar

WINDOW = stories.LONGEST + 1
"""Tokens that an entry takes: `<end>` and the longest story."""

_MOST_IN_A_SETTING = 8
"""Numbers that a layer's setting may list, as a shape does, without being taken for parameters."""

_RECKONED_WITH = {
    "args",
    "kwargs",
    "epsilon",
    "scale",
    "offset",
    "mean",
    "variance",
    "bin_boundaries",
    "negative_slope",
    "alpha",
    "threshold",
    "max_value",
}
"""Settings whose numbers, all but 0 and 1, enter into what a model computes, whole ones too."""

_OF_TRAINING = (
    *("_initializer", "_regularizer", "_constraint", "rate", "dropout", "momentum", "stddev", "l1", "l2"),
)
"""How settings end with which a trained model computes nothing; what an initializer makes is weights."""

_FREE_BYTES, _BYTES = 2_048, 4
"""What a model's description may take when packed, and how many more bytes stand for a parameter, which has
four itself. Measured: a transformer of Keras' layers takes about 950, and 50 to 100 more for each block."""


class Guesser(keras.Model):
    """A LanguageModel, or a Looped one, that answers with probabilities in place of logits.

    model: its layers are shared, nothing is copied. Takes tokens (texts, time), returns probabilities
    (texts, time, vocabulary): at each place those of the next token.
    """

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model
        self.built = True

    def call(self, tokens: Any) -> Any:
        return ops.softmax(self.model(tokens))


def sized(
    width: int, hidden: int, layers: int = 1, heads: int = 4, key_value_heads: int | None = None
) -> Config:
    """The sizes of a model of the stories: 67 words, a tied table, room for the longest story.

    key_value_heads: as many as heads when left out. Raises ValueError as Config does.
    """
    return Config(len(stories.VOCABULARY), width, layers, heads, key_value_heads or heads, hidden, WINDOW)


def train_entry(
    config: Config,
    steps: int,
    seed: int,
    *,
    texts: int = 2_000,
    rate: float = 0.01,
    batch: int = 64,
    warm_up: int = 30,
    decay: bool = True,
    teacher: bool = False,
    looped: bool = False,
    average: float = 0.0,
) -> Guesser:
    """A Guesser of these sizes, trained on stories.

    steps, batch: how many gradients, each from how many stories. seed: of the start, of the stories and of
    their order. texts: how many stories it may read. rate: Adam's largest; it rises over `warm_up` steps,
    and with `decay` it falls to zero at the end as a cosine does. teacher: whether the true probabilities
    of the next word are learned from, in place of the word that came. looped: one block, used as often as
    the layers say. average: how much of a running mean of the weights is kept at each step; above 0, the
    mean is handed back in place of the last weights.
    """
    keras.utils.set_random_seed(seed)
    model = Looped(config) if looped else LanguageModel(config)
    # No seed of the grader's or of the lesson's held-out stories is near.
    told = story_chances.drawn(texts, seed=1_000_000_000 + seed)
    rows, real, goals = story_chances.chances(told)
    if not teacher:
        goals = np.eye(len(stories.VOCABULARY), dtype="float32")[rows[:, 1:]]
    data = rows[:, :-1], real, goals
    return train_model(model, data, steps, seed, rate, batch, warm_up, decay, average)


def train_model(
    model: LanguageModel,
    data: tuple[np.ndarray, np.ndarray, np.ndarray],
    steps: int,
    seed: int,
    rate: float,
    batch: int,
    warm_up: int,
    decay: bool,
    average: float,
) -> Guesser:
    """A Guesser with this model in it, trained; what train_entry() and utils.surnames do with their data.

    data: tokens (texts, time), which of their places count, 1.0 or 0.0, and at each the probabilities to be
    learned (texts, time, vocabulary). The rest as in train_entry().
    """
    rows, real, goals = data
    optimizer = keras.optimizers.Adam(rate, beta_2=0.99, clipnorm=1.0)
    variables = model.trainable_variables
    optimizer.build(variables)
    means = [tf.Variable(variable.value) for variable in variables] if average else []

    @tf.function
    def step(rows: Any, real: Any, goals: Any, rate: Any, kept: Any) -> None:
        optimizer.learning_rate.assign(rate)
        with tf.GradientTape() as tape:
            losses = keras.losses.categorical_crossentropy(goals, model(rows), from_logits=True)
            loss = ops.sum(losses * real) / ops.sum(real)
        optimizer.apply(tape.gradient(loss, variables), variables)
        for mean, variable in zip(means, variables, strict=False):
            mean.assign(kept * mean + (1 - kept) * variable)

    rng, order, bar = np.random.default_rng(seed), np.array([], dtype=int), progress_bar(steps, "steps")
    for number in range(steps):
        while len(order) < batch:
            order = np.concatenate([order, rng.permutation(len(rows))])
        chosen, order = order[:batch], order[batch:]
        now = rate * min((number + 1) / max(warm_up, 1), 1)
        if decay:
            now *= 0.5 * (1 + math.cos(math.pi * number / steps))
        kept = min(average, number / (number + 10))  # a short memory at first: the start counts for nothing
        arrays = rows[chosen], real[chosen], goals[chosen]
        step(*arrays, tf.constant(now, "float32"), tf.constant(kept, "float32"))
        bar.update(1)
    bar.close()
    for mean, variable in zip(means, variables, strict=False):
        variable.assign(mean)
    entry = Guesser(model)
    entry.tokens_read = int(steps * batch * real.sum(axis=1).mean())
    return entry


def nats_left(model: Any, told: Sequence[Mapping[str, str]]) -> float:
    """What a model has left to gain on these stories, in nats a word: the score. Lower is better.

    told: the values of stories (story_chances.drawn). model: takes (stories, 54) tokens, returns
    probabilities; each row is divided by its sum, so that no rounding is worth anything.
    """
    rows, real, true = story_chances.chances(told)
    guessed = np.asarray(model(rows[:, :-1]), dtype="float64")
    # What is no probability (below 0, NaN, infinite) is worth nothing, in whichever story it hides.
    guessed = np.where(np.isfinite(guessed) & (guessed > 0), guessed, 0) + 1e-30
    guessed = guessed / guessed.sum(axis=-1, keepdims=True)
    true = true.astype("float64")
    true = true / true.sum(axis=-1, keepdims=True)
    # The logarithm of 0 is asked for where the true probability is 0, and counts for nothing there.
    lost = np.where(true > 0, true * (np.log(np.maximum(true, 1e-300)) - np.log(guessed)), 0).sum(axis=-1)
    return float((lost * real).sum() / real.sum())


def parameters(model: Any) -> int:
    """The parameters of an entry: arrays, those that are shared once, and what its description says besides.

    A table of constants in a layer's settings (the mean of a Normalization, a list added to what a layer
    gives) knows as much as an array of weights, and so do many layers with an epsilon chosen for each. What
    counts are fractions that are not a Keras layer's own, numbers that enter into what is computed, and lists
    longer than any shape. Which layer is joined to which can hold numbers, too: where a model's description,
    packed with LZMA, takes more than 2,048 bytes, 4 of the bytes beyond count as one parameter if these are
    more; what the layers are called does not matter. A Guesser's description is a dozen sizes, and nothing in
    it counts.
    """
    if type(model) is not keras.Sequential and type(model).__name__ != "Functional":
        return count(model)
    names: dict[str, str] = {}

    def kept(node: dict[str, Any]) -> dict[str, Any]:
        if node.get("class_name") != "DTypePolicy" and isinstance(node.get("config"), dict):
            names.setdefault(node["config"].get("name"), str(len(names)))
        return {name: value for name, value in node.items() if name != "compile_config"}

    described = json.loads(model.to_json(), object_hook=kept)
    text = json.dumps(_renamed(described, names), separators=(",", ":"))
    packed = len(lzma.compress(text.encode()))
    return count(model) + max(_listed(described), (packed - _FREE_BYTES) // _BYTES)


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _renamed(value, names) for name, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    return names.get(node, node) if isinstance(node, str) else node


def _listed(node: Any, reckoned: bool = False) -> int:
    if isinstance(node, dict):
        if node.get("class_name") in ("__keras_tensor__", "__slice__", "slice"):
            return 0
        as_ever = _defaults(node["class_name"]) if node.get("module") == "keras.layers" else {}
        kept = {name: value for name, value in node.items() if name != "build_config"}
        if as_ever:
            kept["config"] = {
                name: value
                for name, value in node["config"].items()
                if name not in as_ever or value != as_ever[name]
            }
        return sum(
            _listed(value, reckoned or name in _RECKONED_WITH)
            for name, value in kept.items()
            if reckoned or not name.endswith(_OF_TRAINING)
        )
    if type(node) in (int, float):
        return int((reckoned or type(node) is float) and node not in (0, 1))
    if not isinstance(node, list):
        return 0
    numbers = _flat(node)
    if numbers is None:
        return sum(_listed(item, reckoned) for item in node)
    fractions = any(isinstance(number, float) and not number.is_integer() for number in numbers)
    return len(numbers) if reckoned or fractions or len(numbers) > _MOST_IN_A_SETTING else 0


@cache
def _defaults(layer: str) -> dict[str, Any]:
    """A layer's settings as they are where nobody says anything."""
    arguments = inspect.signature(getattr(keras.layers, layer)).parameters
    return {name: one.default for name, one in arguments.items() if one.default is not one.empty}


def _flat(node: list[Any]) -> list[Any] | None:
    """All numbers of a list of lists, or None where there is anything else in it."""
    found: list[Any] = []
    for item in node:
        inner = _flat(item) if isinstance(item, list) else [item]
        if inner is None or not all(type(one) in (int, float) for one in inner):
            return None
        found += inner
    return found


def baselines(board: str | None = None) -> list[dict[str, Any]]:
    """Entries of ours, trained and scored once: who, entry, parameters, nats, tokens, how, and with what.

    board: "stories", "kilobytes" (these have bytes, too) or "surnames"; all of them when left out.
    benchmarks/capstone_baselines.py makes the file by training them.
    """
    text = files("utils").joinpath("capstone_baselines.json").read_text(encoding="utf-8")
    return [one for one in json.loads(text)["entries"] if board in (None, one["board"])]


def save_entry(model: Any, name: str, folder: str | Path = ".") -> Path:
    """Write an entry with its weights into a file that stands for it: NAME.py, to be pasted into a cell.

    name: of the exercise, such as "entry_5000". Returns the file's path.

    Raises ValueError when the model has layers of your own making, which cannot travel.
    """
    from utils.grading import models

    packed = models.pack(model)
    if "opaque" in packed:
        raise ValueError(f"model has a part that cannot be written down: {packed['opaque']}")
    path = Path(folder, f"{name}.py")
    text = json.dumps(packed, separators=(",", ":"))
    code = f"from utils.capstone import read_entry\n\n{name} = read_entry({text!r})\ncheck({name}={name})\n"
    path.write_text(code, encoding="utf-8")
    return path


def read_entry(text: str) -> Any:
    """The model that save_entry() wrote down."""
    from utils.grading import models

    packed = json.loads(text)
    models.look_through(packed)
    return models.rebuild(packed)
