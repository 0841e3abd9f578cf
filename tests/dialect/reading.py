"""Reading a text as the notes of a small book, and writing what came of it as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bindery.assemble import assemble
from bindery.cards import CardSetting, media_file, render_cards
from bindery.diagnostics import Diagnostic, in_order
from bindery.facts import facts_of
from bindery.formulas import tex_for_cards
from bindery.identify import identify, with_ids
from bindery.ledger import Ledger
from bindery.model import Assets, Book, BookInfo, Chapter, RenderedNote, SourceFile
from bindery.note_types import FIELDS
from bindery.parse import parse
from bindery.redirect import redirected

ASSETS = Assets(
    frozenset(
        {
            "images/plain.png",
            "images/with space.png",
            "images/子文件夹/损失 曲线.png",
            "images/percent%20literal.png",
            "beside.png",
        }
    ),
    frozenset({"svm-margin", "softmax-temperature"}),
)
INFO = BookInfo("cases", "例书", deck="例书", macros=(("R", r"\mathbb{R}"),))
NAME = "case.md"


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that was read: the chapter, the book and everything that is wrong."""

    chapter: Chapter
    book: Book
    diagnostics: tuple[Diagnostic, ...]


def read_text(text: str) -> Reading:
    """Read a text as the only chapter of a book."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")  # as read does
    chapter, found = parse(SourceFile(NAME, NAME, lines, ""), ASSETS)
    facts = facts_of(chapter, found)
    former, problems = assemble([facts])
    book = Book(INFO, (redirected(chapter, former),))
    return Reading(chapter, book, in_order((*found, *problems)))


def notes_of(book: Book) -> tuple[RenderedNote, ...]:
    """Render the book's notes; each picture keeps its own name."""
    sources = [*ASSETS.files, *(f"demo:{slug}" for slug in ASSETS.demos)]
    media = {source: media_file("m", f"{source}.png", source.encode()) for source in sources}
    facts = [facts_of(chapter, ()) for chapter in book.chapters]
    known, _ = identify(book.info, facts, Ledger(""), 1)
    macros = dict(INFO.macros)
    labels = [note.label for chapter in facts for note in chapter.notes]
    ids = [name for names in known.ids for name in names]
    setting = CardSetting(
        book.info,
        known.identities,
        dict(zip(ids, labels, strict=True)),
        known.gaps,
        {source: file.name for source, file in media.items()},
        lambda tex: tex_for_cards(tex, macros),
    )
    return tuple(
        note
        for chapter, names in zip(book.chapters, known.ids, strict=True)
        for note in render_cards(with_ids(chapter, names), setting)
    )


def cards_text(book: Book) -> str:
    """Return the fields of every note that a reader sees, as they go into Anki."""
    blocks: list[str] = []
    hidden = {"Id", "Number", "Chapter"}
    for note in notes_of(book):
        lines = [f"[{note.id if not note.id.startswith('auto-') else note.type}]"]
        for field, value in zip(FIELDS[note.type], note.fields, strict=True):
            if value and field not in hidden:
                lines.append(f"{field}: {_stable(value)}")
        tags = [tag.partition("::")[2] for tag in note.tags if "::章::" not in tag]
        lines.append(f"Tags: {' '.join(tag for tag in tags if not tag.startswith('类::'))}".strip())
        blocks.append("\n".join(line for line in lines if line != "Tags:"))
    return "\n\n".join(blocks)


def _stable(markup: str) -> str:
    """Leave the digest out of media names."""
    return re.sub(r'(<img src="m-[^"]*?)-?[0-9a-f]{16}\.png"', r'\1.png"', markup)
