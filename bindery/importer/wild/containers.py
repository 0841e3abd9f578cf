"""Boxes of other programs: ``::: danger``, GitHub's ``> [!NOTE]``, MkDocs' ``!!! note``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindery.dialect.blocks import ADMONITIONS
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined, made
from bindery.importer.wild.lines import Line, page_of

_OPEN = re.compile(r"(?P<mark>[ \t]*:{3,}[ \t]*)(?P<kind>[A-Za-z][\w-]*)(?P<rest>.*)$")
_CLOSE = re.compile(r"[ \t]*:{3,}[ \t]*$")
_ALERT = re.compile(
    r"(?P<mark>[ \t]*>[ \t]*\[!)(?P<kind>[A-Za-z]+)(?P<end>\][-+]?)[ \t]*(?P<rest>.*)$"
)
_QUOTED = re.compile(r"[ \t]*>[ ]?")
_BANGS = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[A-Za-z]+)[ \t]*(?:\"(?P<title>[^\"]*)\")?[ \t]*$"
)
_KINDS = {
    "danger": "warning",
    "error": "warning",
    "failure": "warning",
    "bug": "warning",
    "attention": "warning",
    "info": "note",
    "abstract": "note",
    "summary": "note",
    "todo": "note",
    "quote": "note",
    "question": "note",
    "hint": "tip",
    "success": "tip",
}
_OURS = (*ADMONITIONS, "card", "cloze")


def translated(body: Traced, telling: Telling) -> Traced:
    """Return a body with the boxes of other programs written as the dialect's."""
    if not re.search(r":::|\[!|!!!|\?\?\?", body.text):
        return body
    lines = page_of(body).lines
    out: list[Traced] = []
    opened: list[bool] = []
    row = 0
    while row < len(lines):
        line = lines[row]
        if line.kind in ("code", "maths", "comment"):
            out.append(line.text)
            row += 1
        elif match := _ALERT.match(line.text.text):
            row = _alert(lines, row, match, out, telling)
        elif match := _BANGS.match(line.text.text):
            row = _bangs(lines, row, match, out, telling)
        else:
            out += _colons(line.text, opened, telling)
            row += 1
    return joined(out, "\n")


def _colons(line: Traced, opened: list[bool], telling: Telling) -> Sequence[Traced]:
    """Translate a line of colons; ``opened`` remembers which boxes were taken away."""
    if _CLOSE.match(line.text):
        if opened and not opened.pop():
            telling.repaired("box", "the end of a box that notes do not have", line)
            return ()
        return (line,)
    match = _OPEN.match(line.text)
    if match is None:
        return (line,)
    kind = match["kind"].lower()
    start, end = match.span("kind")
    opened.append(kind in _OURS or kind in _KINDS)
    if match["kind"] in _OURS:
        return (line,)
    if not opened[-1]:
        telling.repaired("box", f'a box that notes do not have: "{match["kind"]}"', line[:end])
        rest = line[end:].strip()
        return (rest,) if rest else ()
    now = _KINDS.get(kind, kind)
    telling.repaired("box", f'the box "{match["kind"]}" is "{now}" here', line[start:end], now)
    return (line[:start] + now + line[end:],)


def _alert(
    lines: Sequence[Line], row: int, match: re.Match[str], out: list[Traced], telling: Telling
) -> int:
    """Write a quotation that is an alert as a box; return the row after it."""
    kind = match["kind"].lower()
    now = kind if kind in ADMONITIONS else _KINDS.get(kind, "note")
    line = lines[row].text
    gone = [line[: match.end("end")]]
    title = line[match.start("rest") :].strip()
    out.append(f"::: {now} " + title if title else made(f"::: {now}"))
    row += 1
    while row < len(lines) and (quoted := _QUOTED.match(lines[row].text.text)):
        gone.append(lines[row].text[: quoted.end()])
        out.append(lines[row].text[quoted.end() :])
        row += 1
    out.append(made(":::"))
    telling.repaired("box", f'the alert "{match["kind"]}" is a box', joined(gone), now)
    return row


def _bangs(
    lines: Sequence[Line], row: int, match: re.Match[str], out: list[Traced], telling: Telling
) -> int:
    """Write an indented box of MkDocs as one of ours; return the row after it."""
    kind = match["kind"].lower()
    now = kind if kind in ADMONITIONS else _KINDS.get(kind, "note")
    line = lines[row].text
    title = line[match.start("title") : match.end("title")] if match["title"] else line[:0]
    start = match.start("title") if title else len(line)
    gone = line[:start] + line[start + len(title) :]
    telling.repaired("box", f'the box "{match["kind"]}" of MkDocs', gone, now)
    out.append(f"::: {now} " + title if title else made(f"::: {now}"))
    row += 1
    last = row
    while last < len(lines) and (not lines[last].text.text.strip() or _is_inside(lines[last])):
        last += 1
    while last > row and not lines[last - 1].text.text.strip():
        last -= 1
    out += [line.text[4:] if line.text.text.strip() else line.text for line in lines[row:last]]
    out.append(made(":::"))
    return last


def _is_inside(line: Line) -> bool:
    return line.text.text.startswith("    ")
