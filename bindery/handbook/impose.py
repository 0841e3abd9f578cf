"""Pages on sheets: booklets for folding, single leaves for a bound copy, marks for cutting."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

_MM = 72 / 25.4
_A4 = (297 * _MM, 210 * _MM)
# More sheets than this cannot be folded into each other; then signatures are sewn or glued.
_MOST_TOGETHER = 16
_IN_A_SIGNATURE = 8
_BLEED, _GAP, _MARK, _HAIR = 3 * _MM, 1 * _MM, 5 * _MM, 0.25
_SLUG = _BLEED + _GAP + _MARK + 1 * _MM  # around the page, for marks
_STEP, _BAR = 6 * _MM, 1.2 * _MM


@dataclass(frozen=True, slots=True)
class Booklet:
    """A book two pages up on A4, and how many sheets each of its signatures has."""

    pdf: bytes
    signatures: tuple[int, ...]


def booklet(pdf: bytes) -> Booklet:
    """Impose a book two pages up on A4, to be printed on both sides and folded to A5.

    Sheets are flipped on their short edge. A thin book is one signature: its sheets are laid
    into each other and folded once. A thick one has several, which are folded one by one and
    laid on one another; a bar on each back, one step lower than on the one before it, shows
    that they are in order.
    """
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as book, pikepdf.new() as folded:
        forms = [(page.as_form_xobject(), _box(page)) for page in book.pages]
        counts = signatures(len(forms))
        first = 0
        for number, sheets in enumerate(counts):
            pages = range(first, min(first + 4 * sheets, len(forms)))
            for side, pair in enumerate(booklet_order(len(pages), sheets)):
                spread: list[Any] = [None if i is None else forms[pages[i]] for i in pair]
                bar = _bar(number) if len(counts) > 1 and side == 0 else b""
                _add_spread(folded, spread, bar)
            first += 4 * sheets
        return Booklet(_saved(folded, book), counts)


def signatures(pages: int) -> tuple[int, ...]:
    """Return the number of sheets of each signature; all are about as thick."""
    sheets = max(1, -(-pages // 4))
    if sheets <= _MOST_TOGETHER:
        return (sheets,)
    count = -(-sheets // _IN_A_SIGNATURE)
    return tuple(sheets // count + (number < sheets % count) for number in range(count))


def booklet_order(count: int, sheets: int = 0) -> list[tuple[int | None, int | None]]:
    """Return the pages (from 0; None is white) side by side on each side of folded sheets.

    Sheets lie on one another, front up, and are folded once: the front of the first holds the
    last page and the first.
    """
    total = 4 * (sheets or -(-count // 4))
    pages: list[int | None] = [index if index < count else None for index in range(total)]
    order: list[tuple[int | None, int | None]] = []
    for sheet in range(total // 4):
        low, high = 2 * sheet, total - 1 - 2 * sheet
        order += [(pages[high], pages[low]), (pages[low + 1], pages[high - 1])]
    return order


def extracted(pdf: bytes, pages: Sequence[int]) -> bytes:
    """Return a PDF of some pages (from 0) of a book, each with its page label.

    Indexes beyond the last page give white pages, so that every leaf has two sides.
    """
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as book, pikepdf.new() as chosen:
        labels: list[Any] = []
        for number, index in enumerate(pages):
            if index >= len(book.pages):
                _add_white(chosen, book.pages[0])
                continue
            page = book.pages[index]
            labels += [number, pikepdf.Dictionary(P=str(page.label))]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
                chosen.pages.append(page)
            if "/Annots" in chosen.pages[-1]:
                del chosen.pages[-1].Annots  # what they lead to may not be here
        chosen.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(labels))
        return _saved(chosen, book)


def with_crop_marks(pdf: bytes) -> bytes:
    """Return a book with room around its pages, and lines there that show where to cut.

    The marks stand outside of what bleeds, so that none of them is left on the trimmed page.
    """
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as book:
        for page in book.pages:
            left, bottom, right, top = _box(page)
            page.MediaBox = _array(left - _SLUG, bottom - _SLUG, right + _SLUG, top + _SLUG)
            page.BleedBox = _array(left - _BLEED, bottom - _BLEED, right + _BLEED, top + _BLEED)
            page.TrimBox = _array(left, bottom, right, top)
            # What was there may leave its state behind, and may paint into the room for marks.
            clip = (left - _BLEED, bottom - _BLEED, right - left + 2 * _BLEED)
            start = b"q %.3f %.3f %.3f %.3f re W n\n" % (*clip, top - bottom + 2 * _BLEED)
            page.contents_add(start, prepend=True)
            page.contents_add(b"\nQ\n" + _marks(left, bottom, right, top))
        return _bytes(book)


def _add_spread(folded: Any, spread: Sequence[Any], bar: bytes) -> None:
    import pikepdf

    width, height = _A4
    folded.add_blank_page(page_size=(width, height))
    sheet = folded.pages[-1]
    sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
    content = b""
    for side, half in enumerate(spread):
        if half is None:
            continue
        form, (left, bottom, right, top) = half
        scale = min(width / 2 / (right - left), height / (top - bottom))
        x = side * width / 2 + (width / 2 - scale * (right - left)) / 2 - scale * left
        y = (height - scale * (top - bottom)) / 2 - scale * bottom
        name = f"/P{side}"
        sheet.Resources.XObject[name] = folded.copy_foreign(form)
        content += b"q %.5f 0 0 %.5f %.3f %.3f cm %s Do Q\n" % (scale, scale, x, y, name.encode())
    sheet.Contents = folded.make_stream(content + bar)


def _bar(number: int) -> bytes:
    """Return a bar on the fold, one step lower for each signature."""
    width, height = _A4
    steps = int((height - 4 * _STEP) // _STEP)
    y = height - 2 * _STEP - (number % steps + 1) * _STEP
    return b"q 0 g %.3f %.3f %.3f %.3f re f Q\n" % (width / 2 - _BAR / 2, y, _BAR, _STEP)


def _marks(left: float, bottom: float, right: float, top: float) -> bytes:
    """Return two lines at each corner, which end before what bleeds."""
    lines: list[bytes] = []
    for x, outwards in ((left, -1), (right, 1)):
        for y, upwards in ((bottom, -1), (top, 1)):
            near, far = _BLEED + _GAP, _BLEED + _GAP + _MARK
            ends = (x + outwards * near, y, x + outwards * far, y)
            lines.append(b"%.3f %.3f m %.3f %.3f l" % ends)
            ends = (x, y + upwards * near, x, y + upwards * far)
            lines.append(b"%.3f %.3f m %.3f %.3f l" % ends)
    return b"/Artifact BMC q 0 G %.2f w %s S Q EMC\n" % (_HAIR, b" ".join(lines))


def _add_white(pdf: Any, like: Any) -> None:
    media = [float(value) for value in like.MediaBox]
    pdf.add_blank_page(page_size=(media[2] - media[0], media[3] - media[1]))
    for box in ("/MediaBox", "/TrimBox", "/BleedBox"):
        if box in like:
            pdf.pages[-1][box] = _array(*(float(value) for value in like[box]))


def _box(page: Any) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(value) for value in page.get("/TrimBox", page.MediaBox))
    return left, bottom, right, top


def _array(*values: float) -> Any:
    import pikepdf

    return pikepdf.Array([round(value, 3) for value in values])


def _saved(pdf: Any, book: Any) -> bytes:
    """Return a document's bytes, its title and authors those of the book."""
    for name in ("/Title", "/Author", "/Subject", "/Creator", "/Producer"):
        if name in book.docinfo:
            pdf.docinfo[name] = str(book.docinfo[name])
    if "/Lang" in book.Root:
        pdf.Root.Lang = str(book.Root.Lang)
    return _bytes(pdf)


def _bytes(pdf: Any) -> bytes:
    import pikepdf

    buffer = BytesIO()
    pdf.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()
