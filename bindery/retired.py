"""Retired notes: what learners are told about questions that have left the book. Pure.

Anki never deletes a note on import. So a removed note is sent once more, in a package of its own,
with a notice and a tag to find it by; the package has no cards, so that a new learner gets none.
"""

from __future__ import annotations

import html

from bindery.digest import digest
from bindery.ledger import Entry, Ledger
from bindery.model import BookInfo, RenderedNote
from bindery.note_types import FIELDS
from bindery.tags import tag

RETIRED = "retired"


def retired_notes(info: BookInfo, ledger: Ledger) -> tuple[RenderedNote, ...]:
    """Return the notice for each retired note of the ledger, by number."""
    entries = [entry for entry in ledger.entries.values() if entry.retired]
    return tuple(_notice(info, entry) for entry in sorted(entries, key=lambda e: e.number))


def search_for(info: BookInfo) -> str:
    """Return what to type into Anki's browser to find the retired notes."""
    return f"tag:{tag(info.deck)}::{RETIRED}"


def _notice(info: BookInfo, entry: Entry) -> RenderedNote:
    text = (
        f"{entry.number} 已从《{html.escape(info.title)}》移除，不再更新。不想再复习它，"
        f"就在 Anki 的浏览器里搜索 <code>{html.escape(search_for(info))}</code>，"
        "全选并删除找到的笔记。"
    )
    question = html.escape(entry.title)
    values = {
        "Id": f"{info.id}/{entry.id}",
        "Front": question,
        "Text": _cloze_text(entry, question),
        "Number": entry.number,
        "Chapter": html.escape(entry.deck.rpartition("::")[2]),
        "Retired": text,
    }
    fields = tuple(values.get(name, "") for name in FIELDS[entry.type])
    tags = (f"{tag(info.deck)}::{RETIRED}",)
    return RenderedNote(
        entry.id, entry.type, fields, tags, (), (), digest(entry.type, fields, tags, ())
    )


def _cloze_text(entry: Entry, question: str) -> str:
    """Return the text with every gap it ever had: a card without its gap would be an empty one."""
    places: list[tuple[int, int, str]] = []
    rest: list[str] = []
    for number, gap in (*entry.gaps, *entry.lost):
        escaped = html.escape(gap)
        hidden = escaped.replace("}}", "} }").replace("::", ": :") or "…"
        deletion = f"{{{{c{number}::{hidden}}}}}"
        start = _free(question, escaped, places)
        if start < 0:
            rest.append(deletion)
        else:
            places.append((start, start + len(escaped), deletion))
    text, end = "", 0
    for start, after, deletion in sorted(places):
        text += question[end:start] + deletion
        end = after
    return " ".join([text + question[end:], *rest])


def _free(text: str, piece: str, taken: list[tuple[int, int, str]]) -> int:
    start = text.find(piece) if piece else -1
    while start >= 0 and any(s < start + len(piece) and start < e for s, e, _ in taken):
        start = text.find(piece, start + 1)
    return start
