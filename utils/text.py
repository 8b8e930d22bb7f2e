"""Printed text: tables in columns, and pieces of a text as they come."""

from collections.abc import Iterable, Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text in columns: those of numbers and the last one to the right, the others to the left.

    The first row names the columns. A column is one of numbers if each cell below begins with a digit, a
    sign or ≈, or is empty.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(cell[:1] in "0123456789+-≈" for cell in column[1:]) for column in columns]
    right[-1] = True
    lines = []
    for row in rows:
        places = zip(row, widths, right, strict=True)
        cells = [cell.rjust(width) if numbers else cell.ljust(width) for cell, width, numbers in places]
        lines.append("  ".join(cells))
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
