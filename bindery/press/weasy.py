"""WeasyPrint, and nothing else: HTML in, fragments and PDF bytes out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from bindery.cache import Cache
from bindery.diagnostics import MachineError
from bindery.digest import digest
from bindery.fonts import FontSet
from bindery.press import patches
from bindery.press.fragment import Bookmark, Fragment, PageBoxes, packed
from bindery.press.links import links_of, point
from bindery.press.objects import FONTS, Objects, number_of, taken
from bindery.press.patches.fonts import FontUse, Plan
from bindery.press.slot import NUMBER
from bindery.press.surroundings import environment, listening, load, without_garbage_collection
from bindery.versions import version

# Fonts are stamped with this date: 2024-01-01, whatever today is.
_EPOCH = "1704067200"
_MARK = NUMBER.encode()
_SAVED = 0.05  # of a page, by setting another one closer
_PICTURES_KEPT = 3_000  # formulas, of some 13 kB each
_BARE = 3  # objects of a PDF that holds nothing: what is taken out need not be written
_LIBRARIES = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

LabelStyle: TypeAlias = Literal["roman", "arabic"]


@dataclass(frozen=True, slots=True)
class Layout:
    """One document laid out: its pages, and the page (from 0) of each anchor."""

    document: Any
    anchors: Mapping[str, int]

    @property
    def page_count(self) -> int:
        """The number of pages."""
        return len(self.document.pages)


class Press:
    """Lays out and writes documents with the same fonts and style.

    Use as a context manager: the environment that makes the bytes reproducible holds inside.
    """

    def __init__(self, fonts: FontSet, style: str, cache: Cache | None = None) -> None:
        self._fonts = fonts
        self._style = style
        self._cache = cache  # where drawings are kept
        self.messages: list[str] = []
        self._pictures: dict[str, Any] = {}  # by URL: formulas come again in other chapters
        self._stack: Any = None

    def __enter__(self) -> Press:
        from contextlib import ExitStack

        with ExitStack() as stack:
            settings = {
                "SOURCE_DATE_EPOCH": _EPOCH,
                "FONTCONFIG_FILE": str(self._fonts.config.resolve()),
            }
            stack.enter_context(environment(settings))
            stack.enter_context(listening(self.messages))
            stack.enter_context(without_garbage_collection())
            self._configuration = _font_configuration()
            notice = patches.apply()
            if notice:
                self.messages.append(notice)
            else:
                from bindery.press.patches import drawing

                recipe = digest(patches.RECIPE, weasyprint_version(), version("pydyf"))
                drawing.start(self._cache, recipe)
            # Parsed once for all documents: that takes longer than a page does.
            self._sheet = _style_sheet(self._style, self._configuration)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def lay_out(self, html: str, assets: Mapping[str, bytes], style: str = "") -> Layout:
        """Lay out an HTML document.

        Args:
            html: The document.
            assets: The bytes behind each ``book:`` URL in it; nothing else is fetched.
            style: What goes behind the book's style sheet.
        """
        from weasyprint import HTML  # type: ignore[import-untyped]

        page = HTML(string=html, url_fetcher=_fetcher(assets), base_url="book:")
        sheets = [self._sheet, *([_style_sheet(style, self._configuration)] if style else [])]
        document = page.render(
            stylesheets=sheets, font_config=self._configuration, cache=self._pictures
        )
        # A picture that is no formula holds the whole document that it came with.
        for url in [url for url, image in self._pictures.items() if _holds_document(image)]:
            del self._pictures[url]
        if len(self._pictures) > _PICTURES_KEPT:
            self._pictures.clear()
        anchors: dict[str, int] = {}
        for number, sheet in enumerate(document.pages):
            for anchor in sheet.anchors:
                anchors.setdefault(anchor, number)
        return Layout(document, anchors)

    def fragment(self, html: str, assets: Mapping[str, bytes], closer: str = "") -> Fragment:
        """Lay out a document whose page numbers and fonts are left to the linker.

        Needs the patches: see ``patches.fit``.

        Args:
            html: The document.
            assets: The bytes behind each ``book:`` URL in it.
            closer: A style sheet that is added if there is so little on the last page that it
                may save that page, and does.
        """
        import pydyf  # type: ignore[import-untyped]

        from bindery.press.patches import fonts, slots

        before = len(self.messages)
        pages = self._pages_of(html, assets, closer)
        noted, plan = slots.start(), fonts.start(Plan(apart=True))
        slots.mark_folios(pages)
        links = links_of(pages)
        for page in pages:
            page.links = []  # those are the linker's
        sheets: list[bytes] = []
        taken_objects: list[Objects] = []
        boxes: list[PageBoxes] = []

        def finish(_document: Any, pdf: Any) -> None:
            first = _pages(pdf)[0]
            font = pdf.objects[number_of(first["Resources"])]["Font"]
            taken_objects.append(taken(pdf, first["Resources"], {number_of(font): FONTS}))
            boxes.append(PageBoxes(*(tuple(first[f"{n}Box"]) for n in ("Media", "Trim", "Bleed"))))
            for page in _pages(pdf):
                content = pdf.objects[number_of(page["Contents"])]
                sheets.append(b"\n".join(pydyf._to_bytes(item) for item in content.stream))
            pdf.objects = pdf.objects[:_BARE]

        self._document(pages).write_pdf(finisher=finish)
        return Fragment(
            contents=tuple(zlib.compress(sheet) for sheet in sheets),
            objects=taken_objects[0],
            boxes=boxes[0],
            anchors=_points(pages),
            bookmarks=tuple(_bookmarks(pages)),
            links=links,
            lines=tuple(noted.lines),
            folios=noted.folios,
            digits=noted.digits,
            packed_fonts=packed(dict(sorted(plan.used.items()))),
            marked=frozenset(n for n, sheet in enumerate(sheets) if _MARK in sheet),
            shifts=tuple(_shift(page) for page in pages),
            digests=tuple(digest(sheet) for sheet in sheets),
            messages=tuple(dict.fromkeys(self.messages[before:])),
        )

    def _pages_of(self, html: str, assets: Mapping[str, bytes], closer: str) -> list[Any]:
        pages: list[Any] = self.lay_out(html, assets).document.pages
        if closer and _filled(pages[-1]) < _SAVED * (len(pages) - 1):
            again: list[Any] = self.lay_out(html, assets, closer).document.pages
            if len(again) < len(pages):
                return again
        return pages

    def heights(self, html: str, assets: Mapping[str, bytes], attribute: str) -> dict[str, float]:
        """Lay out a document and return the greatest height by the value of an attribute.

        Heights are those of boxes of blocks, in CSS pixels.
        """
        from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]

        found: dict[str, float] = {}
        for page in self.lay_out(html, assets).document.pages:
            for box in page._page_box.descendants(placeholders=True):
                if isinstance(box, boxes.BlockBox) and box.element is not None:
                    name = box.element.get(attribute)
                    if name is not None:
                        found[name] = max(found.get(name, 0.0), float(box.height))
        return found

    def embedded(self, uses: Mapping[str, FontUse]) -> Objects:
        """Return fonts that have all the glyphs that are asked for; by name in the last object."""
        from bindery.press.patches import fonts

        rows = "".join(
            f"<p style=\"font: {use.style} {use.weight} 10px '{use.family}'\">0</p>"
            for use in uses.values()
        )
        html = f"<!doctype html><html><body>{rows}</body></html>"
        pages = self.lay_out(html, {}).document.pages
        plan = fonts.start(Plan(more=uses))
        found: list[Objects] = []

        def finish(_document: Any, pdf: Any) -> None:
            resources = pdf.objects[number_of(_pages(pdf)[0]["Resources"])]
            found.append(taken(pdf, resources["Font"], {}))
            pdf.objects = pdf.objects[:_BARE]

        self._document(pages).write_pdf(finisher=finish)
        if missing := uses.keys() - plan.used.keys():
            raise MachineError(f"a font of the handbook cannot be found again: {sorted(missing)}")
        return found[0]

    def write(
        self,
        layouts: Sequence[Layout],
        labels: Sequence[tuple[int, LabelStyle]],
        identifier: str,
        variant: str | None = None,
    ) -> bytes:
        """Write documents one behind the other as one PDF; links between them are kept.

        Args:
            layouts: The documents in order; title and authors are those of the first.
            labels: The pages (from 0) where page labels start again at 1, and their style.
            identifier: Hex digits that name this file; the same content gives the same.
            variant: A PDF standard: ``pdf/ua-1`` (tagged) or ``pdf/a-2u``.
        """
        from bindery.press.patches import fonts

        first = layouts[0].document
        pages = [page for layout in layouts for page in layout.document.pages]

        def finish(_document: Any, pdf: Any) -> None:
            pdf.catalog["PageLabels"] = _page_labels(labels)
            pdf.catalog["PageMode"] = "/UseOutlines"

        fonts.start(Plan())
        data: bytes = first.copy(pages).write_pdf(
            pdf_identifier=bytes.fromhex(identifier), finisher=finish, pdf_variant=variant
        )
        return data

    def _document(self, pages: list[Any]) -> Any:
        from weasyprint.document import Document, DocumentMetadata  # type: ignore[import-untyped]

        return Document(pages, DocumentMetadata(), _fetcher({}), self._configuration, {}, None)


def _pages(pdf: Any) -> list[Any]:
    """Return the dictionaries of the pages of a PDF that is about to be written."""
    return [pdf.objects[number] for number in pdf.pages["Kids"][::3]]


def _points(pages: Iterable[Any]) -> dict[str, tuple[int, float, float]]:
    """Return where each anchor is, in points from the lower left corner of its page."""
    points: dict[str, tuple[int, float, float]] = {}
    for number, page in enumerate(pages):
        for name, (x, y, *_) in page.anchors.items():
            points.setdefault(name, (number, *point(page, x, y)))
    return points


def _bookmarks(pages: Iterable[Any]) -> Iterator[Bookmark]:
    for number, page in enumerate(pages):
        for level, label, (x, y), _ in page.bookmarks:
            yield Bookmark(level, label, number, *point(page, x, y))


def _filled(page: Any) -> float:
    """Return how much of a page's area is filled, from 0 to 1."""
    from weasyprint.formatting_structure import boxes

    box = page._page_box
    used = box.children[0].margin_height()
    notes = [child for child in box.children if isinstance(child, boxes.FootnoteAreaBox)]
    return float((used + sum(note.margin_height() for note in notes)) / box.height)


