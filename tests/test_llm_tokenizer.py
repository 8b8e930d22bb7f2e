"""The real language model's tokenizer: the same numbers as its makers', and nothing lost on the way back."""

import json
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.smollm2_cases import varied_strings
from utils.llm import tokenizer as module
from utils.llm.tokenizer import encode_rows, from_gguf, load_tokenizer

TEXTS = [
    "",
    "Anna has a red ball.",
    " the the  the",
    "In 2024 I paid 1,234.50 €, that is 3½ times 10⁵ and ٣ more.",
    "Straße, naïve café, cafe\u0301, Ελλάδα, Москва",
    "東京 と 서울, مرحبا, हिन्दी",
    "👩‍👩‍👧 😀 🏳️‍🌈 \U0001fae8",
    "tabs\tand\r\nlines\n\n\n  and spaces   ",
    "def f(x):\n    return x**2  # it's 2x\n\n\nprint(f'{f(3)!r}')",
    "they're, we'll, I'd, O'Neill",
    "a\xa0b\u2028c\ufeffd\x00e\x7f",
    "<p>no token</p> <| im_start |>",
]
# Bytes that stood nowhere in the text which the vocabulary was made from; the last fifteen but two stand in
# no text at all.
WITHOUT_A_TOKEN = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100)]


def there_and_back(text):
    tokenizer = load_tokenizer()
    return tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False)


def test_it_has_the_published_number_of_tokens():
    assert load_tokenizer().get_vocab_size() == 49_152


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(text):
    assert there_and_back(text) == text


@settings(deadline=None, max_examples=300)
@given(st.text())
def test_any_text_comes_back_except_for_characters_whose_bytes_have_no_token(text):
    kept = [character for character in text if not set(character.encode()) & set(WITHOUT_A_TOKEN)]
    assert there_and_back("".join(kept)) == "".join(kept)


def test_the_characters_that_do_not_come_back_are_six_control_characters_and_unassigned_ones():
    lost = {chr(byte) for byte in WITHOUT_A_TOKEN if byte < 0x80}
    for character in lost:
        assert there_and_back(f"a{character}b") == "ab"
    for first in (0xF1, 0xF2):
        character = bytes([first, 0x80, 0x80, 0x80]).decode()
        assert unicodedata.category(character) == "Cn"
        assert there_and_back(character) != character


def test_it_gives_the_numbers_that_the_makers_tokenizer_gives():
    """As published: the model's own first message, and questions from other people's tests of it."""
    first = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
    numbers = "1 9690 198 2683 359 253 5356 5646 11173 3365 3511 308 34519 28 7018 411 407 19712 8182 2 198"
    capital = "65 2726 290 1264 2618 47765 1121 367 2618 4649 9148 428 2756 96 19870 430 16520 8715 30"
    published = {
        f"{first}<|im_end|>\n": numbers,
        "Quelle est la capitale de la France ? Réponds en une phrase.": capital,
        "Hi there": "26843 665",
        "hello world": "28120 905",
        "What is the capital of France?": "1780 314 260 3575 282 4649 47",
    }
    for text, numbers in published.items():
        assert load_tokenizer().encode(text).ids == [int(number) for number in numbers.split()]


def test_every_digit_is_a_token_and_takes_no_space_with_it():
    assert load_tokenizer().encode("in 2024").tokens == ["in", "Ġ", "2", "0", "2", "4"]
    assert not [t for t in load_tokenizer().get_vocab() if sum(c.isdecimal() for c in t) and len(t) > 1]


def test_a_space_belongs_to_the_word_after_it():
    assert load_tokenizer().encode("the the").tokens == ["the", "Ġthe"]


def test_special_tokens_are_one_number_each_and_left_out_of_what_people_read():
    tokenizer = load_tokenizer()
    assert tokenizer.encode("<|im_start|>user\nHi<|im_end|>").tokens == [
        "<|im_start|>",
        "user",
        "Ċ",
        "Hi",
        "<|im_end|>",
    ]
    assert tokenizer.decode(tokenizer.encode("Hi<|im_end|>").ids) == "Hi"


@settings(deadline=None, max_examples=100)
@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=15))
def test_merging_agrees_with_the_rule_written_out(word):
    """The earliest merge that fits, everywhere in the word, again and again: Sennrich et al. 2016."""
    merges = _merges()
    parts = list(word)
    while known := [pair for pair in pairwise(parts) if pair in merges]:
        best = min(known, key=merges.__getitem__)
        merged = []
        while parts:
            width = 2 if tuple(parts[:2]) == best else 1
            merged.append("".join(parts[:width]))
            parts = parts[width:]
        parts = merged
    assert load_tokenizer().encode(word).tokens == parts


@cache
def _merges():
    model = json.loads(load_tokenizer().to_str())["model"]
    return {tuple(pair): rank for rank, pair in enumerate(model["merges"])}


def test_the_file_is_read_once():
    assert load_tokenizer() is load_tokenizer()


def test_a_file_without_a_tokenizer_is_one_clear_error(tmp_path):
    with pytest.raises(ValueError, match=r"has no tokenizer.ggml.model: there is no tokenizer in it"):
        from_gguf(_written(tmp_path / "empty.gguf"))


def test_another_kind_of_tokenizer_is_one_clear_error(tmp_path):
    path = _written(tmp_path / "other.gguf", model="gpt2", pre="llama-bpe")
    with pytest.raises(ValueError, match=r"of the kind \('gpt2', 'llama-bpe'\); only \('gpt2', 'smollm'\)"):
        from_gguf(path)


def test_missing_weights_are_one_clear_error(monkeypatch):
    monkeypatch.setattr("utils.llm.fetch._installed", lambda: None)
    with pytest.raises(FileNotFoundError, match=r"run `python -m utils.llm.fetch` once"):
        module.load_tokenizer()


def _written(path, **names):
    writer = GGUFWriter(path, "llama")
    for name, value in names.items():
        writer.add_string(f"tokenizer.ggml.{name}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_tokens_are_those_of_llama_cpp_for_thousands_of_strings():
    with np.load(Path(__file__).parent / "snapshots" / "smollm2.npz") as snapshot:
        ends = np.cumsum(snapshot["lengths"])[:-1]
        theirs = [part.tolist() for part in np.split(snapshot["tokens"], ends)]
    strings = varied_strings()
    assert len(strings) == len(theirs) == 4_000
    differ = [
        string
        for string, tokens in zip(strings, theirs, strict=True)
        if load_tokenizer().encode(string).ids != tokens
    ]
    assert differ == []


def test_rows_are_filled_up_behind_their_ends():
    texts = ["Anna has a ball.", "Anna"]
    rows, lengths = encode_rows(load_tokenizer(), texts)
    assert lengths.tolist() == [len(load_tokenizer().encode(text).ids) for text in texts]
    assert rows.shape == (2, lengths[0])
    assert rows[0].tolist() == load_tokenizer().encode(texts[0]).ids
    assert rows[1].tolist() == load_tokenizer().encode("Anna").ids + [0] * (lengths[0] - lengths[1])
