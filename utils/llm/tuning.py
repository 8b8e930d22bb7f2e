"""Training some of a LanguageModel's parameters on texts, of which only a part has to be learned.

    tuner = Tuner(model)                    # trains model.trainable_variables
    data = tuner.prepare(rows)              # runs once what the training cannot change
    loss = tuner.step(data, picks, rate)    # one step of Adam on rows `picks`

`rows` is what conversations() makes of questions and answers. What a step computes is one graph, traced at
the first step for rows of any length. Nearly all of it are products of large matrices, so that XLA made it
no faster when it was tried, and took longer to start, again for rows of each length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer

from utils.llm.model import LanguageModel
from utils.llm.tokenizer import encode_rows

_FIRST, _SECOND, _TINY = 0.9, 0.999, 1e-8
"""Adam's three constants, as Kingma and Ba (2014) advise."""


@dataclass(frozen=True)
class Rows:
    """Texts to learn from.

    tokens: (texts, time) whole numbers, zeros behind the end of a text. counted: (texts, time), 1.0 for each
    token that the model has to learn to write, 0.0 for those that it is only given.
    """

    tokens: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """Rows with the vectors that go into the first trained block: (texts, time, width).

    places: (texts, most), the places before the counted tokens; targets: those tokens; weights: 1.0, or 0.0
    where a text has fewer of them than another, and place and target are 0.
    """

    below: Any
    places: np.ndarray
    targets: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.places)


def as_question(question: str) -> str:
    """A question in the form of SmolLM2's conversations, up to where the answer begins; no system turn."""
    return f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


def conversations(
    tokenizer: Tokenizer, questions: Sequence[str], answers: Sequence[str], *, only_answers: bool = True
) -> Rows:
    """Rows for questions with their answers, each ending with <|im_end|>.

    only_answers: whether only the tokens of the answer and its end count; all but the first if not.
    """
    asked = [as_question(question) for question in questions]
    whole = [text + answer + "<|im_end|>" for text, answer in zip(asked, answers, strict=True)]
    tokens, ends = encode_rows(tokenizer, whole)
    starts = encode_rows(tokenizer, asked)[1] if only_answers else np.ones(len(asked), int)
    place = np.arange(tokens.shape[1])
    counted = (place >= starts[:, None]) & (place < ends[:, None])
    return Rows(tokens, counted.astype("float32"))


def plain_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> Rows:
    """Rows for texts of which every token but the first counts."""
    tokens, ends = encode_rows(tokenizer, texts)
    place = np.arange(tokens.shape[1])
    return Rows(tokens, ((place >= 1) & (place < ends[:, None])).astype("float32"))


def together(*groups: Rows) -> Rows:
    """The rows of several groups in one, all filled up to the longest."""
    time = max(group.tokens.shape[1] for group in groups)

    def joined(name: str) -> np.ndarray:
        arrays = [getattr(group, name) for group in groups]
        return np.concatenate([np.pad(each, ((0, 0), (0, time - each.shape[1]))) for each in arrays])

    return Rows(joined("tokens"), joined("counted"))


