"""Links out of a chapter are kept: what they lead to may stand in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def patch() -> None:
    """Let WeasyPrint write links whose goal is not in the same document."""
    from weasyprint import pdf  # type: ignore[import-untyped]

    pdf.resolve_links = _resolve_links


def _resolve_links(pages: Iterable[Any]) -> Iterator[tuple[list[Any], list[Any]]]:
    seen = set[str]()
    for page in pages:
        fresh = {name: point for name, point in page.anchors.items() if name not in seen}
        seen.update(fresh)
        yield list(page.links), [(name, x, y) for name, (x, y, *_) in fresh.items()]
