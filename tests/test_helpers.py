"""The helpers that lessons share: counting, figures, sliders, progress bars, and the environment."""

import base64
import io
import itertools
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from PIL import Image

from utils import counting, exercises, plots, text, training


def model():
    layers = [keras.layers.Dense(3), keras.layers.LayerNormalization(), keras.layers.Dense(2, use_bias=False)]
    return keras.Sequential([keras.Input((4,)), *layers])


def test_count_is_that_of_keras():
    assert counting.count(model()) == model().count_params() == 4 * 3 + 3 + 3 + 3 + 3 * 2


def test_the_table_names_shapes_and_counts_whatever_was_built_before():
    expected = [
        ["parameters", "of", "shape", "count"],
        ["dense/kernel", "(4,", "3)", "12"],
        ["dense/bias", "(3,)", "3"],
        ["layer_normalization/gamma", "(3,)", "3"],
        ["layer_normalization/beta", "(3,)", "3"],
        ["dense_1/kernel", "(3,", "2)", "6"],
        ["all", "together", "27"],
    ]
    for _ in range(2):
        lines = counting.table(model()).split("\n")
        assert [line.split() for line in lines] == expected
        assert len({len(line) for line in lines}) == 1


def test_a_model_without_parameters_yet_is_one_clear_error():
    unbuilt = keras.Sequential([keras.layers.Dense(2)], name="unbuilt")
    with pytest.raises(ValueError, match=r"model 'unbuilt' has no parameters yet: give it a keras.Input"):
        counting.count(unbuilt)


def test_an_unknown_lesson_is_one_clear_error():
    with pytest.raises(ValueError, match=r"number must be one of 01, .*, not '99'"):
        exercises.of_lesson("99")


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr(plots, "display", lambda data, **options: shown.append((data, options)))
    return shown


def picture(encoded):
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def test_a_figure_is_shown_with_its_text_alternative(displayed):
    drawing, axes = plots.figure("A finding", x="steps", y="loss")
    axes.plot([1, 2, 3])
    plots.show(drawing, "A rising line.")
    data, options = displayed[0]
    assert data["text/plain"] == "Figure: A rising line."
    assert options["metadata"]["image/png"]["alt"] == "A rising line."
    assert picture(data["image/png"]).size == (700, 360)
    assert (axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) == (
        "A finding",
        "steps",
        "loss",
    )


def test_a_figure_of_several_columns():
    drawing, axes = plots.figure("Two", columns=2, x="x", y="y")
    assert len(axes) == 2
    assert drawing._suptitle.get_text() == "Two"


def test_a_heatmap_writes_its_numbers():
    _, axes = plots.figure()
    plots.heatmap(axes, np.array([[0.5, -1.0]]), rows=["r"], columns=["a", "b"], digits=1)
    assert [text.get_text() for text in axes.texts] == ["0.5", "-1.0"]


def test_a_network_has_a_line_for_each_weight_and_a_b_for_each_bias():
    axes = plots.network([4, 3, 2]).axes[0]
    assert len(axes.lines) == 4 * 3 + 3 * 2
    assert [text.get_text() for text in axes.texts].count("+ b") == 3 + 2


def test_sliders_redraw_their_picture_and_have_a_static_one(displayed):
    drawn = []

    def draw(w, b):
        drawn.append((w, b))
        drawing, axes = plots.figure()
        axes.plot([0, 1], [b, w + b])
        return drawing, f"w is {w:.1f} & b is {b:.1f}."

    plots.sliders(draw, w=(-2.0, 2.0, 1.0), b=(-1.0, 1.0, 0.0))
    data, _ = displayed[0]
    assert data["text/plain"] == "Figure with a slider for w and b: w is 1.0 & b is 0.0."
    assert picture(data["image/png"]).size == (700, 360)

    model_id = data["application/vnd.jupyter.widget-view+json"]["model_id"]
    box = (
        plots.ipywidgets.Widget._instances[model_id]
        if hasattr(plots.ipywidgets.Widget, "_instances")
        else None
    )
    box = box or plots.ipywidgets.widgets.widget._instances[model_id]
    slider, _, html = box.children
    before = html.value
    slider.value = -1.0
    assert drawn[-1] == (-1.0, 0.0)
    assert html.value != before
    assert "w is -1.0 &amp; b is 0.0." in html.value


