"""Lines put together again: a scraper ends a line after each piece of inline code.

A group is a run of physical lines that were one: a paragraph, a heading, an item. Inside it
the code that ended each line is found again, and what was glued to it comes apart: items that
stand in the middle of a line (``…。 - 下一项``), terms that hang on the definition before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bindery.importer.blocks import Run, Runs, flat
from bindery.importer.scraped.lines import CONTINUES, ENDS, HAN, Kind, Line
from bindery.importer.telling import Telling
from bindery.importer.tex import mended
from bindery.importer.traced import NOTHING, Traced
from bindery.importer.widths import widened

_TAIL = re.compile("[^\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]+$")
_ATTACHED = re.compile(r"\([^()]*\)(?=\S)")
_LEADING = re.compile(r"[\s,:;!?)]*(?:\((?=[^()]*$))?\s*")
_VALUE_AND_TERM = re.compile(r"(?<=\d)(?=[A-Za-z]\w*$)")
_CODE_LIKE = re.compile(r"[()_=.\"'\\\[\]{}<>/]|^-|^[a-z][a-z0-9]*$|^[-+=*]$")
_COMMAND = re.compile(r"[a-z][\w-]* -")
_CONNECTS = re.compile("(?:[和或与及的、，]|[,)）])")
_OPEN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff(（、]$")
_SIBLING = re.compile(r"(?<=[。！？；!?;])\s*(?P<dash>-) (?=\S)")
_CHILD = re.compile(r"(?<=[^\s-])(?P<dash>-) (?=\S)")
_FOLLOWING = 2


class Role(Enum):
    """What a group of lines is."""

    CHINESE = auto()
    NUMBER = auto()
    NUMBERED = auto()
    TEXT = auto()
    ITEM = auto()
    LOOSE = auto()
    TERMS = auto()


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that were one, and what was glued to it.

    ``first`` and ``last`` are indices of lines. ``nested`` are items that belong below this one,
    each with its marker; of TERMS they are the definitions.
    """

    role: Role
    first: int
    last: int
    marker: Traced
    runs: Runs
    nested: tuple[tuple[Traced, Runs], ...] = ()


_ROLES = {
    Kind.CHINESE: Role.CHINESE,
    Kind.NUMBER: Role.NUMBER,
    Kind.NUMBERED: Role.NUMBERED,
    Kind.TEXT: Role.TEXT,
    Kind.ITEM: Role.ITEM,
}


def group_at(lines: Sequence[Line], index: int, telling: Telling) -> tuple[Group, ...]:
    """Return what the lines from ``index`` on are: one group, and its siblings glued to it."""
    line = lines[index]
    if line.kind is Kind.DASH:
        begin, role, marker = index + 1, Role.LOOSE, line.marker
    else:
        begin, role, marker = index, _ROLES[line.kind], line.marker
    last = _last(lines, begin)
    group = Group(role, index, last, marker, ())
    if _terms(lines, begin, last) and role is not Role.LOOSE:
        return _hanging(lines, begin, group, telling)
    parts = _parts(lines, begin, last, telling)
    return _unglued(replace(group, runs=tuple(run for part in parts for run in part)), telling)


def _last(lines: Sequence[Line], index: int) -> int:
    while index + 1 < len(lines) and _continues(lines, index):
        index += 1
    return index


def _continues(lines: Sequence[Line], index: int) -> bool:
    """Say whether the line after this one was one with it."""
    line, following = lines[index], lines[index + 1]
    if following.kind is not Kind.TEXT or line.kind in (Kind.CODE, Kind.DISPLAY, Kind.TABLE):
        return False
    after = following.text.text
    if CONTINUES.match(after):
        return True
    if line.kind in (Kind.CHINESE, Kind.NUMBER):
        return bool(_CONNECTS.match(after)) and _tail(line) >= 0
    if following.is_label:
        return False
    if line.is_mention or _is_code_like(_tail_text(line)):
        return bool(HAN.match(after))
    later = lines[index + _FOLLOWING] if index + _FOLLOWING < len(lines) else None
    if not following.is_mention or later is None or later.kind is not Kind.TEXT:
        return False
    begins = CONTINUES.match(later.text.text) or (HAN.match(later.text.text) and not later.is_label)
    hangs = later.text.text[:1] in (":", "：") and line.is_label
    return bool(_OPEN.search(line.text.text) and begins and not hangs)


