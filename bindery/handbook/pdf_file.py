"""A PDF file as it is put together: objects, each written once, and the pages.

Objects that are the same are one object.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import pydyf  # type: ignore[import-untyped]

from bindery.digest import digest
from bindery.press.objects import FONTS, Objects

_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_TOGETHER = 100  # objects in one stream, as qpdf has them


class RawObject(pydyf.Object):  # type: ignore[misc]
    """An object as its text; that may be set once it is known."""

    data = b""

    def __init__(self, text: bytes = b"") -> None:
        super().__init__()
        self.data = text

    def set(self, entries: Mapping[str, bytes]) -> None:
        """Make it a dictionary."""
        self.data = dictionary(entries)


class _RawStream(pydyf.Object):  # type: ignore[misc]
    """A stream as it stands in the file, compressed or not."""

    compressible = False

    def __init__(self, text: bytes, stream: bytes) -> None:
        super().__init__()
        self._parts = (text, b"stream", stream, b"endstream")

    @property
    def data(self) -> bytes:
        """The object's text and its stream."""
        return b"\n".join(self._parts)


class PdfFile:
    """A PDF to which objects and pages are added."""

    def __init__(self) -> None:
        self._pdf = pydyf.PDF()
        self._known: dict[tuple[bytes, bytes | None], bytes] = {}

    def reserve(self) -> RawObject:
        """Add an object that others may refer to before it is known."""
        made = RawObject()
        self._pdf.add_object(made)
        return made

    def page(self) -> RawObject:
        """Add a page."""
        made = RawObject()
        self._pdf.add_page(made)
        return made

    @property
    def parent(self) -> bytes:
        """The reference that each page has for its ``Parent``."""
        return bytes(self._pdf.pages.reference)

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
        self._pdf.catalog |= catalog
        told = self.put(dictionary({name: string(text) for name, text in info.items()}))
        return _written(self._pdf.objects[1:], self._pdf.catalog.reference, told)

    def _once(self, text: bytes, stream: bytes | None) -> bytes:
        key = (text, stream)
        if key not in self._known:
            made = RawObject(text) if stream is None else _RawStream(text, stream)
            self._pdf.add_object(made)
            self._known[key] = made.reference
        return self._known[key]


def _written(objects: Sequence[pydyf.Object], root: bytes, info: bytes) -> bytes:
    """Return a file of these objects, numbered from 1 (ISO 32000-1, 7.5.7 and 7.5.8).

    What is no stream is packed in many streams: pydyf makes one of them all, and a reader's
    program had to read all of it before it shows the first page.
    """
    parts = [_HEAD]
    places = [(0, 0, 65_535), *[(0, 0, 0)] * len(objects)]
    position = len(_HEAD)

    def write(number: int, data: bytes) -> None:
        nonlocal position
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, data))
        places[number] = (1, position, 0)
        position += len(parts[-1])

    def write_stream(number: int, content: bytes, entries: Mapping[str, bytes]) -> None:
        packed = zlib.compress(content)
        head = {**entries, "Filter": b"/FlateDecode", "Length": b"%d" % len(packed)}
        write(number, b"%s\nstream\n%s\nendstream" % (dictionary(head), packed))

    for item in objects:
        if not item.compressible:
            write(item.number, item.data)
    rest = [item for item in objects if item.compressible]
    for start in range(0, len(rest), _TOGETHER):
        group, number = rest[start : start + _TOGETHER], len(places)
        texts = [item.data for item in group]
        offsets = accumulate((len(text) + 1 for text in texts), initial=0)
        index = b" ".join(b"%d %d" % (i.number, at) for i, at in zip(group, offsets, strict=False))
        entries = {"Type": b"/ObjStm", "N": b"%d" % len(group), "First": b"%d" % (len(index) + 1)}
        places.append((0, 0, 0))
        write_stream(number, b"\n".join([index, *texts]), entries)
        for at, item in enumerate(group):
            places[item.number] = (2, number, at)
    start = position
    places.append((1, position, 0))
    name = digest(*parts, length=32).encode()
    entries = {
        "Type": b"/XRef",
        "W": b"[1 5 2]",
        "Size": b"%d" % len(places),
        "Root": root,
        "Info": info,
        "ID": b"[<%s><%s>]" % (name, name),
    }
    table = b"".join(
        kind.to_bytes(1, "big") + where.to_bytes(5, "big") + index.to_bytes(2, "big")
        for kind, where, index in places
    )
    write_stream(len(places) - 1, table, entries)
    return b"".join([*parts, b"startxref\n%d\n%%%%EOF\n" % start])


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
