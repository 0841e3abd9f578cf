"""Where a page's links are: those that WeasyPrint knows, and those in lists of page numbers.

An index holds thousands of page numbers. As elements of their own they would take two thirds of
the time of laying it out; so they are one text, ``<span class="listed" data-to="a b">7，9</span>``,
and each is found again where it was printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bindery.press.fragment import Link

POINTS = 0.75  # a CSS pixel
SEPARATOR = "，"
_CLASS = "listed"
_Area = tuple[float, float, float, float]


def links_of(pages: Iterable[Any]) -> dict[int, tuple[Link, ...]]:
    """Return the links of a document's pages, by page from 0."""
    found: dict[int, tuple[Link, ...]] = {}
    places = _Places()
    for number, page in enumerate(pages):
        links = [
            _link(page, area, "#" * (kind == "internal") + to) for kind, to, area, _ in page.links
        ]
        links += [_link(page, area, f"#{to}") for to, area in places.on(page)]
        if links:
            found[number] = tuple(links)
    return found


class _Places:
    """Finds the numbers of lists; one list may go on in the next column, or on the next page."""

    def __init__(self) -> None:
        self._seen: dict[Any, int] = {}  # by element: the numbers that were found so far

    def on(self, page: Any) -> Iterator[tuple[str, _Area]]:
        from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]

        for box in page._page_box.descendants():
            if not isinstance(box, boxes.TextBox) or box.element is None:
                continue
            targets = box.element.get("data-to")
            if targets and box.element.get("class") == _CLASS:
                yield from self._in(box, targets.split())

    def _in(self, box: Any, targets: list[str]) -> Iterator[tuple[str, _Area]]:
        first, edges, start = self._seen.get(box.element, 0), _edges(box), 0
        for count, text in enumerate(box.text.split(SEPARATOR)):
            end = start + len(text)
            if text:
                area = (edges[start], box.position_y, edges[end], box.position_y + box.height)
                yield targets[first + count], area
            start = end + len(SEPARATOR)
        self._seen[box.element] = first + box.text.count(SEPARATOR)


def _edges(box: Any) -> list[float]:
    """Return where each character of a text begins, and where the last one ends, in pixels."""
    from weasyprint.text.ffi import FROM_UNITS, ffi  # type: ignore[import-untyped]

    box.pango_layout.reactivate(box.style)
    line, _ = box.pango_layout.get_first_line()
    by_byte: dict[int, int] = {}
    width, run = 0, line.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        for index in range(item.glyphs.num_glyphs):
            by_byte.setdefault(item.item.offset + item.glyphs.log_clusters[index], width)
            width += item.glyphs.glyphs[index].geometry.width
    box.pango_layout.deactivate()
    edges, offset = [0.0], 0
    for char in box.text:
        offset += len(char.encode())
        edges.append(by_byte.get(offset, width) * FROM_UNITS)
    return [box.position_x + edge for edge in edges]


def _link(page: Any, area: _Area, to: str) -> Link:
    x1, y1, x2, y2 = area
    return Link(*point(page, x1, y2), *point(page, x2, y1), to)


def point(page: Any, x: float, y: float) -> tuple[float, float]:
    """Return a point of a page in points from its lower left corner."""
    return round(x * POINTS, 3), round((page.height - y) * POINTS, 3)
