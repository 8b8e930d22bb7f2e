"""Writing on: with and without the cache the same, drawn as temperature, top-k and top-p say, streamed."""

import gc
import subprocess
import sys
import weakref

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.llm.chat import chat
from utils.llm.config import Config
from utils.llm.generate import generate, generate_tokens, would_write
from utils.llm.model import LanguageModel
from utils.llm.sampling import Sampling, draw, next_token_probabilities
from utils.text import print_pieces

SMALL = Config(vocabulary=50, width=24, layers=2, heads=6, key_value_heads=2, hidden=40, context=200)


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(1)
    model = LanguageModel(SMALL)
    for array in model.weights:
        array.assign(array * 3)  # so that the scores differ enough for ties to be out of the question
    return model


def without_cache(model, prompt, most):
    tokens = list(prompt)
    for _ in range(most):
        tokens.append(int(np.asarray(model(np.array([tokens])))[0, -1].argmax()))
    return tokens[len(prompt) :]


@pytest.mark.parametrize("length", [1, 2, 30])
def test_with_and_without_cache_it_writes_the_same(small, length):
    prompt = np.random.default_rng(length).integers(0, 50, length).tolist()
    assert list(generate_tokens(small, prompt, 37)) == without_cache(small, prompt, 37)


def test_smollm2_knows_the_capital_of_france(smollm2):
    answer = "".join(generate(*smollm2, chat("What is the capital of France?")))
    assert answer == "The capital of France is Paris."


def test_a_model_that_has_written_leaves_the_memory_with_all_that_was_compiled_for_it():
    model = LanguageModel(SMALL)
    assert len(list(generate_tokens(model, [1, 2], 30))) == 30
    arrays = [weakref.ref(variable.value.handle) for variable in model.variables]
    assert all(array() is not None for array in arrays)
    del model
    gc.collect()
    assert not [array for array in arrays if array() is not None]


@pytest.mark.slow
def test_smollm2_writes_the_same_without_cache(smollm2):
    model, tokenizer = smollm2
    prompt = tokenizer.encode("Once upon a time").ids
    assert list(generate_tokens(model, prompt, 24)) == without_cache(model, prompt, 24)


def test_a_seed_draws_the_same_and_another_one_something_else(small):
    def written(seed):
        return list(generate_tokens(small, [1, 2], 40, Sampling(temperature=1.0, seed=seed)))

    assert written(1) == written(1)
    assert written(1) != written(2)


def test_it_ends_at_a_stop_token_and_never_gives_it_out(small):
    free = list(generate_tokens(small, [3], 60))
    stop = free[20]
    until = free[: free.index(stop)]
    assert list(generate_tokens(small, [3], 60, stop=[stop])) == until


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-40, 40), min_size=2, max_size=12, unique=True),
    st.sampled_from([0.3, 1.0, 2.0]),
    st.integers(1, 14),
    st.sampled_from([0.1, 0.5, 0.9, 1.0]),
)
def test_probabilities_are_those_of_sorting(scores, temperature, top_k, top_p):
    logits = np.array(scores, "float32") / 5
    order = np.argsort(-logits)
    exponentials = np.exp(logits[order].astype(float) / temperature)
    probabilities = exponentials / exponentials.sum()
    likelier = np.cumsum(probabilities) - probabilities
    if np.abs(likelier - top_p).min() < 1e-4:
        return  # at the very edge the last digit decides
    kept = np.where((np.arange(len(scores)) < top_k) & (likelier < top_p), probabilities, 0)
    expected = np.zeros(len(scores))
    expected[order] = kept / kept.sum()
    ours = next_token_probabilities(logits, np.float32(temperature), top_k, np.float32(top_p))
    np.testing.assert_allclose(np.asarray(ours), expected, atol=1e-5)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [1, 6, 20])
def test_top_k_leaves_so_many_at_every_temperature(temperature, top_k):
    logits = np.random.default_rng(0).normal(0, 3, 49_152).astype("float32")
    ours = np.asarray(next_token_probabilities(logits, np.float32(temperature), top_k, np.float32(1)))
    order = np.argsort(-logits)
    assert not ours[order[top_k:]].any()
    # At low temperatures the last of the kept are too improbable for a float32.
    gaps = (logits[order[0]] - logits[order[:top_k]]) / temperature
    assert (ours[order[:top_k]] > 0)[gaps < 80].all()
    np.testing.assert_allclose(ours.sum(), 1, atol=1e-5)


