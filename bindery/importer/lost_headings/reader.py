"""From a text of blocks to chapters: titles first, then the answers between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bindery.importer.blocks import (
    Block,
    Display,
    Listing,
    Para,
    Raw,
    Run,
    Runs,
    Title,
    answer,
    markdown,
)
from bindery.importer.lost_headings import titles
from bindery.importer.lost_headings.chunks import FENCE, Chunk, Kind, chunks
from bindery.importer.lost_headings.lists import lists
from bindery.importer.lost_headings.outline import Part, outline
from bindery.importer.lost_headings.prose import is_harmless, paragraph
from bindery.importer.model import Chapter, Entry, Imported, Question, Section, Source
from bindery.importer.names import file_name, made_title
from bindery.importer.plain import literal
from bindery.importer.repairs import clean
from bindery.importer.telling import Telling
from bindery.importer.tex import mended
from bindery.importer.traced import NOTHING, Traced, joined, made
from bindery.importer.wild.pictures import Pictures

_LEVEL = 2
_UNANSWERED = "（原文没有答案。）"
_DISPLAY = re.compile(r"\s*(?:\$\$|\\\[)(?P<tex>.*?)(?:\$\$|\\\])\s*", re.DOTALL)
_PREFIX = re.compile(r"\s*[A-Za-z]\w*\s*:\s*(?=\S)")
_WANTS_FORMULA = re.compile("(?:公式|定义|表达式|如下|formula|equation).*[：:]$")
_MARKDOWN = re.compile(r"^#{1,6} \S", re.MULTILINE)
_FEW_HEADINGS = 2


@dataclass(frozen=True, slots=True)
class LostHeadings:
    """Reads plain text whose blocks are parted by empty lines and whose headings are bare."""

    name: str = "text"

    def evidence(self, source: Source) -> float:
        """Say how much a file looks like notes without headings."""
        found = chunks(clean(source).text.lines())
        if not found or len(_MARKDOWN.findall(source.text)) > _FEW_HEADINGS:
            return 0.0
        bare = sum(titles.score(found, n) >= titles.ENOUGH for n in range(len(found)))
        single = sum(len(c.lines) == 1 or c.kind is Kind.LIST for c in found) / len(found)
        return min(0.2 + 0.1 * min(bare, 4), 0.6) * single + 0.1

    def read(self, source: Source) -> Imported:
        """Read a plain text."""
        cleaned = clean(source)
        telling = Telling(cleaned.repairs)
        found = chunks(cleaned.text.lines())
        reading = _Reading(source, found, telling)
        chapters = reading.chapters()
        return Imported(
            source,
            self.name,
            chapters,
            tuple(telling.repairs),
            tuple(telling.doubts),
            tuple(telling.dropped),
            tuple(telling.made),
            tuple(reading.pictures.found),
        )


class _Reading:
    """Makes the chapters of one text."""

    def __init__(self, source: Source, found: Sequence[Chunk], telling: Telling) -> None:
        self._source = source
        self._chunks = found
        self._telling = telling
        self._outline = outline(found, telling)
        self.pictures = Pictures(source, telling)

    def chapters(self) -> tuple[Chapter, ...]:
        """Return a chapter for each part of the text."""
        parts = self._outline.parts
        width = len(str(len(parts)))
        lead = self._blocks(0, self._outline.lead)
        chapters: list[Chapter] = []
        for number, part in enumerate(parts, 1):
            label = f"{number:0{width}d}" if len(parts) > 1 else ""
            chapters.append(self._chapter(label, part, () if number > 1 else lead))
        return tuple(chapters)

    def _chapter(self, label: str, part: Part, lead: Sequence[Block]) -> Chapter:
        blocks = list(lead)
        if part.head >= 0:
            blocks += self._blocks(part.head + 1, self._outline.ends[part.head])
            title = self._line(part.head)
        else:
            title = made_title(self._source, self._telling)
        entries = [self._entry(n, self._outline.ends[n]) for n in part.questions]
        intro = markdown(blocks, _LEVEL, self._telling)
        return Chapter(file_name(label, title.text), title, tuple(entries), intro)

    def _entry(self, head: int, end: int) -> Entry:
        title = self._line(head)
        at = self._chunks[head].lines[0].start
        line = self._source.line(at)
        if titles.is_not_asked(self._chunks[head].text, ()):
            body = markdown(self._blocks(head + 1, end), _LEVEL, self._telling)
            return Section(title, body, line)
        text = answer(self._blocks(head + 1, end), _LEVEL, self._telling)
        if not text:
            self._telling.make("unanswered", _UNANSWERED, at)
            text = made(_UNANSWERED)
        return Question(title, text, line)

    def _line(self, index: int) -> Traced:
        chunk = self._chunks[index]
        line = chunk.lines[0].strip()
        if chunk.kind is Kind.HEADING:
            mark = re.match(r"#+\s*", line.text)
            size = mark.end() if mark else 0
            self._telling.repaired("heading", "a heading at its own level", line[:size].strip())
            line = line[size:]
        return literal(line, begins=False, title=True)

    # ------------------------------------------------------------------ blocks

    def _blocks(self, start: int, end: int) -> tuple[Block, ...]:
        out: list[Block] = []
        index = start
        while index < end:
            chunk = self._chunks[index]
            if chunk.kind is Kind.LIST:
                stop = index
                while stop < end and self._chunks[stop].kind is Kind.LIST:
                    stop += 1
                out += lists(self._chunks[index:stop], self._telling, self.pictures)
                index = stop
                continue
            is_inner = index in self._outline.inner
            out.append(Title(1, self._runs(index)) if is_inner else self._block(chunk))
            index += 1
            self._missing(chunk, self._chunks[index] if index < end else None)
        return tuple(out)

    def _runs(self, index: int) -> Runs:
        return (Run("markdown", self._line(index)),)

    def _block(self, chunk: Chunk) -> Block:
        if chunk.kind is Kind.FENCE:
            return self._fence(chunk)
        if chunk.kind is Kind.DISPLAY:
            return self._display(joined(chunk.lines, "\n")) or self._para(chunk)
        if chunk.kind in (Kind.TABLE, Kind.QUOTE):
            text = joined([line.strip() for line in chunk.lines], "\n")
            kind = "table" if chunk.kind is Kind.TABLE else "blockquote"
            return Raw(text) if is_harmless(text.text, kind) else self._para(chunk)
        return self._para(chunk)

    def _para(self, chunk: Chunk) -> Block:
        return Para(paragraph(chunk.lines, self._telling, self.pictures))

    def _fence(self, chunk: Chunk) -> Block:
        first, last = chunk.lines[0], chunk.lines[-1]
        inner = joined(chunk.lines[1:-1], "\n")
        match = FENCE.match(first.text)
        info = match["info"].strip() if match else ""
        if not info and (formula := self._display(inner)):
            self._telling.repaired(
                "fenced-formula",
                "a formula, which stood in a fence as if it were code",
                first + last,
            )
            return formula
        return self._listing(chunk, inner, info)

    def _listing(self, chunk: Chunk, inner: Traced, info: str) -> Block:
        first, last = chunk.lines[0].strip(), chunk.lines[-1].strip()
        if re.fullmatch(r"[\w+#.-]*", info):
            return Raw(joined([first, inner, last], "\n") if inner else first + "\n" + last)
        gone = first + last
        self._telling.repaired("fence", f'"{info}" after a fence names no language', gone)
        return Listing(inner, "text")

    def _display(self, text: Traced) -> Display | None:
        match = _DISPLAY.fullmatch(text.text)
        if match is None or not match["tex"].strip() or "$" in match["tex"]:
            return None
        tex = text[match.start("tex") : match.end("tex")].strip()
        if prefix := _PREFIX.match(tex.text):
            self._telling.doubt(
                "formula-prefix",
                tex.start,
                f"{prefix[0].strip()} stays in the formula",
                "a word of the sentence before",
            )
        outside = text[: match.start("tex")] + text[match.end("tex") :]
        self._telling.repaired("display", "a displayed formula on lines of its own", outside)
        return Display(mended(_lines_closed(tex), self._telling))

    def _missing(self, chunk: Chunk, following: Chunk | None) -> None:
        if chunk.kind is not Kind.TEXT or not _WANTS_FORMULA.search(chunk.text):
            return
        if following is None or following.kind is Kind.TEXT:
            self._telling.doubt(
                "missing-formula",
                chunk.lines[-1].start,
                "nothing stands in its place",
                "a formula, which the file doesn't have",
            )


def _lines_closed(tex: Traced) -> Traced:
    """Return TeX without empty lines, which would end the formula."""
    lines = [line.strip() for line in tex.lines() if line.strip()]
    return joined(lines, "\n") if lines else NOTHING
