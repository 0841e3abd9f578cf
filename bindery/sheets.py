"""Pages on paper: which of them differ between two prints, and how a bound copy follows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_MOST_SPANS = 12


@dataclass(frozen=True, slots=True)
class Pages:
    """What a print shows, page by page.

    ``labels`` are the page numbers as printed (roman ones in front); ``digests`` name what
    stands on the pages, page numbers and references included; "" is a white page.
    """

    paper: str
    labels: tuple[str, ...]
    digests: tuple[str, ...]

    def leaf(self, number: int) -> tuple[str, ...]:
        """Return the labels of both sides of a leaf, which count from 0."""
        return self.labels[2 * number : 2 * number + 2]


@dataclass(frozen=True, slots=True)
class Step:
    """Leaves that stand together in the old copy go out; those of the new one come in there."""

    take_out: range
    put_in: range


@dataclass(frozen=True, slots=True)
class Changes:
    """How a copy is brought up to date, from front to back; leaves count from 0."""

    steps: tuple[Step, ...]

    @property
    def take_out(self) -> tuple[int, ...]:
        """The leaves of the old copy that are no longer right."""
        return tuple(leaf for step in self.steps for leaf in step.take_out)

    @property
    def put_in(self) -> tuple[int, ...]:
        """The leaves of the new print that the copy lacks."""
        return tuple(leaf for step in self.steps for leaf in step.put_in)

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages (from 0) of the leaves to print, two a leaf."""
        return tuple(page for leaf in self.put_in for page in (2 * leaf, 2 * leaf + 1))


def changed_sheets(before: Sequence[str], after: Sequence[str]) -> Changes:
    """Compare the digests of two prints and return the leaves that differ."""
    matcher = SequenceMatcher(None, _leaves(before), _leaves(after), autojunk=False)
    return Changes(
        tuple(
            Step(range(low, high), range(first, last))
            for kind, low, high, first, last in matcher.get_opcodes()
            if kind != "equal"
        )
    )


def changed_pages(before: Pages, after: Pages) -> tuple[str, ...]:
    """Return the labels of the pages of the new print that the old one does not have."""
    matcher = SequenceMatcher(None, before.digests, after.digests, autojunk=False)
    return tuple(
        after.labels[page]
        for kind, _, _, first, last in matcher.get_opcodes()
        if kind != "equal"
        for page in range(first, last)
    )


def instructions(before: Pages, after: Pages, changes: Changes) -> Iterator[str]:
    """Yield what to do with a bound copy, step by step, and what to expect of it."""
    total = len(_leaves(after.digests))
    if not changes.steps:
        yield "the copy on paper is up to date: no sheet differs"
        return
    count = len(changes.put_in)
    yield f"{counted(count, 'sheet')} of {total} to print{', on both sides' if count else ''}"
    for step in changes.steps:
        old, new = _of(before, step.take_out), _of(after, step.put_in)
        if not old:
            start = step.take_out.start
            where = f"behind page {before.leaf(start - 1)[-1]}" if start else "at the very front"
            yield f"  put in {new} {where}"
        elif not new:
            yield f"  take out {old}; nothing comes in {'their' if _many(old) else 'its'} place"
        elif old == new:
            yield f"  replace {old}"
        else:
            yield f"  replace {old} by {new}"
    if len(after.labels) != len(before.labels):
        yield (
            f"the book has {len(after.labels)} pages, the copy {len(before.labels)}: pages behind "
            "the change have other numbers, and their sheets are among these"
        )
    if 2 * count > total:
        yield f"more than half of it has changed: printing {total} sheets anew may be simpler"


def spans(labels: Sequence[str]) -> str:
    """Return page numbers with runs drawn together: "iii, 17-18, 33"."""
    runs: list[list[str]] = []
    for label in labels:
        if runs and _follows(runs[-1][-1], label):
            runs[-1].append(label)
        else:
            runs.append([label])
    texts = [run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    if len(texts) > _MOST_SPANS:
        left = sum(len(run) for run in runs[_MOST_SPANS:])
        texts[_MOST_SPANS:] = [f"and {left} more"]
    return ", ".join(texts)


def counted(count: int, noun: str) -> str:
    """Return a number and what it counts: "1 sheet", "2 sheets"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _of(pages: Pages, leaves: range) -> str:
    labels = [label for leaf in leaves for label in pages.leaf(leaf)]
    return f"{'page' if len(labels) == 1 else 'pages'} {spans(labels)}" if labels else ""


def _many(text: str) -> bool:
    return text.startswith("pages")


def _follows(before: str, label: str) -> bool:
    return _value(label) == _value(before) + 1 and before.isdecimal() == label.isdecimal()


def _value(label: str) -> int:
    if label.isdecimal():
        return int(label)
    letters = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    values = [letters.get(letter, 0) for letter in label]
    behind = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, behind, strict=True))


def _leaves(digests: Sequence[str]) -> list[tuple[str, str]]:
    padded = [*digests, ""] if len(digests) % 2 else list(digests)
    return list(zip(padded[::2], padded[1::2], strict=True))
