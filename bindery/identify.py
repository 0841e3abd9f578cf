"""Stage 4, identify: every note gets the identity that learners' collections know it by.

Pure: book and ledger in, identified book and ledger out; ``now`` is an argument. A note is
known by its id; one without an id is recognised by its text. Positions never matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bindery.diagnostics import Diagnostic, Place
from bindery.digest import digest
from bindery.facts import ChapterFacts, NoteFacts
from bindery.ledger import Entry, Ledger
from bindery.model import BookInfo, Card, Chapter, Cloze, Identity, Question
from bindery.recognise import GapNumbers, number_gaps, recognise
from bindery.similar import Likeness, resemblance

_SAME_TEXT = 0.8
_SLUG = 32
_QUESTION_NUMBER = re.compile(r"Q(\d+)")


@dataclass(frozen=True, slots=True)
class Identified:
    """What identify found.

    ``ids`` are the notes' ids, chapter by chapter in reading order; ``gaps`` give, for a cloze's
    id, the ordinal N of cN of each gap; ``news`` is worth telling, in plain words.
    """

    ids: tuple[tuple[str, ...], ...]
    identities: dict[str, Identity]
    gaps: dict[str, tuple[int, ...]]
    ledger: Ledger
    news: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Note:
    """A note on its way to an identity; ``parent`` is the index among all notes of the book."""

    facts: NoteFacts
    chapter: ChapterFacts
    parent: int


def identify(
    info: BookInfo, chapters: Sequence[ChapterFacts], ledger: Ledger, now: int
) -> tuple[Identified, tuple[Diagnostic, ...]]:
    """Find or give each note its identity. ``now`` is in seconds since the epoch."""
    found: list[Diagnostic] = []
    if ledger.book and ledger.book != info.id:
        found.append(
            Diagnostic(
                Place("notes.lock", 1),
                "other-book",
                f'the ledger belongs to the book "{ledger.book}", not "{info.id}"',
                "the id of a book is frozen: put the old id back into book.toml",
            )
        )
    worker = _Identifier(info, chapters, ledger, now)
    worker.match()
    found.extend(worker.changed_types())
    found.extend(worker.doubts())
    worker.give_birth()
    return worker.result(), tuple(found)


class _Identifier:
    def __init__(
        self, info: BookInfo, chapters: Sequence[ChapterFacts], ledger: Ledger, now: int
    ) -> None:
        self._info = info
        self._chapters = chapters
        self._now = now
        self._all = list(_notes(chapters))
        self._notes = [note.facts for note in self._all]
        self._old = dict(ledger.entries)
        self._used = {note.id for note in self._notes} | self._old.keys()
        self._ledger = ledger
        self._entries: list[Entry | None] = [None] * len(self._notes)
        self._gaps: dict[int, GapNumbers] = {}
        self._doubts: dict[int, tuple[str, ...]] = {}
        self._renamed: dict[int, Entry] = {}
        self._younger = _younger(self._old.values())
        self._news: list[str] = []
        self._next_question = 1 + max(
            (int(m[1]) for e in self._old.values() if (m := _QUESTION_NUMBER.match(e.number))),
            default=0,
        )
        self._last_child: dict[str, int] = {}
        for entry in self._old.values():
            parent, dot, child = entry.number.partition(".")
            if dot:
                self._last_child[parent] = max(self._last_child.get(parent, 0), int(child))

    def match(self) -> None:
        """Claim the ledger's entries: by id, by the former id, then by the text."""
        unclaimed = dict(self._old)
        for index, note in enumerate(self._notes):
            for name in (note.id, note.was):
                entry = unclaimed.get(name) if name else None
                if entry is not None and entry.type == note.type:
                    self._claim(index, unclaimed.pop(name))
                    break
        for questions in (True, False):
            found, doubts = recognise(
                {
                    index: self._likeness(index, note)
                    for index, note in enumerate(self._notes)
                    if self._entries[index] is None and (note.kind == "question") == questions
                },
                {
                    entry.id: Likeness(
                        entry.kind,
                        entry.title,
                        entry.sketch,
                        entry.parent,
                        entry.named,
                        bool(entry.retired),
                    )
                    for entry in unclaimed.values()
                },
            )
            self._doubts |= doubts
            for index, name in found.items():
                self._claim(index, unclaimed.pop(name))

        self._renamed = dict(self._renames(unclaimed.values()))

    def _renames(self, unclaimed: Iterable[Entry]) -> Iterator[tuple[int, Entry]]:
        """Yield notes with a new id that are the very text of a note whose id is gone."""
        gone = {(e.type, e.title): e for e in unclaimed if e.named and not e.retired}
        for index, note in enumerate(self._notes):
            entry = gone.get((note.type, note.title))
            if entry is None or not note.id or note.id in self._old:
                continue
            if resemblance(entry.sketch, note.sketch) >= _SAME_TEXT:
                yield index, entry

    def _likeness(self, index: int, note: NoteFacts) -> Likeness:
        parent = self._parent(index)
        parent_id = parent.id if parent is not None else ""
        return Likeness(note.kind, note.title, note.sketch, parent_id, bool(note.id))

    def _parent(self, index: int) -> Entry | None:
        parent = self._all[index].parent
        return self._entries[parent] if parent >= 0 else None

    def doubts(self) -> Iterator[Diagnostic]:
        """Yield an error for each note whose identity cannot be told."""
        for index, entry in self._renamed.items():
            note = self._notes[index]
            yield Diagnostic(
                note.place,
                "renamed-without-was",
                f'"{note.id}" is new, and {entry.number} "{entry.id}" with the same text is gone',
                f"{{#{note.id} was={entry.id}}} keeps its learners' progress; "
                "to begin anew, build once without this note",
            )
        for index, names in self._doubts.items():
            note = self._notes[index]
            numbers = ", ".join(f"{self._old[name].number} (was={name})" for name in names)
            yield Diagnostic(
                note.place,
                "ambiguous-note",
                f"this {note.kind} has no id, and cannot be told from others like it: {numbers}",
                f"give it an id; to keep its learners' progress: {{#new-id was={names[0]}}}",
            )

    def changed_types(self) -> Iterator[Diagnostic]:
        """Yield an error for each id that the ledger knows as a note of another type."""
        for note in self._notes:
            entry = self._old.get(note.id)
            if entry is not None and entry.type != note.type:
                yield Diagnostic(
                    note.place,
                    "changed-type",
                    f'"{note.id}" was a {entry.kind} and cannot become a {note.kind}',
                    "Anki refuses a note that changes its type: give this one a new id",
                )

    def _claim(self, index: int, entry: Entry) -> None:
        note = self._notes[index]
        if note.id and note.id != entry.id:
            self._news.append(f'{entry.number} is now "{note.id}", before "{entry.id}"')
        if entry.retired:
            self._news.append(f'{entry.number} "{entry.id}" is back')
        self._entries[index] = replace(
            entry,
            id=note.id or entry.id,
            kind=note.kind,
            named=bool(note.id) or entry.named,
            retired=0,
        )

    def give_birth(self) -> None:
        """Give new notes their identity, questions first, and bring the rest up to date."""
        taken = {entry.guid for entry in self._old.values()}
        for questions in (True, False):
            for index, note in enumerate(self._notes):
                if (note.kind == "question") == questions:
                    entry = self._entries[index] or self._birth(index, note, taken)
                    if entry.guid in self._younger:
                        entry = self._renumbered(index, note, entry)
                    self._entries[index] = self._refresh(index, note, entry)

    def _birth(self, index: int, note: NoteFacts, taken: set[str]) -> Entry:
        info = self._info
        name = note.id or self._automatic_id(note)
        guid = digest("bindery guid", info.id, name, length=20)
        while guid in taken:
            guid = digest("bindery guid", info.id, name, guid, length=20)
        taken.add(guid)
        return Entry(
            id=name,
            guid=guid,
            number=self._number(index, note),
            type=note.type,
            kind=note.kind,
            deck=f"{info.deck}::{self._all[index].chapter.title}",
            born=self._now,
            named=bool(note.id),
        )

    def _automatic_id(self, note: NoteFacts) -> str:
        salt = 0
        while True:
            mark = digest(note.kind, note.title, note.sketch, salt, length=6)
            name = f"auto-{_slug(note.label)}{mark}"
            if name not in self._used:
                self._used.add(name)
                return name
            salt += 1

    def _number(self, index: int, note: NoteFacts) -> str:
        if note.kind == "question":
            number = f"Q{self._next_question:03d}"
            self._next_question += 1
            return number
        parent = self._parent(index)
        assert parent is not None
        child = self._last_child.get(parent.number, 0) + 1
        self._last_child[parent.number] = child
        return f"{parent.number}.{child}"

    def _renumbered(self, index: int, note: NoteFacts, entry: Entry) -> Entry:
        number = self._number(index, note)
        self._news.append(f'"{entry.id}" is now {number}: another note has {entry.number} too')
        return replace(entry, number=number)

    def _refresh(self, index: int, note: NoteFacts, entry: Entry) -> Entry:
        parent = self._parent(index)
        above = parent.id if parent is not None else ""
        if (entry.parent, entry.title, entry.sketch) != (above, note.title, note.sketch):
            entry = replace(entry, parent=above, title=note.title, sketch=note.sketch)
        if note.kind != "cloze":
            return entry
        numbers = number_gaps(note.gaps, entry.gaps, entry.lost)
        self._gaps[index] = numbers
        return replace(entry, gaps=numbers.gaps, lost=numbers.lost)

    def result(self) -> Identified:
        """Put ids into the book and the entries into a new ledger; the unclaimed retire."""
        entries = [entry for entry in self._entries if entry is not None]
        claimed = {entry.guid for entry in entries}
        table = {entry.id: entry for entry in entries}
        for entry in self._old.values():
            if entry.guid not in claimed:
                if not entry.retired:
                    self._news.append(f'{entry.number} "{entry.id}" is retired')
                table.setdefault(entry.id, replace(entry, retired=entry.retired or self._now))
        ids = iter([entry.id for entry in entries])
        return Identified(
            tuple(tuple(next(ids) for _ in chapter.notes) for chapter in self._chapters),
            {e.id: Identity(e.id, e.guid, e.number, e.type, e.deck) for e in entries},
            {entries[index].id: numbers.ordinals for index, numbers in self._gaps.items()},
            Ledger(self._info.id, table, self._ledger.types),
            tuple(self._news),
        )


