"""A plugin of pytest: numbers behind a ≈ are compared loosely, everything else exactly.

Machines round differently, and what is trained differs with it. So a lesson writes ≈ before such a number,
or before several ("≈ 0.64 to 0.87", "≈ 0.64, 0.70, 0.74"), and the comparison of outputs lets it be a
little off. How much stands here and nowhere else.
"""

import re
from collections import defaultdict
from math import copysign

from nbval.plugin import IPyNbCell

RELATIVE = 0.15
"""How far a number may be from the stored one, as a part of it ..."""
LAST_DIGIT = 1.5
"""... or in units of the last digit that is stored, whichever is more."""

NUMBER = r"[-−+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?"
_BETWEEN = r"(?: (?:to|and|or) |, ?|/)"
LOOSE = re.compile(rf"≈ *{NUMBER}%?(?:{_BETWEEN} *{NUMBER}%?)*")


def numbers(text: str) -> list[float]:
    """The numbers of a piece of text behind a ≈."""
    return [float(found.replace(",", "").replace("−", "-")) for found in re.findall(NUMBER, text)]


def allowed(text: str) -> list[float]:
    """How far each of these numbers may be off."""
    units = [10.0 ** -len(found.partition("e")[0].partition(".")[2]) for found in re.findall(NUMBER, text)]
    powers = [int(found.partition("e")[2] or 0) for found in re.findall(NUMBER, text)]
    return [
        max(RELATIVE * abs(number), LAST_DIGIT * unit * 10.0**power)
        for number, unit, power in zip(numbers(text), units, powers, strict=True)
    ]


def near(text: str, stored: str) -> bool:
    """Whether the numbers of one piece behind a ≈ are near enough to those of the stored one."""
    ours, theirs = numbers(text), numbers(stored)
    return len(ours) == len(theirs) and all(
        abs(a - b) <= limit for a, b, limit in zip(ours, theirs, allowed(stored), strict=True)
    )


def taken_over(text: str, stored: str) -> str:
    """The text with its loose numbers replaced by the stored ones where they are near enough."""
    pieces = iter(LOOSE.findall(stored))
    if len(LOOSE.findall(text)) != len(LOOSE.findall(stored)):
        return text

    def replaced(found: re.Match) -> str:
        piece = next(pieces)
        return piece if near(found[0], piece) else found[0]

    return LOOSE.sub(replaced, text)


def too_far(text: str) -> list[str]:
    """The text with each of its loose numbers in turn further from zero than is allowed."""
    changed = []
    for piece in LOOSE.finditer(text):
        for found, limit in zip(re.finditer(NUMBER, piece[0]), allowed(piece[0]), strict=True):
            start, end = piece.start() + found.start(), piece.start() + found.end()
            number = numbers(found[0])[0]
            changed.append(f"{text[:start]}{number + copysign(1.3 * limit, number):.9g}{text[end:]}")
    return changed


_compare_outputs = IPyNbCell.compare_outputs


def _loosely(self, test, ref, skip_compare=None):
    return _compare_outputs(self, with_stored_numbers(test, ref), ref, skip_compare)


def with_stored_numbers(outputs: list, stored: list) -> list:
    """The outputs of a cell with their loose numbers taken over from the stored ones where near enough.

    Paired in order within their kind: a progress bar's stderr comes before or after what is printed, or
    in more pieces, as the machine's load will have it.
    """
    waiting = defaultdict(list)
    for output in stored:
        waiting[_kind(output)].append(output)
    return [_output(ours, waiting[_kind(ours)].pop(0) if waiting[_kind(ours)] else {}) for ours in outputs]


def _kind(output: dict) -> tuple:
    return output["output_type"], output.get("name")


def _output(ours: dict, theirs: dict) -> dict:
    changed = {**ours}
    if "text" in ours and "text" in theirs:
        changed["text"] = taken_over(ours["text"], theirs["text"])
    if "data" in ours and "data" in theirs:
        changed["data"] = {
            kind: taken_over(value, theirs["data"][kind])
            if isinstance(value, str) and isinstance(theirs["data"].get(kind), str)
            else value
            for kind, value in ours["data"].items()
        }
    return type(ours)(changed)


IPyNbCell.compare_outputs = _loosely
