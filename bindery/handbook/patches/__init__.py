"""Patches of WeasyPrint's private parts, for the one version they were written for."""

from __future__ import annotations

WRITTEN_FOR = "70.0"
_state = {"applied": False}


def apply() -> str:
    """Patch WeasyPrint once; return "" or, on another version, a warning that says what is lost.

    Unpatched, books come out right but plainer: Chinese lines are ragged or torn, and
    formulas are written more slowly.
    """
    import weasyprint  # type: ignore[import-untyped]

    if weasyprint.__version__ != WRITTEN_FOR:
        return (
            f"WeasyPrint {weasyprint.__version__} is not the {WRITTEN_FOR} that the refinements "
            "of Chinese justification were written for: the handbook is set without them"
        )
    if not _state["applied"]:
        from bindery.handbook.patches import drawing, justification

        justification.patch()
        drawing.patch()
        _state["applied"] = True
    return ""