class Tuner:
    """Trains a model's trainable variables with Adam, and weight decay where it is asked for.

    Blocks below the lowest trained one give the same for a text in every step: prepare() runs them once.
    Memory: two more numbers for each trained one, and its gradient.
    """

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.variables = [variable.value for variable in model.trainable_variables]
        if not self.variables:
            raise ValueError("model has nothing to train: all its variables are frozen")
        trained = {id(variable) for variable in model.trainable_variables}
        holds = [any(id(variable) in trained for variable in block.variables) for block in model.blocks]
        self._whole = any(id(variable) in trained for variable in model.embedding.variables)
        self._first = 0 if self._whole else [*holds, True].index(True)
        self._means = [tf.Variable(tf.zeros_like(variable)) for variable in self.variables]
        self._squares = [tf.Variable(tf.zeros_like(variable)) for variable in self.variables]
        self._done = tf.Variable(0.0)
        # One graph for rows of any number and length: to trace one takes as long as a dozen steps.
        whole, number = tf.TensorSpec((None, None), "int32"), tf.TensorSpec((), "float32")
        below = whole if self._whole else tf.TensorSpec((None, None, model.config.width), "float32")
        rows = [below, whole, whole, tf.TensorSpec((None, None), "float32")]
        self._step = tf.function(self._take_step, input_signature=[*rows, number, number])
        self._losses = tf.function(self._each_loss, input_signature=rows)

    def reset(self) -> None:
        """Forget the averages of Adam, as for a new training."""
        for variable in (*self._means, *self._squares, self._done):
            variable.assign(tf.zeros_like(variable))

    def prepare(self, rows: Rows, batch: int = 8) -> Prepared:
        """What a step needs of these rows, the blocks below the first trained one run."""
        most = int(rows.counted.sum(axis=1).max())
        # The counted places first, in their order: a stable sort of what is not counted.
        places = np.argsort(1 - rows.counted, axis=1, kind="stable")[:, :most]
        weights = np.take_along_axis(rows.counted, places, axis=1)
        targets = np.take_along_axis(rows.tokens, places, axis=1) * weights
        places = np.maximum(places - 1, 0) * weights
        below = rows.tokens.astype("int32")
        if not self._whole:
            parts = np.array_split(below, range(batch, len(below), batch))
            below = np.concatenate([self._lower(part) for part in parts])
        return Prepared(below, places.astype("int32"), targets.astype("int32"), weights)

    def step(self, data: Prepared, picks: Sequence[int], rate: float, decay: float = 0.0) -> float:
        """One step on the rows `picks`; returns the mean loss of their counted tokens before the step.

        rate: the learning rate. decay: the share of each trained number, times the rate, that is taken off
        it in a step (AdamW: Loshchilov and Hutter 2017).
        """
        rows = _picked(data, picks)
        return float(self._step(*rows, np.float32(rate), np.float32(decay)))

    def loss(self, data: Prepared, batch: int = 8) -> float:
        """The mean loss of all counted tokens. Its exponential is their perplexity."""
        total = 0.0
        for start in range(0, len(data), batch):
            losses = self._losses(*_picked(data, range(start, min(start + batch, len(data)))))
            total += float(tf.reduce_sum(losses))
        return total / float(data.weights.sum())

    def _lower(self, tokens: np.ndarray) -> np.ndarray:
        x = self.model.embedding(tokens)
        for block in self.model.blocks[: self._first]:
            x = block(x)
        return np.asarray(x)

    def _each_loss(self, below: Any, places: Any, targets: Any, weights: Any) -> Any:
        """The loss of each counted token, 0 where there is none: (texts, most)."""
        x = self.model.embedding(below) if self._whole else below
        for block in self.model.blocks[self._first :]:
            x = block(x)
        # The head is a fifth of the model: it need not score what does not count.
        x = tf.gather(x, places, batch_dims=1)
        logits = self.model.logits(x)
        return weights * tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)

    def _take_step(self, below: Any, places: Any, targets: Any, weights: Any, rate: Any, decay: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            losses = self._each_loss(below, places, targets, weights)
            loss = tf.reduce_sum(losses) / tf.reduce_sum(weights)
        gradients = tape.gradient(loss, self.variables)
        self._done.assign_add(1.0)
        first, second = 1 - _FIRST**self._done, 1 - _SECOND**self._done
        state = zip(self.variables, gradients, self._means, self._squares, strict=True)
        for variable, gradient, mean, square in state:
            gradient = tf.convert_to_tensor(gradient)  # an embedding's is a list of rows
            mean.assign(_FIRST * mean + (1 - _FIRST) * gradient)
            square.assign(_SECOND * square + (1 - _SECOND) * tf.square(gradient))
            change = (mean / first) / (tf.sqrt(square / second) + _TINY)
            variable.assign_sub(rate * (change + decay * variable))
        return loss


def _picked(data: Prepared, picks: Sequence[int]) -> tuple[Any, Any, Any, Any]:
    picks = np.asarray(picks)
    places = data.places[picks]
    # What comes after the last place that is needed changes nothing before it.
    return data.below[picks, : places.max() + 1], places, data.targets[picks], data.weights[picks]