def test_numbers_evenly_distributed_draw_each_token_as_often_as_it_is_probable():
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], "float32"))
    numbers = (np.arange(200) + 0.5) / 200
    drawn = [int(draw(logits, np.float32(1), 4, np.float32(1), np.float32(number))) for number in numbers]
    assert np.bincount(drawn, minlength=4).tolist() == [100, 60, 30, 10]
    assert {int(draw(logits, np.float32(0), 4, np.float32(1), np.float32(n))) for n in (0.0, 0.99)} == {0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"prompt": []}, "prompt is empty"),
        ({"prompt": [1, 50]}, "prompt has the token 50; this model knows 0 to 49"),
        ({"prompt": [1] * 200}, "prompt has 200 tokens; a context of 200 leaves no room"),
        ({"most": 0}, "most must be from 1 to 199, .* not 0"),
        ({"most": 200}, "most must be from 1 to 199, .* not 200"),
        ({"sampling": 0.7}, r"sampling must be made with Sampling\(temperature=1.0, ...\), not 0.7"),
    ],
)
def test_arguments_that_make_no_sense_are_one_clear_error_at_once(small, arguments, said):
    with pytest.raises(ValueError, match=said):
        generate_tokens(small, **{"prompt": [1], "most": 5, **arguments})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"temperature": -0.1}, "temperature must be a number, 0 or more, not -0.1"),
        ({"temperature": float("nan")}, "temperature must be a number, 0 or more, not nan"),
        ({"temperature": float("inf")}, "temperature must be a number, 0 or more, not inf"),
        ({"temperature": "warm"}, "temperature must be a number, 0 or more, not 'warm'"),
        ({"temperature": True}, "temperature must be a number, 0 or more, not True"),
        ({"top_k": 0}, "top_k must be a whole number from 1 on, or None for all, not 0"),
        ({"top_k": 2.5}, "top_k must be a whole number from 1 on, or None for all, not 2.5"),
        ({"top_p": 0.0}, "top_p must be a number above 0 and at most 1, not 0.0"),
        ({"top_p": 1.2}, "top_p must be a number above 0 and at most 1, not 1.2"),
        ({"seed": -1}, "seed must be a whole number from 0 on, or None, not -1"),
        ({"seed": 1.5}, "seed must be a whole number from 0 on, or None, not 1.5"),
    ],
)
def test_settings_that_make_no_sense_are_one_clear_error(settings, said):
    with pytest.raises(ValueError, match=said):
        Sampling(**settings)


def test_numbers_of_numpy_are_settings_too():
    assert Sampling(np.float32(0.5), np.int64(3), np.float64(0.5), np.int32(4)).numbers(50) == (0.5, 3, 0.5)


def test_a_top_k_above_the_vocabulary_keeps_all_of_it():
    logits = np.linspace(-1, 1, 5).astype("float32")
    whole = Sampling(1.0).probabilities(logits)
    np.testing.assert_allclose(whole, np.exp(logits) / np.exp(logits).sum(), rtol=1e-5)
    np.testing.assert_array_equal(Sampling(1.0, top_k=6).probabilities(logits), whole)


def test_at_temperature_0_there_is_nothing_to_draw_from():
    with pytest.raises(ValueError, match="temperature is 0: the likeliest token is taken"):
        Sampling().probabilities(np.zeros(5))


def test_an_unknown_stop_token_is_one_clear_error(smollm2):
    with pytest.raises(ValueError, match="stop has 'the end of it all', which is no token"):
        generate(*smollm2, "Hi", stop=["the end of it all"])


def test_what_it_would_write_is_what_it_writes(smollm2):
    beginnings = ["The capital of France is", "One, two, three,"]
    written = ["".join(generate(*smollm2, text, 2)) for text in beginnings]
    assert would_write(*smollm2, beginnings, written) == [True, True]
    assert would_write(*smollm2, beginnings, [" London", written[1]]) == [False, True]


def test_text_comes_in_pieces_and_letters_of_several_tokens_whole(smollm2):
    prompt = "Copy the line.\n你好, Zürich 🎉\n你好, Zürich 🎉\n你好, Zürich 🎉\n你好"
    pieces = list(generate(*smollm2, prompt, 24))
    assert len(pieces) > 5
    assert "🎉" in "".join(pieces)
    assert "\ufffd" not in "".join(pieces)


def test_pieces_are_printed_in_lines_of_a_hundred_characters(capsys):
    words = [" word"] * 30 + ["\nnew", " line"]
    print_pieces(iter(words))
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines).split() == "".join(words).split()
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "new line"


def test_a_question_becomes_the_prompt_the_model_was_trained_on():
    assert chat("Hi") == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
    spoken = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Ho"},
        {"role": "user", "content": "Why?"},
    ]
    assert chat(spoken) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHo<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("message", [{"role": "robot", "content": "x"}, {"role": "user"}, {"content": "x"}])
def test_another_role_is_one_clear_error(message):
    with pytest.raises(ValueError, match="each needs 'content' and a 'role', which is 'system', 'user' or"):
        chat([message])


def test_nothing_is_written_past_python_in_the_first_compilation():
    script = (
        "from utils.llm.config import Config\n"
        "from utils.llm.generate import generate_tokens\n"
        "from utils.llm.model import LanguageModel\n"
        "list(generate_tokens(LanguageModel(Config(9, 8, 1, 2, 1, 8, 20)), [1], 3))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
