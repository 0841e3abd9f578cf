"""Reading never crashes, loses nothing silently, and points only into its files.

A *visible character* of a text is one that the reader of the book should find again. It is
looked for by marks: Han characters that occur once, strewn over a text of random syntax.
After reading, each mark must be in the tree (so it is on the card), or be named: a diagnostic
quotes it, or stands on its line, or says that everything from its own line on is left out.
Only comments and the addresses of links are invisible by their nature.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from bindery.diagnostics import has_errors
from bindery.model import CodeBlock, HtmlBlock, MathBlock, Question
from bindery.walk import every_block, every_inline, inlines_in, question_blocks
from tests.dialect.reading import NAME, Reading, notes_of, read_text

MARKS = [chr(0x5000 + n) for n in range(12)]
_HIDES_THE_REST = {"unclosed-comment", "nested-too-deeply"}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ADDRESS = re.compile(r"\]\([^)]*\)?|\]:.*|\]\[[^\]]*\]")

_SIGNS = r"""
# ## ### > - * + 1. 2) ::: :::: ``` ~~~ ```py $ $$ \( \) \[ \] ** * ~~ == _ ` `` | --- |---|---|
[ ] ( ) ]( ![ [^1] [^1]: : :x {#a} {.term} {.section} {width=60%} {#a {{c1:: }} :: < > <b> </b>
<br> <div> </div> <details> </details> <summary> </summary> <kbd> </kbd> & &amp; &lt; \ \*
\frac{1}{2} x^2 a_1 $5 $HOME x==y demo:svm-margin http://a.b/c #a ( ) ， 。 “ ” （ ） " ' """
PIECES = st.sampled_from(
    [
        *_SIGNS.split(),
        " ",
        "::: card {#b}\n",
        "::: cloze\n",
        "::: note 标题\n",
        "\n:::\n",
        "<!-- more -->\n",
        "<!--",
        "-->",
        "\n---\n",
        "\n",
        "\n\n",
        "\n## ",
        "\n- ",
        "\n  - ",
        "\n    ",
        "\t",
        " ",
        "  \n",
        "字",
        "word",
        "![](images/with space.png)",
        "- [x] ",
        "\u3000",
        "\x00",
        "\x0b",
        "\ufdd0",
        "\u200b",
        "\r",
    ]
)
DOCUMENTS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40).map("".join)
FRONT = st.sampled_from(
    ["", "---\ntitle: t\n---\n", "---\nquestion-level: 3\n---\n", "---\na: [\n"]
)


@st.composite
def marked_documents(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.one_of(PIECES, st.sampled_from(MARKS)), max_size=40))
    seen: set[str] = set()
    kept = [p for p in pieces if not (p in seen or (p in MARKS and seen.add(p)))]  # type: ignore[func-returns-value]
    return "".join(kept)


def inside(reading: Reading, text: str) -> bool:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for diagnostic in reading.diagnostics:
        place = diagnostic.place
        if place.file != NAME or not 0 <= place.line <= len(lines):
            return False
        if place.column > (len(lines[place.line - 1]) + 1 if place.line else 0):
            return False
    return True


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), DOCUMENTS), FRONT)
def test_reading_never_crashes_and_places_lie_inside_the_file(text: str, front: str) -> None:
    reading = read_text(front + text)
    assert inside(reading, front + text), reading.diagnostics


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_what_was_read_without_an_error_can_be_rendered(text: str) -> None:
    reading = read_text("## 问题\n答案。\n" + text)
    if not has_errors(reading.diagnostics):
        for note in notes_of(reading.book):
            assert all(isinstance(field, str) for field in note.fields)


def shown(question: Question) -> Iterator[str]:
    """Yield what a learner should see of a question, from the tree."""
    inlines = [*every_inline(question.title)]
    for blocks in question_blocks(question):
        inlines += inlines_in(blocks)
        for block in every_block(blocks):
            if isinstance(block, CodeBlock):
                yield block.text + block.caption
            elif isinstance(block, MathBlock):
                yield block.tex
            elif isinstance(block, HtmlBlock):
                yield block.html
    for node in inlines:
        for name in ("text", "tex", "alt", "title", "hint", "html"):
            yield str(getattr(node, name, ""))


@settings(max_examples=300, deadline=None)
@given(marked_documents())
def test_every_character_of_the_tree_is_on_a_card(text: str) -> None:
    reading = read_text("## 问题\n答案。\n\n" + text)
    if has_errors(reading.diagnostics):
        return
    wanted = {c for question in reading.book.questions for piece in shown(question) for c in piece}
    fields = html.unescape("".join(f for note in notes_of(reading.book) for f in note.fields))
    assert {mark for mark in MARKS if mark in wanted} <= set(fields)


@settings(max_examples=600, deadline=None)
@given(marked_documents())
def test_every_visible_character_is_kept_or_named(text: str) -> None:
    reading = read_text(text)
    tree = unquote(html.unescape(repr(reading.chapter)))
    said = "\n".join(f"{d.message} {d.hint}" for d in reading.diagnostics)
    named_lines = {d.place.line for d in reading.diagnostics}
    hidden_from = min(
        (d.place.line for d in reading.diagnostics if d.code in _HIDES_THE_REST), default=10**9
    )
    visible = _ADDRESS.sub("", _COMMENT.sub("", text.replace("\r", "\n")))
    lines = text.replace("\r", "\n").split("\n")
    for mark in set(MARKS) & set(visible):
        line = next(number for number, each in enumerate(lines, 1) if mark in each)
        is_named = mark in said or line in named_lines or line >= hidden_from
        assert mark in tree or is_named, (mark, line, reading.diagnostics)
