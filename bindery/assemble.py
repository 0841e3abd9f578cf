"""Stage 3, assemble: chapters become one book whose ids are unique and whose references land."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindery.diagnostics import Diagnostic, Place
from bindery.facts import ChapterFacts
from bindery.suggest import did_you_mean


def assemble(chapters: Sequence[ChapterFacts]) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """Check what only the whole book can tell.

    Returns:
        New id by former id (``was=``), for references that still use the former; what is wrong.
    """
    found: list[Diagnostic] = []
    targets = _targets(chapters, found)
    found.extend(_renames(chapters, targets))
    former = {
        note.was: note.id
        for chapter in chapters
        for note in chapter.notes
        if note.was and note.id and note.was not in targets
    }
    known = sorted(targets)
    for chapter in chapters:
        if "::" in chapter.title:
            found.append(
                Diagnostic(
                    chapter.place,
                    "bad-chapter-title",
                    f'"::" in the title "{chapter.title}"',
                    "Anki reads :: as a subdeck; use another sign",
                )
            )
        found.extend(
            _unknown(target, place, known)
            for target, place in chapter.references
            if target not in targets and target not in former
        )
    return former, tuple(found)


def _targets(chapters: Sequence[ChapterFacts], found: list[Diagnostic]) -> dict[str, Place]:
    targets: dict[str, Place] = {}
    for chapter in chapters:
        places = [(note.id, note.place) for note in chapter.notes]
        for name, place in [*places, *chapter.labels]:
            if not name:
                continue
            if name in targets:
                found.append(
                    Diagnostic(
                        place,
                        "duplicate-id",
                        f'"{name}" is already the id of {targets[name]}',
                        "a copy is a note of its own: give it another id",
                    )
                )
            targets.setdefault(name, place)
    return targets


def _renames(chapters: Sequence[ChapterFacts], targets: dict[str, Place]) -> Iterator[Diagnostic]:
    claimed: dict[str, Place] = {}
    for chapter in chapters:
        for name, place, was in ((note.id, note.place, note.was) for note in chapter.notes):
            if not was:
                continue
            if not name:
                yield Diagnostic(
                    place, "was-without-id", f"was={was} without a new id", f"{{#new was={was}}}"
                )
            elif was in targets:
                yield Diagnostic(
                    place,
                    "was-in-use",
                    f'was={was}, but "{was}" is still the id of {targets[was]}',
                    "remove was=, or rename the other note",
                )
            elif was in claimed:
                yield Diagnostic(
                    place,
                    "was-in-use",
                    f"was={was} also stands at {claimed[was]}",
                    "one note can follow another, not two",
                )
            claimed.setdefault(was, place)


def _unknown(target: str, place: Place, known: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        place,
        "unknown-reference",
        f'nothing has the id "{target}"',
        did_you_mean(target, known) or "give the question that you mean an id: {#…}",
    )
