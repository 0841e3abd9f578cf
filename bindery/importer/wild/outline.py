"""Which of the marks are the questions: told from the whole document, a doubt when near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.dialect.attributes import trailing
from bindery.importer.wild import titles
from bindery.importer.wild.lines import Page
from bindery.importer.wild.markers import Form, Marker

Role: TypeAlias = Literal["title", "section", "question", "part"]
_NEAR = 0.5
_MOST = 0.7
_FEW = 3
# How much a mark of each form says by itself that a question stands there.
_WEIGHT: dict[Form, float] = {
    "heading": 1.5,
    "letter": 1.6,
    "bracket": 1.6,
    "bold": 1.0,
    "task": 1.0,
    "fold": 1.1,
    "number": 0.6,
}
_NAMES: dict[Form, str] = {
    "heading": "headings of level {level}",
    "letter": "lines that begin with Q: or 问：",
    "bracket": "lines that begin with 【一】",
    "bold": "lines in bold",
    "task": "items of the task list",
    "fold": "<details> with their summaries",
    "number": "numbered lines that ask something",
}


@dataclass(frozen=True, slots=True)
class Convention:
    """A way in which a document may mark its questions, and how much speaks for it."""

    form: Form
    level: int
    markers: tuple[Marker, ...]
    score: float

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return _NAMES[self.form].format(level=self.level)


@dataclass(frozen=True, slots=True)
class Part:
    """A marker with what it is in the outline; ``doubt`` is the other thing it could be."""

    marker: Marker
    role: Role
    choice: str = ""
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a document: its parts in order, the convention and its nearest rival."""

    parts: tuple[Part, ...]
    chosen: Convention | None
    rival: Convention | None


def outline_of(page: Page, heads: Sequence[Marker], others: Iterable[Sequence[Marker]]) -> Outline:
    """Tell titles, sections, questions and parts of answers apart."""
    found = conventions(page, heads, others)
    chosen = _choose(page, found)
    if chosen is None:
        return Outline(tuple(_without_questions(heads)), None, None)
    rivals = [c for c in found if c is not chosen and c.score >= _NEAR * chosen.score]
    rival = max(rivals, key=lambda c: c.score, default=None)
    is_ranked = chosen.form == "heading"
    parts = _by_level(page, heads, chosen) if is_ranked else _by_mark(heads, chosen)
    return Outline(tuple(parts), chosen, rival)


def conventions(
    page: Page, heads: Sequence[Marker], others: Iterable[Sequence[Marker]]
) -> list[Convention]:
    """Return every convention that the document could follow, with its score."""
    found: list[Convention] = []
    for level in range(1, 7):
        markers = [m for m in heads if m.level == level]
        if level == 1 and len(markers) == 1 and markers[0] is heads[0] and len(heads) > 1:
            continue
        found += _convention(page, markers, heads, level)
    for marks in others:
        found += _convention(page, marks, heads, 0)
    return found


def _convention(
    page: Page, found: Sequence[Marker], heads: Sequence[Marker], level: int
) -> list[Convention]:
    if not found:
        return []
    form = found[0].form
    markers = list(found)
    asking = [m for m in markers if m.asks]
    explicit = form in ("letter", "bracket")
    if form == "fold":
        markers = (
            asking if 2 * len(asking) < len(markers) else [m for m in markers if not _labels(m)]
        )
    elif form == "bold":
        markers = _bold_questions(markers, asking)
    elif form == "task":
        markers = (
            [m for m in markers if m.asks or m.id] if 2 * len(asking) >= len(markers) else asking
        )
    if not markers:
        return []
    answered = sum(has_answer(page, m, markers, heads) for m in markers)
    if not answered:
        return []
    count = len(markers) if explicit else len(asking)
    share = count / len(markers)
    score = count * (0.3 + 0.7 * share) * _WEIGHT[form]
    if form == "heading":
        score += 0.2 * sum(has_text(page, m) for m in markers)
    return [Convention(form, level, tuple(markers), score)] if score else []


def _labels(marker: Marker) -> bool:
    return titles.is_fold_label(marker.title.text)


def _bold_questions(markers: Sequence[Marker], asking: Sequence[Marker]) -> list[Marker]:
    """Return the bold lines that ask, and with them those that carry numbers as they do."""
    numbered = titles.share_numbered([m.title.text for m in asking]) >= _MOST
    return [
        m
        for m in markers
        if m.asks or (numbered and titles.number_of(titles.visible(m.title.text)))
    ]


def has_text(page: Page, marker: Marker) -> bool:
    """Say whether something that is no heading follows a marker directly."""
    if marker.rest.text.strip() or marker.close >= 0:
        return True
    for line in page.lines[marker.last :]:
        if line.kind != "blank":
            return line.kind != "heading" and not line.text.text.lstrip().lower().startswith("<h")
    return False


def has_answer(
    page: Page, marker: Marker, fellows: Sequence[Marker], heads: Sequence[Marker]
) -> bool:
    """Say whether anything stands between a marker and its next fellow."""
    if marker.rest.text.strip() or marker.close >= 0:
        return True
    ends = [m.first for m in fellows if m.first > marker.first]
    limit = marker.level or 7
    ends += [m.first for m in heads if m.first > marker.first and m.level <= limit]
    end = min(ends, default=len(page.lines))
    return any(page.lines[row].kind != "blank" for row in range(marker.last, end))


