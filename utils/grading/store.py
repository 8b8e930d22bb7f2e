"""What a run has found out, on disk: a file for each submission, written whole or not at all."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from utils.grading.intake import Submission


class Store:
    """A folder of results. A run that was stopped at any moment is resumed from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results"
        self.results.mkdir(parents=True, exist_ok=True)

    def secret(self) -> int:
        """The seed of this class's questions, drawn once. Only the teacher may read it."""
        path = self.folder / "secret"
        if not path.exists():
            _write(path, f"{secrets.randbits(60)}\n")
        return int(path.read_text(encoding="utf-8"))

    def path(self, submission: Submission) -> Path:
        """Where the result of a submission is."""
        return self.results / submission.lesson / f"{submission.key}.json"

    def result(self, submission: Submission) -> dict[str, Any] | None:
        """What is known of a submission, None when it was never graded."""
        try:
            return json.loads(self.path(submission).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def keep(self, submission: Submission, result: dict[str, Any]) -> None:
        """Write a result. Raises OSError, as when the disk is full, and then nothing has changed."""
        path = self.path(submission)
        path.parent.mkdir(exist_ok=True)
        _write(path, json.dumps(result, indent=1))

    def all(self) -> Iterator[dict[str, Any]]:
        """Every result, lesson by lesson."""
        for path in sorted(self.results.glob("*/*.json")):
            yield json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> None:
    """Write a file so that at every moment either the old or the new one is there, whole."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def fingerprint(*parts: bytes) -> str:
    """A short name for contents, to see whether they have changed."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:24]
