"""Whatever a file holds: no reader fails, nothing vanishes, and a check accepts what is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bindery.cache import Cache
from bindery.diagnostics import Severity
from bindery.importer.account import account
from bindery.importer.readers import READERS, chosen
from bindery.importer.trial import tried
from bindery.model import Assets
from tests.importer.importing import parsed, seed, source_of

PIECES = [
    *(
        "- ",
        "-\n",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "1. ",
        "2. ",
        "一、",
        "【一】",
        "【二】",
        "：",
        ":",
    ),
    *(
        "。",
        "，",
        ",",
        "(",
        ")",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\begin{",
        "}",
        "{",
        "`",
        "```\n",
    ),
    *(
        "```python\n",
        "~~~",
        "*",
        "**",
        "_",
        "#",
        "# ",
        "## ",
        "|",
        "---|---|\n",
        "a | b |\n",
        "==",
        "~~",
    ),
    *(
        "{{c1::",
        "{#id}",
        "[^1]",
        "[a](#b)",
        "![a](b.png)",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        ":::",
        "::: card",
    ),
    *("x i x_i xi", "i i i", "\\frac{a}{b}", "x_1", "θ", "def f(x):", "return x", "import torch"),
    *(
        "sudo ls -l",
        "f = open('a')",
        "{'a': 1}",
        "\ufeff",
        "\u200b",
        "\u00a0",
        "⼀",
        "\x08egin",
        "\x00",
    ),
    *(
        "\r\n",
        "\r",
        "\ud800",
        "𠀀",
        "👩\u200d💻",
        "正文开始",
        "目录",
        "推荐阅读",
        "公众号",
        "自我介绍",
        "下图",
    ),
    *(
        "线性回归",
        "过拟合(Overfitting)",
        "什么是梯度下降？",
        "它是一种方法。",
        "json.dumps()",
        "chmod",
        "的",
    ),
    *(
        "\n> ",
        "https://x.org",
        "&amp;",
        "<details>",
        "问：",
        "答：",
        "Q: ",
        "\\section{",
        "\\item ",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=40).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw a stretch of a seed with some of it taken away, doubled, moved or overwritten."""
    lines = seed(draw(st.sampled_from(["000", "003"]))).text.split("\n")
    start = draw(st.integers(0, len(lines) - 1))
    lines = lines[start : start + draw(st.integers(1, 60))]
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = draw(st.integers(0, len(line)))
        match draw(st.integers(0, 5)):
            case 0:
                lines[at] = line[:cut] + draw(st.sampled_from(PIECES)) + line[cut:]
            case 1:
                lines[at] = line[:cut]
            case 2:
                lines[at : at + 1] = [line[:cut], line[cut:]]
            case 3:
                lines.insert(at, line)
            case 4:
                lines[at] = "".join(reversed(line))
            case _:
                lines.insert(draw(st.integers(0, len(lines))), lines.pop(at))
    return "\n".join(lines)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@settings(max_examples=120)
@given(text=st.one_of(TEXTS, mutated()))
@example(text="")
@example(text="-")
@example(text="-\n-\n-")
@example(text="【一】")
@example(text="【一】a\n【一】b")
@example(text="```")
@example(text="a | b |\n---|---|")
def test_no_reader_loses_a_character(reader: object, text: str) -> None:
    found = reader.read(source_of(text))  # type: ignore[attr-defined]
    assert account(found) == ()
    parsed(found)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@settings(max_examples=60)
@given(text=st.one_of(TEXTS, mutated()))
def test_a_check_accepts_what_is_written(cache: Cache, text: str) -> None:
    source = source_of(text)
    reader, evidence = chosen(source)
    assert 0 <= evidence <= 1
    found = tried(reader.read(source), Assets(frozenset(), frozenset()), "notes", cache)
    assert [d for d in found.diagnostics if d.severity is Severity.ERROR] == []
    assert account(found.imported) == ()
