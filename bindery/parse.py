"""Stage 2, parse: the text of a file becomes a chapter of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from markdown_it.token import Token

from bindery import front_matter
from bindery.characters import printable
from bindery.diagnostics import Diagnostic, Place
from bindery.dialect import notes
from bindery.dialect.attributes import Attributes
from bindery.dialect.blocks import BlockBuilder
from bindery.dialect.context import Context
from bindery.dialect.cursor import Cursor
from bindery.dialect.files import Files
from bindery.dialect.footnotes import check_footnotes
from bindery.dialect.locate import Locator
from bindery.dialect.parser import tokens_of
from bindery.dialect.raw_html import is_more
from bindery.model import (
    Assets,
    Block,
    Blocks,
    Card,
    Chapter,
    Cloze,
    Footnote,
    Inlines,
    Question,
    Section,
    SourceFile,
    Subheading,
)
from bindery.walk import plain_text

_QUESTION_KEYS = frozenset({"difficulty", "tags", "was"})
_EXEMPT = "as-is"
_NOTE_CLASSES = frozenset({_EXEMPT})
_SECTION = frozenset({"section"})
_NOTE_KEYS = frozenset({"was"})


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
    exempt: bool = False
    short: list[Block] = field(default_factory=list)
    long: list[Block] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    clozes: list[Cloze] = field(default_factory=list)
    has_more: bool = False
    last_level: int = 0

    def add(self, blocks: Blocks) -> None:
        (self.long if self.has_more else self.short).extend(blocks)


class _ChapterParser:
    def __init__(self, source: SourceFile, assets: Assets) -> None:
        self.found: list[Diagnostic] = []
        self._source = source
        text = printable(source.text, source.shown, self.found.append)
        self._matter, lines = front_matter.split(text, source.shown, self.found.append)
        files = Files(source.path, assets, self.found.append)
        self._locator = Locator(source.shown, lines)
        self._context = Context(self._locator, self.found.append, files.image, files.demo)
        self._build = BlockBuilder(self._context, self._matter.question_level)
        tokens, self._definitions = tokens_of("\n".join(lines), self._matter.question_level)
        self._cursor = Cursor(tokens)
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
            elif is_more(token) and self._may_fold():
                self._cursor.take()
                self._drafts[-1].has_more = True
            else:
                self._add(self._build.block(self._cursor))
        chapter = Chapter(
            file=self._source.path,
            title=self._title or self._matter.title or PurePosixPath(self._source.path).stem,
            place=Place(self._source.shown, 1),
            intro=tuple(self._intro),
            body=tuple(self._finish(draft) for draft in self._drafts),
            footnotes=tuple(self._footnotes),
            tags=self._matter.tags,
        )
        check_footnotes(chapter, self._context)
        self._check_definitions(self._cursor.tokens, self._definitions)
        return chapter

    def _add(self, blocks: Blocks) -> None:
        if self._drafts:
            self._drafts[-1].add(blocks)
        else:
            self._intro.extend(blocks)

    def _may_fold(self) -> bool:
        draft = self._drafts[-1] if self._drafts else None
        return draft is not None and not draft.has_more and not draft.is_section

    # ------------------------------------------------------------------ headings

    def _heading(self, token: Token) -> None:
        level, question_level = int(token.tag[1]), self._matter.question_level
        if level > question_level:
            self._deeper(token, level)
            return
        self._cursor.take()
        inline = self._cursor.take()
        self._cursor.take()
        place = self._locator.inline(inline)(0)
        if level == 1 and question_level > 1 and not self._title and not self._drafts:
            title, _ = self._build.titled(inline)
            self._title = plain_text(title).strip()
        elif level < question_level:
            title, found = self._build.titled(inline, classes=_SECTION)
            self._drafts.append(_Draft(title, place, id=found.id, is_section=True))
        else:
            title, found = self._build.titled(inline, _QUESTION_KEYS, _SECTION | _NOTE_CLASSES)
            draft = _Draft(
                title,
                place,
                id=found.id,
                was=found.pairs.get("was", ""),
                is_section="section" in found.classes,
                difficulty=self._difficulty(found.pairs.get("difficulty", ""), place),
                tags=tuple(found.pairs.get("tags", "").replace(",", " ").split()),
                exempt=self._exempt(found),
            )
            self._drafts.append(draft)
            if "was" in found.pairs:
                self._context.check_id(found.pairs["was"], place)
            idle = [
                *found.pairs,
                *(f".{name}" for name in sorted(_NOTE_CLASSES.intersection(found.classes))),
            ]
            if draft.is_section and idle:
                self._error(
                    place,
                    "unknown-attribute",
                    f"{', '.join(idle)} on a section, which is no question",
                    "remove it, or remove .section",
                )
        if not plain_text(title).strip():
            self._error(place, "empty-title", "a heading without text", "write the question here")

    def _deeper(self, token: Token, level: int) -> None:
        previous = self._matter.question_level
        if self._drafts and self._drafts[-1].last_level:
            previous = self._drafts[-1].last_level
        if level > previous + 1:
            self._context.warn(
                self._locator.line(token),
                "skipped-heading-level",
                f"heading of level {level} after one of level {previous}",
                f"use {'#' * (previous + 1)}",
            )
        blocks = self._build.block(self._cursor)
        assert isinstance(blocks[0], Subheading)
        self._add(blocks)
        if self._drafts:
            self._drafts[-1].last_level = level

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
        kind, _, rest = token.info.partition(" ")
        self._build.check_closed(token, f"::: {token.info}")
        info = self._context.info_place(token)
        start = Place(info.file, info.line, info.column + token.info.find(rest, len(kind)))
        plain, found = self._context.attributes(rest, start, _NOTE_KEYS, _NOTE_CLASSES)
        if plain.strip():
            self._error(
                start,
                "malformed-attributes",
                f'"{plain.strip()}" after "::: {kind}"',
                f"write ::: {kind} {{#id}}; the text goes on the next line",
            )
        was = found.pairs.get("was", "")
        if was:
            self._context.check_id(was, place)
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
            self._add(blocks)
        elif kind == "cloze":
            cloze = notes.cloze(found.id, was, blocks, place, self._context)
            self._drafts[-1].clozes.append(replace(cloze, exempt=self._exempt(found)))
        else:
            card = notes.card(found.id, was, blocks, place, self._context)
            self._drafts[-1].cards.append(replace(card, exempt=self._exempt(found)))

    def _exempt(self, found: Attributes) -> bool:
        return _EXEMPT in found.classes or not self._matter.house_rules

    # ------------------------------------------------------------------ the rest

    def _footnote(self, token: Token) -> None:
        self._cursor.take()
        place = self._locator.line(token)
        blocks = self._build.until(self._cursor, "footnote_reference_close")
        self._footnotes.append(Footnote(str(token.meta["label"]), blocks, place))

    def _check_definitions(self, tokens: Sequence[Token], definitions: Mapping[str, int]) -> None:
        """Name the link addresses that no link uses: their line is printed nowhere."""
        if not definitions:
            return
        used = {
            child.meta.get("label")
            for token in tokens
            for child in token.children or ()
            if child.meta
        }
        for label, row in definitions.items():
            if label not in used:
                self._context.warn(
                    self._locator.row(row),
                    "unused-link-address",
                    f'"[{label.lower()}]: …" is read as the address of a link that nothing uses',
                    "write \\[ if it should be printed, or remove it",
                )

    def _finish(self, draft: _Draft) -> Question | Section:
        if draft.is_section:
            return Section(draft.title, tuple(draft.short), draft.place, draft.id)
        if not draft.short:
            message = "nothing stands before <!-- more -->" if draft.long else ""
            self._error(
                draft.place,
                "question-without-answer",
                message or "a question without an answer",
                "the short answer goes there: it is the back of the card"
                if message
                else "write the answer below; {.section} makes it a heading that is no question",
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
            exempt=draft.exempt,
        )

    def _error(self, place: Place, code: str, message: str, hint: str) -> None:
        self._context.error(place, code, message, hint)
