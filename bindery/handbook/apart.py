"""A book printed in pieces: chapters laid out apart and kept, then linked."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from importlib.metadata import version

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, MachineError
from bindery.digest import digest
from bindery.handbook import sections
from bindery.handbook.link import Description, Placed, link, page_label, page_labels
from bindery.handbook.scope import TermUse
from bindery.handbook.work import Work
from bindery.press.fragment import FORMAT, Fragment
from bindery.press.jobs import Presses, Workers, outcome
from bindery.press.patches import RECIPE
from bindery.press.patches.fonts import FontUse, merged
from bindery.press.weasy import pango_version, weasyprint_version

_FRAGMENT, _FONTS = "handbook-fragment", "handbook-fonts"


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed book: its bytes, each anchor's page number, what each page shows, complaints."""

    pdf: bytes
    page_count: int
    pages: Mapping[str, str]
    digests: tuple[str, ...]
    problems: tuple[Diagnostic, ...]
    messages: tuple[str, ...]


def print_apart(work: Work, cache: Cache, workers: Workers) -> Printed:
    """Print a book whose chapters are laid out only when something in them has changed.

    Raises:
        MachineError: Pango is missing, or a process was killed.
    """
    presses = Presses(workers, work.fonts, work.style(one_sided=True), cache.folder)
    shop = _Shop(work, cache, presses)
    terms: list[TermUse] = []
    problems: list[Diagnostic] = []
    runs: deque[tuple[_Order, bool]] = deque()  # what was made is not kept twice
    for section in sections.body(work):
        runs.append((shop.order("body", section), section.on_recto))
        terms += section.terms
        problems += section.problems
    titles = sections.back_titles(work, terms)
    front = shop.order("front", sections.front(work, titles))
    names = [name for name, _ in titles]
    glossary = (
        [shop.order("back", sections.glossary_section(work, terms))] if "glossary" in names else []
    )
    numbers = [shop.order("back", section) for section in sections.numbers_sections(work)]
    placed = [Placed(shop.made(front), 0)]
    body = _even(_end(placed))
    while runs:
        order, on_recto = runs.popleft()
        first = _even(_end(placed)) if on_recto else _end(placed)
        placed.append(Placed(shop.made(order), first))
    if "index" in names:
        index = sections.index_section(work, terms, _numbers(placed, body))
        glossary.append(shop.order("back", index))
    first = _even(_end(placed))
    for order in (*glossary, *numbers):
        placed.append(Placed(shop.made(order), first))
        first += placed[-1].fragment.page_count
    fonts = shop.fonts()
    linked = link(
        placed, body, fonts, _description(work), archival=work.settings.standard == "pdf/a-2u"
    )
    messages = [message for piece in placed for message in piece.fragment.messages]
    return Printed(
        linked.pdf,
        _end(placed),
        page_labels(placed, body),
        linked.digests,
        tuple(problems),
        tuple(dict.fromkeys(messages)),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """A fragment that is there, or that is being made and then kept under a key."""

    key: str
    coming: Future[bytes] | None


class _Shop:
    """Gives fragments: from the cache, or laid out by the presses."""

    def __init__(self, work: Work, cache: Cache, presses: Presses) -> None:
        self._work, self._cache, self._presses = work, cache, presses
        self._uses: dict[str, FontUse] = {}
        self._base = digest(
            FORMAT,
            RECIPE,
            weasyprint_version(),
            version("pydyf"),
            pango_version(),
            work.fonts.digest,
            work.style(one_sided=True),
        )

    def order(self, kind: str, section: sections.Section) -> _Order:
        document = sections.as_document(self._work, kind, section)
        # The pictures' URLs stand for their bytes.
        key = digest(self._base, document.html)
        kept = self._cache.get(_FRAGMENT, key)
        if kept is not None and Fragment.from_bytes(kept) is not None:
            return _Order(key, None)
        coming = self._presses.fragment(document)
        # Kept as soon as it is there: a build that is stopped goes on where it was.
        coming.add_done_callback(lambda done: self._keep(key, done))
        return _Order(key, coming)

    def _keep(self, key: str, done: Future[bytes]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._cache.put(_FRAGMENT, key, done.result())

    def made(self, order: _Order) -> Fragment:
        if order.coming is not None:
            data = outcome(order.coming)
        else:
            data = self._cache.get(_FRAGMENT, order.key) or b""
        fragment = Fragment.from_bytes(data)
        if fragment is None:
            raise MachineError("the cache was damaged while it was in use: build again")
        for name, use in fragment.fonts.items():
            self._uses[name] = merged(use, self._uses.get(name))
        return replace(fragment, fonts={})

    def fonts(self) -> bytes:
        """Return a PDF with the book's fonts, cut to what all fragments made so far use."""
        uses = {
            name: FontUse(use.family, use.weight, use.style, dict(sorted(use.glyphs.items())))
            for name, use in sorted(self._uses.items())
        }
        known = {
            name: (use.family, use.weight, use.style, list(use.glyphs.items()))
            for name, use in uses.items()
        }
        key = digest(self._base, known)
        data = self._cache.get(_FONTS, key)
        if data is None:
            data = outcome(self._presses.embedded(uses))
            self._cache.put(_FONTS, key, data)
        return data


def _end(placed: Sequence[Placed]) -> int:
    return placed[-1].first + placed[-1].fragment.page_count


def _even(number: int) -> int:
    return number + number % 2


def _numbers(placed: Sequence[Placed], body: int) -> dict[str, int]:
    """Return the arabic page number of each anchor of the body."""
    return {
        anchor: int(page_label(piece.first + page, body))
        for piece in placed
        if piece.first >= body
        for anchor, (page, _, _) in piece.fragment.anchors.items()
    }


def _description(work: Work) -> Description:
    info = work.book.info
    return Description(
        info.title,
        info.authors,
        info.subtitle,
        work.keywords(),
        info.language,
        f"Bindery {work.settings.tool_version}",
        f"WeasyPrint {weasyprint_version()}",
    )
