"""From an offset in a token's content to a line and column of the file."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from bindery.diagnostics import Place


class Locator:
    """Finds places in one file. Inline tokens carry lines only; their text gives the column."""

    def __init__(self, file: str, lines: Sequence[str], first_line: int = 1) -> None:
        self.file = file
        self._lines = lines
        self._first = first_line
        self._cells: dict[int, int] = {}

    def line(self, token: Token) -> Place:
        """Return the first line of a block token."""
        row = token.map[0] if token.map else 0
        return Place(self.file, row + self._first)

    def row(self, row: int, column: int = 0) -> Place:
        """Return the place of a row (from 0) and column (from 1) of the text."""
        return Place(self.file, row + self._first, column)

    def start_of(self, token: Token, *, cell: bool = False) -> tuple[int, int]:
        """Return row and column (both from 0) where an inline token's content begins."""
        row = token.map[0] if token.map else 0
        first = token.content.split("\n", 1)[0].strip()
        source = self._lines[row] if row < len(self._lines) else ""
        column = source.find(first, self._cells.get(row, 0) if cell else 0)
        if cell and column >= 0:
            self._cells[row] = column + len(first)
        return row, max(column, 0)

    def inside(self, token: Token, start: tuple[int, int], offset: int) -> Place:
        """Return the place of ``offset`` in an inline token's content that starts at ``start``."""
        row, column = start
        before = token.content[:offset]
        breaks = before.count("\n")
        if not breaks:
            return Place(self.file, row + self._first, column + offset + 1)
        line_start = before.rfind("\n") + 1
        line = token.content[line_start:].split("\n", 1)[0]
        row += breaks
        source = self._lines[row] if row < len(self._lines) else ""
        column = max(source.find(line.strip()), 0) if line.strip() else 0
        lead = len(line) - len(line.lstrip())
        return Place(self.file, row + self._first, column + offset - line_start - lead + 1)

    def block_text(self, token: Token) -> tuple[str, Place]:
        """Return a block formula's TeX without surrounding space, and where it begins."""
        content = token.content
        lead = len(content) - len(content.lstrip())
        text = content.strip()
        row = (token.map[0] if token.map else 0) + content[:lead].count("\n")
        source = self._lines[row] if row < len(self._lines) else ""
        column = source.find(text.split("\n", 1)[0].strip())
        return text, Place(self.file, row + self._first, max(column, 0) + 1)
