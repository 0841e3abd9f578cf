"""A learner with the real Anki: imports packages, studies, and says what became of it all."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, NamedTuple, Self, TypeAlias

import anki.collection  # first of all: Anki's modules import one another in a circle
from anki.cards import Card, CardId
from anki.dbproxy import DBProxy
from anki.import_export_pb2 import ImportResponse
from anki.notes import Note, NoteId
from anki.scheduler.v3 import Scheduler

Rating: TypeAlias = Literal[1, 2, 3, 4]

AGAIN: Rating = 1
HARD: Rating = 2
GOOD: Rating = 3
EASY: Rating = 4
_DAY = 86_400
_QUEUE_LEARNING = 1


class CardKey(NamedTuple):
    """What a card is known by across imports: its note's guid, its template or cloze ordinal."""

    guid: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class CardState:
    """All that studying changes in a card, with the card's own id and deck."""

    id: int
    deck: str
    type: int
    queue: int
    due: int
    interval: int
    factor: int
    reps: int
    lapses: int
    left: int
    original_due: int
    original_deck: int
    flags: int
    data: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as the learner has it; ``mod`` in epoch seconds."""

    id: int
    type: str
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    mod: int


@dataclass(frozen=True, slots=True)
class ImportLog:
    """What Anki says after an import, each count in notes.

    ``duplicate`` means: already there and not newer, so left alone. ``refused`` counts notes that
    Anki dropped for other reasons (no first field, note type or deck missing).
    """

    found: int
    new: int
    updated: int
    duplicate: int
    conflicting: int
    refused: int

    @classmethod
    def of(cls, log: ImportResponse.Log) -> Self:
        """Return the counts of Anki's own log."""
        return cls(
            found=log.found_notes,
            new=len(log.new),
            updated=len(log.updated),
            duplicate=len(log.duplicate),
            conflicting=len(log.conflicting),
            refused=len(log.missing_notetype) + len(log.missing_deck) + len(log.empty_first_field),
        )


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """Both sides of a card as HTML with the note type's style, as Anki hands them to a reviewer.

    ``ordinal`` counts from 0; ``media`` is the folder the HTML's file names stand in.
    """

    label: str
    ordinal: int
    question: str
    answer: str
    media: Path


