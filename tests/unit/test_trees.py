"""Trees come back from the cache as they were, and bytes of others build nothing."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

from bindery.cache import Cache
from bindery.chapters import Chapters
from bindery.model import Chapter
from bindery.read import read
from bindery.trees import tree_from_bytes, tree_to_bytes
from tests.books.workshop import ROOT


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("harm",)


def _chapters(cache: Cache) -> Chapters:
    manuscript, _ = read(ROOT / "tests" / "books" / "showcase", "source")
    return Chapters(manuscript.files, manuscript.assets, cache)


def _trees(chapters: Chapters) -> list[Chapter]:
    ids = [tuple("" for _ in facts.notes) for facts in chapters.facts()]
    return [chapters.tree(n, names, {}) for n, names in enumerate(ids)]


def test_a_tree_that_was_kept_is_the_one_that_is_parsed(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        first = _chapters(cache)
        parsed = _trees(first)
        first.keep()
        again = _trees(_chapters(cache))
    assert again == parsed
    assert [tree_from_bytes(tree_to_bytes(tree)) for tree in parsed] == parsed


def test_bytes_of_others_build_nothing() -> None:
    assert tree_from_bytes(pickle.dumps(_Harm())) is None
    assert tree_from_bytes(pickle.dumps(Path("somewhere"))) is None
    assert tree_from_bytes(pickle.dumps("text")) is None


def test_damaged_bytes_are_no_tree_or_a_tree(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        data = tree_to_bytes(_trees(_chapters(cache))[0])
    chance = random.Random(7)
    for _ in range(60):
        damaged = bytearray(data)
        damaged[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found = tree_from_bytes(bytes(damaged[: chance.randrange(len(data) + 1)]))
        assert found is None or isinstance(found, Chapter)
