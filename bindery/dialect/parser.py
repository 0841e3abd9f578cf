"""The markdown-it parser of the dialect, put together once."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from bindery.dialect import captions, containers, maths, spans
from bindery.dialect.delimiters import HanInline, mark, mark_pairs


def tokens_of(text: str) -> list[Token]:
    """Parse ``text`` (lines end in LF) into markdown-it's block tokens with inline children."""
    return parser().parse(text)


@cache
def parser() -> MarkdownIt:
    """Return the configured parser.

    Setext headings are off: a lone ``---`` or ``-`` never makes a heading.
    """
    md = MarkdownIt("commonmark", {"html": True, "linkify": False, "maxNesting": 100})
    md.inline = HanInline()
    md.configure("commonmark", options_update={"html": True, "maxNesting": 100})
    md.enable(["table", "strikethrough"])
    md.disable("lheading")
    md.inline.ruler.before("emphasis", "mark", mark)
    md.inline.ruler2.before("emphasis", "mark", mark_pairs)
    footnote_plugin(md, inline=False, move_to_end=False, always_match_refs=True)
    md.disable("footnote_ref")
    deflist_plugin(md)
    maths.use(md)
    containers.use(md)
    captions.use(md)
    spans.use(md)
    return md