def _tail(line: Line) -> int:
    """Return where the code at the end of a line begins, or -1."""
    text = line.text.text
    if line.formulas and line.formulas[-1].end >= len(text.rstrip()):
        return -1
    if line.is_mention:
        return 0
    match = _TAIL.search(text)
    if match is None:
        return -1
    start = match.start()
    run = match[0]
    if text[:1] in (":", "：") and start == 0:
        value = _VALUE_AND_TERM.search(text)
        return value.start() if value else -1
    if attached := _ATTACHED.match(run):
        start += attached.end()
    elif leading := _LEADING.match(run):
        start += leading.end()
    words = text[start:]
    if not _COMMAND.match(words):
        start += _last_word(words)
    floor = line.formulas[-1].end if line.formulas else 0
    return start if floor <= start < len(text) else -1


def _last_word(text: str) -> int:
    """Return where the last word begins; spaces inside brackets and quotes don't part words."""
    depth = 0
    quote = ""
    begin = 0
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char.isspace() and depth <= 0:
            begin = index + 1
    return begin


def _tail_text(line: Line) -> str:
    start = _tail(line)
    return line.text.text[start:] if start >= 0 else ""


def _is_code_like(text: str) -> bool:
    return bool(text) and bool(_CODE_LIKE.search(text)) and not ENDS.search(text)


def _parts(lines: Sequence[Line], begin: int, last: int, telling: Telling) -> list[list[Run]]:
    """Return the runs of each line; of every line but the last, the end is code."""
    parts: list[list[Run]] = []
    for index in range(begin, last + 1):
        line = lines[index]
        tail = _tail(line) if index < last or _names_code(lines, begin, last) else -1
        parts.append(_runs(line, tail, telling))
        if tail < 0:
            continue
        code = line.text[tail:]
        telling.repaired(
            "inline-code",
            f"{code.text} was code inside a line that was cut at it",
            (),
            at=code.start,
        )
        if index < last and not (_CODE_LIKE.search(code.text) or _certain(lines, index)):
            telling.doubt(
                "joined-lines",
                code.start,
                f"one line, with {code.text} as code inside it",
                "two lines, and no code",
            )
    return parts


def _names_code(lines: Sequence[Line], begin: int, last: int) -> bool:
    """Say whether a line ends in code although nothing follows: a heading, or its second half."""
    line = lines[last]
    text = _tail_text(line)
    if not text or not re.fullmatch(r"[a-z][\w.()-]*", text):
        return False
    heading = lines[begin].kind in (Kind.CHINESE, Kind.NUMBER)
    return heading and (last > begin or line.text.text[-len(text) - 1] in ":：")


def _certain(lines: Sequence[Line], index: int) -> bool:
    return bool(CONTINUES.match(lines[index + 1].text.text))


def _runs(line: Line, tail: int, telling: Telling) -> list[Run]:
    text = line.text
    end = tail if tail >= 0 else len(text)
    runs: list[Run] = []
    position = 0
    for formula in line.formulas:
        runs.append(Run("text", text[position : formula.start]))
        tex = text[formula.tex_start : formula.tex_end]
        twice = text[formula.start : formula.tex_start] + text[formula.tex_end : formula.end]
        telling.repaired("formula-thrice", f"${tex.text}$ stood there three times", twice)
        runs.append(Run("math", mended(tex, telling)))
        position = formula.end
    runs.append(Run("text", text[position:end]))
    if tail >= 0:
        runs.append(Run("code", text[tail:]))
    return [run for run in runs if run.text]


# --------------------------------------------------------------------------- glued together


