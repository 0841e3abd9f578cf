"""Chinese justification: the slack of a line goes between its characters, not only its words.

WeasyPrint 70 expands word spaces alone, so a Chinese line comes out ragged, or torn where it
holds one space. Here every gap between Han takes a share and a word space two; punctuation at
the edges of a line and beside other punctuation takes half an em (``halt``), as printers do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

_WIDE = re.compile(
    "[\u2e80-\u303f\u3040-\u9fff\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6"
    "\u2018\u2019\u201c\u201d\u2026\u22ef\U00020000-\U0003fffd]"
)
_OPENERS = "（《「『【〈〔“‘"
_CLOSERS = "）》」』】〉〕”’，。、；：！？"
# What is set half as wide inside a line: a closing mark before another mark, and an opening
# mark behind another one.
_PAIRS = re.compile(f"[{_CLOSERS}](?=[{_CLOSERS}{_OPENERS}])|(?<=[{_OPENERS}])[{_OPENERS}]")
_HALVED_AT_END = frozenset("，。、；：！？）》」』】〉〕”’")
_HALVED_AT_START = frozenset(_OPENERS)
_SPACES = frozenset(" \u00a0")
_UNTORN = frozenset("\u2014\u2e3a\u2026\u22ef")  # dashes and ellipses stay in one piece
_SPACE_SHARE = 2.0
_ATOM_SHARE = 0.5
# Beyond this (in em), a gap shows as a hole: better a line that ends early.
_WIDEST_GAP = 0.25
_GIVEN_UP_GAP = 0.06
_WIDEST_WORD_SPACE = 0.5  # what a line without Han may add to its word spaces


class Spread(NamedTuple):
    """How the text of one box is spread: the gap (px), and which edges are halved."""

    gap: float
    trim_start: bool
    trim_end: bool


def share(char: str) -> float:
    """Return the share of the line's gap that a character takes, half on either side."""
    if char in _SPACES:
        return _SPACE_SHARE
    return 1.0 if char not in _UNTORN and _WIDE.match(char) else 0.0


def inner_shares(text: str) -> float:
    """Return the shares of a text's inside: Pango drops the halves at its two ends."""
    shares = [share(char) for char in text]
    return sum(shares) - (shares[0] + shares[-1]) / 2 if shares else 0.0


def patch() -> None:
    """Put the spreading of Chinese lines in the place of WeasyPrint's own."""
    from weasyprint.layout import inline  # type: ignore[import-untyped]
    from weasyprint.text import line_break  # type: ignore[import-untyped]

    line_break.Layout.set_text = _set_text(line_break.Layout.set_text)
    inline.justify_line = _justify_line(inline.justify_line)


def _set_text(stock: Callable[..., None]) -> Callable[..., None]:
    def set_text(self: Any, text: str, justify: bool = False) -> None:
        spread = self.justification_spacing
        is_ours = isinstance(spread, Spread)
        if is_ours:
            self.justification_spacing = 0
        try:
            stock(self, text, justify and not is_ours)
        finally:
            self.justification_spacing = spread
        halved = [match.start() for match in _PAIRS.finditer(self.text)]
        if is_ours and justify and self.text:
            if spread.trim_start:
                halved.append(0)
            if spread.trim_end:
                halved.append(len(self.text) - 1)
            _decorate(self, spread.gap, halved)
        elif halved:
            _decorate(self, 0, halved)

    return set_text


def _decorate(layout: Any, gap: float, halved: list[int]) -> None:
    """Give a Pango layout its letter spacing and its half-width punctuation."""
    from weasyprint.text.ffi import TO_UNITS, ffi, pango  # type: ignore[import-untyped]

    attributes = pango.pango_layout_get_attributes(layout.layout)
    if attributes == ffi.NULL:
        attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    text, style = layout.text, layout.style
    offsets = [0]
    for char in text:
        offsets.append(offsets[-1] + len(char.encode()))
    if gap:
        letter = 0 if style["letter_spacing"] == "normal" else style["letter_spacing"]
        for start, end, weight, is_space in _runs(text):
            value = weight * gap + letter + (style["word_spacing"] if is_space else 0)
            if value:
                attribute = pango.pango_attr_letter_spacing_new(int(value * TO_UNITS))
                attribute.start_index, attribute.end_index = offsets[start], offsets[end]
                pango.pango_attr_list_change(attributes, attribute)
    for index in sorted(set(halved)):
        attribute = pango.pango_attr_font_features_new(b"halt 1")
        attribute.start_index, attribute.end_index = offsets[index], offsets[index + 1]
        pango.pango_attr_list_insert(attributes, attribute)
    pango.pango_layout_set_attributes(layout.layout, attributes)


