"""Where a long formula inside a line may break, and which formulas a handbook needs."""

from __future__ import annotations

import re
from itertools import pairwise

from bindery.handbook.walk import inlines_in, stretches, walk_blocks, walk_inlines
from bindery.model import Blocks, Book, Inlines, Math, MathBlock

# A formula of fewer tokens fits at the end of nearly any line; a chain of relations breaks sooner.
_SHORT, _SHORT_CHAIN = 16, 10
_SHORTEST_PIECE = 3
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[^\s\\]")
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}|\\label\s*\{[^{}]*\}|\\(?:nonumber|notag)(?![A-Za-z])")
_RELATIONS = frozenset(
    r"= < > \le \leq \ge \geq \ne \neq \approx \sim \simeq \equiv \propto \in \subset \subseteq"
    r" \to \rightarrow \Rightarrow \implies \iff \Leftrightarrow \mapsto \ll \gg \leqslant"
    r" \geqslant \coloneqq".split()
)
# Behind the commas of a list of at least so many members between plain brackets, too.
_LONG_LIST = 4
_COMMAS = frozenset(",")
_PLAIN = frozenset(("(", "[", r"\{", r"\lbrace"))
_OPEN = frozenset(r"{ ( [ \{ \left \begin \lbrace \langle \lfloor \lceil \lvert \lVert".split())
_CLOSE = frozenset(r"} ) ] \} \right \end \rbrace \rangle \rfloor \rceil \rvert \rVert".split())
_DELIMITED = frozenset((r"\left", r"\right"))
# What holds to the end of its group would be lost in the later pieces.
_REACHING = re.compile(
    r"\\(?:displaystyle|textstyle|scriptstyle|color|bf|rm|it|cal|over|choose|atop|def|newcommand"
    r"|let|middle|not)(?![A-Za-z])|\\\\|&"
)


def untagged(tex: str) -> tuple[str, str]:
    r"""Return a displayed formula without ``\tag`` and ``\label``, and the tag's text."""
    tags = [match[1] for match in _TAG.finditer(tex) if match[1]]
    return _TAG.sub("", tex).strip() if _TAG.search(tex) else tex, tags[0] if tags else ""


def pieces(tex: str) -> tuple[str, ...]:
    """Return the pieces that a formula in a line is typeset in: one, or more when it is long.

    Pieces end behind a relation outside all brackets, as printers break formulas, and behind
    the commas of long lists of numbers. An empty group there keeps the space that TeX puts.
    """
    tokens = list(_TOKEN.finditer(tex))
    is_chain = sum(match[0] in _RELATIONS for match in tokens) > 1
    if len(tokens) < (_SHORT_CHAIN if is_chain else _SHORT) or _REACHING.search(tex):
        return (tex,)
    cuts = sorted({*_cuts(tokens), *_list_cuts(tokens)})
    if not cuts:
        return (tex,)
    bounds = [0, *cuts, len(tex)]
    parts = [tex[a:b].strip() for a, b in pairwise(bounds)]
    return (*(part + "{}" for part in parts[:-1]), parts[-1])


def formulas_needed(book: Book) -> set[tuple[str, bool]]:
    """Return every (TeX, display) that the handbook asks for, whole formulas and pieces.

    A piece that cannot be typeset is no error: the whole formula is set instead.
    """
    needed = set[tuple[str, bool]]()
    for chapter in book.chapters:
        for stretch in stretches(chapter):
            _add_blocks(stretch.blocks, needed)
            _add_inlines(stretch.title, needed)
        for note in chapter.footnotes:
            _add_blocks(note.blocks, needed)
    return needed


def _add_blocks(blocks: Blocks, needed: set[tuple[str, bool]]) -> None:
    for block in walk_blocks(blocks):
        if isinstance(block, MathBlock):
            needed.add((untagged(block.tex)[0], True))
    for inline in inlines_in(blocks):
        if isinstance(inline, Math):
            _add(inline, needed)


def _add_inlines(inlines: Inlines, needed: set[tuple[str, bool]]) -> None:
    for inline in walk_inlines(inlines):
        if isinstance(inline, Math):
            _add(inline, needed)


def _add(math: Math, needed: set[tuple[str, bool]]) -> None:
    if math.display:
        needed.add((untagged(math.tex)[0], True))
        return
    needed.add((math.tex, False))
    needed.update((piece, False) for piece in pieces(math.tex))


def _cuts(tokens: list[re.Match[str]]) -> list[int]:
    cuts: list[int] = []
    depth, since, skip = 0, 0, False
    for index, match in enumerate(tokens):
        token = match[0]
        since += 1
        if skip:  # the delimiter of \left or \right is no bracket of its own
            skip = False
        elif token in _OPEN:
            depth += 1
            skip = token in _DELIMITED
        elif token in _CLOSE:
            depth -= 1
            skip = token in _DELIMITED
            if depth < 0:
                return []
        elif depth == 0 and token in _RELATIONS and since >= _SHORTEST_PIECE:
            following = [m[0] for m in tokens[index + 1 :]]
            if len(following) >= _SHORTEST_PIECE and _may_begin(following[0]):
                cuts.append(match.end())
                since = 0
    return cuts if depth == 0 else []


def _list_cuts(tokens: list[re.Match[str]]) -> list[int]:
    """Return the ends of the commas of long lists that stand in plain brackets by themselves."""
    cuts: list[int] = []
    commas: list[int] = []
    stack: list[str] = []
    for match in tokens:
        token = match[0]
        if token in _DELIMITED:
            return []
        if token in _OPEN:
            stack.append(token)
        elif token in _CLOSE:
            if len(stack) == 1 and len(commas) >= _LONG_LIST - 1:
                cuts += commas
            if not stack:
                return []
            stack.pop()
            commas = commas if stack else []
        elif token in _COMMAS and len(stack) == 1 and stack[0] in _PLAIN:
            commas.append(match.end())
    return [] if stack else cuts


def _may_begin(token: str) -> bool:
    return token not in _RELATIONS and token not in {"_", "^", "'", r"\limits", r"\nolimits"}
