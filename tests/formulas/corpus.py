"""The formulas that everything about maths is tried on, and how notes write them."""

from __future__ import annotations

from pathlib import Path

from bindery.maths import Request

DATA = Path(__file__).parents[1] / "data"


def corpus(name: str) -> tuple[Request, ...]:
    """Return the formulas of a file, each with whether it is displayed."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    rows = (line.split("\t", 1) for line in lines if not line.startswith("#"))
    return tuple((tex, kind == "D") for kind, tex in rows)


def in_notes(request: Request) -> str:
    """Write a formula between delimiters; dollars don't go around dollars."""
    tex, display = request
    if "$" in tex:
        return rf"\[{tex}\]" if display else rf"\({tex}\)"
    return f"$${tex}$$" if display else f"${tex}$"
