"""Images and demo figures: their file, caption, width and id."""

from __future__ import annotations

import re
from urllib.parse import unquote

from markdown_it.token import Token

from bindery.diagnostics import Place
from bindery.dialect.attributes import Attributes
from bindery.dialect.context import Context
from bindery.dialect.maths import first_formula
from bindery.model import DemoFigure, Image

KEYS = frozenset({"width", "title"})
_DEMO = "demo:"
_WIDTH = re.compile(r"\d+(?:\.\d+)?(?:%|px|em|mm|cm|pt)?")


def is_demo(token: Token) -> bool:
    """Say whether an image token names a worked demo."""
    return str(token.attrGet("src") or "").startswith(_DEMO)


def build(
    token: Token, attributes: Attributes, place: Place, context: Context
) -> Image | DemoFigure:
    """Build an image, or the figure of a demo, whose caption is the text in brackets."""
    src = unquote(str(token.attrGet("src") or ""))
    title = str(token.attrGet("title") or "")
    alt = "".join(_alt(child) for child in token.children or ())
    if is_demo(token):
        slug = src.removeprefix(_DEMO)
        context.find_demo(slug, place)
        warn_of_title(title if alt else "", place, context)
        _check_caption(token, "" if alt else title, place, context)
        return DemoFigure(slug, alt or title, place, attributes.id)
    width = attributes.pairs.get("width", "")
    if width and not _WIDTH.fullmatch(width):
        message = f'width "{width}" is no length'
        context.error(place, "malformed-attributes", message, "width=60%")
        width = ""
    title = attributes.pairs.get("title", title)
    _check_caption(token, title, place, context)
    return Image(context.find_image(src, place), alt, title, width, place, attributes.id)


def warn_of_title(title: str, place: Place, context: Context) -> None:
    """Warn of a title that nobody will see."""
    if title:
        context.warn(
            place,
            "unseen-title",
            f'the title "{title}" is shown nowhere: a phone and paper have no pointer',
            "put it into the text between the brackets",
        )


def _check_caption(token: Token, title: str, place: Place, context: Context) -> None:
    """Warn of a formula in a caption; the caption is the title, or else the text in brackets."""
    in_alt = any(child.type.startswith("math_") for child in token.children or ())
    if first_formula(title) >= 0 or (in_alt and not title):
        context.warn(
            place,
            "formula-in-caption",
            "the caption of a picture is plain text: its formula is not typeset",
            "write it in words, or put the formula into the text beside it",
        )


def _alt(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.children:
        return "".join(_alt(child) for child in token.children)
    return token.content
