r"""Equation numbers written by hand: ``\tag`` and ``\tag*``."""

from __future__ import annotations

from collections.abc import Sequence

from bindery.maths.errors import MathError
from bindery.maths.tokens import Token, argument, join, skip_space, tokenise


def split_tag(tex: str) -> tuple[str, tuple[str, ...]]:
    r"""Return the formula without its tags, and the tags as they are printed.

    ``\tag{1}`` prints as "(1)", ``\tag*{A}`` as "A".
    """
    if "\\tag" not in tex:
        return tex, ()
    tokens = tokenise(tex)
    kept, tags = _split(tokens)
    return (join(kept).rstrip(), tags) if tags else (tex, ())


def inline_tag(tokens: Sequence[Token]) -> MathError | None:
    """Return what is wrong with a tag in a formula within a line: it has no margin to stand in."""
    for token in tokens:
        if token.text == "\\tag":
            hint = "number a display formula: $$…$$"
            return MathError("\\tag in a formula within a line", token.at, hint)
    return None


def without_tags(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without tags."""
    return _split(tokens)[0]


def _split(tokens: Sequence[Token]) -> tuple[list[Token], tuple[str, ...]]:
    kept: list[Token] = []
    tags: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.text == "\\tag":
            start = skip_space(tokens, index + 1)
            star = start < len(tokens) and tokens[start].text == "*"
            read = argument(tokens, start + star)
            if read is not None:
                text = join(read[0])
                tags.append(text if star else f"({text})")
                index = read[1]
                continue
        kept.append(token)
        index += 1
    return kept, tuple(tags)
