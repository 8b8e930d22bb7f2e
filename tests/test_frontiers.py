"""The helpers of lesson 16: nets for pairs, the letter net, capsules, pictures, power."""

import numpy as np
import pytest
import tensorflow as tf

from utils import capsules, letter_net, pair_nets
from utils.pictures import turned
from utils.power import joules


def test_every_architecture_is_there_once():
    assert pair_nets.ALL.shape == (900, 6)
    assert len(np.unique(pair_nets.ALL, axis=0)) == 900
    assert (pair_nets.ALL.max(axis=0) + 1 == pair_nets.OPTIONS).all()


def test_a_pair_net_computes_what_its_numbers_say():
    left, right, same = pair_nets.digit_pairs(200, "validation", seed=0)
    chosen = np.array([[1, 0, 1, 2, 2, 2]], "int32")  # subtract, then multiply the result with itself
    arrays = [np.array(array[0]) for array in pair_nets.start(1, seed=0)]
    hidden = np.maximum((left - right) ** 2 @ arrays[4] + arrays[5], 0)
    says = (hidden @ arrays[6] + arrays[7])[:, 0] > 0
    measured = pair_nets.accuracies(pair_nets.start(1, seed=0), chosen, (left, right, same))
    assert measured[0] == pytest.approx((says == (same > 0.5)).mean())
    assert sum(array.size for array in arrays) == pair_nets.PARAMETERS


def test_half_of_the_pairs_are_of_the_same_digit():
    left, right, same = pair_nets.digit_pairs(2000, "training", seed=0)
    assert left.shape == right.shape == (2000, pair_nets.SIZE)
    assert 0.45 < same.mean() < 0.55
    assert (
        np.linalg.norm(left - right, axis=1)[same == 1].mean() < np.linalg.norm(left - right, axis=1).mean()
    )


def test_the_letter_nets_gradient_is_the_slope():
    parameters, rows = letter_net.start(0), letter_net.rows_of(["smith", "garcia"])
    slopes = letter_net.gradient(parameters, rows)
    for place in (3, 54 * 16 - 20, 54 * 16 + 2, 54 * 16 + 16 + 40, letter_net.PARAMETERS - 1):
        nudge = np.zeros_like(parameters)
        nudge[place] = 1e-5
        change = letter_net.loss(parameters + nudge, rows) - letter_net.loss(parameters - nudge, rows)
        assert slopes[place] == pytest.approx(change / 2e-5, abs=1e-7)


def test_the_letter_net_learns_and_its_rows_are_triplets():
    rows = letter_net.rows_of(["ab"])
    assert rows.tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 0]]
    trained = letter_net.train(letter_net.start(0), rows, steps=200, seed=0)
    assert letter_net.loss(trained, rows) < 0.2 < letter_net.loss(letter_net.start(0), rows)
    assert [array.shape for array in letter_net.arrays_of(trained)] == [(54, 16), (16,), (16, 27), (27,)]


def test_the_plain_net_has_as_many_parameters_and_learns():
    pairs, validation = pair_nets.digit_pairs(600, "training", 0), pair_nets.digit_pairs(300, "validation", 0)
    net = pair_nets.plain(pairs, validation, seed=0)
    size = sum(array.size for array in [*net.coefs_, *net.intercepts_])
    assert size == pytest.approx(pair_nets.PARAMETERS, rel=0.05)
    assert net.score(pair_nets.side_by_side(validation), validation[2]) > 0.65


def test_squash_keeps_the_direction_and_shortens():
    vectors = np.random.default_rng(0).normal(size=(50, 4)) * 5
    squashed = np.array(capsules.squash(tf.constant(vectors)))
    lengths, short = np.linalg.norm(vectors, axis=1), np.linalg.norm(squashed, axis=1)
    assert np.allclose(short, lengths**2 / (1 + lengths**2), atol=1e-6)
    assert np.allclose(squashed / short[:, None], vectors / lengths[:, None])


def test_capsules_and_the_plain_net_are_of_one_size_and_learn():
    rng = np.random.default_rng(0)
    digits = np.repeat([0, 1], 50)
    pictures = rng.random((100, 8, 8)).astype("float32") + digits[:, None, None].astype("float32")
    nets = capsules.Capsules(seed=0), capsules.Plain(seed=0)
    assert [capsules.parameters(net) for net in nets] == [11_792, 11_752]
    for net in nets:
        assert (capsules.train(net, pictures, digits, seed=0, epochs=20)(pictures) == digits).mean() > 0.9


def test_turned_by_right_angles_moves_pixels_and_by_nothing_leaves_them():
    pictures = np.random.default_rng(0).random((3, 8, 8))
    assert np.allclose(turned(pictures, 0), pictures)
    quarter = turned(pictures, 90)
    assert any(np.allclose(quarter, np.rot90(pictures, k, axes=(1, 2))) for k in (1, 3))
    assert np.allclose(turned(turned(pictures, 90), 270), pictures)


def test_the_power_counter_adds_up_packages_and_leaves_out_their_parts(tmp_path):
    assert joules(tmp_path) is None
    for name, count in (("intel-rapl:0", 2_000_000), ("intel-rapl:1", 500_000), ("intel-rapl:0:0", 7)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(f"{count}\n")
    assert joules(tmp_path) == 2.5
    (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert joules(tmp_path) is None
