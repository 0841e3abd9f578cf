"""The two note types. Frozen for ever: a learner's Anki refuses notes whose type has changed."""

from __future__ import annotations

from bindery.model import NoteType

SPARES = ("Spare1", "Spare2", "Spare3", "Spare4")
FIELDS: dict[NoteType, tuple[str, ...]] = {
    "basic": (
        *("Id", "Front", "Back", "More", "Figure", "Number", "Chapter", "Source", "Retired"),
        *SPARES,
    ),
    "cloze": (
        *("Id", "Text", "More", "Figure", "Number", "Chapter", "Source", "Retired"),
        *SPARES,
    ),
}

MODEL_IDS: dict[NoteType, int] = {"basic": 1763251200001, "cloze": 1763251200002}
MODEL_NAMES: dict[NoteType, str] = {"basic": "Bindery Basic", "cloze": "Bindery Cloze"}
FIELD_IDS: dict[NoteType, int] = {"basic": 4102650011000, "cloze": 4102650012000}
TEMPLATE_IDS: dict[NoteType, int] = {"basic": 4102650013000, "cloze": 4102650014000}
TEMPLATE_NAMES: dict[NoteType, str] = {"basic": "Card 1", "cloze": "Cloze"}
SORT_FIELD = 1
