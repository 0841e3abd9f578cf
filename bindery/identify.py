"""Stage 4, identify: every note gets the identity that learners' collections know it by.

Pure: book and ledger in, identified book and ledger out; ``now`` is an argument. A note is
known by its id; one without an id is recognised by its text. Positions never matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bindery.diagnostics import Diagnostic, Place
from bindery.digest import digest
from bindery.ledger import Entry, Kind, Ledger
from bindery.model import (
    Blocks,
    Book,
    Card,
    Chapter,
    Cloze,
    IdentifiedBook,
    Identity,
    NoteType,
    Question,
)
from bindery.recognise import (
    GapNumbers,
    Likeness,
    gap_texts,
    normalised,
    number_gaps,
    recognise,
    sketch,
    text_of,
)
from bindery.walk import plain_text

_QUESTION_NUMBER = re.compile(r"Q(\d+)")


@dataclass(frozen=True, slots=True)
class Identified:
    """What identify found: the book, the new ledger, and news worth telling, in plain words."""

    book: IdentifiedBook
    ledger: Ledger
    news: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Note:
    """A question, card or cloze of the notes, on its way to an identity."""

    kind: Kind
    id: str
    was: str
    place: Place
    title: str
    answer: str
    chapter: Chapter
    blocks: Blocks
    parent: int = -1

    @property
    def type(self) -> NoteType:
        """The note type in Anki."""
        return "cloze" if self.kind == "cloze" else "basic"


def identify(book: Book, ledger: Ledger, now: int) -> tuple[Identified, tuple[Diagnostic, ...]]:
    """Find or give each note its identity. ``now`` is in seconds since the epoch."""
    found: list[Diagnostic] = []
    if ledger.book and ledger.book != book.info.id:
        found.append(
            Diagnostic(
                Place("notes.lock", 1),
                "other-book",
                f'the ledger belongs to the book "{ledger.book}", not "{book.info.id}"',
                "the id of a book is frozen: put the old id back into book.toml",
            )
        )
    worker = _Identifier(book, ledger, now)
    worker.match()
    found.extend(worker.changed_types())
    found.extend(worker.doubts())
    worker.give_birth()
    return worker.result(), tuple(found)


class _Identifier:
    def __init__(self, book: Book, ledger: Ledger, now: int) -> None:
        self._book = book
        self._now = now
        self._notes = list(_notes(book))
        self._sketches = [sketch(note.answer) for note in self._notes]
        self._old = dict(ledger.entries)
        self._ledger = ledger
        self._entries: list[Entry | None] = [None] * len(self._notes)
        self._gaps: dict[int, GapNumbers] = {}
        self._doubts: dict[int, tuple[str, ...]] = {}
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
                        entry.kind, entry.title, entry.sketch, entry.parent, entry.named
                    )
                    for entry in unclaimed.values()
                },
            )
            self._doubts |= doubts
            for index, name in found.items():
                self._claim(index, unclaimed.pop(name))

    def _likeness(self, index: int, note: _Note) -> Likeness:
        parent = self._entries[note.parent] if note.parent >= 0 else None
        parent_id = parent.id if parent is not None else ""
        return Likeness(note.kind, note.title, self._sketches[index], parent_id, bool(note.id))

    def doubts(self) -> Iterator[Diagnostic]:
        """Yield an error for each note that could be one of several, or shares one with others."""
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
                    entry = self._entries[index] or self._birth(note, taken)
                    if entry.guid in self._younger:
                        entry = self._renumbered(note, entry)
                    self._entries[index] = self._refresh(index, note, entry)

    def _birth(self, note: _Note, taken: set[str]) -> Entry:
        info = self._book.info
        name = note.id or self._automatic_id(note)
        guid = digest("bindery guid", info.id, name, length=20)
        while guid in taken:
            guid = digest("bindery guid", info.id, name, guid, length=20)
        taken.add(guid)
        return Entry(
            id=name,
            guid=guid,
            number=self._number(note),
            type=note.type,
            kind=note.kind,
            deck=f"{info.deck}::{note.chapter.title}",
            born=self._now,
            named=bool(note.id),
        )

    def _automatic_id(self, note: _Note) -> str:
        used = {note.id for note in self._notes} | self._old.keys()
        used |= {entry.id for entry in self._entries if entry is not None}
        salt = 0
        while True:
            name = f"auto-{digest(note.kind, note.title, note.answer, salt, length=12)}"
            if name not in used:
                return name
            salt += 1

    def _number(self, note: _Note) -> str:
        if note.kind == "question":
            number = f"Q{self._next_question:03d}"
            self._next_question += 1
            return number
        parent = self._entries[note.parent]
        assert parent is not None
        child = self._last_child.get(parent.number, 0) + 1
        self._last_child[parent.number] = child
        return f"{parent.number}.{child}"

    def _renumbered(self, note: _Note, entry: Entry) -> Entry:
        number = self._number(note)
        self._news.append(f'"{entry.id}" is now {number}: another note has {entry.number} too')
        return replace(entry, number=number)

    def _refresh(self, index: int, note: _Note, entry: Entry) -> Entry:
        parent = self._entries[note.parent] if note.parent >= 0 else None
        entry = replace(
            entry,
            parent=parent.id if parent is not None else "",
            title=note.title,
            sketch=self._sketches[index],
        )
        if note.kind != "cloze":
            return entry
        numbers = number_gaps(gap_texts(note.blocks), entry.gaps, entry.lost)
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
        chapters = tuple(_with_ids(chapter, ids) for chapter in self._book.chapters)
        identified = IdentifiedBook(
            Book(self._book.info, chapters),
            {e.id: Identity(e.id, e.guid, e.number, e.type, e.deck) for e in entries},
            {entries[index].id: numbers.ordinals for index, numbers in self._gaps.items()},
        )
        ledger = Ledger(self._book.info.id, table, self._ledger.types)
        return Identified(identified, ledger, tuple(self._news))


def _younger(entries: Iterable[Entry]) -> set[str]:
    """Return the guids of notes whose number an older note has: two branches gave it away."""
    older: set[str] = set()
    found: set[str] = set()
    for entry in sorted(entries, key=lambda entry: (entry.born, entry.guid)):
        if entry.number in older:
            found.add(entry.guid)
        older.add(entry.number)
    return found


def _notes(book: Book) -> Iterator[_Note]:
    count = 0
    for chapter in book.chapters:
        for question in chapter.questions:
            parent = count
            yield _Note(
                "question",
                question.id,
                question.was,
                question.place,
                normalised(plain_text(question.title)),
                text_of((*question.short, *question.long)),
                chapter,
                question.short,
            )
            for card in question.cards:
                yield _Note(
                    "card",
                    card.id,
                    card.was,
                    card.place,
                    text_of(card.front),
                    text_of(card.back),
                    chapter,
                    card.front,
                    parent,
                )
            for cloze in question.clozes:
                text = text_of(cloze.blocks)
                yield _Note(
                    "cloze",
                    cloze.id,
                    cloze.was,
                    cloze.place,
                    text,
                    text,
                    chapter,
                    cloze.blocks,
                    parent,
                )
            count += 1 + len(question.cards) + len(question.clozes)


def _with_ids(chapter: Chapter, ids: Iterator[str]) -> Chapter:
    body: list[Question | object] = []
    for item in chapter.body:
        if not isinstance(item, Question):
            body.append(item)
            continue
        name = next(ids)
        cards: tuple[Card, ...] = tuple(replace(card, id=next(ids)) for card in item.cards)
        clozes: tuple[Cloze, ...] = tuple(replace(cloze, id=next(ids)) for cloze in item.clozes)
        body.append(replace(item, id=name, cards=cards, clozes=clozes))
    return replace(chapter, body=tuple(body))  # type: ignore[arg-type]
