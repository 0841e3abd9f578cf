r"""What is mended inside a formula: full-width signs, and ``_`` in text that TeX refuses."""

from __future__ import annotations

import re

from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, made

_TEXT = re.compile(r"\\(?:text(?:rm|bf|it|tt|sf)?|mbox|operatorname|mathrm)\s*\{")
_PROSE = re.compile(r"\\(?:text(?:rm|bf|it|tt|sf)?|mbox)\s*\{")
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    "％": "\\%",
    "＆": "\\&",
    "＃": "\\#",
    "＄": "\\$",
    "｛": "\\{",
    "｝": "\\}",
    "～": "\\sim ",
    "。": ".",
    "、": ",",
    "’": "'",
}
_SIGN = re.compile("[！-～。、’]")
_BARE = re.compile(r"(?<!\\)_")


def mended(tex: Traced, telling: Telling) -> Traced:
    """Return a formula without what an input method or a copy put in it; say what was done."""
    tex = _escaped(tex, telling)
    inside = _inside(tex.text, _PROSE)
    wide = [m.start() for m in _SIGN.finditer(tex.text) if not _within(m.start(), inside)]
    if not wide:
        return tex
    out = NOTHING
    last = 0
    now = ""
    gone = NOTHING
    for at in wide:
        sign = tex[at : at + 1]
        plain = _WIDE[sign.text]
        out = out + tex[last:at] + made(plain)
        now += plain
        gone = gone + sign
        last = at + 1
    signs = "".join(dict.fromkeys(gone.text))
    telling.repaired("full-width-in-formula", f"wrote {signs} in a formula as ASCII", gone, now)
    return out + tex[last:]


def _escaped(tex: Traced, telling: Telling) -> Traced:
    inside = _inside(tex.text, _TEXT)

    def escape(match: re.Match[str]) -> Traced | None:
        if not _within(match.start(), inside):
            return None
        at = tex[match.start() : match.end()]
        telling.repaired(
            "underscore-in-text", r"wrote _ inside \text as \_, as TeX wants it", (), at=at.start
        )
        return "\\" + at

    return tex.sub(_BARE, escape)


def _inside(tex: str, opening: re.Pattern[str]) -> list[tuple[int, int]]:
    r"""Return the stretches that are the argument of a command such as ``\text``."""
    found: list[tuple[int, int]] = []
    for match in opening.finditer(tex):
        depth = 1
        at = match.end()
        while at < len(tex) and depth:
            if tex[at] == "\\":
                at += 2
                continue
            depth += (tex[at] == "{") - (tex[at] == "}")
            at += 1
        found.append((match.end(), at))
    return found


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
