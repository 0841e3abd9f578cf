"""A book printed in pieces: chapters laid out apart and kept, then linked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from bindery.digest import digest
from bindery.fonts import FontSet
from bindery.handbook import sections
from bindery.handbook.archive import archival
from bindery.handbook.breaks import formulas_needed
from bindery.handbook.kept_sections import KeptSection, KeptSections
from bindery.handbook.link import Description, Linker, Placed, page_label, page_labels
from bindery.handbook.scope import TermUse
from bindery.handbook.settings import PrintSettings
from bindery.handbook.work import Work, closer, style
from bindery.press.fragment import FORMAT, Fragment
from bindery.press.jobs import Presses, Workers, outcome
from bindery.press.objects import Objects
from bindery.press.patches import RECIPE
from bindery.press.patches.fonts import FontUse, merged
from bindery.press.weasy import pango_version, weasyprint_version
from bindery.versions import version

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
    labels: tuple[str, ...] = ()


def presses(settings: PrintSettings, fonts: FontSet, cache: Cache, workers: Workers) -> Presses:
    """Return workers that lay out what is linked later."""
    return Presses(workers, fonts, style(settings, one_sided=True), cache.folder)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A book whose chapters are being laid out; the workers end with the last one."""

    work: Work
    shop: _Shop
    chapters: tuple[tuple[sections.Run, _Order, KeptSection], ...]
    is_last: bool


def order_chapters(work: Work, cache: Cache, workers: Workers, *, is_last: bool) -> Ordered:
    """Begin to lay out what has changed in the chapters."""
    shop = _Shop(work, cache, presses(work.settings, work.fonts, cache, workers))
    chapters = tuple(_ordered(work, shop, KeptSections(work, cache, shop.base)))
    return Ordered(work, shop, chapters, is_last)


def print_apart(ordered: Ordered) -> Printed:
    """Print a book whose chapters are laid out only when something in them has changed.

    Raises:
        MachineError: Pango is missing, or a process was killed.
    """
    work, shop = ordered.work, ordered.shop
    terms: list[TermUse] = []
    problems: list[Diagnostic] = []
    runs: list[tuple[_Order, bool]] = []
    for run, order, known in ordered.chapters:
        runs.append((order, run.opens))
        terms += known.terms
        problems += known.problems
    for section in sections.appendix(work):
        runs.append((shop.order("body", section), section.on_recto))
        problems += section.problems
    entries = sections.glossary_entries(work, terms)
    titles = sections.back_titles(terms, entries)
    front = [shop.order("front", section) for section in sections.front(work, titles)]
    names = [name for name, _ in titles]
    glossary = [shop.order("back", sections.glossary_section(work, entries))] if entries else []
    numbers = [shop.order("back", section) for section in sections.numbers_sections(work)]
    linker = Linker()
    placed: list[Placed] = []
    for order in front:
        placed.append(Placed(order.fragment(), placed[-1].end if placed else 0))
    body = _even(placed[-1].end)
    for order, on_recto in runs:
        first = _even(placed[-1].end) if on_recto else placed[-1].end
        placed.append(Placed(order.fragment(), first))
    if "index" in names:
        index = sections.index_section(work, terms, _numbers(placed, body), apart=True)
        glossary.append(shop.order("back", index))
    linker.add(placed)
    # What can be done while the index is laid out.
    linker.print_numbers(body, all_are_known=False)
    for order in (*front, *(order for order, _ in runs)):
        shop.note_fonts(order.fragment())
    first = _even(placed[-1].end)
    for order in (*glossary, *numbers):
        placed.append(Placed(order.fragment(), first))
        shop.note_fonts(placed[-1].fragment)
        first = placed[-1].end
    linker.add(placed)
    fonts, description = shop.fonts(), _description(work)
    if ordered.is_last:
        shop.close()
    linked = linker.link(body, fonts, description)
    pdf = linked.pdf
    if work.settings.standard == "pdf/a-2u":
        pdf = archival(pdf, description.title, description.authors, description.creator)
    messages = [message for piece in placed for message in piece.fragment.messages]
    return Printed(
        pdf,
        placed[-1].end,
        page_labels(placed, body),
        linked.digests,
        tuple(problems),
        tuple(dict.fromkeys(messages)),
        tuple(page_label(index, body) for index in range(placed[-1].end)),
    )


