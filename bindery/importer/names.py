"""Names that the source doesn't give: of the files that are written, and of an untitled one."""

from __future__ import annotations

import re

from bindery.importer.model import Source
from bindery.importer.plain import literal
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, made

_UNFIT = re.compile(r"[^\w\u4e00-\u9fff]+")
_LONGEST = 40


def file_name(number: str, title: str) -> str:
    """Return a name, without ``.md``, that every file system takes: ``01-机器学习``."""
    words = _UNFIT.sub("-", title).strip("-_")[:_LONGEST].rstrip("-_")
    return "-".join(part for part in (number, words) if part) or "notes"


def made_title(source: Source, telling: Telling) -> Traced:
    """Return a title made of the file's name, which is said."""
    name = source.path.stem.strip() or "notes"
    printable = "".join(char if char.isprintable() else " " for char in name)
    telling.make("title", printable, 0)
    return literal(made(printable), begins=False, title=True)
