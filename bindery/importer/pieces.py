"""A file of notes in the pieces that a merge deals with: its head, its sections and questions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from bindery import front_matter
from bindery.dialect.attributes import trailing
from bindery.dialect.parser import tokens_of

HEAD = ""
"""The words of the piece above the first question."""
Kind: TypeAlias = Literal["head", "section", "question"]
_HASHES = re.compile(r" {0,3}(#{1,6})[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a file of notes.

    Attributes:
        kind: the head of the file (front matter, title, introduction), a section, a question.
        raw: its text as it stands.
        marks: the ``#`` of its heading.
        words: the text of its heading, without attributes.
        attributes: those, as they are written, braces included; "" for none.
        body: what stands below, without empty lines around it.
        section: the words of the section that it stands in.
        id: its id, or "".
    """

    kind: Kind
    raw: str
    marks: str = ""
    words: str = HEAD
    attributes: str = ""
    body: str = ""
    section: str = ""
    id: str = ""

    def says(self, other: Piece) -> bool:
        """Say whether two pieces read the same, whatever their attributes and their space."""
        return self.words == other.words and _solid(self.body) == _solid(other.body)

    def saying(self, words: str, body: str) -> Piece:
        """Return the piece with other words and another body."""
        if self.kind == "head":
            return replace(self, raw=body, body=body)
        heading = " ".join(part for part in (self.marks, words, self.attributes) if part)
        return replace(self, raw=f"{heading}\n\n{body}\n", words=words, body=body)

    def with_attributes(self, mine: Piece, base: Piece) -> Piece:
        """Return the piece with the attributes that the user gave: an id above all."""
        if mine.attributes in (base.attributes, self.attributes):
            return self
        return replace(self, attributes=mine.attributes).saying(self.words, self.body)


def pieces_of(text: str) -> list[Piece]:
    """Split a file of notes; the first piece is its head, which may be empty."""
    matter, lines = front_matter.split(text, "", lambda _: None)
    rows = text.split("\n")
    level = matter.question_level
    starts: list[tuple[int, int]] = []
    for token in tokens_of("\n".join(lines), level).blocks:
        if token.type == "heading_open" and token.level == 0 and token.map:
            depth = int(token.tag[1])
            is_title = depth == 1 < level and not starts
            if depth <= level and not is_title:
                starts.append((token.map[0], depth))
    first = starts[0][0] if starts else len(rows)
    head = "\n".join(rows[:first])
    found = [Piece("head", head, body=head.strip("\n"))]
    ends = [*(row for row, _ in starts[1:]), len(rows)][: len(starts)]
    section = ""
    for (row, depth), end in zip(starts, ends, strict=True):
        piece = _piece("\n".join(rows[row:end]), depth < level, section)
        if piece.kind == "section":
            section = piece.words
            piece = replace(piece, section="")
        found.append(piece)
    return found


def _piece(raw: str, is_section: bool, section: str) -> Piece:
    heading, _, body = raw.partition("\n")
    match = _HASHES.match(heading)
    marks, text = (match[1], match["text"]) if match else ("##", heading.strip("# "))
    words, found = trailing(text)
    kind: Kind = "section" if is_section or "section" in found.classes else "question"
    attributes = text[len(words) :].strip()
    return Piece(kind, raw, marks, words, attributes, body.strip("\n"), section, found.id)


def _solid(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
