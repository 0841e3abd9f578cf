"""A week of editing at once: the learner loses nothing, and hears of what is gone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bindery.ledger import Entry
from bindery.request import RETIRED
from tests.books.workshop import A_DAY, FIRST_BUILD, Workshop
from tests.harness.anki_learner import EASY, Learner

pytestmark = pytest.mark.anki

LATER = FIRST_BUILD + 7 * A_DAY
PROBABILITY, OPTIMISATION = "10-probability.md", "20-optimisation.md"
NEW = """## 大数定律说了什么？ {#lln}

样本均值依概率收敛到期望。

"""


def _questions(text: str) -> tuple[str, list[str], str]:
    """Split a file into what precedes its questions, the questions, and its footnotes."""
    body, _, notes = text.partition("\n[^")
    head, *questions = re.split(r"(?m)^(?=## )", body)
    return head, questions, f"\n[^{notes}" if notes else ""


@pytest.fixture
def edited(small: Workshop, tmp_path: Path) -> Workshop:
    """Return the small book after a week; its first edition is kept as first.apkg."""
    templates = Path(shutil.copytree(small.templates, tmp_path / "templates"))
    shop = replace(small, templates=templates)
    shop.build()
    shop.kept("first.apkg")

    shop.edit(PROBABILITY, "## 贝叶斯公式怎样更新信念？", "## 怎样用贝叶斯公式更新信念？")
    shop.edit(OPTIMISATION, "## Adam 为什么要修正偏差？", "## Adam 为什么需要偏差修正？")
    shop.edit(OPTIMISATION, "每一步都不会上升。", "每一步都不会使目标上升。")
    shop.edit(OPTIMISATION, "几何间隔 $", "几何间隔是 $")
    picture = shop.source / "images" / "descent.svg"
    picture.write_text(picture.read_text("utf-8").replace("</svg>", "<g/></svg>"), "utf-8")
    style = templates / "anki" / "card.css"
    style.write_text(style.read_text("utf-8") + "\n.card { letter-spacing: 0; }\n", "utf-8")

    path = shop.source / PROBABILITY
    head, questions, notes = _questions(path.read_text("utf-8"))
    path.write_text(head + NEW + "".join(reversed(questions)) + notes, "utf-8")
    path = shop.source / OPTIMISATION
    head, questions, notes = _questions(path.read_text("utf-8"))
    moved = next(question for question in questions if "{#svm" in question)
    kept = [q for q in questions if q is not moved]
    kept = [q.partition("::: card {#step-size-decay}")[0] + "\n" + _cloze_of(q) for q in kept]
    path.write_text(head + "".join(kept) + notes, "utf-8")
    path.rename(shop.source / "25-methods.md")
    order = shop.source / "book.toml"
    chapters = f'"{OPTIMISATION}"', '"25-methods.md", "30-classification.md"'
    order.write_text(order.read_text("utf-8").replace(*chapters), "utf-8")
    (shop.source / "30-classification.md").write_text(f"# 分类\n\n{moved}", "utf-8")
    return shop


def _cloze_of(question: str) -> str:
    """Return the cloze of a question whose follow-up was cut off, or nothing."""
    before, mark, after = question.partition("::: cloze")
    return mark + after + "\n" if mark and "::: card {#step-size-decay}" in before else ""


def test_a_week_of_edits_costs_no_review(edited: Workshop, learner: Learner) -> None:
    before = {entry.guid: entry for entry in edited.ledger().entries.values()}
    learner.import_package(edited.folder / "first.apkg")
    learner.answer_all(days=1)
    learner.answer_all(EASY, days=3)
    cards, notes = learner.cards(), learner.notes()

    built = edited.build(LATER)
    log = learner.import_package(edited.deck)
    after = {entry.guid: entry for entry in edited.ledger().entries.values()}
    changed = {g for g in notes if learner.notes()[g].fields != notes[g].fields}
    retagged = {g for g in notes if learner.notes()[g].tags != notes[g].tags}
    names = {g: after[g].id for g in after}

    assert {key: state for key, state in learner.cards().items() if key in cards} == cards
    assert (log.new, log.conflicting) == (1, 0)
    assert learner.copies() == {}
    assert built.report.added == ("lln",)
    assert before.keys() < after.keys(), "nobody is forgotten"
    assert [names[g] for g in after if after[g].retired] == ["step-size-decay"]
    reworded = {"bayes", "step-size", "svm", before_adam(before)}
    assert reworded <= {names[g] for g in changed | retagged}
    assert log.updated == len(built.report.updated) == len(changed | retagged)
    assert log.duplicate == log.found - log.updated - log.new
    untouched = {"bayes-base-rate", "bayes-cloze", "cross-entropy", "step-size-cloze"}
    assert not untouched & {names[g] for g in changed | retagged}
    assert learner.missing_media() == ()
    assert learner.integrity() == ""

    told = learner.import_package(edited.out / RETIRED)
    gone = next(g for g in after if after[g].retired)
    assert (told.new, told.updated) == (0, 1)
    assert learner.notes()[gone].fields["Retired"]
    assert {key: state for key, state in learner.cards().items() if key in cards} == cards


def before_adam(before: Mapping[str, Entry]) -> str:
    """Return the id of the question about Adam, which has none in the notes."""
    return next(entry.id for entry in before.values() if "adam 为什么" in entry.title)
