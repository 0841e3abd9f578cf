"""What a scraped page is made of: preface, contents, sections of questions, advertising."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKERS = (
    re.compile("【[一二三四五六七八九十百零〇\\d]{1,4}】\\s*(?=\\S)"),
    re.compile("(?:Q|问题?|面试题|题目?)\\s*\\d{1,3}\\s*[:：.、]\\s*(?=\\S)"),
    re.compile("[一二三四五六七八九十]{1,3}、(?=.{1,44}$)"),
    re.compile(r"\d{1,3}\. (?=.{1,44}$)(?!.*[。；;]$)"),
)
_LABELS = frozenset({"正文开始", "目录先行", "目录", "文章目录", "本文目录"})
_END = re.compile("(?:推荐阅读|往期推荐|相关推荐|精彩推荐|关注我们|更多精彩)[:：]?$")
_PROMOTION = re.compile(
    "公众号|知识星球|点赞|关注|扫码|扫描|二维码|加群|交流群|入群|star\\b|https?://|福利|后台回复|"
    "优惠|微信|欢迎大家|转发|收藏|BGM|干货|offer",
    re.IGNORECASE,
)
_SENTENCE = re.compile("[。：:，,;；!！]")
_LONGEST_TITLE = 30
_FEWEST = 2
_FEWEST_CONTENTS = 3
_SHARE_OF_PROMOTION = 0.3


@dataclass(frozen=True, slots=True)
class Part:
    """A section with its questions, all as indices of lines; ``end`` is exclusive.

    ``heading`` is -1 when the part has none. ``questions`` are the lines that begin one; what
    stands between the heading and the first of them introduces the section.
    """

    heading: int
    end: int
    questions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The outline of a page; ranges are indices of lines.

    ``lead`` is what stands between the contents and the first section, ``marker`` matches what
    stands before a question's title.
    """

    preface: range
    contents: range
    lead: range
    parts: tuple[Part, ...]
    promotion: range
    marker: re.Pattern[str]


def outline(lines: Sequence[str]) -> Page:
    """Return the outline of a page from its lines (without the space around them)."""
    marker = _marker(lines)
    questions = [n for n, line in enumerate(lines) if marker.match(line)]
    contents = _contents(lines, questions, marker)
    end = _promotion(lines, contents.stop, marker)
    questions = [n for n in questions if contents.stop <= n < end]
    headings = _headings(lines, contents, questions)
    bounds = [*headings, end]
    parts = [
        Part(heading, stop, tuple(n for n in questions if heading < n < stop))
        for heading, stop in zip(headings, bounds[1:], strict=True)
    ]
    first = bounds[0]
    headless = tuple(n for n in questions if n < first)
    if headless:
        parts.insert(0, Part(-1, first, headless))
        first = headless[0]
    preface = range(0, contents.start) if contents else range(0, first)
    lead = range(contents.stop, first) if contents else range(0, 0)
    return Page(preface, contents, lead, tuple(parts), range(end, len(lines)), marker)


def is_promotion(lines: Sequence[str]) -> bool:
    """Say whether lines are advertising in good part."""
    said = [line for line in lines if line]
    evident = sum(1 for line in said if _PROMOTION.search(line))
    return bool(said) and evident / len(said) >= _SHARE_OF_PROMOTION


def _marker(lines: Sequence[str]) -> re.Pattern[str]:
    """Return the first way of numbering questions that the page uses more than once."""
    for marker in _MARKERS:
        if sum(1 for line in lines if marker.match(line)) >= _FEWEST:
            return marker
    return _MARKERS[0]


def _contents(lines: Sequence[str], questions: Sequence[int], marker: re.Pattern[str]) -> range:
    """Return the table of contents: a run of lines before the first question that all recur."""
    limit = questions[0] if questions else 0
    later = {_bare(line, marker): n for n, line in enumerate(lines)}
    recurs = [len(lines[n]) > 1 and later[_bare(lines[n], marker)] > n for n in range(limit)]
    best = range(0, 0)
    start = -1
    for index in range(limit + 1):
        if index < limit and recurs[index]:
            start = index if start < 0 else start
        elif start >= 0 and (index == limit or lines[index] not in ("", "-", *_LABELS)):
            stop = max(n for n in range(start, index) if recurs[n]) + 1
            best = max(best, range(start, stop), key=len)
            start = -1
    entries = [n for n in best if recurs[n]]
    asked = [n for n in entries if marker.match(lines[later[_bare(lines[n], marker)]])]
    if len(entries) < _FEWEST_CONTENTS or len(asked) * 3 < len(entries):
        return range(0, 0)
    begin, end = best.start, best.stop
    while begin and lines[begin - 1] in _LABELS:
        begin -= 1
    while end < len(lines) and lines[end] in _LABELS:
        end += 1
    return range(begin, end)


def _bare(line: str, marker: re.Pattern[str]) -> str:
    return marker.sub("", line).rstrip(":：").strip()


def _promotion(lines: Sequence[str], start: int, marker: re.Pattern[str]) -> int:
    """Return where advertising begins that goes to the end of the page."""
    for index in range(start, len(lines)):
        if not _END.match(lines[index]):
            continue
        rest = lines[index + 1 :]
        is_other = marker is not _MARKERS[0] or not any(marker.match(line) for line in rest)
        if is_promotion(rest) and is_other:
            return index
    return len(lines)


def _headings(lines: Sequence[str], contents: range, questions: Sequence[int]) -> list[int]:
    """Return the lines that are section headings.

    They are those that the table of contents names; without one, the short line right before a
    question that has the first one's number.
    """
    if not questions:
        return []
    named = {lines[n].rstrip(":：") for n in contents if lines[n].endswith((":", "："))}
    if named:
        return [n for n in range(contents.stop, questions[-1]) if lines[n] in named]
    first = lines[questions[0]][:3]
    found = []
    for question in questions:
        before = lines[question - 1] if question else ""
        short = 0 < len(before) <= _LONGEST_TITLE and not _SENTENCE.search(before)
        if lines[question].startswith(first) and short:
            found.append(question - 1)
    return found
