"""Lines of a plain text that may hold formulas, code and emphasis: kept where that is safe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindery.dialect.maths import close_of_dollar, find_unescaped
from bindery.dialect.parser import inline_tokens, tokens_of
from bindery.importer.blocks import Run, Runs
from bindery.importer.plain import literal
from bindery.importer.telling import Telling
from bindery.importer.tex import mended
from bindery.importer.traced import Traced, joined
from bindery.importer.wild.pictures import Pictures

_SAFE = frozenset(
    """text text_special softbreak hardbreak code_inline math_inline math_display em_open em_close
    strong_open strong_close s_open s_close mark_open mark_close""".split()
)
_PICTURED = frozenset(("image", "link_open", "link_close"))
_PICTURE = re.compile(
    r"!\[(?P<alt>[^\[\]\n]*)\]\((?P<src>[^()\n\"]*(?:\([^()\n]*\)[^()\n\"]*)*)(?:\"[^\"\n]*\")?\)"
)
_MARK = re.compile(r"`+|\$\$?|\\[(\[]|\\.")
_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_UNDELIMITED = re.compile(
    r"(?<![A-Za-z\\$_])(?:[A-Za-zΑ-Ωα-ωϵ]_(?:\{[^{}]{1,12}\}|[A-Za-z0-9](?![A-Za-z0-9_]))"
    r"|[A-Za-z]\^(?:\{[^{}]{1,12}\}|[A-Za-z0-9])|[Α-Ωα-ωϵ](?![A-Za-zΑ-ωϵ]))"
)


def paragraph(lines: Sequence[Traced], telling: Telling, pictures: Pictures) -> Runs:
    """Return the runs of a paragraph; what the dialect would refuse reads as it stands."""
    text = joined([line.strip() for line in lines], "\n")
    runs: tuple[Run, ...] = ()
    position = 0
    for match in _PICTURE.finditer(text.text):
        runs += tuple(_runs(text[position : match.start()], telling))
        whole = text[match.start() : match.end()]
        alt = text[match.start("alt") : match.end("alt")]
        src = text[match.start("src") : match.end("src")]
        runs += (Run("markdown", pictures.markdown(whole, alt, src)),)
        position = match.end()
    runs += tuple(_runs(text[position:], telling))
    _undelimited(runs, telling)
    if all(run.kind != "text" for run in runs) and _is_paragraph(runs):
        return runs
    return tuple(Run("markdown", literal(r.text)) if r.kind == "text" else r for r in runs)


def is_harmless(markdown: str, kind: str) -> bool:
    """Say whether Markdown is one block of that kind, and holds nothing but text and formulas."""
    tokens = tokens_of(markdown).blocks
    inner = [child.type for token in tokens for child in token.children or ()]
    is_one = bool(tokens) and tokens[0].type == f"{kind}_open" and tokens[0].level == 0
    tops = sum(token.level == 0 and token.nesting == 1 for token in tokens)
    return is_one and tops == 1 and set(inner) <= _SAFE


def _runs(text: Traced, telling: Telling) -> Iterator[Run]:
    """Part a text into formulas and the rest, which is Markdown where that is harmless."""
    position = 0
    for start, opens, closes, end in _formulas(text.text):
        if start > position:
            yield _rest(text[position:start])
        tex = mended(text[opens:closes], telling)
        yield Run("markdown", text[start:opens] + tex + text[closes:end])
        position = end
    if position < len(text):
        yield _rest(text[position:])


def _formulas(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield where each formula begins, its TeX begins and ends, and it ends."""
    position = 0
    while match := _MARK.search(text, position):
        mark, start, end = match[0], match.start(), match.end()
        position = end
        if mark[0] == "`":
            close = re.compile(rf"(?<!`){mark}(?!`)").search(text, end)
            position = close.end() if close else end
        elif mark == "$":
            close_at = close_of_dollar(text, start, len(text))
            if close_at >= 0:
                yield start, end, close_at, close_at + 1
                position = close_at + 1
        elif mark in _CLOSERS:
            close_at = find_unescaped(text, _CLOSERS[mark], end, len(text))
            if close_at > end:
                yield start, end, close_at, close_at + 2
                position = close_at + 2


def _rest(text: Traced) -> Run:
    tokens = inline_tokens(text.text.strip())
    safe = all(token.type in _SAFE for token in tokens)
    return Run("markdown" if safe else "text", text)


def _is_paragraph(runs: Sequence[Run]) -> bool:
    blocks = tokens_of("".join(run.text.text for run in runs)).blocks
    if [token.type for token in blocks] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    return all(token.type in _SAFE | _PICTURED for token in blocks[1].children or ())


def _undelimited(runs: Sequence[Run], telling: Telling) -> None:
    for run in runs:
        text = run.text.text
        if text[:1] in "$\\" or "`" in text:
            continue
        found = list(_UNDELIMITED.finditer(text))
        if found:
            said = ", ".join(dict.fromkeys(m[0] for m in found))
            telling.doubt(
                "undelimited-formula",
                run.text.at[found[0].start()],
                f"{said} stays text",
                "a formula between dollar signs",
            )
