"""The answers of a LanguageModel to several questions at once, the likeliest token each time."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from tokenizers import Tokenizer

from utils.llm.model import LanguageModel
from utils.llm.tokenizer import encode_rows
from utils.llm.tuning import as_question
from utils.llm.xla import start_quietly

_TOKENS = tf.TensorSpec((None, None), "int32")
_LENGTHS = tf.TensorSpec((None,), "int32")
_END = tf.TensorSpec((), "int32")


def write_answers(
    model: LanguageModel, tokenizer: Tokenizer, questions: Sequence[str], most: int = 40
) -> list[str]:
    """What the model answers to each question, `most` tokens at the most; each question stands alone.

    All are written in step: at each place a text has its own next token as long as it has one, and from
    there on the likeliest.
    """
    start_quietly()  # writing into a cache is done by XLA
    prompts = [as_question(question) for question in questions]
    tokens, lengths = encode_rows(tokenizer, prompts)
    tokens = np.pad(tokens, ((0, 0), (0, most)))
    end = tokenizer.token_to_id("<|im_end|>")
    written = _graph(model)(tokens, lengths.astype("int32"), np.int32(end)).numpy()
    answers = [row[start : start + most].tolist() for row, start in zip(written, lengths, strict=True)]
    return [tokenizer.decode(row[: row.index(end)] if end in row else row) for row in answers]


def _graph(model: LanguageModel) -> Any:
    """_write for this model, compiled once for any number of texts of any length."""
    # Kept by the model itself, past Keras' tracking: a graph holds the model's arrays, and should go with it.
    # A model that was given adapters meanwhile has more variables, and needs a graph of its own.
    graphs = vars(model).setdefault("_answer_graphs", {})
    return graphs.setdefault(
        len(model.variables),
        tf.function(partial(_write, model), input_signature=[_TOKENS, _LENGTHS, _END]),
    )


def _write(model: LanguageModel, tokens: Any, lengths: Any, end: Any) -> Any:
    """tokens: (texts, room), prompts with zeros behind them. Returns them with the answers written there."""
    texts, room = tf.shape(tokens)[0], tf.shape(tokens)[1]
    shape = (texts * model.config.key_value_heads, room, model.config.head_size)
    cache = [(tf.zeros(shape), tf.zeros(shape)) for _ in model.blocks]

    def goes_on(start: Any, stop: Any, tokens: Any, done: Any, cache: Any) -> Any:
        return (stop < room) & ~tf.reduce_all(done)

    def step(start: Any, stop: Any, tokens: Any, done: Any, cache: Any) -> tuple:
        # At first what all prompts have, then a token: the same graph, for to trace another takes seconds.
        x, fuller = model.read_on(tokens[:, start:stop], cache, start)
        likeliest = tf.argmax(model.logits(x[:, -1]), axis=-1, output_type=tf.int32)
        given = stop < lengths
        token = tf.where(given, tokens[:, stop], likeliest)
        tokens = tf.where(tf.range(room) == stop, token[:, None], tokens)
        return stop, stop + 1, tokens, done | (~given & (token == end)), fuller

    start = (0, tf.reduce_min(lengths), tokens, tf.zeros_like(lengths, tf.bool), cache)
    return tf.while_loop(goes_on, step, start)[2]
