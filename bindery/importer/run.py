"""An import from beginning to end: read, recognise, try, account, write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, NotesError, Place
from bindery.importer.account import account
from bindery.importer.model import Chapter, Imported, Picture
from bindery.importer.readers import chosen
from bindery.importer.renewal import Given, renewal
from bindery.importer.source import read_source
from bindery.importer.trial import Tried, tried
from bindery.model import Assets
from bindery.products import Staging

_HIDDEN = "."


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of an import.

    ``target`` is the folder of the notes, ``shown`` how messages name it; ``format`` names a
    reader, or is "" to tell by evidence; ``overwrite`` lets notes be replaced.
    """

    files: tuple[Path, ...]
    target: Path
    shown: str
    format: str = ""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import made: each source with its notes, and the files that were written.

    ``news`` says what changed in notes that were there already, ``diagnostics`` what could not.
    """

    tried: tuple[Tried, ...]
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    news: tuple[str, ...] = ()


def prepare(order: Order, cache: Cache) -> tuple[Tried, ...]:
    """Read and judge the sources; nothing is written.

    Raises:
        NotesError: a file cannot be read, or its account is not even.
        MachineError: MathJax cannot be started.
    """
    assets = _assets(order.target)
    found: list[Tried] = []
    taken: set[str] = set()
    for path in order.files:
        source = read_source(path)
        reader, _ = chosen(source, order.format)
        imported = _renamed(reader.read(source), taken)
        known = Assets(assets.files | {p.src for p in imported.pictures}, assets.demos)
        each = tried(imported, known, order.shown, cache)
        _answered(each.imported)
        taken |= {chapter.name for chapter in each.imported.chapters}
        found.append(each)
    return tuple(found)


def write(order: Order, found: Sequence[Tried], *, really: bool = True) -> Outcome:
    """Write the notes and copy the pictures, all of them or none; or only say what would be.

    Raises:
        NotesError: a note is there already and must not be overwritten.
        MachineError: the folder cannot be written.
    """
    renewed = renewal(order.target, order.shown, tuple(_given(found)), order.overwrite)
    refused = tuple(_refused(order, name) for name in renewed.blocked)
    if refused and really:
        raise NotesError(refused)
    pictures = {p.src: p for each in found for p in each.imported.pictures}
    new = {src: _read(picture) for src, picture in pictures.items()}
    if really:
        with Staging(order.target) as staging:
            for src, data in new.items():
                if _content(order.target / src) != data:
                    staging.add(src, data)
            for name, data in renewed.files.items():
                staging.add(name, data)
            staging.place()
    diagnostics = (*renewed.diagnostics, *refused)
    return Outcome(tuple(found), renewed.notes, renewed.unchanged, diagnostics, renewed.news)


def _refused(order: Order, name: str) -> Diagnostic:
    return Diagnostic(
        Place(f"{order.shown}/{name}"),
        "note-exists",
        "a note of that name is there already, and it is another",
        "--overwrite replaces it; --to DIR writes elsewhere",
    )


def _given(found: Sequence[Tried]) -> Iterator[Given]:
    for each in found:
        for note in each.notes:
            yield Given(note.name, each.imported.source.path.name, note.text)


def _answered(imported: Imported) -> None:
    faults = account(imported)
    if faults:
        shown = Place(imported.source.shown)
        hint = "nothing was written; --format may read the file another way"
        message = f"a fault of Bindery, please report it: {faults[0]}"
        raise NotesError([Diagnostic(shown, "uneven-account", message, hint)])


def _renamed(imported: Imported, taken: set[str]) -> Imported:
    """Give chapters names that no other has in this import."""
    chapters: list[Chapter] = []
    names = set(taken)
    for chapter in imported.chapters:
        name, number = chapter.name, 2
        while name in names:
            name = f"{chapter.name}-{number}"
            number += 1
        names.add(name)
        chapters.append(replace(chapter, name=name) if name != chapter.name else chapter)
    return replace(imported, chapters=tuple(chapters))


def _assets(folder: Path) -> Assets:
    """Return what notes in the folder may refer to."""
    if not folder.is_dir():
        return Assets(frozenset(), frozenset())
    paths = [path for path in folder.rglob("*") if path.is_file()]
    names = [PurePosixPath(path.relative_to(folder).as_posix()) for path in paths]
    visible = [n for n in names if not any(part.startswith(_HIDDEN) for part in n.parts)]
    demos = {n.stem for n in visible if n.parts[0] == "demos" and n.suffix == ".py"}
    files = {n.as_posix() for n in visible if n.suffix not in (".md", ".py", ".lock", ".toml")}
    return Assets(frozenset(files), frozenset(demos))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read(picture: Picture) -> bytes:
    try:
        return picture.path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        place = Place(picture.path.as_posix())
        raise NotesError([Diagnostic(place, "unreadable-file", reason)]) from error
