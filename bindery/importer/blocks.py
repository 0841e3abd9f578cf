"""What a reader of plain text recognises, block by block, and its Markdown in the dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.importer.plain import literal
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, joined, made

_LETTER = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_PIPE = re.compile(r"(?<!\\)\|")
_WHERE = re.compile("其中|这里|where\\b")
_SHORT = 150
_A_FORMULA, _A_LINE_OF_CODE = 30, 15


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line: text as it must read, code, the TeX of a formula, or Markdown."""

    kind: Literal["text", "code", "math", "markdown"]
    text: Traced


Runs: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """A heading inside an answer; ``level`` counts from 1 below the question's."""

    level: int
    runs: Runs


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph; ``strong``: a label that was a line of bold type."""

    runs: Runs
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list with its marker, which the source may have."""

    marker: Traced
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, bulleted or numbered: its items' markers say which."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing: its lines as they stand, and its language."""

    text: Traced
    language: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its rows, the head first, each a row of cells."""

    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula."""

    tex: Traced


@dataclass(frozen=True, slots=True)
class Raw:
    """Markdown that stands as it is: a table, a quotation, a fence of the source."""

    text: Traced


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning of ours that the reader of the notes must see."""

    title: str
    text: str
    at: int = 0


Block: TypeAlias = Title | Para | Bullets | Listing | Grid | Display | Raw | Notice


# --------------------------------------------------------------------------- what a block says


def flat(runs: Iterable[Run]) -> str:
    """Return the characters of the runs."""
    return "".join(run.text.text for run in runs)


def size(block: Block) -> int:
    """Return how many Han characters' room a block takes on a phone, roughly."""
    match block:
        case Title(runs=runs) | Para(runs=runs):
            return _room(flat(runs))
        case Bullets(items):
            return sum(size(each) for item in items for each in item.blocks)
        case Listing(text=text):
            return _A_LINE_OF_CODE * (text.text.count("\n") + 1)
        case Grid(rows):
            return sum(_room(flat(cell)) for row in rows for cell in row)
        case Display():
            return _A_FORMULA
        case Raw(text):
            return _room(text.text)
        case Notice(text=note):
            return len(note)


def _room(text: str) -> int:
    """Count Han characters as one, and Latin words as half of their letters."""
    han = len(_LETTER.findall(text))
    return han + (len("".join(text.split())) - han) // 3


def start_of(block: Block) -> int:
    """Return the offset where a block begins, or -1 when the source doesn't have it."""
    match block:
        case Title(runs=runs) | Para(runs=runs):
            return next((r.text.start for r in runs if r.text.start >= 0), -1)
        case Bullets(items):
            inner = (start_of(each) for item in items for each in item.blocks)
            return next((at for at in inner if at >= 0), -1)
        case Listing(text=text) | Display(tex=text) | Raw(text):
            return text.start
        case Grid(rows):
            cells = (run.text.start for row in rows for cell in row for run in cell)
            return next((at for at in cells if at >= 0), -1)
        case Notice():
            return -1


# --------------------------------------------------------------------------- Markdown


def inline(
    runs: Sequence[Run], *, begins: bool = True, title: bool = False, cell: bool = False
) -> Traced:
    """Return the Markdown of the runs; a space stands between Han and code or a formula."""
    out = NOTHING
    for run in runs:
        if not run.text:
            continue
        if run.kind == "markdown":
            piece = run.text
        elif run.kind == "text":
            piece = literal(run.text, begins=begins and not out, title=title)
            if cell:
                piece = _without_pipes(piece)
        elif run.kind == "math":
            piece = "$" + run.text.strip() + "$"
        else:
            piece = _ticked(run.text)
        if out and _apart(out.text[-1], piece.text[0]):
            out = out + " "
        out = out + piece
    return out


def _without_pipes(text: Traced) -> Traced:
    """Return the text of a table's cell, whose ``|`` would end it."""
    return text.sub(_PIPE, lambda match: "\\" + text[match.start() : match.end()])


def _apart(before: str, after: str) -> bool:
    signs = "`$"
    if before in signs and after in signs:
        return True
    return (before in signs and bool(_LETTER.match(after))) or (
        after in signs and bool(_LETTER.match(before))
    )


