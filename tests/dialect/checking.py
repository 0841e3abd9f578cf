"""What ``build.py check`` says of a folder of notes, and the golden files that keep it.

A golden file holds the files of a small book (``=== file NAME``, or ``=== bytes NAME`` with hex
digits) and what must be said of them (``=== diagnostics``). ``python -m tests.dialect.checking
NAME…`` writes what is said now; read it before you believe it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from bindery.judge import check
from bindery.report import StageTimes
from bindery.request import Folders
from tests.dialect.golden import sections, write_sections

DIAGNOSTICS = Path(__file__).parent / "diagnostics"
_BOOK = 'id = "golden"\ntitle = "例书"\n'


def said_of(source: Path, cache: Cache) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the notes in a folder."""
    folders = Folders(source, source / "out", source / "templates", cache.folder)
    return check(folders, cache, 1_700_000_000, StageTimes(), jobs=1).diagnostics


def said_of_case(path: Path, cache: Cache) -> str:
    """Return what is wrong with the book in a golden file, as the user sees it."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.mkdir()
        (source / "book.toml").write_text(_BOOK, "utf-8")
        for head, text in sections(path).items():
            kind, _, name = head.partition(" ")
            if kind not in ("file", "bytes"):
                continue
            target = source / name
            if text.strip() == "(none)":
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            data = bytes.fromhex(text) if kind == "bytes" else text.encode()
            target.write_bytes(data)
        return "\n".join(map(str, said_of(source, cache)))


def golden_files() -> list[Path]:
    """Return every golden file of diagnostics, in order."""
    return sorted(DIAGNOSTICS.glob("*.txt"))


def main(names: list[str]) -> None:
    """Write what is said of the named files (all when none is named)."""
    with tempfile.TemporaryDirectory() as folder, Cache(Path(folder)) as cache:
        for path in golden_files():
            if not names or path.stem in names:
                kept = {
                    head: text for head, text in sections(path).items() if head != "diagnostics"
                }
                write_sections(path, {**kept, "diagnostics": said_of_case(path, cache)})


if __name__ == "__main__":
    main(sys.argv[1:])
