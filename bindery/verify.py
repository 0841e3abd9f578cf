"""Stage 9, verify: products are opened and counted before they replace the old ones."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from pathlib import Path


class BrokenProductError(Exception):
    """A product is not what was meant to be written; a bug of ours, never the user's."""


def verify_deck(path: Path, notes: int, cards: int) -> None:
    """Open the package as Anki does and count notes, cards and media.

    Raises:
        BrokenProductError: when anything is missing, or extra.
    """
    try:
        with zipfile.ZipFile(path) as package:
            if bad := package.testzip():
                raise BrokenProductError(f"{path.name}: {bad} is damaged")
            index = json.loads(package.read("media"))
            missing = set(index) - set(package.namelist())
            database = package.read("collection.anki2")
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise BrokenProductError(f"{path.name}: {error}") from error
    if missing:
        raise BrokenProductError(f"{path.name}: media lack {sorted(missing)}")
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(database)
        if connection.execute("pragma integrity_check").fetchone() != ("ok",):
            raise BrokenProductError(f"{path.name}: the collection is damaged")
        found = tuple(
            connection.execute(f"select count() from {table}").fetchone()[0]  # noqa: S608
            for table in ("notes", "cards")
        )
        guids = connection.execute("select count(distinct guid) from notes").fetchone()[0]
    finally:
        connection.close()
    if found != (notes, cards) or guids != notes:
        raise BrokenProductError(
            f"{path.name}: {found[0]} notes and {found[1]} cards, expected {notes} and {cards}"
        )


def verify_handbook(path: Path, pages: int) -> None:
    """Open the PDF and count its pages.

    Raises:
        BrokenProductError: when it cannot be opened or the count differs.
    """
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            found = len(pdf.pages)
    except pikepdf.PdfError as error:
        raise BrokenProductError(f"{path.name}: {error}") from error
    if found != pages:
        raise BrokenProductError(f"{path.name}: {found} pages, expected {pages}")
