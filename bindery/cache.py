"""The content-addressed cache: small and large values by (kind, key), in one SQLite file.

Everything in it can be computed again, so damage is never an error: a broken file is set
aside and counts as empty, a value whose checksum is not its own counts as absent. SQLite keeps a
value whole or absent when a process is killed. The folder also holds plain files for what needs a
path (fonts).
"""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

VERSION = 3
LIMIT_BYTES = 2_000_000_000
_SCHEMA = """
create table if not exists entries (
    kind text not null, key text not null, value blob not null,
    size integer not null, used integer not null, sum integer not null, primary key (kind, key)
)
"""
_PAGE_SIZE = 16_384  # a chapter's pages are tens of kilobytes: fewer, larger blocks are read
_SELECT = "select key, value, sum, used from entries where kind=? and key in"
_DAY = 86_400
_CHUNK = 500


class Cache:
    """A store of bytes by kind and key; a miss is ``None``, never an exception."""

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES) -> None:
        self.folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._today = int(time.time()) // _DAY
        self._touched: set[tuple[str, str]] = set()
        self._connection = self._open()

    def get(self, kind: str, key: str) -> bytes | None:
        """Return the value, or None when the cache has none."""
        return self.get_many(kind, (key,)).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the values that are there, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, bytes] = {}
        with self._lock:
            if self._connection is None:
                return found
            try:
                for start in range(0, len(wanted), _CHUNK):
                    chunk = wanted[start : start + _CHUNK]
                    marks = ",".join("?" * len(chunk))
                    query = f"{_SELECT} ({marks})"
                    rows = self._connection.execute(query, (kind, *chunk))
                    for key, value, checksum, used in rows:
                        if isinstance(value, bytes) and zlib.crc32(value) == checksum:
                            found[key] = value
                            if used != self._today:
                                self._touched.add((kind, key))
            except sqlite3.DatabaseError:
                self._abandon()
                return {}
        return found

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Store a value; failing to store is not an error."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: Mapping[str, bytes]) -> None:
        """Store several values in one transaction."""
        rows = [
            (kind, key, value, len(value), self._today, zlib.crc32(value))
            for key, value in values.items()
        ]
        with self._lock:
            if self._connection is None or not rows:
                return
            try:
                with self._connection:
                    self._connection.executemany(
                        "insert or replace into entries values (?, ?, ?, ?, ?, ?)", rows
                    )
            except sqlite3.OperationalError:
                return
            except sqlite3.DatabaseError:
                self._abandon()

    def path(self, *parts: str) -> Path:
        """Return a path in the cache's folder for what needs a file; its parent exists."""
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def close(self) -> None:
        """Note what was used today, drop the longest unused beyond the limit, and close."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(sqlite3.DatabaseError):
            _keep_within(connection, self._touched, self._today, self._limit)
        with suppress(sqlite3.DatabaseError):
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _file(self) -> Path:
        return self.folder / f"cache-v{VERSION}.sqlite"

    def _open(self) -> sqlite3.Connection | None:
        for attempt in range(2):
            try:
                self._make_room()
                connection = sqlite3.connect(self._file, timeout=20, check_same_thread=False)
                connection.execute("pragma synchronous=off")
                connection.execute(f"pragma page_size={_PAGE_SIZE}")  # for a new file
                connection.execute(_SCHEMA)
                connection.execute("select 1 from entries limit 1").fetchone()
            except (OSError, sqlite3.OperationalError):
                return None
            except sqlite3.DatabaseError:
                if attempt:
                    return None
                self._set_aside()
            else:
                return connection
        return None

    def _make_room(self) -> None:
        """Make the folder; what an earlier version kept there is of no use any more."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            for former in range(1, VERSION):
                for path in self.folder.glob(f"cache-v{former}.*"):
                    with suppress(OSError):  # another Bindery may be at work with it
                        path.unlink()

    def _abandon(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.DatabaseError):
                self._connection.close()
        self._set_aside()
        self._connection = self._open()

    def _set_aside(self) -> None:
        with suppress(OSError):
            self._file.replace(self._file.with_suffix(".damaged"))


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    """Return how much of the file is used, without reading it."""
    pages, free, size = (
        int(connection.execute(f"pragma {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _keep_within(
    connection: sqlite3.Connection, touched: set[tuple[str, str]], day: int, limit: int
) -> None:
    with connection:
        connection.executemany(
            "update entries set used=? where kind=? and key=?",
            [(day, kind, key) for kind, key in sorted(touched)],
        )
    if _bytes_in_use(connection) <= limit:  # more than its entries
        return
    total = connection.execute("select coalesce(sum(size), 0) from entries").fetchone()[0]
    if total <= limit:
        return
    with connection:
        rows = connection.execute("select kind, key, size from entries order by used").fetchall()
        for kind, key, size in rows:
            if total <= limit * 0.8:
                break
            connection.execute("delete from entries where kind=? and key=?", (kind, key))
            total -= size
