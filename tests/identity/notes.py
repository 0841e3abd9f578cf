"""Small books as the parser would hand them to identify."""

from __future__ import annotations

import re

from bindery.diagnostics import Place
from bindery.model import (
    Blocks,
    Book,
    BookInfo,
    Card,
    Chapter,
    Cloze,
    Gap,
    Inline,
    Paragraph,
    Question,
    Text,
)

HERE = Place("source/notes.md", 1)
_GAP = re.compile(r"==(?:(\d+):)?(.*?)==")


def text(words: str) -> Blocks:
    """Return a paragraph."""
    return (Paragraph((Text(words),)),)


def gapped(words: str) -> Blocks:
    """Return a paragraph with ``==gaps==``; ``==2:gap==`` has its ordinal written."""
    nodes: list[Inline] = []
    end = 0
    for match in _GAP.finditer(words):
        nodes.append(Text(words[end : match.start()]))
        nodes.append(Gap((Text(match[2]),), "", HERE, int(match[1] or 0)))
        end = match.end()
    return (Paragraph((*nodes, Text(words[end:]))),)


def card(front: str, name: str = "", *, was: str = "", back: str = "背面") -> Card:
    """Return a follow-up."""
    return Card(name, text(front), text(back), HERE, was)


def cloze(words: str, name: str = "", *, was: str = "") -> Cloze:
    """Return a cloze note, its gaps written as in the notes."""
    return Cloze(name, gapped(words), HERE, was)


def question(
    title: str,
    name: str = "",
    *inside: Card | Cloze,
    was: str = "",
    answer: str = "短答",
) -> Question:
    """Return a question with its follow-ups and clozes."""
    return Question(
        name,
        (Text(title),),
        HERE,
        text(answer),
        cards=tuple(item for item in inside if isinstance(item, Card)),
        clozes=tuple(item for item in inside if isinstance(item, Cloze)),
        was=was,
    )


def book(*questions: Question, book_id: str = "book", chapter: str = "第一章") -> Book:
    """Return a book of one chapter."""
    return book_of(Chapter("10.md", chapter, HERE, body=questions), book_id=book_id)


def book_of(*chapters: Chapter, book_id: str = "book") -> Book:
    """Return a book of several chapters."""
    return Book(BookInfo(book_id, "书", deck="书"), chapters)
