"""Formulas said three times, code without fences, text that must read as it stands."""

from __future__ import annotations

import pytest

from bindery.importer.blocks import Run
from bindery.importer.code import language, listings, lost_indentation
from bindery.importer.glyphs import glyphs
from bindery.importer.plain import literal, reads_as
from bindery.importer.traced import taken
from bindery.importer.triples import triples
from bindery.importer.widths import widened

TRIPLES = [
    ("向量 x i x_i xi 的", ["x_i"]),
    ("在 [ 0 , 1 ] [0,1] [0,1] 之间", ["[0,1]"]),
    ("第 i i i 行第 j j j 列", ["i", "j"]),
    ("θ ∗ \\theta^* θ∗ 处", ["\\theta^*"]),
    ("W fused = 1 N W_{\\text{fused}} = \\frac{1}{N} Wfused=N1", None),
    ("设 学习率 η = 0.1 \\text{学习率} \\eta = 0.1 学习率η=0.1", ["\\text{学习率} \\eta = 0.1"]),
    ("很 好 很 好 很 好", []),
    ("run and run and run and run", []),
    ("import torch import torch import torch", []),
    ("x_i 单独", []),
    ("价格 1 1 1", []),
]


@pytest.mark.parametrize(("line", "found"), TRIPLES)
def test_a_formula_said_three_times(line: str, found: list[str] | None) -> None:
    tex = [line[each.tex_start : each.tex_end] for each in triples(line)]
    assert tex == (["W_{\\text{fused}} = \\frac{1}{N}"] if found is None else found)


@pytest.mark.parametrize(
    ("tex", "flat"),
    [
        ("x_i^2", "xi2"),
        ("x^2_i", "xi2"),
        ("q_i'", "qi′"),
        ("\\frac{\\partial L}{\\partial w}", "∂L∂w"),
        ("\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}", "[abcd]"),
        ("\\left( -x \\right)", "(−x)"),
        ("\\unknownmacro{x}", ""),
        ("\\begin{", ""),
        ("{" * 2000, ""),
        ("\\hat" * 2000, ""),
        ("\\sqrt[3]{x}", "x3"),
        ("\\overset{a}{b}", "ba"),
        ("\\xrightarrow{f}", "→f"),
        ("\\color{red} x", "x"),
    ],
)
def test_the_glyphs_of_a_formula(tex: str, flat: str) -> None:
    assert glyphs(tex) == flat


CODE = [
    (["import torch", "x = f(1)", "然后我们继续。"], [(0, 2, "python")]),
    (["# 注释", "pip install torch"], [(0, 2, "bash")]),
    (["# 只有一行注释", "普通的话。"], []),
    (["sudo adduser 用户名"], [(0, 1, "bash")]),
    (["make 的用法如下："], []),
    (["d = {", "'a': 1,", "中文键: 2", "}", "尾"], [(0, 4, "python")]),
    (['{"a": 1}', "print(1)"], [(0, 1, "json"), (1, 2, "python")]),
    (["SELECT id FROM users WHERE x = 1;"], [(0, 1, "sql")]),
    (["#include <stdio.h>", "int main() {", "}"], [(0, 3, "cpp")]),
    ([")"], []),
    (["损失 = 预测 - 真实"], []),
    (["A = B + C 是一个等式"], []),
    (["Good morning, professors."], []),
    (["The model is trained (see above)."], []),
]


@pytest.mark.parametrize(("lines", "found"), CODE)
def test_code_is_told_from_text(lines: list[str], found: list[tuple[int, int, str]]) -> None:
    assert [tuple(each) for each in listings(lines, [True] * len(lines))] == found


def test_a_line_that_is_not_free_ends_a_listing() -> None:
    assert [tuple(e) for e in listings(["x = f(1)"] * 3, [True, False, True])] == [
        (0, 1, "python"),
        (2, 3, "python"),
    ]


def test_lost_indentation_is_seen() -> None:
    assert lost_indentation(["def f(x):", "return x"])
    assert lost_indentation(["for i in x: # 循环", "print(i)"])
    assert lost_indentation(["else:"])
    assert not lost_indentation(["def f(x):", "    return x"])
    assert not lost_indentation(["d = {", "'a': 1", "}"])


def test_a_listing_that_nothing_tells_is_text() -> None:
    assert language(["???"]) == "text"


PLAIN = [
    ("a*b*c", "a\\*b\\*c"),
    ("2 * 3", "2 * 3"),
    ("head_size", "head_size"),
    ("$5", "\\$5"),
    ("# 井号", "\\# 井号"),
    ("1. 一", "1\\. 一"),
    ("- 减", "\\- 减"),
    ("[甲](乙)", "\\[甲]\\(乙)"),
    ("[REDACTED]", "[REDACTED]"),
    ("<b>", "\\<b>"),
    ("==亮==", "\\=\\=亮\\=\\="),
    ("{{c1::x}}", "\\{{c1::x}}"),
    ("C:\\new", "C:\\new"),
]


@pytest.mark.parametrize(("text", "markdown"), PLAIN)
def test_text_reads_as_it_stands(text: str, markdown: str) -> None:
    written = literal(taken(text)).text
    assert written == markdown
    assert reads_as(written, text)


def test_a_title_takes_no_attributes_from_the_text() -> None:
    assert literal(taken("集合 {#a}"), begins=False, title=True).text == "集合 \\{#a}"


WIDE = [
    ("你好,世界:再见!", "你好，世界：再见！"),
    ("方法(Method)是", "方法（Method）是"),
    ("调用 f(x)即可", "调用 f(x)即可"),
    ("范围 [0,1] 内", "范围 [0,1] 内"),
    ("用 CUDA,PyTorch 可以", "用 CUDA，PyTorch 可以"),
    ("see (Smith, 2020): ok", "see (Smith, 2020): ok"),
    ("地址:https://x.org", "地址：https://x.org"),
    ("时间 10:30 到", "时间 10:30 到"),
]


@pytest.mark.parametrize(("before", "after"), WIDE)
def test_punctuation_beside_han_is_full_width(before: str, after: str) -> None:
    runs, spans, now = widened([Run("text", taken(before))])
    assert "".join(run.text.text for run in runs) == after
    assert len(spans) == len(now)


def test_punctuation_after_a_formula_is_full_width_too() -> None:
    runs, _, now = widened(
        [Run("text", taken("向量 ")), Run("math", taken("x", 3)), Run("text", taken(" ,其中", 4))]
    )
    assert now == "，"
    assert runs[-1].text.text == "，其中"
