"""Mend what Chinese input methods and copying leave in a formula, without changing its meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindery.maths.macros import ARITY
from bindery.maths.tokens import Token, group_end, join, skip_space, text_groups, tokenise

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_HAN = re.compile(
    "[\u2e80-\u2fdf\u3001-\u303f\u3040-\u30ff\u3100-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\U00020000-\U0003ffff]"
)
_WRITTEN = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    "％": "\\%",
    "＆": "\\&",
    "＃": "\\#",
    "＄": "\\$",
    "＿": "\\_",
    "｛": "\\{",
    "｝": "\\}",
    "～": "\\sim",
    "＼": "\\backslash",
    "＾": "\\wedge",
    "−": "-",
    "–": "-",
    "‐": "-",
    "’": "'",
    "′": "'",
    "″": "''",
}
_SPACED = "wrote an odd space as a space"
_VERBATIM_ARGUMENT = frozenset(
    {"\\begin", "\\end", "\\color", "\\href", "\\label", "\\tag", "\\ce", "\\unicode", "\\hspace"}
)


def normalise(tex: str) -> tuple[str, tuple[str, ...]]:
    r"""Return the mended formula, and what was done, in words (empty when nothing was).

    Invisible characters go everywhere. Outside text, odd spaces become spaces, full-width
    forms and typographic minus and primes become what TeX means by them, and runs of Han stand
    in ``\text{…}``. Inside text everything else stays.
    """
    if tex.isascii():
        return tex, ()
    done: list[str] = []
    visible = _INVISIBLE.sub("", tex)
    if visible != tex:
        done.append("removed invisible characters")
    tokens = tokenise(visible)
    kept = _kept(tokens)
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if kept[index] or token.text.isascii():
            out.append(token)
            index += 1
        elif _HAN.match(token.text):
            end = index + 1 if _is_argument(out) else _run_end(tokens, kept, index)
            run = "".join(t.text for t in tokens[index:end])
            out += _wrapped(run, token.at, out)
            done.append(f"put {run} into \\text")
            index = end
        else:
            written = _plain(token.text)
            if written != token.text:
                done.append(_SPACED if written.isspace() else f"wrote {token.text} as {written}")
            out.append(token._replace(text=written))
            index += 1
    return (join(_spaced(out)) if done else tex), tuple(dict.fromkeys(done))


def _plain(text: str) -> str:
    if _SPACES.search(text):
        return _SPACES.sub(" ", text)
    return _WRITTEN.get(text, text)


def _spaced(tokens: Sequence[Token]) -> list[Token]:
    """Separate again what was one token and is a control word now."""
    return [t for token in tokens for t in (tokenise(token.text) or [token])]


def _wrapped(run: str, at: int, before: Sequence[Token]) -> list[Token]:
    texts = ["\\text", "{", run, "}"]
    if _is_argument(before):
        texts = ["{", *texts, "}"]
    return [Token(text, at) for text in texts]


def _is_argument(before: Sequence[Token]) -> bool:
    """Say whether the next token is a command's unbraced argument, and so only one character."""
    return bool(before) and before[-1].text in ARITY


def _run_end(tokens: Sequence[Token], kept: Sequence[bool], index: int) -> int:
    """Return where a run of Han ends; full-width punctuation between Han belongs to it."""
    end = index + 1
    probe = end
    while probe < len(tokens) and not kept[probe]:
        text = tokens[probe].text
        if _HAN.match(text):
            end = probe + 1
        elif not ("\uff01" <= text[0] <= "\uff5e"):
            break
        probe += 1
    return end


def _kept(tokens: Sequence[Token]) -> list[bool]:
    """Mark the tokens that are text or names, and so stay as they are."""
    marks = [False] * len(tokens)
    for start, end in text_groups(tokens):
        marks[start:end] = [True] * (end - start)
    for index, token in enumerate(tokens):
        if token.text in _VERBATIM_ARGUMENT and not marks[index]:
            start = skip_space(tokens, index + 1)
            start += tokens[start : start + 1] != [] and tokens[start].text == "*"
            opens = start < len(tokens) and tokens[start].text == "{"
            close = group_end(tokens, start) if opens else None
            if close is not None:
                marks[start:close] = [True] * (close - start)
    return marks
