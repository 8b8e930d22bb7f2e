"""What every stored notebook owes its reader; that its outputs hold is nbval's part."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from cell_sizes import sizes, wide_lines
from make_notebooks import Course

from utils import exercises

COURSE = Course()
SOURCES = COURSE.sources()
UNCOMPARED = tomllib.loads((Path(__file__).parent / "uncompared.toml").read_text(encoding="utf-8"))

each_lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def stored(source):
    return nbformat.read(COURSE.notebook(source), as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def exercise_cells(notebook):
    """(the text above it, the cell) for each exercise."""
    return [(above.source, cell) for above, cell in pairwise(notebook.cells) if "exercise" in cell.metadata]


def test_there_is_a_source_for_every_notebook():
    assert [source.stem for source in SOURCES] == [
        path.stem for path in sorted(COURSE.notebooks.glob("*.ipynb"))
    ]
    assert {source.stem[:2] for source in SOURCES} == set(exercises.lessons())


@each_lesson
def test_source_and_notebook_agree_and_every_cell_was_executed(source):
    assert COURSE.is_current(source), "run `make notebooks`"


@each_lesson
def test_a_source_reads_the_same_after_a_round_through_its_notebook(source):
    assert COURSE.source_text(stored(source)) == source.read_text(encoding="utf-8")


@each_lesson
def test_nothing_went_wrong_and_nothing_is_on_the_error_stream(source):
    for cell in code_cells(stored(source)):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.text


@each_lesson
def test_cells_that_are_not_compared_are_listed_with_a_reason(source):
    cells = code_cells(stored(source))
    tagged = [c.source.split("\n")[0] for c in cells if "nbval-ignore-output" in c.metadata.get("tags", [])]
    listed = UNCOMPARED.get(source.stem, {})
    assert tagged == list(listed)
    assert all(len(reason) > 20 for reason in listed.values())
    assert not any("NBVAL" in cell.source for cell in cells)
    skipping = {"nbval-skip", "nbval-raises-exception", "raises-exception"}
    assert not any(skipping & set(cell.metadata.get("tags", [])) for cell in cells)


def test_fewer_than_five_cells_in_a_hundred_are_not_compared():
    cells = sum(len(code_cells(stored(source))) for source in SOURCES)
    assert sum(map(len, UNCOMPARED.values())) < 0.05 * cells


@each_lesson
def test_each_exercise_stands_in_its_lesson_with_its_title_and_summary(source):
    declared = exercises.of_lesson(source.stem[:2])
    cells = exercise_cells(stored(source))
    assert [cell.metadata["exercise"] for _, cell in cells] == list(declared)
    for number, ((text, cell), exercise) in enumerate(zip(cells, declared.values(), strict=True), 1):
        assert text.startswith(f"### Exercise {number} · {exercise.title}\n{exercise.summary}\n")
        assert re.search(rf"^check\(.*\b{exercise.name}\b.*\)$", cell.source, re.MULTILINE)
        assert cell.outputs[0].data["text/plain"] == f"○ {exercise.name}: Not attempted yet."
    # Two of the capstone's are for those who want more.
    assert 4 <= len(declared) <= (10 if source.stem == "17_capstone" else 8)


@each_lesson
def test_the_form_of_a_lesson(source):
    cells = stored(source).cells
    own = [cell for cell in cells if "stamped" not in cell.metadata.get("tags", [])]
    number = int(source.stem[:2])
    assert cells[0].source.startswith(f"# {number:02d} · ")
    for owed in ("**At the end you can**", "**Time:**", "**You need:**"):
        assert owed in cells[0].source
    assert cells[1].source == COURSE.link(source.stem)
    assert cells[2].source == COURSE.set_up("utils.llm" in source.read_text(encoding="utf-8"))
    assert own[-1].source.startswith("## What you know now")
    assert "**Next:**" in own[-1].source
    prose = sum(cell.cell_type == "markdown" for cell in own)
    assert prose >= 0.45 * len(own)


@each_lesson
def test_code_is_light_to_read(source):
    middle, nine_in_ten = sizes(source.read_text(encoding="utf-8"))
    assert middle <= 7
    assert nine_in_ten <= 15
    assert wide_lines(source.read_text(encoding="utf-8")) == []


@each_lesson
def test_folded_cells_say_what_they_do_and_are_closed_everywhere(source):
    folded = [cell for cell in code_cells(stored(source)) if "hide-input" in cell.metadata.get("tags", [])]
    assert "set_up()" in folded[0].source
    for cell in folded:
        assert re.match(r"# @title \S.{8,70}\n", cell.source), cell.source
        assert cell.metadata["jupyter"] == {"source_hidden": True}  # JupyterLab
        assert cell.metadata["cellView"] == "form"  # Colab
        assert "exercise" not in cell.metadata


@each_lesson
def test_every_figure_is_described_and_read_aloud_below(source):
    cells = stored(source).cells
    for place, cell in enumerate(cells):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert output.data["text/plain"].startswith("Figure"), cell.source
                assert len(output.data["text/plain"]) > 40, cell.source
                below = {other.cell_type for other in cells[place + 1 : place + 3]}
                assert "markdown" in below, f"no text below the figure of\n{cell.source}"


@each_lesson
def test_words_that_belittle_are_not_used(source):
    prose = "\n".join(cell.source for cell in stored(source).cells if cell.cell_type == "markdown")
    found = re.findall(
        r"\b(?:simply|obviously|trivial(?:ly)?|of course|needless to say)\b", prose, re.IGNORECASE
    )
    assert not found


def markdown_of(source):
    return "\n\n".join(c.source for c in stored(source).cells if c.cell_type == "markdown")


def prose_of(source):
    """What a lesson says in its own words; sentences that point to another lesson may name its terms."""
    text = re.sub(r"\*\*(?:Next:|Words born)(?:.|\n(?!\n))*", "", markdown_of(source))
    text = re.sub(r"\$\$?[^$]*\$\$?|`[^`]*`|\(\S+\)", " ", text)
    sentences = re.split(r"(?<=[.!?:)])\s+|\n\n|\|", text)
    return " ".join(s for s in sentences if not re.search(r"\b[Ll]essons? \d\d", s))


def test_no_term_is_used_before_its_lesson():
    glossary = COURSE.glossary()
    early = []
    for source in SOURCES:
        prose = " ".join(prose_of(source).split())
        for term, born in glossary.items():
            if born > source.stem[:2] and (
                found := re.search(rf"\b{re.escape(term)}s?\b", prose, re.IGNORECASE)
            ):
                early.append((source.stem, term, prose[max(0, found.start() - 60) : found.end() + 30]))
    assert early == []


@each_lesson
def test_every_term_is_explained_in_the_lesson_where_it_is_born(source):
    prose = " ".join(re.sub("Words born.*", "", markdown_of(source)).split())
    terms = [term for term, born in COURSE.glossary().items() if born == source.stem[:2]]
    assert terms
    missing = [t for t in terms if not re.search(rf"\b{re.escape(t)}", prose, re.IGNORECASE)]
    assert missing == []


def test_the_glossary_is_in_order_and_every_entry_says_something():
    text = (COURSE.root / "GLOSSARY.md").read_text(encoding="utf-8")
    terms = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert terms == sorted(set(terms), key=str.lower)
    assert terms == list(COURSE.glossary())
    for source in SOURCES:
        if (number := source.stem[:2]) in COURSE.glossary().values():
            assert f"*[Lesson {number}](notebooks/{source.stem}.ipynb)* " in text


@each_lesson
def test_notebooks_stay_light(source):
    assert COURSE.notebook(source).stat().st_size < 600_000


def links(text):
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not target.startswith("http")]


@pytest.mark.parametrize("path", sorted(COURSE.root.glob("*.md")) + SOURCES, ids=lambda path: path.name)
def test_links_within_the_repository_lead_somewhere(path):
    text, folder = path.read_text(encoding="utf-8"), path.parent
    if path.suffix == ".py":
        text, folder = markdown_of(path), COURSE.notebooks
    for link in links(text):
        file, _, anchor = link.partition("#")
        target = folder / file if file else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert anchor in slugs, link


def test_the_readme_lists_the_lessons_as_they_are():
    assert COURSE.readme.read_text(encoding="utf-8") == COURSE.stamped_readme(), "run `make notebooks`"
