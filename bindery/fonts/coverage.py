"""Which characters the book's fonts can print, and where the others stand in the notes."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place
from bindery.digest import digest
from bindery.fonts.faces import FACES

_KIND = "font-coverage"
# Characters without a shape of their own: controls, formats, separators, variation selectors.
_SHAPELESS = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_SELECTORS = range(0xFE00, 0xFE10)


def covered(cache: Cache) -> frozenset[int]:
    """Return every code point that some font of the book has; kept in the cache.

    Raises:
        MachineError: A package that holds a font is not installed.
    """
    key = digest([(f.path, f.version, f.source.stat().st_size) for f in FACES])
    kept = cache.get(_KIND, key)
    if kept is not None:
        try:
            return frozenset(p for low, high in json.loads(kept) for p in range(low, high + 1))
        except (ValueError, TypeError):
            pass
    points = _read()
    cache.put(_KIND, key, json.dumps(_spans(points)).encode())
    return points


def missing_characters(
    printed: Mapping[str, str], sources: Mapping[str, str], cache: Cache
) -> tuple[Diagnostic, ...]:
    """Return an error for each character that no font of the book has, at its first place.

    Args:
        printed: For each file of notes, the characters that the handbook prints of it.
        sources: For each file, its text as written, to find the places in.
        cache: Where the fonts' coverage is kept.
    """
    points = covered(cache)
    return tuple(
        _diagnostic(char, file, sources.get(file, ""))
        for file, text in printed.items()
        for char in sorted(set(text))
        if ord(char) not in points and not _is_shapeless(char)
    )


def _diagnostic(char: str, file: str, source: str) -> Diagnostic:
    name = unicodedata.name(char, "unnamed character")
    return Diagnostic(
        _find(char, file, source),
        "character-without-glyph",
        f"no font of the handbook has {char!r} (U+{ord(char):04X} {name})",
        "write it another way, or as a formula between dollar signs",
    )


def _find(char: str, file: str, source: str) -> Place:
    at = source.find(char)
    if at < 0:
        return Place(file)
    return Place(file, source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at))


def _is_shapeless(char: str) -> bool:
    return unicodedata.category(char) in _SHAPELESS or ord(char) in _SELECTORS


def _read() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    points = set[int]()
    for path in {face.source for face in FACES}:
        with TTFont(path, lazy=True) as font:
            points.update(font.getBestCmap())
    return frozenset(points)


def _spans(points: Iterable[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for point in sorted(points):
        if spans and point == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], point)
        else:
            spans.append((point, point))
    return spans
