"""Fragments become one book: page numbers, references, outline and fonts are put in place.

No chapter is laid out again here: a fragment says where its numbers go, and the linker prints
them. Formulas and drawings that several fragments hold are kept once, fonts are shared.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bindery.digest import digest
from bindery.handbook.outline import Entry, add_outline
from bindery.handbook.pdf_file import (
    PdfFile,
    PdfObject,
    array,
    dictionary,
    numbers,
    string,
    string_order,
)
from bindery.press.fragment import Fragment, Link
from bindery.press.links import POINTS
from bindery.press.objects import Objects
from bindery.press.slot import resolved, text_operators

_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"))
_DEFLATED = {"Filter": b"/FlateDecode"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A fragment, and the index of the page that it begins on."""

    fragment: Fragment
    first: int

    @property
    def end(self) -> int:
        """The index of the page behind it."""
        return self.first + self.fragment.page_count

    def shift(self, page: int) -> float:
        """Return how far the content of a page moves to the right, in CSS pixels."""
        return self.fragment.shifts[page] if (self.first + page) % 2 else 0.0

    def at(self, page: int, x: float) -> float:
        """Return where a point of a page is once its content has moved, in points."""
        return x + self.shift(page) * POINTS


@dataclass(frozen=True, slots=True)
class Description:
    """What a reader's program shows of the book besides its pages."""

    title: str
    authors: tuple[str, ...]
    subject: str
    keywords: tuple[str, ...]
    language: str
    creator: str
    producer: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A whole book, and for each page a name of what is printed on it."""

    pdf: bytes
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page with its numbers: its content, its folio if it has one, a name of what it shows."""

    content: bytes
    folio: bytes
    digest: str


def page_label(index: int, body: int) -> str:
    """Return what is printed as the number of a page: roman before the body, arabic from 1 on."""
    return str(index - body + 1) if index >= body else _roman(index + 1)


def page_labels(placed: Sequence[Placed], body: int) -> dict[str, str]:
    """Return the page number of each anchor; ``body`` is the index of the first arabic page."""
    labels: dict[str, str] = {}
    for piece in placed:
        for anchor, (page, _, _) in piece.fragment.anchors.items():
            labels.setdefault(anchor, page_label(piece.first + page, body))
    return labels


class Linker:
    """Puts fragments together, and prints the numbers of their pages as soon as they are known."""

    def __init__(self) -> None:
        self._placed: list[Placed] = []
        self._sheets: list[tuple[_Sheet, ...] | None] = []

    def add(self, placed: Sequence[Placed]) -> None:
        """Append those fragments that were not there the last time."""
        self._placed += placed[len(self._placed) :]
        self._sheets += [None] * (len(self._placed) - len(self._sheets))

    def print_numbers(self, body: int, *, all_are_known: bool = True) -> None:
        """Print the numbers of pages.

        Args:
            body: The index of the first page with an arabic number.
            all_are_known: What is referred to and is not there will never be; otherwise
                fragments that refer to it wait.
        """
        labels = page_labels(self._placed, body)
        for index, piece in enumerate(self._placed):
            if self._sheets[index] is not None:
                continue
            goals = {slot.to for line in piece.fragment.lines for slot in line.slots}
            if all_are_known or goals <= labels.keys():
                count = piece.fragment.page_count
                self._sheets[index] = tuple(_sheet(piece, n, labels, body) for n in range(count))

    def link(self, body: int, fonts: Objects, description: Description) -> Linked:
        """Return the book as one PDF; the same bytes for the same pieces and arguments.

        Args:
            body: The index of the first page with an arabic number.
            fonts: The fonts of all fragments, by name in the last object.
            description: Title, authors and the like.
        """
        self.print_numbers(body)
        file = PdfFile()
        pages, digests = _add_pages(file, self._placed, self._sheets, file.put_objects(fonts))
        catalog = {
            "Outlines": add_outline(file, _outline(self._placed, pages)),
            "PageMode": b"/UseOutlines",
            "Names": dictionary({"Dests": _names(file, self._placed, pages)}),
            "Lang": string(description.language),
            "PageLabels": _page_labels(body),
        }
        entries = {
            "Title": description.title,
            "Author": ", ".join(description.authors),
            "Subject": description.subject,
            "Keywords": ", ".join(description.keywords),
            "Creator": description.creator,
            "Producer": description.producer,
        }
        info = {name: text for name, text in entries.items() if text}
        return Linked(file.to_bytes(catalog, info), tuple(digests))


