"""The README's pictures say what the lessons say."""

import re

import make_pictures
from make_notebooks import ROOT
from nbformat.v4 import new_code_cell, new_notebook, new_output

README = (ROOT / "README.md").read_text(encoding="utf-8")


def lesson(text):
    return new_notebook(cells=[new_code_cell(outputs=[new_output("stream", text=text)])])


def test_a_count_is_one_that_was_confirmed_or_stands_under_the_table_of_a_model():
    assert make_pictures.counts(lesson("predicted 1,675, Keras says 1,675\n")) == {1675}
    assert make_pictures.counts(lesson("predicted 9, Keras says 9,610\n")) == set()
    table = "parameters of  shape   count\ndense/kernel   (4, 2)      8\nall together               8\n"
    assert make_pictures.counts(lesson(table)) == {8}
    assert make_pictures.counts(lesson("part   parameters\nall together       596,049,920\n")) == set()


def test_the_way_is_described_with_numbers_of_the_lessons_first_and_last_among_them():
    described = re.search(r"!\[([^]]+)\]\(pictures/way\.png\)", README)[1]
    named = {int(number.replace(",", "")) for number in re.findall(r"(?<!lesson )\b\d[\d,]*\b", described)}
    counted = {number for each in make_pictures.lessons().values() for number in make_pictures.counts(each)}
    assert {10, max(counted)} <= named <= counted
