"""The last step of an import: what is written must pass ``check``, so what does not is settled.

Readers repair what they know. Whatever errors are left are mended one by one at their places,
mostly by a backslash that lets a sign be text; each is told with its line. When nothing else
helps a line is escaped altogether, which no rule of the dialect can object to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from bindery.diagnostics import Diagnostic, Severity
from bindery.importer import remedies
from bindery.importer.model import Chapter, Entry, Imported, Question, Section
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined

Judge: TypeAlias = Callable[[str], Sequence[Diagnostic]]
"""Says what ``check`` says of the text of a chapter; only the line and column of a place count."""

_ROUNDS = 60
_PATIENCE = 4
_LAST_PATIENCE = 8
# Errors whose remedy never fails: a line is not escaped for them.
_SURE = frozenset(("character-without-glyph", "bad-chapter-title"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A title or a body of a chapter; ``entry`` counts from 0, and is -1 for the chapter itself."""

    entry: int
    part: Literal["title", "body"]


def settled(imported: Imported, judge: Judge) -> Imported:
    """Return the import with every error settled that ``judge`` finds in it."""
    telling = Telling(imported.repairs)
    telling.doubts.extend(imported.doubts)
    telling.dropped.extend(imported.dropped)
    telling.made.extend(imported.made)
    chapters = tuple(
        chapter if chapter.whole else _Settler(chapter, judge, telling).chapter()
        for chapter in imported.chapters
    )
    return replace(
        imported,
        chapters=chapters,
        repairs=tuple(sorted(telling.repairs, key=lambda repair: repair.at)),
        doubts=tuple(sorted(telling.doubts, key=lambda doubt: doubt.at)),
        dropped=tuple(telling.dropped),
        made=tuple(telling.made),
    )


class _Settler:
    """Settles one chapter, round by round: one remedy a line and round."""

    def __init__(self, chapter: Chapter, judge: Judge, telling: Telling) -> None:
        self._chapter = chapter
        self._judge = judge
        self._telling = telling
        self._tries: Counter[tuple[_Piece, int]] = Counter()
        self._owners: list[tuple[_Piece, int]] = []

    def chapter(self) -> Chapter:
        """Return the chapter, settled; one that is clean notes already is left alone."""
        errors: list[Diagnostic] = []
        for _ in range(_ROUNDS):
            errors = [d for d in self._judge(self._text()) if d.severity is Severity.ERROR]
            if not errors:
                break
            self._round(errors)
        else:
            self._give_up(errors[0])
        return self._chapter

    def _text(self) -> str:
        """Return the chapter as text; ``_owners`` gives the piece and row of each of its lines."""
        lines: list[str] = []
        self._owners = []

        def put(text: str, piece: _Piece, head: str = "", tail: str = "") -> None:
            for row, line in enumerate(f"{head}{text}{tail}".split("\n")):
                lines.append(line)
                self._owners.append((piece, row))
            lines.append("")
            self._owners.append((piece, -1))

        put(self._chapter.title.text, _Piece(-1, "title"), "# ")
        put(self._chapter.intro.text, _Piece(-1, "body"))
        for index, entry in enumerate(self._chapter.entries):
            mark = " ".join(
                (*([f"#{entry.id}"] if entry.id else []), *(_SECTION if _is_section(entry) else []))
            )
            put(entry.title.text, _Piece(index, "title"), "## ", f" {{{mark}}}" if mark else "")
            put(entry.body.text, _Piece(index, "body"))
        return "\n".join(lines)

    def _round(self, errors: Iterable[Diagnostic]) -> None:
        chosen: dict[_Piece, dict[int, Diagnostic]] = defaultdict(dict)
        for error in errors:
            row = min(max(error.place.line, 1), len(self._owners)) - 1
            piece, inner = self._owners[row]
            chosen[piece].setdefault(inner, error)
        for piece, found in chosen.items():
            text = self._get(piece)
            rows = list(text.lines())
            for row, error in sorted(found.items(), reverse=True):
                is_sure = error.code in _SURE
                if not is_sure:
                    self._tries[piece, row] += 1
                if self._whole(piece, error):
                    continue
                at = min(max(row, 0), len(rows) - 1)
                if self._tries[piece, row] > _LAST_PATIENCE and not is_sure:
                    rows = [remedies.escaped(line, error, self._telling) for line in rows]
                elif self._tries[piece, row] > _PATIENCE and not is_sure:
                    rows[at] = remedies.escaped(rows[at], error, self._telling)
                else:
                    shift = 3 - (piece.entry < 0) if piece.part == "title" else 0
                    column = max(error.place.column - 1 - shift, 0)
                    tries = self._tries[piece, row]
                    rows = remedies.applied(
                        rows, at, column, error, tries=tries, telling=self._telling
                    )
            self._set(piece, joined(rows, "\n"))

    def _whole(self, piece: _Piece, error: Diagnostic) -> bool:
        """Settle what no single line can: a note that is none, an id that stands twice."""
        if piece.entry < 0:
            return False
        entry = self._chapter.entries[piece.entry]
        at = max(entry.title.start, 0)
        if error.code == "question-without-answer" and isinstance(entry, Question):
            unfolded = remedies.unfolded(entry.body, error, self._telling)
            if unfolded is not None:
                self._put(piece.entry, replace(entry, body=unfolded))
                return True
            self._telling.doubt(
                error.code,
                at,
                f'"{entry.title.text}" has no answer: a section',
                "write the answer, and take {.section} away",
            )
            self._put(piece.entry, Section(entry.title, entry.body, entry.line, entry.id))
            return True
        if error.code in ("duplicate-id", "malformed-id") and entry.id:
            what = f'the id "{entry.id}" left out: {error.message}'
            self._telling.repaired("id", what, (), "", at)
            self._put(piece.entry, replace(entry, id=""))
            return True
        return False

    def _give_up(self, error: Diagnostic) -> None:
        """Escape everything: no text of the dialect is refused that holds no sign of it."""
        pieces = [_Piece(-1, "title"), _Piece(-1, "body")]
        for index in range(len(self._chapter.entries)):
            pieces += [_Piece(index, "title"), _Piece(index, "body")]
        for piece in pieces:
            lines = self._get(piece).lines()
            rows = [remedies.escaped(line, error, self._telling) for line in lines]
            self._set(piece, joined(rows, "\n"))
        what = "the whole chapter written as plain text: its errors could not be told apart"
        self._telling.repaired("escaped-chapter", what, (), "", 0)

    # ------------------------------------------------------------------ pieces

    def _get(self, piece: _Piece) -> Traced:
        if piece.entry < 0:
            return self._chapter.title if piece.part == "title" else self._chapter.intro
        entry = self._chapter.entries[piece.entry]
        return entry.title if piece.part == "title" else entry.body

    def _set(self, piece: _Piece, text: Traced) -> None:
        if piece.entry < 0:
            field = "title" if piece.part == "title" else "intro"
            self._chapter = (
                replace(self._chapter, title=text)
                if field == "title"
                else replace(self._chapter, intro=text)
            )
            return
        entry = self._chapter.entries[piece.entry]
        self._put(
            piece.entry,
            replace(entry, title=text) if piece.part == "title" else replace(entry, body=text),
        )

    def _put(self, index: int, entry: Entry) -> None:
        entries = self._chapter.entries
        self._chapter = replace(
            self._chapter, entries=(*entries[:index], entry, *entries[index + 1 :])
        )


_SECTION = (".section",)


def _is_section(entry: Entry) -> bool:
    return isinstance(entry, Section)
