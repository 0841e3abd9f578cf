"""The handbook's HTML of a small book as plain text: formulas by their TeX, no digests."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from html import unescape
from pathlib import Path

from bindery.facts import facts_of
from bindery.handbook import formulas_needed
from bindery.handbook.assets import Assets as Pictures
from bindery.handbook.numbering import number_book
from bindery.handbook.pages import chapter_html
from bindery.handbook.scope import Scope
from bindery.handbook.settings import COLUMNS
from bindery.handbook.spacing import Hyphens
from bindery.handbook.templates import environment
from bindery.identify import identify, with_ids
from bindery.ledger import Ledger
from bindery.model import Book, Figure, Formula, IdentifiedBook
from tests.dialect.reading import ASSETS, NAME

_TEMPLATES = Path(__file__).parents[2] / "templates" / "handbook"
_FORMULA = re.compile(r'<img class="(m[id])" alt="([^"]*)" style="[^"]*" src="[^"]*">')
_DIGEST = re.compile(r'(book:pictures/[^"]*)-[0-9a-f]{16}(\.\w+")')
# The opening of a chapter that has no title of its own.
_OPENER = re.compile(
    rf'<section class="chapter" id="[^"]*">\s*<header class="opener">\s*<p class="num">[^<]*</p>\s*'
    rf"<h1[^>]*>{Path(NAME).stem}</h1>\s*</header>(.*)</section>\s*",
    re.DOTALL,
)
_UNNAMED = re.compile(r'(?<=id=")auto-[^"]+')
# Unseen in a file, so spelt out; where a word may be divided is not the matter here.
_INVISIBLE = {"\u00ad": "", "\u200b": "&ZeroWidthSpace;", "\u00a0": "&nbsp;", "\u2060": "&NoBreak;"}


def page_text(book: Book) -> str:
    """Return the chapters of a book as the handbook writes them, and what it complains of."""
    facts = [facts_of(chapter, ()) for chapter in book.chapters]
    known, _ = identify(book.info, facts, Ledger(""), 1)
    chapters = tuple(
        with_ids(chapter, names) for chapter, names in zip(book.chapters, known.ids, strict=True)
    )
    named = Book(book.info, chapters)
    identified = IdentifiedBook(named, known.identities, known.gaps)
    figures = {slug: _figure(slug) for slug in ASSETS.demos}
    numbering = number_book(identified, figures)
    formulas = dict.fromkeys(formulas_needed(named), Formula("<svg />", 1.0, 1.0, 0.0))
    templates = environment(_TEMPLATES, Hyphens())
    texts = []
    for chapter in chapters:
        columns = COLUMNS[book.info.paper]
        pictures = Pictures(_pictures())
        scope = Scope(chapter.file, numbering, formulas, figures, pictures, columns)
        scope.footnotes = {note.label: note for note in chapter.footnotes}
        texts.append(_stable(chapter_html(chapter, scope, known.identities, templates)))
        texts += [str(problem) for problem in scope.problems]
    return "\n".join(texts)


@cache
def _pictures() -> Path:
    """Return a folder with the pictures that cases refer to."""
    folder = Path(tempfile.mkdtemp(prefix="pictures-"))
    for name in ASSETS.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


def _figure(slug: str) -> Figure:
    return Figure(slug, slug, f"{slug} 的图", slug, b"<svg/>", b"", "", (), "")


def _stable(html: str) -> str:
    html = _FORMULA.sub(lambda match: f"⟨{unescape(match[2])}⟩", html)
    html = _OPENER.sub(r"\1", html)
    html = _UNNAMED.sub("auto", _DIGEST.sub(r"\1\2", html))
    for character, shown in _INVISIBLE.items():
        html = html.replace(character, shown)
    lines = (line.strip() if not line.startswith("<span") else line for line in html.split("\n"))
    return "\n".join(line for line in lines if line.strip())
