"""Text whose every character knows where in the source it stood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MADE = -1
"""The offset of a character that the source doesn't have: markup, or what a repair put there."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A string and, for each of its characters, its offset in ``Source.text`` (or ``MADE``).

    Slices, joins and substitutions keep the offsets, so that what comes out of a reader can be
    held against what went in. Two Traced are never compared by their text alone: use ``.text``.
    """

    text: str
    at: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.text) != len(self.at):
            raise ValueError("each character needs one offset")

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return bool(self.text)

    def __getitem__(self, part: slice) -> Traced:
        return Traced(self.text[part], self.at[part])

    def __add__(self, other: Traced | str) -> Traced:
        other = made(other) if isinstance(other, str) else other
        return Traced(self.text + other.text, self.at + other.at)

    def __radd__(self, other: str) -> Traced:
        return made(other) + self

    @property
    def start(self) -> int:
        """The smallest offset of a character from the source, or ``MADE`` if there is none."""
        return min((at for at in self.at if at >= 0), default=MADE)

    def strip(self, characters: str | None = None) -> Traced:
        """Return the text without the space (or ``characters``) around it."""
        return self.lstrip(characters).rstrip(characters)

    def lstrip(self, characters: str | None = None) -> Traced:
        """Return the text without the space (or ``characters``) before it."""
        return self[len(self.text) - len(self.text.lstrip(characters)) :]

    def rstrip(self, characters: str | None = None) -> Traced:
        """Return the text without the space (or ``characters``) after it."""
        return self[: len(self.text.rstrip(characters))]

    def lines(self) -> tuple[Traced, ...]:
        r"""Return the lines, without their ends; only ``\n`` ends one."""
        return tuple(self.split("\n"))

    def split(self, separator: str) -> Iterator[Traced]:
        """Yield what stands between the separators, which are left out."""
        start = 0
        while (found := self.text.find(separator, start)) >= 0:
            yield self[start:found]
            start = found + len(separator)
        yield self[start:]

    def sub(
        self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], Traced | str | None]
    ) -> Traced:
        """Replace each match; ``None`` leaves it as it is, a ``str`` is made text."""
        parts: list[Traced | str] = []
        position = 0
        for match in pattern.finditer(self.text):
            new = replace(match)
            if new is None:
                continue
            parts += [self[position : match.start()], new]
            position = match.end()
        if not parts:
            return self
        return joined([*parts, self[position:]])

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return the stretches of the source that the text comes from, in the text's order."""
        found: list[tuple[int, int]] = []
        for at in self.at:
            if at < 0:
                continue
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], at + 1)
            else:
                found.append((at, at + 1))
        return tuple(found)


def made(text: str) -> Traced:
    """Return text that the source doesn't have."""
    return Traced(text, (MADE,) * len(text))


def taken(text: str, start: int = 0) -> Traced:
    """Return text that stands in the source at ``start``."""
    return Traced(text, tuple(range(start, start + len(text))))


def joined(parts: Iterable[Traced | str], separator: str = "") -> Traced:
    """Join the parts; strings, and the separator, are made text."""
    text: list[str] = []
    at: list[int] = []
    between = (MADE,) * len(separator)
    for index, part in enumerate(parts):
        if index and separator:
            text.append(separator)
            at.extend(between)
        if isinstance(part, str):
            text.append(part)
            at.extend((MADE,) * len(part))
        else:
            text.append(part.text)
            at.extend(part.at)
    return Traced("".join(text), tuple(at))


NOTHING = Traced("", ())
