"""A language model as a teacher: it writes texts, with what it gave every token, and it is imitated."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from utils.llm.model import LanguageModel
from utils.training import progress_bar


def write_texts(
    model: LanguageModel, start: list[int], texts: int, length: int, temperature: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw many texts side by side that begin alike.

    start: the tokens that each begins with. length: how many are drawn after them.
    Returns the drawn tokens (texts, length), and the probabilities that each was drawn from, (texts, length,
    vocabulary), in 16 bits: 6 MB for each 64 tokens.
    """
    cache = model.empty_cache(len(start) + length, texts)
    tokens = np.empty((texts, length), "int32")
    given = np.empty((texts, length, model.config.vocabulary), "float16")
    rng, bar = np.random.default_rng(seed), progress_bar(length, "tokens")

    # One graph for the beginning and for what follows it, since to trace one takes seconds.
    tokens_now, number_now = tf.TensorSpec((texts, None), "int32"), tf.TensorSpec((), "int32")
    kept = tf.nest.map_structure(tf.TensorSpec.from_tensor, cache)

    @tf.function(input_signature=[tokens_now, number_now, kept])
    def step(new: Any, place: Any, cache: Any) -> tuple[Any, Any]:
        logits, cache = model(new, cache=cache, start=place)
        return tf.nn.softmax(logits[:, -1] / temperature), cache

    new, place = np.tile(np.array(start, "int32"), (texts, 1)), 0
    for number in range(length):
        chances, cache = step(tf.constant(new), tf.constant(place), cache)
        chances = chances.numpy()
        reached = chances.cumsum(axis=1) > rng.random((texts, 1)) * chances.sum(axis=1, keepdims=True)
        given[:, number] = chances
        tokens[:, number] = reached.argmax(axis=1)
        new, place = tokens[:, number : number + 1], place + new.shape[1]
        bar.update(1)
    bar.close()
    return tokens, given


def imitate(
    student: LanguageModel,
    teacher: LanguageModel,
    tokens: np.ndarray,
    steps: int,
    rate: float,
    batch: int = 4,
) -> None:
    """Train what is trainable in a student to give every token the probability that a teacher gives it.

    tokens: (texts, time) whole numbers; the texts come in their order, `batch` in a step of Adam, again and
    again. Memory: a probability for every token of the vocabulary at every place.
    """
    parts = np.array_split(tokens, range(batch, len(tokens), batch))
    lessons = [(tf.constant(part), tf.nn.softmax(teacher(part))) for part in parts]
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(student.trainable_variables)

    @tf.function(reduce_retracing=True)
    def step(tokens: Any, wanted: Any) -> None:
        with tf.GradientTape() as tape:
            losses = tf.nn.softmax_cross_entropy_with_logits(wanted, student(tokens))
            loss = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(loss, student.trainable_variables), student.trainable_variables)

    bar = progress_bar(steps, "steps")
    for number in range(steps):
        step(*lessons[number % len(lessons)])
        bar.update(1)
    bar.close()
