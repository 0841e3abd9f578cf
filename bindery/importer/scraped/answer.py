"""An answer of a scraped page: its lines become blocks, and its lists get their depth back.

A tight item is ``- text``. A loose one is a lone ``-`` with its text on the next line; tight
items after it are below it, and what stands between two loose items belongs to the first.
Among tight items the only sign of depth is one that ends in a colon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindery.importer.blocks import (
    Block,
    Bullets,
    Display,
    Item,
    Listing,
    Notice,
    Para,
    Title,
    flat,
)
from bindery.importer.scraped.events import PHANTOM, Event, events_of
from bindery.importer.scraped.lines import ENDS, classified
from bindery.importer.scraped.sentences import Group, Role
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, made

_LONGEST_BARE = 40
_MISSING_PICTURE = re.compile("下图|如下所示的图|below figure|following figure")
_NAMED_ITEM = re.compile("^[^，。；：:]{1,24}[：:]\\S")


def answer_blocks(
    lines: Sequence[Traced], letters: frozenset[str] | None, telling: Telling
) -> tuple[Block, ...]:
    """Return the blocks of an answer.

    ``letters`` are those that are formulas somewhere on the page; None: it has no formulas.
    """
    found, code = classified(lines, letters is not None)
    events = events_of(found, code, letters or frozenset(), telling)
    return _Assembly(telling, events).blocks(events)


class _Assembly:
    """Makes blocks of the events of one answer."""

    def __init__(self, telling: Telling, events: Sequence[Event]) -> None:
        self._telling = telling
        self._chinese = any(_role(e) is Role.CHINESE for e in events)
        self._outer = False

    def blocks(self, events: Sequence[Event]) -> tuple[Block, ...]:
        out: list[Block] = []
        index = 0
        while index < len(events):
            event = events[index]
            role = _role(event)
            if not isinstance(event, Group):
                if event is not PHANTOM:
                    out.append(event)
                index += 1
            elif role is Role.LOOSE:
                end = _loose_end(events, index)
                out.append(self._loose(events[index:end]))
                index = end
            elif role in (Role.ITEM, Role.NUMBERED, Role.TERMS):
                end = _tight_end(events, index)
                out.append(self._tight(events[index:end]))
                index = end
            else:
                out.append(self._text(events, index))
                index += 1
        return tuple(out)

    def _text(self, events: Sequence[Event], index: int) -> Block:
        group = events[index]
        assert isinstance(group, Group)
        at = _at(group)
        if group.role is Role.CHINESE:
            self._outer = True
            return Title(1, group.runs)
        if group.role is Role.NUMBER:
            return Title(2 if self._outer else 1, group.runs)
        text = flat(group.runs)
        if _MISSING_PICTURE.search(text):
            self._telling.doubt(
                "missing-picture",
                at,
                "nothing stands in its place",
                "a picture, which the file doesn't have",
            )
        if _is_bare(events, index):
            if isinstance(events[index + 1], Listing | Notice):
                self._telling.doubt("bare-line", at, "a label in bold", "a heading, or a sentence")
                return Para(group.runs, strong=True)
            self._telling.doubt("bare-line", at, "a heading", "a label, or a sentence")
            level = 2 if self._chinese and self._outer else 1
            self._outer = True
            return Title(level, group.runs)
        return Para(group.runs)

    def _loose(self, events: Sequence[Event]) -> Bullets:
        starts = [n for n, event in enumerate(events) if _role(event) is Role.LOOSE]
        items: list[Item] = []
        for start, end in zip(starts, [*starts[1:], len(events)], strict=True):
            head = events[start]
            assert isinstance(head, Group)
            nested = [
                Group(Role.ITEM, head.first, head.last, marker, runs)
                for marker, runs in head.nested
            ]
            inner = self.blocks([*nested, *events[start + 1 : end]])
            items.append(Item(head.marker, (Para(head.runs), *inner)))
        return Bullets(tuple(items))

    def _tight(self, events: Sequence[Event]) -> Bullets:
        items: list[Item] = []
        groups = [event for event in events if isinstance(event, Group)]
        index = 0
        while index < len(groups):
            group = groups[index]
            if group.role is Role.TERMS:
                items += self._terms(group)
                index += 1
                continue
            end = _below(groups, index)
            blocks: tuple[Block, ...] = (Para(group.runs),)
            if end > index + 1:
                blocks += (self._nested(groups[index + 1 : end]),)
                if groups[index + 1].role is not Role.TERMS:
                    self._telling.doubt(
                        "list-depth",
                        _at(group),
                        f"what follows, {end - index - 1} of the items, is below it",
                        "all on one level",
                    )
            items.append(Item(group.marker or made("-"), blocks))
            index = end
        return Bullets(tuple(items))

    def _nested(self, groups: Sequence[Group]) -> Bullets:
        items: list[Item] = []
        for group in groups:
            if group.role is Role.TERMS:
                items += self._terms(group)
            else:
                items.append(Item(group.marker or made("-"), (Para(group.runs),)))
        return Bullets(tuple(items))

    def _terms(self, group: Group) -> list[Item]:
        return [Item(made("-"), (Para(runs),)) for _, runs in group.nested]


def _loose_end(events: Sequence[Event], start: int) -> int:
    """Return where the list that begins with a loose item ends."""
    bound = next((n for n in range(start + 1, len(events)) if _ends_list(events, n)), len(events))
    last = max(n for n in range(start, bound) if _role(events[n]) is Role.LOOSE)
    end = last + 1
    for index in range(last + 1, bound):
        event = events[index]
        if _role(event) is Role.TEXT:
            break
        announced = isinstance(event, Display | Listing) and index == end and _leads(events[last])
        if announced or event is PHANTOM or _role(event) in (Role.ITEM, Role.TERMS):
            end = index + 1
    return end


def _ends_list(events: Sequence[Event], index: int) -> bool:
    event = events[index]
    if not isinstance(event, Group):
        return False
    if event.role in (Role.CHINESE, Role.NUMBER, Role.NUMBERED):
        return True
    return event.role is Role.TEXT and (_is_label(event) or _is_bare(events, index))


def _tight_end(events: Sequence[Event], start: int) -> int:
    role = _role(events[start])
    roles = (Role.NUMBERED,) if role is Role.NUMBERED else (Role.ITEM, Role.TERMS)
    end = start + 1
    while end < len(events) and (_role(events[end]) in roles or events[end] is PHANTOM):
        end += 1
    return end


def _below(groups: Sequence[Group], index: int) -> int:
    """Return where the items below this one end; one past it when there are none."""
    if not _leads(groups[index]):
        return index + 1
    end = index + 1
    named = end < len(groups) and bool(_NAMED_ITEM.match(flat(groups[end].runs)))
    while end < len(groups) and not _leads(groups[end]):
        is_terms = groups[end].role is Role.TERMS
        if named and not is_terms and not _NAMED_ITEM.match(flat(groups[end].runs)):
            break
        end += 1
    return end


def _role(event: Event) -> Role | None:
    return event.role if isinstance(event, Group) else None


def _leads(event: Event) -> bool:
    return isinstance(event, Group) and flat(event.runs).rstrip().endswith((":", "："))


def _is_label(group: Group) -> bool:
    text = flat(group.runs).rstrip()
    return len(text) <= _LONGEST_BARE and text.endswith((":", "："))


def _is_bare(events: Sequence[Event], index: int) -> bool:
    """Say whether a short line without an end stands over what follows: a heading's looks."""
    event = events[index]
    if not isinstance(event, Group) or event.role is not Role.TEXT or event.first != event.last:
        return False
    if any(run.kind != "text" for run in event.runs) or index + 1 >= len(events):
        return False
    text = flat(event.runs).strip()
    return len(text) <= _LONGEST_BARE and not ENDS.search(text) and not re.search("[，。；]", text)


def _at(group: Group) -> int:
    return next((r.text.start for r in group.runs if r.text.start >= 0), group.marker.start)
