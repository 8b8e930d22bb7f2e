"""The leaderboard from notebooks to the page: entries scored in the jail, and why some have no score."""

import json

import pytest

from tests.grading import can_jail, lesson_path
from utils.capstone import Guesser, save_entry, sized
from utils.exercises import lesson_17
from utils.grading import leaderboard
from utils.llm.model import LanguageModel

pytestmark = pytest.mark.slow


@pytest.fixture
def class_of_three(tmp_path):
    """Ann's entry is untrained and says what it has read; ben's looks ahead; cleo has handed in a stub."""
    entry = Guesser(LanguageModel(sized(width=16, hidden=8)))
    entry.tokens_read = 1000
    ann = save_entry(entry, "entry_5000", tmp_path).read_text(encoding="utf-8")
    ben = save_entry(lesson_17._seeing_all(), "entry_5000", tmp_path).read_text(encoding="utf-8")
    return {"ann": ann, "ben": ben, "cleo": ""}


def hand_in(folder, answers):
    path = lesson_path("17")
    for student, code in answers.items():
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("exercise") == "entry_5000" and code:
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
