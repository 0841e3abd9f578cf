"""From a scraped page to chapters: its outline, then the answers one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bindery.importer.blocks import Run, answer, inline, markdown
from bindery.importer.model import Chapter, Entry, Imported, Question, Source
from bindery.importer.names import file_name, made_title
from bindery.importer.repairs import clean
from bindery.importer.scraped.answer import answer_blocks
from bindery.importer.scraped.page import Page, Part, is_promotion, outline
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, made
from bindery.importer.triples import holds_tex, triples
from bindery.importer.widths import widened

_LONE_DASH = re.compile(r"^\s*-\s*$", re.MULTILINE)
_QUESTION_LEVEL = 2
_UNANSWERED = "（原文没有答案。）"


@dataclass(frozen=True, slots=True)
class ScrapedPage:
    """Reads the text of a rendered page: no blank lines, no fences, formulas thrice."""

    name: str = "scraped"

    def evidence(self, source: Source) -> float:
        """Say how much a file looks like a scraped page."""
        lines = source.text.splitlines()
        said = [line for line in lines if line.strip()]
        if not said:
            return 0.0
        if any(line.startswith(("# ", "## ", "```")) and _is_markdown(said) for line in said):
            return 0.0
        blank = 1 - len(said) / len(lines)
        dashes = len(_LONE_DASH.findall(source.text))
        thrice = _has_triples(said)
        return 0.5 * thrice + 0.25 * (dashes > 1) + 0.25 * (blank < 0.05)

    def read(self, source: Source) -> Imported:
        """Read a scraped page."""
        cleaned = clean(source)
        telling = Telling(cleaned.repairs)
        lines = [line.strip() for line in cleaned.text.lines()]
        page = outline([line.text for line in lines])
        reading = _Reading(source, lines, page, telling)
        chapters = reading.chapters()
        return Imported(
            source,
            self.name,
            chapters,
            tuple(telling.repairs),
            tuple(telling.doubts),
            tuple(telling.dropped),
            tuple(telling.made),
        )


def _is_markdown(lines: Sequence[str]) -> bool:
    """Say whether ``#`` at the beginning of lines means headings, and not comments of code."""
    return any(line.startswith("```") for line in lines) or any(
        line.startswith("## ") for line in lines
    )


def _has_triples(lines: Sequence[str]) -> bool:
    return any(
        holds_tex(line, triple)
        for line in lines
        if "\\" in line or "_" in line or "^" in line
        for triple in triples(line)
    )


def _letters(lines: Sequence[str]) -> frozenset[str]:
    """Return the letters that are formulas by themselves."""
    found = {line[t.tex_start : t.tex_end] for line in lines for t in triples(line)}
    return frozenset(tex for tex in found if len(tex) == 1)


class _Reading:
    """Makes the chapters of one page."""

    def __init__(
        self, source: Source, lines: Sequence[Traced], page: Page, telling: Telling
    ) -> None:
        self._source = source
        self._lines = lines
        self._page = page
        self._telling = telling
        texts = [line.text for line in lines]
        self._letters = _letters(texts) if _has_triples(texts) else None

    def chapters(self) -> tuple[Chapter, ...]:
        page = self._page
        preface = self._preface()
        self._dropped(page.contents, "table-of-contents", "repeats the questions")
        self._dropped(page.promotion, "promotion", "advertising after the last answer")
        if not page.parts:
            return (self._alone(preface),)
        width = len(str(len(page.parts)))
        chapters = []
        for number, part in enumerate(page.parts, 1):
            title = self._title(part)
            label = f"{number:0{width}d}" if len(page.parts) > 1 else ""
            name = file_name(label, title.text)
            intro, entries = self._part(part)
            if number == 1 and preface:
                intro = preface + ("\n\n" + intro if intro else NOTHING)
            chapters.append(Chapter(name, title, entries, intro))
        return tuple(chapters)

    def _preface(self) -> Traced:
        """Return the Markdown of what stands before everything, unless it is advertising."""
        lines = [self._lines[n] for n in self._page.preface]
        said = [line for line in lines if line]
        if is_promotion([line.text for line in lines]):
            self._telling.drop("promotion", "advertising before the first section", said)
            self._telling.doubt(
                "preface",
                said[0].start,
                f"the first {len(said)} lines were dropped as advertising",
                "an introduction",
            )
            lines = []
        lines += [self._lines[n] for n in self._page.lead]
        blocks = answer_blocks(lines, self._letters, self._telling)
        return markdown(blocks, _QUESTION_LEVEL, self._telling)

    def _dropped(self, lines: range, code: str, why: str) -> None:
        said = [self._lines[n] for n in lines if self._lines[n]]
        if said:
            self._telling.drop(code, why, said)

    def _alone(self, preface: Traced) -> Chapter:
        """Return a chapter without questions, or with nothing at all."""
        title = made_title(self._source, self._telling)
        rest = range(self._page.lead.stop or self._page.preface.stop, self._page.promotion.start)
        lines = [self._lines[n] for n in rest]
        blocks = answer_blocks(lines, self._letters, self._telling)
        body = markdown(blocks, _QUESTION_LEVEL, self._telling)
        intro = preface + "\n\n" + body if preface and body else preface + body
        return Chapter(file_name("", title.text), title, (), intro)

    def _title(self, part: Part) -> Traced:
        if part.heading < 0:
            return made_title(self._source, self._telling)
        return self._inline(self._lines[part.heading])

    def _part(self, part: Part) -> tuple[Traced, tuple[Entry, ...]]:
        bounds = [*part.questions, part.end]
        start = part.heading + 1 if part.heading >= 0 else bounds[0]
        before = self._lines[start : bounds[0]]
        intro = markdown(
            answer_blocks(before, self._letters, self._telling), _QUESTION_LEVEL, self._telling
        )
        entries = [
            self._question(line, self._lines[line + 1 : end]) for line, end in pairwise(bounds)
        ]
        return intro, tuple(entries)

    def _question(self, number: int, lines: Sequence[Traced]) -> Question:
        line = self._lines[number]
        match = self._page.marker.match(line.text)
        size = match.end() if match else 0
        if size:
            self._telling.repaired(
                "question-number",
                f"{line.text[:size].strip()} is the question's number, not its title",
                line[:size].strip(),
            )
        blocks = answer_blocks(lines, self._letters, self._telling)
        body = answer(blocks, _QUESTION_LEVEL, self._telling)
        if not body:
            self._telling.make("unanswered", _UNANSWERED, line.start)
            body = made(_UNANSWERED)
        return Question(self._inline(line[size:]), body, self._source.line(line.start))

    def _inline(self, text: Traced) -> Traced:
        runs, spans, now = widened((Run("text", text.strip()),))
        if spans:
            what = f"wrote {now} beside Han as full-width again"
            self._telling.repaired("half-width", what, spans, now)
        return inline(runs, begins=False, title=True)
