"""A PDF file as it is put together: objects, each written once, and the pages.

What pages draw with comes ready from WeasyPrint; here it gets its numbers, and is written as
ISO 32000-1 says (7.5.7 and 7.5.8): what is no stream is packed in many streams of a hundred
objects. pydyf makes one stream of all of them, and a reader's program must read the whole of it
before it can show the first page.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pydyf  # type: ignore[import-untyped]

from bindery.digest import digest
from bindery.press.objects import FONTS, Objects

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_TOGETHER = 100  # objects in one stream, as qpdf has them


@dataclass(slots=True)
class PdfObject:
    """An object: its number, its text, and its stream if it has one."""

    number: int
    text: bytes = b""
    stream: bytes | None = None

    @property
    def reference(self) -> bytes:
        """What stands for the object in others."""
        return b"%d 0 R" % self.number

    def set(self, entries: Mapping[str, bytes]) -> None:
        """Make it a dictionary."""
        self.text = dictionary(entries)


class PdfFile:
    """A PDF to which objects and pages are added."""

    def __init__(self) -> None:
        self._objects: list[PdfObject] = []
        self._known: dict[tuple[bytes, bytes | None], bytes] = {}
        self._root, self._tree = self.reserve(), self.reserve()
        self._pages: list[bytes] = []

    def reserve(self) -> PdfObject:
        """Add an object that others may refer to before it is known."""
        made = PdfObject(len(self._objects) + 1)
        self._objects.append(made)
        return made

    def page(self) -> PdfObject:
        """Add a page."""
        made = self.reserve()
        self._pages.append(made.reference)
        return made

    @property
    def parent(self) -> bytes:
        """The reference that each page has for its ``Parent``."""
        return self._tree.reference

    def put(self, text: bytes) -> bytes:
        """Return the reference of an object."""
        return self._once(text, None)

    def put_stream(self, stream: bytes, entries: Mapping[str, bytes] | None = None) -> bytes:
        """Return the reference of a stream; ``entries`` say how it is to be read."""
        length = b"%d" % len(stream)
        return self._once(dictionary({**(entries or {}), "Length": length}), stream)

    def put_objects(self, objects: Objects, fonts: bytes = b"") -> bytes:
        """Return the reference of the last of these objects; ``fonts`` is that of their fonts."""
        references: list[bytes] = []

        def to(mark: bytes) -> bytes:
            return fonts if mark == FONTS else references[int(mark)]

        for item in objects.items:
            made = self._once(item.with_references(to), item.stream)
            references.append(made)
        return references[-1]

    def to_bytes(self, catalog: Mapping[str, bytes], info: Mapping[str, str]) -> bytes:
        """Return the file; its identifier is made of what stands in it."""
        count = b"%d" % len(self._pages)
        self._tree.set({"Type": b"/Pages", "Kids": array(self._pages), "Count": count})
        self._root.set({"Type": b"/Catalog", "Pages": self._tree.reference, **catalog})
        told = self.put(dictionary({name: string(text) for name, text in info.items()}))
        writer = _Writer(len(self._objects))
        for item in self._objects:
            if item.stream is not None:
                writer.write(item.number, item.text, item.stream)
        rest = [item for item in self._objects if item.stream is None]
        for start in range(0, len(rest), _TOGETHER):
            writer.write_packed(rest[start : start + _TOGETHER])
        return writer.finished({"Root": self._root.reference, "Info": told})

    def _once(self, text: bytes, stream: bytes | None) -> bytes:
        key = (text, stream)
        if key not in self._known:
            made = PdfObject(len(self._objects) + 1, text, stream)
            self._objects.append(made)
            self._known[key] = made.reference
        return self._known[key]


class _Writer:
    """Notes where each object stands while the file is written."""

    def __init__(self, count: int) -> None:
        self._parts = [_HEAD]
        self._position = len(_HEAD)
        self._places = [(0, 0, 65_535), *[(0, 0, 0)] * count]

    def write(self, number: int, text: bytes, stream: bytes) -> None:
        """Write a stream."""
        data = b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (number, text, stream)
        self._places[number] = (1, self._position, 0)
        self._parts.append(data)
        self._position += len(data)

    def write_packed(self, group: Sequence[PdfObject]) -> None:
        """Write objects that are no streams as one."""
        starts = accumulate((len(item.text) + 1 for item in group), initial=0)
        pairs = zip(group, starts, strict=False)
        index = b" ".join(b"%d %d" % (item.number, at) for item, at in pairs)
        first = b"%d" % (len(index) + 1)
        number = len(self._places)
        for at, item in enumerate(group):
            self._places[item.number] = (2, number, at)
        entries = {"Type": b"/ObjStm", "N": b"%d" % len(group), "First": first}
        self._write_own(b"\n".join([index, *(item.text for item in group)]), entries)

    def finished(self, trailer: Mapping[str, bytes]) -> bytes:
        """Return the file."""
        start, name = self._position, digest(*self._parts).encode()
        entries = {
            "Type": b"/XRef",
            "W": b"[1 5 2]",
            "Size": b"%d" % (len(self._places) + 1),
            **trailer,
            "ID": b"[<%s><%s>]" % (name, name),
        }
        places = [*self._places, (1, start, 0)]
        table = (
            kind.to_bytes(1, "big") + where.to_bytes(5, "big") + index.to_bytes(2, "big")
            for kind, where, index in places
        )
        self._write_own(b"".join(table), entries)
        return b"".join([*self._parts, b"startxref\n%d\n%%%%EOF\n" % start])

    def _write_own(self, content: bytes, entries: Mapping[str, bytes]) -> None:
        packed = zlib.compress(content)
        head = {**entries, "Filter": b"/FlateDecode", "Length": b"%d" % len(packed)}
        self._places.append((0, 0, 0))
        self.write(len(self._places) - 1, dictionary(head), packed)


def dictionary(entries: Mapping[str, bytes]) -> bytes:
    """Return the text of a dictionary; names and what stands behind them are PDF syntax."""
    return b"<<%s>>" % b"".join(b"/%s %s" % (k.encode(), value) for k, value in entries.items())


def array(values: Iterable[bytes]) -> bytes:
    """Return the text of an array."""
    return b"[%s]" % b" ".join(values)


def numbers(values: Iterable[float]) -> bytes:
    """Return the text of an array of numbers, in thousandths."""
    return array(b"%.3f" % value if value % 1 else b"%d" % value for value in values)


def string(text: str) -> bytes:
    """Return the text of a string."""
    return bytes(pydyf.String(text).data)


def string_order(text: str) -> bytes:
    """Return what strings are sorted by in the tree of names: their bytes in the file."""
    return text.encode() if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")
