"""Putting a document together again: its outline's parts become sections and questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bindery.dialect.attributes import trailing
from bindery.importer.model import Entry, Question, Section
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, joined, made
from bindery.importer.wild import markers, titles
from bindery.importer.wild.anchors import Anchors
from bindery.importer.wild.containers import translated
from bindery.importer.wild.html import Html
from bindery.importer.wild.inlines import Inlines
from bindery.importer.wild.lines import Page, page_of
from bindery.importer.wild.markers import Marker
from bindery.importer.wild.outline import Outline, Part

_ANSWER = re.compile(
    r"\s*(?:[-*+]\s+)?(?P<open>\*\*|__)?(?P<label>(?:A(?:nswer)?\s?\d*|参考答案|答案?|回答|解答|解析)"
    r"(?P<early>\*\*|__)?\s*[:：]\s*)(?P<late>\*\*|__)?\s*",
)
_BOLD = re.compile(r"(\*\*|__)(?P<inner>(?:(?!\1).)+?)\1\s*$")
_SECTION = re.compile(r"\s*\{\.section\}\s*$")
_WHOLE_LINK = re.compile(r"\[(?P<label>[^\[\]]+)\]\([^()]*\)$")
_HASHES = re.compile(r"#+")
_DETAILS_END = re.compile(r"</details\s*>", re.IGNORECASE)
_NUMBERED = 0.6
_DEEPEST = 6
_WHAT = {
    "heading": "the tags or the line that made it a heading, written as ##",
    "letter": "the letter that marked a question, written as ##",
    "bracket": "the bold type that marked a question, written as ##",
    "bold": "the bold type that marked a question, written as ##",
    "task": "the box of a task that marked a question, written as ##",
    "fold": "the fold that held a question, written as ##",
    "number": "the number that marked a question, written as ##",
}


class Assembly:
    """Makes the entries of a chapter of an outline; what it changes it tells."""

    def __init__(
        self,
        page: Page,
        outline: Outline,
        anchors: Anchors,
        *,
        telling: Telling,
        html: Html,
        inlines: Inlines,
    ) -> None:
        self._page = page
        self._anchors = anchors
        self._telling = telling
        self._html = html
        self._inlines = inlines
        self._hashes: list[tuple[int, int]] = []
        self._parts = [part for part in outline.parts if part.role != "part"]
        self._inner = {p.marker.first: p.marker for p in outline.parts if p.role == "part"}
        self._level = _base(outline)
        self._numbered = {
            role: _is_numbered([p for p in self._parts if p.role == role])
            for role in ("question", "section")
        }
        self._folds = _answer_folds(page, outline)
        has_title = bool(self._parts) and self._parts[0].role == "title"
        self.title = self._title(self._parts[0]) if has_title else NOTHING
        before = self._rows(0, self._start(0), None) if has_title else iter(())
        start = self._parts[0].marker.last if has_title else 0
        self._parts = self._parts[1:] if has_title else self._parts
        after = self._rows(start, self._start(0), None)
        self.intro = self._finished(chain(before, (NOTHING,), after))

    def entries(self) -> tuple[Entry, ...]:
        """Return the sections and questions, in order."""
        found = tuple(self._entry(index, part) for index, part in enumerate(self._parts))
        if self._hashes:
            what = "the # of headings, written at the levels of notes"
            self._telling.repaired("heading-level", what, self._hashes)
            self._hashes = []
        return found

    def _start(self, index: int) -> int:
        more = index < len(self._parts)
        return self._parts[index].marker.first if more else len(self._page.lines)

    def _entry(self, index: int, part: Part) -> Entry:
        marker = part.marker
        name = self._anchors.own.get(marker.first, "")
        title = self._title(part)
        if name and trailing(title.text)[1].id == name:
            name = ""
        elif marker.first in self._anchors.made:
            self._telling.make("id", name, title.start)
        body = self._finished(self._rows(marker.last, self._start(index + 1), marker))
        line = self._telling_line(marker)
        if part.role == "question" and body.text.strip():
            return Question(title, body, line, name)
        if part.role == "question":
            self._telling.doubt(
                "question-without-answer",
                title.start,
                f'"{title.text}" has no answer: a section',
                "write the answer, and take {.section} away",
            )
        return Section(title, body, line, name)

    def _telling_line(self, marker: Marker) -> int:
        return max(marker.title.start, 0)

    # ------------------------------------------------------------------ titles

    def _title(self, part: Part) -> Traced:
        marker = part.marker
        name = self._anchors.own.get(marker.first, "")
        marks = joined(marker.marks)
        self._unmarked(marker, marks, name if name and name in marks.text else "")
        title = self._unwrapped(self._html.inline(marker.title))
        if part.role != "title" and self._numbered[part.role]:
            number = titles.number_of(title.text) or titles.lone_number(title.text)
            if number and title.text[len(number) :].strip():
                what = f'the number "{number.strip()}": the book numbers its questions itself'
                self._telling.repaired("number", what, title[: len(number)])
                title = title[len(number) :]
        written = marker.id if name == marker.id and marker.id in title.text else ""
        if written:
            self._telling.make("id", written, title.start)
        if part.role == "section" and (said := _SECTION.search(title.text)):
            self._telling.repaired("section-mark", "the mark of a section", title[said.start() :])
            title = title[: said.start()]
        title = self._inlines.line(title).strip()
        title = title.sub(re.compile(r"\s*\n\s*"), lambda _: " ")
        if titles.visible(title.text):
            return title
        self._telling.make("title", "无题", marker.title.start)
        self._telling.doubt("title", marker.title.start, "a heading without words", "name it")
        return joined([title, "无题"])

    def _unmarked(self, marker: Marker, mark: Traced, now: str) -> None:
        if not mark.text.strip() or not (mark.spans() or now):
            return
        if marker.form == "heading" and not mark.text.strip(" \t#"):
            self._hashes += mark.strip().spans()
        else:
            self._telling.repaired(f"{marker.form}-mark", _WHAT[marker.form], mark, now)

    def _unwrapped(self, title: Traced) -> Traced:
        """Take off what encloses a whole title: bold type, a link to a table of contents."""
        title = title.strip()
        for pattern, group in ((_BOLD, "inner"), (_WHOLE_LINK, "label"), (_BOLD, "inner")):
            match = pattern.match(title.text)
            if match and (group == "inner" or "](#" in title.text):
                start, end = match.span(group)
                gone = title[:start] + title[end:]
                if gone.spans():
                    what = "bold type or a link around a whole title left out"
                    self._telling.repaired("title-mark", what, gone)
                title = title[start:end].strip()
        return title

    # ------------------------------------------------------------------ bodies

    def _finished(self, rows: Iterable[Traced]) -> Traced:
        lines = list(rows)
        while lines and not lines[-1].text.strip():
            lines.pop()
        while lines and not lines[0].text.strip():
            lines.pop(0)
        body = translated(joined(lines, "\n"), self._telling)
        body = self._html.written(body)
        return _single_spaced(self._inlines.repaired(body))

    def _rows(self, first: int, last: int, marker: Marker | None) -> Iterator[Traced]:
        """Yield the rows of a body, its headings one below the question's."""
        is_first = marker is not None
        if marker is not None and marker.rest.text.strip():
            yield from self._unanswered(marker.rest).lines()
            is_first = False
        shift, row = 0, first
        while row < last:
            heading = self._inner.get(row)
            if heading is not None:
                level, shift = self._deeper(heading, shift)
                yield self._heading(heading, level)
                row, is_first = heading.last, False
                continue
            line = self._dedented(row, marker)
            if (fold := self._folds.get(row)) is not None:
                line = self._unfolded(fold)
                row = fold.last - 1
            if (marker is not None and row == marker.close) or row in self._closes():
                line = self._closed(line)
            if is_first and line.text.strip():
                line, is_first = self._unanswered(line), False
            yield line
            row += 1

    def _closes(self) -> set[int]:
        return {fold.close for fold in self._folds.values()}

    def _dedented(self, row: int, marker: Marker | None) -> Traced:
        line = self._page.lines[row]
        if marker is None or marker.item < 0 or line.item != marker.item:
            return line.text
        indent = self._page.items[marker.item].indent
        lead = len(line.text.text) - len(line.text.text.lstrip(" \t"))
        if line.text.text[:lead].count("\t"):
            return (
                made(" " * max(len(line.text.text[:lead].expandtabs(4)) - indent, 0))
                + line.text[lead:]
            )
        return line.text[min(indent, lead) :]

    def _closed(self, line: Traced) -> Traced:
        match = next(iter(_DETAILS_END.finditer(line.text)), None)
        if match is None:
            return line
        self._telling.repaired("fold-mark", _WHAT["fold"], line[match.start() : match.end()])
        after = line[match.end() :]
        before = line[: match.start()]
        return before + "\n\n" + after if after.text.strip() else before

    def _unfolded(self, fold: Marker) -> Traced:
        what = "a fold around an answer: the back of a card is folded already"
        gone = joined([fold.marks[0], fold.title, fold.marks[1]])
        self._telling.repaired("folded-answer", what, gone)
        return fold.rest

    def _unanswered(self, line: Traced) -> Traced:
        """Take the letter off the beginning of an answer."""
        match = _ANSWER.match(line.text)
        if match is None or not (line.text[match.end() :].strip() or not match["open"]):
            closing = match is not None and bool(match["late"] or match["early"])
            if match is None or not closing:
                return line
        keeps = bool(match["open"]) and not (match["early"] or match["late"])
        start = match.start("label") if keeps else 0
        gone = line[start : match.end()]
        self._telling.repaired("answer-mark", "the mark of an answer left out", gone)
        return (
            line[match.start("open") : start] + line[match.end() :]
            if keeps
            else line[match.end() :]
        )

    def _deeper(self, heading: Marker, shift: int) -> tuple[int, int]:
        """Return the level of a heading inside an answer, and by how much its followers move."""
        if heading.level < self._level:
            shift = self._level - heading.level
        level = heading.level + shift - self._level + 3
        return min(max(level, 3), _DEEPEST), shift

    def _heading(self, heading: Marker, level: int) -> Traced:
        title = self._inlines.line(self._html.inline(heading.title)).strip()
        parts: list[Traced | str] = []
        marks = list(heading.marks)
        if marks and (hashes := _HASHES.search(marks[0].text)) and not marks[0].text.strip(" \t#"):
            kept = marks[0][hashes.start() : min(hashes.end(), hashes.start() + level)]
            parts.append(kept + "#" * (level - len(kept)))
            gone = marks[0][hashes.start() + len(kept) : hashes.end()]
            self._hashes += gone.spans()
            marks = marks[1:]
        else:
            parts.append("#" * level)
        self._unmarked(heading, joined(marks), "")
        return joined([*parts, " ", title])


def _single_spaced(body: Traced) -> Traced:
    """Return the body with one empty line where several stood."""
    lines = page_of(body).lines
    kept = [
        line.text
        for row, line in enumerate(lines)
        if line.kind != "blank" or (row and lines[row - 1].kind != "blank")
    ]
    return joined(kept, "\n").strip("\n")


def _base(outline: Outline) -> int:
    """Return the level of the source's headings that stands just below a question."""
    if outline.chosen is not None and outline.chosen.form == "heading":
        return outline.chosen.level + 1
    levels = [part.marker.level for part in outline.parts if part.role == "part"]
    return min(levels, default=3)


def _is_numbered(parts: Sequence[Part]) -> bool:
    texts = [part.marker.title.text for part in parts]
    explicit = any(part.marker.form in ("bracket", "letter", "number") for part in parts)
    return explicit or titles.share_numbered(texts) >= _NUMBERED or titles.counts_on(texts)


def _answer_folds(page: Page, outline: Outline) -> dict[int, Marker]:
    """Return the folds that only hide an answer, by their first line."""
    if outline.chosen is None or outline.chosen.form == "fold":
        return {}
    return {
        fold.first: fold for fold in markers.folds(page) if titles.is_fold_label(fold.title.text)
    }
