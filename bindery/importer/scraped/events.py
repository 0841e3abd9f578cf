"""What stands in an answer of a scraped page, in order: groups of lines, and whole blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from bindery.importer.blocks import Block, Display, Grid, Listing, Notice, Run, Runs
from bindery.importer.code import Listing as Code
from bindery.importer.code import lost_indentation
from bindery.importer.scraped.lines import Kind, Line
from bindery.importer.scraped.sentences import Group, group_at
from bindery.importer.telling import Telling
from bindery.importer.tex import mended
from bindery.importer.traced import NOTHING, Traced, joined
from bindery.importer.widths import widened

LOST_INDENTATION = Notice(
    "缩进已丢失",
    "原文的缩进在抓取时丢失，下面的 Python 代码按原样平铺，不能直接运行；请对照原文补上缩进。",
)
PHANTOM = Notice("", "")
"""Stands where a repeat was dropped: the item that it repeats goes on."""
_SHORTEST_PHANTOM = 6
_LETTER = re.compile(r"(?<![A-Za-z0-9_\\-])[A-Za-z](?![A-Za-z0-9_'-])")
Event: TypeAlias = Group | Block


def events_of(
    lines: Sequence[Line],
    code: Sequence[Code],
    letters: frozenset[str],
    telling: Telling,
) -> tuple[Event, ...]:
    """Return the events of an answer; ``letters`` are formulas elsewhere on the page."""
    found = _Events(lines, {each.start: each for each in code}, telling).all
    _plain_letters(found, letters, telling)
    return tuple(found)


class _Events:
    """Goes through the lines once and says what stands there, in order."""

    def __init__(self, lines: Sequence[Line], code: dict[int, Code], telling: Telling) -> None:
        self.all: list[Event] = []
        self._lines = lines
        self._telling = telling
        index = 0
        dash = -1
        while index < len(lines):
            kind = lines[index].kind
            if kind in (Kind.CHINESE, Kind.NUMBER):
                dash = -1
            dash = index if kind is Kind.DASH else dash
            if kind is Kind.EMPTY:
                index += 1
            elif kind is Kind.TABLE:
                index = self._table(index)
            elif kind is Kind.CODE:
                index = self._code(index, code[index])
            elif kind is Kind.DISPLAY:
                index = self._display(index)
            elif kind is Kind.ITEM and self._is_phantom(index, dash):
                telling.drop(
                    "phantom-repeat", "repeats the beginning of an item above", lines[index].whole
                )
                self.all.append(PHANTOM)
                index += 1
            elif kind is Kind.DASH and not self._has_text(index):
                telling.drop("empty-item", "an item without text", lines[index].whole)
                index += 1
            else:
                groups = group_at(lines, index, telling)
                self.all += groups
                index = max(group.last for group in groups) + 1

    def _has_text(self, index: int) -> bool:
        following = self._lines[index + 1 : index + 2]
        return bool(following) and following[0].kind is Kind.TEXT

    def _is_phantom(self, index: int, dash: int) -> bool:
        text = _solid(self._lines[index].text.text)
        if dash < 0 or len(text) < _SHORTEST_PHANTOM:
            return False
        before = _solid("".join(line.whole.text for line in self._lines[dash:index]))
        return f"-{text}" in before

    def _table(self, start: int) -> int:
        end = start
        rows: list[tuple[Runs, ...]] = []
        signs = NOTHING
        while end < len(self._lines) and self._lines[end].kind is Kind.TABLE:
            line = self._lines[end].whole
            if end == start + 1:
                signs = signs + line
            else:
                cells, pipes = _cells(line)
                signs = signs + pipes
                rows.append(tuple(_cell(cell, self._telling) for cell in cells))
            end += 1
        self._telling.repaired("table", "a table, with the empty line that it needs", signs)
        self.all.append(Grid(tuple(rows)))
        return end

    def _code(self, start: int, code: Code) -> int:
        end, language = code.end, code.language
        lines = [self._lines[n].whole for n in range(start, end)]
        at = lines[0].start
        self._telling.repaired("fence", f"{len(lines)} lines of {language}, fenced", (), at=at)
        if language == "python" and lost_indentation([line.text for line in lines]):
            self._telling.doubt(
                "lost-indentation",
                at,
                "the listing stays flat, with a warning above it",
                "an indentation that is guessed could be another program",
            )
            self.all.append(replace(LOST_INDENTATION, at=at))
        self.all.append(Listing(joined(lines, "\n"), language))
        return end

    def _display(self, index: int) -> int:
        line = self._lines[index]
        formula = line.formulas[0]
        tex = line.text[formula.tex_start : formula.tex_end]
        twice = line.text[: formula.tex_start] + line.text[formula.tex_end :]
        self._telling.repaired("formula-thrice", f"$${tex.text}$$ stood there three times", twice)
        self.all.append(Display(mended(tex, self._telling)))
        return index + 1


def _cells(line: Traced) -> tuple[list[Traced], Traced]:
    pipes = joined(line[m.start() : m.end()] for m in re.finditer(r"\|", line.text))
    cells = list(line.split("|"))
    if not cells[0].strip():
        cells.pop(0)
    if cells and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells], pipes


def _cell(cell: Traced, telling: Telling) -> Runs:
    quoted = re.fullmatch(r"'[^']*'|\"[^\"]*\"", cell.text)
    if quoted:
        telling.repaired("inline-code", f"{cell.text} is code", (), at=cell.start)
    runs, spans, now = widened((Run("code" if quoted else "text", cell),))
    if spans:
        telling.repaired("half-width", f"wrote {now} beside Han as full-width again", spans, now)
    return runs


def _solid(text: str) -> str:
    return "".join(text.split())


def _plain_letters(events: Sequence[Event], known: frozenset[str], telling: Telling) -> None:
    """Doubt the letters that stand plain although the page has them as formulas elsewhere."""
    groups = [event for event in events if isinstance(event, Group)]
    for run in (run for group in groups for run in _all_runs(group) if run.kind == "text"):
        found = [m for m in _LETTER.finditer(run.text.text) if m[0] in known]
        if found:
            said = list(dict.fromkeys(m[0] for m in found))
            at = run.text.at[found[0].start()]
            formulas = ", ".join(f"${letter}$" for letter in said)
            telling.doubt(
                "plain-letter", at, f"{', '.join(said)} stays text", f"a formula: {formulas}"
            )


def _all_runs(group: Group) -> list[Run]:
    return [*group.runs, *(run for _, runs in group.nested for run in runs)]
