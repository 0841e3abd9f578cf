"""Formulas as pictures that sit on the baseline of the text around them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from bindery.digest import digest
from bindery.handbook.assets import Assets
from bindery.handbook.breaks import pieces, untagged
from bindery.model import Formula
from bindery.press.patches.drawing import MARK

# MathJax's letters look a little small beside Noto Serif SC at the same size.
SCALE = 1.04


def inline_formula(
    tex: str, formulas: Mapping[tuple[str, bool], Formula], assets: Assets
) -> str | None:
    """Return a formula of a line, in pieces where it may break; None when it is not typeset."""
    parts = [(part, formulas.get((part, False))) for part in pieces(tex)]
    if all(formula is not None for _, formula in parts):
        return "".join(_image(part, formula, "mi", assets) for part, formula in parts if formula)
    whole = formulas.get((tex, False))
    return _image(tex, whole, "mi", assets) if whole else None


def displayed_formula(
    tex: str, formulas: Mapping[tuple[str, bool], Formula], assets: Assets
) -> str | None:
    """Return a formula that stands alone, without its tag; None when it is not typeset."""
    bare, _ = untagged(tex)
    formula = formulas.get((bare, True)) or formulas.get((tex, True))
    return _image(bare, formula, "md", assets) if formula else None


def _image(tex: str, formula: Formula, name: str, assets: Assets) -> str:
    picture, data = _drawing(formula.svg)
    width, height, depth = (
        round(value * SCALE, 4) + 0.0 for value in (formula.width, formula.height, -formula.depth)
    )
    return (
        f'<img class="{name}" alt="{escape(tex)}" style="width:{width:g}em;height:{height:g}em;'
        f'vertical-align:{depth:g}em" src="{assets.add(picture, data)}">'
    )


@lru_cache(maxsize=4096)
def _drawing(svg: str) -> tuple[str, bytes]:
    # The mark lets the typesetter know a formula from a drawing, and draw it faster.
    data = svg.replace("<svg ", f'<svg class="{MARK}" ', 1).encode()
    return f"formulas/{digest(data, length=16)}.svg", data
