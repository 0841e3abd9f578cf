"""Turn a matplotlib figure into bytes that are the same every time, and judge it."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PHONE_PIXELS = 340
SMALLEST_PIXELS = 8.5
_DPI = 96
_PROLOGUE = re.compile(rb"\A<\?xml[^>]*>\s*<!DOCTYPE[^>]*>\s*")
_MADE_ID = re.compile(rb'id="([a-zA-Z][0-9a-f]{10})"')
_ANY_ID = re.compile(rb"\b[a-zA-Z][0-9a-f]{10}\b")
_COMMENT = re.compile(rb"\s*<!--.*?-->", re.DOTALL)
_MISSING = re.compile(r"Glyph (\d+) .*missing from")


class MissingGlyphError(Exception):
    """No font of the figures has a character."""

    def __init__(self, character: str) -> None:
        super().__init__(character)
        self.character = character


def render(figure: Figure) -> tuple[bytes, bytes]:
    """Return the figure as SVG with outlined text, and as PNG at 2×; neither bears a date.

    Raises:
        MissingGlyphError: a character would be drawn as an empty box.
    """
    svg, png = io.BytesIO(), io.BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(svg, format="svg", metadata=nothing)
        figure.savefig(png, format="png", dpi=2 * _DPI, metadata={"Software": None})
    for warning in caught:
        found = _MISSING.search(str(warning.message))
        if found:
            raise MissingGlyphError(chr(int(found[1])))
    return clean_svg(svg.getvalue()), png.getvalue()


def clean_svg(svg: bytes) -> bytes:
    """Drop the prologue and the comments, so that the picture can stand inside a page.

    Ids that matplotlib makes of coordinates are numbered instead: the last bit of a coordinate
    differs from run to run, though nothing that is drawn does.
    """
    text = _COMMENT.sub(b"", _PROLOGUE.sub(b"", svg))
    made = dict.fromkeys(match[1] for match in _MADE_ID.finditer(text))
    names = {name: b"%s%d" % (name[:1], number) for number, name in enumerate(made, 1)}
    return _ANY_ID.sub(lambda match: names.get(match[0], match[0]), text) if names else text


def judge(figure: Figure) -> Iterator[tuple[str, str]]:
    """Yield (code, message) for what a reader could not see on a phone 340 px wide."""
    from matplotlib.text import Text

    width, height = figure.get_size_inches()
    shrink = min(1.0, PHONE_PIXELS / (width * _DPI))
    smallest, wording = min(
        (
            (float(text.get_fontsize()) * _DPI / 72 * shrink, text.get_text())
            for text in figure.findobj(Text)
            if isinstance(text, Text) and text.get_visible() and text.get_text().strip()
        ),
        default=(SMALLEST_PIXELS, ""),
    )
    if smallest < SMALLEST_PIXELS:
        yield (
            "small-figure-text",
            f'"{wording}" is {smallest:.1f} px high on a phone 340 px wide; '
            f"at least {SMALLEST_PIXELS} px can be read",
        )
    box = figure.get_tightbbox()
    over = max(-box.x0, -box.y0, box.x1 - width, box.y1 - height)
    if over > 0.02:
        yield (
            "clipped-figure",
            f"something is cut off: it sticks out of the figure by {over:.2f} in",
        )
