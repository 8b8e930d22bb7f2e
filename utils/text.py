"""Printed text: tables in columns, and pieces of a text as they come."""

from collections.abc import Iterable, Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns: the last column to the right, the others to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for *first, last in rows:
        cells = [cell.ljust(width) for cell, width in zip(first, widths[:-1], strict=True)]
        lines.append("  ".join([*cells, last.rjust(widths[-1])]))
    return "\n".join(lines)


def print_pieces(pieces: Iterable[str]) -> None:
    """Print pieces of a text as they come, in lines of 100 characters at the most."""
    column = 0
    for piece in pieces:
        *_, last = piece.split("\n")
        if column + len(piece) > 100 and piece.startswith(" "):
            piece, column = "\n" + piece[1:], 0
        print(piece, end="", flush=True)
        column = len(last) if "\n" in piece else column + len(piece)
    print()
