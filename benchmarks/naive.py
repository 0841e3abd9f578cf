"""The least that makes a deck: markdown-it-py, dollarmath, Pygments, genanki; no checks, no cache.

Usage: naive.py DIR OUT.apkg
"""

from __future__ import annotations

import hashlib
import html
import sys
from pathlib import Path
from typing import Any

import genanki
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_FORMAT = HtmlFormatter(nowrap=True)


def _coloured(code: str, language: str, _: str) -> str:
    try:
        return str(highlight(code, get_lexer_by_name(language), _FORMAT)) if language else ""
    except ClassNotFound:
        return ""


def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": True, "highlight": _coloured}).enable("table")
    md.use(dollarmath_plugin, double_inline=True)

    def rule(opening: str, closing: str) -> Any:
        def render(_: Any, tokens: Any, index: int, *__: Any) -> str:
            return opening + html.escape(tokens[index].content.strip(), False) + closing

        return render

    md.add_render_rule("math_inline", rule(r"\(", r"\)"))
    md.add_render_rule("math_inline_double", rule(r"\[", r"\]"))
    md.add_render_rule("math_block", rule(r"\[", "\\]\n"))
    return md


def main(source: Path, out: str) -> None:
    """Write the deck of a folder of files whose questions are ``##`` headings."""
    md = _parser()
    model = genanki.Model(
        1599991234,
        "Naive",
        fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[
            {
                "name": "Card 1",
                "qfmt": "{{Front}}",
                "afmt": "{{FrontSide}}<hr id=answer>{{Back}}",
            }
        ],
    )
    decks = []
    for path in sorted(source.glob("**/*.md")):
        text = path.read_text("utf-8")
        tokens, lines = md.parse(text), text.split("\n")
        heads = [
            (token.map[0], tokens[n + 1].content)
            for n, token in enumerate(tokens)
            if token.type == "heading_open" and token.tag == "h2" and token.map
        ]
        title = path.stem
        number = int(hashlib.sha256(title.encode()).hexdigest()[:8], 16) % (1 << 31)
        deck = genanki.Deck(number, title)
        for n, (line, question) in enumerate(heads):
            end = heads[n + 1][0] if n + 1 < len(heads) else len(lines)
            back = md.render("\n".join(lines[line + 1 : end]))
            guid = genanki.guid_for(title, question)
            fields = [md.renderInline(question), back]
            deck.add_note(genanki.Note(model=model, guid=guid, fields=fields))
        decks.append(deck)
    genanki.Package(decks).write_to_file(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
