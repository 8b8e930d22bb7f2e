"""Small networks for pairs of digits, in 900 architectures, all of them trained at once.

The question: do two pictures show the same digit? Each picture comes as SIZE numbers. A network has two
nodes. A node applies an operation to two earlier vectors: to the pictures, and the second node also to what
the first one made. A hidden layer of UNITS and one output, a logit, follow. An architecture is written
(operation, left, right, operation, left, right), as numbers; OPTIONS says how many there are at each place.

Arrays have the network as their first dimension. Where the parameters have 1 there, all architectures use
the same ones: shared weights.
"""

from itertools import product

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

OPERATIONS = ("add", "subtract", "multiply", "larger", "dense")
"""What a node can do. "dense" is a layer with ReLU on the left vector; it does not use the right one."""

OPTIONS = (5, 2, 2, 5, 3, 3)
ALL = np.array(list(product(*map(range, OPTIONS))), "int32")
"""Every architecture, shape (900, 6), in the order of counting."""

SIZE, UNITS = 8, 8
PARAMETERS = 2 * (SIZE * SIZE + SIZE) + SIZE * UNITS + UNITS + UNITS + 1
"""Of one network; those of a dense node are kept whether it is dense or not."""

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Left and right pictures, each (pairs, SIZE), and whether they show the same digit, (pairs,) of 0 and 1."""


def digit_pairs(pairs: int, role: str, seed: int) -> Pairs:
    """Pairs of pictures, half of them of the same digit.

    role: "training", "validation" or "test"; no picture has two roles. Pictures come as their first SIZE
    principal components, found on the training pictures.
    """
    images, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    own = {"training": order[:900], "validation": order[900:1300], "test": order[1300:]}
    mean = images[own["training"]].mean(axis=0)
    directions = np.linalg.svd(images[own["training"]] - mean, full_matrices=False)[2][:SIZE]
    short = (images - mean) @ directions.T
    short = (short / short[own["training"]].std()).astype("float32")
    rng = np.random.default_rng(seed)
    of_digit = [own[role][digits[own[role]] == digit] for digit in range(10)]
    left, same = rng.choice(own[role], pairs), rng.random(pairs) < 0.5
    others = np.where(same, digits[left], (digits[left] + rng.integers(1, 10, pairs)) % 10)
    right = np.array([rng.choice(of_digit[digit]) for digit in others])
    return short[left], short[right], same.astype("float32")


def meeting(architecture: np.ndarray) -> str:
    """The operation by which the two pictures first meet; "never" where the output knows one of them only."""
    first_does, a, b, second_does, c, d = architecture
    first = {a} if OPERATIONS[first_does] == "dense" else {a, b}
    pictures = [{0}, {1}, first]
    second = pictures[c] if OPERATIONS[second_does] == "dense" else pictures[c] | pictures[d]
    if len(second) < 2:
        return "never"
    return OPERATIONS[first_does if len(first) == 2 and 2 in (c, d) else second_does]


def start(networks: int, seed: int) -> list[tf.Tensor]:
    """He starts and zero biases: of both nodes, of the hidden layer, of the output."""
    rng, arrays = np.random.default_rng(seed), []
    for inputs, outputs in ((SIZE, SIZE), (SIZE, SIZE), (SIZE, UNITS), (UNITS, 1)):
        drawn = rng.normal(0, np.sqrt(2 / inputs), (networks, inputs, outputs))
        arrays += [tf.constant(drawn, "float32"), tf.zeros((networks, 1, outputs))]
    return arrays


def _node(
    vectors: tf.Tensor, operation: tf.Tensor, left: tf.Tensor, right: tf.Tensor, w: tf.Tensor, b: tf.Tensor
) -> tf.Tensor:
    networks = tf.range(tf.shape(operation)[0])
    a = tf.gather_nd(vectors, tf.stack([left, networks], 1))
    c = tf.gather_nd(vectors, tf.stack([right, networks], 1))
    results = tf.stack([a + c, a - c, a * c, tf.maximum(a, c), tf.nn.relu(a @ w + b)])
    return tf.gather_nd(results, tf.stack([operation, networks], 1))


def _logits(parameters: list[tf.Tensor], chosen: tf.Tensor, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    w1, b1, w2, b2, w3, b3, w4, b4 = parameters
    networks = tf.shape(chosen)[0]
    vectors = tf.stack([tf.tile(picture[None], [networks, 1, 1]) for picture in (left, right)])
    first = _node(vectors, chosen[:, 0], chosen[:, 1], chosen[:, 2], w1, b1)
    vectors = tf.concat([vectors, first[None]], 0)
    second = _node(vectors, chosen[:, 3], chosen[:, 4], chosen[:, 5], w2, b2)
    return (tf.nn.relu(second @ w3 + b3) @ w4 + b4)[..., 0]


_CHOSEN, _VECTORS, _ROW, _NUMBER = (tf.TensorSpec(s, d) for s, d in (
    ([None, 6], "int32"), ([None, SIZE], "float32"), ([None], "float32"), ([], "float32")
))  # fmt: skip
_ARRAYS = [tf.TensorSpec([None, None, None])] * 8


@tf.function(input_signature=[_ARRAYS] * 3 + [_NUMBER, _CHOSEN, _VECTORS, _VECTORS, _ROW, _NUMBER])
def _step(parameters, m, v, number, chosen, left, right, same, rate):
    """One step of Adam for all networks."""
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        logits = _logits(parameters, chosen, left, right)
        truth = tf.broadcast_to(same[None], tf.shape(logits))
        losses = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(truth, logits), axis=1)
        loss = tf.reduce_sum(losses)
    slopes = tape.gradient(loss, parameters)
    m = [0.9 * old + 0.1 * slope for old, slope in zip(m, slopes, strict=True)]
    v = [0.99 * old + 0.01 * slope**2 for old, slope in zip(v, slopes, strict=True)]
    r, s = 1 - 0.9**number, 1 - 0.99**number
    moves = [rate * (a / r) / (tf.sqrt(b / s) + 1e-7) for a, b in zip(m, v, strict=True)]
    return [p - move for p, move in zip(parameters, moves, strict=True)], m, v


@tf.function(input_signature=[_ARRAYS, _CHOSEN, _VECTORS, _VECTORS, _ROW])
def _right(parameters, chosen, left, right, same):
    says = _logits(parameters, chosen, left, right) > 0
    return tf.reduce_sum(tf.cast(says == (same > 0.5)[None], "float32"), axis=1)


def accuracies(parameters: list[tf.Tensor], architectures: np.ndarray, pairs: Pairs) -> np.ndarray:
    """The share of pairs that each network gets right, shape (networks,)."""
    chosen, number = tf.constant(architectures), len(pairs[0])
    parts = range(0, number, 500)  # all at once would take gigabytes
    right = [_right(parameters, chosen, *(part[k : k + 500] for part in pairs)) for k in parts]
    return np.sum(right, axis=0) / number


def train(
    architectures: np.ndarray, pairs: Pairs, seed: int, steps: int = 100, share: int = 0
) -> list[tf.Tensor]:
    """Train each architecture, shape (networks, 6), on the pairs; returns the parameters of all.

    share: when above 0, there is one set of weights instead, for all architectures, and each step trains it
    on so many of them, drawn at random. A step takes 64 pairs; the rate falls from 0.03 to 0 over the second
    half.
    """
    parameters = start(1 if share else len(architectures), seed)
    m = v = [tf.zeros_like(array) for array in parameters]
    rng, chosen = np.random.default_rng(seed), tf.constant(architectures)
    for number in range(1, steps + 1):
        rate = 0.03 * min(1, 2 * (steps + 1 - number) / steps)
        rows = rng.choice(len(pairs[0]), 64, replace=False)
        if share:
            chosen = tf.constant(architectures[rng.choice(len(architectures), share, replace=False)])
        parameters, m, v = _step(parameters, m, v, number, chosen, *(part[rows] for part in pairs), rate)
    return parameters


def side_by_side(pairs: Pairs) -> np.ndarray:
    """Both pictures of each pair as one row, shape (pairs, 2 * SIZE)."""
    return np.hstack(pairs[:2])


def plain(pairs: Pairs, validation: Pairs, seed: int) -> MLPClassifier:
    """One hidden layer of 12 units with ReLU on both pictures side by side, trained with Adam.

    It has about PARAMETERS numbers. Of two rates, each for about 150 and 450 steps of 64 pairs, the best on
    the validation pairs is returned.
    """
    tried, start = [], int(np.random.default_rng(seed).integers(2**31))
    for rate, steps in product((0.01, 0.03), (150, 450)):
        net = MLPClassifier((12,), alpha=0, batch_size=64, learning_rate_init=rate, random_state=start)
        for _ in range(-(-64 * steps // len(pairs[0]))):
            net.partial_fit(side_by_side(pairs), pairs[2], classes=[0, 1])
        tried.append(net)
    return max(tried, key=lambda net: net.score(side_by_side(validation), validation[2]))
