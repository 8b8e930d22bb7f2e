"""Models trained side by side learn as Keras' do, and searches that look losses up are the oracle's."""

import keras
import keras_tuner as kt
import numpy as np
import pytest

from utils import stories
from utils.story_table import replay, train_many, word_losses


def one_hot(texts):
    before, after = stories.windows(texts, 3)
    return np.eye(67)[before].reshape(len(before), 201), after


DATA = (*one_hot(stories.write(6, seed=1)), *one_hot(stories.write(3, seed=2)))


def test_models_side_by_side_learn_as_keras_does():
    x, y, valid_x, valid_y = DATA
    rates, starts = [0.001, 0.01, 0.05], [0, 1, 1]
    curves, arrays = train_many(DATA, 4, rates, starts, epochs=2)
    assert curves.shape == (3, 2)
    assert word_losses(valid_x, valid_y, arrays).mean(axis=1) == pytest.approx(curves[:, -1])

    _, first = train_many(DATA, 4, rates, starts, epochs=0)
    for model, rate in enumerate(rates):
        layers = [keras.layers.Dense(4, "relu"), keras.layers.Dense(67)]
        theirs = keras.Sequential([keras.Input((201,)), *layers])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        theirs.compile(keras.optimizers.Adam(rate), loss)
        theirs.set_weights([np.squeeze(array[model]) for array in first])
        rng = np.random.default_rng(0)
        for epoch in range(2):
            for rows in np.array_split(rng.permutation(len(x)), len(x) // 64):
                theirs.train_on_batch(x[rows], y[rows])
            measured = theirs.evaluate(valid_x, valid_y, batch_size=len(valid_x), verbose=0)
            assert measured == pytest.approx(curves[model, epoch], abs=2e-3)


def test_a_replayed_search_asks_for_each_trial_and_says_nothing(capsys):
    hp = kt.HyperParameters()
    hp.Choice("units", [2, 4, 8])
    goal = kt.Objective("loss", "min")
    oracle = kt.oracles.GridSearchOracle(max_trials=9, objective=goal, hyperparameters=hp, seed=1)
    assert replay(oracle, lambda values: 1 / values["units"]) == [
        ({"units": 2}, 0.5),
        ({"units": 4}, 0.25),
        ({"units": 8}, 0.125),
    ]
    assert oracle.get_best_trials(1)[0].score == 0.125
    assert capsys.readouterr().out == ""
