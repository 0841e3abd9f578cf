"""Tables of LaTeX as tables of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

from bindery.importer.latex.inline import Inline
from bindery.importer.latex.notes import Notes
from bindery.importer.latex.scan import group, option, split_top
from bindery.importer.traced import NOTHING, Traced, joined

_ROW = re.compile(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline")
_CELL = re.compile(r"&")
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot)(?![A-Za-z])"
    r"|\\c(?:line|midrule)(?:\([^)]*\))?\{[^}]*\}"
)
_MANY = re.compile(r"\s*\\multicolumn\s*\{(\d+)\}\s*\{[^{}]*\}\s*(?=\{)")


class Tables:
    """Writes tables; what they leave out goes to ``notes``."""

    def __init__(self, notes: Notes, inline: Inline) -> None:
        self._notes = notes
        self._inline = inline

    def written(self, base: str, inner: Traced) -> Traced:
        """Return a table of Markdown; ``base`` is the environment, ``inner`` what stands in it."""
        lead = 0
        counts = {"tabularx": 2, "tabular*": 2, "tabulary": 2}
        while extra := option(inner.text, lead):
            lead = extra.end
        for _ in range(counts.get(base, 1)):
            if columns := group(inner.text, lead):
                lead = columns.end
                while extra := option(inner.text, lead):
                    lead = extra.end
        self._notes.syntax("the layout of tables left out", inner[:lead])
        rows = [self._row(part) for part in _parts(inner[lead:], _ROW, self._notes)]
        rows = [row for row in rows if any(cell.text.strip() for cell in row)]
        if not rows:
            return NOTHING
        width = max(map(len, rows))
        lines = [
            joined(["| ", joined([*row, *[NOTHING] * (width - len(row))], " | "), " |"])
            for row in rows
        ]
        return joined([lines[0], "|" + "---|" * width, *lines[1:]], "\n")

    def _row(self, row: Traced) -> list[Traced]:
        for match in _RULES.finditer(row.text):
            self._notes.syntax("rules of tables left out", row[match.start() : match.end()])
        row = row.sub(_RULES, lambda _: "")
        cells: list[Traced] = []
        for part in _parts(row, _CELL, self._notes):
            many = _MANY.match(part.text)
            cell = part
            if many:
                self._notes.syntax("\\multicolumn left out", part[: many.end()])
                cell = part[many.end() :]
            flat = self._inline.written(cell, begins=False)
            flat = flat.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
            cells.append(
                flat.sub(re.compile(r"(?<!\\)\|(?![^$]*\$(?:[^$]*\$[^$]*\$)*[^$]*$)"), _piped(flat))
            )
            cells += [NOTHING] * (int(many[1]) - 1 if many else 0)
        return cells


def _piped(text: Traced) -> Callable[[re.Match[str]], Traced]:
    return lambda match: "\\" + text[match.start() : match.end()]


def _parts(text: Traced, pattern: re.Pattern[str], notes: Notes) -> list[Traced]:
    found: list[Traced] = []
    position = 0
    for start, end in split_top(text.text, pattern):
        notes.syntax("the marks of rows and cells", text[start:end])
        found.append(text[position:start])
        position = end
    return [*found, text[position:]]
