"""The capstone's truth, score, count and entries, and its lab notebook."""

from hashlib import sha256

import keras
import numpy as np
import pytest

from utils import stories, story_chances
from utils.capstone import (
    Guesser,
    baselines,
    nats_left,
    parameters,
    read_entry,
    save_entry,
    sized,
    train_entry,
)
from utils.counting import count
from utils.exercises import lesson_17
from utils.exercises.lesson_17 import ENTRIES, frontier
from utils.grading import leaderboard, models
from utils.lab_notebook import LabNotebook
from utils.llm.looped import Looped
from utils.llm.model import LanguageModel
from utils.model_bytes import as_bytes, from_bytes, rounded, text_bytes
from utils.surnames import (
    halves,
    nats_a_letter,
    pairs_of_letters,
    rows_of_names,
    sized_for_names,
    train_on_names,
)

TOLD = story_chances.drawn(40, seed=5)


def test_the_chances_of_a_story_are_its_probability():
    rows, real, true = story_chances.chances(TOLD)
    given = np.take_along_axis(true, rows[:, 1:, None], axis=2)[..., 0]
    expected = [stories.log_probability(values) for values in TOLD]
    assert (np.log(given) * real).sum(axis=1) == pytest.approx(expected, abs=1e-4)
    assert true.sum(axis=-1) == pytest.approx(1, abs=1e-6)


def test_the_stories_of_the_values_are_those_that_are_written():
    assert [stories.tell(values) for values in story_chances.drawn(5, seed=3)] == stories.write(5, seed=3)
    with pytest.raises(ValueError, match="count must be at least 1, not 0"):
        story_chances.drawn(0, seed=3)


def test_who_knows_the_language_has_nothing_left_and_nobody_less():
    true = story_chances.chances(TOLD)[2]
    assert nats_left(lambda _: true, TOLD) == pytest.approx(0, abs=1e-6)
    # A row that adds up to more than 1 would be worth something if nobody looked.
    assert nats_left(lambda _: true * 1.001, TOLD) == pytest.approx(0, abs=1e-6)
    sharper = true**2 / (true**2).sum(axis=-1, keepdims=True)
    assert nats_left(lambda _: sharper, TOLD) > 0.001
    # In a single story, beyond those that a check looks at: what is no probability is worth nothing.
    for number in (np.nan, np.inf):
        spoilt = true.copy()
        spoilt[-1] = number
        assert nats_left(lambda _, spoilt=spoilt: spoilt, TOLD) > 0.05
    below = true.copy()
    below[-1] *= 101
    below[-1, :, -1] -= 100
    assert nats_left(lambda _: below, TOLD) >= 0
    alike = np.log(67) - stories.entropy() / np.mean([len(stories.tell(v).split()) + 1 for v in TOLD])
    assert nats_left(lambda _: np.full(true.shape, 1 / 67), TOLD) == pytest.approx(alike, abs=0.02)


def test_shared_blocks_count_once_and_listed_numbers_count():
    config = sized(width=16, hidden=8, layers=3)
    looped = Guesser(Looped(config))
    assert parameters(looped) == count(LanguageModel(sized(width=16, hidden=8)))
    plain = [keras.Input((54,)), keras.layers.Embedding(67, 4), keras.layers.Dense(67, activation="softmax")]
    assert parameters(keras.Sequential(plain)) == 67 * 4 + 4 * 67 + 67
    hidden = keras.layers.Rescaling(1.0, offset=[0.5, 1.5, 2.5, 3.5])
    model = keras.Sequential([plain[0], plain[1], hidden, keras.layers.Dense(67)])
    assert parameters(model) == count(model) + 4
    scaled = keras.Sequential([plain[0], plain[1], keras.layers.Rescaling(0.137, offset=3), plain[2]])
    assert parameters(scaled) == count(scaled) + 2
    x = plain[1](plain[0])
    reckoned = keras.Model(plain[0], plain[2](x * 137 / 1000))
    assert parameters(reckoned) == count(reckoned) + 2
    convolved = keras.Sequential([plain[0], plain[1], keras.layers.Conv1D(4, 3, padding="causal")])
    assert parameters(convolved) == count(convolved)


