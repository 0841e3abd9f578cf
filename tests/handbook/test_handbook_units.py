"""The handbook's pure parts: spacing, breaks, numbers, index, listings, drawings."""

from __future__ import annotations

import builtins
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from bindery.cache import Cache
from bindery.diagnostics import MachineError, Place
from bindery.fonts import FontSet, missing_characters
from bindery.handbook import PrintSettings, sections
from bindery.handbook.assets import Assets
from bindery.handbook.breaks import formulas_needed, pieces, untagged
from bindery.handbook.contents import numbers
from bindery.handbook.index import index
from bindery.handbook.inlines import line_html
from bindery.handbook.listing import listing_html
from bindery.handbook.numbering import Numbering, number_book
from bindery.handbook.plain import plain, plain_math
from bindery.handbook.scope import Scope, TermUse
from bindery.handbook.spacing import Hyphens, Spacer
from bindery.handbook.templates import environment
from bindery.handbook.work import Work
from bindery.model import Code, Emphasis, Inlines, Math, Reference, SoftBreak, Strong, Text
from bindery.press import patches, weasy
from bindery.press.patches.drawing import UnknownDrawingError, operators, path_operators
from bindery.press.patches.justification import inner_shares, share
from tests.handbook.sample import (
    LONG_FORMULA,
    TEMPLATES,
    sample_book,
    sample_figures,
    sample_formulas,
)

HERE = Place("a.md", 1, 1)


def scope(tmp_path: Path, numbering: Numbering | None = None) -> Scope:
    return Scope("a.md", numbering or Numbering(), {}, {}, Assets(tmp_path), 70)


@pytest.mark.parametrize(
    ("text", "spaced"),
    [
        ("采用softmax归一化", "采用 softmax 归一化"),
        ("采用 softmax 归一化", "采用 softmax 归一化"),
        ("约50%的词", "约 50% 的词"),
        ("用C++写", "用 C++ 写"),
        ("降到-3以下", "降到 -3 以下"),
        ("（SVD）与“PCA”", "（SVD）与“PCA”"),
        ("系数α为0", "系数 α 为 0"),
    ],
)
def test_han_and_latin_are_set_apart(text: str, spaced: str) -> None:
    assert Spacer().text(text) == spaced


@pytest.mark.parametrize(
    ("inlines", "html"),
    [
        ((Text("用"), Strong((Text("Adam"),)), Text("优化")), "用 <strong>Adam</strong> 优化"),
        ((Text("用 "), Strong((Text("Adam"),)), Text(" 优化")), "用 <strong>Adam</strong> 优化"),
        ((Text("调"), Code("fit"), Text("，再")), "调 <code>fit</code>，再"),
        ((Text("上一行"), SoftBreak(), Text("下一行")), "上一行下一行"),
        ((Text("one"), SoftBreak(), Text("two")), "one two"),
        ((Text("见"), SoftBreak(), Text("two")), "见 two"),
        ((Text("a<b"),), "a&lt;b"),
        (
            (Emphasis((Text("via重点"),)),),
            '<em>via <span class="dotted">重点</span></em>',
        ),
    ],
)
def test_inlines(inlines: Inlines, html: str, tmp_path: Path) -> None:
    assert line_html(inlines, scope(tmp_path)) == html


def test_what_is_not_there_is_reported_at_its_place(tmp_path: Path) -> None:
    here = scope(tmp_path)
    line_html((Reference("nowhere", (Text("此处"),), HERE), Math("x", HERE)), here)
    assert {(d.code, d.place) for d in here.problems} == {
        ("unknown-reference", HERE),
        ("formula-not-typeset", HERE),
    }


def test_long_words_get_soft_hyphens_and_code_like_ones_do_not() -> None:
    hyphenated = Hyphens()
    assert "\u00ad" in hyphenated("normalization")
    assert hyphenated("FlashAttention") == "Flash\u00adAttention"
    for word in ("softmax_backward", "numpy.linalg", "GPT4", "tensor"):
        assert hyphenated(word) == word


