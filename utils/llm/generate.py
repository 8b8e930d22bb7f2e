"""Writing on with a language model: token by token, each the start of the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops
from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from utils.llm.config import Config
from utils.llm.model import Cache, LanguageModel
from utils.llm.sampling import Sampling, draw
from utils.llm.tokenizer import encode_rows
from utils.llm.xla import start_quietly

GREEDY = Sampling()
"""The likeliest token each time."""

_PIECE = 16
"""Tokens written by one call of the compiled loop: so many appear at a time."""


@dataclass(frozen=True)
class _Graphs:
    """_step and _write for one model. rooms: for how many tokens at the most _write is compiled."""

    step: Any
    write: Any
    rooms: set[int] = field(default_factory=set)


def generate(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompt: str,
    most: int = 100,
    sampling: Sampling = GREEDY,
    *,
    stop: Sequence[str] = ("<|im_end|>", "<|endoftext|>"),
) -> Iterator[str]:
    """The text that a model writes after a prompt, in pieces, as it comes.

    prompt: plain text, or what chat() makes of a question. stop: tokens that end the text.
    most, sampling: as for generate_tokens. `print_pieces(generate(...))` prints them as they come.

    Raises ValueError when an argument makes no sense, before anything is computed.
    """
    if unknown := [token for token in stop if tokenizer.token_to_id(token) is None]:
        raise ValueError(f"stop has {unknown[0]!r}, which is no token of this tokenizer")
    numbers = [tokenizer.token_to_id(token) for token in stop]
    tokens = generate_tokens(model, tokenizer.encode(prompt).ids, most, sampling, stop=numbers)
    decoder = DecodeStream(skip_special_tokens=True)
    return (piece for token in tokens if (piece := decoder.step(tokenizer, token)))


def would_write(
    model: LanguageModel, tokenizer: Tokenizer, beginnings: Sequence[str], answers: Sequence[str]
) -> list[bool]:
    """Whether the model, taking the likeliest token each time, goes on from each beginning with its answer.

    Asked of all texts in one run: each token of the answer has to be the likeliest after those before it.
    """
    texts = [beginning + answer for beginning, answer in zip(beginnings, answers, strict=True)]
    tokens, ends = encode_rows(tokenizer, texts)
    starts = encode_rows(tokenizer, beginnings)[1]
    likeliest = np.argmax(model(tokens), axis=-1)
    return [
        np.array_equal(row[start - 1 : end - 1], wanted[start:end])
        for row, wanted, start, end in zip(likeliest, tokens, starts, ends, strict=True)
    ]


def generate_tokens(
    model: LanguageModel,
    prompt: Sequence[int],
    most: int = 100,
    sampling: Sampling = GREEDY,
    *,
    stop: Sequence[int] = (),
) -> Iterator[int]:
    """The tokens that a model writes after a prompt, one after another.

    prompt: at least one token. most: how many to write at the most; the prompt and they must fit the
    model's context. sampling: how each is chosen, the likeliest when left out. stop: tokens that end the
    text; they are not given out.

    A text begins with what is quick to start, and goes on in a compiled loop, the first of its length after
    sixteen tokens. The last digits of the scores differ between the two, and where two tokens are as good as
    equally likely, so may the text.

    Raises ValueError when an argument makes no sense, before anything is computed.
    """
    _check(prompt, most, sampling, model.config)
    return _generate(model, list(prompt), most, sampling, stop)


def _generate(
    model: LanguageModel, prompt: list[int], most: int, sampling: Sampling, stop: Sequence[int]
) -> Iterator[int]:
    start_quietly()
    numbers = np.random.default_rng(sampling.seed).random(most + _PIECE, "float32")
    ends = np.isin(np.arange(model.config.vocabulary), list(stop))
    settings = sampling.numbers(model.config.vocabulary)
    room = _room(len(prompt) + most)
    cache = model.empty_cache(room)
    # To compile takes longer than to write a short answer without: only what goes on after it is compiled.
    graphs = _graphs(model)
    first = 1 if room in graphs.rooms else min(most, _PIECE)
    tokens, position = prompt, 0
    for number in numbers[:first]:
        padded = np.pad(np.array(tokens, "int32"), (0, room - len(tokens)))
        length, start = np.int32(len(tokens)), np.int32(position)
        token, cache = graphs.step(padded, length, start, cache, number, settings)
        tokens, position = [int(token)], position + len(tokens)
        if ends[tokens[0]]:
            return
        yield tokens[0]
    for done in range(first, most, _PIECE):
        count = min(most - done, _PIECE)
        written, cache = graphs.write(
            np.int32(tokens[-1]),
            np.int32(position),
            cache,
            np.int32(count),
            numbers[done : done + _PIECE],
            ends,
            settings,
        )
        graphs.rooms.add(room)
        tokens, position = written.numpy()[:count].tolist(), position + count
        for token in tokens:
            if ends[token]:
                return
            yield token


def _graphs(model: LanguageModel) -> _Graphs:
    """What is compiled for this model: it is reused from text to text, and goes with the model."""
    # Kept by the model itself, past Keras' tracking: graphs hold the model's arrays. A model that was given
    # adapters, or quantised, meanwhile has more variables, and needs graphs of its own.
    kept = vars(model).setdefault("_writing_graphs", {})
    if (variables := len(model.variables)) not in kept:
        kept[variables] = _Graphs(
            tf.function(partial(_step, model), reduce_retracing=True),
            tf.function(partial(_write, model), jit_compile=True),
        )
    return kept[variables]


def _step(
    model: LanguageModel,
    tokens: Any,
    length: Any,
    start: Any,
    cache: Cache,
    number: Any,
    settings: tuple[Any, Any, Any],
) -> tuple[Any, Cache]:
    """The token after the first `length` of `tokens`, which stand at position `start` and on.

    tokens: (room,), always as many, so that one graph serves every prompt.
    """
    logits, cache = model(tokens[None, :length], cache=cache, start=start)
    return draw(logits[0, -1], *settings, number), cache


def _write(
    model: LanguageModel,
    token: Any,
    position: Any,
    cache: Cache,
    count: Any,
    numbers: Any,
    ends: Any,
    settings: tuple[Any, Any, Any],
) -> tuple[Any, Cache]:
    """Up to _PIECE tokens in one compiled loop, with nothing of Python in between.

    token: the last one so far, standing at `position`. count: how many to write. numbers: (_PIECE,), one
    to draw each with. ends: (vocabulary,), true for tokens after which nothing more is computed.
    """

    def goes_on(done: Any, token: Any, cache: Cache, written: Any) -> Any:
        return (done < count) & ((done == 0) | ~ops.take(ends, token))

    def step(done: Any, token: Any, cache: Cache, written: Any) -> tuple[Any, Any, Cache, Any]:
        logits, cache = model(ops.reshape(token, (1, 1)), cache=cache, start=position + done)
        token = draw(logits[0, 0], *settings, ops.take(numbers, done))
        written = ops.slice_update(written, (done,), ops.reshape(token, (1,)))
        return done + 1, token, cache, written

    start = (ops.zeros((), "int32"), token, cache, ops.zeros(_PIECE, "int32"))
    _, _, cache, written = ops.while_loop(goes_on, step, start)
    return written, cache


def _room(tokens: int) -> int:
    """A power of two, so that few lengths are ever compiled for."""
    return max(128, 1 << (tokens - 1).bit_length())


def _check(prompt: Sequence[int], most: int, sampling: Sampling, config: Config) -> None:
    if not len(prompt):
        raise ValueError("prompt is empty; a model needs at least one token to write on from")
    if outside := [token for token in prompt if not 0 <= token < config.vocabulary]:
        raise ValueError(f"prompt has the token {outside[0]}; this model knows 0 to {config.vocabulary - 1}")
    left = config.context - len(prompt)
    if left < 1:
        raise ValueError(
            f"prompt has {len(prompt)} tokens; a context of {config.context} leaves no room to write on"
        )
    if not 1 <= most <= left:
        raise ValueError(
            f"most must be from 1 to {left}, what a context of {config.context} leaves after "
            f"a prompt of {len(prompt)}; not {most}"
        )
    if not isinstance(sampling, Sampling):
        raise ValueError(f"sampling must be made with Sampling(temperature=1.0, ...), not {sampling!r}")
