"""The glossary: Chinese terms with the English that the notes give beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bindery.han import LETTERS
from bindery.handbook.index import Key, sorting_key
from bindery.handbook.plain import plain
from bindery.handbook.scope import TermUse
from bindery.handbook.spacing import Spacer
from bindery.handbook.walk import Container, own_inlines, stretches, walk_blocks
from bindery.model import Book, Inlines, Term, Text

_ENGLISH = r"[A-Za-z][A-Za-z0-9 ,，、;；:'’./+–-]*"
_INSIDE = re.compile(rf"(?P<chinese>.+?)\s*[（(]\s*(?P<english>{_ENGLISH}?)\s*[）)]")
_BEHIND = re.compile(rf"\s*[（(]\s*(?P<english>{_ENGLISH}?)\s*[）)]")
_HAN = re.compile(f"[{LETTERS}]")
_COMMAS = re.compile(r"\s*[,，、;；]\s*")


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A Chinese term, its English, and the anchor of its first use."""

    chinese: str
    english: str
    anchor: str


def glossary(
    book: Book, uses: Iterable[TermUse], key: Key = sorting_key
) -> tuple[GlossaryEntry, ...]:
    """Return the terms whose English the notes say, in pinyin order.

    English stands in the term itself, as in ``[核采样（nucleus sampling）]{.term}``, or in
    parentheses right behind it.
    """
    anchors: dict[str, str] = {}
    for use in uses:
        anchors.setdefault(use.key.strip(), use.anchor)
    found: dict[str, GlossaryEntry] = {}
    for entry, chinese, english in _pairs(book):
        if entry in anchors and chinese not in found:
            found[chinese] = GlossaryEntry(Spacer().text(chinese), english, anchors[entry])
    keys = {chinese: key(chinese) for chinese in found}
    return tuple(found[chinese] for chinese in sorted(found, key=lambda c: (keys[c], c)))


def _pairs(book: Book) -> Iterator[tuple[str, str, str]]:
    """Yield the index key, the Chinese and the English of each term that has both."""
    for run in _runs(book):
        for term, following in pairwise((*run, None)):
            if not isinstance(term, Term):
                continue
            text = plain(term.children)
            key = (term.key or text).strip()
            behind = _BEHIND.match(following.text) if isinstance(following, Text) else None
            if inside := _INSIDE.fullmatch(text):
                yield key, inside["chinese"], _tidy(inside["english"])
            elif behind and _HAN.search(text):
                yield key, text, _tidy(behind["english"])


def _runs(book: Book) -> Iterator[Inlines]:
    for chapter in book.chapters:
        for stretch in stretches(chapter):
            for block in walk_blocks(stretch.blocks):
                for run in own_inlines(block):
                    yield from _nested(run)


def _nested(run: Inlines) -> Iterator[Inlines]:
    yield run
    for inline in run:
        if isinstance(inline, Container):
            yield from _nested(inline.children)


def _tidy(english: str) -> str:
    return _COMMAS.sub(", ", english.strip(" ,，、;；"))
