"""The index of terms: pinyin order, pages merged into ranges."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from bindery.cache import Cache
from bindery.digest import digest
from bindery.handbook.scope import TermUse
from bindery.handbook.spacing import Spacer
from bindery.versions import version

_KIND = "pinyin"


@dataclass(frozen=True, slots=True)
class Span:
    """One page or a range of pages, linked to the first place on it."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A term and its pages."""

    title: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class IndexGroup:
    """The terms that begin with one letter."""

    letter: str
    entries: tuple[IndexEntry, ...]


def sorting_key(term: str) -> tuple[tuple[int, str], ...]:
    """Return what a term is sorted by: pinyin for Han, letters whatever their case.

    Symbols and digits come first; Latin and pinyin mix, as in a Chinese dictionary.
    """
    from pypinyin import Style, lazy_pinyin

    syllables = lazy_pinyin(term.casefold(), style=Style.TONE3, neutral_tone_with_five=True)
    return tuple((int(part[:1].isalpha()), part) for part in syllables)


Key = Callable[[str], tuple[tuple[int, str], ...]]


def kept_keys(cache: Cache) -> Key:
    """Return ``sorting_key`` with a memory: loading the table of pinyin takes half a second."""
    table = version("pypinyin")

    def key(term: str) -> tuple[tuple[int, str], ...]:
        name = digest(table, term)
        if (kept := cache.get(_KIND, name)) is not None:
            return tuple((int(rank), part) for rank, part in json.loads(kept))
        found = sorting_key(term)
        cache.put(_KIND, name, json.dumps(found).encode())
        return found

    return key


def index(
    uses: Iterable[TermUse], pages: Mapping[str, int], key: Key = sorting_key
) -> tuple[IndexGroup, ...]:
    """Return the index: each term once, with the pages (as numbers) of its uses."""
    places: dict[str, dict[int, str]] = {}
    for use in uses:
        if use.anchor in pages:
            places.setdefault(use.key.strip(), {}).setdefault(pages[use.anchor], use.anchor)
    keys = {term: key(term) for term in places if term}
    ordered = sorted(keys, key=lambda term: (keys[term], term))
    return tuple(
        IndexGroup(
            letter,
            tuple(IndexEntry(Spacer().text(term), _spans(places[term])) for term in terms),
        )
        for letter, terms in groupby(ordered, key=lambda term: _letter(keys[term]))
    )


def _letter(key: tuple[tuple[int, str], ...]) -> str:
    first = key[0][1][:1].upper() if key else ""
    return first if "A" <= first <= "Z" else "#"


def _spans(pages: Mapping[int, str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    runs: list[list[int]] = []
    for page in sorted(pages):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    for run in runs:
        text = str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}"
        spans.append(Span(pages[run[0]], text))
    return tuple(spans)