def _ordered(
    work: Work, shop: _Shop, memory: KeptSections
) -> Iterator[tuple[sections.Run, _Order, KeptSection]]:
    """Yield each run of the chapters with its fragment, written only where it has changed."""
    runs = tuple(sections.body_runs(work))
    found = memory.get_all(runs)
    changed = {run.chapter.file for run, kept in zip(runs, found, strict=True) if kept is None}
    chapters = tuple(chapter for chapter in work.book.chapters if chapter.file in changed)
    work.draw_ahead(formulas_needed(replace(work.book, chapters=chapters)))

    close_style = closer(work.settings)

    def made(run: sections.Run) -> tuple[sections.Run, _Order, KeptSection]:
        section = sections.run_section(work, run)
        order = shop.order("body", section, closer=close_style)
        return run, order, memory.put(run, section, order.key)

    # These first: the processes wait for them.
    fresh = {n: made(runs[n]) for n, kept in enumerate(found) if kept is None}
    orders = shop.kept([kept.fragment for kept in found if kept])
    for n, (run, kept) in enumerate(zip(runs, found, strict=True)):
        if n in fresh:
            yield fresh[n]
        elif kept and (order := orders.get(kept.fragment)):
            yield run, order, kept
        else:
            yield made(run)


class _Order:
    """A fragment that is there, or that is being made."""

    def __init__(
        self, key: str, kept: Fragment | None, coming: Future[bytes] | None = None
    ) -> None:
        self.key, self._kept, self._coming = key, kept, coming

    def fragment(self) -> Fragment:
        """Return the fragment, as soon as it is there."""
        if self._coming is not None:
            self._kept = Fragment.from_bytes(outcome(self._coming))
            self._coming = None  # its bytes are not kept twice
        assert self._kept is not None
        return self._kept


class _Shop:
    """Gives fragments: from the cache, or laid out by the presses."""

    def __init__(self, work: Work, cache: Cache, presses: Presses) -> None:
        self._work, self._cache, self._presses = work, cache, presses
        self._uses: dict[str, FontUse] = {}
        self.base = digest(
            FORMAT,
            RECIPE,
            weasyprint_version(),
            version("pydyf"),
            pango_version(),
            work.fonts.digest,
            style(work.settings, one_sided=True),
        )

    def kept(self, keys: Iterable[str]) -> dict[str, _Order]:
        """Return the fragments that were kept, by their names."""
        found: dict[str, _Order] = {}
        for key, data in self._cache.get_many(_FRAGMENT, keys).items():
            if fragment := Fragment.from_bytes(data):
                found[key] = _Order(key, fragment)
        return found

    def order(self, kind: str, section: sections.Section, *, closer: str = "") -> _Order:
        """Return the fragment of a section, which is laid out when it is not known."""
        document = sections.as_document(self._work, kind, section, closer)
        # The pictures' URLs stand for their bytes.
        key = digest(self.base, document.html, closer)
        if known := self.kept([key]).get(key):
            return known
        coming = self._presses.fragment(document)
        # Kept as soon as it is there: a build that is stopped goes on where it was.
        coming.add_done_callback(lambda done: self._keep(key, done))
        return _Order(key, None, coming)

    def _keep(self, key: str, done: Future[bytes]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._cache.put(_FRAGMENT, key, done.result())

    def note_fonts(self, fragment: Fragment) -> None:
        """Note which glyphs a fragment uses."""
        for name, use in fragment.fonts.items():
            self._uses[name] = merged(use, self._uses.get(name))

    def close(self) -> None:
        """End the presses."""
        self._presses.end()

    def fonts(self) -> Objects:
        """Return the book's fonts, cut to what the fragments noted so far use."""
        uses = {
            name: FontUse(use.family, use.weight, use.style, dict(sorted(use.glyphs.items())))
            for name, use in sorted(self._uses.items())
        }
        known = {
            name: (use.family, use.weight, use.style, list(use.glyphs.items()))
            for name, use in uses.items()
        }
        key = digest(self.base, known)
        data = self._cache.get(_FONTS, key)
        if data is None:
            data = outcome(self._presses.embedded(uses))
            self._cache.put(_FONTS, key, data)
        return Objects.from_bytes(data)


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
