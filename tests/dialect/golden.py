"""Golden cases: one file a case, with what goes in and what must come out.

A file has sections, each begun by a line ``=== name``: ``input``, ``card`` and ``page`` (the
handbook's HTML) where it has no errors, and ``diagnostics``. ``python -m tests.dialect.golden
NAME…`` writes what comes out now; read it before you believe it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.dialect.printing import page_text
from tests.dialect.reading import cards_text, read_text

CASES = Path(__file__).parent / "cases"
_HEAD = re.compile(r"^=== (.+)\n", re.MULTILINE)


def sections(path: Path) -> dict[str, str]:
    """Return the sections of a case by name."""
    parts = _HEAD.split(path.read_text("utf-8"))[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def write_sections(path: Path, found: dict[str, str]) -> None:
    """Write a case."""
    texts = (f"=== {name}\n{text.rstrip(chr(10))}\n" for name, text in found.items())
    path.write_text("".join(texts), "utf-8")


def outcome(text: str) -> dict[str, str]:
    """Return what comes of a text: its cards where it has no errors, and its diagnostics."""
    reading = read_text(text)
    errors = [d for d in reading.diagnostics if d.severity == "error"]
    found = {} if errors else {"card": cards_text(reading.book)}
    if reading.diagnostics:
        found["diagnostics"] = "\n".join(map(str, reading.diagnostics))
    return found


def printed(text: str) -> dict[str, str]:
    """Return what comes of a text in print, where it has no errors."""
    reading = read_text(text)
    errors = [d for d in reading.diagnostics if d.severity == "error"]
    return {} if errors else {"page": page_text(reading.book)}


def case_files() -> list[Path]:
    """Return every case, in order."""
    return sorted(CASES.glob("*.txt"))


def main(names: list[str]) -> None:
    """Write the outcome of the named cases (all when none is named)."""
    for path in case_files():
        if not names or path.stem in names:
            text = sections(path)["input"]
            write_sections(path, {"input": text, **outcome(text), **printed(text)})


if __name__ == "__main__":
    main(sys.argv[1:])