def _runs(text: str) -> list[tuple[int, int, float, bool]]:
    runs: list[tuple[int, int, float, bool]] = []
    for index, char in enumerate(text):
        weight, is_space = share(char), char in _SPACES
        if runs and runs[-1][2:] == (weight, is_space):
            runs[-1] = (runs[-1][0], index + 1, weight, is_space)
        else:
            runs.append((index, index + 1, weight, is_space))
    return runs


def _justify_line(stock: Callable[..., None]) -> Callable[..., None]:
    from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]

    def justify_line(context: Any, line: Any, extra_width: float) -> None:
        leaves = _leaves(line, boxes)
        texts = [leaf for leaf in leaves if isinstance(leaf, boxes.TextBox) and leaf.text]
        if not any(_WIDE.search(box.text) for box in texts):
            if extra_width <= _room_of_spaces(texts):
                stock(context, line, extra_width)
            return
        trims = {
            id(box): (
                box is leaves[0] and box.text[0] in _HALVED_AT_START,
                box is leaves[-1] and box.text[-1] in _HALVED_AT_END,
            )
            for box in texts
        }
        between = [0.0] + [
            (_edge(a, -1, boxes) + _edge(b, 0, boxes)) / 2 for a, b in pairwise(leaves)
        ]
        slack = extra_width
        for box in texts:
            if any(trims[id(box)]):
                slack += box.width - _relaid(context, box, Spread(0, *trims[id(box)]))[1]
        shares = sum(inner_shares(box.text) for box in texts) + sum(between)
        if shares <= 0:
            stock(context, line, extra_width)
            return
        gap = slack / shares
        em = max(box.style["font_size"] for box in texts)
        if gap > _WIDEST_GAP * em:
            gap = _GIVEN_UP_GAP * em
        growth: dict[int, float] = {}
        for box in texts:
            spread = Spread(gap, *trims[id(box)])
            layout, width = _relaid(context, box, spread)
            growth[id(box)] = width - box.width
            box.pango_layout, box.justification_spacing = layout, spread
        before = {id(leaf): gap * part for leaf, part in zip(leaves, between, strict=True)}
        _shift(line, 0.0, before, growth, boxes)

    return justify_line


def _room_of_spaces(texts: list[Any]) -> float:
    widths = (box.text.count(" ") * float(box.style["font_size"]) for box in texts)
    return float(sum(widths)) * _WIDEST_WORD_SPACE


def _leaves(box: Any, boxes: Any) -> list[Any]:
    found: list[Any] = []
    for child in box.children:
        if not child.is_in_normal_flow():
            continue
        if isinstance(child, boxes.InlineBox):
            found += _leaves(child, boxes)
        elif not isinstance(child, boxes.TextBox) or child.text:
            found.append(child)
    return found


def _edge(box: Any, index: int, boxes: Any) -> float:
    if not isinstance(box, boxes.TextBox):
        return _ATOM_SHARE
    char = box.text[index]
    return 0.0 if char in _SPACES else share(char)


def _relaid(context: Any, box: Any, spread: Spread) -> tuple[Any, float]:
    from weasyprint.text.line_break import (  # type: ignore[import-untyped]
        create_layout,
        line_size,
    )

    layout = create_layout(box.text, box.style, context, None, spread)
    layout.set_text(box.text, justify=True)
    line, _ = layout.get_first_line()
    width, _ = line_size(line, box.style)
    layout.deactivate()
    return layout, width


def _shift(
    box: Any, offset: float, before: dict[int, float], growth: dict[int, float], boxes: Any
) -> float:
    """Move a box and what is inside it; return the offset of what follows."""
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += offset
        start = offset
        for child in box.children:
            if child.is_in_normal_flow():
                offset = _shift(child, offset, before, growth, boxes)
        box.width += offset - start
        return offset
    offset += before.get(id(box), 0.0)
    if isinstance(box, boxes.TextBox):
        box.position_x += offset
        box.width += growth.get(id(box), 0.0)
        return offset + growth.get(id(box), 0.0)
    box.translate(offset, 0)
    return offset
