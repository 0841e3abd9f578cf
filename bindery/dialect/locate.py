"""From an offset in a token's content to a line and column of the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from markdown_it.token import Token

from bindery.diagnostics import Place


class InlinePlaces:
    """Where the characters of one inline token stand in the file."""

    __slots__ = ("_columns", "_file", "_line", "_starts", "_step")

    def __init__(
        self,
        file: str,
        line: int,
        starts: Sequence[int],
        columns: Sequence[int],
        *,
        one_line: bool = False,
    ) -> None:
        self._file = file
        self._line = line
        self._starts = starts
        self._columns = columns
        self._step = 0 if one_line else 1

    def __call__(self, offset: int) -> Place:
        """Return the place of the character at ``offset`` of the token's content."""
        index = max(bisect_right(self._starts, offset) - 1, 0)
        column = self._columns[index] + offset - self._starts[index]
        return Place(self._file, self._line + index * self._step, column)

    def columns_after(self, start: int, end: int) -> tuple[int, ...]:
        """Return the columns of the lines that begin between two offsets."""
        first, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return tuple(self._columns[first:last])


class Locator:
    """Finds places in one file. Tokens carry lines only; their text gives the column."""

    def __init__(self, file: str, lines: Sequence[str]) -> None:
        self.file = file
        self._lines = lines

    def line(self, token: Token) -> Place:
        """Return the first line of a block token."""
        return Place(self.file, (token.map[0] if token.map else 0) + 1)

    def row(self, row: int, column: int = 0) -> Place:
        """Return the place of a row (from 0) and column (from 1) of the text."""
        return Place(self.file, row + 1, column)

    def row_text(self, row: int) -> str:
        """Return the text of a row (from 0)."""
        return self._source(row)

    def inline(self, token: Token) -> InlinePlaces:
        """Return the places of an inline token's characters."""
        row = token.map[0] if token.map else 0
        cell = token.meta.get("column") if token.meta else None
        if cell is not None:
            starts, columns = _unescaped(cell, token.meta["removed"])
            return InlinePlaces(self.file, row + 1, starts, columns, one_line=True)
        starts, columns, offset = [], [], 0
        for number, line in enumerate(token.content.split("\n")):
            starts.append(offset)
            columns.append(self._column(row + number, line) + 1)
            offset += len(line) + 1
        return InlinePlaces(self.file, row + 1, starts, columns)

    def block_text(self, token: Token, first: int = 0) -> tuple[str, Place, tuple[int, ...]]:
        """Return a block's text without surrounding space, its place, its other lines' columns.

        ``first`` is the row of the content's first line, counted from the token's.
        """
        content = token.content
        lead = len(content) - len(content.lstrip())
        text = content.strip()
        row = (token.map[0] if token.map else 0) + first + content[:lead].count("\n")
        lines = text.split("\n")
        columns = [self._column(row + number, line) + 1 for number, line in enumerate(lines)]
        return text, Place(self.file, row + 1, columns[0]), tuple(columns[1:])

    def _source(self, row: int) -> str:
        return self._lines[row] if row < len(self._lines) else ""

    def _column(self, row: int, line: str) -> int:
        """Return where a line of content begins in its row; the content is mostly its end."""
        source, text = self._source(row).rstrip(), line.rstrip()
        if source.endswith(text):
            return len(source) - len(text)
        bare = text.lstrip()
        return max(source.find(bare) - (len(text) - len(bare)), 0)


def _unescaped(column: int, removed: Sequence[int]) -> tuple[list[int], list[int]]:
    r"""Return starts and columns of a cell from which the backslashes of ``\|`` were removed."""
    starts, columns = [0], [column]
    for count, offset in enumerate(removed, 1):
        starts.append(offset)
        columns.append(column + offset + count)
    return starts, columns
