"""Frames that end with their text where a page breaks them.

WeasyPrint stretches the first part of a broken box to the foot of the page: behind two lines of
key points that could be a hand of empty wash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_FRAMED = frozenset(("key", "admonition", "details"))


def patch() -> None:
    """Let WeasyPrint end the parts of framed boxes with their last line."""
    from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]
    from weasyprint.layout import block  # type: ignore[import-untyped]

    block.block_container_layout = _layout(block.block_container_layout, boxes)


def _layout(stock: Callable[..., Any], boxes: Any) -> Callable[..., Any]:
    def block_container_layout(context: Any, box: Any, *args: Any, **kwargs: Any) -> Any:
        result = stock(context, box, *args, **kwargs)
        new_box, resume_at = result[:2]
        if resume_at and new_box is not None and _is_framed(box):
            ends = [
                piece.position_y + piece.margin_height()
                for piece in new_box.descendants()
                if isinstance(piece, boxes.LineBox | boxes.ReplacedBox)
            ]
            if ends:
                new_box.height = min(new_box.height, max(ends) - new_box.content_box_y())
        return result

    return block_container_layout


def _is_framed(box: Any) -> bool:
    return box.element is not None and not _FRAMED.isdisjoint(
        (box.element.get("class") or "").split()
    )
