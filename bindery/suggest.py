"""The name that was probably meant."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import fuzz, process


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return a hint that names the known name most like ``name``, or "" when none is near."""
    near = nearest(name, known)
    return f'did you mean "{near}"?' if near else ""


def nearest(name: str, known: Collection[str]) -> str:
    """Return the known name most like ``name``, or "" when none is near."""
    best = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=60)
    return best[0] if best else ""
