"""Fonts embedded once for the whole book: a chapter only says which glyphs it uses.

WeasyPrint cuts fonts without renumbering their glyphs, so the pages of a chapter stay right
when the fonts behind them are cut anew for the whole book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

STYLES = ("normal", "oblique", "italic")


@dataclass(frozen=True, slots=True)
class FontUse:
    """A face as a document uses it: by glyph, its text and its width in thousandths of an em."""

    family: str
    weight: int
    style: str
    glyphs: Mapping[int, tuple[str, int]]


@dataclass(slots=True)
class Plan:
    """What becomes of the fonts of the next document.

    ``apart``: left out, and noted in ``used``; ``more``: glyphs to embed beyond its own.
    """

    apart: bool = False
    more: Mapping[str, FontUse] = field(default_factory=dict)
    used: dict[str, FontUse] = field(default_factory=dict)


_plan = Plan()


def start(plan: Plan) -> Plan:
    """Set what becomes of the fonts of the next document; return the plan."""
    global _plan  # noqa: PLW0603
    _plan = plan
    return plan


def patch() -> None:
    """Let WeasyPrint ask the plan before it embeds fonts."""
    from weasyprint import pdf  # type: ignore[import-untyped]

    pdf.build_fonts_dictionary = _build(pdf.build_fonts_dictionary)


def _build(stock: Callable[..., Any]) -> Callable[..., Any]:
    def build_fonts_dictionary(pdf: Any, fonts: Any, *args: Any) -> Any:
        import pydyf  # type: ignore[import-untyped]

        for font in fonts.values():
            _plan.used[font.hash] = merged(_use(font), _plan.used.get(font.hash))
        if _plan.apart:
            stub = pydyf.Dictionary({"Type": "/Font"})
            return pydyf.Dictionary(dict.fromkeys(sorted(_plan.used), stub))
        for font in fonts.values():
            glyphs = dict(_plan.used[font.hash].glyphs)
            if more := _plan.more.get(font.hash):
                glyphs |= more.glyphs
            font.to_unicode = {glyph: glyphs[glyph][0] for glyph in sorted(glyphs)}
            font.widths = {glyph: glyphs[glyph][1] for glyph in sorted(glyphs)}
        return stock(pdf, fonts, *args)

    return build_fonts_dictionary


def merged(use: FontUse, other: FontUse | None) -> FontUse:
    """Return a face with the glyphs of both uses, whichever comes first.

    A glyph may stand for several characters: the least of them is what it is read as.
    """
    if other is None:
        return use
    more, glyphs = sorted((use.glyphs, other.glyphs), key=len)
    glyphs = dict(glyphs)
    for glyph, shown in more.items():
        glyphs[glyph] = min(shown, glyphs.get(glyph, shown))
    return FontUse(use.family, use.weight, use.style, glyphs)


def _use(font: Any) -> FontUse:
    glyphs = {
        glyph: (text, font.widths[glyph])
        for glyph, text in font.to_unicode.items()
        if glyph in font.widths
    }
    return FontUse(font.family, font.weight, STYLES[font.style], glyphs)
