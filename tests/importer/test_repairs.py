"""What copying leaves in a text, and what is made of it, character by character."""

from __future__ import annotations

import pytest

from bindery.importer.radicals import character_of
from bindery.importer.repairs import clean
from bindery.importer.telling import Telling
from bindery.importer.tex import mended
from bindery.importer.traced import taken
from tests.importer.importing import source_of

REPAIRS = [
    ("\ufeff标题", "标题", "byte-order-mark"),
    ("一\r\n二\r\n三", "一\n二\n三", "line-ends"),
    ("一\r二", "一\n二", "line-ends"),
    ("一\u2028二", "一\n二", "line-ends"),
    ("a\u00a0b\u3000c", "a b c", "odd-space"),
    ("梯\u200b度\u2060下\ufeff降", "梯度下降", "invisible-character"),
    ("⽤⼾的⻓度", "用户的长度", "radical"),
    ("$\x08egin{matrix} \x08eta$", "$\\begin{matrix} \\beta$", "eaten-backslash"),
    ("$a \x09imes b$", "$a \\times b$", "eaten-backslash"),
    ("$\x0crac{1}{2}$", "$\\frac{1}{2}$", "eaten-backslash"),
    ("$\x0bec{x}$", "$\\vec{x}$", "eaten-backslash"),
    ("$\x07lpha$", "$\\alpha$", "eaten-backslash"),
    ("$x \rightarrow y \rho$".replace("\\r", "\r"), "$x \\rightarrow y \\rho$", "eaten-backslash"),
    ("$\nabla f$", "$\\nabla f$", "eaten-backslash"),
    ("响\x08铃\x00", "响铃", "control-character"),
    ("坏\ud800字\ufffe", "坏字", "control-character"),
]
STAYS = [
    "\t缩进 text",
    "一\tthe table",
    "价格 5 元\nabla",
    "👩\u200d💻",
    "❤\ufe0f",
    "a\nu\nb",
]


@pytest.mark.parametrize(("before", "after", "code"), REPAIRS)
def test_a_character_is_repaired(before: str, after: str, code: str) -> None:
    cleaned = clean(source_of(before))
    assert cleaned.text.text == after
    assert {repair.code for repair in cleaned.repairs} == {code}
    kept = {at for at in cleaned.text.at if at >= 0}
    gone = {at for r in cleaned.repairs for start, end in r.spans for at in range(start, end)}
    assert kept | gone == set(range(len(before)))
    assert not kept & gone


@pytest.mark.parametrize("text", STAYS)
def test_a_character_that_means_something_stays(text: str) -> None:
    assert clean(source_of(text)).text.text == text


def test_a_repair_is_told_with_its_line() -> None:
    source = source_of("一\n二\u200b\u200b\n三\u200b")
    found = [(source.line(r.at), len(r.spans)) for r in clean(source).repairs]
    assert found == [(2, 2), (3, 1)]


def test_a_radical_is_the_character_it_looks_like() -> None:
    assert [character_of(each) for each in "⼀⿕⻓⻰⻢⺠⻚"] == list("一龠长龙马民页")
    assert character_of("⺚") == ""


TEX = [
    ("f（x，y）＝1", "f(x,y)=1", "full-width-in-formula"),
    ("x ＆ y ％", "x \\& y \\%", "full-width-in-formula"),
    ("\\text{（一）}＋1", "\\text{（一）}+1", "full-width-in-formula"),
    ("\\sqrt{\\text{head_size}}", "\\sqrt{\\text{head\\_size}}", "underscore-in-text"),
    ("x_1", "x_1", ""),
    ("\\text{a\\_b}", "\\text{a\\_b}", ""),
]


@pytest.mark.parametrize(("before", "after", "code"), TEX)
def test_a_formula_is_mended(before: str, after: str, code: str) -> None:
    telling = Telling()
    assert mended(taken(before), telling).text == after
    assert {repair.code for repair in telling.repairs} == ({code} if code else set())
