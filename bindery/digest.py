"""Digests: the names of things by their content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def digest(*parts: object, length: int = 32) -> str:
    """Return the first ``length`` hex digits of the SHA-256 over the parts.

    Parts are bytes, or anything JSON knows (keys sorted); each is framed by its length,
    so ``("ab", "c")`` and ``("a", "bc")`` differ.
    """
    state = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else _encode(part)
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()[:length]


def file_digest(path: Path, length: int = 32) -> str:
    """Return the digest of a file's bytes."""
    return digest(path.read_bytes(), length=length)


def _encode(part: object) -> bytes:
    return json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
