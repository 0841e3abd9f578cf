r"""Repairs of single characters, the same for every reader: what copying leaves in a text.

The byte order mark, Windows line ends, odd spaces, invisible characters, the radicals that PDF
readers give out for characters, and control characters: those that were the ``\b`` of a
``\begin`` before some program took them for an escape become it again, the others go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from bindery.importer.model import Repair, Source, Span
from bindery.importer.radicals import character_of
from bindery.importer.traced import Traced, joined, taken

_ODD_SPACE = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
_SUSPECT = re.compile(
    f"[\x00-\x09\x0b-\x1f\x7f-\x9f{_ODD_SPACE}{_INVISIBLE}\u2028\u2029"
    "\u2e80-\u2fd5\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|\n(?=abla|eq|otin|u[_^\\s])"
)
_EATEN = {
    "\x07": "alpha approx arg ast angle aleph arctan arccos",
    "\x08": "begin beta bar bm boldsymbol binom big bigl bigr bigg bmod boxed bullet because bot",
    "\x09": "text textbf textrm textit texttt theta times tau tilde tfrac tanh triangle to top",
    "\x0a": "nabla neq notin nu",
    "\x0b": "vec varepsilon varphi vartheta vdots vert vee",
    "\x0c": "frac forall",
    "\x0d": "right rho rangle rightarrow rceil rfloor rm",
}
_NAMES = {char: frozenset(names.split()) for char, names in _EATEN.items()}
_WORD = re.compile("[A-Za-z]*")
_EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")


@dataclass(frozen=True, slots=True)
class Clean:
    r"""A source's text after the repairs of characters: lines end in ``\n``."""

    text: Traced
    repairs: tuple[Repair, ...]


class _Verdict(NamedTuple):
    code: str
    now: str


_WHAT = {
    "byte-order-mark": "removed the byte order mark",
    "line-ends": "wrote the line ends of Windows or old Macs as LF",
    "odd-space": "wrote no-break, full-width or otherwise odd spaces as spaces",
    "invisible-character": "removed characters that nobody sees",
    "radical": "wrote radicals, which look like characters, as characters",
    "eaten-backslash": "wrote a control character as the beginning of the TeX command it was",
    "control-character": "removed control characters",
}


def clean(source: Source) -> Clean:
    """Repair the characters of a source; what is done is said once for each line and kind."""
    text = source.text
    parts: list[Traced | str] = []
    done: dict[tuple[str, int], tuple[list[Span], list[str]]] = {}
    position = 0
    for match in _SUSPECT.finditer(text):
        at = match.start()
        verdict = _judge(text, at)
        if verdict is None:
            continue
        parts += [taken(text[position:at], position), verdict.now]
        position = at + 1
        line = 0 if verdict.code == "line-ends" else source.line(at)
        spans, nows = done.setdefault((verdict.code, line), ([], []))
        spans.append((at, at + 1))
        nows.append(verdict.now.strip())
    parts.append(taken(text[position:], position))
    repairs = tuple(
        Repair(code, _WHAT[code], spans[0][0], tuple(spans), "".join(nows))
        for (code, _), (spans, nows) in done.items()
    )
    return Clean(joined(parts), repairs)


def _judge(text: str, at: int) -> _Verdict | None:
    """Say what becomes of the character at ``at``; None: it stays."""
    char = text[at]
    if char in _EATEN and _was_command(text, at):
        return _Verdict("eaten-backslash", f"\\{_EATEN[char][0]}")
    match char:
        case "\t" | "\n":
            return None
        case "\ufeff" if at == 0:
            return _Verdict("byte-order-mark", "")
        case "\r":
            return _Verdict("line-ends", "" if text[at + 1 : at + 2] == "\n" else "\n")
        case "\x0b" | "\x0c" | "\x85" | "\u2028" | "\u2029":
            return _Verdict("line-ends", "\n")
        case "\u200d" if _joins_emoji(text, at):
            return None
    if re.match(f"[{_ODD_SPACE}]", char):
        return _Verdict("odd-space", " ")
    if re.match(f"[{_INVISIBLE}]", char):
        return _Verdict("invisible-character", "")
    if "\u2e80" <= char <= "\u2fd5":
        plain = character_of(char)
        return _Verdict("radical", plain) if plain else None
    return _Verdict("control-character", " " if char.isspace() else "")


def _was_command(text: str, at: int) -> bool:
    char = text[at]
    found = _WORD.match(text, at + 1)
    name = _EATEN[char][0] + (found[0] if found else "")
    if name not in _NAMES[char]:
        return False
    if char in "\x07\x08\x0b\x0c":
        return True
    line = text[text.rfind("\n", 0, at) + 1 : at]
    inside = line.replace("\\$", "").replace("$$", "").count("$") % 2 == 1
    if char == "\x09":
        return inside or (len(name) > 3 and "\\" in line and bool(line.strip()))
    return inside


def _joins_emoji(text: str, at: int) -> bool:
    around = text[max(at - 1, 0) : at], text[at + 1 : at + 2]
    return all(each and _EMOJI.match(each) for each in around)
