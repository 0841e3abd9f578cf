"""Chinese punctuation that a page was robbed of: ``,:;!?()`` beside Han become full-width."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindery.importer.blocks import Run, Runs
from bindery.importer.model import Span
from bindery.importer.traced import Traced, joined, made

_WIDE = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）"}
_SIGN = re.compile(r"[,:;!?()]")
_HAN = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef“”‘’]")
_HOLE = "\ufffc"
_CALL = re.compile(r"[A-Za-z0-9_]\Z")
_GLUED = re.compile("[A-Za-z]{2},[A-Za-z]{2}")
_LONGEST_ARGUMENT = 3


def widened(runs: Sequence[Run]) -> tuple[Runs, tuple[Span, ...], str]:
    """Return the runs with full-width punctuation, the spans that gave way, and what came."""
    flat = "".join(run.text.text if run.kind == "text" else _HOLE for run in runs)
    wide = _wide(flat)
    if not wide:
        return tuple(runs), (), ""
    out: list[Run] = []
    spans: list[Span] = []
    now: list[str] = []
    base = 0
    for run in runs:
        if run.kind != "text":
            out.append(run)
            base += 1
            continue
        parts: list[Traced] = []
        last = 0
        for index in range(len(run.text)):
            if base + index in wide:
                sign = run.text[index : index + 1]
                parts += [run.text[last:index].rstrip(" "), made(_WIDE[sign.text])]
                spans += sign.spans()
                now.append(_WIDE[sign.text])
                last = index + 1
        out.append(Run("text", _closed_up(joined([*parts, run.text[last:]]))))
        base += len(run.text)
    return tuple(out), tuple(spans), "".join(now)


def _wide(flat: str) -> set[int]:
    """Return which characters become full-width."""
    if not _HAN.search(flat):
        return set()
    wide: set[int] = set()
    ascii_only: set[int] = set()
    for opening, closing in _pairs(flat).items():
        inner = flat[opening + 1 : closing]
        before, after = flat[opening - 1 : opening], flat[closing + 1 : closing + 3]
        is_call = _CALL.match(before) and len(inner) <= _LONGEST_ARGUMENT and inner.isascii()
        beside = _HAN.match(before) or _HAN.search(inner) or _HAN.match(after.lstrip(",:;!?"))
        if beside and inner and not is_call:
            wide |= {opening, closing}
        if not _HAN.search(inner):
            ascii_only |= set(range(opening + 1, closing))
    for match in _SIGN.finditer(flat):
        at = match.start()
        if match[0] not in "()" and not flat.startswith("//", at + 1):
            before, after = flat[:at].rstrip(" ")[-1:], flat[at + 1 : at + 2]
            end = len(flat[:at].rstrip(" ")) - 1
            near = _HAN.match(before) or end in wide or before == _HOLE
            glued = at not in ascii_only and _GLUED.match(flat, max(at - 2, 0))
            if near or (_HAN.match(after) and flat[at - 1 : at] != " ") or glued:
                wide.add(at)
    return wide


def _pairs(flat: str) -> dict[int, int]:
    found: dict[int, int] = {}
    open_at: list[int] = []
    for match in _SIGN.finditer(flat):
        if match[0] == "(":
            open_at.append(match.start())
        elif match[0] == ")" and open_at:
            found[open_at.pop()] = match.start()
    return found


def _closed_up(text: Traced) -> Traced:
    """Take away the spaces after full-width punctuation, which brings its own room."""
    return text.sub(re.compile("(?<=[，：；！？（）])[ ]+"), lambda _: "")
