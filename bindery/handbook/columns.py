"""Which cells of a table stay on one line: two or three Han are not torn apart."""

from __future__ import annotations

from collections.abc import Sequence

from bindery.han import HAN
from bindery.handbook.plain import plain
from bindery.model import Inlines

# Widths are in em of the table. The narrowest page, A5, has 38 of them; what is over is for the
# columns that hold sentences.
_ROOM = 30.0
_PADDING = 1.6  # on both sides of a cell
_LATIN = 0.56
_LONGEST = (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0)


def cell_width(cell: Inlines) -> float:
    """Return about how wide a cell is on one line, in em."""
    return sum(1.0 if HAN.match(char) else _LATIN for char in plain(cell))


def longest_unbroken(rows: Sequence[Sequence[Inlines]]) -> float:
    """Return the width in em up to which cells of a table stay on one line.

    It is as large as leaves room for all columns on the narrowest page; 0 when none is left.
    """
    widths = [[cell_width(cell) for cell in row] for row in rows]
    count = max(map(len, widths), default=0)
    for longest in _LONGEST:
        kept = [
            max((row[n] for row in widths if n < len(row) and row[n] <= longest), default=0.0)
            for n in range(count)
        ]
        if sum(kept) + _PADDING * count <= _ROOM:
            return longest
    return 0.0
