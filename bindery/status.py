"""What the next build changes for a learner and in print, as plain words. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bindery.ledger import Ledger
from bindery.model import RenderedNote
from bindery.note_types import FIELDS
from bindery.sheets import Pages, changed_pages, changed_sheets, counted, spans

_TOKEN = re.compile(r"[A-Za-z0-9_]+|\s+|.", re.S)
_TAG = re.compile(r"<[^>]*>")
_AROUND = 6
_SHOWN = ("Front", "Back", "Text", "More", "Source")


@dataclass(frozen=True, slots=True)
class Change:
    """One note that the next build changes: how, and in which words."""

    id: str
    number: str
    how: str
    page: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """All changes; ``types`` names note types whose look changes, ``print`` tells of pages."""

    changes: tuple[Change, ...]
    news: tuple[str, ...]
    types: tuple[str, ...]
    print: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the status as a learner's and a printer's news."""
        if not (self.changes or self.news or self.types):
            if self.print and self.print[0] != _SAME_PAGES:
                yield "nothing has changed for a learner since the last build"
            else:
                yield "nothing has changed since the last build"
            yield from self.print
            return
        for change in self.changes:
            where = f" (printed on page {change.page})" if change.page else ""
            yield f"{change.number}  {_WORDS[change.how]}  {change.id}{where}"
            for words in change.words:
                yield f"      {words}"
        yield from self.news
        for kind in self.types:
            yield f"the look of every {kind} card changes; nothing else about them does"
        counts = [sum(change.how == how for change in self.changes) for how in _WORDS]
        yield ", ".join(f"{n} {how}" for n, how in zip(counts, _WORDS, strict=True) if n) or (
            "no note is touched"
        )
        if any(change.how != "retired" for change in self.changes):
            yield "a learner who imports the deck keeps all progress; other notes are not touched"
        if any(change.how == "retired" for change in self.changes):
            yield "retired notes stay with learners until they import retired.apkg and delete them"
        yield from self.print


_SAME_PAGES = "in print: no page of the handbook changes"
_WORDS = {"new": "new    ", "updated": "updated", "retired": "retired"}


def print_news(before: Pages, after: Pages, copy: Pages | None) -> tuple[str, ...]:
    """Say which pages change in print.

    Args:
        before: the handbook as it was built last.
        after: the handbook as the next build would print it.
        copy: the copy on paper, if one is known.
    """
    pages = changed_pages(before, after)
    gone = len(before.labels) - len(after.labels)
    lines = [_SAME_PAGES]
    if pages or before.digests != after.digests:
        many = "pages" if len(pages) > 1 else "page"
        which = f"{many} {spans(pages)} of the handbook" if pages else "the number of pages"
        lines = [f"in print: {which} {'change' if len(pages) > 1 else 'changes'}"]
    if gone:
        lines.append(
            f"the handbook has then {len(after.labels)} pages instead of {len(before.labels)}"
        )
    if copy is not None:
        behind = len(changed_sheets(copy.digests, after.digests).put_in)
        lines.append(
            f"the copy on paper lacks {counted(behind, 'sheet')}: build.py handbook --changed"
            if behind
            else "the copy on paper is up to date"
        )
    return tuple(lines)


def changes_of(
    touched: Sequence[str],
    ledger: Ledger,
    before: Ledger,
    *,
    notes: Sequence[RenderedNote],
    old_fields: Mapping[str, Sequence[str]],
    pages: Mapping[str, str],
) -> tuple[Change, ...]:
    """Put together what changes.

    Args:
        touched: ids of the notes that are new or whose content differs.
        ledger: the ledger as the next build would write it.
        before: the ledger as it is.
        notes: the notes as rendered now.
        old_fields: fields by guid as they stand in the last deck, if there is one.
        pages: page of the last handbook on which each note begins, by id.
    """
    rendered = {note.id: note for note in notes}
    known = {entry.guid: entry for entry in before.entries.values()}
    found: list[Change] = []
    for name in touched:
        entry = ledger.entries[name]
        old = known.get(entry.guid)
        page = pages.get(old.id if old else name, "")
        if entry.retired:
            if old is None or not old.retired:
                found.append(Change(name, entry.number, "retired", page))
        elif old is None or (old_fields and entry.guid not in old_fields and not old.retired):
            found.append(Change(name, entry.number, "new"))
        else:
            note = rendered[name]
            fields = old_fields.get(entry.guid, ())
            words = tuple(_differences(FIELDS[note.type], fields, note.fields))
            found.append(Change(name, entry.number, "updated", page, words))
    return tuple(sorted(found, key=lambda change: (list(_WORDS).index(change.how), change.number)))


def word_diff(old: str, new: str) -> str:
    """Return the differences as ``[-old-]{+new+}`` with some text around; Han by character."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    pieces: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(_shortened(before[i1:i2], first=i1 == 0, last=i2 == len(before)))
            continue
        pieces.append(f"[-{''.join(before[i1:i2])}-]" if i2 > i1 else "")
        pieces.append(f"{{+{''.join(after[j1:j2])}+}}" if j2 > j1 else "")
    return "".join(pieces)


def _differences(names: Sequence[str], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for name, before, after in zip(names, old or new, new, strict=True):
        if before == after:
            continue
        if name in _SHOWN:
            diff = word_diff(_plain(before), _plain(after))
            yield f"{name}: {diff}" if "[-" in diff or "{+" in diff else f"{name}: markup"
        else:
            yield f"{name}: {_plain(before) or '–'} → {_plain(after) or '–'}"


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", markup)).split())


def _shortened(tokens: Sequence[str], *, first: bool, last: bool) -> str:
    if len(tokens) <= 2 * _AROUND:
        return "".join(tokens)
    head = "" if first else "".join(tokens[:_AROUND])
    tail = "" if last else "".join(tokens[-_AROUND:])
    return f"{head}…{tail}"
