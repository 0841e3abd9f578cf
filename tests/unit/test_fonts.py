"""Fonts as a PDF needs them: glyphs of CID-keyed ones are numbered as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from bindery.fonts.charset import write_plain
from bindery.fonts.faces import FACES, Face

_KEYED = [face for face in FACES if face.file.endswith(".otf")]


@pytest.mark.parametrize("face", _KEYED, ids=lambda face: face.file)
def test_glyph_and_cid_are_the_same(face: Face, tmp_path: Path) -> None:
    path = tmp_path / face.file
    write_plain(face.source, path)
    with TTFont(face.source, lazy=True) as old, TTFont(path, lazy=True) as new:
        before, after = old.getGlyphOrder(), new.getGlyphOrder()
        assert after == [".notdef", *(f"cid{n:05}" for n in range(1, len(before)))]
        assert before != after, "else there was nothing to do"
        for character in "一龥，“Aé":
            there, here = (font.getBestCmap()[ord(character)] for font in (old, new))
            assert before.index(there) == after.index(here)
            drawings = []
            for font, name in ((old, there), (new, here)):
                glyphs = font.getGlyphSet()
                pen = DecomposingRecordingPen(glyphs)
                glyphs[name].draw(pen)
                drawings.append((pen.value, glyphs[name].width))
            assert drawings[0] == drawings[1]
            assert drawings[0][0]
        assert "DSIG" not in new


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_plain(_KEYED[0].source, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_fonts_are_copied_as_they_are(tmp_path: Path) -> None:
    face = FACES[-1]
    write_plain(face.source, tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == face.source.read_bytes()
