"""Stage 6a, cards: each note's fields, tags and media, as Anki will store them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bindery.card_html import CardContext, CardHtml
from bindery.digest import digest
from bindery.model import (
    Blocks,
    BookInfo,
    Chapter,
    Cloze,
    DemoFigure,
    FigureBlock,
    FootnoteReference,
    Identity,
    MediaFile,
    Question,
    RenderedNote,
)
from bindery.note_types import FIELDS
from bindery.tags import tag
from bindery.walk import every_inline, inlines_in

_KINDS = {"question": "问题", "card": "追问", "cloze": "填空"}
_SOURCE = re.compile(r'<img src="([^"]+)"')
_UNSAFE_IN_NAME = re.compile(r"[^a-z0-9]+")


def media_file(book_id: str, source_name: str, data: bytes) -> MediaFile:
    """Name a media file after its book and content: flat, lower-case ASCII, safe everywhere."""
    stem, _, extension = source_name.rpartition("/")[2].rpartition(".")
    plain = _UNSAFE_IN_NAME.sub("-", (stem or extension).lower()).strip("-")[:40]
    parts = [part for part in (book_id, plain, digest(data, length=16)) if part]
    suffix = re.sub(r"[^a-z0-9]", "", extension.lower()) if stem else ""
    return MediaFile("-".join(parts) + (f".{suffix}" if suffix else ""), data)


@dataclass(frozen=True, slots=True)
class CardSetting:
    """What cards depend on beside their chapter.

    ``titles`` and ``numbers`` are those of notes by id, ``gaps`` the ordinals of a cloze's gaps;
    ``media`` maps an image's path from the source folder, or ``demo:slug``, to a name in the
    package; ``tex`` turns a formula of the notes into what Anki's MathJax understands.
    """

    info: BookInfo
    identities: Mapping[str, Identity]
    titles: Mapping[str, str]
    gaps: Mapping[str, tuple[int, ...]]
    media: Mapping[str, str]
    tex: Callable[[str], str]

    def numbers(self) -> dict[str, str]:
        """Return the number of each note by id."""
        return {name: identity.number for name, identity in self.identities.items()}


def render_cards(chapter: Chapter, setting: CardSetting) -> tuple[RenderedNote, ...]:
    """Render every note of a chapter, in its order."""
    return tuple(_Renderer(setting).chapter(chapter))


def encode_notes(notes: Sequence[RenderedNote]) -> bytes:
    """Return rendered notes as JSON."""
    rows = [[n.id, n.type, n.fields, n.tags, n.media, n.ordinals, n.digest] for n in notes]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def decode_notes(data: bytes) -> tuple[RenderedNote, ...] | None:
    """Return the rendered notes, or None when the data are damaged."""
    try:
        return tuple(
            RenderedNote(name, kind, tuple(fields), tuple(tags), tuple(media), tuple(gaps), mark)
            for name, kind, fields, tags, media, gaps, mark in json.loads(data)
        )
    except (ValueError, TypeError):
        return None


class _Renderer:
    def __init__(self, setting: CardSetting) -> None:
        self._setting = setting
        self._info = setting.info
        self._numbers = setting.numbers()

    def chapter(self, chapter: Chapter) -> Iterator[RenderedNote]:
        for question in chapter.questions:
            yield self._question(chapter, question)
            for card in question.cards:
                writer, source = self._writer(chapter, (card.front, card.back))
                fields = {
                    "Front": writer.blocks(card.front),
                    "Back": writer.blocks(card.back),
                    "Source": source,
                }
                yield self._note(chapter, question, card.id, "card", fields)
            for cloze in question.clozes:
                yield self._cloze(chapter, question, cloze)

    def _question(self, chapter: Chapter, question: Question) -> RenderedNote:
        figure, rest = _split_figure(question.long)
        writer, source = self._writer(
            chapter, (question.short, question.long), list(every_inline(question.title))
        )
        fields = {
            "Front": writer.inlines(question.title),
            "Back": writer.blocks(question.short),
            "More": writer.blocks(rest),
            "Figure": writer.blocks(figure),
            "Source": source,
        }
        return self._note(chapter, question, question.id, "question", fields)

    def _cloze(self, chapter: Chapter, question: Question, cloze: Cloze) -> RenderedNote:
        ordinals = self._setting.gaps[cloze.id]
        writer, source = self._writer(chapter, (cloze.blocks,), ordinals=ordinals)
        fields = {"Text": writer.blocks(cloze.blocks), "Source": source}
        return self._note(chapter, question, cloze.id, "cloze", fields, ordinals=ordinals)

    def _writer(
        self,
        chapter: Chapter,
        runs: tuple[Blocks, ...],
        title: list[object] | None = None,
        ordinals: tuple[int, ...] = (),
    ) -> tuple[CardHtml, str]:
        """Return a writer that numbers this note's footnotes from 1, and their text."""
        called = [n.label for n in title or [] if isinstance(n, FootnoteReference)]
        for blocks in runs:
            called += [n.label for n in inlines_in(blocks) if isinstance(n, FootnoteReference)]
        order = {label: n for n, label in enumerate(dict.fromkeys(called), 1)}
        setting = self._setting
        plain = CardContext(setting.tex, setting.media, setting.titles, self._numbers, order)
        texts = {note.label: note.blocks for note in chapter.footnotes}
        items = "".join(f"<li>{CardHtml(plain).blocks(texts[label])}</li>" for label in order)
        writer = CardHtml(replace(plain, ordinals=ordinals))
        return writer, f"<ol>{items}</ol>" if items else ""

    def _note(
        self,
        chapter: Chapter,
        question: Question,
        name: str,
        kind: str,
        fields: Mapping[str, str],
        *,
        ordinals: tuple[int, ...] = (),
    ) -> RenderedNote:
        identity: Identity = self._setting.identities[name]
        values = {
            **fields,
            "Id": f"{self._info.id}/{name}",
            "Number": identity.number,
            "Chapter": _chapter_line(chapter, kind),
        }
        row = tuple(values.get(field, "") for field in FIELDS[identity.type])
        tags = self._tags(chapter, question, kind)
        media = tuple(sorted(set(_SOURCE.findall("".join(row)))))
        return RenderedNote(
            name,
            identity.type,
            row,
            tags,
            media,
            tuple(sorted(set(ordinals))),
            digest(identity.type, row, tags, media),
        )

    def _tags(self, chapter: Chapter, question: Question, kind: str) -> tuple[str, ...]:
        root = tag(self._info.deck)
        tags = [f"{root}::章::{tag(chapter.title)}", f"{root}::类::{_KINDS[kind]}"]
        tags += [f"{root}::{tag(word)}" for word in (*chapter.tags, *question.tags)]
        if question.difficulty:
            tags.append(f"{root}::难度::{question.difficulty}")
        return tuple(sorted(set(tags)))


def _chapter_line(chapter: Chapter, kind: str) -> str:
    title = chapter.title.replace("&", "&amp;").replace("<", "&lt;")
    return title if kind == "question" else f"{title} · {_KINDS[kind]}"


def _split_figure(blocks: Blocks) -> tuple[Blocks, Blocks]:
    """Take the first computed figure out of the long answer: the card shows it unfolded."""
    for index, block in enumerate(blocks):
        if isinstance(block, FigureBlock) and isinstance(block.figure, DemoFigure):
            return (block,), blocks[:index] + blocks[index + 1 :]
    return (), blocks