@pytest.mark.parametrize("build", [LanguageModel, Looped])
def test_an_entry_travels_and_answers_as_before(build, tmp_path):
    entry = Guesser(build(sized(width=8, hidden=8, layers=2 if build is Looped else 1)))
    entry.tokens_read = 1234
    code = save_entry(entry, "entry_5000", tmp_path).read_text(encoding="utf-8")
    text = code.partition("read_entry('")[2].partition("')")[0]
    back = read_entry(text)
    rows = story_chances.chances(TOLD)[0][:2, :-1]
    assert np.array_equal(entry(rows), back(rows))
    assert back.tokens_read == 1234
    assert parameters(back) == parameters(entry)


@pytest.mark.parametrize(("used", "layers"), [(0, 1), (101, 1), (2, 2), ("2", 1), (True, 1)])
def test_an_entry_whose_block_is_used_oddly_is_refused(used, layers):
    packed = models.pack(Guesser(LanguageModel(sized(width=8, hidden=8, layers=layers))))
    with pytest.raises(models.Refused):
        models.look_through(packed | {"used": used})


def test_an_entry_with_a_layer_of_ones_own_cannot_be_saved(tmp_path):
    class Own(keras.Model):
        pass

    with pytest.raises(ValueError, match="Own"):
        save_entry(Own(), "entry_5000", tmp_path)


@pytest.mark.slow
def test_training_repeats_and_a_running_mean_is_handed_back():
    told = {"steps": 4, "seed": 0, "texts": 64}
    plain, again = (train_entry(sized(width=8, hidden=8), **told) for _ in range(2))
    mean = train_entry(sized(width=8, hidden=8), **told, average=0.9)
    assert all(map(np.array_equal, plain.get_weights(), again.get_weights()))
    assert not any(map(np.array_equal, plain.get_weights(), mean.get_weights()))


def test_the_lab_notebook_only_grows_and_wants_the_prediction_first(tmp_path):
    lab = LabNotebook(tmp_path / "lab.md")
    with pytest.raises(ValueError, match="no prediction yet"):
        lab.measured("wider", 0.2)
    lab.predict("wider", 0.3)
    lab.path.write_text(lab.path.read_text(encoding="utf-8") + "a thought of mine\n", encoding="utf-8")
    before = lab.path.read_text(encoding="utf-8")
    lab.measured("wider", 0.25)
    lab.predict("deeper", 0.1)
    after = lab.path.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "a thought of mine" in after
    assert lab.table().splitlines()[1:] == [
        "wider          0.30    ≈ 0.25  ≈ 0.05",
        "deeper         0.10                  ",
    ]
    again = LabNotebook(lab.path)
    again.predict("deeper", 0.2)
    assert again.table().splitlines()[1:] == ["deeper         0.20                  "]
    assert lab.path.read_text(encoding="utf-8").startswith(after)
    with pytest.raises(ValueError, match="question must say"):
        lab.predict(" ", 0.1)


def keras_model():
    return keras.Sequential(
        [keras.Input((54,)), keras.layers.Embedding(67, 4), keras.layers.Dense(67, activation="softmax")]
    )


@pytest.mark.parametrize(
    "build",
    [
        lambda: Guesser(LanguageModel(sized(width=16, hidden=8, layers=2))),
        lambda: Guesser(Looped(sized(width=16, hidden=8, layers=3))),
        lambda: rounded(Guesser(LanguageModel(sized(width=16, hidden=8))), bits=4),
        keras_model,
    ],
)
def test_a_model_is_the_same_after_it_was_bytes(build):
    model = build()
    back = from_bytes(as_bytes(model))
    rows = story_chances.chances(TOLD)[0][:2, :-1]
    assert np.array_equal(model(rows), back(rows))
    assert as_bytes(back) == as_bytes(model)
    assert parameters(back) == parameters(model)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(-127, 128) * np.float32(0.375),
        np.array([-0.0, 0.0, 0.5, 1.0] * 20),
        np.array([-0.0, 0.0, np.inf, -np.inf, 1.5] * 20),
        np.tile(np.frombuffer(np.uint32([0x7FC00001, 0x7FC00002]).tobytes(), "float32"), 30),
        np.random.default_rng(0).normal(size=300),
        np.repeat(np.random.default_rng(0).normal(size=5), 40),
        np.zeros(50),
    ],
    ids=[
        "steps",
        "two zeros",
        "no numbers",
        "two that are no numbers",
        "all different",
        "a table",
        "nothing",
    ],
)
def test_every_array_comes_back_to_its_last_bit(values):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(len(values), use_bias=False)])
    model.set_weights([values.astype("float32")[None]])
    [back] = from_bytes(as_bytes(model)).get_weights()
    assert back.tobytes() == values.astype("float32").tobytes()