class Learner:
    """A collection of one's own in ``folder`` (made when missing), open inside ``with``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.collection = anki.collection.Collection(str(folder / "collection.anki2"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.collection.close()

    # ------------------------------------------------------------------- doing

    def import_package(self, path: Path) -> ImportLog:
        """Import a package with the options a double-click has before anything was ticked."""
        options = self.collection._backend.get_import_anki_package_presets()
        request = anki.collection.ImportAnkiPackageRequest(
            package_path=str(path.resolve()), options=options
        )
        log = self.collection.import_anki_package(request).log
        # The import changes note types behind the back of Anki's Python side.
        self.collection.models._clear_cache()
        return ImportLog.of(log)

    def answer_all(self, rating: Rating = GOOD, days: int = 0) -> int:
        """Answer every card once, let ``days`` pass, and return how many cards there were."""
        scheduler = self.collection.sched
        assert isinstance(scheduler, Scheduler)
        ids = self.collection.find_cards("-is:suspended", order="c.id")
        for identifier in ids:
            card = self.collection.get_card(identifier)
            card.start_timer()
            scheduler.answerCard(card, rating)
        if days:
            self.pass_days(days)
        return len(ids)

    def pass_days(self, days: int) -> None:
        """Make it ``days`` later by moving the collection's birth, and all it timed, back."""
        seconds = days * _DAY
        database = self.database
        database.execute("update col set crt = crt - ?", seconds)
        database.execute("update cards set due = due - ? where queue = ?", seconds, _QUEUE_LEARNING)
        database.execute(
            "update cards set data = json_set(data, '$.lrt', json_extract(data, '$.lrt') - ?)"
            " where json_extract(data, '$.lrt') is not null",
            seconds,
        )
        database.execute("update revlog set id = id - ?", seconds * 1000)
        # Anki keeps today's number until it opens the collection again.
        self.collection.close()
        self.collection = anki.collection.Collection(str(self.folder / "collection.anki2"))

    def edit(self, guid: str, field: str, value: str) -> None:
        """Change a field as the learner would in the browser; Anki stamps the note with now."""
        note = self._note(guid)
        note[field] = value
        self.collection.update_note(note)

    def tag(self, guid: str, tag: str) -> None:
        """Add a tag of the learner's own."""
        note = self._note(guid)
        note.add_tag(tag)
        self.collection.update_note(note)

    def suspend(self, keys: Iterable[CardKey]) -> None:
        """Suspend cards."""
        states = self.cards()
        self.collection.sched.suspend_cards([CardId(states[key].id) for key in keys])

    def flag(self, keys: Iterable[CardKey], colour: int = 1) -> None:
        """Put a flag on cards; colours count from 1."""
        states = self.cards()
        self.collection.set_user_flag_for_cards(colour, [CardId(states[k].id) for k in keys])

    # ------------------------------------------------------------------- seeing

    def cards(self) -> dict[CardKey, CardState]:
        """Return the state of every card; equal before and after means nothing was lost."""
        rows = self.database.all(
            "select n.guid, c.ord, c.id, c.did, c.type, c.queue, c.due, c.ivl, c.factor, c.reps,"
            " c.lapses, c.left, c.odue, c.odid, c.flags, c.data"
            " from cards c join notes n on n.id = c.nid order by c.id"
        )
        return {
            CardKey(guid, ordinal): CardState(card, self.collection.decks.name(deck), *state)
            for guid, ordinal, card, deck, *state in rows
        }

    def notes(self) -> dict[str, NoteView]:
        """Return every note by its guid; see :meth:`copies` for guids that occur twice."""
        views = {}
        for note in self._all_notes():
            kind = note.note_type()
            assert kind is not None
            fields = dict(note.items())
            views[note.guid] = NoteView(note.id, kind["name"], fields, tuple(note.tags), note.mod)
        return views

    def reviews(self) -> int:
        """Return how many answers the review log holds."""
        return int(self.database.scalar("select count() from revlog"))

    def note_types(self) -> dict[int, str]:
        """Return the names of the note types in use, by id."""
        used = self.database.list("select distinct mid from notes")
        names = {item.id: item.name for item in self.collection.models.all_names_and_ids()}
        return {identifier: names[identifier] for identifier in used}

    def copies(self) -> dict[str, tuple[str, ...]]:
        """Return what stands in the collection more than once: first field → guids."""
        found = defaultdict(list)
        for note in self._all_notes():
            found[note.fields[0]].append(note.guid)
        return {first: tuple(guids) for first, guids in found.items() if len(guids) > 1}

    def cards_lacking(self) -> tuple[CardKey, ...]:
        """Return the cards that Anki itself would generate and the package did not bring."""
        with self._twin() as twin:
            before = twin.cards().keys()
            ids = twin.collection.find_notes("")
            twin.collection.after_note_updates(list(ids), mark_modified=False, generate_cards=True)
            return tuple(sorted(twin.cards().keys() - before))

    def empty_cards(self) -> tuple[CardKey, ...]:
        """Return the cards that Tools → Empty Cards would offer to delete."""
        report = self.collection.get_empty_cards()
        empty = {card for note in report.notes for card in note.card_ids}
        return tuple(sorted(key for key, state in self.cards().items() if state.id in empty))

    def notes_without_cards(self) -> tuple[str, ...]:
        """Return the guids of notes that the learner could never see."""
        return tuple(
            self.database.list(
                "select guid from notes where id not in (select nid from cards) order by guid"
            )
        )

    def missing_media(self) -> tuple[str, ...]:
        """Return files that fields use and the media folder lacks."""
        return tuple(sorted(self.collection.media.check().missing))

    def unused_media(self) -> tuple[str, ...]:
        """Return files in the media folder that nothing uses."""
        return tuple(sorted(self.collection.media.check().unused))

    @property
    def database(self) -> DBProxy:
        """The collection's own tables, for what Anki has no command for."""
        database = self.collection.db
        assert database is not None
        return database

    @property
    def media(self) -> Path:
        """The media folder."""
        return Path(self.collection.media.dir())

    def integrity(self) -> str:
        """Return what Tools → Check Database would complain of; "" when all is well.

        That Anki notes the time of an answer later than the answer itself, when the clock turns
        a second in between, is its own book-keeping and no complaint.
        """
        with self._twin() as twin:
            problems = twin.collection._backend.check_database()
        return "\n".join(p for p in problems if not p.startswith("Added last review time"))

    def render(self, key: CardKey) -> RenderedCard:
        """Return both sides of one card, sound replaced by nothing."""
        return self._rendered(self.collection.get_card(CardId(self.cards()[key].id)))

    def render_all(self) -> tuple[RenderedCard, ...]:
        """Return both sides of every card, in the order in which new cards come up."""
        ids = self.collection.find_cards("", order="c.did, c.due, c.ord, c.id")
        return tuple(self._rendered(self.collection.get_card(identifier)) for identifier in ids)

    # ------------------------------------------------------------------- inside

    def _all_notes(self) -> Iterator[Note]:
        for identifier in self.database.list("select id from notes order by id"):
            yield self.collection.get_note(NoteId(identifier))

    def _note(self, guid: str) -> Note:
        identifier = self.database.scalar("select id from notes where guid = ?", guid)
        return self.collection.get_note(NoteId(identifier))

    def _rendered(self, card: Card) -> RenderedCard:
        note = card.note()
        escape = self.collection.media.escape_media_filenames
        return RenderedCard(
            label=f"{note.fields[0]}#{card.ord + 1}",
            ordinal=card.ord,
            question=escape(card.question()),
            answer=escape(card.answer()),
            media=self.media,
        )

    @contextmanager
    def _twin(self) -> Iterator[Learner]:
        """Open a copy of the collection, for what would change it."""
        with tempfile.TemporaryDirectory(prefix="learner-") as folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            with Learner(Path(folder)) as twin:
                yield twin
