"""The report of an import: what was found, repaired, doubted and dropped, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bindery.importer.model import Imported, Source, Span
from bindery.importer.trial import Tried
from bindery.report import as_record

_READERS = {
    "scraped": "a scraped page",
    "text": "plain text without headings",
    "markdown": "Markdown",
    "latex": "LaTeX",
}


def record(tried: Tried) -> dict[str, Any]:
    """Return everything that is said of one import, for JSON."""
    imported = tried.imported
    source = imported.source
    return {
        "file": source.shown,
        "format": imported.reader,
        "notes": [note.name for note in tried.notes],
        "found": asdict(tried.counts),
        "characters": _characters(imported),
        "repairs": [
            {"code": r.code, **_place(source, r.at), "what": r.what, "now": r.now}
            for r in _in_order(imported.repairs)
        ],
        "doubts": [
            {
                "code": d.code,
                **_place(source, d.at),
                "text": _excerpt(source, d.at),
                "choice": d.choice,
                "alternative": d.alternative,
            }
            for d in _in_order(imported.doubts)
        ],
        "dropped": [
            {
                "code": d.code,
                "lines": _lines(source, d.spans),
                "why": d.why,
                "text": _text(source, d.spans),
            }
            for d in _in_order(imported.dropped)
        ],
        "made": [
            {"code": m.code, **_place(source, m.at), "text": m.text}
            for m in _in_order(imported.made)
        ],
        "pictures": [picture.src for picture in imported.pictures],
        "diagnostics": [as_record(diagnostic) for diagnostic in tried.diagnostics],
    }


def told(tried: Tried) -> Iterator[str]:
    """Yield the report of one import as lines to be read."""
    imported, counts = tried.imported, tried.counts
    source = imported.source
    kind = _READERS.get(imported.reader, imported.reader)
    files = ", ".join(note.name for note in tried.notes)
    yield f"{source.shown}: read as {kind} → {files}"
    yield "  found: " + ", ".join(_counted(n, what) for what, n in asdict(counts).items())
    signs = _characters(imported)
    yield (
        f"  {signs['all']} characters: {signs['kept']} kept, {signs['repaired']} repaired, "
        f"{signs['dropped']} dropped"
    )
    for code, repairs in _by_code(imported.repairs):
        lines = _ranges(source.line(r.at) for r in repairs)
        what = repairs[0].what if len({r.what for r in repairs}) == 1 else _PLURAL.get(code, code)
        yield f"  repaired[{code}] {len(repairs)}×: {what}"
        yield f"    line {lines}"
    for dropped in _in_order(imported.dropped):
        where = _lines(source, dropped.spans)
        yield f"  dropped[{dropped.code}] line {where}: {dropped.why}"
    for code, mades in _by_code(imported.made):
        lines = _ranges(source.line(m.at) for m in mades)
        yield f"  made[{code}] {len(mades)}×, line {lines}"
    for doubt in _in_order(imported.doubts):
        place, words = source.place(doubt.at), _excerpt(source, doubt.at)
        choices = f"{doubt.choice}; or: {doubt.alternative}"
        yield f'  {place}: doubt[{doubt.code}]: "{words}": {choices}'
    for diagnostic in tried.diagnostics:
        yield from (f"  {line}" for line in str(diagnostic).splitlines())


_LONGEST = 24
_PLURAL = {
    "box": "boxes of other programs written as those of notes",
    "escaped-line": "lines written as plain text: they could not be read otherwise",
    "escaped-sign": "signs that are text have a backslash",
    "escaped-tag": "what looks like a tag and is none has a backslash",
    "front-matter": "front matter of another program",
    "html": "HTML left out, or written as Markdown",
    "latex": "commands of LaTeX written as Markdown, or left out",
    "link": "links into the file lead to notes",
    "macro": "the author's macros written out",
    "mended-formula": "full-width and odd signs in formulas",
    "number": "numbers of questions and sections: the book numbers them itself",
    "picture-path": "paths of pictures written as the notes need them",
    "formula-thrice": "a formula that stood there three times stands there once",
    "half-width": "punctuation beside Han is full-width again",
    "inline-code": "code inside a line that was cut at it",
    "fence": "code that had lost its fence",
    "question-number": "the question's number is no part of its title",
    "full-width-in-formula": "full-width signs in a formula written as ASCII",
}


def _in_order(said: Iterable[Any]) -> list[Any]:
    return sorted(said, key=lambda each: each.at)


def _by_code(said: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for each in _in_order(said):
        groups.setdefault(each.code, []).append(each)
    return list(groups.items())


def _counted(number: int, what: str) -> str:
    return f"{number} {what.removesuffix('s') if number == 1 else what}"


def _place(source: Source, at: int) -> dict[str, int]:
    place = source.place(at)
    return {"line": place.line, "column": place.column}


def _characters(imported: Imported) -> dict[str, int]:
    """Count the characters that are no space: all, kept, repaired, dropped."""
    text = imported.source.text

    def solid(spans: Iterable[Span]) -> int:
        return sum(not char.isspace() for start, end in spans for char in text[start:end])

    repaired = sum(solid(repair.spans) for repair in imported.repairs)
    dropped = sum(solid(each.spans) for each in imported.dropped)
    whole = solid([(0, len(text))])
    return {
        "all": whole,
        "kept": whole - repaired - dropped,
        "repaired": repaired,
        "dropped": dropped,
    }


def _excerpt(source: Source, at: int) -> str:
    """Return what stands at a place, shortened."""
    words = source.text[at : at + 4 * _LONGEST].strip().split("\n")[0].strip()
    printable = "".join(char if char.isprintable() else " " for char in words)
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}…"


def _lines(source: Source, spans: Sequence[Span]) -> str:
    return _ranges(n for a, b in spans for n in range(source.line(a), source.line(b - 1) + 1))


def _ranges(lines: Iterable[int]) -> str:
    """Return line numbers as ``3, 5-9``."""
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


def _text(source: Source, spans: Sequence[Span]) -> str:
    return "\n".join(source.text[start:end] for start, end in spans)