def _ticked(code: Traced) -> Traced:
    longest = max((len(m[0]) for m in re.finditer("`+", code.text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if code.text[:1] == "`" or code.text[-1:] == "`" else ""
    return ticks + pad + code + pad + ticks


def markdown(blocks: Sequence[Block], level: int, telling: Telling) -> Traced:
    """Return the Markdown of the blocks of an answer; ``level`` is the question's own."""
    return joined((_block(block, level, telling) for block in blocks), "\n\n")


def answer(blocks: Sequence[Block], level: int, telling: Telling) -> Traced:
    """Return the Markdown of an answer, folded after what fits a phone."""
    fold = folded_after(blocks)
    if not fold:
        return markdown(blocks, level, telling)
    after = next((at for at in map(start_of, blocks[fold:]) if at >= 0), 0)
    telling.make("fold", "more", after)
    return joined(
        (
            markdown(blocks[:fold], level, telling),
            "<!-- more -->",
            markdown(blocks[fold:], level, telling),
        ),
        "\n\n",
    )


def folded_after(blocks: Sequence[Block]) -> int:
    """Return after how many blocks an answer folds: what stands before is a card's back.

    As much as fits a phone stands before, and at least what makes sense by itself: a paragraph
    that ends in a colon takes along what it announces. 0: nothing is folded.
    """
    if sum(map(size, blocks)) <= _SHORT:
        return 0
    total = taken = 0
    for start, end in _together(blocks):
        total += sum(map(size, blocks[start:end]))
        if isinstance(blocks[start], Title | Notice) or (taken and total > _SHORT):
            break
        taken = end
    return taken if taken < len(blocks) else 0


def _together(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Yield the runs of blocks that say nothing one without the other."""
    start = 0
    while start < len(blocks):
        end = start + 1
        while end < len(blocks) and _leads_on(blocks[end - 1], blocks[end]):
            end += 1
        yield start, end
        start = end


def _leads_on(block: Block, following: Block) -> bool:
    """Say whether a block is only half of what it says without the one after it."""
    if isinstance(block, Display):
        return isinstance(following, Para) and bool(_WHERE.match(flat(following.runs)))
    if not isinstance(block, Para) or isinstance(following, Title):
        return isinstance(block, Notice)
    return flat(block.runs).rstrip()[-1:] in tuple(":：,，") or isinstance(following, Display)


def _block(block: Block, level: int, telling: Telling) -> Traced:
    match block:
        case Title(depth, runs):
            return "#" * min(level + depth, 6) + " " + inline(runs, begins=False, title=True)
        case Para(runs, strong):
            text = inline(runs, begins=not strong)
            return "**" + text + "**" if strong else text
        case Bullets(items):
            return _bullets(items, level, telling)
        case Listing(text, language):
            return _fenced(text, language, telling)
        case Grid(rows):
            return _table(rows)
        case Display(tex):
            return "$$\n" + tex.strip() + "\n$$"
        case Raw(text):
            return text
        case Notice(title, note, at):
            telling.make("notice", f"warning {title} {note}", at)
            return made(f"::: warning {title}\n{note}\n:::")


def _bullets(items: Sequence[Item], level: int, telling: Telling) -> Traced:
    loose = any(_is_loose(item) for item in items)
    parts = [_item(item, level, telling) for item in items]
    return joined(parts, "\n\n" if loose else "\n")


def _is_loose(item: Item) -> bool:
    return len(item.blocks) > 1 and not all(
        isinstance(each, Bullets) and not any(_is_loose(one) for one in each.items)
        for each in item.blocks[1:]
    )


def _item(item: Item, level: int, telling: Telling) -> Traced:
    marker = item.marker + " "
    loose = _is_loose(item)
    body = joined(
        (_block(block, level, telling) for block in item.blocks), "\n\n" if loose else "\n"
    )
    margin = " " * len(marker.text)
    lines = [line if not i or not line else margin + line for i, line in enumerate(body.lines())]
    return marker + joined(lines, "\n")


def _fenced(text: Traced, language: str, telling: Telling) -> Traced:
    longest = max((len(m[0]) for m in re.finditer("`{3,}", text.text)), default=2)
    fence = "`" * (longest + 1)
    telling.make("fence", language, text.start)
    return f"{fence}{language}\n" + text + f"\n{fence}"


def _table(rows: Sequence[Sequence[Runs]]) -> Traced:
    width = max(len(row) for row in rows)
    lines = [_row(row, width) for row in rows]
    return joined([lines[0], made("|" + " --- |" * width), *lines[1:]], "\n")


def _row(row: Sequence[Runs], width: int) -> Traced:
    cells = [inline(cell, begins=False, cell=True) for cell in row]
    return "| " + joined(cells + [NOTHING] * (width - len(row)), " | ") + " |"
