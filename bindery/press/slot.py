"""Places for page numbers that are not known yet, and what is printed in them once they are.

A chapter is laid out apart from the others, with ``PLACEHOLDER`` wherever a page number goes.
Its lines are broken once and for all: when the number turns out narrower, the rest of a
justified line takes the difference, a hair to each character, and other lines end earlier.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

PLACEHOLDER = "000"
WIDE_PLACEHOLDER = "0000"  # in lists, where numbers stand below one another
SPELT = "0123456789ivxlcdm"  # what folios are written with
# Comments in a page's content, which the linker replaces: the state of a line, the move before
# one of its pieces (slots and characters in front of it), and a number itself.
LINE, MOVE, NUMBER = "%~line", "%~move", "%~number"
_MARK = re.compile(rb"%~(line|move|number) (\d+) (\d+) (\d+)")

Align: TypeAlias = Literal["left", "center", "right", "justify"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one page number, in CSS pixels from the upper left corner of the page.

    ``to`` is the anchor whose page is printed; "" stands for the page itself.
    """

    to: str
    x: float
    y: float
    width: float
    font: str
    size: float
    color: tuple[float, float, float]
    align: Align = "left"

    def mirrored(self, page_width: float, shift: float) -> Slot:
        """Return the slot on the other side of a page whose content moves by ``shift`` pixels."""
        if self.align not in {"left", "right"}:
            return self
        x = round(page_width - self.x - self.width - shift, 4)
        return replace(self, x=x, align="left" if self.align == "right" else "right")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with slots: how many characters it has, and how it is set."""

    slots: tuple[Slot, ...]
    characters: int
    align: Align


# By font, for each character of ``SPELT``: its glyph and its width in thousandths of an em.
Digits: TypeAlias = Mapping[str, Mapping[str, tuple[int, int]]]


def resolved(
    content: bytes, lines: Sequence[Line], digits: Digits, page_of: Callable[[str], str]
) -> bytes:
    """Return a page's content with its numbers in place."""
    settings: dict[int, _Setting] = {}

    def replace(match: re.Match[bytes]) -> bytes:
        kind, index, slots, characters = match[1], int(match[2]), int(match[3]), int(match[4])
        if index not in settings:
            settings[index] = _Setting(lines[index], digits, page_of)
        setting = settings[index]
        if kind == b"line":
            return b"%s Tc" % _number(setting.spacing)
        if kind == b"move":
            shift = setting.shift(slots, characters)
            return b"1 0 0 1 %s 0 cm" % _number(shift) if abs(shift) > 5e-5 else b""
        slot = lines[index].slots[slots]
        return text_operators(slot, page_of(slot.to), digits)

    return _MARK.sub(replace, content)


def text_operators(slot: Slot, text: str, digits: Digits) -> bytes:
    """Return the operators that print a number in its slot, in the page's pixels."""
    table = digits[slot.font]
    slack = slot.width - width_of(slot, text, digits)
    x = slot.x + slack * {"right": 1.0, "center": 0.5}.get(slot.align, 0.0)
    glyphs = "".join(f"{table[char][0]:04x}" for char in text)
    color = " ".join(f"{value:.4g}" for value in slot.color)
    return (
        f"{color} rg BT /{slot.font} {slot.size:.6g} Tf "
        f"1 0 0 -1 {x:.6g} {slot.y:.6g} Tm <{glyphs}> Tj ET"
    ).encode()


def width_of(slot: Slot, text: str, digits: Digits) -> float:
    """Return how wide a number is, in pixels."""
    return sum(digits[slot.font][char][1] for char in text) * slot.size / 1000


class _Setting:
    """How a line is set once its numbers are known."""

    def __init__(self, line: Line, digits: Digits, page_of: Callable[[str], str]) -> None:
        self._saved = [s.width - width_of(s, page_of(s.to), digits) for s in line.slots]
        total = sum(self._saved)
        fills = line.align == "justify" or total < 0
        self.spacing = total / line.characters if fills and line.characters else 0.0
        self._start = total / 2 if line.align == "center" and not fills else 0.0
        if line.align == "right" and not fills:
            self._start = total

    def shift(self, slots: int, characters: int) -> float:
        """Return how far a piece moves that stands behind so many slots and characters."""
        return self._start - sum(self._saved[:slots]) + self.spacing * characters


def _number(value: float) -> bytes:
    return f"{value:.4f}".rstrip("0").rstrip(".").encode() or b"0"
