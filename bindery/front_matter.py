"""Front matter: the YAML between two lines of ``---`` at the top of a file of notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bindery.diagnostics import Diagnostic, Place

_KEYS = ("title", "tags", "question-level")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says of itself; ``lines`` is how many lines it takes."""

    title: str = ""
    tags: tuple[str, ...] = ()
    question_level: int = 2
    lines: int = 0


def split(
    text: str, shown: str, report: Callable[[Diagnostic], None]
) -> tuple[FrontMatter, list[str]]:
    """Return the front matter and the file's lines (front matter blanked, so lines keep count)."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(), lines
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), 0)
    if not end:
        return FrontMatter(), lines
    matter = _parse(lines[1:end], shown, report)
    blank = [""] * (end + 1)
    return (
        FrontMatter(matter.title, matter.tags, matter.question_level, end + 1),
        blank + lines[end + 1 :],
    )


def _parse(lines: list[str], shown: str, report: Callable[[Diagnostic], None]) -> FrontMatter:
    import yaml

    def error(line: int, column: int, code: str, message: str, hint: str) -> None:
        report(Diagnostic(Place(shown, line, column), code, message, hint))

    try:
        table = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line, column = (mark.line + 2, mark.column + 1) if mark else (1, 0)
        message = str(getattr(problem, "problem", None) or "cannot be read")
        error(line, column, "bad-yaml", message, 'quote values that hold ":" or "#"')
        return FrontMatter()
    if table is None:
        return FrontMatter()
    if not isinstance(table, dict):
        error(2, 0, "bad-yaml", "front matter is not key: value", "title: …")
        return FrontMatter()
    where = {key: n for n, line in enumerate(lines, 2) for key in _key_of(line)}
    for key in table:
        if key not in _KEYS:
            error(
                where.get(str(key), 2),
                0,
                "unknown-front-matter",
                f'unknown key "{key}"',
                f"known: {', '.join(_KEYS)}",
            )
    title, tags, level = table.get("title"), table.get("tags"), table.get("question-level", 2)
    if isinstance(tags, str):
        tags = tags.replace(",", " ").split()
    if tags is not None and not (isinstance(tags, list) and all(isinstance(t, str) for t in tags)):
        error(where.get("tags", 2), 0, "bad-front-matter", "tags are a list", "tags: [a, b]")
        tags = None
    if not isinstance(level, int) or isinstance(level, bool) or not 1 <= level <= 6:
        error(
            where.get("question-level", 2),
            0,
            "bad-front-matter",
            "question-level is a number from 1 to 6",
            "question-level: 3",
        )
        level = 2
    return FrontMatter("" if title is None else str(title), tuple(tags or ()), level)


def _key_of(line: str) -> tuple[str, ...]:
    key, colon, _ = line.partition(":")
    return (key.strip().strip("\"'"),) if colon else ()
