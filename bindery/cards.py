"""Stage 6a, cards: each note's fields, tags and media, as Anki will store them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bindery.card_html import CardContext, CardHtml
from bindery.digest import digest
from bindery.model import (
    Blocks,
    Chapter,
    Cloze,
    DemoFigure,
    FigureBlock,
    FootnoteReference,
    IdentifiedBook,
    Identity,
    MediaFile,
    Question,
    RenderedNote,
)
from bindery.note_types import FIELDS
from bindery.tags import tag
from bindery.walk import every_inline, inlines_in, plain_text

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


def render_cards(
    identified: IdentifiedBook, media: Mapping[str, MediaFile], tex: Callable[[str], str]
) -> tuple[RenderedNote, ...]:
    """Render every note of the book, in its order.

    ``media`` maps an image's path from the source folder, or ``demo:slug``, to its file;
    ``tex`` turns a formula of the notes into what Anki's MathJax understands.
    """
    names = {source: file.name for source, file in media.items()}
    titles = {q.id: plain_text(q.title) for q in identified.book.questions}
    numbers = {name: identity.number for name, identity in identified.identities.items()}
    renderer = _Renderer(identified, names, titles, numbers, tex)
    return tuple(note for chapter in identified.book.chapters for note in renderer.chapter(chapter))


class _Renderer:
    def __init__(
        self,
        identified: IdentifiedBook,
        names: Mapping[str, str],
        titles: Mapping[str, str],
        numbers: Mapping[str, str],
        tex: Callable[[str], str],
    ) -> None:
        self._identified = identified
        self._info = identified.book.info
        self._names = names
        self._titles = titles
        self._numbers = numbers
        self._tex = tex

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
        ordinals = self._identified.gaps[cloze.id]
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
        context = CardContext(self._tex, self._names, self._titles, self._numbers, order, ordinals)
        texts = {note.label: note.blocks for note in chapter.footnotes}
        plain = CardHtml(CardContext(self._tex, self._names, self._titles, self._numbers, order))
        items = "".join(f"<li>{plain.blocks(texts[label])}</li>" for label in order)
        return CardHtml(context), f"<ol>{items}</ol>" if items else ""

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
        identity: Identity = self._identified.identities[name]
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
