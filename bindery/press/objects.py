"""Objects of a PDF on their own: what pages draw with, ready to stand in another document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_REFERENCE = re.compile(rb"(?<![\w.#/])(\d+) 0 R\b")
_MARK = b"\xff"  # stands in no PDF syntax, and pydyf writes strings in ASCII
FONTS = b"fonts"
"""What is marked in the place of the fonts, which are those of the other document."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object: its text, where marks stand for references, and its stream if it has one."""

    text: bytes
    stream: bytes | None = None

    def with_references(self, to: Callable[[bytes], bytes]) -> bytes:
        """Return the text with references for marks; ``to`` gives them by number or name."""
        parts = self.text.split(_MARK)
        parts[1::2] = [to(mark) for mark in parts[1::2]]
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects that refer to each other by their index, each behind those that it refers to."""

    items: tuple[Item, ...]

    def to_bytes(self) -> bytes:
        """Return the objects as bytes for the cache."""
        sizes = [[len(i.text), -1 if i.stream is None else len(i.stream)] for i in self.items]
        head = json.dumps(sizes).encode()
        parts = [part for item in self.items for part in (item.text, item.stream) if part]
        return b"".join([len(head).to_bytes(8, "big"), head, *parts])

    @classmethod
    def from_bytes(cls, data: bytes) -> Objects:
        """Return the objects again.

        Raises:
            ValueError: The bytes are none.
        """
        at = 8 + int.from_bytes(data[:8], "big")
        items: list[Item] = []
        for text, stream in json.loads(data[8:at]):
            middle, end = at + text, at + text + max(0, stream)
            items.append(Item(data[at:middle], data[middle:end] if stream >= 0 else None))
            at = end
        return cls(tuple(items))


def taken(pdf: Any, root: bytes, outside: Mapping[int, bytes]) -> Objects:
    """Return what ``root``, a reference of a pydyf document, leads to; it comes last.

    Args:
        pdf: The document.
        root: The reference.
        outside: Marks of objects that are not taken, by their number.

    Raises:
        ValueError: An object holds bytes that cannot be told from marks.
    """
    indices: dict[int, int] = {}
    items: list[Item] = []

    def mark(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        if number not in outside and number not in indices:
            take(number)
        return _MARK + (outside.get(number) or b"%d" % indices[number]) + _MARK

    def take(number: int) -> None:
        data: bytes = pdf.objects[number].data
        text, found, stream = data.partition(b"\nstream\n")
        if _MARK in text:
            raise ValueError(f"a byte that no PDF syntax has stands in object {number}")
        text = _REFERENCE.sub(mark, text)
        items.append(Item(text, stream.removesuffix(b"\nendstream") if found else None))
        indices[number] = len(items) - 1

    take(number_of(root))
    return Objects(tuple(items))


def number_of(reference: bytes) -> int:
    """Return the number of the object that a reference names."""
    return int(reference.split()[0])
