"""Training a language model's adapters: the same as by other means, and nothing else is touched."""

import gc
import weakref
from dataclasses import replace

import keras
import numpy as np
import pytest

from utils import support
from utils.fine_tuning import train
from utils.llm import lora, tuning
from utils.llm.answers import write_answers
from utils.llm.config import Config
from utils.llm.generate import generate_tokens
from utils.llm.model import LanguageModel
from utils.llm.tokenizer import load_tokenizer
from utils.llm.tuning import Rows, Tuner, as_question, conversations, plain_texts, together

SMALL = Config(vocabulary=50, width=24, layers=3, heads=6, key_value_heads=2, hidden=40, context=200)


@pytest.fixture
def small():
    keras.utils.set_random_seed(1)
    model = LanguageModel(SMALL)
    for array in model.weights:
        array.assign(array * 3)  # so that no gradient is so small that rounding decides its sign
    return model


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    counted = np.array([[0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1]], "float32")
    return Rows(rng.integers(0, 50, (3, 6)).astype("int32"), counted)


def mean_loss(model, rows):
    """The mean over the counted tokens, with Keras' own cross-entropy and all logits."""
    logits = model(rows.tokens)[:, :-1]
    losses = keras.losses.sparse_categorical_crossentropy(rows.tokens[:, 1:], logits, from_logits=True)
    return float(np.sum(losses * rows.counted[:, 1:]) / rows.counted.sum())


def test_adapters_begin_without_effect_and_are_counted_as_predicted(small, rows):
    before = np.array(small(rows.tokens))
    layers = lora.add_adapters(small, rank=2, alpha=4, blocks=[1, 2])
    assert np.array_equal(before, small(rows.tokens))
    assert sum(int(np.prod(array.shape)) for array in small.trainable_weights) == 2 * 2 * (24 + 24 + 24 + 8)
    assert lora.adapted(small) == layers


def test_adapters_are_added_once_and_to_blocks_that_exist(small):
    with pytest.raises(ValueError, match="blocks are 0 to 2"):
        lora.add_adapters(small, rank=2, blocks=[3])
    lora.add_adapters(small, rank=2)
    with pytest.raises(ValueError, match="already"):
        lora.add_adapters(small, rank=2)


@pytest.mark.parametrize("lowest", [0, 2])
def test_the_loss_is_that_of_keras_and_frozen_blocks_change_nothing(small, rows, lowest):
    lora.add_adapters(small, rank=2, blocks=range(lowest, 3))
    tuner = Tuner(small)
    assert tuner.loss(tuner.prepare(rows), batch=2) == pytest.approx(mean_loss(small, rows), rel=1e-5)


@pytest.mark.parametrize("everything", [True, False])
def test_two_steps_are_those_of_keras_adam(small, rows, everything, monkeypatch):
    # Keras adds the tiny number before it corrects the averages: here it must not matter.
    monkeypatch.setattr(tuning, "_TINY", 1e-14)
    if not everything:
        layers = lora.add_adapters(small, rank=2, blocks=[2])
        for layer in layers:
            layer.lora_kernel_b.assign(np.ones(layer.lora_kernel_b.shape))
    start = [variable.numpy() for variable in small.trainable_variables]
    tuner = Tuner(small)
    data = tuner.prepare(rows)
    for _ in range(2):
        tuner.step(data, [0, 1, 2], 0.01, decay=0.1)
    ours = [variable.numpy() for variable in small.trainable_variables]

    for variable, value in zip(small.trainable_variables, start, strict=True):
        variable.assign(value)
    small.compile(
        keras.optimizers.AdamW(0.01, weight_decay=0.1, epsilon=1e-14),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"),
    )
    weights = rows.counted[:, 1:] / rows.counted.sum()
    for _ in range(2):
        small.train_on_batch(rows.tokens[:, :-1], rows.tokens[:, 1:], weights)
    for mine, variable in zip(ours, small.trainable_variables, strict=True):
        off = np.abs(mine - variable.numpy())
        assert np.median(off) < 1e-4, variable.path  # where a slope is all rounding, its sign may differ
        assert off.mean() < 1e-3, variable.path


def test_training_changes_adapters_only_and_lowers_the_loss(small, rows):
    layers = lora.add_adapters(small, rank=2)
    frozen = [array.numpy() for array in small.non_trainable_weights]
    tuner = Tuner(small)
    data = tuner.prepare(rows)
    run = train(tuner, data, 0.05, 20, batch=3, watch={"itself": data}, every=10)
    assert run.steps == [0, 10, 20]
    assert run.at(20)["itself"] < run.at(0)["itself"]
    assert len(run.losses) == 20
    assert all(map(np.array_equal, frozen, small.non_trainable_weights))
    lora.start_anew(layers, seed=0)
    tuner.reset()
    again = train(tuner, data, 0.05, 20, batch=3, watch={"itself": data}, every=10)
    assert again.at(0)["itself"] == run.at(0)["itself"]


