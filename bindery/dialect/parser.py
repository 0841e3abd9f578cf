"""The markdown-it parser of the dialect, put together once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from bindery.dialect import containers, depth, fences, maths, pipes, spans, tables
from bindery.dialect.delimiters import HanInline, mark, mark_pairs


class Tokens(NamedTuple):
    """Block tokens with inline children, and the rows of each ``[label]: address`` by label."""

    blocks: list[Token]
    definitions: Mapping[str, int]


def tokens_of(text: str, question_level: int = 2) -> Tokens:
    """Parse ``text`` (lines end in LF); headings up to ``question_level`` end any container."""
    env: dict[str, object] = {"question_level": question_level}
    blocks = parser().parse(text, env)
    references = env.get("references", {})
    assert isinstance(references, dict)
    return Tokens(blocks, {label: found["map"][0] for label, found in references.items()})


def inline_tokens(text: str) -> list[Token]:
    """Parse one line of text into inline tokens."""
    return parser().parseInline(text)[0].children or [] if text else []


@cache
def parser() -> MarkdownIt:
    """Return the configured parser.

    Setext headings are off: a lone ``---`` or ``-`` never makes a heading.
    """
    md = MarkdownIt("commonmark")
    md.inline = HanInline()
    options = {"html": True, "maxNesting": 100, "store_labels": True}
    md.configure("commonmark", options_update=options)
    md.enable(["table", "strikethrough"])
    md.disable("lheading")
    md.inline.ruler.before("emphasis", "mark", mark)
    md.inline.ruler2.before("emphasis", "mark", mark_pairs)
    footnote_plugin(md, inline=False, move_to_end=False, always_match_refs=True)
    md.disable("footnote_ref")
    deflist_plugin(md)
    depth.use(md)
    maths.use(md)
    containers.use(md)
    fences.use(md)
    pipes.use(md)
    tables.use(md)
    spans.use(md)
    return md
