"""A writer's desk: a copy of a book that is edited and built again, as its author would."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bindery import pipeline
from bindery.diagnostics import NotesError
from bindery.ledger import FILE, Entry, Ledger, load
from bindery.pipeline import Built
from bindery.request import DECK, Folders, Request

ROOT = Path(__file__).parents[2]
SMALL = Path(__file__).with_name("small")
REAL = ROOT / "source"
FIRST_BUILD = 1_750_000_000
A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Workshop:
    """A copy of a book in ``folder``, with its products beside it; builds only decks."""

    folder: Path
    cache: Path
    templates: Path = ROOT / "templates"

    @classmethod
    def copy_of(cls, book: Path, folder: Path, cache: Path) -> Workshop:
        """Copy a book, without what it remembers of its learners."""
        shutil.copytree(book, folder / "source", ignore=shutil.ignore_patterns(FILE))
        return cls(folder, cache)

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def deck(self) -> Path:
        return self.out / DECK

    @property
    def ledger_file(self) -> Path:
        return self.source / FILE

    def request(self, *products: str, locked: bool = False) -> Request:
        """Ask for products, the deck unless told otherwise; figures come from the records."""
        folders = Folders(self.source, self.out, self.templates, self.cache)
        wanted = frozenset(products or (DECK,))
        return Request(folders, wanted, locked, no_demos=True)

    def build(self, now: int = FIRST_BUILD, *products: str) -> Built:
        """Build; whatever is wrong in the notes fails the test."""
        return pipeline.build(self.request(*products), now)

    def refused(self, now: int = FIRST_BUILD) -> list[str]:
        """Build what cannot be built, and return the codes of all errors."""
        try:
            self.build(now)
        except NotesError as error:
            return [diagnostic.code for diagnostic in error.diagnostics]
        raise AssertionError("it was built")

    def kept(self, name: str) -> Path:
        """Put a copy of the deck aside under a name, for a learner to import later."""
        return Path(shutil.copy(self.deck, self.folder / name))

    def ledger(self) -> Ledger:
        """Read the ledger, which must be whole."""
        ledger, found = load(self.ledger_file.read_bytes(), FILE)
        assert found == ()
        return ledger

    def entry(self, name: str) -> Entry:
        """Return what the ledger holds of a note."""
        return self.ledger().entries[name]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands exactly once in a file of notes."""
        path = self.source / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def everything(self) -> dict[str, bytes]:
        """Return every file of the sources and products, byte for byte."""
        files = (path for top in (self.source, self.out) for path in top.rglob("*"))
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in files
            if path.is_file()
        }
