"""Patches of WeasyPrint's private parts, for the one version they were written for."""

from __future__ import annotations

WRITTEN_FOR = "70.0"
# Counts what changes the pages that are printed: laid-out chapters in caches depend on it.
RECIPE = 9
_state = {"applied": False}


def fit() -> bool:
    """Say whether the WeasyPrint that is installed is the one the patches were written for."""
    from bindery.versions import version

    return version("weasyprint") == WRITTEN_FOR


def apply() -> str:
    """Patch WeasyPrint once; return "" or, on another version, a warning that says what is lost.

    Unpatched, books come out right but plainer and more slowly: Chinese lines are ragged or
    torn, and the book is laid out in one piece.
    """
    import weasyprint  # type: ignore[import-untyped]

    if weasyprint.__version__ != WRITTEN_FOR:
        return (
            f"WeasyPrint {weasyprint.__version__} is not the {WRITTEN_FOR} that the refinements "
            "of Chinese justification were written for: the handbook is set without them"
        )
    if not _state["applied"]:
        from bindery.press.patches import (
            continued,
            drawing,
            floats,
            fonts,
            frames,
            justification,
            slots,
            speed,
        )

        for patch in (
            justification,
            floats,
            frames,
            continued,
            drawing,
            speed,
            slots,
            fonts,
        ):
            patch.patch()
        _state["applied"] = True
    return ""
