"""HTML tables as tables of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindery.importer.traced import NOTHING, Traced, joined

_ROW = re.compile(r"<tr\b[^>]*>(.*?)(?=</tr\s*>|<tr\b|\Z)", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(
    r"<t[hd]\b([^>]*)>(.*?)(?=</t[hd]\s*>|<t[hd]\b|</tr|\Z)", re.IGNORECASE | re.DOTALL
)
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?([2-9]|\d\d)", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</?p\b[^>]*>", re.IGNORECASE)


def table_of(inner: Traced, written: Callable[[Traced], Traced]) -> Traced | None:
    """Return the table of what stands between ``<table>`` and ``</table>``.

    ``written`` writes a cell's HTML as Markdown. None: it is no table, or cells span several.
    """
    if _SPAN.search(inner.text) or "<table" in inner.text.lower() or _outside(inner.text).strip():
        return None
    rows: list[list[Traced]] = []
    for row in _ROW.finditer(inner.text):
        cells = [
            inner[row.start(1) + m.start(2) : row.start(1) + m.end(2)]
            for m in _CELL.finditer(row[1])
        ]
        if cells:
            rows.append([_cell(cell, written) for cell in cells])
    if not rows:
        return None
    width = max(map(len, rows))
    lines = [joined(["| ", joined([*r, *[NOTHING] * (width - len(r))], " | "), " |"]) for r in rows]
    rule = joined(["|", "---|" * width])
    return joined([lines[0], rule, *lines[1:]], "\n")


def _cell(cell: Traced, written: Callable[[Traced], Traced]) -> Traced:
    flat = cell.sub(_PARAGRAPH, lambda _: " ").sub(re.compile(r"\s*\n\s*"), lambda _: " ")
    done = written(flat.strip())
    return done.sub(re.compile(r"(?<!\\)\|"), lambda m: "\\" + done[m.start() : m.end()])


def _outside(text: str) -> str:
    """Return what no cell holds, without tags: it would be lost."""
    return re.sub(r"<[^>]*>", "", _ROW.sub(lambda m: _CELL.sub("", m[1]), text))
