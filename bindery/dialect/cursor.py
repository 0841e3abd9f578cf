"""A position in the list of a file's block tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token


@dataclass(slots=True)
class Cursor:
    """A position in a list of tokens."""

    tokens: Sequence[Token]
    at: int = 0

    @property
    def token(self) -> Token | None:
        """The token at the cursor, or None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> Token:
        """Return the token at the cursor and move on."""
        token = self.tokens[self.at]
        self.at += 1
        return token
