"""What every step of printing one book needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from jinja2 import Environment

from bindery.fonts import FontSet
from bindery.handbook.assets import Assets
from bindery.handbook.index import Key, sorting_key
from bindery.handbook.listing import Setter, listing_html
from bindery.handbook.numbering import Numbering
from bindery.handbook.pages import PartOpening, part_opening
from bindery.handbook.scope import Scope
from bindery.handbook.settings import COLUMNS, SMALL_COLUMNS, PrintSettings
from bindery.handbook.spacing import Hyphens
from bindery.handbook.templates import fill, ready
from bindery.model import Book, Figure, Formula, IdentifiedBook

_BLEED = "@page { bleed: 3mm }"

_ONE_SIDED = """@page :left {
  margin-left: var(--inner); margin-right: var(--outer);
  @bottom-left { content: none } @bottom-right { content: var(--number) }
}"""


def style(settings: PrintSettings, *, one_sided: bool = False) -> str:
    """Return the style sheets: the paper's sizes, then the book's.

    ``one_sided`` makes left-hand pages like right-hand ones: the linker moves them.
    """
    names = (f"{settings.paper}.css", "book.css")
    sheets = [(settings.templates / name).read_text("utf-8") for name in names]
    more = [_BLEED] * settings.bleed + [_ONE_SIDED] * one_sided
    return "\n".join([*sheets, *more])


def closer(settings: PrintSettings) -> str:
    """Return the style sheet that saves a question a page with a few lines on it.

    Templates of one's own may lack it, or the values that it needs of the paper: then "".
    """
    path, paper = (settings.templates / name for name in ("close.css", f"{settings.paper}.css"))
    if not path.is_file() or "--close-leading" not in paper.read_text("utf-8"):
        return ""
    return path.read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Work:
    """One book, numbered, with all that it is printed from.

    ``draw_ahead`` draws many formulas at once, where ``formulas`` would draw each when it is
    asked for.
    """

    identified: IdentifiedBook
    numbering: Numbering
    formulas: Mapping[tuple[str, bool], Formula]
    figures: Mapping[str, Figure]
    settings: PrintSettings
    templates: Environment
    fonts: FontSet
    listing: Setter = listing_html
    sorting_key: Key = sorting_key
    hyphens: Hyphens = field(default_factory=Hyphens)
    draw_ahead: Callable[[Iterable[tuple[str, bool]]], None] = lambda _: None

    @property
    def book(self) -> Book:
        """The book itself."""
        return self.identified.book

    def assets(self) -> Assets:
        """Return an empty collection of pictures."""
        return Assets(self.settings.source)

    def scope(self, chapter: str, assets: Assets, *, small: bool = False) -> Scope:
        """Return the surroundings of what is written next; listings may be ``small``."""
        columns = (SMALL_COLUMNS if small else COLUMNS)[self.settings.paper]
        return Scope(
            chapter,
            self.numbering,
            self.formulas,
            self.figures,
            assets,
            columns,
            self.listing,
            self.hyphens,
        )

    def document(self, kind: str, body: str, *, described: bool = True) -> str:
        """Return a whole HTML document; a piece of a book need not be ``described``."""
        info = self.book.info
        values = {
            "language": info.language,
            "title": info.title if described else "",
            "authors": info.authors if described else (),
            "subtitle": info.subtitle if described else "",
            "keywords": self.keywords() if described else (),
            "tool_version": self.settings.tool_version if described else "",
            "kind": kind,
            "body": ready(body),
        }
        return str(fill(self.templates, "document.html.j2", values))

    def keywords(self) -> tuple[str, ...]:
        """Return the tags of all chapters, each once."""
        return tuple(dict.fromkeys(tag for chapter in self.book.chapters for tag in chapter.tags))

    def style(self) -> str:
        """Return the style sheets of a book in one piece."""
        return style(self.settings)

    def parts(self) -> dict[str, PartOpening]:
        """Return the part that opens before a chapter, by the chapter's file."""
        known = {chapter.file for chapter in self.book.chapters}
        openings: dict[str, PartOpening] = {}
        for number, part in enumerate(self.book.info.parts, 1):
            first = next((file for file in part.files if file in known), None)
            if first is not None:
                openings[first] = part_opening(number, part.title)
        return openings
