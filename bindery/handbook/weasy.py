"""WeasyPrint, and nothing else: HTML in, pages and PDF bytes out."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bindery.diagnostics import MachineError
from bindery.fonts import FontSet
from bindery.handbook import patches

# Fonts are stamped with this date: 2024-01-01, whatever today is.
_EPOCH = "1704067200"
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
    """Lays out and writes the documents of one handbook, with the same fonts and pictures.

    Use as a context manager: the environment that makes the bytes reproducible holds inside.
    """

    def __init__(self, fonts: FontSet, assets: Mapping[str, bytes], style: str) -> None:
        self._fonts = fonts
        self._assets = assets
        self._style = style
        self.messages: list[str] = []
        self._stack: Any = None

    def __enter__(self) -> Press:
        from contextlib import ExitStack

        with ExitStack() as stack:
            settings = {
                "SOURCE_DATE_EPOCH": _EPOCH,
                "FONTCONFIG_FILE": str(self._fonts.config.resolve()),
            }
            stack.enter_context(_environment(settings))
            stack.enter_context(_listening(self.messages))
            stack.enter_context(_without_garbage_collection())
            self._configuration = _font_configuration()
            notice = patches.apply()
            if notice:
                self.messages.append(notice)
            # Parsed once for all documents: that takes longer than a page does.
            self._sheet = _style_sheet(self._style, self._configuration)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def lay_out(self, html: str) -> Layout:
        """Lay out an HTML document; its own style goes before the book's."""
        from weasyprint import HTML  # type: ignore[import-untyped]

        page = HTML(string=html, url_fetcher=_fetcher(self._assets), base_url="book:")
        document = page.render(stylesheets=[self._sheet], font_config=self._configuration)
        anchors: dict[str, int] = {}
        for number, sheet in enumerate(document.pages):
            for anchor in sheet.anchors:
                anchors.setdefault(anchor, number)
        return Layout(document, anchors)

    def write(
        self, layouts: Sequence[Layout], labels: Sequence[tuple[int, LabelStyle]], identifier: str
    ) -> bytes:
        """Write documents one behind the other as one PDF; links between them are kept.

        Args:
            layouts: The documents in order; title and authors are those of the first.
            labels: The pages (from 0) where page labels start again at 1, and their style.
            identifier: Hex digits that name this file; the same content gives the same.
        """
        first = layouts[0].document
        pages = [page for layout in layouts for page in layout.document.pages]

        def finish(_document: Any, pdf: Any) -> None:
            pdf.catalog["PageLabels"] = _page_labels(labels)
            pdf.catalog["PageMode"] = "/UseOutlines"

        data: bytes = first.copy(pages).write_pdf(
            pdf_identifier=bytes.fromhex(identifier), finisher=finish
        )
        return data


def weasyprint_version() -> str:
    """Return the version of WeasyPrint."""
    from importlib.metadata import version

    return version("weasyprint")


def _page_labels(labels: Iterable[tuple[int, LabelStyle]]) -> Any:
    import pydyf  # type: ignore[import-untyped]

    numbers = pydyf.Array()
    for start, style in labels:
        numbers.append(start)
        numbers.append(pydyf.Dictionary({"S": "/r" if style == "roman" else "/D"}))
    return pydyf.Dictionary({"Nums": numbers})


def _font_configuration() -> Any:
    try:
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


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Listener(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())


@contextmanager
def _listening(messages: list[str]) -> Iterator[None]:
    """Collect WeasyPrint's complaints instead of printing them."""
    logger = logging.getLogger("weasyprint")
    handlers, propagate, level = logger.handlers[:], logger.propagate, logger.level
    logger.handlers[:] = [_Listener(messages)]
    logger.propagate, logger.level = False, logging.WARNING
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.propagate, logger.level = propagate, level


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Layout makes millions of boxes that live to the end: looking through them is wasted."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