def _slug(text: str) -> str:
    """Return the Latin words of a title, for an id that says a little of its note."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    slug = "-".join(words)[:_SLUG].strip("-")
    return f"{slug}-" if slug else ""


def _younger(entries: Iterable[Entry]) -> set[str]:
    """Return the guids of notes whose number an older note has: two branches gave it away."""
    older: set[str] = set()
    found: set[str] = set()
    for entry in sorted(entries, key=lambda entry: (entry.born, entry.guid)):
        if entry.number in older:
            found.add(entry.guid)
        older.add(entry.number)
    return found


def _notes(chapters: Sequence[ChapterFacts]) -> Iterator[_Note]:
    before = 0
    for chapter in chapters:
        for note in chapter.notes:
            yield _Note(note, chapter, before + note.parent if note.parent >= 0 else -1)
        before += len(chapter.notes)


def with_ids(chapter: Chapter, ids: Sequence[str]) -> Chapter:
    """Return the chapter with the id of each note filled in, in reading order."""
    following = iter(ids)
    body: list[Question | object] = []
    for item in chapter.body:
        if not isinstance(item, Question):
            body.append(item)
            continue
        name = next(following)
        cards: tuple[Card, ...] = tuple(replace(card, id=next(following)) for card in item.cards)
        clozes: tuple[Cloze, ...] = tuple(
            replace(cloze, id=next(following)) for cloze in item.clozes
        )
        body.append(replace(item, id=name, cards=cards, clozes=clozes))
    return replace(chapter, body=tuple(body))  # type: ignore[arg-type]
