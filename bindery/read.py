"""Stage 1, read: ``book.toml`` and the files of notes, as text. The only stage that reads notes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.digest import digest
from bindery.model import Assets, BookInfo, Manuscript, Part, SourceFile

BOOK_FILE = "book.toml"
PAPERS = ("a4", "a5", "b5")
_TEXT_KEYS = ("id", "title", "subtitle", "language", "deck", "paper", "edition", "rights")
_LIST_KEYS = ("authors", "chapters")
_KEYS = frozenset((*_TEXT_KEYS, *_LIST_KEYS, "parts", "macros"))
_ID = re.compile(r"[a-z0-9-]{1,64}")
_TOML_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")
_NOT_NOTES = ("images", "demos", "data")


def read(source: Path, shown: str = "source") -> tuple[Manuscript, tuple[Diagnostic, ...]]:
    """Read the folder ``source``; ``shown`` is how diagnostics name it.

    Files that cannot be decoded and mistakes in ``book.toml`` are diagnostics.
    """
    found: list[Diagnostic] = []
    shown = PurePosixPath(shown).as_posix()
    info = _book(source, f"{shown}/{BOOK_FILE}", found.append)
    paths = {
        path.relative_to(source).as_posix(): path
        for path in sorted(source.rglob("*"))
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(source).parts)
    }
    names = _in_order(info, paths, f"{shown}/{BOOK_FILE}", found.append)
    files = (_source_file(paths[name], name, shown, found.append) for name in names)
    demos = frozenset(
        PurePosixPath(name).stem for name in paths if re.fullmatch(r"demos/[^_/][^/]*\.py", name)
    )
    assets = Assets(frozenset(name for name in paths if not name.endswith((".md", ".py"))), demos)
    return Manuscript(info, tuple(f for f in files if f is not None), assets), tuple(found)


def _source_file(
    path: Path, name: str, shown: str, report: Callable[[Diagnostic], None]
) -> SourceFile | None:
    data = path.read_bytes()
    label = f"{shown}/{name}"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        report(
            Diagnostic(
                Place(label, line),
                "undecodable-file",
                f"not UTF-8: byte 0x{data[error.start]:02x}",
                "save the file as UTF-8",
            )
        )
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SourceFile(name, label, text, digest(data))


def _is_notes(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.suffix == ".md" and path.parts[0] not in _NOT_NOTES and not path.name.startswith("_")
    )


def _in_order(
    info: BookInfo, paths: dict[str, Path], toml: str, report: Callable[[Diagnostic], None]
) -> list[str]:
    present = [name for name in paths if _is_notes(name)]
    listed = [*info.chapters, *(name for part in info.parts for name in part.files)]
    for name in listed:
        if name not in paths:
            report(
                Diagnostic(
                    Place(toml), "missing-chapter", f'no file "{name}"', "remove it from the order"
                )
            )
    for name in sorted({name for name in listed if listed.count(name) > 1}):
        report(
            Diagnostic(Place(toml), "repeated-chapter", f'"{name}" is listed twice', "list it once")
        )
    known = [name for name in dict.fromkeys(listed) if name in paths]
    rest = [name for name in present if name not in known]
    if listed and rest:
        report(
            Diagnostic(
                Place(toml),
                "unlisted-chapter",
                f"not in the order, put last: {', '.join(rest)}",
                "add it to chapters, or to a part",
                Severity.WARNING,
            )
        )
    return known + rest


def _book(source: Path, shown: str, report: Callable[[Diagnostic], None]) -> BookInfo:
    fallback = BookInfo("", "")
    path = source / BOOK_FILE
    try:
        text = path.read_text("utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        report(
            Diagnostic(
                Place(shown),
                "missing-book",
                "no book.toml",
                "build.py new DIR makes a book; or name its folder by --source",
            )
        )
        return fallback
    except UnicodeDecodeError:
        report(Diagnostic(Place(shown), "undecodable-file", "not UTF-8", "save it as UTF-8"))
        return fallback
    except tomllib.TOMLDecodeError as error:
        match = _TOML_PLACE.search(str(error))
        line, column = (int(match[1]), int(match[2])) if match and match[1] else (0, 0)
        message = _TOML_PLACE.sub("", str(error))
        report(Diagnostic(Place(shown, line, column), "bad-toml", message, "see https://toml.io"))
        return fallback
    return _Reader(text, shown, report).info(table)


class _Reader:
    """Checks the keys of ``book.toml`` one by one."""

    def __init__(self, text: str, shown: str, report: Callable[[Diagnostic], None]) -> None:
        self._lines = text.split("\n")
        self._shown = shown
        self._report = report

    def info(self, table: dict[str, Any]) -> BookInfo:
        for key in table:
            if key not in _KEYS:
                self._error(key, "unknown-book-key", f'unknown key "{key}"', _known())
        texts = {key: self._text(table, key) for key in _TEXT_KEYS}
        if not _ID.fullmatch(texts["id"]):
            self._error(
                "id",
                "malformed-id",
                f'"{texts["id"]}" cannot be a book\'s id',
                "use lower-case letters, digits and hyphens; it is frozen from the first build",
            )
        if not texts["title"].strip():
            self._error("title", "missing-title", "the book has no title", 'title = "…"')
        if texts["paper"] and texts["paper"] not in PAPERS:
            self._error(
                "paper", "unknown-paper", f'unknown paper "{texts["paper"]}"', "a4, a5 or b5"
            )
        return BookInfo(
            id=texts["id"],
            title=texts["title"],
            authors=self._texts(table, "authors"),
            subtitle=texts["subtitle"],
            language=texts["language"] or "zh-CN",
            deck=texts["deck"] or texts["title"],
            paper=texts["paper"] if texts["paper"] in PAPERS else "b5",
            edition=texts["edition"],
            rights=texts["rights"],
            parts=self._parts(table),
            chapters=self._texts(table, "chapters"),
            macros=self._macros(table),
        )

    def _text(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        self._error(key, "bad-book-value", f"{key} must be text", f'{key} = "…"')
        return ""

    def _texts(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self._error(key, "bad-book-value", f"{key} must be a list of texts", f'{key} = ["…"]')
        return ()

    def _parts(self, table: dict[str, Any]) -> tuple[Part, ...]:
        value = table.get("parts", [])
        parts: list[Part] = []
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict) or set(item) != {"title", "chapters"}:
                self._error(
                    "parts",
                    "bad-book-value",
                    "a part has a title and chapters",
                    '[[parts]], title = "…", chapters = ["…"]',
                )
                continue
            parts.append(Part(self._text(item, "title"), self._texts(item, "chapters")))
        return tuple(parts)

    def _macros(self, table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        value = table.get("macros", {})
        if isinstance(value, dict) and all(isinstance(tex, str) for tex in value.values()):
            return tuple((name.removeprefix("\\"), tex) for name, tex in sorted(value.items()))
        self._error("macros", "bad-book-value", "macros are texts of TeX", "R = '\\mathbb{R}'")
        return ()

    def _error(self, key: str, code: str, message: str, hint: str) -> None:
        pattern = re.compile(rf"\s*\[*\"?{re.escape(key)}\b")
        line = next((n for n, text in enumerate(self._lines, 1) if pattern.match(text)), 0)
        self._report(Diagnostic(Place(self._shown, line), code, message, hint))


def _known() -> str:
    return f"known: {', '.join(sorted(_KEYS))}"
