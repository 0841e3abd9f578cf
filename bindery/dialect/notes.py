"""``::: card`` and ``::: cloze``: blocks become notes of their own."""

from __future__ import annotations

from bindery.diagnostics import Place
from bindery.dialect.context import Context
from bindery.model import Blocks, Card, Cloze, DemoFigure, Gap, Image, ThematicBreak
from bindery.walk import every_inline, inlines_in, plain_text


def card(name: str, was: str, blocks: Blocks, place: Place, context: Context) -> Card:
    """Build a card: the question above the first ``---``, the answer below."""
    split = next((n for n, b in enumerate(blocks) if isinstance(b, ThematicBreak)), None)
    front = blocks[:split]
    back = blocks[split + 1 :] if split is not None else ()
    if not front or not back:
        missing = "question" if not front else "answer"
        context.error(
            place,
            "incomplete-card",
            f"a card without {'a question' if not front else 'an answer'}",
            f'write the question, a line "---", and the answer; the {missing} is missing',
        )
    return Card(name, front, back, place, was)


def cloze(name: str, was: str, blocks: Blocks, place: Place, context: Context) -> Cloze:
    """Build a cloze and check its gaps."""
    gaps = [node for node in inlines_in(blocks) if isinstance(node, Gap)]
    if not gaps:
        context.error(
            place, "cloze-without-gap", "a cloze without a gap", "hide something: ==like this=="
        )
    for gap in gaps:
        if any(isinstance(inner, Gap) for inner in every_inline(gap.children)):
            context.error(
                gap.place, "nested-gap", "a gap inside a gap", "make it two gaps side by side"
            )
        inner = every_inline(gap.children)
        shows_picture = any(isinstance(node, Image | DemoFigure) for node in inner)
        if not (plain_text(gap.children).strip() or shows_picture):
            context.error(gap.place, "empty-gap", "a gap that hides nothing", "==text==")
    return Cloze(name, blocks, place, was)
