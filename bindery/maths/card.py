"""TeX for an Anki card: the same formula, safe inside a cloze deletion."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindery.maths.expansion import expand, is_plain
from bindery.maths.tokens import join

_CLOSES_CLOZE = re.compile(r"\}(?=\})")
_STARTS_HINT = re.compile(r":(?=:)")


def card_tex(tex: str, macros: Mapping[str, str]) -> str:
    r"""Return what stands inside ``\(…\)`` or ``\[…\]`` on a card, not yet escaped for HTML.

    Macros are expanded. Anki ends a cloze at the first ``}}`` and takes what follows the first
    ``::`` for its hint, maths or not, so both get a space, which maths ignores (inside text
    :func:`expand` has already taken them apart). A formula whose macros can't be expanded,
    which :func:`check` refuses, keeps them.
    """
    written = tex
    if not is_plain(tex, macros):
        expansion = expand(tex, macros)
        written = join(expansion.tokens) if expansion.error is None else tex
    return _STARTS_HINT.sub(": ", _CLOSES_CLOZE.sub("} ", written))