def test_what_is_rounded_takes_fewer_bytes_and_has_so_many_values():
    model = Guesser(LanguageModel(sized(width=24, hidden=12)))
    assert 4 * 4_848 * 0.7 < len(as_bytes(model)) < 4 * 4_848
    for bits in (8, 4, 2):
        smaller = rounded(model, bits)
        assert not any(np.signbit(array[array == 0]).any() for array in smaller.get_weights())
        assert len(as_bytes(smaller)) < 4_848 * bits / 8 + 400
        for before, after in zip(model.get_weights(), smaller.get_weights(), strict=True):
            assert len(np.unique(after)) <= 2**bits - 1
            assert abs(after - before).max() <= abs(before).max() / (2 ** (bits - 1) - 1) * 0.51
    with pytest.raises(ValueError, match="bits must be a whole number from 2 to 8, not 1"):
        rounded(model, 1)
    with pytest.raises(ValueError, match="data are no bytes of a model"):
        from_bytes(b"not a model")


def test_whatever_a_model_keeps_in_its_settings_is_in_its_bytes():
    plain, listed = keras_model(), lesson_17._listing(1)()
    assert text_bytes(listed) > text_bytes(plain) + 3_000
    named = keras_model()
    named.layers[0].name = "".join(map(chr, np.random.default_rng(0).integers(97, 123, 4_000)))
    assert len(as_bytes(named)) > len(as_bytes(plain)) + 1_500


def test_a_model_with_code_of_its_own_cannot_be_counted_in_bytes():
    class Own(keras.Model):
        pass

    sentence = lesson_17._bytes_problem(8_192)(Own())
    assert "a part of your own making, which cannot be written down" in sentence
    with pytest.raises(ValueError, match="Own"):
        as_bytes(Own())


def test_a_model_of_other_numbers_is_told_which_can_be_written_down():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")])
    sentence = lesson_17._bytes_problem(8_192)(model)
    assert "of the type bfloat16" in sentence
    assert "float32, float16" in sentence
    assert "own making" not in sentence
    with pytest.raises(ValueError, match="bfloat16"):
        as_bytes(model)


def test_surnames_come_in_two_halves_and_a_name_is_as_likely_as_its_letters():
    read, others = halves()
    assert len(read) + len(others) == 88_799
    assert not set(read) & set(others)
    assert halves()[1][:3] == others[:3]
    rows, places = rows_of_names(["lee", "abcdefghijklm"])
    assert rows[0].tolist() == [0, 12, 5, 5] + [0] * 11
    assert places.sum(axis=1).tolist() == [4, 14]
    assert nats_a_letter(lambda rows: np.full((*rows.shape, 27), 1 / 27), read[:50]) == pytest.approx(
        np.log(27)
    )
    pairs = pairs_of_letters(read)
    by_hand = -np.mean([np.log(pairs[a, b]) for a, b in [(0, 12), (12, 5), (5, 5), (5, 0)]])
    assert nats_a_letter(lambda rows: pairs[rows], ["lee"]) == pytest.approx(by_hand)
    # A row that adds up to more than 1, or has what is no probability in it, is worth nothing.
    assert nats_a_letter(lambda rows: 3 * pairs[rows], ["lee"]) == pytest.approx(by_hand)
    assert nats_a_letter(lambda rows: np.full((*rows.shape, 27), np.nan), ["lee"]) == pytest.approx(
        np.log(27)
    )


