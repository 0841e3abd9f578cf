"""Stage 1, read: ``book.toml`` and the files of notes, as text. The only stage that reads notes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from bindery.book_toml import BOOK_FILE, key_line, read_book
from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.digest import digest
from bindery.model import Assets, BookInfo, Manuscript, SourceFile
from bindery.suggest import did_you_mean

_NOT_NOTES = ("images", "demos", "data")
_DEMO = re.compile(r"demos/[^_/][^/]*\.py")


def read(source: Path, shown: str = "source") -> tuple[Manuscript, tuple[Diagnostic, ...]]:
    """Read the folder ``source``; ``shown`` is how diagnostics name it.

    Files that cannot be decoded and mistakes in ``book.toml`` are diagnostics.
    """
    found: list[Diagnostic] = []
    shown = PurePosixPath(shown).as_posix()
    info, toml = read_book(source / BOOK_FILE, f"{shown}/{BOOK_FILE}", found.append)
    names = frozenset(_files(source))
    order = _in_order(info, names, toml, f"{shown}/{BOOK_FILE}", found.append)
    files = tuple(_source_file(source / name, name, shown, found.append) for name in order)
    demos = frozenset(PurePosixPath(name).stem for name in names if _DEMO.fullmatch(name))
    assets = Assets(frozenset(name for name in names if _is_asset(name)), demos)
    return Manuscript(info, tuple(f for f in files if f is not None), assets), tuple(found)


def _is_asset(name: str) -> bool:
    """Say whether notes may show the file: what a build writes itself must not count."""
    return not name.endswith((".md", ".py", ".lock", ".toml")) and not name.startswith("demos/")


def _files(source: Path) -> Iterator[str]:
    """Yield every file that is not hidden, by its path from the source folder."""
    root = os.fspath(source)
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        prefix = "" if folder == root else Path(folder).relative_to(source).as_posix() + "/"
        yield from (prefix + name for name in names if not name.startswith("."))


def _source_file(
    path: Path, name: str, shown: str, report: Callable[[Diagnostic], None]
) -> SourceFile | None:
    label = f"{shown}/{name}"
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        message = error.strerror or "cannot be read"
        report(Diagnostic(Place(label), "unreadable-file", message, "check the file's permissions"))
        return None
    except UnicodeDecodeError as error:
        report(_undecodable(data, error, label))
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SourceFile(name, label, text, digest(data))


def _undecodable(data: bytes, error: UnicodeDecodeError, label: str) -> Diagnostic:
    begin = data.rfind(b"\n", 0, error.start) + 1
    line = data.count(b"\n", 0, error.start) + 1
    column = len(data[begin : error.start].decode("utf-8", "replace")) + 1
    hint = "save the file as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Diagnostic(Place(label, 1), "undecodable-file", "UTF-16, not UTF-8", hint)
    try:
        data.decode("gb18030")
        hint += "; it looks like GB18030"
    except UnicodeDecodeError:
        pass
    return Diagnostic(
        Place(label, line, column),
        "undecodable-file",
        f"not UTF-8: byte 0x{data[error.start]:02x}",
        hint,
    )


def _is_notes(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.suffix == ".md" and path.parts[0] not in _NOT_NOTES and not path.name.startswith("_")
    )


def _in_order(
    info: BookInfo,
    names: frozenset[str],
    toml: str,
    shown: str,
    report: Callable[[Diagnostic], None],
) -> list[str]:
    present = sorted(name for name in names if _is_notes(name))
    listed = [*info.chapters, *(name for part in info.parts for name in part.files)]
    counts = Counter(listed)

    def say(
        line: int, code: str, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> None:
        report(Diagnostic(Place(shown, line), code, message, hint, severity))

    for name, count in counts.items():
        line = key_line(toml, f'"{name}"')
        if name not in names:
            hint = did_you_mean(name, present) or "remove it from the order"
            say(line, "missing-chapter", f'no file "{name}"', hint)
        if count > 1:
            again = key_line(toml, f'"{name}"', line) or line
            say(again, "repeated-chapter", f'"{name}" is listed twice', "list it once")
    rest = [name for name in present if name not in counts]
    if listed and rest:
        say(
            key_line(toml, "chapters"),
            "unlisted-chapter",
            f"not in the order, put last: {', '.join(rest)}",
            "add it to chapters, or to a part",
            Severity.WARNING,
        )
    return [name for name in counts if name in names] + rest
