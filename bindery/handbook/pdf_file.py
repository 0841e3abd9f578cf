"""A PDF file as it is put together: objects, each written once, and the pages.

pydyf writes it (ISO 32000-1, 7.5); objects that are the same are one object.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import pydyf  # type: ignore[import-untyped]

from bindery.press.objects import FONTS, Objects


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


class _Pdf(pydyf.PDF):  # type: ignore[misc]
    """Compresses what pydyf adds itself once: it asks three times for the bytes."""

    def add_object(self, object_: Any) -> None:
        if isinstance(object_, pydyf.Stream):
            content = b"\n".join(pydyf._to_bytes(item) for item in object_.stream)
            object_.stream, object_.compress = [zlib.compress(content)], False
            object_.extra["Filter"] = "/FlateDecode"
        super().add_object(object_)


class PdfFile:
    """A PDF to which objects and pages are added."""

    def __init__(self) -> None:
        self._pdf = _Pdf()
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
        self._pdf.info |= {name: string(text) for name, text in info.items()}
        output = BytesIO()
        self._pdf.write(output, identifier=True, compress=True)
        return output.getvalue()

    def _once(self, text: bytes, stream: bytes | None) -> bytes:
        key = (text, stream)
        if key not in self._known:
            made = RawObject(text) if stream is None else _RawStream(text, stream)
            self._pdf.add_object(made)
            self._known[key] = made.reference
        return self._known[key]


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
