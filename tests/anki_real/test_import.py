"""What a learner holds after the first import, judged by Anki itself."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter

import pytest

from tests.anki_real.conftest import Edition, Editions
from tests.conftest import NewLearner
from tests.harness.anki_learner import CardKey, ImportLog, Learner

pytestmark = pytest.mark.anki


@pytest.fixture(params=["small", "real"])
def book(request: pytest.FixtureRequest) -> Edition:
    if request.param == "real":
        found: Edition = request.getfixturevalue("real_book")
        return found
    editions: Editions = request.getfixturevalue("editions")
    return editions.first


@pytest.fixture
def reader(learner: Learner, book: Edition) -> Learner:
    """Return a learner who has just imported the book."""
    count = len(book.guids)
    assert learner.import_package(book.deck) == ImportLog(count, count, 0, 0, 0, 0)
    return learner


def test_every_note_arrives_under_its_guid(reader: Learner, book: Edition) -> None:
    notes = reader.notes()

    assert notes.keys() == set(book.guids.values())
    for name, guid in book.guids.items():
        assert notes[guid].fields["Id"].endswith(f"/{name}")
        assert notes[guid].type == f"Bindery {book.types[name].title()}"
    assert reader.copies() == {}


def test_cards_are_those_that_anki_itself_would_make(reader: Learner) -> None:
    assert reader.cards_lacking() == ()
    assert reader.empty_cards() == ()
    assert reader.notes_without_cards() == ()
    assert reader.integrity() == ""


def test_a_note_of_the_basic_type_is_one_card_and_a_gap_is_one(
    reader: Learner, book: Edition
) -> None:
    cards = reader.cards()
    notes = reader.notes()
    for name, guid in book.guids.items():
        ordinals = sorted(card.ordinal for card in cards if card.guid == guid)
        if book.types[name] == "basic":
            assert ordinals == [0]
        else:
            gaps = {int(n) for n in re.findall(r"\{\{c(\d+)::", notes[guid].fields["Text"])}
            assert ordinals == [n - 1 for n in sorted(gaps)] != []


def test_media_are_all_there_and_all_used(reader: Learner, book: Edition) -> None:
    assert reader.missing_media() == ()
    assert reader.unused_media() == ()
    with zipfile.ZipFile(book.deck) as package:
        packed = set(json.loads(package.read("media")).values())
    assert packed == {path.name for path in reader.media.iterdir()}
    assert packed
    assert all(re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{16}\.(svg|png)", name) for name in packed)


def test_new_cards_come_in_the_order_of_the_book(reader: Learner, book: Edition) -> None:
    notes = reader.notes()
    by_due = sorted(reader.cards().items(), key=lambda item: (item[1].due, item[0].ordinal))
    numbers = [notes[key.guid].fields["Number"] for key, _ in by_due]
    questions = [number for number in dict.fromkeys(numbers) if "." not in number]

    assert questions == sorted(questions)
    dues = {key.guid: state.due for key, state in by_due}
    assert sorted(dues.values()) == list(range(1, len(dues) + 1))


def test_decks_and_tags_have_the_books_root(reader: Learner) -> None:
    roots = {state.deck.split("::")[0] for state in reader.cards().values()}
    assert len(roots) == 1
    (root,) = roots
    for note in reader.notes().values():
        assert note.tags
        kinds = [tag for tag in note.tags if "::类::" in tag]
        assert len(kinds) == 1
        assert all(tag.split("::")[0] == root.replace(" ", "_") for tag in note.tags)


def test_no_field_holds_what_was_not_rendered(reader: Learner) -> None:
    for note in reader.notes().values():
        text = re.sub(r"<code>.*?</code>", "", "\n".join(note.fields.values()), flags=re.S)
        assert not re.search(r"==|\$\$|:::|<!-- more|\]\(#|\{#|\[\^", text), note.fields["Id"]
        assert note.fields["Retired"] == ""
        assert all(note.fields[f"Spare{n}"] == "" for n in range(1, 5))


def test_the_small_book_is_what_was_written(editions: Editions, learner: Learner) -> None:
    learner.import_package(editions.first.deck)
    notes = {note.fields["Id"]: note for note in learner.notes().values()}
    states = learner.cards()

    assert Counter(note.type for note in notes.values()) == {
        "Bindery Basic": 7,
        "Bindery Cloze": 3,
    }
    assert Counter(state.deck for state in states.values()) == {
        "小书::概率基础": 6,
        "小书::优化方法": 7,
    }
    bayes = notes["small-book/bayes"]
    assert bayes.fields["Front"] == "贝叶斯公式怎样更新信念？"
    assert bayes.fields["Number"] == "Q001"
    assert bayes.fields["Chapter"] == "概率基础"
    assert set(bayes.tags) == {
        "小书::推断",
        "小书::数学",
        "小书::概率",
        "小书::章::概率基础",
        "小书::类::问题",
        "小书::难度::1",
    }
    assert r"\mathbb{E}" in notes["small-book/cross-entropy"].fields["More"].replace(" ", "")
    assert "散度不对称" in notes["small-book/cross-entropy"].fields["Source"]
    guid = editions.first.guids["bayes-cloze"]
    assert {key for key in states if key.guid == guid} == {CardKey(guid, n) for n in range(3)}


def test_maths_in_a_gap_does_not_end_the_gap(editions: Editions, learner: Learner) -> None:
    learner.import_package(editions.first.deck)
    card = learner.render(CardKey(editions.first.guids["adam-cloze"], 0))

    assert "[两个矩之比]" in card.question
    assert r"\sqrt" not in card.question
    assert r"\sqrt" in card.answer
    assert r"\epsilon" in card.answer
    assert "两个矩之比" not in card.answer
    assert r"\beta_1^t" in card.question


def test_answering_every_card(reader: Learner) -> None:
    count = len(reader.cards())
    assert reader.answer_all() == count == reader.reviews()
    assert {state.reps for state in reader.cards().values()} == {1}
    assert reader.integrity() == ""


def test_two_learners_hold_the_same(new_learner: NewLearner, editions: Editions) -> None:
    one, other = new_learner(), new_learner()
    for learner in (one, other):
        learner.import_package(editions.first.deck)
    assert one.cards() == other.cards()
    assert one.notes() == other.notes()
