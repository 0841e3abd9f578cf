"""Golden imports: one file a convention, with the foreign file and what must come of it.

A file has the sections ``input NAME``, ``notes`` (the file of notes that is written) and
``report``. Before it is read, an input stands in a folder with some pictures. ``python -m
tests.importer.wild.golden NAME…`` writes what comes out now; read it before you believe it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bindery.cache import Cache
from bindery.importer.account import account
from bindery.importer.model import Source
from bindery.importer.readers import chosen
from bindery.importer.trial import Tried, tried
from bindery.model import Assets
from tests.dialect.golden import sections, write_sections

CASES = Path(__file__).parent / "cases"
PICTURES = ("images/loss curve.png", "images/win.png", "images/tree.png", "shot.png")


def case_files() -> list[Path]:
    """Return every case, in order."""
    return sorted(CASES.glob("*.txt"))


def brought(text: str, name: str, cache: Cache, folder: Path) -> Tried:
    """Return the import of a file that stands in a folder, read by the reader it asks for."""
    source = Source(folder / name, name, text)
    found = chosen(source)[0].read(source)
    return tried(found, Assets(frozenset(p.src for p in found.pictures), frozenset()), "n", cache)


def with_pictures(folder: Path) -> Path:
    """Return the folder, with the pictures in it that cases name."""
    for name in PICTURES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"picture")
    return folder


def outcome(path: Path, cache: Cache, folder: Path) -> dict[str, str]:
    """Return what comes of a case now."""
    head, text = next(iter(sections(path).items()))
    done = brought(text, head.removeprefix("input "), cache, folder)
    return {head: text, "notes": done.notes[0].text, "report": "\n".join(report(done))}


def report(done: Tried) -> Iterator[str]:
    """Yield all that is said of an import, a line each, with lines of the source."""
    found = done.imported
    line = found.source.line
    yield f"read as {found.reader}: {done.counts.questions} questions"
    for repair in found.repairs:
        now = f" → {repair.now}" if repair.now else ""
        yield f"{line(repair.at)}: repaired[{repair.code}]: {repair.what}{now}"
    for doubt in found.doubts:
        yield f"{line(doubt.at)}: doubt[{doubt.code}]: {doubt.choice}; or: {doubt.alternative}"
    for dropped in found.dropped:
        yield f"{line(dropped.at)}: dropped[{dropped.code}]: {dropped.why}"
    for made in found.made:
        yield f"{line(made.at)}: made[{made.code}]: {made.text}"
    for picture in found.pictures:
        yield f"picture {picture.path.name} → {picture.src}"
    yield from map(str, done.diagnostics)
    yield from account(found)


def main(names: list[str]) -> None:
    """Write what comes out of the named cases (all when none is named)."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = with_pictures(Path(scratch) / "files")
        with Cache(Path(scratch) / "cache") as cache:
            for path in case_files():
                if not names or path.stem in names:
                    write_sections(path, outcome(path, cache, folder))


if __name__ == "__main__":
    main(sys.argv[1:])
