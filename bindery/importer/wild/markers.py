"""Everything in foreign Markdown that may mark a question or head a section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.importer.traced import NOTHING, Traced
from bindery.importer.wild import titles
from bindery.importer.wild.lines import Page, item_text

Form: TypeAlias = Literal["heading", "bold", "letter", "bracket", "task", "fold", "number"]

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(?P<title>.*?))?(?:[ \t]+#+)?[ \t]*$")
_GLUED = re.compile(r"(#{2,6})(?P<title>[^#\s!{].*)$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_HTML_HEADING = re.compile(
    r"[ \t]*<h([1-6])\b[^>]*>(?P<title>.*?)</h\1>[ \t]*$", re.IGNORECASE | re.DOTALL
)
_HTML_OPEN = re.compile(r"[ \t]*<h[1-6]\b", re.IGNORECASE)
_BOLD = re.compile(r"[ \t]*(\*\*|__)(?P<title>(?:(?!\1).)+)\1(?P<rest>.*)$")
_LETTER = re.compile(
    r"[ \t]*(?:[-*+][ \t]+)?(?P<open>\*\*|__)?[ \t]*(?:Q(?:uestion)?[ \t]*\d*|问题?[ \t]*\d*"
    r"|面试题[ \t]*\d*)(?P<early>\*\*|__)?[ \t]*[:：][ \t]*"
    r"(?P<late>\*\*|__)?[ \t]*(?P<title>\S.*)$",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    r"[ \t]*(?P<open>\*\*|__)?【[ \t]*"
    r"(?:[一二三四五六七八九十百零]+|\d+)[ \t]*】[ \t]*(?P<title>\S.*)$"
)
_NUMBER = re.compile(r" {0,3}(?:\d{1,3}[ \t]*[.、．)）]|[（(]\d{1,3}[)）])[ \t]*(?P<title>\S.*)$")
_DETAILS = re.compile(r"[ \t]*<details\b[^>]*>", re.IGNORECASE)
_DETAILS_ANY = re.compile(r"<(/?)details\b[^>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary\b[^>]*>(?P<title>.*?)</summary>", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"""<[A-Za-z][^>]*?\b(?:id|name)[ \t]*=[ \t]*["']?([^"'\s>]+)""", re.IGNORECASE)
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Marker:
    """A line (or several) that may mark a question.

    Attributes:
        form: what kind of mark it is.
        level: of a heading, from 1; else 0.
        first: its first line.
        last: the line after its last one.
        title: its text, still with the markup inside it.
        marks: what goes when it becomes a heading of ours, in the source's order.
        rest: what follows on the same line and belongs to the answer.
        id: the id that HTML gives it, as written there.
        item: number of the list item whose first line it is, or -1.
        close: line that holds the end of a fold, or -1.
    """

    form: Form
    level: int
    first: int
    last: int
    title: Traced
    marks: tuple[Traced, ...] = ()
    rest: Traced = NOTHING
    id: str = ""
    item: int = -1
    close: int = -1

    @property
    def asks(self) -> bool:
        """Whether its text has the shape of a question."""
        return titles.asks(self.title.text)


def headings(page: Page) -> list[Marker]:
    """Return the headings of all kinds: ``#``, underlined, HTML."""
    found: list[Marker] = []
    row = 0
    while row < len(page.lines):
        marker = _heading(page, row)
        if marker is not None and marker.title.text.strip():
            found.append(marker)
            row = marker.last
        else:
            row += 1
    return found


def _heading(page: Page, row: int) -> Marker | None:
    line = page.lines[row]
    text = line.text
    if line.nested or line.kind not in ("text", "heading", "html"):
        return None
    if line.kind != "html" and (match := _ATX.match(text.text)) and match["title"]:
        return _made(text, match, row, len(match[1]))
    if line.kind == "text" and (match := _GLUED.match(text.text)):
        return _made(text, match, row, len(match[1]))
    if _HTML_OPEN.match(text.text):
        return _html_heading(page, row)
    return _underlined(page, row) if line.kind == "text" else None


def _made(text: Traced, match: re.Match[str], row: int, level: int) -> Marker:
    start, end = match.span("title")
    marks = tuple(part for part in (text[:start], text[end:]) if part.text.strip())
    title = text[start:end]
    return Marker("heading", level, row, row + 1, title, marks, id=_id_in(title.text))


def _html_heading(page: Page, row: int) -> Marker | None:
    whole = NOTHING
    for last in range(row, min(row + 4, len(page.lines))):
        if page.lines[last].kind in ("code", "blank"):
            return None
        whole = whole + "\n" + page.lines[last].text if whole else page.lines[last].text
        match = _HTML_HEADING.match(whole.text)
        if match:
            start, end = match.span("title")
            title = whole[start:end].sub(re.compile(r"\n+"), lambda _: " ").strip()
            marks = (whole[:start], whole[end:])
            name = _id_in(whole.text)
            return Marker("heading", int(match[1]), row, last + 1, title, marks, id=name)
    return None


def _underlined(page: Page, row: int) -> Marker | None:
    """Take a line for a heading that is underlined as one; a lone ``-`` never underlines."""
    if row + 1 >= len(page.lines):
        return None
    text, below = page.lines[row].text, page.lines[row + 1]
    match = _UNDERLINE.match(below.text.text)
    before = page.lines[row - 1].kind if row else "blank"
    stands_alone = before in ("blank", "heading", "code", "comment", "html")
    if match is None or below.nested or below.kind != "text" or not stands_alone:
        return None
    title = text.text.strip()
    if len(title) > 60 or title[-1:] in "。；;，," or text.text.startswith("    "):
        return None
    level = 1 if match[1][0] == "=" else 2
    return Marker("heading", level, row, row + 2, text.strip(), (below.text,))


def _id_in(text: str) -> str:
    match = _ID.search(text)
    return match[1] if match else ""


# --------------------------------------------------------------------------- other marks


def bold_lines(page: Page) -> Iterator[Marker]:
    """Yield lines that begin in bold; what follows the bold is the answer's beginning."""
    for row, line in enumerate(page.lines):
        match = _BOLD.match(line.text.text) if line.kind == "text" and not line.nested else None
        if match is None or len(match["title"]) > _LONGEST:
            continue
        marker = _cut(line.text, match, row, "bold")
        if not marker.rest.text.strip() or marker.asks:
            yield marker


def letters(page: Page) -> Iterator[Marker]:
    """Yield ``Q: …``, ``问：…`` and their like."""
    for row, line in enumerate(page.lines):
        if line.kind == "text" and (match := _LETTER.match(line.text.text)):
            yield _unbolded(line.text, match, row, "letter")


def brackets(page: Page) -> Iterator[Marker]:
    """Yield ``【一】…``."""
    for row, line in enumerate(page.lines):
        match = _BRACKET.match(line.text.text) if line.kind == "text" and not line.nested else None
        if match:
            start = line.text.text.index("【")
            marker = _unbolded(line.text, match, row, "bracket")
            head = line.text[start : match.start("title")]
            yield _with_number(marker, head)


def _with_number(marker: Marker, head: Traced) -> Marker:
    """Put the bracketed number back before the title: numbers are judged with all the others."""
    marks = tuple(
        m[: len(m) - len(head)] if m.text.endswith(head.text) else m for m in marker.marks
    )
    kept = tuple(m for m in marks if m.text.strip())
    return Marker("bracket", 0, marker.first, marker.last, head + marker.title, kept, marker.rest)


def tasks(page: Page) -> Iterator[Marker]:
    """Yield items of task lists at the left margin."""
    yield from _items(page, "task")


def numbers(page: Page) -> Iterator[Marker]:
    """Yield numbered lines and items that ask something and are followed by an answer."""
    yield from _items(page, "number")
    for row, line in enumerate(page.lines):
        match = _NUMBER.match(line.text.text) if line.kind == "text" and not line.nested else None
        if match and titles.asks(match["title"]) and len(match["title"]) <= _LONGEST:
            start = match.start("title")
            yield Marker(
                "number", 0, row, row + 1, line.text[start:].rstrip(), (line.text[:start],)
            )


def _items(page: Page, form: Form) -> Iterator[Marker]:
    for number, item in enumerate(page.items):
        wanted = item.box if form == "task" else item.ordered and not item.box
        line = page.lines[item.first].text
        mark, title = item_text(line)
        if not wanted or not title.text.strip() or len(title.text) > _LONGEST:
            continue
        if page.lines[item.first].kind != "text" or (
            form == "number" and not titles.asks(title.text)
        ):
            continue
        name = _id_in(title.text)
        yield Marker(
            form, 0, item.first, item.first + 1, title.strip(), (mark,), id=name, item=number
        )


def folds(page: Page) -> Iterator[Marker]:
    """Yield ``<details>`` at the left margin with its summary; none inside another."""
    end = 0
    for row, line in enumerate(page.lines):
        if row < end or line.kind == "code" or line.nested or not _DETAILS.match(line.text.text):
            continue
        close = _fold_end(page, row)
        marker = _fold(page, row, close)
        if marker is not None:
            end = close + 1
            yield marker


def _fold_end(page: Page, row: int) -> int:
    depth = 0
    for last in range(row, len(page.lines)):
        if page.lines[last].kind == "code":
            continue
        for match in _DETAILS_ANY.finditer(page.lines[last].text.text):
            depth += -1 if match[1] else 1
            if depth <= 0:
                return last
    return -1


def _fold(page: Page, row: int, close: int) -> Marker | None:
    if close < 0:
        return None
    whole = page.lines[row].text
    opening = _DETAILS.match(whole.text)
    assert opening is not None
    for last in range(row, min(row + 5, close + 1)):
        if last > row:
            whole = whole + "\n" + page.lines[last].text
        match = _SUMMARY.match(whole.text, opening.end())
        if match:
            start, finish = match.span("title")
            title = whole[start:finish].sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
            marks = (whole[:start], whole[finish : match.end()])
            name = _id_in(whole.text[:start])
            return Marker(
                "fold", 0, row, last + 1, title, marks, whole[match.end() :], name, close=close
            )
    return None


def _cut(text: Traced, match: re.Match[str], row: int, form: Form) -> Marker:
    start, end = match.span("title")
    rest = match.start("rest")
    title = text[start:end].strip()
    marks = (text[:start], text[end:rest])
    return Marker(form, 0, row, row + 1, title, marks, text[rest:].strip(), _id_in(title.text))


def _unbolded(text: Traced, match: re.Match[str], row: int, form: Form) -> Marker:
    """Make a marker of a line whose mark, or all of it, may be bold."""
    groups = match.groupdict()
    start = match.start("title")
    title, rest = text[start:].rstrip(), NOTHING
    marks = [text[:start]]
    bold = groups.get("late") or (None if groups.get("early") else groups.get("open"))
    close = title.text.find(bold) if bold else -1
    if bold and close > 0:
        rest = title[close + len(bold) :].strip()
        marks.append(title[close : close + len(bold)])
        title = title[:close].rstrip()
    return Marker(form, 0, row, row + 1, title, tuple(marks), rest, _id_in(title.text))