def test_looking_ahead_only_where_many_names_are_asked_about_is_worth_nothing():
    def peeks(rows):
        if len(rows) < 1_000:
            return np.full((*rows.shape, 27), 1 / 27)
        return np.eye(27)[np.roll(rows, -1, axis=1)]

    assert nats_a_letter(peeks, halves()[1][:2_000]) < 0.01
    assert lesson_17._score("surnames", peeks) > 2 * np.log(27)


def test_settings_that_enter_into_what_a_model_computes_are_counted():
    slopes = [keras.layers.ELU(alpha=0.37), keras.layers.LeakyReLU(negative_slope=0.37)]
    assert parameters(keras.Sequential([keras.Input((3,)), *slopes])) == 2


def normalising(epsilons):
    layers = [keras.layers.LayerNormalization(center=False, scale=False, epsilon=e) for e in epsilons]
    return keras.Sequential([keras.Input((3,)), *layers])


def test_an_epsilon_counts_where_it_is_not_kerass_own_and_what_only_training_uses_does_not():
    assert parameters(normalising([0.001, 0.001])) == 0
    assert parameters(normalising([0.25, 0.001, 3, 0.5])) == 3
    trained = [keras.layers.Dropout(0.1), keras.layers.GaussianNoise(0.2)]
    trained += [keras.layers.ActivityRegularization(l1=0.1, l2=0.2)]
    dense = keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(0.01))
    inner = keras.Sequential([keras.Input((3,)), dense])
    inner.compile("adam", "mse")
    model = keras.Sequential([keras.Input((3,)), *trained, inner])
    assert parameters(model) == count(model)
    assert "compile_config" not in str(models.pack(model)["architecture"])


def test_who_is_over_budget_by_a_setting_is_told_so():
    sentence = lesson_17._budget_problem(0)(normalising([0.25]))
    assert sentence.startswith("Your model has 1 parameters; at most 0 are allowed. 1 of them stands in")
    assert "2 of them stand in" in lesson_17._budget_problem(0)(normalising([0.25, 0.5]))
    dense = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert lesson_17._budget_problem(0)(dense).endswith("at most 0 are allowed.")


@pytest.mark.slow
def test_layers_that_are_joined_as_numbers_say_cost_as_much_as_these_numbers():
    x = keras.Input((1,))
    pieces = [keras.layers.Dense(1)(x) for _ in range(16)]
    halves_of_bytes = np.random.default_rng(0).integers(16, size=6_000)

    def joined(order):
        return parameters(keras.Model(x, keras.layers.Concatenate()([pieces[place] for place in order]))) - 32

    assert joined(np.arange(160) % 16) == 0
    assert joined(halves_of_bytes) > (6_000 / 2 - 2_048) / 4


@pytest.mark.slow
def test_what_layers_are_called_does_not_count():
    tokens = keras.Input((8,))
    x = keras.layers.Embedding(5, 4)(tokens)
    for number in range(40):
        x = x + keras.layers.Dense(4, name=f"layer_{sha256(bytes([number])).hexdigest()}")(x)
    model = keras.Model(tokens, x)
    assert parameters(model) == count(model)


def test_a_deep_transformer_of_kerass_layers_counts_its_arrays_only():
    tokens = keras.Input((54,))
    x = keras.layers.Embedding(67, 8)(tokens)
    for _ in range(8):
        seen = keras.layers.LayerNormalization()(x)
        x = x + keras.layers.MultiHeadAttention(2, 4, dropout=0.1)(seen, seen, use_causal_mask=True)
        x = x + keras.layers.Dense(8)(keras.layers.Dense(16, activation="gelu")(x))
    model = keras.Model(tokens, keras.layers.Dense(67, activation="softmax")(x))
    assert parameters(model) == count(model)


@pytest.mark.slow
def test_a_training_on_names_repeats_and_learns():
    some = halves()[0][:2_000]
    config = sized_for_names(width=8, hidden=8)
    one, other = (train_on_names(some, config, steps=30, seed=0, rate=0.03) for _ in range(2))
    assert all(map(np.array_equal, one.get_weights(), other.get_weights()))
    assert nats_a_letter(one, some) < np.log(27) - 0.2
    assert one.tokens_read == pytest.approx(30 * 256 * 7.83, rel=0.02)


