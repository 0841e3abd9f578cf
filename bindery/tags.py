"""Tags as Anki wants them: no spaces, ``::`` only between levels."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[\s:\u3000]+")


def tag(text: str) -> str:
    """Return one level of a tag: spaces and colons become underscores."""
    return _UNSAFE.sub("_", text.strip())