def _holds_document(image: Any) -> bool:
    return getattr(image, "_context", None) is not None


def _shift(page: Any) -> float:
    """Return by how much the inner margin of a page is wider than the outer, negated, in pixels."""
    box = page._page_box
    return round(float(box.margin_right) - float(box.margin_left), 4)


def weasyprint_version() -> str:
    """Return the version of WeasyPrint."""
    return version("weasyprint")


@cache
def pango_version() -> str:
    """Return the version of Pango, which breaks lines; "" when it cannot be found out."""
    from ctypes import CDLL, c_char_p
    from ctypes.util import find_library

    for name in ("libpango-1.0.so.0", find_library("pango-1.0")):
        try:
            function = CDLL(name or "").pango_version_string
        except (OSError, AttributeError):
            continue
        function.restype = c_char_p
        return str(function().decode())
    return ""


def _page_labels(labels: Iterable[tuple[int, LabelStyle]]) -> Any:
    import pydyf

    numbers = pydyf.Array()
    for start, style in labels:
        numbers.append(start)
        numbers.append(pydyf.Dictionary({"S": "/r" if style == "roman" else "/D"}))
    return pydyf.Dictionary({"Nums": numbers})


def _font_configuration() -> Any:
    try:
        load()
        from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
    except OSError as error:
        raise MachineError(
            f"the handbook needs Pango, which cannot be loaded ({error}); "
            f"on Debian and Ubuntu: {_LIBRARIES}"
        ) from error
    return FontConfiguration()


def _style_sheet(style: str, configuration: Any) -> Any:
    from weasyprint import CSS

    return CSS(string=style, font_config=configuration, url_fetcher=_fetcher({}), base_url="book:")


def _fetcher(assets: Mapping[str, bytes]) -> Any:
    from weasyprint.urls import (  # type: ignore[import-untyped]
        URLFetcher,
        URLFetcherResponse,
    )

    class Fetcher(URLFetcher):  # type: ignore[misc]
        """Gives the book's own pictures and those inside the HTML; all else is refused."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in assets:
                kind = {"Content-Type": "image/svg+xml"} if url.endswith(".svg") else {}
                return URLFetcherResponse(url, assets[url], kind)
            if url.startswith("data:"):
                return super().fetch(url, headers)
            raise ValueError(f"not a picture of this book: {url}")

    return Fetcher(allowed_protocols=["data"])
