"""What an import does to notes that are there already: it renews what an import once wrote.

A note without a record is the user's own, and is never touched unasked. With one, the notes,
the record and what the source gives now are merged question by question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.importer.again import Conflict, Merge, merge
from bindery.importer.pieces import pieces_of
from bindery.importer.records import Record, load
from bindery.recognise import normalised

_SAME = 0.6
_UNREADABLE = "\0"
_REASONS = {
    "edited": 'edited here and in the source: "{title}"',
    "removed": 'gone from the source, but edited here: "{title}"',
    "deleted": 'deleted here, but changed in the source: "{title}"',
}


@dataclass(frozen=True, slots=True)
class Given:
    """A file of notes as the source gives it now: its name, the source's name, its text."""

    note: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to be written, and what is to be said.

    ``files`` are by their path in the folder of the notes: notes, records, conflicts. ``blocked``
    are notes that are there and that no import wrote; ``news`` says what changed, in words.
    """

    files: Mapping[str, bytes]
    notes: tuple[str, ...]
    unchanged: tuple[str, ...]
    blocked: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    news: tuple[str, ...]


def renewal(folder: Path, shown: str, given: Sequence[Given], overwrite: bool = False) -> Renewal:
    """Say what becomes of the notes in a folder; ``shown`` is how messages name it."""
    records = load(folder)
    names = _names(folder, records, given)
    files: dict[str, bytes] = {}
    notes: list[str] = []
    unchanged: list[str] = []
    blocked: list[str] = []
    diagnostics: list[Diagnostic] = []
    news: list[str] = []
    for each in given:
        name, record = names[each.note]
        mine = _text(folder / name)
        is_ours = record is not None and record.source == each.source
        text = each.text
        if mine is not None and mine != text and not overwrite:
            if record is None or not is_ours or mine == _UNREADABLE:
                blocked.append(name)
                continue
            done = merge(record.text, mine, text)
            text = done.text
            news += _news(f"{shown}/{name}", done)
            diagnostics += (_told(f"{shown}/{name}", name, c) for c in done.conflicts)
            if done.conflicts:
                target = _conflict_file(name)
                before = _text(folder / target) or ""
                files[target] = (before + _written(name, each.source, done.conflicts)).encode()
        if mine == text:
            unchanged.append(name)
        else:
            files[name] = text.encode()
            notes.append(name)
        new = Record(name, each.source, each.text)
        if record != new:
            files[new.name] = new.encoded()
    return Renewal(
        files, tuple(notes), tuple(unchanged), tuple(blocked), tuple(diagnostics), tuple(news)
    )


# --------------------------------------------------------------------------- which file is which


def _names(
    folder: Path, records: Mapping[str, Record], given: Sequence[Given]
) -> dict[str, tuple[str, Record | None]]:
    """Return the file that each of the given notes goes to, with its record.

    It is its own, or the one it went to when its title was another, or the one that the user
    gave another name.
    """
    taken = {each.note for each in given}
    names: dict[str, tuple[str, Record | None]] = {}
    for each in given:
        own = records.get(each.note)
        names[each.note] = each.note, own
        if own is not None and own.source == each.source:
            moved = "" if (folder / each.note).exists() else _moved(folder, own.text, taken)
            if moved:
                later = records.get(moved)
                is_later = later is not None and later.source == each.source
                names[each.note] = moved, later if is_later else own
            continue
        for record in records.values():
            if record.source != each.source or record.note in taken:
                continue
            if _overlap(record.text, each.text) >= _SAME and (folder / record.note).exists():
                names[each.note] = record.note, record
                taken.add(record.note)
                break
    return names


def _moved(folder: Path, base: str, taken: set[str]) -> str:
    """Return the name that the user gave to a file of notes that an import wrote."""
    for path in sorted(folder.glob("*.md")):
        if path.name in taken or path.name.startswith("_"):
            continue
        text = _text(path)
        if text is not None and _overlap(base, text) >= _SAME:
            return path.name
    return ""


def _overlap(one: str, other: str) -> float:
    """Return which part of one text's titles another has too."""
    first, second = (
        {normalised(piece.words) for piece in pieces_of(text)[1:]} for text in (one, other)
    )
    return len(first & second) / len(first) if first else 0.0


def _text(path: Path) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return _UNREADABLE if path.exists() else None
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --------------------------------------------------------------------------- what is said


def _news(shown: str, done: Merge) -> Iterator[str]:
    for what, titles in (
        ("updated", done.updated),
        ("added", done.added),
        ("removed, as the source did", done.removed),
        ("kept as edited", done.kept),
    ):
        if titles:
            yield f"{shown}: {what}: {', '.join(titles)}"


def _told(shown: str, note: str, conflict: Conflict) -> Diagnostic:
    title = conflict.title or "what stands above the first question"
    return Diagnostic(
        Place(shown, conflict.line),
        "import-conflict",
        _REASONS[conflict.reason].format(title=title),
        f"your text stays; all versions are in {_conflict_file(note)}: take what you need from it",
        Severity.WARNING,
    )


def _conflict_file(note: str) -> str:
    """Return the file that shows the conflicts of a note; its name keeps it out of the book."""
    return f"_{PurePosixPath(note).stem}.conflict.md"


def _written(note: str, source: str, conflicts: Sequence[Conflict]) -> str:
    """Return the conflicts as text, with the marks that ``git merge --conflict=diff3`` uses."""
    parts: list[str] = []
    for conflict in conflicts:
        place = f"{note}:{conflict.line}" if conflict.line else note
        parts.append(
            f"<<<<<<< {place}\n{conflict.mine}\n||||||| last import\n{conflict.base}\n"
            f"=======\n{conflict.theirs}\n>>>>>>> {source}\n"
        )
    return "\n".join(parts) + "\n"
