"""Footnotes of a file: each call has its text, each text its call."""

from __future__ import annotations

from bindery.dialect.context import Context
from bindery.model import Chapter, FootnoteReference
from bindery.suggest import did_you_mean
from bindery.walk import chapter_inlines, inlines_in


def check_footnotes(chapter: Chapter, context: Context) -> None:
    """Report footnotes that are missing, unused, defined twice or inside another."""
    labels: set[str] = set()
    for note in chapter.footnotes:
        if note.label in labels:
            context.error(
                note.place,
                "duplicate-footnote",
                f'footnote "{note.label}" is defined twice in this file',
                "give one of them another label",
            )
        labels.add(note.label)
        for node in inlines_in(note.blocks):
            if isinstance(node, FootnoteReference):
                context.error(
                    node.place,
                    "nested-footnote",
                    f"a footnote inside the footnote {note.label}",
                    "write its text in parentheses",
                )
    called: set[str] = set()
    for node in chapter_inlines(chapter):
        if not isinstance(node, FootnoteReference):
            continue
        called.add(node.label)
        if node.label not in labels:
            context.error(
                node.place,
                "unknown-footnote",
                f'no footnote "{node.label}" in this file',
                did_you_mean(node.label, labels) or f"add a line [^{node.label}]: …",
            )
    for note in chapter.footnotes:
        if note.label not in called:
            context.warn(
                note.place,
                "unused-footnote",
                f'nothing refers to footnote "{note.label}"',
                f"write [^{note.label}] where it belongs",
            )
