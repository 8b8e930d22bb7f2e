"""The real language model's tokenizer, rebuilt from what its GGUF file says about it.

The file keeps the vocabulary and the merges, and of the rules that cut a text before any merging only a
name, "smollm": every digit stands alone, then byte-level pieces as in GPT-2 (Radford et al. 2019).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from gguf import TokenType
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from utils.llm.fetch import weights_file
from utils.llm.reader import open_gguf

_KIND, _RULES = "gpt2", "smollm"


def load_tokenizer() -> Tokenizer:
    """The tokenizer of SmolLM2-135M-Instruct.

    .encode(text).ids and .tokens, .decode(ids), .token_to_id(token).

    A token's number is its row in the model's embedding table. Special tokens such as <|im_start|> are
    found in the text and never cut; decode leaves them out unless told skip_special_tokens=False.

    Raises FileNotFoundError when the weights are not on this machine, ValueError when the file is not
    whole or holds another kind of tokenizer.
    """
    return from_gguf(weights_file())


def encode_rows(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The tokens of several texts, filled up with zeros behind their ends so that they are equally long.

    Returns whole numbers (texts, longest), and how many tokens each text has (texts,). No token of a
    LanguageModel looks ahead, so the zeros change nothing before them.
    """
    rows = [tokenizer.encode(text).ids for text in texts]
    lengths = np.array([len(row) for row in rows])
    filled = np.zeros((len(rows), lengths.max()), "int32")
    for place, row in zip(filled, rows, strict=True):
        place[: len(row)] = row
    return filled, lengths


@cache
def from_gguf(path: Path) -> Tokenizer:
    """The tokenizer in a GGUF file. Read once a session: it takes a second or two.

    Raises ValueError when the file has none, or one of another kind.
    """
    fields = open_gguf(path).fields
    if (found := (_field(fields, "model", path), _field(fields, "pre", path))) != (_KIND, _RULES):
        raise ValueError(f"{path} has a tokenizer of the kind {found}; only {(_KIND, _RULES)} is known here")
    tokens = _field(fields, "tokens", path)
    kinds = _field(fields, "token_type", path)
    merges = [tuple(merge.split(" ")) for merge in _field(fields, "merges", path)]

    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    digits, pieces = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pieces(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == TokenType.CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def _field(fields: dict[str, Any], name: str, path: Path) -> Any:
    """A value or a list from the file's metadata."""
    key = f"tokenizer.ggml.{name}"
    if key not in fields:
        raise ValueError(f"{path} has no {key}: there is no tokenizer in it, or it is damaged")
    return fields[key].contents()