def _sheet(piece: Placed, number: int, labels: Mapping[str, str], body: int) -> _Sheet:
    fragment, index = piece.fragment, piece.first + number
    content, name = fragment.contents[number], fragment.digests[number]
    shift = piece.shift(number)
    if number in fragment.marked:
        plain = resolved(
            zlib.decompress(content), fragment.lines, fragment.digits, lambda to: labels.get(to, "")
        )
        name = digest(name, plain)
        content = zlib.compress(plain)
    if shift:
        name = digest(name, shift)
    folio = b""
    if slot := fragment.folios.get(number):
        if shift:
            left, _, right, _ = fragment.boxes.trim
            slot = slot.mirrored((right - left) / POINTS, shift)
        operators = text_operators(slot, page_label(index, body), fragment.digits)
        folio = b"/Artifact BMC q %g 0 0 %g 0 0 cm %s Q EMC" % (POINTS, POINTS, operators)
        name = digest(name, operators)
    return _Sheet(content, folio, name)


def _add_pages(
    file: PdfFile, placed: Sequence[Placed], sheets: Sequence[Sequence[_Sheet] | None], fonts: bytes
) -> tuple[list[PdfObject], list[str]]:
    """Add every page, with white ones where a fragment begins later; name what each shows."""
    pages: list[PdfObject] = []
    digests: list[str] = []
    goals: dict[str, bytes] = {}
    for piece, printed in zip(placed, sheets, strict=True):
        fragment = piece.fragment
        common = {
            "Type": b"/Page",
            "Parent": file.parent,
            "MediaBox": numbers(fragment.boxes.media),
            "TrimBox": numbers(fragment.boxes.trim),
            "BleedBox": numbers(fragment.boxes.bleed),
        }
        while len(pages) < piece.first:
            pages.append(file.page())
            pages[-1].set({**common, "Resources": dictionary({})})
            digests.append("")
        common["Resources"] = file.put_objects(fragment.objects, fonts)
        for number, sheet in enumerate(printed or ()):
            contents = [file.put_stream(sheet.content, _DEFLATED)]
            if shift := piece.shift(number):
                contents.insert(0, file.put_stream(b"1 0 0 1 %.4f 0 cm" % (shift * POINTS)))
            if sheet.folio:
                contents.append(file.put_stream(sheet.folio))
            entries = {**common, "Contents": array(contents)}
            if links := fragment.links.get(number):
                entries["Annots"] = _links(links, shift * POINTS, goals)
            pages.append(file.page())
            pages[-1].set(entries)
            digests.append(sheet.digest)
    return pages, digests


def _links(links: Sequence[Link], shift: float, goals: dict[str, bytes]) -> bytes:
    """Return the links of a page that moves by ``shift`` points; ``goals`` remembers goals."""
    annotations: list[bytes] = []
    for left, low, right, high, to in links:
        if to not in goals:
            text = string(to.removeprefix("#"))
            action = b"/A<</Type/Action/S/URI/URI%s>>" % text
            goals[to] = b"/Dest%s" % text if to.startswith("#") else action
        annotations.append(
            b"<</Type/Annot/Subtype/Link/F 4/BS<</W 0>>/Rect[%.3f %.3f %.3f %.3f]%s>>"
            % (left + shift, low, right + shift, high, goals[to])
        )
    return array(annotations)


def _outline(placed: Sequence[Placed], pages: Sequence[PdfObject]) -> Iterator[Entry]:
    for piece in placed:
        for mark in piece.fragment.bookmarks:
            page = pages[piece.first + mark.page]
            yield Entry(mark.level, mark.label, _goal(page, piece.at(mark.page, mark.x), mark.y))


def _names(file: PdfFile, placed: Sequence[Placed], pages: Sequence[PdfObject]) -> bytes:
    """Name the places that links lead to; return the reference of the names."""
    goals: dict[str, bytes] = {}
    for piece in placed:
        for anchor, (page, x, y) in piece.fragment.anchors.items():
            if anchor not in goals:
                goals[anchor] = _goal(pages[piece.first + page], piece.at(page, x), y)
    ordered = sorted(goals, key=string_order)
    names = array(b"%s %s" % (string(anchor), goals[anchor]) for anchor in ordered)
    return file.put(dictionary({"Names": names}))


def _goal(page: PdfObject, x: float, y: float) -> bytes:
    return b"[%s /XYZ %.3f %.3f 0]" % (page.reference, x, y)


def _page_labels(body: int) -> bytes:
    roman, arabic = b"0 <</S/r>> " if body else b"", b"%d <</S/D>>" % body
    return dictionary({"Nums": b"[%s%s]" % (roman, arabic)})


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, (1, "i")):
        while number >= value:
            text, number = text + letters, number - value
    return text