def _choose(page: Page, found: Sequence[Convention]) -> Convention | None:
    best = max(found, key=lambda c: c.score, default=None)
    if best is None or best.form != "heading":
        return best
    for rival in found:  # a shallower level whose headings have text of their own comes first
        texts = sum(has_text(page, m) for m in rival.markers)
        if (
            rival.form == "heading"
            and rival.level < best.level
            and rival.score >= _NEAR * best.score
            and 2 * texts > len(rival.markers)
        ):
            return rival
    return best


def _without_questions(heads: Sequence[Marker]) -> Iterable[Part]:
    for index, marker in enumerate(heads):
        yield Part(marker, "title" if index == 0 and marker.level == 1 else "section")


# --------------------------------------------------------------------------- headings


def _by_level(page: Page, heads: Sequence[Marker], chosen: Convention) -> Iterable[Part]:
    level = chosen.level
    evidence = _Evidence(chosen.markers)
    has_title = _is_title(heads, level)
    is_open = False
    for index, marker in enumerate(heads):
        if index == 0 and has_title:
            yield Part(marker, "title")
            continue
        if marker.level > level:
            yield Part(marker, "part")
            continue
        if is_open and evidence.is_of_an_answer(marker, level):
            yield Part(
                marker,
                "part",
                "a part of the answer above, though its heading ranks with the questions",
                "a question of its own" if marker.level == level else "a section",
            )
            continue
        part = _ranked(page, marker, heads, level, evidence)
        is_open = part.role == "question"
        yield part


def _ranked(
    page: Page, marker: Marker, heads: Sequence[Marker], level: int, evidence: _Evidence
) -> Part:
    if marker.level < level or "section" in trailing(marker.title.text)[1].classes:
        return Part(marker, "section")
    fellows = [m for m in heads if m.level <= level]
    if not has_answer(page, marker, fellows, ()):
        return Part(
            marker,
            "section",
            "a heading without text below: no question",
            "a question to be answered",
        )
    if titles.is_no_question(marker.title.text) and not marker.asks:
        return Part(marker, "section", "no question, as its title says", "a question")
    if not marker.asks and evidence.all_others_ask:
        return Part(marker, "question", "a question, though it does not ask", "{.section}")
    return Part(marker, "question")


def _is_title(heads: Sequence[Marker], level: int) -> bool:
    """Say whether the first heading is the title of the document."""
    first = heads[0]
    if first.level >= level and not (first.level == level == 1):
        return False
    alone = sum(m.level <= first.level for m in heads) == 1
    return alone or (first.level == 1 and not first.asks and level > 1)


class _Evidence:
    """What the questions' headings have in common."""

    def __init__(self, markers: Sequence[Marker]) -> None:
        texts = [titles.visible(m.title.text) for m in markers]
        asking = sum(m.asks for m in markers)
        counts = Counter(titles.bare(text) for text in texts)
        self._numbered = len(markers) >= _FEW and titles.share_numbered(texts) >= _MOST
        self._ask = len(markers) >= _FEW and asking >= _MOST * len(markers)
        self._again = {text for text, count in counts.items() if count > 1}
        self.all_others_ask = len(markers) > _FEW and asking >= len(markers) - 1

    def is_of_an_answer(self, marker: Marker, level: int) -> bool:
        """Say whether a heading that ranks with the questions, or above, belongs to an answer."""
        text = titles.visible(marker.title.text)
        if marker.asks or titles.number_of(text):
            return False
        if titles.is_part_of_answer(text) and (self._numbered or self._ask):
            return True
        if marker.level < level:
            return False
        return titles.bare(text) in self._again or (
            self._numbered and not titles.is_no_question(text)
        )


# --------------------------------------------------------------------------- other marks


def _by_mark(heads: Sequence[Marker], chosen: Convention) -> Iterable[Part]:
    marked = {m.first for m in chosen.markers}
    inner = [m for m in heads if m.first not in marked and not _is_folded(m, chosen.markers)]
    every = sorted([*inner, *chosen.markers], key=lambda m: m.first)
    has_title = bool(inner) and every[0] is inner[0] and _is_title(inner, 7)
    is_open = False
    for index, marker in enumerate(every):
        if marker.form != "heading" or marker.first in marked:
            is_open = True
            yield Part(marker, "question")
        elif index == 0 and has_title:
            yield Part(marker, "title")
        elif not is_open or _holds_questions(marker, heads, chosen.markers):
            is_open = False
            yield Part(marker, "section")
        elif titles.is_part_of_answer(marker.title.text):
            yield Part(marker, "part", "a part of the answer above", "a section")
        elif titles.is_no_question(marker.title.text):
            is_open = False
            yield Part(
                marker, "section", "a section without questions", "a part of the answer above"
            )
        else:
            yield Part(marker, "part", "a part of the answer above", "a section without questions")


def _is_folded(marker: Marker, folds: Sequence[Marker]) -> bool:
    return any(f.close >= 0 and f.first <= marker.first <= f.close for f in folds)


def _holds_questions(marker: Marker, heads: Sequence[Marker], questions: Sequence[Marker]) -> bool:
    later = (m.first for m in heads if m.first > marker.first and m.level <= marker.level)
    end = min(later, default=10**9)
    return any(marker.first < m.first < end for m in questions)
