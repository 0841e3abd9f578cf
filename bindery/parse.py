"""Stage 2, parse: the text of a file becomes a chapter of questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from markdown_it.token import Token
from rapidfuzz import process

from bindery import front_matter
from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.dialect.blocks import BlockBuilder, Cursor, is_more
from bindery.dialect.inlines import InlineContext
from bindery.dialect.locate import Locator
from bindery.dialect.parser import tokens_of
from bindery.model import (
    Assets,
    Block,
    Blocks,
    Card,
    Chapter,
    Cloze,
    Footnote,
    FootnoteReference,
    Gap,
    Inlines,
    Question,
    Section,
    SourceFile,
    Subheading,
    ThematicBreak,
)
from bindery.walk import chapter_inlines, every_inline, inlines_in, plain_text

_QUESTION_KEYS = frozenset({"difficulty", "tags", "was"})
_NOTE_KEYS = frozenset({"was"})
_LARGEST_ORDINAL = 499  # Anki reads c1 to c499


def parse(source: SourceFile, assets: Assets) -> tuple[Chapter, tuple[Diagnostic, ...]]:
    """Parse one file of notes; every mistake is a diagnostic, never an exception."""
    parser = _ChapterParser(source, assets)
    chapter = parser.chapter()
    return chapter, tuple(parser.found)


@dataclass(slots=True)
class _Draft:
    """A question or a section that is being read."""

    title: Inlines
    place: Place
    id: str = ""
    was: str = ""
    is_section: bool = False
    difficulty: int = 0
    tags: tuple[str, ...] = ()
    short: list[Block] = field(default_factory=list)
    long: list[Block] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    clozes: list[Cloze] = field(default_factory=list)
    has_more: bool = False
    deepest: int = 0

    def add(self, blocks: Blocks) -> None:
        (self.long if self.has_more else self.short).extend(blocks)


class _ChapterParser:
    def __init__(self, source: SourceFile, assets: Assets) -> None:
        self.found: list[Diagnostic] = []
        self._source = source
        self._assets = assets
        self._matter, lines = front_matter.split(source.text, source.shown, self.found.append)
        self._locator = Locator(source.shown, lines)
        context = InlineContext(
            lambda _: Place(source.shown), self.found.append, False, self._image, self._demo
        )
        self._build = BlockBuilder(
            self._locator, self.found.append, self._matter.question_level, context
        )
        self._cursor = Cursor(tokens_of("\n".join(lines)))
        self._title = ""
        self._intro: list[Block] = []
        self._drafts: list[_Draft] = []
        self._footnotes: list[Footnote] = []

    def chapter(self) -> Chapter:
        while (token := self._cursor.token) is not None:
            if token.type == "heading_open":
                self._heading(token)
            elif token.type == "footnote_reference_open":
                self._footnote(token)
            elif token.type == "container_open" and token.info.split(" ")[0] in ("card", "cloze"):
                self._note(token)
            elif is_more(token) and self._drafts and not self._drafts[-1].has_more:
                self._cursor.take()
                self._drafts[-1].has_more = True
            else:
                blocks = self._build.block(self._cursor)
                if self._drafts:
                    self._drafts[-1].add(blocks)
                else:
                    self._intro.extend(blocks)
        chapter = Chapter(
            file=self._source.path,
            title=self._title or self._matter.title or PurePosixPath(self._source.path).stem,
            place=Place(self._source.shown, 1),
            intro=tuple(self._intro),
            body=tuple(self._finish(draft) for draft in self._drafts),
            footnotes=tuple(self._footnotes),
            tags=self._matter.tags,
        )
        self._check_footnotes(chapter)
        return chapter

    # ------------------------------------------------------------------ headings

    def _heading(self, token: Token) -> None:
        level, question_level = int(token.tag[1]), self._matter.question_level
        if level > question_level:
            self._deeper(token, level)
            return
        self._cursor.take()
        inline = self._cursor.take()
        self._cursor.take()
        row, column = self._locator.start_of(inline)
        place = self._locator.row(row, column + 1)
        title, found = self._build.titled(inline, _QUESTION_KEYS, frozenset({"section"}))
        if not plain_text(title).strip():
            self._error(place, "empty-title", "a heading without text", "write the question here")
        if level == 1 and question_level > 1 and not self._title and not self._drafts:
            self._title = plain_text(title)
            return
        self._drafts.append(
            _Draft(
                title,
                place,
                id=found.id,
                was=found.pairs.get("was", ""),
                is_section=level < question_level or "section" in found.classes,
                difficulty=self._difficulty(found.pairs.get("difficulty", ""), place),
                tags=tuple(found.pairs.get("tags", "").replace(",", " ").split()),
            )
        )
        if "was" in found.pairs:
            self._build.check_id(found.pairs["was"], place)

    def _deeper(self, token: Token, level: int) -> None:
        previous = self._matter.question_level
        if self._drafts and self._drafts[-1].deepest:
            previous = self._drafts[-1].deepest
        if level > previous + 1:
            self.found.append(
                Diagnostic(
                    self._locator.line(token),
                    "skipped-heading-level",
                    f"heading of level {level} after one of level {previous}",
                    f"use {'#' * (previous + 1)}",
                    Severity.WARNING,
                )
            )
        blocks = self._build.block(self._cursor)
        assert isinstance(blocks[0], Subheading)
        if self._drafts:
            self._drafts[-1].deepest = level
            self._drafts[-1].add(blocks)
        else:
            self._intro.extend(blocks)

    def _difficulty(self, text: str, place: Place) -> int:
        if text and text not in ("1", "2", "3", "4", "5"):
            self._error(
                place, "bad-difficulty", f'difficulty "{text}"', "a number from 1 (easy) to 5"
            )
            return 0
        return int(text or 0)

    # ------------------------------------------------------------------ notes in containers

    def _note(self, token: Token) -> None:
        self._cursor.take()
        place = self._locator.line(token)
        self._build.check_closed(token)
        kind, _, rest = token.info.partition(" ")
        plain, found = self._build.attributes(rest.strip(), place, _NOTE_KEYS)
        if plain:
            self._error(
                place,
                "malformed-attributes",
                f'"{plain}" after "::: {kind}"',
                f"write ::: {kind} {{#id}}; the text goes on the next line",
            )
        self._build.in_cloze = kind == "cloze"
        blocks = self._build.until(self._cursor, "container_close")
        self._build.in_cloze = False
        if not self._drafts or self._drafts[-1].is_section:
            self._error(
                place,
                "misplaced-container",
                f'"::: {kind}" before any question',
                "put it below the question that it belongs to",
            )
            return
        draft, was = self._drafts[-1], found.pairs.get("was", "")
        if kind == "cloze":
            draft.clozes.append(self._cloze(found.id, was, blocks, place))
        else:
            draft.cards.append(self._card(found.id, was, blocks, place))

    def _card(self, name: str, was: str, blocks: Blocks, place: Place) -> Card:
        split = next((n for n, b in enumerate(blocks) if isinstance(b, ThematicBreak)), None)
        front = blocks[:split]
        back = blocks[split + 1 :] if split is not None else ()
        if not front or not back:
            missing = "question" if not front else "answer"
            self._error(
                place,
                "incomplete-card",
                f"a card without {'a question' if not front else 'an answer'}",
                f'write the question, a line "---", and the answer; the {missing} is missing',
            )
        return Card(name, front, back, place, was)

    def _cloze(self, name: str, was: str, blocks: Blocks, place: Place) -> Cloze:
        gaps = [node for node in inlines_in(blocks) if isinstance(node, Gap)]
        if not gaps:
            self._error(
                place, "cloze-without-gap", "a cloze without a gap", "hide something: ==like this=="
            )
        for gap in gaps:
            if any(isinstance(inner, Gap) for inner in every_inline(gap.children)):
                self._error(
                    gap.place, "nested-gap", "a gap inside a gap", "make it two gaps side by side"
                )
            if not plain_text(gap.children).strip():
                self._error(gap.place, "empty-gap", "a gap that hides nothing", "==text==")
            if gap.ordinal > _LARGEST_ORDINAL:
                self._error(
                    gap.place, "bad-ordinal", f"c{gap.ordinal}", "number gaps from c1 to c499"
                )
        return Cloze(name, blocks, place, was)

    # ------------------------------------------------------------------ footnotes

    def _footnote(self, token: Token) -> None:
        self._cursor.take()
        label = str(token.meta["label"])
        place = self._locator.line(token)
        if any(note.label == label for note in self._footnotes):
            self._error(
                place,
                "duplicate-footnote",
                f'footnote "{label}" is defined twice in this file',
                "give one of them another label",
            )
        blocks = self._build.until(self._cursor, "footnote_reference_close")
        self._footnotes.append(Footnote(label, blocks, place))

    def _check_footnotes(self, chapter: Chapter) -> None:
        labels = {note.label for note in chapter.footnotes}
        called: set[str] = set()
        for node in chapter_inlines(chapter):
            if isinstance(node, FootnoteReference):
                called.add(node.label)
                if node.label not in labels:
                    self._error(
                        node.place,
                        "unknown-footnote",
                        f'no footnote "{node.label}" in this file',
                        _suggest(node.label, labels) or f"add a line [^{node.label}]: …",
                    )
        for note in chapter.footnotes:
            if note.label not in called:
                self.found.append(
                    Diagnostic(
                        note.place,
                        "unused-footnote",
                        f'nothing refers to footnote "{note.label}"',
                        f"write [^{note.label}] where it belongs",
                        Severity.WARNING,
                    )
                )

    # ------------------------------------------------------------------ the rest

    def _finish(self, draft: _Draft) -> Question | Section:
        if draft.is_section:
            return Section(draft.title, tuple(draft.short), draft.place, draft.id)
        if not draft.short and not draft.long:
            self._error(
                draft.place,
                "question-without-answer",
                "a question without an answer",
                "write the answer below; {.section} makes it a heading that is no question",
            )
        elif not draft.short:
            self._error(
                draft.place,
                "question-without-answer",
                "nothing stands before <!-- more -->",
                "the short answer goes there: it is the back of the card",
            )
        return Question(
            id=draft.id,
            title=draft.title,
            place=draft.place,
            short=tuple(draft.short),
            long=tuple(draft.long),
            cards=tuple(draft.cards),
            clozes=tuple(draft.clozes),
            difficulty=draft.difficulty,
            tags=draft.tags,
            was=draft.was,
        )

    def _image(self, src: str, place: Place) -> str:
        if "://" in src or src.startswith("data:"):
            self._error(
                place,
                "remote-image",
                "an image that is not a file of the book",
                "save it in images/ and name it by its path",
            )
            return src
        plain = src.replace("\\", "/")
        folder = PurePosixPath(self._source.path).parent
        for candidate in (folder / plain, PurePosixPath(plain), PurePosixPath("images") / plain):
            name = _normal(candidate)
            if name in self._assets.files:
                return name
        self._error(
            place,
            "missing-image",
            f'no image "{src}"',
            _suggest(plain, self._assets.files) or "put the file into images/",
        )
        return src

    def _demo(self, slug: str, place: Place) -> None:
        if slug not in self._assets.demos:
            self._error(
                place,
                "missing-demo",
                f'no demo "{slug}"',
                _suggest(slug, self._assets.demos) or f"write demos/{slug}.py",
            )

    def _error(self, place: Place, code: str, message: str, hint: str) -> None:
        self.found.append(Diagnostic(place, code, message, hint))


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _suggest(name: str, known: frozenset[str] | set[str]) -> str:
    best = process.extractOne(name, sorted(known), score_cutoff=60)
    return f'did you mean "{best[0]}"?' if best else ""
