"""Tables of contents: lists that only repeat what stands as a heading below, and their markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bindery.importer.wild import titles
from bindery.importer.wild.lines import Page
from bindery.importer.wild.markers import Marker

_TOC_MARK = re.compile(
    r"\s*(?:@?\[\[?toc\]?\]|\[TOC\]|<!--\s*/?(?:toc|tocstop|TOC|more-toc)\s*-->|\{:toc\}|\$\{toc\})\s*$",
    re.IGNORECASE,
)
_CONTENTS = frozenset(
    "目录 大纲 索引 导航 contents toc tableofcontents index 本章目录 目录导航".split()
)
_BACK = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\*\*)?\[?\s*[⬆↑🔝🔙]*\s*(?:回到|返回|back\s+to)\s*(?:顶部|目录|开头|top|contents|toc)"
    r"\s*[⬆↑🔝]*\s*(?:\]\(#[^)]*\)|\]\([^)]*\))?(?:\*\*)?\s*$",
    re.IGNORECASE,
)
_ENTRY = re.compile(
    r"[ \t>]*(?:(?:[-*+•·]|\d+[.)、])[ \t]+)?(?:\[[ xX]\][ \t]+)?"
    r"(?P<text>\S.*?)[ \t]*(?:<br\s*/?>)?[ \t]*$"
)
_ANCHOR = re.compile(r"\[(?P<label>.*)\]\((?P<target>#[^)]*)\)|<a\b[^>]*href=[\"']?#[^>]*>.*?</a>")
_LIST = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]")
_FEWEST = 2
_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Contents:
    """A table of contents: its lines, and the entries that no heading below repeats."""

    first: int
    last: int
    strangers: tuple[str, ...] = ()


def marks(page: Page) -> Iterator[int]:
    """Yield the lines that only ask a program for a table of contents, or lead back to one."""
    for row, line in enumerate(page.lines):
        if line.kind in ("text", "comment") and (
            _TOC_MARK.match(line.text.text) or _BACK.match(line.text.text)
        ):
            yield row


def tables(page: Page, known: Iterable[Marker]) -> list[Contents]:
    """Return the tables of contents: runs of lines most of which some heading repeats.

    A run is a list at the left margin, or lines that are all links into the file. A heading that
    says "contents" above one goes with it.
    """
    named = [(titles.bare(marker.title.text), marker) for marker in known]
    heads = {m.last: m.first for t, m in named if t in _CONTENTS and m.form in ("heading", "bold")}
    found: list[Contents] = []
    for first, last in _runs(page):
        repeated = {t for t, m in named if t and not first <= m.first < last}
        entries = [(row, e) for row in range(first, last) if (e := _entry(page, row))]
        strangers = [text for _, (text, _) in entries if titles.bare(text) not in repeated]
        linked = sum(is_link for _, (_, is_link) in entries)
        same = len(entries) - len(strangers)
        above = _above(page, first)
        is_headed = above in heads
        enough = _FEWEST if not is_headed else 1
        if len(entries) < enough or any(page.lines[r].kind == "code" for r in range(first, last)):
            continue
        all_links = linked >= max(_SHARE * len(entries), _FEWEST)
        if same >= max(_SHARE * len(entries), 1) or (all_links and (is_headed or same)):
            start = heads[above] if is_headed else first
            found.append(Contents(start, last, tuple(strangers)))
    return found


def _above(page: Page, row: int) -> int:
    """Return the line after the last one that is not empty before ``row``."""
    while row > 0 and page.lines[row - 1].kind == "blank":
        row -= 1
    return row


def _runs(page: Page) -> Iterator[tuple[int, int]]:
    row = 0
    while row < len(page.lines):
        last = _list_end(page, row) or _links_end(page, row)
        if last:
            yield row, last
            row = last
        else:
            row += 1


def _list_end(page: Page, row: int) -> int:
    line = page.lines[row]
    if line.item < 0 or page.items[line.item].first != row:
        return 0
    number = page.items[line.item].list
    last = max(item.last for item in page.items if item.list == number)
    while last > row and page.lines[last - 1].kind == "blank":
        last -= 1
    return last


def _links_end(page: Page, row: int) -> int:
    last = row
    while last < len(page.lines) and page.lines[last].kind == "text":
        text = page.lines[last].text.text
        rest = _ANCHOR.sub("", text)
        if rest == text or re.sub(r"[\W_\d]|br|nbsp", "", rest):
            break
        last += 1
    return last if last - row >= _FEWEST else 0


def _entry(page: Page, row: int) -> tuple[str, bool] | None:
    """Return what a line of the table names, and whether it is a link into the file."""
    text = page.lines[row].text.text
    match = _ENTRY.match(text) if page.lines[row].kind != "blank" else None
    if match is None:
        return None
    link = _ANCHOR.search(match["text"])
    is_line = bool(_LIST.match(text)) or link is not None
    return (match["text"], link is not None) if is_line else (match["text"], False)
