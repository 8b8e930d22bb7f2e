"""What lessons 15 and 16 need beyond the course: what counts as missing, and what is asked of installers."""

import importlib.metadata
import re
import sys
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


@pytest.mark.parametrize("extra", extras.EXTRAS)
def test_its_lock_has_what_an_extra_asks_for_and_nothing_of_the_first(extra):
    own = {pin.name: pin for pin in pins(f"requirements-{extra}.txt")}
    for wanted in map(Requirement, PROJECT["optional-dependencies"][extra]):
        assert wanted.specifier.contains(str(own[wanted.name].specifier).removeprefix("=="))
    assert not {str(pin).split(" ;")[0] for pin in own.values()} & {
        str(pin).split(" ;")[0] for pin in pins("requirements.txt")
    }


def test_the_locks_ask_for_no_library_of_graphics_cards_and_agree_with_each_other():
    locked = [pin for extra in extras.EXTRAS for pin in pins(f"requirements-{extra}.txt")]
    assert not [pin.name for pin in locked if re.match("cuda|nvidia|triton", pin.name)]
    assert len({(pin.name, str(pin.marker)) for pin in locked}) == len({str(pin) for pin in locked})


@pytest.fixture
def machine(monkeypatch):
    """A machine with these packages: name: (version, what it requires)."""
    packages = {
        extras.COURSE: (
            "1",
            [
                "numpy",
                'search[files]>=2; extra == "tuners"',
                'other>=1; extra == "tuners"',
                'torch>=2; extra == "trainer"',
            ],
        ),
        "search": ("2.5", ["numpy", 'disk>=3; extra == "files"']),
        "disk": ("3.1", []),
        "other": ("1.0", []),
        "torch": ("2.9", []),
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
    assert extras.missing("tuners") == missing


def test_with_everything_there_nothing_is_run(machine, monkeypatch):
    monkeypatch.setattr(extras, "_run", lambda *_: pytest.fail("an installer was started"))
    with extras.tuners(), extras.trainer():
        pass


def test_pytorch_is_kept_from_what_crashes_beside_tensorflow(machine, monkeypatch, tmp_path):
    (tmp_path / "triton.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "triton", raising=False)
    with extras.trainer(), pytest.raises(ImportError):
        import triton  # noqa: F401


@pytest.fixture
def installer(machine, monkeypatch):
    """Takes the commands down and installs nothing."""
    asked = []
    del machine["other"], machine["torch"]
    monkeypatch.setattr(extras, "_would_bring_cuda", lambda command: False)

    def run(command, sentence, size):
        kept = Path(command[command.index("--constraint") + 1]).read_text(encoding="utf-8").splitlines()
        asked.append(SimpleNamespace(command=command, sentence=sentence, kept=kept))
        return 1, "no network"

    monkeypatch.setattr(extras, "_run", run)
    return asked


def test_uv_is_asked_first_then_pip_and_then_it_says_what_they_said(installer):
    with pytest.raises(extras.CannotInstall, match=r"needs other>=1, which could not.*\nno network"):
        extras.install("tuners")
    assert [command.command[2] for command in installer] == ["uv", "pip"]
    assert installer[0].sentence == "This lesson needs 0.5 GB more, once (other)"


@pytest.mark.parametrize(("around", "package"), [(extras.tuners, "other"), (extras.trainer, "torch")])
def test_each_part_of_the_lesson_asks_for_its_own(installer, around, package):
    with pytest.raises(extras.CannotInstall, match=f"needs {package}>="), around():
        pass


@pytest.mark.parametrize(("cuda", "size"), [(False, "0.9"), (True, "4.9")])
def test_pytorch_without_cuda_is_tried_first_and_its_size_is_said(installer, monkeypatch, cuda, size):
    monkeypatch.setattr(extras, "_would_bring_cuda", lambda command: cuda and "cpu" not in command)
    with pytest.raises(extras.CannotInstall, match="needs torch>=2"):
        extras.install("trainer")
    cpu, uv, pip = installer
    assert [way.command[2] for way in installer] == ["uv", "uv", "pip"]
    assert cpu.command == [*uv.command, "--torch-backend", "cpu"]
    assert cpu.sentence == "This lesson needs 0.9 GB more, once (torch)"
    assert {uv.sentence, pip.sentence} == {f"This lesson needs {size} GB more, once (torch)"}


@pytest.mark.parametrize(
    ("system", "said", "cuda"),
    [
        ("linux", " + nvidia-cublas==13.1", True),
        ("linux", " + torch==2.13.0+cpu", False),
        ("darwin", " + nvidia-cublas==13.1", False),  # not asked: there is no such build
    ],
)
def test_an_installer_is_asked_beforehand_whether_cuda_would_come(monkeypatch, system, said, cuda):
    asked = []

    def run(command, **options):
        asked.append(command)
        return SimpleNamespace(stdout="", stderr=said)

    monkeypatch.setattr(extras.sys, "platform", system)
    monkeypatch.setattr(extras, "_environment", dict)
    monkeypatch.setattr(extras.subprocess, "run", run)
    assert extras._would_bring_cuda(["uv", "install"]) is cuda
    assert not extras._would_bring_cuda(["uv", "install", "--torch-backend", "cpu"])
    assert asked == ([["uv", "install", "--dry-run"]] if system == "linux" else [])


def test_nothing_that_is_there_may_move(installer):
    with pytest.raises(extras.CannotInstall):
        extras.install("tuners")
    assert "numpy==2.1.3" in installer[0].kept
    assert not [line for line in installer[0].kept if line.startswith(("other", extras.COURSE))]


def test_outside_a_copy_of_the_course_only_what_is_missing_is_asked_for(installer, monkeypatch, tmp_path):
    monkeypatch.setattr(extras, "ROOT", tmp_path)
    with pytest.raises(extras.CannotInstall):
        extras.install("tuners")
    assert "other>=1" in installer[0].command
    assert "-r" not in installer[0].command


def test_a_full_disk_is_named_before_anything_is_fetched(installer, monkeypatch):
    monkeypatch.setattr(extras, "_free", lambda: 0.3)
    with pytest.raises(extras.CannotInstall, match=r"take 0.5 GB, 0.8 GB while .* 0.3 GB are free"):
        extras.install("tuners")
    assert installer == []


def test_a_disk_with_room_for_pytorch_alone_is_not_filled_with_cuda(installer, monkeypatch):
    monkeypatch.setattr(extras, "_would_bring_cuda", lambda command: "cpu" not in command)
    monkeypatch.setattr(extras, "_free", lambda: 2.0)
    with pytest.raises(extras.CannotInstall, match=r"take 4.9 GB, 7.8 GB while .* 2.0 GB are free"):
        extras.install("trainer")
    assert len(installer) == 1
