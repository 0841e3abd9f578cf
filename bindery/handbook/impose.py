"""Pages on sheets: booklets for folding, and the sheets that a bound copy needs anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import BytesIO
from typing import Any

_MM = 72 / 25.4
_A4 = (297 * _MM, 210 * _MM)


@dataclass(frozen=True, slots=True)
class Changes:
    """How a bound copy is brought up to date: leaves count from 1, each has two pages.

    ``take_out`` are leaves of the old copy; ``put_in`` are those of the new one.
    """

    take_out: tuple[int, ...]
    put_in: tuple[int, ...]

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages (from 0) of the leaves to print."""
        return tuple(page for leaf in self.put_in for page in (2 * leaf - 2, 2 * leaf - 1))


def changed_sheets(before: Sequence[str], after: Sequence[str]) -> Changes:
    """Compare what two prints show, page by page, and return the leaves that differ.

    Args:
        before: The digests of the pages that were printed last.
        after: Those of the pages now.
    """
    old, new = _leaves(before), _leaves(after)
    take_out: list[int] = []
    put_in: list[int] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, low, high, first, last in matcher.get_opcodes():
        if kind != "equal":
            take_out += range(low + 1, high + 1)
            put_in += range(first + 1, last + 1)
    return Changes(tuple(take_out), tuple(put_in))


def extracted(pdf: bytes, pages: Sequence[int]) -> bytes:
    """Return a PDF of some pages (from 0) of a book, each with its page label.

    Indexes beyond the last page give white pages, so that every leaf has two sides.
    """
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as book, pikepdf.new() as chosen:
        labels: list[Any] = []
        width, height = (float(value) for value in book.pages[0].MediaBox[2:])
        for number, index in enumerate(pages):
            if index >= len(book.pages):
                chosen.add_blank_page(page_size=(width, height))
                continue
            page = book.pages[index]
            labels += [number, pikepdf.Dictionary(P=str(page.label))]
            _append(chosen, page)
            if "/Annots" in chosen.pages[-1]:
                del chosen.pages[-1].Annots  # what they lead to may not be here
        chosen.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(labels))
        return _saved(chosen, book)


def booklet_order(count: int) -> list[tuple[int | None, int | None]]:
    """Return the pages (from 0; None is white) side by side on each side of folded sheets.

    Sheets are printed on both sides, flipped on the short edge, laid on one another and folded
    once: the first sheet's front holds the last page and the first.
    """
    total = count + -count % 4
    pages: list[int | None] = [index if index < count else None for index in range(total)]
    order: list[tuple[int | None, int | None]] = []
    for sheet in range(total // 4):
        low, high = 2 * sheet, total - 1 - 2 * sheet
        order += [(pages[high], pages[low]), (pages[low + 1], pages[high - 1])]
    return order


def booklet(pdf: bytes) -> bytes:
    """Impose a book two pages up on A4, to be printed on both sides and folded to A5."""
    import pikepdf

    width, height = _A4
    with pikepdf.open(BytesIO(pdf)) as book, pikepdf.new() as folded:
        forms: list[Any] = []
        for page in book.pages:
            box = [float(value) for value in page.get("/TrimBox", page.MediaBox)]
            forms.append((page.as_form_xobject(), box))
        for pair in booklet_order(len(forms)):
            folded.add_blank_page(page_size=(width, height))
            sheet = folded.pages[-1]
            sheet.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
            content = b""
            for side, index in enumerate(pair):
                if index is None:
                    continue
                form, (left, bottom, right, top) = forms[index]
                scale = min(width / 2 / (right - left), height / (top - bottom))
                x = side * width / 2 + (width / 2 - scale * (right - left)) / 2 - scale * left
                y = (height - scale * (top - bottom)) / 2 - scale * bottom
                name = f"/P{index}"
                sheet.Resources.XObject[name] = folded.copy_foreign(form)
                content += b"q %.5f 0 0 %.5f %.3f %.3f cm /P%d Do Q\n" % (scale, scale, x, y, index)
            sheet.Contents = folded.make_stream(content)
        return _saved(folded, book)


def _leaves(digests: Sequence[str]) -> list[tuple[str, str]]:
    padded = [*digests, ""] if len(digests) % 2 else list(digests)
    return list(zip(padded[::2], padded[1::2], strict=True))


def _append(pdf: Any, page: Any) -> None:
    import warnings

    import pikepdf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
        pdf.pages.append(page)


def _saved(pdf: Any, book: Any) -> bytes:
    """Return a document's bytes, its title and authors those of the book."""
    import pikepdf

    for name in ("/Title", "/Author", "/Subject", "/Creator", "/Producer"):
        if name in book.docinfo:
            pdf.docinfo[name] = str(book.docinfo[name])
    if "/Lang" in book.Root:
        pdf.Root.Lang = str(book.Root.Lang)
    buffer = BytesIO()
    pdf.save(buffer, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return buffer.getvalue()
