"""Trains small language models on the little stories."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from utils import stories
from utils.llm.config import Config
from utils.llm.model import LanguageModel
from utils.training import progress_bar


def losses(model: Any, rows: Any) -> Any:
    """Minus the logarithm of the probability that a model gives to what comes next, in nats.

    rows: numbers of words, (stories, time + 1), as stories.rows() makes them. Returns (stories, time): at
    each place the loss for the word after it.
    """
    logits = model(rows[:, :-1])
    return keras.losses.sparse_categorical_crossentropy(rows[:, 1:], logits, from_logits=True)


def train(
    config: Config,
    texts: Sequence[str],
    steps: int,
    seed: int,
    *,
    rate: float = 0.015,
    batch: int = 64,
    window: int | None = None,
    watch: Callable[[int, LanguageModel], None] | None = None,
    build: Callable[[Config], LanguageModel] = LanguageModel,
) -> LanguageModel:
    """A LanguageModel of these sizes, trained on stories.

    steps, batch: how many gradients, each from how many stories. seed: of the start and of the order of the
    stories. rate: Adam's largest; it warms up over 30 steps and falls to zero at the end. window: how many
    words a token may look at, itself the last of them; all earlier ones when left out. watch: called every
    50 steps, with the number of steps done and the model. build: makes the model from its sizes.
    """
    keras.utils.set_random_seed(seed)
    model = build(config)
    if window:
        _shorten_sight(model, window)
    optimizer = keras.optimizers.Adam(rate, beta_2=0.99)
    optimizer.build(model.trainable_variables)
    rows, real = stories.rows(texts)

    @tf.function
    def step(rows: Any, real: Any, rate: Any) -> None:
        optimizer.learning_rate.assign(rate)
        with tf.GradientTape() as tape:
            loss = ops.sum(losses(model, rows) * real) / ops.sum(real)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    rng, order, bar = np.random.default_rng(seed), np.array([], dtype=int), progress_bar(steps, "steps")
    for number in range(steps + 1):
        if watch and number % 50 == 0:
            watch(number, model)
        if number == steps:
            break
        if len(order) < batch:
            order = rng.permutation(len(rows))
        chosen, order = order[:batch], order[batch:]
        now = rate * min((number + 1) / 30, 1 - number / steps)
        step(rows[chosen], real[chosen], tf.constant(now, "float32"))
        bar.update(1)
    bar.close()
    return model


def _shorten_sight(model: LanguageModel, window: int) -> None:
    """Let each token of the model see itself and the `window - 1` tokens before it."""
    for attention in {id(block): block.attention for block in model.blocks}.values():
        attention.pattern = _near(attention.pattern, window)


def _near(pattern: Callable[..., Any], window: int) -> Callable[..., Any]:
    """The pattern of an attention layer without what is further back.

    Taking shares away and bringing the rest of each row back to a sum of 1 is the same as masking the scores.
    """

    def near(query: Any, key: Any, positions: Any) -> Any:
        shares = pattern(query, key, positions)
        seen = ops.expand_dims(positions, -1) - ops.arange(ops.shape(key)[1]) < window
        shares = ops.where(seen, shares, 0.0)
        return shares / ops.sum(shares, axis=-1, keepdims=True)

    return near
