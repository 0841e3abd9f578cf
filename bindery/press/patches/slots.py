"""Slots for page numbers: their places are noted while a page is drawn, and nothing is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bindery.press.slot import (
    LINE,
    MOVE,
    NUMBER,
    PLACEHOLDER,
    SPELT,
    WIDE_PLACEHOLDER,
    Align,
    Line,
    Slot,
)

_ELLIPSES = "…⋯"  # Pango sets the one in Latin, the other in Chinese
_PLACEHOLDERS = frozenset((PLACEHOLDER, WIDE_PLACEHOLDER))


@dataclass(slots=True)
class Noted:
    """What was found while a document was drawn."""

    lines: list[Line] = field(default_factory=list)
    folios: dict[int, Slot] = field(default_factory=dict)
    digits: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)


_noted = Noted()


def start() -> Noted:
    """Begin a document; return where its slots are noted."""
    global _noted  # noqa: PLW0603
    _noted = Noted()
    return _noted


def patch() -> None:
    """Let WeasyPrint leave page numbers out."""
    from weasyprint import draw  # type: ignore[import-untyped]

    draw.draw_text = _draw_text(draw.draw_text)
    draw.draw_inline_level = _draw_inline_level(draw)


def mark_folios(pages: Any) -> None:
    """Make slots of the page numbers in the margins, which stand there as ``PLACEHOLDER``."""
    from weasyprint.formatting_structure import boxes  # type: ignore[import-untyped]

    for number, page in enumerate(pages):
        for margin in page._page_box.children:
            if isinstance(margin, boxes.MarginBox):
                for box in margin.descendants():
                    if isinstance(box, boxes.TextBox) and box.text in _PLACEHOLDERS:
                        box.folio = (number, margin.style["text_align_all"])


def _target(box: Any) -> str | None:
    """Return what a box of text prints the page of; None when it is no slot."""
    if box.text not in _PLACEHOLDERS:
        return None
    if getattr(box, "folio", None) is not None:
        return ""
    element = box.element
    target = element.get("data-to") if element is not None else None
    is_slot = target and (_is_generated(box) or element.get("class") == "slot")
    return target if is_slot else None


def _is_generated(box: Any) -> bool:
    return (box.element_tag or "").endswith("::after")


def _draw_text(stock: Callable[..., None]) -> Callable[..., None]:
    def draw_text(
        stream: Any, box: Any, offset_x: float, text_overflow: str, block_ellipsis: str = "none"
    ) -> None:
        target = _target(box)
        if target is None:
            stock(stream, box, offset_x, text_overflow, block_ellipsis)
            if text_overflow == "ellipsis":
                _name_ellipsis(stream, box.style)
        elif target:
            index = len(_noted.lines)
            _noted.lines.append(Line((_slot(stream, box, target, "right"),), 0, "left"))
            stream.push_state()
            _mark(stream, NUMBER, index)
            stream.pop_state()
        else:
            page, align = box.folio
            _noted.folios[page] = _slot(stream, box, "", align)

    return draw_text


def _slot(stream: Any, box: Any, target: str, align: Align) -> Slot:
    """Return the slot that a box of text is, its font's digits noted."""
    font, size = _spell(stream, box.style)
    red, green, blue = box.style["color"].to("srgb").coordinates
    return Slot(
        target,
        round(box.position_x, 4),
        round(box.position_y + box.baseline, 4),
        round(box.width, 4),
        font,
        size,
        (round(red, 4), round(green, 4), round(blue, 4)),
        align,
    )


