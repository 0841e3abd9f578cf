"""The house rules: what is advised, what is left alone, and how much is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.house_rules import CODES, advice, in_short
from bindery.model import Assets, SourceFile
from bindery.parse import parse
from bindery.yes_no import is_yes_no
from tests.dialect.checking import said_of

YES_NO = """随机森林会过拟合吗
L1 正则会让解稀疏吗？
“偏差就是训练误差”对吗？
梯度下降是否一定收敛到全局最优？
几何平均是否总不大于算术平均？
训练时批量大小会不会影响泛化？
DDIM 有没有随机性？
贪心好不好？
背景如下。GAN 的判别器越强越好吗？
Is Adam always better than SGD?
Does dropout help at test time?
Adam keeps two moments. Can it do with one?"""
ASKS_MORE = """L1 是否稀疏，为什么？
BN 能放在激活之后吗？为什么？
X 能并行吗？请说明。
能介绍一下 Transformer 吗？
你可以讲讲反向传播吗？
怎样判断模型是否过拟合？
用 L1 还是 L2 会不会影响收敛？
从哪里来的随机性，能不能去掉？
不得不做的检查是哪一个？
判断一个点是否在三角形内
给定一个数，判断它是否为质数？
先判断文件是否存在，再打开，有什么问题？
数据不平衡时，准确率还有没有意义？举一个例子。
线性回归
Can you explain attention?
Is it faster to use BN or LN?
Is it convex, and why?
Why does dropout help?"""

BAD = """## 随机森林会过拟合吗？{attributes}
答。

::: card{card}
贪心好不好？
---
不好。
:::

::: cloze{cloze}
软间隔允许越界。==松弛变量把越界的多少记下来，乘上惩罚系数。==
:::
"""
LIST = "## 甲乙丙丁\n" + "- 项\n" * 6


def codes(text: str) -> list[str]:
    """Return the codes of what is advised about a text."""
    chapter, found = parse(SourceFile("a.md", "a.md", text, ""), Assets(frozenset(), frozenset()))
    assert not found
    return [each.code for each in advice(chapter)]


@pytest.mark.parametrize("question", YES_NO.split("\n"))
def test_yes_or_no_answers(question: str) -> None:
    assert is_yes_no(question)


@pytest.mark.parametrize("question", ASKS_MORE.split("\n"))
def test_a_question_that_asks_more(question: str) -> None:
    assert not is_yes_no(question)


def test_a_note_that_stays_as_it_is() -> None:
    said = ["yes-no-question", "yes-no-question", "hidden-sentence"]
    as_is = {"attributes": " {.as-is}", "card": " {.as-is}", "cloze": " {.as-is}"}
    nothing = dict.fromkeys(as_is, "")
    assert codes(BAD.format(**nothing)) == said
    for index, name in enumerate(as_is):
        rest = said[:index] + said[index + 1 :]
        assert codes(BAD.format(**{**nothing, name: as_is[name]})) == rest


def test_a_file_that_wants_no_advice() -> None:
    text = BAD.format(attributes="", card="", cloze="")
    assert not codes(f"---\nhouse-rules: false\n---\n{text}")
    assert len(codes(f"---\nhouse-rules: true\n---\n{text}")) == 3


def test_a_book_that_wants_no_advice(tmp_path: Path) -> None:
    book = 'id = "x"\ntitle = "书"\n'
    (tmp_path / "a.md").write_text(LIST, "utf-8")
    with Cache(tmp_path / "cache") as cache:
        (tmp_path / "book.toml").write_text(book, "utf-8")
        assert [d.code for d in said_of(tmp_path, cache)] == ["long-enumeration"]
        (tmp_path / "book.toml").write_text(f"{book}house-rules = false\n", "utf-8")
        assert not said_of(tmp_path, cache)


def test_advice_is_a_warning() -> None:
    chapter, _ = parse(SourceFile("a.md", "a.md", LIST, ""), Assets(frozenset(), frozenset()))
    assert [d.severity for d in advice(chapter)] == [Severity.WARNING]


def test_a_list_below_the_fold_may_be_long() -> None:
    assert codes(LIST) == ["long-enumeration"]
    assert codes(LIST.replace("- 项\n", "答。\n\n<!-- more -->\n- 项\n", 1)) == []
    assert codes(LIST.removesuffix("- 项\n")) == []


def test_formulas_and_lists_count_as_lines() -> None:
    formula = "\n$$\na \\\\\nb\n$$\n"
    assert codes("## 甲乙丙丁\n文。\n" + formula * 6 + "\n- 项\n" * 1) == []
    assert codes("## 甲乙丙丁\n文。\n" + formula * 7) == ["long-answer"]


def test_a_card_of_150_han_characters_is_short_enough() -> None:
    assert codes(f"## 甲乙丙丁\n{'字' * 150}，ABC。") == []
    assert codes(f"## 甲乙丙丁\n{'字' * 151}。") == ["long-answer"]


def test_of_many_notes_the_first_are_named_and_the_rest_counted() -> None:
    def found(number: int, code: str = "yes-no-question") -> list[Diagnostic]:
        return [
            Diagnostic(Place(f"{n // 10}.md", n % 10 + 1), code, "…", "", Severity.WARNING)
            for n in range(number)
        ]

    error = Diagnostic(Place("a.md", 1), "missing-image", "…")
    assert in_short([error, *found(6)]) == (error, *found(6))
    many = in_short([error, *found(25), *found(3, "long-answer")])
    assert many[:6] == (error, *found(5))
    assert many[6].place == Place("0.md", 6)
    assert (
        many[6].message
        == "20 more such notes: the first here, then in lines 7, 8, 9, 10; 2 files more"
    )
    assert many[7:] == tuple(found(3, "long-answer"))
    assert in_short([error, *found(25)], wanted=False) == (error,)


def test_every_rule_is_known_by_its_code() -> None:
    bad = BAD.format(attributes="", card="", cloze="")
    repeated = "## 自注意力的时间复杂度是多少？\n自注意力的时间复杂度是平方级的。\n"
    assert {*codes(bad), *codes(LIST), *codes(repeated), *codes(f"## 甲\n{'字' * 151}")} == CODES


def test_what_a_definition_begins_with_is_no_repetition() -> None:
    said = "卷积神经网络是在邻域上共享权重的网络。"
    assert codes(f"## 什么是卷积神经网络？\n{said}") == []
    assert codes(f"## 卷积神经网络是什么？\n{said}") == []
    assert codes(f"## 什么是卷积神经网络？\n什么是卷积神经网络？{said}") == ["repeated-question"]


def test_a_section_is_no_note_to_be_left_alone() -> None:
    text = "## 分组 {.section .as-is}\n\n## 甲\n答。\n"
    _, found = parse(SourceFile("a.md", "a.md", text, ""), Assets(frozenset(), frozenset()))
    assert [str(each.place) + each.code for each in found] == ["a.md:1:4unknown-attribute"]
