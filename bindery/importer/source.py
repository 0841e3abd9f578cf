"""From a file to a ``Source``: its bytes decoded, whatever program wrote them."""

from __future__ import annotations

import codecs
from pathlib import Path

from bindery.diagnostics import Diagnostic, NotesError, Place
from bindery.importer.model import Source

_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LARGEST = 32 * 2**20


def read_source(path: Path) -> Source:
    """Read a file that is to be imported: UTF-8, UTF-16 with its mark, or GB 18030.

    Raises:
        NotesError: the file cannot be read, or is no text.
    """
    shown = path.as_posix()
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        hint = "name a file of text"
        raise NotesError([Diagnostic(Place(shown), "unreadable-file", reason, hint)]) from error
    if len(data) > _LARGEST:
        message = f"larger than {_LARGEST // 2**20} MiB"
        raise NotesError([Diagnostic(Place(shown), "not-a-text", message, "import it in parts")])
    return Source(path, shown, _decoded(data, shown))


def _decoded(data: bytes, shown: str) -> str:
    encodings = [name for mark, name in _MARKS.items() if data.startswith(mark)][:1]
    for encoding in (*encodings, "utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\0") * 4 <= len(text):
            return text
        break
    hint = "save it as text, in UTF-8"
    raise NotesError([Diagnostic(Place(shown), "not-a-text", "neither UTF-8 nor GB 18030", hint)])
