"""Students: small language models that learn from probabilities, not only from what was written."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from utils.llm.config import Config
from utils.llm.model import LanguageModel
from utils.training import progress_bar


def train_student(
    config: Config,
    wanted: tuple[np.ndarray, np.ndarray],
    unseen: tuple[np.ndarray, np.ndarray],
    seed: int,
    steps: int = 60,
    rate: float = 0.01,
) -> list[float]:
    """Train a model from a random start; returns its loss on unseen texts in nats, after every 5 steps.

    wanted: tokens (texts, time), and for each the probabilities that the next one should get, (texts, time,
    vocabulary); a text that was written gives 1 to the token that came, and 0 to the others.
    unseen: tokens and the next tokens, both (texts, time). Adam; every step sees all texts.
    """
    keras.utils.set_random_seed(seed)
    model = LanguageModel(config)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)
    tokens, chances = tf.constant(wanted[0]), tf.constant(wanted[1], "float32")

    @tf.function
    def step() -> None:
        with tf.GradientTape() as tape:
            losses = keras.losses.categorical_crossentropy(chances, model(tokens), from_logits=True)
            loss = ops.mean(losses)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    @tf.function
    def loss_on(tokens: Any, targets: Any) -> Any:
        losses = keras.losses.sparse_categorical_crossentropy(targets, model(tokens), from_logits=True)
        return ops.mean(losses)

    found, bar = [], progress_bar(steps, "steps")
    for number in range(1, steps + 1):
        step()
        if number % 5 == 0:
            found.append(float(loss_on(*unseen)))
        bar.update(1)
    bar.close()
    return found
