"""The outline of a PDF: what a reader's program shows beside the pages (ISO 32000-1, 12.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bindery.handbook.pdf_file import PdfFile, PdfObject, string


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the outline: its level from 1, its text, and its goal as PDF syntax."""

    level: int
    label: str
    goal: bytes


@dataclass(slots=True)
class _Node:
    entry: Entry
    object: PdfObject
    children: list[_Node] = field(default_factory=list)

    @property
    def is_part(self) -> bool:
        """Whether there are chapters below it: parts are open, what is deeper is folded."""
        return self.entry.level == 1 and any(child.children for child in self.children)


def add_outline(file: PdfFile, entries: Iterable[Entry]) -> bytes:
    """Add an outline, and return its reference."""
    root, tree = file.reserve(), _tree(file, entries)
    _write(tree, root.reference)
    shown = len(tree) + sum(len(node.children) for node in tree if node.is_part)
    count = {"Count": b"%d" % shown} if tree else {}
    root.set({"Type": b"/Outlines", **_ends(tree), **count})
    return root.reference


def _tree(file: PdfFile, entries: Iterable[Entry]) -> list[_Node]:
    tree: list[_Node] = []
    path: list[_Node] = []
    for entry in entries:
        while path and path[-1].entry.level >= entry.level:
            path.pop()
        node = _Node(entry, file.reserve())
        (path[-1].children if path else tree).append(node)
        path.append(node)
    return tree


def _write(nodes: Sequence[_Node], parent: bytes) -> None:
    for index, node in enumerate(nodes):
        count = len(node.children)
        entries = {
            "Title": string(node.entry.label),
            "Parent": parent,
            "Dest": node.entry.goal,
            **_ends(node.children),
        }
        if count:
            entries["Count"] = b"%d" % (count if node.is_part else -count)
        if index:
            entries["Prev"] = nodes[index - 1].object.reference
        if index + 1 < len(nodes):
            entries["Next"] = nodes[index + 1].object.reference
        node.object.set(entries)
        _write(node.children, node.object.reference)


def _ends(nodes: Sequence[_Node]) -> dict[str, bytes]:
    if not nodes:
        return {}
    return {"First": nodes[0].object.reference, "Last": nodes[-1].object.reference}
