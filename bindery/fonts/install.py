"""The folder of fonts that a handbook is set with, behind a fontconfig that sees nothing else."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from bindery.cache import Cache
from bindery.digest import digest
from bindery.fonts.charset import write_plain
from bindery.fonts.faces import FACES, Face
from bindery.fonts.instance import write_instance

RECIPE = 2
_MANIFEST = "manifest.json"
_CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern">
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
  </match>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


@dataclass(frozen=True, slots=True)
class FontSet:
    """Fonts ready for use: their folder, the fontconfig file, and a digest of what they are."""

    folder: Path
    config: Path
    digest: str
    credits: tuple[tuple[str, str], ...]


def install(cache: Cache, faces: Iterable[Face] = FACES) -> FontSet:
    """Return the book's fonts, making the instances that the cache lacks.

    A folder appears in the cache whole or not at all, so two builds may race for it.

    Raises:
        MachineError: A package that holds a font is not installed.
    """
    from fontTools import version as fonttools_version  # type: ignore[import-untyped]

    faces = tuple(faces)
    parts = [
        (f.file, f.family, f.style, f.version, f.source.stat().st_size, f.axes, f.keep)
        for f in faces
    ]
    key = digest(RECIPE, fonttools_version, parts, length=16)
    folder = cache.path("fonts", key)
    if not _is_whole(folder):
        _make(folder, faces)
    config = _write_config(cache.path("fonts", f"{key}.conf"), folder)
    credit = dict.fromkeys((face.family, f"{face.distribution} {face.version}") for face in faces)
    return FontSet(folder, config, key, tuple(credit))


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _make(folder: Path, faces: tuple[Face, ...]) -> None:
    work = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    try:
        for face in faces:
            path = work / face.file
            if face.axes:
                write_instance(face, path)
            else:
                write_plain(face.source, path)
        sizes = {face.file: (work / face.file).stat().st_size for face in faces}
        (work / _MANIFEST).write_text(json.dumps(sizes, sort_keys=True), "utf-8")
        if folder.exists() and not _is_whole(folder):
            shutil.rmtree(folder)
        with suppress(OSError):  # another build was first: its folder is the same
            work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write_config(path: Path, folder: Path) -> Path:
    text = _CONFIG.format(
        fonts=escape(str(folder.resolve())),
        cache=escape(str((folder.parent / "fontconfig").resolve())),
    )
    if not path.is_file() or path.read_text("utf-8") != text:
        fresh = path.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    return path
