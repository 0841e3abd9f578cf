"""A learner studies, the author edits, the learner imports again: nothing is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bindery.request import RETIRED
from tests.anki_real.conftest import Edition, Editions, edition
from tests.books.workshop import A_DAY, FIRST_BUILD, REAL, SMALL, Workshop
from tests.conftest import NewLearner
from tests.harness.anki_learner import EASY, CardKey, CardState, ImportLog, Learner, NoteView

pytestmark = pytest.mark.anki

CLOZES = "10-probability.md"
LATER = FIRST_BUILD + A_DAY


@pytest.fixture
def student(learner: Learner, editions: Editions) -> Learner:
    """Return a learner who has studied the small book for some days."""
    learner.import_package(editions.first.deck)
    study(learner)
    return learner


def study(learner: Learner) -> None:
    learner.answer_all(days=1)
    learner.answer_all(EASY)
    keys = list(learner.cards())
    learner.flag(keys[::4])
    learner.suspend(keys[::5])


def changed(before: dict[str, NoteView], after: dict[str, NoteView]) -> set[str]:
    return {guid for guid in before if before[guid] != after[guid]}


def unchanged(count: int) -> ImportLog:
    return ImportLog(count, 0, 0, count, 0, 0)


def test_the_same_package_again_is_no_change(student: Learner, editions: Editions) -> None:
    cards, notes = student.cards(), student.notes()

    assert student.import_package(editions.first.deck) == unchanged(10)
    assert (student.cards(), student.notes()) == (cards, notes)


def test_an_edit_updates_that_note_alone_and_keeps_all_progress(
    student: Learner, editions: Editions
) -> None:
    cards, notes, reviews = student.cards(), student.notes(), student.reviews()
    guid = editions.second.guids[editions.edited]

    assert student.import_package(editions.second.deck) == ImportLog(10, 0, 1, 9, 0, 0)
    after = student.notes()
    assert changed(notes, after) == {guid}
    assert "梯度的噪声不会随步数消失" in after[guid].fields["Back"]
    assert (after[guid].id, after[guid].tags) == (notes[guid].id, notes[guid].tags)
    assert student.cards() == cards
    assert student.reviews() == reviews

    assert student.import_package(editions.second.deck) == unchanged(10)
    assert (student.cards(), student.notes()) == (cards, after)
    assert student.integrity() == ""
    assert student.unused_media() == ()


def test_an_older_package_does_not_undo_an_edit(student: Learner, editions: Editions) -> None:
    student.import_package(editions.second.deck)
    notes = student.notes()
    assert student.import_package(editions.first.deck) == unchanged(10)
    assert student.notes() == notes


def test_the_learners_own_tags_and_edits_on_other_notes_stay(
    student: Learner, editions: Editions
) -> None:
    tagged, edited = editions.first.guids["bayes"], editions.first.guids["svm"]
    student.tag(tagged, "考前再看")
    student.edit(edited, "Spare1", "我自己的例子")
    student.edit(edited, "Front", "SVM 最大化什么？")
    student.import_package(editions.second.deck)
    notes = student.notes()

    assert "考前再看" in notes[tagged].tags
    assert notes[edited].fields["Spare1"] == "我自己的例子"
    assert notes[edited].fields["Front"] == "SVM 最大化什么？"


# ------------------------------------------------------------------------- what authors do


class Story:
    """A book and its learner: what the author does, and what becomes of the learner."""

    def __init__(self, shop: Workshop, learner: Learner) -> None:
        self.shop = shop
        self.learner = learner
        self.first = edition(shop, "first")
        learner.import_package(self.first.deck)
        study(learner)
        self.cards = learner.cards()
        self.notes = learner.notes()

    def goes_on(self, now: int = LATER) -> tuple[Edition, ImportLog]:
        """Build what the author has made of the book, and import it."""
        second = edition(self.shop, f"edition-{now}", now)
        log = self.learner.import_package(second.deck)
        assert self.learner.import_package(second.deck) == unchanged(log.found), "a no-op"
        assert self.learner.integrity() == ""
        assert self.learner.missing_media() == ()
        return second, log

    def card(self, note: str, ordinal: int) -> CardKey:
        return CardKey(self.first.guids[note], ordinal)

    def kept(self) -> dict[CardKey, CardState]:
        """Return the cards of the first edition as they are now."""
        now = self.learner.cards()
        return {key: now[key] for key in self.cards}


@pytest.fixture
def story(small: Workshop, learner: Learner) -> Story:
    return Story(small, learner)


def test_a_gap_put_in_front_leaves_the_old_gaps_cards_alone(story: Story) -> None:
    story.shop.edit(CLOZES, "后验正比于==先验==", "==后验==正比于==先验==")
    _, log = story.goes_on()

    assert (log.updated, log.new) == (1, 0)
    assert story.kept() == story.cards
    (new,) = story.learner.cards().keys() - story.cards.keys()
    assert new == story.card("bayes-cloze", 3)
    assert story.learner.cards()[new].reps == 0
    asked = story.learner.render(story.card("bayes-cloze", 0)).question
    assert "后验</span>正比于" in asked
    assert '<span class="cloze" data-cloze="先验"' in asked
    assert story.learner.empty_cards() == ()


def test_a_removed_gaps_number_is_not_given_to_another(story: Story) -> None:
    story.shop.edit(CLOZES, "==先验==乘以==似然==", "先验乘以==似然==")
    story.goes_on()
    assert story.learner.empty_cards() == (story.card("bayes-cloze", 0),)

    story.shop.edit(CLOZES, "先验乘以==似然==", "先验乘以==似然==的==积==")
    story.goes_on(LATER + A_DAY)
    assert story.learner.empty_cards() == (story.card("bayes-cloze", 0),)
    assert story.kept() == story.cards
    (new,) = story.learner.cards().keys() - story.cards.keys()
    assert new == story.card("bayes-cloze", 3)


def test_a_new_style_arrives_without_a_conflict(story: Story, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(story.shop.templates, templates)
    for name, old, new in (
        ("card.css", "--paper: #fffdf9;", "--paper: #fefefe;"),
        ("basic-back.html", "<summary>详解</summary>", "<summary>展开详解</summary>"),
    ):
        text = (templates / "anki" / name).read_text("utf-8")
        assert old in text
        (templates / "anki" / name).write_text(text.replace(old, new), "utf-8")
    story.shop = replace(story.shop, templates=templates)
    types = story.learner.note_types()
    _, log = story.goes_on()

    assert log == unchanged(10)
    assert story.learner.note_types() == types, "no second note type"
    assert (story.learner.cards(), story.learner.notes()) == (story.cards, story.notes)
    card = story.learner.render(story.card("bayes", 0))
    assert "--paper: #fefefe" in card.answer
    assert "展开详解" in card.answer


def test_a_renamed_chapter_moves_no_card(story: Story) -> None:
    story.shop.edit(CLOZES, "# 概率基础\n", "# 概率与信息\n")
    second, log = story.goes_on()

    assert (log.new, log.conflicting) == (0, 0)
    assert story.learner.cards() == story.cards
    note = story.learner.notes()[second.guids["bayes"]]
    assert note.fields["Chapter"] == "概率与信息"
    assert "小书::章::概率与信息" in note.tags
    decks = {deck.name for deck in story.learner.collection.decks.all_names_and_ids()}
    assert decks == {"Default", "小书", "小书::概率基础", "小书::优化方法"}


def test_a_renamed_id_is_the_same_note(story: Story) -> None:
    story.shop.edit("20-optimisation.md", "{#svm difficulty", "{#margin was=svm difficulty")
    second, log = story.goes_on()

    assert second.guids["margin"] == story.first.guids["svm"]
    assert (log.new, log.updated) == (0, 1)
    assert story.learner.cards() == story.cards
    assert story.learner.copies() == {}


def test_an_id_given_later_is_the_same_note(story: Story) -> None:
    story.shop.edit(
        "20-optimisation.md", "## Adam 为什么要修正偏差？\n", "## Adam 为什么要修正偏差？ {#adam}\n"
    )
    second, log = story.goes_on()

    assert (log.new, log.updated) == (0, 1)
    assert second.guids["adam"] in story.notes
    assert story.learner.cards() == story.cards


def test_a_note_moved_to_another_chapter_stays_where_it_was_born(story: Story) -> None:
    text = (story.shop.source / CLOZES).read_text("utf-8")
    start, end = text.index("## 交叉熵"), text.index("[^kl]: ")
    moved, note = text[start:end], text[end:]
    (story.shop.source / CLOZES).write_text(text[:start], "utf-8")
    last = story.shop.source / "20-optimisation.md"
    last.write_text(f"{last.read_text('utf-8')}\n{moved}\n{note}", "utf-8")
    _, log = story.goes_on()

    assert (log.new, log.updated) == (0, 1)
    states = {key: replace(state, due=0) for key, state in story.learner.cards().items()}
    assert states == {key: replace(state, due=0) for key, state in story.cards.items()}


def test_a_removed_note_stays_with_the_learner(story: Story) -> None:
    text = (story.shop.source / CLOZES).read_text("utf-8")
    start, end = text.index("::: cloze"), text.index("## 交叉熵")
    (story.shop.source / CLOZES).write_text(text[:start] + text[end:], "utf-8")
    second, log = story.goes_on()

    assert log == unchanged(9)
    assert "bayes-cloze" not in second.guids
    assert (story.learner.cards(), story.learner.notes()) == (story.cards, story.notes)


def test_a_new_picture_arrives_and_the_old_one_is_not_overwritten(story: Story) -> None:
    picture = story.shop.source / "images" / "descent.svg"
    picture.write_text(picture.read_text("utf-8").replace("#444", "#555"), "utf-8")
    second, log = story.goes_on()

    assert (log.new, log.updated) == (0, 1)
    guid = second.guids["step-size"]
    assert story.learner.notes()[guid].fields["More"] != story.notes[guid].fields["More"]
    assert len(story.learner.unused_media()) == 1, "the old picture, for Anki's own clean-up"
    assert story.learner.cards() == story.cards


def test_a_rewording_that_is_taken_back_arrives_too(story: Story) -> None:
    story.shop.edit(
        CLOZES,
        "这一章只有两个问题。\n\n## 贝叶斯公式怎样",
        "这一章只有两个问题。\n\n## 贝叶斯公式如何",
    )
    story.goes_on()
    story.shop.edit(CLOZES, "## 贝叶斯公式如何", "## 贝叶斯公式怎样")
    _, log = story.goes_on(FIRST_BUILD - A_DAY)  # on a machine whose clock is wrong

    assert log.updated == 1
    now = story.learner.notes()
    assert {g: n.fields for g, n in now.items()} == {g: n.fields for g, n in story.notes.items()}
    assert story.learner.cards() == story.cards


# ------------------------------------------------------------------------- two books


def test_two_books_with_the_same_ids_do_not_touch_each_other(
    small: Workshop, learner: Learner, tmp_path: Path, cache_folder: Path
) -> None:
    other = Workshop.copy_of(SMALL, tmp_path / "other", cache_folder)
    toml = other.source / "book.toml"
    text = toml.read_text("utf-8").replace('"small-book"', '"other-book"')
    toml.write_text(text.replace('"小书"', '"另一本书"'), "utf-8")
    one, two = edition(small, "one"), edition(other, "two")
    assert one.guids.keys() == two.guids.keys() > {"svm"}

    learner.import_package(one.deck)
    study(learner)
    cards, notes = learner.cards(), learner.notes()
    assert learner.import_package(two.deck) == ImportLog(10, 10, 0, 0, 0, 0)
    both = learner.cards()
    assert cards.items() < both.items()
    assert notes.items() < learner.notes().items()
    assert len(both) == 2 * len(cards)
    assert learner.copies() == {}
    assert len(learner.note_types()) == 2, "both books share the two note types"
    roots = {both[key].deck.split("::")[0] for key in both.keys() - cards.keys()}
    assert roots == {"另一本书"}

    other.edit("20-optimisation.md", "几何间隔 ", "几何上的间隔 ")
    edited = edition(other, "edited", LATER)
    assert learner.import_package(edited.deck) == ImportLog(10, 0, 1, 9, 0, 0)
    assert learner.cards() == both
    assert notes.items() < learner.notes().items()
    assert learner.integrity() == ""


# ------------------------------------------------------------------------- the real book


def test_the_real_book_survives_an_edit(
    tmp_path: Path, cache_folder: Path, new_learner: NewLearner, real_book: Edition
) -> None:
    shop = Workshop.copy_of(REAL, tmp_path / "real", cache_folder)
    first = edition(shop, "first")
    assert first.deck.read_bytes() == real_book.deck.read_bytes()
    student = new_learner()
    student.import_package(first.deck)
    study(student)
    cards, notes = student.cards(), student.notes()

    page = shop.source / "10-machine-learning.md"
    text = page.read_text("utf-8")
    page.write_text(
        text.replace("\n\n<!-- more -->", "\n\n改过的一句。\n\n<!-- more -->", 1), "utf-8"
    )
    second = edition(shop, "second", LATER)
    log = student.import_package(second.deck)
    assert (log.new, log.updated, log.conflicting) == (0, 1, 0)
    assert len(changed(notes, student.notes())) == 1
    assert student.cards() == cards
    assert student.import_package(second.deck) == unchanged(len(first.guids))


# ------------------------------------------------------------------------- retirement


def test_a_retired_note_says_so_and_keeps_its_cards(story: Story) -> None:
    text = (story.shop.source / CLOZES).read_text("utf-8")
    start, end = text.index("::: card"), text.index("## 交叉熵")
    (story.shop.source / CLOZES).write_text(text[:start] + text[end:], "utf-8")
    story.shop.build(LATER)
    retired = story.shop.out / RETIRED
    student = story.learner

    assert student.import_package(retired) == ImportLog(2, 0, 2, 0, 0, 0)
    assert student.cards() == story.cards, "no card is lost, moved or reset"
    notes = student.notes()
    for name in ("bayes-base-rate", "bayes-cloze"):
        note = notes[story.first.guids[name]]
        assert "Q001" in note.fields["Retired"]
        assert note.tags == ("小书::retired",)
        for key in story.cards:
            if key.guid == story.first.guids[name]:
                assert "已从《小书》移除" in student.render(key).question
    assert student.empty_cards() == (), "a card with its notice is not an empty one"
    assert len(student.collection.find_notes('"tag:小书::retired"')) == 2
    assert student.import_package(retired) == unchanged(2)
    assert student.import_package(story.shop.deck) == unchanged(8)

    (story.shop.source / CLOZES).write_text(text, "utf-8")
    story.shop.build(LATER + A_DAY)
    assert not retired.exists()
    assert student.import_package(story.shop.deck) == ImportLog(10, 0, 2, 8, 0, 0)
    fields = {guid: (note.fields, note.tags) for guid, note in student.notes().items()}
    assert fields == {guid: (note.fields, note.tags) for guid, note in story.notes.items()}
    assert student.cards() == story.cards
    assert student.integrity() == ""


def test_a_new_learner_never_sees_what_retired(story: Story, new_learner: NewLearner) -> None:
    text = (story.shop.source / CLOZES).read_text("utf-8")
    start, end = text.index("::: card"), text.index("## 交叉熵")
    (story.shop.source / CLOZES).write_text(text[:start] + text[end:], "utf-8")
    second = edition(story.shop, "second", LATER)
    fresh = new_learner()

    assert fresh.import_package(second.deck) == ImportLog(8, 8, 0, 0, 0, 0)
    assert fresh.notes_without_cards() == ()
    assert not [note for note in fresh.notes().values() if note.fields["Retired"]]
