"""What lesson 15 needs beyond the course: what counts as missing, and what is asked of installers."""

import importlib.metadata
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from utils import extras

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if re.match(r"\w", line)]


def test_the_second_lock_has_what_the_extra_asks_for_and_nothing_of_the_first():
    second = {pin.name: pin for pin in pins("requirements-tuners.txt")}
    for wanted in map(Requirement, PROJECT["optional-dependencies"]["tuners"]):
        assert wanted.specifier.contains(str(second[wanted.name].specifier).removeprefix("=="))
    assert not {str(pin).split(" ;")[0] for pin in second.values()} & {
        str(pin).split(" ;")[0] for pin in pins("requirements.txt")
    }


@pytest.fixture
def machine(monkeypatch):
    """A machine with these packages: name: (version, what it requires)."""
    packages = {
        extras.COURSE: (
            "1",
            ["numpy", 'search[files]>=2; extra == "tuners"', 'other>=1; extra == "tuners"'],
        ),
        "search": ("2.5", ["numpy", 'disk>=3; extra == "files"']),
        "disk": ("3.1", []),
        "other": ("1.0", []),
        "numpy": ("2.1.3", []),
    }

    def distribution(name):
        if name not in packages:
            raise importlib.metadata.PackageNotFoundError(name)
        version, requires = packages[name]
        return SimpleNamespace(version=version, requires=requires, metadata={"Name": name})

    monkeypatch.setattr(extras.importlib.metadata, "distribution", distribution)
    monkeypatch.setattr(extras.importlib.metadata, "requires", lambda name: packages[name][1])
    monkeypatch.setattr(
        extras.importlib.metadata, "distributions", lambda: [distribution(name) for name in packages]
    )
    return packages


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"other": None}, ["other>=1"]),
        ({"other": ("0.9", [])}, ["other>=1"]),
        ({"search": ("1.9", [])}, ["search[files]>=2"]),
        ({"disk": None}, ["search[files]>=2"]),  # there, without what its own extra needs
    ],
    ids=["nothing", "gone", "too old", "extras too old", "an extra's own"],
)
def test_what_is_missing(machine, change, missing):
    for name, package in change.items():
        if package is None:
            del machine[name]
        else:
            machine[name] = package
    assert extras.missing() == missing


def test_with_everything_there_nothing_is_run(machine, monkeypatch):
    monkeypatch.setattr(extras, "_run", lambda *_: pytest.fail("an installer was started"))
    with extras.tuners():
        pass


@pytest.fixture
def installer(machine, monkeypatch):
    """Takes the commands down and installs nothing."""
    asked = []
    del machine["other"]

    def run(command, sentence):
        kept = Path(command[command.index("--constraint") + 1]).read_text(encoding="utf-8").splitlines()
        asked.append(SimpleNamespace(command=command, sentence=sentence, kept=kept))
        return 1, "no network"

    monkeypatch.setattr(extras, "_run", run)
    return asked


def test_uv_is_asked_first_then_pip_and_then_it_says_what_they_said(installer):
    with pytest.raises(extras.CannotInstall, match=r"needs other>=1, which could not.*\nno network"):
        extras.install()
    assert [command.command[2] for command in installer] == ["uv", "pip"]
    assert installer[0].sentence == "Lesson 15 needs 0.5 GB more, once (other)"


def test_nothing_that_is_there_may_move(installer):
    with pytest.raises(extras.CannotInstall):
        extras.install()
    assert "numpy==2.1.3" in installer[0].kept
    assert not [line for line in installer[0].kept if line.startswith(("other", extras.COURSE))]


def test_outside_a_copy_of_the_course_only_what_is_missing_is_asked_for(installer, monkeypatch, tmp_path):
    monkeypatch.setattr(extras, "ROOT", tmp_path)
    with pytest.raises(extras.CannotInstall):
        extras.install()
    assert "other>=1" in installer[0].command
    assert "-r" not in installer[0].command


def test_a_full_disk_is_named_before_anything_is_fetched(installer, monkeypatch):
    monkeypatch.setattr(extras, "_free", lambda: 0.3)
    with pytest.raises(extras.CannotInstall, match=r"take 0.5 GB, 0.8 GB while .* 0.3 GB are free"):
        extras.install()
    assert installer == []
