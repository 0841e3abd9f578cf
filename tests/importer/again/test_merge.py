"""Importing again: what becomes of a question by who changed it, the source, the user, or both."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bindery.importer.again import Merge, matched, merge
from bindery.importer.pieces import pieces_of
from bindery.importer.three_way import merged_lines

ENTROPY = "熵是不确定性的度量。\n\n它可加，单位是比特。\n\n- 非负\n- 均匀分布时最大"
SGD = "每次用一小批样本估计梯度。\n\n噪声有助于逃离鞍点。"
LORA = "冻结权重，只学低秩的增量。\n\n秩通常取八。"


def notes(*questions: tuple[str, str], head: str = "# 题库") -> str:
    """Return a file of notes."""
    return "\n\n".join([head, *(f"## {title}\n\n{body}" for title, body in questions)]) + "\n"


BASE = notes(("什么是熵？", ENTROPY), ("SGD 为什么快？", SGD), ("LoRA 怎么做？", LORA))


def test_nothing_changed() -> None:
    assert merge(BASE, BASE, BASE) == Merge(BASE)


def test_what_is_unedited_is_updated() -> None:
    theirs = BASE.replace("单位是比特", "以二为底时单位是比特")
    done = merge(BASE, BASE, theirs)
    assert done == Merge(theirs, updated=("什么是熵？",))


def test_what_only_the_user_edited_stays() -> None:
    mine = BASE.replace("秩通常取八", "秩常取 8 或 16")
    done = merge(BASE, mine, BASE)
    assert done == Merge(mine, kept=("LoRA 怎么做？",))


def test_two_questions_changed_one_by_each() -> None:
    mine = BASE.replace("秩通常取八", "秩常取 8 或 16")
    theirs = BASE.replace("单位是比特", "以二为底时单位是比特")
    done = merge(BASE, mine, theirs)
    assert done.text == mine.replace("单位是比特", "以二为底时单位是比特")
    assert (done.updated, done.kept, done.conflicts) == (("什么是熵？",), ("LoRA 怎么做？",), ())


def test_one_question_changed_by_both_in_different_paragraphs() -> None:
    mine = BASE.replace("熵是不确定性的度量", "熵度量不确定性")
    theirs = BASE.replace("- 均匀分布时最大", "- 均匀分布时最大，为对数")
    done = merge(BASE, mine, theirs)
    assert done.text == mine.replace("- 均匀分布时最大", "- 均匀分布时最大，为对数")
    assert done.conflicts == ()


def test_both_changed_the_same_paragraph() -> None:
    mine = BASE.replace("噪声有助于逃离鞍点", "噪声有助于泛化")
    theirs = BASE.replace("噪声有助于逃离鞍点", "噪声使它不停在鞍点")
    done = merge(BASE, mine, theirs)
    assert done.text == mine
    (conflict,) = done.conflicts
    assert (conflict.title, conflict.reason) == ("SGD 为什么快？", "edited")
    assert "噪声有助于逃离鞍点" in conflict.base
    assert "噪声有助于泛化" in conflict.mine
    assert "噪声使它不停在鞍点" in conflict.theirs
    assert done.text.split("\n")[conflict.line - 1] == "## SGD 为什么快？"


def test_the_same_change_on_both_sides_is_one() -> None:
    both = BASE.replace("秩通常取八", "秩常取 8 或 16")
    done = merge(BASE, both, both)
    assert (done.text, done.conflicts) == (both, ())


def test_an_id_that_the_user_wrote_outlives_an_update() -> None:
    mine = BASE.replace("## 什么是熵？", "## 什么是熵？ {#entropy difficulty=2}")
    theirs = BASE.replace("什么是熵？", "什么是信息熵？").replace("单位是比特", "单位是奈特")
    done = merge(BASE, mine, theirs)
    assert "## 什么是信息熵？ {#entropy difficulty=2}\n" in done.text
    assert "单位是奈特" in done.text
    assert done.text.count("## ") == 3


def test_a_card_that_the_user_added_outlives_an_update() -> None:
    card = "\n\n::: card {#bits}\n熵的单位？\n---\n比特。\n:::"
    mine = BASE.replace("- 均匀分布时最大", "- 均匀分布时最大" + card)
    theirs = BASE.replace("熵是不确定性的度量", "熵度量不确定性")
    done = merge(BASE, mine, theirs)
    assert card.strip() in done.text
    assert "熵度量不确定性" in done.text
    assert done.conflicts == ()


def test_a_new_question_stands_where_the_source_has_it() -> None:
    mine = BASE.replace("秩通常取八", "秩常取 8 或 16")
    new = ("交叉熵呢？", "用一个分布给另一个编码的平均长度。")
    theirs = notes(("什么是熵？", ENTROPY), new, ("SGD 为什么快？", SGD), ("LoRA 怎么做？", LORA))
    done = merge(BASE, mine, theirs)
    assert done.added == ("交叉熵呢？",)
    titles = [line for line in done.text.split("\n") if line.startswith("## ")]
    assert titles == ["## 什么是熵？", "## 交叉熵呢？", "## SGD 为什么快？", "## LoRA 怎么做？"]


def test_questions_of_the_users_own_and_their_order_stay() -> None:
    own = ("我自己的问题？", "我自己的答案。")
    mine = notes(("LoRA 怎么做？", LORA), own, ("什么是熵？", ENTROPY), ("SGD 为什么快？", SGD))
    theirs = BASE.replace("每次用一小批", "每一步用一小批")
    done = merge(BASE, mine, theirs)
    assert done.text == mine.replace("每次用一小批", "每一步用一小批")
    assert done.kept == ("我自己的问题？",)


def test_what_the_source_removed_goes_when_it_is_unedited() -> None:
    mine = BASE.replace("秩通常取八", "秩常取 8 或 16")
    theirs = notes(("什么是熵？", ENTROPY), ("LoRA 怎么做？", LORA))
    done = merge(BASE, mine, theirs)
    assert done.removed == ("SGD 为什么快？",)
    assert "SGD" not in done.text
    assert "秩常取 8 或 16" in done.text


def test_what_the_source_removed_stays_when_it_is_edited() -> None:
    mine = BASE.replace("噪声有助于逃离鞍点", "噪声有助于泛化")
    theirs = notes(("什么是熵？", ENTROPY), ("LoRA 怎么做？", LORA))
    done = merge(BASE, mine, theirs)
    assert done.text == mine
    assert [(c.reason, c.theirs) for c in done.conflicts] == [("removed", "")]


def test_what_the_user_deleted_stays_deleted() -> None:
    mine = notes(("什么是熵？", ENTROPY), ("LoRA 怎么做？", LORA))
    assert merge(BASE, mine, BASE).text == mine
    done = merge(BASE, mine, BASE.replace("逃离鞍点", "逃离局部极小"))
    assert done.text == mine
    (conflict,) = done.conflicts
    assert (conflict.reason, conflict.mine, conflict.line) == ("deleted", "", 0)
    assert "逃离局部极小" in conflict.theirs


def test_a_reworded_title_with_its_answer_is_the_same_question() -> None:
    theirs = BASE.replace("SGD 为什么快？", "随机梯度下降为什么比全量梯度下降快？")
    mine = BASE.replace("秩通常取八", "秩常取 8 或 16")
    done = merge(BASE, mine, theirs)
    assert done.added == done.removed == ()
    assert done.updated == ("随机梯度下降为什么比全量梯度下降快？",)


def test_two_questions_of_one_title_in_two_sections_are_told_apart() -> None:
    text = (
        "# 书\n\n## 甲 {.section}\n\n## 优缺点？\n\n甲的优点。\n\n"
        "## 乙 {.section}\n\n## 优缺点？\n\n乙的优点。\n"
    )
    mine = text.replace("甲的优点", "甲的优点很多")
    theirs = text.replace("乙的优点", "乙的优点不多")
    assert merge(text, mine, theirs).text == mine.replace("乙的优点", "乙的优点不多")


def test_the_head_of_the_file_is_merged_too() -> None:
    mine = BASE.replace("# 题库", "---\ntags: [自己的]\n---\n\n# 题库")
    theirs = BASE.replace("# 题库", "# 题库\n\n导言。")
    done = merge(BASE, mine, theirs)
    assert done.text.startswith("---\ntags: [自己的]\n---\n\n# 题库\n\n导言。\n\n## 什么是熵？")


def test_pieces_know_code_from_headings_and_levels() -> None:
    text = (
        "---\nquestion-level: 3\n---\n# 书\n\n## 节\n\n### 问？ {#q}\n\n```python\n### no\n```\n"
        "\n#### 小节\n\n话\n"
    )
    head, section, question = pieces_of(text)
    assert (section.kind, section.words) == ("section", "节")
    assert (question.kind, question.id, question.section) == ("question", "q", "节")
    assert "### no" in question.body
    assert "#### 小节" in question.body
    assert "".join(f"{piece.raw}\n" for piece in (head, section, question)) == text + "\n"


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "now"),
    [
        ("abc", "abc", "abc", "abc"),
        ("abc", "xbc", "abc", "xbc"),
        ("abc", "xbc", "abz", "xbz"),
        ("abc", "xbc", "xbc", "xbc"),
        ("abc", "xbc", "ybc", None),
        ("abc", "xbc", "ayc", None),
        ("abcd", "bcd", "abc", "bc"),
        ("abcd", "xabcd", "abcdx", "xabcdx"),
        ("", "x", "y", None),
    ],
)
def test_lines_are_merged_as_diff3_does(base: str, mine: str, theirs: str, now: str | None) -> None:
    found = merged_lines(list(base), list(mine), list(theirs))
    assert (found if found is None else "".join(found)) == now


QUESTIONS = st.lists(
    st.tuples(
        st.sampled_from(["什么是熵？", "SGD 为什么快？", "LoRA 怎么做？", "新的问题？", "别的？"]),
        st.sampled_from([ENTROPY, SGD, LORA, LORA + "\n\n又。", SGD.replace("。", "！"), "短。"]),
    ),
    max_size=5,
).map(lambda found: notes(*found))


@settings(max_examples=150, deadline=None)
@given(QUESTIONS, QUESTIONS, QUESTIONS)
def test_no_text_of_either_side_is_lost(base: str, mine: str, theirs: str) -> None:
    """What the user wrote is in the notes or, where the source took it away unedited, known."""
    done = merge(base, mine, theirs)
    shown = done.text + "".join(c.base + c.mine + c.theirs for c in done.conflicts)
    for side in (mine, theirs):
        for line in side.split("\n"):
            assert line in shown or line in base
    assert matched(pieces_of(mine), pieces_of(mine)).keys() == set(range(len(pieces_of(mine))))
    assert merge(theirs, done.text, theirs).text == done.text