def test_a_progress_bar_counts_epochs_and_leaves_nothing(capfd):
    bar = training.ProgressBar()
    tiny = model()
    tiny.compile(loss="mse")
    tiny.fit(np.zeros((4, 4)), np.zeros((4, 2)), epochs=3, verbose=0, callbacks=[bar])
    assert bar._bar.n == 3
    written = capfd.readouterr().err
    assert "epochs:" in written
    assert re.search(r"\r +\r$", written), "the bar is wiped at the end"


def test_tensorflow_starts_silently_whatever_the_machine_has():
    code = "import utils, keras; keras.layers.Dense(2).build((None, 4)); print(keras.backend.backend())"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")


# Figures that lessons draw again and again


def test_no_label_of_a_word_map_lies_on_another():
    rng = np.random.default_rng(0)
    places = {f"word {n}": 0.3 * rng.normal(size=2) for n in range(30)}
    _, axes = plots.figure("Words", size=(7, 5))
    plots.words(axes, places, groups={word: "odd" if int(word[5:]) % 2 else "even" for word in places})
    boxes = [text.get_window_extent() for text in axes.texts]
    overlapping = [
        (a, b)
        for a in range(30)
        for b in range(a)
        if boxes[a].shrunk(0.9, 0.7).overlaps(boxes[b].shrunk(0.9, 0.7))
    ]
    assert len(boxes) == 30
    assert overlapping == []
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"even", "odd"}


def test_maps_share_one_scale_and_have_one_bar():
    drawing = plots.maps("Two", {"small": np.array([[0.1, -0.001]]), "large": np.array([[-3.0, 2.0]])})
    *panels, _ = drawing.axes
    limits = {panel.images[0].get_clim() for panel in panels}
    assert limits == {(-3.0, 3.0)}
    assert [text.get_text() for text in panels[0].texts] == ["0.10", "0.00"]


def test_a_bar_of_numbers_that_are_never_negative_begins_at_zero():
    drawing = plots.maps("Shares", {"a": np.array([[0.25, 0.75]]), "b": np.array([[0.0, 1.0]])})
    assert drawing.axes[-1].get_ylim() == (0, 1)


def test_columns_of_numbers_stand_to_the_right():
    rows = [("model", "size", "≈", "last"), ("a", "5", "≈ 0.5", "x"), ("long", "1,000", "", "yy")]
    assert text.aligned(rows).split("\n") == [
        "model   size      ≈  last",
        "a          5  ≈ 0.5     x",
        "long   1,000           yy",
    ]


def test_positive_is_red_and_negative_is_blue():
    _, axes = plots.figure()
    image = plots.heatmap(axes, np.array([[1.0, -1.0]]))
    (red, _, blue, _), (other_red, _, other_blue, _) = image.to_rgba(image.get_array())[0]
    assert red > blue
    assert other_blue > other_red


def test_bars_of_a_group_stand_side_by_side_with_their_numbers():
    _, axes = plots.figure()
    plots.bars(axes, {"before": [1, 2], "after": [3, 4]}, ["a", "b"], digits=1)
    spans = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches)
    assert all(right <= left for (_, right), (left, _) in itertools.pairwise(spans))
    assert [text.get_text() for text in axes.texts] == ["1.0", "2.0", "3.0", "4.0"]


def test_curves_take_values_or_pairs():
    _, axes = plots.figure()
    plots.curves(axes, {"values": [3, 1], "pair": ([10, 20], [2, 4])})
    assert [list(line.get_xdata()) for line in axes.lines] == [[0, 1], [10, 20]]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["values", "pair"]
