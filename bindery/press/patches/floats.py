"""Figures, tables and listings float: what does not fit on a page lets the text behind it go ahead.

WeasyPrint breaks the page before a figure that does not fit, and leaves the rest of it white.
Here the paragraphs that follow the figure fill the page, as in a printed book, and the figure
comes behind them. It never passes another of its kind, so that numbers keep their order, nor
more than one heading, and not even that for a small hole. A picture may pass a table or a
listing, but not the other way round: two that do not fit would change places for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

_HEADINGS = frozenset(("h3", "h4", "h5", "h6"))
# What says so is followed by its figure at once.
_ANNOUNCES = ("：", ":", "如下", "如下。")
# Less white than this (in lines of text) is no hole; more than that part of a page is one that
# even the heading of the next subsection may fill.
_LINES = 2.5
_LEADING = 1.7
_LARGE = 0.2


def patch() -> None:
    """Let WeasyPrint lay a container out again with a figure behind the text that follows it."""
    from weasyprint.layout import block  # type: ignore[import-untyped]

    block.block_container_layout = _layout(block.block_container_layout, block.remove_placeholders)


def _layout(stock: Callable[..., Any], forget: Callable[..., None]) -> Callable[..., Any]:
    spelt = signature(stock)

    def block_container_layout(context: Any, box: Any, *args: Any, **kwargs: Any) -> Any:
        if not any(child.element_tag == "figure" for child in box.children):
            return stock(context, box, *args, **kwargs)
        given = spelt.bind(context, box, *args, **kwargs).arguments
        position, margins = (box.position_x, box.position_y), given["adjoining_margins"]
        while True:
            given["adjoining_margins"] = None if margins is None else [*margins]
            result = stock(**given)
            new_box, resume_at = result[:2]
            white = _white(context, new_box, given["bottom_space"])
            found = _held_up(box, new_box, resume_at, is_large=white > _LARGE * context.page_bottom)
            if found is None or white < _LINES * box.style["font_size"] * _LEADING:
                if margins is not None:
                    margins[:] = given["adjoining_margins"]  # WeasyPrint's callers see them
                return result
            forget(context, new_box.children, given["absolute_boxes"], given["fixed_boxes"])
            index, end = found
            figure, *run = box.children[index:end]
            box.children = [*box.children[:index], *run, figure, *box.children[end:]]
            box.position_x, box.position_y = position

    return block_container_layout


def _held_up(box: Any, new_box: Any, resume_at: Any, *, is_large: bool) -> tuple[int, int] | None:
    """Return the index of a figure that was left for the next page, and where it may go.

    That is behind what follows it: a paragraph or a list, the formulas that belong to it, a float
    of another kind, and the heading of these if the hole is large.
    """
    if new_box is None or not new_box.children or not resume_at:
        return None
    ((index, inner),) = resume_at.items()
    children = box.children
    if inner is not None or index == 0:
        return None
    figure = children[index]
    if figure.element_tag != "figure" or figure.style["break_inside"] != "avoid":
        return None
    end = index + 1
    if _says(children[index - 1]).endswith(_ANNOUNCES):
        return None
    if is_large and end < len(children) and children[end].element_tag in _HEADINGS:
        end += 1
    while end < len(children) and _may_go_ahead(children[end], figure):
        end += 1
        is_announced = _says(children[end - 1]).endswith(_ANNOUNCES)
        if end < len(children) and (is_announced or _is_formula(children[end])):
            continue
        return index, end
    return None


def _may_go_ahead(box: Any, figure: Any) -> bool:
    if box.element_tag == "figure":
        return _is_picture(figure) and not _is_picture(box)
    return box.element_tag not in _HEADINGS


def _is_picture(figure: Any) -> bool:
    return "picture" in (figure.element.get("class") or "").split()


def _is_formula(box: Any) -> bool:
    return box.element is not None and "eq" in (box.element.get("class") or "").split()


def _says(box: Any) -> str:
    return "".join(box.element.itertext()).rstrip() if box.element is not None else ""


def _white(context: Any, new_box: Any, bottom_space: float) -> float:
    """Return the height in pixels that is left below a container, footnotes counted off."""
    if new_box is None or not new_box.children:
        return 0.0
    last = new_box.children[-1]
    return float(context.page_bottom - bottom_space - last.position_y - last.margin_height())
