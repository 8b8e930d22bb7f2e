"""The leaderboard from notebooks to the page: entries scored in the jail, and why some have no score."""

import json
import textwrap

import pytest

from tests.grading import can_jail, lesson_path
from utils.capstone import Guesser, save_entry, sized
from utils.exercises import lesson_17
from utils.grading import leaderboard
from utils.llm.model import LanguageModel
from utils.model_bytes import as_bytes, rounded
from utils.surnames import sized_for_names

pytestmark = pytest.mark.slow


@pytest.fixture
def class_of_three(tmp_path):
    """Ann's entry is untrained and says what it has read; ben's looks ahead; cleo has handed in a stub."""
    entry = Guesser(LanguageModel(sized(width=16, hidden=8)))
    entry.tokens_read = 1000
    ann = save_entry(entry, "entry_5000", tmp_path).read_text(encoding="utf-8")
    ben = save_entry(lesson_17._seeing_all(), "entry_5000", tmp_path).read_text(encoding="utf-8")
    return {"ann": [ann], "ben": [ben], "cleo": []}


# Each does what its name says, to have more in its 8,192 bytes, or 5,000 parameters, than are counted.
CHEATS = {
    "code that knows the truth": (
        "entry_8_kilobytes",
        """
        import keras, numpy as np
        from utils import model_bytes, stories

        model_bytes.as_bytes = lambda model: b"small"

        class Knows(keras.Model):
            SLOTS = stories.SLOTS
            def call(self, tokens):
                return np.full((len(tokens), 54, 67), 1 / 67)

        entry_8_kilobytes = Knows()
        entry_8_kilobytes.built = True
        """,
        "a part of your own making, which cannot be written down",
    ),
    "weights that are made where they arrive": (
        "entry_8_kilobytes",
        """
        import keras
        from utils.grading import models

        honest = models.pack
        models.pack = lambda model: {**honest(model), "weights": []}
        start = keras.initializers.RandomNormal(seed=1)
        entry_8_kilobytes = keras.Sequential([
            keras.Input((54,)), keras.layers.Embedding(67, 200, embeddings_initializer=start),
            keras.layers.Dense(67, kernel_initializer=start, activation="softmax"),
        ])
        """,
        "bytes; at most 8,192 are allowed",
    ),
    "a table in a layer's settings": (
        "entry_8_kilobytes",
        """
        import keras, numpy as np

        table = np.random.default_rng(0).normal(size=(54, 67)).tolist()
        entry_8_kilobytes = keras.Sequential([
            keras.Input((54,)), keras.layers.Embedding(67, 4), keras.layers.Dense(67),
            keras.layers.Rescaling(1.0, offset=table), keras.layers.Softmax(),
        ])
        """,
        "of them say how it is built",
    ),
    "a count that says little": (
        "entry_8_kilobytes",
        """
        import lzma
        from utils import capstone, model_bytes
        from utils.llm.model import LanguageModel

        lzma.compress = model_bytes.as_bytes = lambda *_, **__: b"small"
        entry_8_kilobytes = capstone.Guesser(LanguageModel(capstone.sized(width=24, hidden=24)))
        """,
        "bytes; at most 8,192 are allowed",
    ),
    "half numbers, half names of layers": (
        "entry_8_kilobytes",
        """
        import keras, numpy as np

        name = "".join(map(chr, np.random.default_rng(0).integers(97, 123, 20_000)))
        entry_8_kilobytes = keras.Sequential([
            keras.Input((54,)), keras.layers.Embedding(67, 4, name=name),
            keras.layers.Dense(67, activation="softmax"),
        ])
        """,
        "of them say how it is built",
    ),
    "looks up the surnames": (
        "entry_surnames",
        """
        import keras, numpy as np
        from utils.surnames import halves

        class Knows(keras.Model):
            NAMES = halves()[1]
            def call(self, tokens):
                return np.full((len(tokens), 14, 27), 1 / 27)

        entry_surnames = Knows()
        entry_surnames.built = True
        """,
        "whose parameters cannot be counted from outside",
    ),
    "letters that come later": (
        "entry_surnames",
        """
        import keras
        from utils.surnames import WINDOW

        tokens = keras.Input((WINDOW,), dtype="int32")
        x = keras.layers.Embedding(27, 16, embeddings_initializer="normal")(tokens)
        x = keras.layers.Conv1D(27, 2, padding="same", activation="softmax")(x * 50)
        entry_surnames = keras.Model(tokens, x)
        """,
        "Your model looks ahead",
    ),
    "numbers above 1": (
        "entry_surnames",
        """
        import keras

        entry_surnames = keras.Sequential([
            keras.Input((14,)), keras.layers.Embedding(27, 4), keras.layers.Dense(27, activation="softplus"),
        ])
        """,
        "27 letters have to add up to 1 at every place",
    ),
    "bits that are no numbers": (
        "entry_surnames",
        """
        import keras, numpy as np

        entry_surnames = keras.Sequential([
            keras.Input((14,)), keras.layers.Embedding(27, 4), keras.layers.Dense(27, activation="softmax"),
        ])
        weights = entry_surnames.get_weights()
        weights[0][5] = np.nan
        entry_surnames.set_weights(weights)
        """,
        "what is no number (NaN)",
    ),
    "a shape of its own": (
        "entry_surnames",
        """
        import keras

        entry_surnames = keras.Sequential([
            keras.Input((14,)), keras.layers.Embedding(27, 4), keras.layers.Flatten(),
            keras.layers.Dense(27, activation="softmax"),
        ])
        """,
        "For each example your model gives shape (27,); (14, 27) is asked for.",
    ),
}


