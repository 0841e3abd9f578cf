"""The SVG of a figure: nothing in it that differs from run to run."""

from __future__ import annotations

from bindery.demos.drawing import clean_svg

SVG = b"""<?xml version="1.0"?>
<!DOCTYPE svg>
<svg><!-- made --><g clip-path="url(#p%b)"><use href="#m%b"/><path d="M 0 0"/></g>
<defs><clipPath id="p%b"/><path id="m%b"/></defs><image href="data:,p0123456789a"/></svg>"""


def test_ids_are_numbered_and_what_names_them_follows() -> None:
    first = clean_svg(_with("135f48ac15"))
    second = clean_svg(_with("27abccb6d7"))
    assert first == second
    assert b'url(#p1)"' in first
    assert b'<clipPath id="p1"/><path id="m2"/>' in first
    assert b"data:,p0123456789a" in first, "what is no id stays"


def _with(clip: str) -> bytes:
    name = clip.encode()
    return SVG % (name, b"0c1d2e3f40", name, b"0c1d2e3f40")


def test_prologue_and_comments_go() -> None:
    assert clean_svg(_with("135f48ac15")).startswith(b"<svg><g ")
