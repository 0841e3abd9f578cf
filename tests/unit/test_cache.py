"""The cache gives back what was put in or nothing, whatever happened to its file."""

from __future__ import annotations

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bindery.cache import VERSION, Cache

FILE = f"cache-v{VERSION}.sqlite"
VALUES = {f"key {n}": bytes([n % 256]) * (n * 7) for n in range(600)}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Return a folder whose cache holds ``VALUES``."""
    with Cache(tmp_path) as cache:
        cache.put_many("cards", VALUES)
    return tmp_path


def test_it_gives_back_what_was_put_in(filled: Path) -> None:
    with Cache(filled) as cache:
        assert cache.get_many("cards", [*VALUES, "nobody"]) == VALUES
        assert cache.get("formulas", "key 1") is None, "a kind is a room of its own"
        cache.put("cards", "key 1", b"another")
        assert cache.get("cards", "key 1") == b"another"


def test_a_flipped_byte_is_a_miss_and_never_a_wrong_value(filled: Path) -> None:
    connection = sqlite3.connect(filled / FILE)
    with connection:
        connection.execute("update entries set value=cast('wrong' as blob) where key='key 3'")
    connection.close()
    with Cache(filled) as cache:
        assert cache.get("cards", "key 3") is None
        cache.put("cards", "key 3", b"computed again")
        assert cache.get("cards", "key 3") == b"computed again"


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_loses_values_but_changes_none(filled: Path, seed: int) -> None:
    chance = random.Random(seed)
    file = filled / FILE
    data = bytearray(file.read_bytes())
    if seed % 4 == 0:
        del data[chance.randrange(len(data)) :]
    for _ in range(chance.randrange(1, 400)):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    file.write_bytes(bytes(data))

    with Cache(filled) as cache:
        found = cache.get_many("cards", VALUES)
        assert all(VALUES[key] == value for key, value in found.items())
        cache.put_many("cards", VALUES)
    with Cache(filled) as cache:
        found = cache.get_many("cards", VALUES)
        assert all(VALUES[key] == value for key, value in found.items())


def test_what_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 1000)
    with Cache(tmp_path) as cache:
        assert cache.get("cards", "a") is None
        cache.put("cards", "a", b"1")
    with Cache(tmp_path) as cache:
        assert cache.get("cards", "a") == b"1"


def test_it_may_be_deleted_at_any_time(filled: Path) -> None:
    with Cache(filled) as cache:
        (filled / FILE).unlink()
        cache.put("cards", "a", b"1")
    with Cache(filled) as cache:
        assert cache.get("cards", "key 1") is None


def test_it_is_bounded_and_what_is_used_stays(tmp_path: Path) -> None:
    old = {f"old {n}": b"x" * 1000 for n in range(50)}
    with Cache(tmp_path) as cache:
        cache.put_many("cards", old)
    connection = sqlite3.connect(tmp_path / FILE)
    with connection:
        connection.execute("update entries set used = used - 9")
    connection.close()

    with Cache(tmp_path, limit=20_000) as cache:
        assert cache.get("cards", "old 7") is not None
        cache.put_many("cards", {f"new {n}": b"y" * 1000 for n in range(10)})
    with Cache(tmp_path) as cache:
        left = cache.get_many("cards", [*old, *(f"new {n}" for n in range(10))])
    assert sum(map(len, left.values())) <= 20_000
    assert {"old 7", *(f"new {n}" for n in range(10))} <= left.keys()


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Cache(tmp_path / "file" / "cache") as cache:
        cache.put("cards", "a", b"1")
        assert cache.get("cards", "a") is None


def test_several_writers_at_once(tmp_path: Path) -> None:
    def write(who: int) -> None:
        with Cache(tmp_path) as cache:
            for n in range(20):
                cache.put("cards", f"{who} {n}", b"%d" % who)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with Cache(tmp_path) as cache:
        assert len(cache.get_many("cards", [f"{w} {n}" for w in range(4) for n in range(20)])) == 80
