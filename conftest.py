"""Every test keeps a learner's progress in a folder of its own, and every stored output is tried twice.

nbval compares a cell's stored outputs with those of running it: exactly, but for numbers behind a ≈ (see
tools/loosely.py). For each that agrees, each of its texts is then changed and compared again, each loose
number by a little more than it may be off: a comparison that does not notice is a failure. So "change any
stored output and the notebook fails" is tried on every compared output of every notebook, in the run that
is made anyway.
"""

import copy
import os
import re
import shutil
import tempfile
from collections.abc import Iterator

import pytest
from loosely import LOOSE, too_far, with_stored_numbers
from nbval.plugin import IPyNbCell
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.colab", "tests.in_chromium", "tests.patience"]

TEXTS = ("text/plain", "text/html", "text/markdown", "application/json")
_compare_outputs = IPyNbCell.compare_outputs


def changed_outputs(outputs: list) -> Iterator[tuple[str, list]]:
    """For each text among the outputs, what it is, and copies of all of them in which it is changed."""
    for index, output in enumerate(outputs):
        texts = [("data", kind) for kind in TEXTS if kind in output.get("data", {})]
        texts += [("stream", "text")] * (output["output_type"] == "stream")
        for where, key in texts:
            for text in _changes((output["data"] if where == "data" else output)[key]):
                changed = copy.deepcopy(outputs)
                (changed[index]["data"] if where == "data" else changed[index])[key] = text
                yield f"output {index}, {key}", changed
        if set(output.get("data", {"": ""})) - {"image/png"}:
            yield f"output {index} removed", outputs[:index] + outputs[index + 1 :]


def _changes(text: str) -> list[str]:
    return [*too_far(text), *_one_exact_character(text)]


def _one_exact_character(text: str) -> list[str]:
    """The text with its last exact digit changed, or its last letter where it has none."""
    loose = {place for piece in LOOSE.finditer(text) for place in range(*piece.span())}
    for wanted in (str.isdigit, str.isalpha):
        for place in range(len(text) - 1, -1, -1):
            if wanted(text[place]) and place not in loose:
                other = "7" if text[place] != "7" else "3"
                return [text[:place] + other + text[place + 1 :]]
    return [text + "7"]


def _compare_and_try_changes(self, test, ref, skip_compare=None):
    if not _compare_outputs(self, test, ref, skip_compare):
        return False
    # From where this run's numbers are: seen from the stored ones, a step too far could end near them again.
    for what, changed in changed_outputs(with_stored_numbers(ref, test)):
        if _compare_outputs(self, test, changed, skip_compare):
            self.comparison_traceback = [f"{what} was changed, and the comparison did not notice"]
            return False
    return True


IPyNbCell.compare_outputs = _compare_and_try_changes


def pytest_configure(config):
    # For the kernels that nbval starts: they must find a learner who has solved nothing.
    os.environ["COURSE_PROGRESS"] = tempfile.mkdtemp(prefix="course-progress-")


def pytest_unconfigure(config):
    shutil.rmtree(os.environ["COURSE_PROGRESS"], ignore_errors=True)


class _ByWork(LoadScopeScheduling):
    """What shares work stays on one worker: a notebook's cells, an exercise's tests, else a module's."""

    def _split_scope(self, nodeid):
        if "test_filled.py" in nodeid:
            return nodeid
        if exercise := re.search(r"test_exercises\.py::\w+\[(\w+)", nodeid):
            return exercise[1]
        return super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return _ByWork(config, log)


def pytest_collection_modifyitems(items):
    """The longest first, so that at the end nobody waits for one of them: lessons, the last ones first."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if lesson := re.search(r"(?:test_filled\.py.*\[|notebooks/)(\d\d)_", item.nodeid):
        return -int(lesson[1])
    return 0


@pytest.fixture(scope="session")
def smollm2():
    """The real language model and its tokenizer, loaded once: half a gigabyte."""
    from utils.llm.smollm2 import load_model
    from utils.llm.tokenizer import load_tokenizer

    return load_model(), load_tokenizer()


@pytest.fixture(autouse=True)
def progress_folder(tmp_path, monkeypatch):
    """A folder for the learner's progress that this test alone uses."""
    folder = tmp_path / "solved"
    monkeypatch.setenv("COURSE_PROGRESS", str(folder))
    return folder
