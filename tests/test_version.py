"""The version stands in three files; a reader must find the same in each."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_newest_change_is_of_the_version_that_is_installed_and_cited():
    version, day = re.search(r"^## (\S+), (\d{4}-\d{2}-\d{2})$", CHANGELOG, flags=re.MULTILINE).groups()
    assert version == PROJECT["version"] == CITATION["version"]
    assert day == CITATION["date-released"]


def test_the_citation_has_what_its_format_demands():
    """The four keys that version 1.2.0 of the Citation File Format requires."""
    assert CITATION["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(CITATION)
    assert CITATION["title"].startswith((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0][2:])
    assert CITATION["authors"][0]["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")