def _unglued(group: Group, telling: Telling) -> tuple[Group, ...]:
    if group.role not in (Role.ITEM, Role.LOOSE):
        return (replace(group, runs=_wide(group.runs, telling)),)
    whole, *siblings = _cut(group.runs, _SIBLING)
    nested: list[tuple[Traced, Runs]] = []
    runs = whole[1]
    if group.role is Role.LOOSE and runs and runs[0].kind == "code":
        (_, runs), *inner = _cut(runs, _CHILD)
        nested = [*inner, *siblings] if inner else []
        siblings = [] if inner else siblings
    for marker, _ in (*nested, *siblings):
        telling.doubt("glued-item", marker.start, "an item of its own", "part of the sentence")
    wide = [(marker, _wide(each, telling)) for marker, each in nested]
    first = replace(group, runs=_wide(runs, telling), nested=tuple(wide))
    others = [
        replace(group, marker=marker, runs=_wide(each, telling), role=group.role)
        for marker, each in siblings
    ]
    return first, *others


def _cut(runs: Sequence[Run], pattern: re.Pattern[str]) -> list[tuple[Traced, Runs]]:
    """Cut the runs before each dash of the pattern; the first piece has no marker."""
    pieces: list[tuple[Traced, list[Run]]] = [(NOTHING, [])]
    for run in runs:
        position = 0
        for match in pattern.finditer(run.text.text) if run.kind == "text" else ():
            at = match.start("dash")
            pieces[-1][1].append(Run("text", run.text[position:at].rstrip()))
            pieces.append((run.text[at : at + 1], []))
            position = match.end()
        pieces[-1][1].append(Run(run.kind, run.text[position:]))
    return [(marker, tuple(each)) for marker, each in pieces]


def _wide(runs: Runs, telling: Telling) -> Runs:
    wide, spans, now = widened(runs)
    if spans:
        telling.repaired("half-width", f"wrote {now} beside Han as full-width again", spans, now)
    return wide


# --------------------------------------------------------------------------- hanging terms


def _terms(lines: Sequence[Line], begin: int, last: int) -> list[int]:
    """Return the lines that begin with the colon after a term, if there is more than one."""
    found = [
        n
        for n in range(begin + 1, last + 1)
        if lines[n].text.text[:1] in (":", "：") and _tail(lines[n - 1]) >= 0
    ]
    return found if len(found) > 1 else []


def _hanging(
    lines: Sequence[Line], begin: int, group: Group, telling: Telling
) -> tuple[Group, ...]:
    """Return what stands before the first term, and the terms with their definitions."""
    last = group.last
    parts = _parts(lines, begin, last, telling)
    colons = _terms(lines, begin, last)
    lead: list[Run] = [run for n in range(begin, colons[0]) for run in parts[n - begin]]
    term = lead.pop()
    definitions: list[tuple[Traced, Runs]] = []
    for number, colon in enumerate(colons):
        end = colons[number + 1] if number + 1 < len(colons) else last + 1
        runs = [run for n in range(colon, end) for run in parts[n - begin]]
        following = runs.pop() if end <= last else None
        definitions.append((NOTHING, _wide((term, *_colon_wide(runs, telling)), telling)))
        if following is None:
            break
        term = following
    at = definitions[0][1][0].text.start
    telling.doubt(
        "hanging-terms",
        at,
        f"{len(definitions)} terms with their definitions, an item each",
        "one paragraph",
    )
    terms = Group(Role.TERMS, group.first, last, NOTHING, (), tuple(definitions))
    if not flat(lead).strip():
        return (terms,)
    return replace(group, last=colons[0] - 1, runs=_wide(tuple(lead), telling)), terms


def _colon_wide(runs: Sequence[Run], telling: Telling) -> list[Run]:
    """Write the colon after a term as full-width, whatever follows it."""
    first = runs[0]
    if first.kind != "text" or first.text.text[:1] != ":":
        return list(runs)
    telling.repaired(
        "half-width", "wrote ： after a term as full-width again", first.text[:1], "："
    )
    return [Run("text", "：" + first.text[1:].lstrip()), *runs[1:]]