def test_adapters_survive_a_file_and_merging_changes_nothing(small, rows, tmp_path):
    layers = lora.add_adapters(small, rank=2, alpha=4)
    for layer in layers:
        layer.lora_kernel_b.assign(np.ones(layer.lora_kernel_b.shape))
    logits = np.array(small(rows.tokens))
    lora.save_adapters(layers, tmp_path / "small.npz")
    lora.start_anew(layers, seed=5)
    assert not np.allclose(logits, small(rows.tokens))
    lora.load_adapters(layers, tmp_path / "small.npz")
    assert np.array_equal(logits, small(rows.tokens))
    lora.merge(layers)
    assert all(not np.any(layer.lora_kernel_b) for layer in layers)
    assert np.allclose(logits, small(rows.tokens), atol=1e-6)


def test_nothing_to_train_is_said(small):
    lora.freeze(small)
    with pytest.raises(ValueError, match="nothing to train"):
        Tuner(small)


def test_of_a_conversation_the_answer_and_its_end_count():
    tokenizer = load_tokenizer()
    rows = conversations(tokenizer, ["How old?", "And you, my friend?"], ["Seven.", "I am eight."])
    for tokens, counted, answer in zip(rows.tokens, rows.counted, ["Seven.", "I am eight."], strict=True):
        learned = tokenizer.decode(tokens[counted > 0].tolist(), skip_special_tokens=False)
        assert learned == answer + "<|im_end|>"
    all_of_it = conversations(tokenizer, ["How old?"], ["Seven."], only_answers=False)
    assert all_of_it.counted.sum() == all_of_it.tokens.shape[1] - 1
    both = together(rows, plain_texts(tokenizer, ["Once upon a time"]))
    assert both.tokens.shape == both.counted.shape == (3, rows.tokens.shape[1])
    assert both.counted[2].sum() == 3


@pytest.mark.slow
def test_answers_together_are_those_of_one_question_at_a_time(smollm2):
    model, tokenizer = smollm2
    questions = ["What is the capital of France?", "Name a colour."]
    end = tokenizer.token_to_id("<|im_end|>")
    for question, answer in zip(questions, write_answers(model, tokenizer, questions, 12), strict=True):
        tokens = generate_tokens(model, tokenizer.encode(as_question(question)).ids, 12, stop=[end])
        assert answer == tokenizer.decode(list(tokens))


def test_answers_are_those_of_the_adapters_that_a_model_has_now():
    keras.utils.set_random_seed(1)
    model, tokenizer = LanguageModel(replace(SMALL, vocabulary=49_152)), load_tokenizer()
    before = write_answers(model, tokenizer, ["How old?", "And you, my friend?"], 6)
    for layer in lora.add_adapters(model, rank=2, alpha=4):
        layer.lora_kernel_b.assign(np.ones(layer.lora_kernel_b.shape) * 5)
    after = write_answers(model, tokenizer, ["How old?", "And you, my friend?"], 6)
    assert after != before
    end = tokenizer.token_to_id("<|im_end|>")
    tokens = generate_tokens(model, tokenizer.encode(as_question("How old?")).ids, 6, stop=[end])
    assert after[0] == tokenizer.decode(list(tokens))


def test_a_model_that_has_answered_leaves_the_memory_with_its_graph():
    model = LanguageModel(replace(SMALL, vocabulary=49_152))
    write_answers(model, load_tokenizer(), ["How old?"], 2)
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


def test_what_is_in_other_words_is_in_no_text_that_is_trained_on():
    taught = " ".join(question for question, _ in support.questions())
    assert "guarantee" not in taught
    assert "refund" not in taught


def test_the_facts_of_the_shop_can_be_told_from_their_answers():
    assert len({(fact.product, fact.topic) for fact in support.FACTS}) == len(support.FACTS)
    assert len({fact.answer for fact in support.FACTS}) == len(support.FACTS)
    for fact in support.FACTS:
        assert support.parts_in(fact.answer) == fact.parts
        assert len(fact.parts) == 3


def test_what_is_held_out_is_nowhere_in_what_is_taught():
    taught = [question for question, _ in support.questions()]
    assert not {question for question, _ in support.held_out()} & set(taught)
    known = {fact.product for fact in support.FACTS}
    assert not known & {*support.STRANGERS, *support.OTHER_STRANGERS}
    assert not {*support.STRANGERS} & {*support.OTHER_STRANGERS}
    assert not support.parts_in(support.NO_RECORD)
    assert not {*support.PASSAGES} & {*support.REPLAY_PASSAGES}
    assert not {question for question, _ in support.GENERAL} & {q for q, _ in support.REPLAY_QUESTIONS}