@pytest.mark.parametrize(
    "tex",
    [
        "a=b",
        r"\left(\frac{abcdefgh=ijklmn}{opqrst}\right)",
        r"\begin{cases} a=b+c+d+e+f+g \\ c=d \end{cases}",
        r"P(abcdef=ghijkl\mid mnopqr)",
        r"\displaystyle abcdefgh=ijklmnop=qrst",
        r"f(x) abcdefghijklmnopq=",
    ],
)
def test_formulas_that_stay_whole(tex: str) -> None:
    assert pieces(tex) == (tex,)


def test_long_formulas_break_behind_relations_outside_brackets() -> None:
    parts = pieces(LONG_FORMULA)
    assert len(parts) == 3
    assert all(part.endswith(("={}", r"\approx{}")) for part in parts[:-1])
    assert "".join(part.removesuffix("{}") for part in parts).replace(" ", "") == (
        LONG_FORMULA.replace(" ", "")
    )


def test_formulas_needed_are_whole_formulas_and_pieces() -> None:
    needed = formulas_needed(sample_book().book)
    assert (LONG_FORMULA, False) in needed
    assert {(piece, False) for piece in pieces(LONG_FORMULA)} <= needed
    assert ("x=y", True) in needed


def test_tags_are_taken_off() -> None:
    assert untagged(r"a=b \tag{3}") == ("a=b", "3")
    assert untagged("a=b") == ("a=b", "")


def test_numbers_count_in_each_chapter() -> None:
    numbering = number_book(sample_book(), sample_figures())
    texts = {label.text for label in numbering.labels.values()}
    assert {"式 1.1", "式 1.2", "式 2.1", "图 1-1", "图 1-2", "表 1-1", "代码 1-1"} <= texts
    assert numbering.targets["eq-attention"].label == "式 1.1"
    assert numbering.targets["scaling-gaps"].owner == "scaling"
    assert [(c.number, c.first) for c in numbering.calls.values()] == [
        (1, True),
        (1, False),
        (2, True),
    ]
    assert {d.number: d.used_in for d in numbering.demos.values()} == {
        "A.1": ("scaling", "mask"),
        "A.2": (),
    }


def test_index_is_in_pinyin_order_with_ranges() -> None:
    uses = [
        TermUse("注意力", "a"),
        TermUse("奇异值", "b"),
        TermUse("PCA", "c"),
        TermUse("注意力", "d"),
        TermUse("注意力", "e"),
        TermUse("注意力", "f"),
        TermUse("8-bit 量化", "g"),
    ]
    groups = index(uses, {"a": 3, "b": 9, "c": 4, "d": 4, "e": 3, "f": 8, "g": 1})
    assert [group.letter for group in groups] == ["#", "P", "Q", "Z"]
    attention = groups[-1].entries[0]
    assert [(span.text, span.anchor) for span in attention.spans] == [("3–4", "a"), ("8", "f")]


def test_numbers_are_listed_in_their_order(tmp_path: Path) -> None:
    identified = sample_book()
    numbering = number_book(identified, {})
    here = scope(tmp_path, numbering)
    here.formulas = sample_formulas(identified.book)
    entries = numbers(identified, here)
    assert [e.number for e in entries] == ["Q001", "Q001.1", "Q001.2", "Q002", "Q003"]
    assert entries[-1].anchor == "svd"
    assert "____" in entries[2].title


def test_plain_text_spells_formulas() -> None:
    assert plain((Text("除以"), Math(r"\sqrt{d_k}", HERE), Text("吗"))) == "除以 √d_k 吗"
    assert plain_math(r"\alpha \le \log_2 n") == "α≤log_2n"


def test_long_lines_of_listings_wrap_with_a_mark() -> None:
    html = listing_html("x = call(first_argument, second_argument)\n", "python", 24)
    lines = html.split('<span class="l')[1:]
    assert [line.startswith(' more"') for line in lines] == [False, True]
    text = "".join(ElementTree.fromstring(html).itertext())
    assert text == "x = call(first_argument, second_argument)"


