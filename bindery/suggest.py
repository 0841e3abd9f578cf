"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a hint that names the known name most like ``name``, or "" when none is near."""
    best = process.extractOne(name, sorted(known), score_cutoff=60)
    return f'did you mean "{best[0]}"?' if best else ""
