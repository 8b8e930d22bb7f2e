"""From source to notebook and back, in a small course of its own."""

import nbformat
import pytest
from make_notebooks import Conflict, Course

SOURCE = """# %% [markdown]
# # 01 · Small
#
# > **At the end you can** add.

# %%
print(1 + 1)

# %% exercise="answer"
answer = ...
"""
SETTINGS = """
[project]
name = "small"
[project.urls]
Repository = "https://github.com/somebody/small"
[tool.course]
solutions = true
[tool.jupytext]
notebook_metadata_filter = "-all"
cell_metadata_filter = "tags,exercise,-all"
"""


@pytest.fixture
def course(tmp_path):
    (tmp_path / "notebooks/source").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "README.md").write_text("Above\n<!-- lessons -->\nold\n<!-- /lessons -->\nBelow\n")
    (tmp_path / "notebooks/source/01_small.py").write_text(SOURCE)
    (tmp_path / "GLOSSARY.md").write_text("# Glossary\n\n### sum\n\n*[Lesson 01](x)* What adding gives.\n")
    return Course(tmp_path)


@pytest.fixture
def source(course):
    return course.sources()[0]


def edit(course, source, old, new):
    notebook = nbformat.read(course.notebook(source), as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
        # What front ends add must not count as an edit.
        cell.metadata["trusted"] = True
    nbformat.write(notebook, course.notebook(source))


def test_a_notebook_is_made_executed_and_then_current(course, source):
    assert not course.is_current(source)
    course.make(source)
    assert course.is_current(source)
    notebook = nbformat.read(course.notebook(source), as_version=4)
    assert notebook.cells[3].outputs[0].text == "2\n"
    assert notebook.cells[4].metadata["exercise"] == "answer"
    assert "somebody/small/blob/main/notebooks/01_small.ipynb" in notebook.cells[1].source
    assert "git+https://github.com/somebody/small" in notebook.cells[2].source


def test_making_it_again_gives_the_same_file(course, source):
    course.make(source)
    before = course.notebook(source).read_bytes()
    course.make(source, execute_anyway=True)
    assert course.notebook(source).read_bytes() == before


def test_where_only_text_changed_nothing_is_executed(course, source, monkeypatch):
    course.make(source)
    monkeypatch.setattr("make_notebooks.execute", lambda *_: pytest.fail("executed"))
    source.write_text(SOURCE.replace("add.", "add and more."))
    course.make(source)
    assert course.is_current(source)
    notebook = nbformat.read(course.notebook(source), as_version=4)
    assert "add and more" in notebook.cells[0].source
    assert notebook.cells[3].outputs[0].text == "2\n"


def test_the_words_of_a_lesson_are_linked_at_its_end(course, source):
    last = course.build(source).cells[-1].source
    assert last.startswith("**Words born here**, in the glossary: [sum](../GLOSSARY.md#sum).\n")
    assert "[the glossary](https://github.com/somebody/small/blob/main/GLOSSARY.md)" in last


def test_in_colab_the_next_lesson_is_a_click_away_and_the_last_has_none(course, source):
    following = source.with_name("02_small_too.py")
    following.write_text(SOURCE.replace("01", "02"))
    assert f"[the next lesson]({course.in_colab('02_small_too')})" in course.build(source).cells[-1].source
    assert "next lesson" not in course.build(following).cells[-1].source


def test_a_changed_source_makes_the_notebook_stale(course, source):
    course.make(source)
    source.write_text(SOURCE.replace("1 + 1", "2 + 2"))
    assert not course.is_current(source)
    assert not course.carry_back(source)


def test_a_changed_address_makes_it_stale_and_is_no_edit(course, source):
    course.make(source)
    moved = SETTINGS.replace("somebody", "somebody-else")
    (course.root / "pyproject.toml").write_text(moved)
    course = Course(course.root)
    assert not course.is_current(source)
    assert not course.carry_back(source)


def test_hidden_solutions_are_stamped_into_the_set_up_cell(course, source):
    (course.root / "pyproject.toml").write_text(SETTINGS.replace("solutions = true", "solutions = false"))
    assert 'os.environ["COURSE_SOLUTIONS"] = "hidden"' in Course(course.root).build(source).cells[2].source
    assert "COURSE_SOLUTIONS" not in course.build(source).cells[2].source


def test_cleared_outputs_are_not_current(course, source):
    course.make(source)
    notebook = nbformat.read(course.notebook(source), as_version=4)
    notebook.cells[3].execution_count = None
    nbformat.write(notebook, course.notebook(source))
    assert not course.is_current(source)


def test_an_edit_in_the_notebook_is_carried_back(course, source):
    course.make(source)
    edit(course, source, "1 + 1", "3 + 3")
    assert course.carry_back(source)
    assert source.read_text() == SOURCE.replace("1 + 1", "3 + 3")
    course.make(source)
    assert not course.carry_back(source)


def test_the_same_edit_on_both_sides_is_no_conflict(course, source):
    course.make(source)
    edit(course, source, "1 + 1", "3 + 3")
    source.write_text(SOURCE.replace("1 + 1", "3 + 3"))
    assert not course.carry_back(source)


def test_two_edits_are_a_conflict_and_neither_is_lost(course, source):
    course.make(source)
    edit(course, source, "1 + 1", "3 + 3")
    source.write_text(SOURCE.replace("1 + 1", "5 + 5"))
    before = course.notebook(source).read_bytes()
    with pytest.raises(Conflict, match=r"01_small.ipynb and .*01_small.py"):
        course.carry_back(source)
    assert "5 + 5" in source.read_text()
    assert course.notebook(source).read_bytes() == before


def test_a_failing_cell_leaves_the_old_notebook_alone(course, source):
    course.make(source)
    before = course.notebook(source).read_bytes()
    source.write_text(SOURCE.replace("1 + 1", "1 / 0"))
    with pytest.raises(Exception, match="ZeroDivisionError"):
        course.make(source)
    assert course.notebook(source).read_bytes() == before


def test_the_readme_gets_its_table(course):
    text = course.stamped_readme()
    assert "| 01 | [Small](notebooks/01_small.ipynb) | add. | [![Open in Colab]" in text
    assert text.startswith("Above\n")
    assert text.endswith("Below\n")
