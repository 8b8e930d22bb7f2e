"""Printed tables."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns: the last column to the right, the others to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for *first, last in rows:
        cells = [cell.ljust(width) for cell, width in zip(first, widths[:-1], strict=True)]
        lines.append("  ".join([*cells, last.rjust(widths[-1])]))
    return "\n".join(lines)
