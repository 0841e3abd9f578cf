"""Recognising notes and gaps whose id does not tell: by what they say."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bindery.model import Blocks, CodeBlock, Gap, MathBlock
from bindery.similar import Likeness, similar
from bindery.walk import every_block, inlines_in, own_inlines, plain_text

_SAME_GAP = 60.0


def normalised(text: str) -> str:
    """Return the text as it is compared: NFKC, lower case, single spaces, no edge punctuation."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split()).strip("?!。.:;, ")


def text_of(blocks: Blocks) -> str:
    """Return all that a reader would read in the blocks, as one normalised line."""
    pieces: list[str] = []
    for block in every_block(blocks):
        if isinstance(block, CodeBlock):
            pieces.append(block.text)
        elif isinstance(block, MathBlock):
            pieces.append(block.tex)
        pieces.extend(plain_text(run) for run in own_inlines(block))
    return normalised(" ".join(pieces))


# From the surest to the least sure; the first takes twins in any order, since they are alike.
_ALIKE: tuple[Callable[[Likeness], tuple[str, ...]], ...] = (
    lambda note: (note.kind, note.title, note.sketch, note.parent),
    lambda note: (note.kind, note.title, note.sketch),
    lambda note: (note.kind, note.title, note.parent),
    lambda note: (note.kind, note.title),
)


def recognise(
    notes: Mapping[int, Likeness], known: Mapping[str, Likeness]
) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
    """Find which of the ``known``, not claimed by any id, each of the other notes is.

    Returns the matches, and for every note in doubt those that it could be. A note with an id
    of its own is never in doubt: it is new, unless there is just one that it can be.
    """
    matches: dict[int, str] = {}
    doubts: dict[int, tuple[str, ...]] = {}
    taken: set[str] = set()
    for alike in _ALIKE:
        waiting = {index: note for index, note in notes.items() if index not in matches}
        free = {name: one for name, one in known.items() if name not in taken}
        candidates = _candidates(waiting, free, alike)
        rivals = Counter(name for names in candidates.values() for name in names)
        doubts = {}
        for index, names in candidates.items():
            fair = all(rivals[name] == len(names) for name in names)
            if fair and (len(names) == 1 or alike is _ALIKE[0]):
                matches[index] = next(name for name in names if name not in taken)
                taken.add(matches[index])
            elif not notes[index].named:
                doubts[index] = names
    rest = {i: note for i, note in notes.items() if i not in matches and i not in doubts}
    named = {name for names in doubts.values() for name in names}
    free = {n: one for n, one in known.items() if n not in taken | named and not one.retired}
    found, more = similar(rest, free)
    return matches | found, doubts | more


def _candidates(
    notes: Mapping[int, Likeness],
    known: Mapping[str, Likeness],
    alike: Callable[[Likeness], tuple[str, ...]],
) -> dict[int, tuple[str, ...]]:
    """Return whom each note may be; one that was given an id is never given another."""
    likes: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, one in known.items():
        likes[alike(one)].append(name)
    found = {
        index: tuple(n for n in likes.get(alike(note), ()) if not (note.named and known[n].named))
        for index, note in notes.items()
    }
    return {index: names for index, names in found.items() if names}


def gap_texts(blocks: Blocks) -> tuple[tuple[str, int], ...]:
    """Return text and written ordinal (0: none) of each gap, in reading order."""
    return tuple(
        (normalised(plain_text(node.children)), node.ordinal)
        for node in inlines_in(blocks)
        if isinstance(node, Gap)
    )


@dataclass(frozen=True, slots=True)
class GapNumbers:
    """The ordinal of each gap in reading order, and the ledger's two tables after that."""

    ordinals: tuple[int, ...]
    gaps: tuple[tuple[int, str], ...]
    lost: tuple[tuple[int, str], ...]


def number_gaps(
    found: Sequence[tuple[str, int]],
    known: Sequence[tuple[int, str]],
    lost: Sequence[tuple[int, str]],
) -> GapNumbers:
    """Give each gap its cloze ordinal.

    A written ordinal (``{{c2::…}}``) stands. Otherwise a gap keeps its number when its text is
    known; what is left is compared by similarity, best pair first; the rest take new numbers.
    A number once given is never given to another gap.
    """
    ordinals = [written for _, written in found]
    free = [(number, text) for number, text in known if number not in set(ordinals)]
    for pool in (free, list(lost)):
        for index, (text, _) in enumerate(found):
            if not ordinals[index]:
                same = (number for number, known_text in pool if known_text == text)
                ordinals[index] = next((n for n in same if n not in ordinals), 0)
    free = [entry for entry in free if entry[0] not in ordinals]
    for _, index, number in _similar(found, ordinals, free):
        if not ordinals[index] and number not in ordinals:
            ordinals[index] = number
    used = {*ordinals, *(number for number, _ in known), *(number for number, _ in lost)}
    following = max(used, default=0)
    for index, ordinal in enumerate(ordinals):
        if not ordinal:
            following += 1
            ordinals[index] = following
    table = {number: text for number, (text, _) in zip(ordinals, found, strict=True)}
    gone = {number: text for number, text in (*lost, *known) if number not in table}
    return GapNumbers(tuple(ordinals), tuple(sorted(table.items())), tuple(sorted(gone.items())))


def _similar(
    found: Sequence[tuple[str, int]], ordinals: Sequence[int], free: Sequence[tuple[int, str]]
) -> list[tuple[float, int, int]]:
    pairs = [
        (-fuzz.ratio(text, known), index, number)
        for index, (text, _) in enumerate(found)
        if not ordinals[index]
        for number, known in free
    ]
    return sorted(pair for pair in pairs if -pair[0] >= _SAME_GAP)
