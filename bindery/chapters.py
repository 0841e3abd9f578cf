"""The book's chapters: their facts at once, their trees only when they are rendered again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from bindery.digest import digest
from bindery.facts import (
    ChapterFacts,
    decode,
    decode_diagnostics,
    encode,
    encode_diagnostics,
    facts_of,
)
from bindery.formulas import judge
from bindery.house_rules import advice
from bindery.identify import with_ids
from bindery.inputs import code_digest
from bindery.model import Assets, Chapter, SourceFile
from bindery.parse import parse
from bindery.redirect import redirected
from bindery.trees import tree_from_bytes, tree_to_bytes

_FACTS, _JUDGED, _TREE = "facts", "judged-formulas", "tree"


class Chapters:
    """The files of a manuscript, parsed when there is need to."""

    def __init__(self, files: Sequence[SourceFile], assets: Assets, cache: Cache) -> None:
        self.files = tuple(files)
        self._assets = assets
        self._cache = cache
        self._trees: dict[int, Chapter] = {}
        self._kept: set[int] = set()
        known = digest(sorted(assets.files), sorted(assets.demos))
        self.keys = tuple(digest(code_digest(), f.path, f.shown, f.digest, known) for f in files)

    def facts(self) -> tuple[ChapterFacts, ...]:
        """Return every chapter's facts, from the cache or by parsing."""
        kept = self._cache.get_many(_FACTS, self.keys)
        fresh: dict[str, bytes] = {}
        found: list[ChapterFacts] = []
        for index, key in enumerate(self.keys):
            facts = decode(kept[key]) if key in kept else None
            if facts is None:
                tree, diagnostics = parse(self.files[index], self._assets)
                self._trees[index] = tree
                facts = facts_of(tree, (*diagnostics, *advice(tree)))
                fresh[key] = encode(facts)
            found.append(facts)
        self._cache.put_many(_FACTS, fresh)
        return tuple(found)

    def judged(
        self, facts: Sequence[ChapterFacts], macros: Mapping[str, str], jobs: int | None
    ) -> tuple[Diagnostic, ...]:
        """Return what is wrong with the formulas of every chapter."""
        keys = [digest(key, sorted(macros.items())) for key in self.keys]
        kept = self._cache.get_many(_JUDGED, keys)
        verdicts = {key: decode_diagnostics(kept[key]) for key in kept}
        missing = [n for n, key in enumerate(keys) if verdicts.get(key) is None]
        uses = [use for n in missing for use in facts[n].formulas]
        by_file: dict[str, list[Diagnostic]] = {}
        for diagnostic in judge(uses, macros, self._cache, jobs) if uses else ():
            by_file.setdefault(diagnostic.place.file, []).append(diagnostic)
        fresh = {keys[n]: tuple(by_file.get(facts[n].place.file, ())) for n in missing}
        self._cache.put_many(_JUDGED, {k: encode_diagnostics(d) for k, d in fresh.items()})
        verdicts |= fresh
        return tuple(diagnostic for key in keys for diagnostic in verdicts[key] or ())

    def keep(self) -> None:
        """Put the trees that were parsed into the cache, for who needs all of them each time."""
        fresh = {n: tree for n, tree in self._trees.items() if n not in self._kept}
        self._cache.put_many(_TREE, {self.keys[n]: tree_to_bytes(t) for n, t in fresh.items()})
        self._kept.update(fresh)

    def tree(self, index: int, ids: Sequence[str], former: Mapping[str, str]) -> Chapter:
        """Return a chapter's tree with every id filled in and references to former ids mended."""
        if index not in self._trees:
            kept = self._cache.get(_TREE, self.keys[index])
            tree = tree_from_bytes(kept) if kept else None
            if tree is None:
                tree = parse(self.files[index], self._assets)[0]
            else:
                self._kept.add(index)
            self._trees[index] = tree
        tree = with_ids(self._trees[index], ids)
        tree = redirected(tree, former) if former else tree
        return replace(tree, digest=digest(self.keys[index], ids, former))
