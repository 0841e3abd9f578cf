"""Glyphs of a CID-keyed font, numbered as they stand.

A PDF names the glyphs of such a font by CID, which the font's charset translates into an index
(ISO 32000-1, 9.7.4.2); WeasyPrint writes indexes. Where the two differ, programs that follow the
standard, such as MuPDF, show other glyphs or none. So the charset of our copy says that they are
the same; nothing else looks at it.
"""

from __future__ import annotations

from pathlib import Path

_IN_RANGES = b"\x02"  # a charset in ranges that are counted with two bytes


def write_plain(source: Path, path: Path) -> None:
    """Copy a font; where it is CID-keyed, glyph n of the copy has the CID n."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.ttLib.tables.DefaultTable import DefaultTable  # type: ignore[import-untyped]

    with TTFont(source, lazy=True) as font:
        if "CFF " not in font or not hasattr(font["CFF "].cff[0], "ROS"):
            path.write_bytes(source.read_bytes())
            return
        offset, count = font["CFF "].cff[0].rawDict["charset"], font["maxp"].numGlyphs
    # Read anew: tables that nobody looked at are copied as they are.
    with TTFont(source, recalcTimestamp=False, lazy=True) as font:
        data = font.reader["CFF "]
        # One range, from the CID 1 on; .notdef has none.
        ranges = _IN_RANGES + (1).to_bytes(2, "big") + (count - 2).to_bytes(2, "big")
        table = font.tables["CFF "] = DefaultTable("CFF ")
        table.data = data[:offset] + ranges + data[offset + len(ranges) :]
        if "DSIG" in font:
            del font["DSIG"]  # it signs what was
        font.save(path, reorderTables=None)
