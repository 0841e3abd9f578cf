"""What reading promises beyond single texts: files and their order, extremes, languages, places."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from bindery.diagnostics import Place
from bindery.highlight import highlighted_lines, knows, languages
from bindery.inline_width import inline_width
from bindery.model import Gap, Math, MathBlock, Reference
from bindery.read import read
from bindery.walk import chapter_blocks, chapter_inlines, every_block
from tests.dialect.reading import read_text

EXTREMES = {
    "stars": "*" * 3000 + "字" + "*" * 3000,
    "brackets": "[" * 5000 + "字",
    "quotes": "> " * 3000 + "字",
    "lists": "- " * 3000 + "字",
    "gaps": "{{c1::" * 2000 + "字" + "}}" * 2000,
    "tags": "<b>" * 2000 + "字",
    "dollars": "$" * 5000 + "字",
    "columns": "|" * 3000 + "\n" + "|-" * 2999 + "|\n" + "|字" * 2999 + "|",
    "maths": "\\(" * 5000 + "字",
    "marks": "==字" * 3000,
    "braces": "字{" * 3000,
    "details": "<details>" * 1000 + "字",
    "containers": "::: note\n" * 1000 + "字",
    "long line": "字" * 200_000,
    "images": "![" * 2000 + "字",
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_read_or_named(name: str) -> None:
    reading = read_text("## 题\n答。\n\n" + EXTREMES[name])
    kept = "字" in repr(reading.chapter)
    assert kept or any(d.code == "nested-too-deeply" for d in reading.diagnostics)


def test_files_come_in_the_order_of_the_book(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_bytes(
        b'\xef\xbb\xbfid = "x"\r\ntitle = "\xe4\xb9\xa6"\r\nchapters = ["z.md"]\r\n'
        b'[[parts]]\r\ntitle = "P"\r\nchapters = ["sub/b.md", "a.md"]\r\n'
    )
    for name in ("a.md", "z.md", "sub/b.md", "images/readme.md", "_draft.md", ".hidden.md"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\xef\xbb\xbf# T\r\n\r## Q\r\nA\r\n")
    (tmp_path / "images" / "\u56fe.png").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text("x", "utf-8")
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "one.py").write_text("", "utf-8")
    (tmp_path / "demos" / "_shared.py").write_text("", "utf-8")
    manuscript, found = read(tmp_path, "notes")
    assert not found
    assert [file.path for file in manuscript.files] == ["z.md", "sub/b.md", "a.md"]
    assert [file.shown for file in manuscript.files][1] == "notes/sub/b.md"
    assert manuscript.files[0].text == "# T\n\n## Q\nA\n"
    assert manuscript.assets.files == {"images/\u56fe.png"}
    assert manuscript.assets.demos == {"one"}
    assert manuscript.info.parts[0].title == "P"


def test_without_an_order_files_come_by_name(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text('id = "x"\ntitle = "y"\n', "utf-8")
    for name in ("20-b.md", "10-a.md", "10-a/1.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("## Q\nA\n", "utf-8")
    manuscript, found = read(tmp_path)
    assert not found
    assert [file.path for file in manuscript.files] == ["10-a.md", "10-a/1.md", "20-b.md"]
    assert manuscript.info.deck == "y"


PLACES = """\
## 题 $q$ {#a}
文字 $a_1$ 与 [词](#x) 和
  续行 $b$，\\(c\\)。

> 引用 $d$
> 二行 $e$ | 竖

- 项 $f$
  - 子项 [y](#y)

| $g$ | `a|b` $h$ |
|---|---|
| \\| $i$ | x \\| y $j$ |

: 题 $k$ {#t}

1. 块
   $$
   l
     m
   $$

::: note 标题 $n$
::: cloze
==z==
:::
:::

术语 $o$
: 解释 $p$

[^1]: 注 $r$

### 小节 $s$ ###

<details><summary>题 $t$</summary>文 $u$</details>
"""


def test_every_formula_reference_and_gap_knows_its_line_and_column() -> None:
    chapter = read_text(PLACES).chapter
    lines = PLACES.split("\n")
    seen = ""
    for node in chapter_inlines(chapter):
        match node:
            case Math(tex=tex, place=place):
                seen += tex[0]
                assert lines[place.line - 1][place.column - 1 :].startswith(tex), (tex, place)
            case Reference(place=place):
                assert lines[place.line - 1][place.column - 1] == "[", place
            case Gap(place=place):
                assert lines[place.line - 1][place.column - 1 :].startswith("=="), place
    assert sorted(seen) == sorted("qabcdefghijknoprstu")
    blocks = [b for blocks in chapter_blocks(chapter) for b in every_block(blocks)]
    display = next(block for block in blocks if isinstance(block, MathBlock))
    assert (display.place, display.columns) == (Place("case.md", 19, 4), (1,))
    assert display.tex == "l\n     m"  # the second line begins in the first column, with its spaces


def test_every_language_of_pygments_keeps_the_text() -> None:
    text = 'let x = 1 < 2 && "字" # 注释\n\n  return x\n'
    assert len(languages()) > 800
    for name in ("python", "c++", "rust", "TeX", "console", "json", "mathematica", "verilog"):
        assert knows(name)
        lines = highlighted_lines(text, name)
        plain = [html.unescape(re.sub(r"<[^>]*>", "", line)) for line in lines]
        assert plain == text.rstrip("\n").split("\n"), name
        assert all(line.count("<span") == line.count("</span>") for line in lines), name


@pytest.mark.parametrize(
    ("tex", "low", "high"),
    [
        ("x", 0.4, 0.8),
        (r"\frac{a+b+c}{d}", 1.5, 4.0),
        (r"x_i^2", 0.7, 1.4),
        (r"\text{准确率}", 2.7, 3.3),
        (r"p(x_1,\dots,x_n)=\prod_{i=1}^{n}p(x_i\mid x_{<i})", 12, 20),
    ],
)
def test_the_width_of_a_formula_is_estimated(tex: str, low: float, high: float) -> None:
    assert low <= inline_width(tex) <= high
