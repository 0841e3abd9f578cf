"""What settles an error at its place: one for each kind that the text of a note can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias

from bindery.diagnostics import Diagnostic
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined
from bindery.importer.wild.spans import regions, spans

_SIGN = re.compile(r"&#9[12];|\\(?![()\[\]\\])[!-/:-@\[-`{-~]|[!-'*-/:-@\[\\^-`{-~]")
_ENTITIES = {"[": "&#91;", "\\": "&#92;"}
_OPENING = re.compile(r"(?<!\\)<")
_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)*(`{3,}|~{3,})")
_REFERENCE = re.compile(r"\[(?P<label>(?:[^\[\]\\]|\\.)*)\]\([^()\n]*\)")
_CONTAINER = re.compile(r"[ \t]*(:{3,})")
_HEADING = re.compile(r"[ \t]*#{1,6}")
_MORE = re.compile(r"[ \t]*<!--\s*more\s*-->")
_FOLD = re.compile(r"^[ \t]*<!--\s*more\s*-->", re.MULTILINE)
_COLONS = re.compile(r"\\?:(?:\\?:)+")
_WIDE_BRACE = "｛"
_REFUSED = "this formula is not valid TeX for MathJax: it is kept as code"

Remedy: TypeAlias = Callable[[Traced, int, Diagnostic, Telling], "Traced | None"]
"""Takes a line, the column of the fault and what it is; gives the line mended, or None."""


def applied(
    rows: Sequence[Traced],
    row: int,
    column: int,
    error: Diagnostic,
    *,
    tries: int,
    telling: Telling,
) -> list[Traced]:
    """Return the rows of a piece with an error settled; ``tries`` counts from 1."""
    rows = list(rows)
    if error.code == "refused-formula":
        return _as_code(rows, row, column, error, telling)
    if error.code == "unclosed-fence" and tries == 1:
        return _closed(rows, row, error, telling)
    if error.code in _OF_BLOCKS and tries > 1:
        return _block_escaped(rows, row, telling)
    remedy = _REMEDIES.get(error.code)
    mended = remedy(rows[row], column, error, telling) if remedy else None
    if mended is None or mended.text == rows[row].text:
        mended = escaped(rows[row], error, telling)
    rows[row] = mended
    return rows


def escaped(line: Traced, error: Diagnostic, telling: Telling) -> Traced:
    r"""Return a line whose every sign is text; what is escaped already stays so.

    ``(``, ``[`` and ``\`` have no escape that is safe everywhere, since ``\(`` and ``\[`` are
    delimiters of formulas: ``[`` and ``\`` are written as numeric entities, and ``(`` alone means
    nothing.
    """
    bare = line.lstrip()
    gone: list[Traced] = []

    def written(match: re.Match[str]) -> str | Traced | None:
        if len(match[0]) > 1:
            return None
        sign = bare[match.start() : match.end()]
        if sign.text not in _ENTITIES:
            return "\\" + sign
        gone.append(sign)
        return _ENTITIES[sign.text]

    now = bare.sub(_SIGN, written)
    if now.text != line.text:
        digits = "".join(_ENTITIES[sign.text][2:4] for sign in gone)
        what = f"a line written as plain text: {error.message}"
        telling.repaired("escaped-line", what, joined(gone), digits, max(line.start, 0))
    return now


def unfolded(body: Traced, error: Diagnostic, telling: Telling) -> Traced | None:
    """Return an answer without its first fold, before which nothing stands; None: it has none."""
    match = _FOLD.search(body.text)
    if match is None:
        return None
    telling.drop("misplaced-more", error.message, body[match.start() : match.end()])
    return (body[: match.start()] + body[match.end() :]).strip("\n")


# --------------------------------------------------------------------------- one sign


def _before(signs: str) -> Remedy:
    """Return the remedy that puts a backslash before the next of some signs, or the last."""

    def remedy(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
        free = [
            n
            for n, c in enumerate(line.text)
            if c in signs and line.text[max(n - 1, 0) : n] != "\\"
        ]
        at = next((n for n in free if n >= column), free[-1] if free else -1)
        return _backslash(line, at, error, telling) if at >= 0 else None

    return remedy


def _backslash(line: Traced, at: int, error: Diagnostic, telling: Telling) -> Traced:
    what = f'"{line.text[at]}" is text: {error.message}'
    if line.text[at] == _WIDE_BRACE:
        telling.repaired("escaped-sign", what, line[at : at + 1], "{")
        return line[:at] + "\\{" + line[at + 1 :]
    telling.repaired("escaped-sign", what, (), "", _place(line, at))
    return line[:at] + "\\" + line[at:]


def _maths(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
    text = line.text
    excerpt = text[column : column + 24]
    where = _place(line, column)
    choice = f'"{excerpt}" is text: {error.message}'
    telling.doubt("unbalanced-maths", where, choice, "a formula whose other end is missing")
    if text.startswith("$$", column):
        what = f'"$$" is text: {error.message}'
        telling.repaired("escaped-sign", what, (), "", _place(line, column))
        return line[:column] + "\\" + line[column : column + 1] + "\\" + line[column + 1 :]
    if text[column : column + 1] in ("$", "\\"):
        return _backslash(line, column, error, telling)
    return _before("$")(line, column, error, telling)


def _line_start(pattern: re.Pattern[str], signs: str) -> Remedy:
    """Return the remedy that puts a backslash before the mark that a line begins with."""

    def remedy(line: Traced, _: int, error: Diagnostic, telling: Telling) -> Traced | None:
        if pattern.match(line.text) is None:
            return _before(signs)(line, 0, error, telling)
        at = len(line.text) - len(line.text.lstrip())
        return _backslash(line, at, error, telling)

    return remedy


def _brace(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
    if _FENCE.match(line.text):
        start = min((n for n in (line.text.find("{"), line.text.find("｛")) if n >= 0), default=-1)
        if start < 0:
            return None
        telling.drop("fence-info", "words after a fence that mean nothing here", line[start:])
        return line[:start].rstrip()
    return _before("{" + _WIDE_BRACE)(line, column, error, telling)


def _unlinked(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
    match = _REFERENCE.match(line.text, column)
    if match is None:
        return _before("[")(line, column, error, telling)
    start, end = match.span("label")
    gone = line[match.start() : start] + line[end : match.end()]
    telling.repaired("dead-link", f"a link is text: {error.message}", gone)
    return line[: match.start()] + line[start:end] + line[match.end() :]


def _colons(line: Traced, _: int, error: Diagnostic, telling: Telling) -> Traced | None:
    runs = list(_COLONS.finditer(line.text))
    gone = joined(line[run.start() : run.end()] for run in runs)
    telling.repaired("title-colons", f"wrote :: as ：, {error.message}", gone, "：")
    return line.sub(_COLONS, lambda _: "：")


def _fold(line: Traced, _: int, error: Diagnostic, telling: Telling) -> Traced | None:
    match = _MORE.match(line.text)
    if match is None:
        return _before("<")(line, 0, error, telling)
    telling.drop("misplaced-more", error.message, line[: match.end()])
    return line[match.end() :]


def _pipe(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
    at = line.text.rfind("|", 0, column)
    return _backslash(line, at, error, telling) if at >= 0 else None


def _glyph(line: Traced, column: int, error: Diagnostic, telling: Telling) -> Traced | None:
    char = line.text[column : column + 1]
    if not char:
        return None
    name = f"U+{ord(char):04X}"

    def written(match: re.Match[str]) -> str:
        telling.repaired(
            "character-without-glyph",
            f"{name} written by its number: {error.message}",
            line[match.start() : match.end()],
            name,
        )
        return f"〔{name}〕"

    return line.sub(re.compile(re.escape(char)), written)


# --------------------------------------------------------------------------- several lines


def _as_code(
    rows: list[Traced], row: int, column: int, error: Diagnostic, telling: Telling
) -> list[Traced]:
    """Write a refused formula as code: a reader sees all of it, and knows what it is."""
    text = joined(rows, "\n")
    offset = sum(len(line) + 1 for line in rows[:row]) + column
    for region in regions(text.text):
        for span in spans(text.text, region.start, region.end):
            if span.kind in ("maths", "display") and span.start <= offset <= span.end:
                first, last = span.inner
                tex = text[first:last]
                gone = text[span.start : first] + text[last : span.end]
                telling.repaired("refused-formula", f"{_REFUSED}: {error.message}", gone)
                telling.doubt("refused-formula", max(tex.start, 0), _REFUSED, "mend the formula")
                now = _code(tex, region.kind == "maths", telling)
                return list(joined([text[: span.start], now, text[span.end :]]).lines())
    return _refused_fence(rows, row, error, telling)


def _refused_fence(
    rows: list[Traced], row: int, error: Diagnostic, telling: Telling
) -> list[Traced]:
    """Let a fence of maths be one of TeX."""
    for at in range(row, -1, -1):
        match = re.match(r"[ \t]*(?:`{3,}|~{3,})[ \t]*(math)\b", rows[at].text)
        if match:
            start, end = match.span(1)
            gone = rows[at][start:end]
            telling.repaired("refused-formula", f"{_REFUSED}: {error.message}", gone, "tex")
            telling.doubt("refused-formula", max(gone.start, 0), _REFUSED, "mend the formula")
            rows[at] = rows[at][:start] + "tex" + rows[at][end:]
            return rows
    rows[row] = escaped(rows[row], error, telling)
    return rows


def _code(tex: Traced, is_block: bool, telling: Telling) -> Traced:
    longest = max((len(run) for run in re.findall("`+", tex.text)), default=0)
    if is_block and "\n" in tex.text:
        telling.make("refused-formula", "tex", max(tex.start, 0))
        ticks = "`" * max(longest + 1, 3)
        return joined([ticks, "tex\n", tex.strip("\n"), "\n", ticks])
    ticks = "`" * (longest + 1)
    inner = tex.strip()
    space = " " if inner.text[:1] == "`" or inner.text[-1:] == "`" else ""
    flat = inner.sub(re.compile(r"\s*\n\s*"), lambda _: " ")
    return joined([ticks, space, flat, space, ticks])


def _closed(rows: list[Traced], row: int, error: Diagnostic, telling: Telling) -> list[Traced]:
    match = _FENCE.match(rows[row].text)
    if match is None:
        rows[row] = escaped(rows[row], error, telling)
        return rows
    indent = len(rows[row].text[: match.start(1)].expandtabs(4))
    what = "closed a fence that was never closed, at the end of the answer"
    telling.repaired("unclosed-fence", what, (), "", max(rows[row].start, 0))
    closing = " " * indent + match[1]
    return [*rows, Traced(closing, (-1,) * len(closing))]


def _block_escaped(rows: list[Traced], row: int, telling: Telling) -> list[Traced]:
    """Escape every tag of a block of HTML: inside it a backslash alone means nothing."""
    first = row
    while first and rows[first - 1].text.strip():
        first -= 1
    at = row
    while at < len(rows) and rows[at].text.strip():
        at += 1
    for each in range(first, at):
        line = rows[each]
        rows[each] = line.sub(_OPENING, partial(_slashed, line))
        if rows[each].text != line.text:
            telling.repaired("escaped-tag", "HTML as text", (), "", max(line.start, 0))
    return rows


def _place(line: Traced, at: int) -> int:
    """Return the offset in the source where a column of a line stands, or the line's."""
    after = next((each for each in line.at[at:] if each >= 0), -1)
    return after if after >= 0 else max(line.start, 0)


def _slashed(line: Traced, match: re.Match[str]) -> Traced:
    return "\\" + line[match.start() : match.end()]


def _same(remedy: Remedy, codes: Iterable[str]) -> dict[str, Remedy]:
    return dict.fromkeys(codes, remedy)


_OF_BLOCKS = frozenset(
    ("disallowed-html", "unbalanced-html", "markdown-in-html", "unclosed-comment")
)
_REMEDIES: dict[str, Remedy] = {
    **_same(
        _brace,
        """malformed-attributes unknown-attribute unknown-class malformed-id duplicate-id
        misplaced-id bad-difficulty was-without-id was-in-use gap-outside-cloze unclosed-gap
        bad-ordinal nested-gap empty-gap""".split(),
    ),
    **_same(_before("<"), _OF_BLOCKS),
    **_same(
        _line_start(_CONTAINER, ":<"),
        """incomplete-card cloze-without-gap misplaced-container unknown-container
        unclosed-container unopened-container""".split(),
    ),
    **_same(_before("["), ("unknown-footnote", "nested-footnote")),
    **_same(
        _line_start(re.compile(r"[ \t]*\[\^"), "["), ("duplicate-footnote", "misplaced-footnote")
    ),
    **_same(_before("!["), ("missing-image", "remote-image", "missing-demo")),
    "unbalanced-maths": _maths,
    "unknown-reference": _unlinked,
    "bad-chapter-title": _colons,
    "misplaced-more": _fold,
    "question-without-answer": _fold,
    "table-row-too-long": _pipe,
    "character-without-glyph": _glyph,
    "empty-title": _line_start(_HEADING, "#"),
}
