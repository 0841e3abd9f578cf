"""``book.toml``: what the book says of itself, key by key, each mistake at its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bindery.diagnostics import Diagnostic, Place
from bindery.model import BookInfo, Part
from bindery.suggest import did_you_mean

BOOK_FILE = "book.toml"
PAPERS = ("a4", "a5", "b5")
_TEXT_KEYS = ("id", "title", "subtitle", "language", "deck", "paper", "edition", "rights")
_LIST_KEYS = ("authors", "chapters")
_KEYS = frozenset((*_TEXT_KEYS, *_LIST_KEYS, "parts", "macros", "house-rules"))
_PART_KEYS = frozenset({"title", "chapters"})
_ID = re.compile(r"[a-z0-9-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MACRO = re.compile(r"\\?[A-Za-z]+")
_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)|\s*\(at end of document\)")


def read_book(path: Path, shown: str, report: Callable[[Diagnostic], None]) -> tuple[BookInfo, str]:
    """Read ``book.toml``; return what it says and its text ("" when it cannot be read)."""
    fallback = BookInfo("", "")
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        table = tomllib.loads(text)
    except OSError:
        hint = "build.py new DIR makes a book; or name its folder by --source"
        report(Diagnostic(Place(shown), "missing-book", "no book.toml", hint))
        return fallback, ""
    except UnicodeDecodeError:
        report(Diagnostic(Place(shown), "undecodable-file", "not UTF-8", "save it as UTF-8"))
        return fallback, ""
    except tomllib.TOMLDecodeError as error:
        match = _PLACE.search(str(error))
        line, column = (int(match[1]), int(match[2])) if match and match[1] else (0, 0)
        message = _PLACE.sub("", str(error))
        hint = 'write key = "text" or key = ["text", "text"]'
        report(Diagnostic(Place(shown, line, column), "bad-toml", message, hint))
        return fallback, text
    return _Reader(text, shown, report).info(table), text


def key_line(text: str, key: str, after: int = 0) -> int:
    """Return the line on which a key or value first stands after a line, or 0."""
    pattern = re.compile(rf"\s*\[*{re.escape(key)}" if not key.startswith('"') else re.escape(key))
    for number, line in enumerate(text.split("\n"), 1):
        if number > after and (pattern.search(line) if key[0] == '"' else pattern.match(line)):
            return number
    return 0


class _Reader:
    """Checks the keys of ``book.toml`` one by one."""

    def __init__(self, text: str, shown: str, report: Callable[[Diagnostic], None]) -> None:
        self._text_of_file = text
        self._shown = shown
        self._report = report

    def info(self, table: dict[str, Any]) -> BookInfo:
        for key in table:
            if key not in _KEYS:
                hint = did_you_mean(key, _KEYS) or f"known: {', '.join(sorted(_KEYS))}"
                self._error(key, "unknown-book-key", f'unknown key "{key}"', hint)
        texts = {key: self._text(table, key) for key in _TEXT_KEYS}
        self._check(texts)
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
            house_rules=self._flag(table, "house-rules"),
        )

    def _check(self, texts: dict[str, str]) -> None:
        if not _ID.fullmatch(texts["id"]):
            what = f'"{texts["id"]}" cannot be a book\'s id' if texts["id"] else "no id"
            hint = "use lower-case letters, digits and hyphens; it is frozen from the first build"
            self._error("id", "malformed-id", what, hint)
        if not texts["title"].strip():
            self._error("title", "missing-title", "the book has no title", 'title = "…"')
        if texts["paper"] and texts["paper"] not in PAPERS:
            message = f'unknown paper "{texts["paper"]}"'
            self._error("paper", "unknown-paper", message, "a4, a5 or b5")
        if texts["language"] and not _LANGUAGE.fullmatch(texts["language"]):
            message = f'"{texts["language"]}" is no language tag'
            self._error("language", "bad-book-value", message, 'language = "zh-CN"')
        if (
            texts["deck"].startswith("::")
            or "::::" in texts["deck"]
            or texts["deck"].endswith("::")
        ):
            message = f'deck "{texts["deck"]}" has a level without a name'
            self._error("deck", "bad-book-value", message, 'deck = "A::B"')

    def _text(self, table: dict[str, Any], key: str, line: int = 0) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        self._error(key, "bad-book-value", f"{key} must be text", f'{key} = "…"', line)
        return ""

    def _texts(self, table: dict[str, Any], key: str, line: int = 0) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self._error(key, "bad-book-value", f"{key} must be a list of texts", f'{key} = ["…"]', line)
        return ()

    def _flag(self, table: dict[str, Any], key: str) -> bool:
        value = table.get(key, True)
        if not isinstance(value, bool):
            self._error(key, "bad-book-value", f"{key} is true or false", f"{key} = false")
        return value is not False

    def _parts(self, table: dict[str, Any]) -> tuple[Part, ...]:
        value = table.get("parts", [])
        parts: list[Part] = []
        line = 0
        for item in value if isinstance(value, list) else [value]:
            line = key_line(self._text_of_file, "[parts]", line) or line
            if not isinstance(item, dict) or set(item) != _PART_KEYS:
                self._error(
                    "parts",
                    "bad-book-value",
                    "a part has a title and chapters, nothing else",
                    '[[parts]], then title = "…" and chapters = ["…"]',
                    line,
                )
                continue
            title, files = self._text(item, "title", line), self._texts(item, "chapters", line)
            parts.append(Part(title, files))
        return tuple(parts)

    def _macros(self, table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        value = table.get("macros", {})
        if not isinstance(value, dict):
            self._error("macros", "bad-book-value", "macros is a table", "[macros]")
            return ()
        macros: list[tuple[str, str]] = []
        for name, tex in sorted(value.items()):
            if isinstance(tex, str) and _MACRO.fullmatch(name):
                macros.append((name.removeprefix("\\"), tex))
                continue
            message = f"macro {name}: a name of letters and a text of TeX"
            self._error(name, "bad-book-value", message, "R = '\\mathbb{R}'")
        return tuple(macros)

    def _error(self, key: str, code: str, message: str, hint: str, line: int = 0) -> None:
        line = line or key_line(self._text_of_file, key) or key_line(self._text_of_file, f'"{key}"')
        self._report(Diagnostic(Place(self._shown, line), code, message, hint))