def test_han_in_listings_are_wider_than_letters() -> None:
    assert listing_html("字" * 12, "", 20).count('class="l') == 1
    assert listing_html("字" * 13, "", 20).count('class="l') == 2


def test_unknown_languages_and_markup_are_plain_text() -> None:
    assert "&lt;b&gt;" in listing_html("<b>", "no-such-language", 70)


def test_shares_of_the_gap() -> None:
    assert share("字") == 1
    assert share(" ") == 2
    assert share("a") == share("—") == 0
    assert inner_shares("中文 a") == pytest.approx(0.5 + 1 + 2)


def test_paths_become_operators() -> None:
    assert path_operators("M0 0H10V5L3 4Z") == "0 0 m\n10 0 l\n10 5 l\n3 4 l\nh"
    assert path_operators("M0 0Q3 3 6 0T12 0") == "0 0 m\n2 2 4 2 6 0 c\n8 -2 10 -2 12 0 c"
    with pytest.raises(UnknownDrawingError):
        path_operators("M0 0A1 1 0 0 1 2 2")


@pytest.mark.parametrize(
    "inner", ["<text>字</text>", '<path d="M0 0Z" fill="none"/>', "<line x1='0'/>"]
)
def test_drawings_beyond_filled_paths_are_left_to_the_stock_code(inner: str) -> None:
    with pytest.raises(UnknownDrawingError):
        operators(ElementTree.fromstring(f"<svg><g>{inner}</g></svg>"))


def test_another_weasyprint_is_not_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "WRITTEN_FOR", "1.0")
    monkeypatch.setitem(sys.modules, "weasyprint", SimpleNamespace(__version__="99.0"))
    assert "99.0" in patches.apply()


def test_a_machine_without_pango_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith("weasyprint"):
            raise OSError("cannot load library 'libpango-1.0.so.0'")
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MachineError, match="apt-get install -y libpango"):
        weasy._font_configuration()


def test_pictures_are_found_in_the_notes_only(tmp_path: Path) -> None:
    notes = tmp_path / "source"
    (notes / "part").mkdir(parents=True)
    (notes / "part" / "a.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "secret.svg").write_text("<svg/>", "utf-8")
    assets = Assets(notes)
    url = assets.image("a.svg", "part/x.md")
    assert url is not None
    assert assets.image("part/a.svg", "x.md") == url
    assert assets.contents == {url: b"<svg/>"}
    (notes / "part" / "a.svg").write_text("<svg />", "utf-8")
    assert assets.image("a.svg", "part/x.md") != url  # a URL stands for the bytes behind it
    assert assets.image("../secret.svg", "x.md") is None


def test_a_character_without_a_glyph_is_named_with_its_place(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        found = missing_characters({"a.md": "好🙂✗⟹"}, {"a.md": "# 题\n\n好🙂"}, cache)
        again = missing_characters({"a.md": "好🙂✗⟹"}, {"a.md": "# 题\n\n好🙂"}, cache)
    assert [(d.code, d.place) for d in found] == [("character-without-glyph", Place("a.md", 3, 2))]
    assert "U+1F642 SLIGHTLY SMILING FACE" in found[0].message
    assert again == found


def test_long_lists_are_laid_out_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book, figures = sample_book(), sample_figures()
    work = Work(
        book,
        number_book(book, figures),
        sample_formulas(book.book),
        figures,
        PrintSettings("b5", TEMPLATES, tmp_path, "0"),
        environment(TEMPLATES, Hyphens()),
        FontSet(tmp_path, tmp_path, "", ()),
    )
    (whole,) = (section.html for section in sections.front(work, ()))
    monkeypatch.setattr(sections, "_LISTED_TOGETHER", 2)
    pieces = sections.front(work, ())
    assert len(pieces) > 2
    for kind in ("figure", "table", "listing"):
        assert "".join(p.html for p in pieces).count(f'id="list:{kind}"') == 1
    rows = re.compile(r'<p class="in-listed">.*?</p>', re.DOTALL)
    assert rows.findall("".join(p.html for p in pieces)) == rows.findall(whole) != []
    assert all(len(rows.findall(piece.html)) <= 2 for piece in pieces)