def _draw_inline_level(draw: Any) -> Callable[..., None]:
    from weasyprint.formatting_structure import boxes

    stock = draw.draw_inline_level

    def draw_inline_level(stream: Any, page: Any, box: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(box, boxes.LineBox):
            stock(stream, page, box, *args, **kwargs)
            return
        pieces = list(_pieces(box, boxes))
        slots = [p for p in pieces if isinstance(p, boxes.TextBox) and _is_inline_slot(p)]
        if not slots:
            stock(stream, page, box, *args, **kwargs)
            return
        texts = [p for p in pieces if isinstance(p, boxes.TextBox) and p not in slots]
        is_spread = any(text.justification_spacing for text in texts)
        align: Align = "justify" if is_spread else "left"
        if not is_spread and box.style["text_align_all"] in {"center", "right"}:
            align = box.style["text_align_all"]
        index = len(_noted.lines)
        found = tuple(_slot(stream, s, _target(s) or "", "left") for s in slots)
        _noted.lines.append(Line(found, sum(len(text.text) for text in texts), align))
        stream.push_state()
        _mark(stream, LINE, index)
        _LineDrawer(stream, page, draw, boxes, index).draw(box.children, 0.0, box)
        stream.pop_state()

    return draw_inline_level


def _is_inline_slot(box: Any) -> bool:
    return bool(_target(box)) and not _is_generated(box)


def _pieces(box: Any, boxes: Any) -> Any:
    for child in box.children:
        if isinstance(child, boxes.InlineBox):
            yield from _pieces(child, boxes)
        else:
            yield child


class _LineDrawer:
    """Draws the pieces of a line, each behind a mark that says what stands in front of it."""

    def __init__(self, stream: Any, page: Any, draw: Any, boxes: Any, index: int) -> None:
        self._stream, self._page, self._draw, self._boxes = stream, page, draw, boxes
        self._index, self._slots, self._characters = index, 0, 0

    def draw(self, children: Any, offset_x: float, parent: Any) -> None:
        """Draw the pieces; ``offset_x`` is the parent's from the line."""
        for child in children:
            offset = offset_x + child.position_x - parent.position_x
            if isinstance(child, self._boxes.InlineBox):
                with self._moved():
                    self._decorations(child)
                self.draw(child.children, offset, child)
                continue
            with self._moved():
                if not isinstance(child, self._boxes.TextBox):
                    self._draw.draw_inline_level(self._stream, self._page, child, offset_x)
                elif _is_inline_slot(child):
                    self._number(child)
                else:
                    self._text(child, offset)
            if isinstance(child, self._boxes.TextBox):
                if _is_inline_slot(child):
                    self._slots += 1
                else:
                    self._characters += len(child.text)

    @contextmanager
    def _moved(self) -> Iterator[None]:
        self._stream.push_state()
        _mark(self._stream, MOVE, self._index, self._slots, self._characters)
        yield
        self._stream.pop_state()

    def _decorations(self, box: Any) -> None:
        self._draw.set_mask_border(self._stream, box)
        self._draw.draw_background(self._stream, box.background)
        self._draw.draw_border(self._stream, box)

    def _text(self, box: Any, offset_x: float) -> None:
        with self._stream.marked(box, "Span"):
            self._draw.draw_text(self._stream, box, offset_x, "clip", "none")

    def _number(self, box: Any) -> None:
        with self._stream.marked(box, "Span"):
            _mark(self._stream, NUMBER, self._index, self._slots)


def _mark(stream: Any, kind: str, index: int, slots: int = 0, characters: int = 0) -> None:
    stream.stream.append(f"{kind} {index} {slots} {characters}".encode())


def _name_ellipsis(stream: Any, style: Any) -> None:
    """Say what an ellipsis reads as: WeasyPrint takes it for the text that it stands for."""
    from weasyprint.text.ffi import ffi  # type: ignore[import-untyped]
    from weasyprint.text.line_break import create_layout  # type: ignore[import-untyped]

    for char in _ELLIPSES:
        layout = create_layout(char, style, None, None, 0)
        line, _ = layout.get_first_line()
        item = line.runs[0].data
        if line.runs[0].next == ffi.NULL and item.glyphs.num_glyphs == 1:
            font, _ = stream.add_font(item.item.analysis.font)
            glyph = item.glyphs.glyphs[0].glyph
            if glyph in font.to_unicode:
                font.to_unicode[glyph] = char
        layout.deactivate()


def _spell(stream: Any, style: Any) -> tuple[str, float]:
    """Note the glyphs of a style's digits; return the name of their font, and its size."""
    from weasyprint.text.ffi import FROM_UNITS, ffi, pango
    from weasyprint.text.line_break import create_layout

    layout = create_layout(SPELT, style, None, None, 0)
    line, _ = layout.get_first_line()
    item = line.runs[0].data
    if line.runs[0].next != ffi.NULL or item.glyphs.num_glyphs != len(SPELT):
        raise ValueError("page numbers need a font with digits and Latin letters")
    pango_font = item.item.analysis.font
    font, size = stream.add_font(pango_font)
    table = _noted.digits.setdefault(font.hash, {})
    for char, info in zip(SPELT, item.glyphs.glyphs[0 : len(SPELT)], strict=True):
        glyph = info.glyph
        if char not in table:
            pango.pango_font_get_glyph_extents(
                pango_font, glyph, stream.ink_rect, stream.logical_rect
            )
            width = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
            table[char] = (glyph, width)
        font.to_unicode.setdefault(glyph, char)
        font.widths.setdefault(glyph, table[char][1])
    layout.deactivate()
    return font.hash, size
