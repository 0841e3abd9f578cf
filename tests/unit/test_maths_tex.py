"""TeX-level functions: expansion for cards, lint, normalisation. No engine is started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.maths import card_tex, lint, normalise, split_tag

DATA = Path(__file__).parents[1] / "data"
MACROS = {"R": r"\mathbb{R}", "inner": r"\langle #1,#2\rangle", "E": r"\mathbb{E}"}


def formulas() -> Iterator[tuple[str, bool]]:
    for line in (DATA / "formulas.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, tex = line.split("\t", 1)
            yield tex, kind == "D"


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\bm{\theta}", r"\boldsymbol{\theta}"),
        (r"\bm x", r"\boldsymbol{x}"),
        (r"x\in\R", r"x\in\mathbb{R}"),
        (r"x^\R", r"x^{\mathbb{R} }"),
        (r"\frac\R2", r"\frac{\mathbb{R} }2"),
        (r"\frac 1\R", r"\frac 1{\mathbb{R} }"),
        (r"\sqrt[3]\R", r"\sqrt[3]{\mathbb{R} }"),
        (r"\inner{a}{\inner{b}{c} }", r"\langle a,\langle b,c\rangle \rangle"),
        (r"\argmin_x", r"\operatorname*{arg\,min}_x"),
        (r"\abs{\abs{x}}", r"\left\lvert \left\lvert x\right\rvert\right\rvert"),
        (r"\norm*{x}", r"\left\lVert\mathstrut x\right\rVert"),
        (r"\dv{x}", r"\frac{\mathrm{d} }{\mathrm{d}x}"),
        (r"\dv[2]{f}{x}", r"\frac{\mathrm{d}^{2}f}{\mathrm{d}x^{2} }"),
        (r"\pdv{f}{x}{y}", r"\frac{\partial^2f}{\partial x\,\partial y}"),
        (r"\dd x", r"\mathrm{d} x"),
        (r"\dd[3]{x}", r"\mathrm{d}^{3}{x}"),
        (r"\qty(a(b))", r"\left( a(b) \right)"),
        (r"\qty{a}", r"\left\{ a \right\}"),
        (r"\ensuremath{x}", "x"),
        (r"\emph{x}", r"\textit{x}"),
        (r"\sfrac{1}{2}", r"{}^{1}\!/{}_{2}"),
        (r"A^\dag", r"A^{\dagger}"),
        (r"\left\llbracket x\right\rrbracket", r"\left[\!\left[ x\right]\!\right]"),
        (r"\mathds{1}", r"\mathbb{1}"),
        (r"\newcommand{\q}[2][z]{#1+#2}\q{a}-\q[b]{c}", "z+a-b+c"),
        (r"\def\q#1{(#1)}\q x", "(x)"),
        (r"\DeclareMathOperator*{\am}{am}\am_x", r"\operatorname*{am}_x"),
    ],
)
def test_macros_are_expanded(tex: str, expected: str) -> None:
    assert card_tex(tex, MACROS) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\left\|x\right\|", r"\left\lVert\mathstrut x\right\rVert"),
        (r"\left.x\right\|", r"\left.x\mathstrut\right\rVert"),
        (r"\|x\|", r"\|x\|"),
        (r"\left(a\middle\|b\right)", r"\left(a\middle\rVert b\right)"),
    ],
)
def test_growing_bars_are_written_so_that_they_grow(tex: str, expected: str) -> None:
    assert card_tex(tex, {}) == expected


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\text{a\_b 50\% \#1}", r"\text{a_b 50% #1}"),
        (r"\text{a {b} c}", r"\text{a b c}"),
        (r"\text{see \textbf{b} c}", r"{\text{see }\textbf{b}\text{ c} }"),
        (r"\text{if $x\in\R$}", r"\text{if $x\in\mathbb{R}$}"),
        (r"\text{std::sort}", r"{\text{std:}\text{:sort} }"),
        (r"\text{set \{a\}}", r"{\text{set }\{\text{a}\} }"),
        (r"\text{a~b}", "\\text{a\u00a0b}"),
    ],
)
def test_text_is_written_as_anki_reads_it(tex: str, expected: str) -> None:
    assert card_tex(tex, MACROS) == expected


def test_cloze_markers_are_taken_apart() -> None:
    assert card_tex(r"x^{a^{b}}", {}) == r"x^{a^{b} }"
    assert card_tex("a::b:::c", {}) == "a: :b: : :c"
    assert card_tex(r"x_{\{a\}}", {}) == r"x_{\{a\} }"


def test_the_books_macro_wins_over_the_built_in_one() -> None:
    assert card_tex(r"\norm{x}", {"norm": "|#1|"}) == "|x|"


def test_endless_macros_end() -> None:
    assert r"\a" in card_tex(r"\a", {"a": r"\a\a"})
    assert card_tex(r"\b{x}", {"b": r"\b{#1#1}"})


def test_deep_text_ends() -> None:
    assert card_tex(r"\text{" * 800 + "}" * 800, {})


_WORDS = st.sampled_from(
    [
        *r"\bm \R \inner \frac \text \left\| \right\| \{ \} \abs \dv \pdv \qty ( ) [ ]".split(),
        *"{ } {} {x} ^ _ : :: } }} a b 1 & % $ ~ 损 # * | \\".split(),
        *r"\\ \, \ \textbf \sfrac \emph \left \right \middle \newcommand \def \a".split(),
        " ",
    ]
)
_SOUP = st.lists(_WORDS, max_size=25).map("".join)


def _balance(tex: str) -> int | None:
    depth = 0
    rest = tex.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    for character in rest:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return None
    return depth


@given(_SOUP)
def test_a_card_never_gets_what_ends_a_cloze_or_starts_a_hint(tex: str) -> None:
    written = card_tex(tex, MACROS)
    assert "}}" not in written
    assert "::" not in written


@given(_SOUP)
def test_writing_for_a_card_twice_changes_nothing(tex: str) -> None:
    if r"\newcommand" in tex or r"\def" in tex:
        return
    written = card_tex(tex, MACROS)
    assert card_tex(written, MACROS) == written


@given(_SOUP)
def test_balanced_braces_stay_balanced(tex: str) -> None:
    if _balance(tex) == 0 and not any(word in tex for word in (r"\newcommand", r"\def")):
        assert _balance(card_tex(tex, MACROS)) == 0


@given(_SOUP, st.booleans())
def test_lint_points_inside_the_formula(tex: str, display: bool) -> None:
    for error in lint(tex, display):
        assert error.message
        assert error.offset is not None
        assert 0 <= error.offset <= len(tex)


@given(st.one_of(_SOUP, st.text()))
def test_normalising_twice_changes_nothing(tex: str) -> None:
    once, done = normalise(tex)
    assert (once != tex) == bool(done)
    assert normalise(once)[0] == once


@pytest.mark.parametrize(("tex", "display"), list(formulas()))
def test_good_formulas_pass_and_are_stable(tex: str, display: bool) -> None:
    assert lint(tex, display) == ()
    written = card_tex(tex, {})
    assert card_tex(written, {}) == written


@pytest.mark.parametrize(
    ("tex", "offset", "part"),
    [
        ("50% x", 2, "%"),
        ("a $ b", 2, "$"),
        ("a # b", 2, "#"),
        ("  ", 0, "empty"),
        ("{a+b", 0, "{"),
        ("a+b}", 3, "}"),
        (r"x\newenvironment{a}[1]{#1}{}", 1, "newenvironment"),
        (r"x\require{cancel}", 1, "require"),
        (r"x\tag{1}", 1, "tag"),
        (r"a+\SI{3}{m}", 2, "SI"),
        (r"\begin{tabular}{c}a\end{tabular}", 0, "tabular"),
        (r"\begin{tikzpicture}\end{tikzpicture}", 0, "tikz"),
        (r"\begin{bmatrix} a \end{pmatrix}", 18, "pmatrix"),
        (r"x \right)", 2, "right"),
        ("a & b", 2, "&"),
        ("x\\", 1, "backslash"),
    ],
)
def test_lint_finds(tex: str, offset: int, part: str) -> None:
    (error,) = lint(tex, display=False)
    assert error.offset == offset
    assert part in error.message


@pytest.mark.parametrize(
    "tex",
    [r"50\% x", r"\text{50%}", r"\text{若 $x>0$}", r"\left.x\right|", r"\{x", r"\substack{a&b}"],
)
def test_lint_lets_pass(tex: str) -> None:
    assert lint(tex) == ()


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("x\u200b+y", "x+y"),
        ("f（x，y）＝1", "f(x,y)=1"),
        ("a−b", "a-b"),
        ("50％", r"50\%"),
        ("损失，误差=1", r"\text{损失，误差}=1"),
        ("x_损", r"x_{\text{损}}"),
        (r"\text{准确率，（％）}", r"\text{准确率，（％）}"),
        ("x\u3000y", "x y"),
        ("a～b", r"a\sim b"),
        (r"y=1\tag*{(公式 1)}", r"y=1\tag*{(公式 1)}"),
        ("α≤β", "α≤β"),
    ],
)
def test_normalise(tex: str, expected: str) -> None:
    assert normalise(tex)[0] == expected


def test_tags_are_split_off() -> None:
    assert split_tag(r"E=mc^2 \tag{1}") == ("E=mc^2", ("(1)",))
    assert split_tag(r"E\tag*{(公式 1)}") == ("E", ("(公式 1)",))
    assert split_tag("E") == ("E", ())


def test_importing_starts_nothing_heavy() -> None:
    code = "import sys, bindery.maths; sys.exit('quickjs' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
