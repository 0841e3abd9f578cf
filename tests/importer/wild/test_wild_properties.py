"""Whatever a foreign file holds: no crash, no character lost, and notes that pass the check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bindery.assemble import assemble
from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from bindery.facts import facts_of
from bindery.formulas import judge
from bindery.importer.account import account
from bindery.importer.compose import composed
from bindery.importer.latex.reader import LatexReader
from bindery.importer.model import Reader, Source
from bindery.importer.settle import settled
from bindery.importer.wild.reader import WildReader
from bindery.model import Assets, SourceFile
from bindery.parse import parse
from tests.dialect.golden import sections
from tests.importer.wild.golden import case_files

MARKDOWN = [
    *"""**  ** __ ` $ $$ \\( \\) \\[ \\] <b> </b> <s> <div> </div> </p> <details> </details>
    <summary> </summary> <table> <tr> <td> </td> </tr> </table> </a> <!-- -->
    [TOC] [^1] {#id} {.x} {{c1:: }}
    == ~~ | ::: :: x^2 a_1 \\frac{1}{2} \\ < &lt; &amp; <br> </font> <script> </script> <pad> <![ $5
    $HOME 。 ， 熵 为什么 什么是熵？ 原理 代码 优缺点 【一】""".split(),
    *(
        "# ",
        "## ",
        "### ",
        "\n## ",
        "\n### ",
        "\n",
        "\n\n",
        "\n- ",
        "\n- [ ] ",
        "\n1. ",
        "  ",
        "    ",
    ),
    *(
        "\t",
        "\n```\n",
        "\n```python\n",
        "<p align=center>",
        "<a href='#x'>",
        "<img src='a.png' alt='图'>",
    ),
    *("<!-- more -->", "\n## 目录\n", "[链接](#什么)", "[链接](https://a.b)", "![图](a b.png)"),
    *(
        "![](C:\\x\\y.png)",
        "\n[^1]: ",
        "{#bad id}",
        "\n|a|b|\n|--|--|\n|1|2|3|\n",
        "\n---\n",
        "\n===\n",
    ),
    *(
        "---\ntitle: x\n---\n",
        "\nQ: ",
        "\nA: ",
        "\n问：",
        "\n答：",
        "\n::: tip\n",
        "\n:::\n",
        "\n> ",
    ),
    *(
        "> [!NOTE]\n",
        "!!! note\n    ",
        "<h2 id='k'>",
        "</h2>",
        "<pre><code>",
        "</code></pre>",
        "<ul><li>",
    ),
    *(
        "</li></ul>",
        "<font color=red>",
        "<iframe src=x>",
        "\u00a0",
        "\u200b",
        "\ufeff",
        "\r\n",
        "\x08eta",
    ),
    *("⼒", "\U00013000", "  \n", "1.1 ", "Q01 · ", "第1题 ", "\\begin{align}", "\\end{align}"),
]
LATEX = [
    *"""} { $ $$ \\( \\) \\[ \\] \\begin{itemize} \\end{itemize} \\begin{enumerate} \\end{enumerate}
    \\item[a] \\textbf{ \\emph{ \\texttt{ \\cite{a} \\ref{eq:a} \\label{eq:a} \\footnote{
    \\begin{equation} \\end{equation} \\begin{align} \\end{align} \\begin{verbatim} \\end{verbatim}
    \\begin{tabular}{ll} \\end{tabular} & \\\\ \\hline % \\% ~ --- `` '' \\x{ \\x \\begin{question}
    \\end{question} \\begin{solution} \\end{solution} \\verb|a| \\url{http://a.b} \\href{u}{t}
    \\unknown \\unknown{ \\begin{foo} \\end{foo} \\begin{document} \\end{document} \\maketitle
    \\begin{figure} \\end{figure} \\caption{ \\def\\y{z} \\y * _ # <b> ` [ ] \\ x^2 | 熵 是什么？
    \\begin{theorem}[名] \\end{theorem} \\end{thebibliography} \\multicolumn{2}{c}{""".split(),
    *(
        "\\section{",
        "\\subsection{什么是熵？}",
        "\\subsection{",
        "\\item ",
        "\\question ",
        "% 注\n",
        "\n",
    ),
    *(
        "\n\n",
        "- ",
        "# ",
        "\u200b",
        "\r\n",
        "\\newcommand{\\x}[1]{a#1b}",
        "\\begin{lstlisting}[language=C]",
    ),
    *("\\end{lstlisting}", "\\begin{thebibliography}{9}\\bibitem{a} A.", "\\includegraphics{a}"),
]


def documents(pieces: Sequence[str]) -> st.SearchStrategy[str]:
    """Draw texts of random syntax."""
    each = st.one_of(st.sampled_from(list(pieces)), st.text(max_size=4))
    return st.lists(each, max_size=40).map("".join)


@st.composite
def mutated(draw: st.DrawFn, suffix: str, pieces: Sequence[str]) -> str:
    """Draw a golden case with some of it cut out, doubled or broken into."""
    texts = [
        text
        for path in case_files()
        for head, text in sections(path).items()
        if head.startswith("input ") and head.endswith(suffix)
    ]
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text = text[:at] + draw(st.sampled_from(list(pieces))) + text[at:]
        else:
            text = text[:at] + text[at + draw(st.integers(1, 14)) :]
    return text


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as cache:
        yield cache


def check(reader: Reader, text: str, cache: Cache) -> None:
    """Import a text and hold it against all that an import promises (but the fonts)."""
    name = "notes.tex" if reader.name == "latex" else "notes.md"
    found = reader.read(Source(Path("nowhere") / name, name, text))
    assert account(found) == ()

    def judged(notes: str) -> tuple[Diagnostic, ...]:
        tree, said = parse(SourceFile("n.md", "n.md", notes, ""), Assets(frozenset(), frozenset()))
        facts = facts_of(tree, said)
        return (*said, *assemble([facts])[1], *judge(facts.formulas, {}, cache, 1))

    done = settled(found, judged)
    assert account(done) == ()
    for chapter in done.chapters:
        # Notes of our own may refer to other chapters of the book they will be part of.
        open_to = {"unknown-reference", "missing-demo", "missing-image"} if chapter.whole else set()
        said = [d for d in judged(composed(chapter).text) if d.code not in open_to]
        assert not [str(each) for each in said if each.severity == "error"]


SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTINGS
@given(text=st.one_of(documents(MARKDOWN), mutated(".md", MARKDOWN)))
def test_markdown_never_crashes_loses_nothing_and_passes(text: str, kept: Cache) -> None:
    check(WildReader(), text, kept)


@SETTINGS
@given(text=st.one_of(documents(LATEX), mutated(".tex", LATEX)))
def test_latex_never_crashes_loses_nothing_and_passes(text: str, kept: Cache) -> None:
    check(LatexReader(), text, kept)


@pytest.mark.parametrize("reader", [WildReader(), LatexReader()], ids=lambda each: each.name)
@pytest.mark.parametrize(
    "text", ["", "\n", "\ufeff", "\0", "#", "{", "\\", "<![图", "[" * 300, "> " * 90]
)
def test_what_holds_hardly_anything_is_imported_too(reader: Reader, text: str, kept: Cache) -> None:
    check(reader, text, kept)