def test_our_baselines_are_within_their_budgets_and_say_how_they_came_about():
    assert len(baselines("stories")) >= 3
    assert len(baselines("kilobytes")) >= 2
    assert len(baselines("surnames")) >= 2
    for one in baselines():
        entry = ENTRIES[one["entry"]]
        assert one[entry.unit] <= one["budget"] == entry.budget
        assert one["board"] == entry.board
        assert one["nats"] > 0
        assert "counted" in one["who"] or one["tokens"] > 0
        assert "counted" in one["who"] or "steps" in one["how"]


def row(who, parameters, nats, handed_in, entry="entry_5000"):
    return {"who": who, "entry": entry, "parameters": parameters, "nats": nats, "handed_in": handed_in}


def test_who_improved_the_board_is_told_in_the_order_of_handing_in():
    rows = [
        row("cleo", 4_000, 0.10, "2026-11-03"),
        row("ann", 4_000, 0.20, "2026-11-01"),
        row("ben", 4_000, 0.30, "2026-11-02"),
        {**row("kit", 4_848, 0.25, ""), "ours": True},
    ]
    found = [(one["who"], one["before"]) for one in leaderboard.improvements(rows)]
    assert found == [("ann", 0.25), ("cleo", 0.20)]


def test_the_page_needs_no_other_file_and_takes_no_name_for_code():
    entries = [
        {**row(r"<script>ann$\foo$</script>", 4_000, 0.20, "2026-11-01"), "tokens": 1000},
        {**row("ben", 4_500, 0.30, "2026-11-02"), "tokens": None},
        {"who": "cleo", "entry": "entry_5000", "handed_in": "", "sentence": "Your model looks ahead."},
    ]
    page = leaderboard.written([*leaderboard.ours(), *entries])
    assert "<script" not in page
    assert "&lt;script&gt;ann" in page
    assert f"{6 * 4_000 * 1000:.1e}" in page
    assert "not said" in page
    assert "Your model looks ahead." in page
    assert 'src="data:image/png;base64,' in page
    assert "On the frontier, from small to large" in page
    assert "http" not in page
    assert frontier([[4_000, 0.2], [4_500, 0.3]]) == [True, False]


def test_each_track_has_its_own_section_and_frontier():
    small = {**row("ann", 9_000, 0.05, "2026-11-01", "entry_8_kilobytes"), "bytes": 4_001}
    names = row("ben", 4_001, 2.30, "2026-11-02", "entry_surnames")
    refused = {"who": "cleo", "entry": "entry_surnames", "handed_in": "", "sentence": "It looks ahead."}
    page = leaderboard.written([*leaderboard.ours(), small, names, refused])
    stories, kilobytes, surnames = page.partition("<h2>Who improved")[0].split("<h2>")[1:]
    assert "starting kit" in stories
    assert "ann" in kilobytes
    assert "4,001" in kilobytes
    assert "4,001 bytes, 0.0500 nats" in kilobytes  # told to who cannot see the frontier
    assert "9,000" not in kilobytes
    assert "pairs of letters, counted" in surnames
    assert "4,001 parameters, 2.3000 nats" in surnames
    assert not any(who in stories for who in ("ann", "ben"))
    assert "cleo, Surnames, letter by letter, up to 5,000 parameters: It looks ahead." in page


def test_a_page_of_baselines_needs_no_jail(tmp_path, capsys):
    (tmp_path / "class").mkdir()
    assert leaderboard.main([str(tmp_path / "class"), "--out", str(tmp_path / "out")]) == 0
    assert "0 entries of 0 students" in capsys.readouterr().out
    page = (tmp_path / "out" / "leaderboard.html").read_text(encoding="utf-8")
    assert "starting kit" in page
    assert "Nobody yet" in page


def test_a_folder_that_is_not_there_is_named(tmp_path, capsys):
    assert leaderboard.main([str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
