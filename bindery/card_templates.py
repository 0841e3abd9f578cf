"""The templates of the note types: what a card looks like, in Anki's own syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bindery.digest import digest
from bindery.model import NoteType
from bindery.note_types import FIELDS


@dataclass(frozen=True, slots=True)
class Templates:
    """Front, back and CSS of each note type, in Anki's own syntax."""

    front: Mapping[NoteType, str]
    back: Mapping[NoteType, str]
    css: str

    def digests(self) -> dict[NoteType, str]:
        """Return the digest of each note type as learners see it."""
        kinds: tuple[NoteType, ...] = ("basic", "cloze")
        return {k: digest(self.front[k], self.back[k], self.css, FIELDS[k]) for k in kinds}


def read_templates(folder: Path) -> Templates:
    """Read ``templates/anki``."""
    kinds: tuple[NoteType, ...] = ("basic", "cloze")
    text = {
        (kind, side): (folder / f"{kind}-{side}.html").read_text("utf-8").strip()
        for kind in kinds
        for side in ("front", "back")
    }
    return Templates(
        {kind: text[kind, "front"] for kind in kinds},
        {kind: text[kind, "back"] for kind in kinds},
        (folder / "card.css").read_text("utf-8"),
    )