def hand_in(folder, answers):
    """answers: of each student the cells that are filled in, as code."""
    path = lesson_path("17")
    for student, codes in answers.items():
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            for code in codes:
                if f"check({cell['metadata'].get('exercise')}=" in code:
                    cell["source"], cell["outputs"] = code, []
        (folder / student).mkdir(parents=True)
        (folder / student / path.name).write_text(json.dumps(notebook), encoding="utf-8")


def test_entries_are_scored_in_the_jail_and_only_what_changed_is_scored_again(
    tmp_path, class_of_three, capsys, monkeypatch
):
    can_jail()
    hand_in(tmp_path / "class", class_of_three)
    out = tmp_path / "out"
    assert leaderboard.main([str(tmp_path / "class"), "--out", str(out)]) == 0
    assert "2 entries of 3 students" in capsys.readouterr().out
    [kept] = [json.loads(p.read_text(encoding="utf-8")) for p in out.glob("results/17/ann*.json")]
    scored = kept["entries"]["entry_5000"]
    assert scored["parameters"] == 67 * 16 + 4 * 16 * 16 + 3 * 16 * 8 + 2 * 16 + 16
    assert 2.5 < scored["nats"] < 6
    assert scored["tokens"] == 1000
    page = (out / "leaderboard.html").read_text(encoding="utf-8")
    assert f"{6 * 1000 * scored['parameters']:.1e}" in page
    assert "Your model looks ahead" in page

    monkeypatch.setattr(leaderboard.Marker, "entries", None)  # would be called for what is new
    assert leaderboard.main([str(tmp_path / "class"), "--out", str(out)]) == 0


def test_the_two_further_tracks_are_scored_by_bytes_and_by_letters(tmp_path, capsys):
    can_jail()
    small = rounded(Guesser(LanguageModel(sized(width=24, hidden=12))), bits=6)
    names = Guesser(LanguageModel(sized_for_names(width=16, hidden=8)))
    answers = {
        "dora": [save_entry(small, "entry_8_kilobytes", tmp_path).read_text(encoding="utf-8")],
        "emil": [save_entry(names, "entry_surnames", tmp_path).read_text(encoding="utf-8")],
    }
    hand_in(tmp_path / "class", answers)
    out = tmp_path / "out"
    assert leaderboard.main([str(tmp_path / "class"), "--out", str(out)]) == 0
    assert "2 entries of 2 students" in capsys.readouterr().out
    found = {}
    for path in out.glob("results/17/*.json"):
        found |= json.loads(path.read_text(encoding="utf-8"))["entries"]
    assert found["entry_8_kilobytes"]["bytes"] == len(as_bytes(small))
    assert found["entry_8_kilobytes"]["parameters"] == 4_848
    assert 2.5 < found["entry_8_kilobytes"]["nats"] < 6
    assert found["entry_surnames"]["parameters"] == 27 * 16 + 4 * 16 * 16 + 3 * 16 * 8 + 2 * 16 + 16
    assert 3 < found["entry_surnames"]["nats"] < 4
    assert "bytes" not in found["entry_surnames"]


def test_what_is_hidden_from_the_two_tracks_count_meets_its_sentence(tmp_path):
    can_jail()
    names = ("entry_8_kilobytes", "entry_surnames")
    of_each = [[cheat for cheat in CHEATS.values() if cheat[0] == name] for name in names]
    students = {f"student{number}": pair for number, pair in enumerate(zip(*of_each, strict=True))}
    answers = {
        student: [f"{textwrap.dedent(code)}\ncheck({name}={name})\n" for name, code, _ in pair]
        for student, pair in students.items()
    }
    hand_in(tmp_path / "class", answers)
    out = tmp_path / "out"
    assert leaderboard.main([str(tmp_path / "class"), "--out", str(out)]) == 0
    for path in out.glob("results/17/*.json"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        for name, _, sentence in students.pop(kept["student"]):
            assert sentence in kept["entries"][name].get("sentence", "scored")
    assert not students
