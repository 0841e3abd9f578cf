"""Every card on a phone, by day and by night, in Anki's own reviewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.anki_real.conftest import Edition, Editions
from tests.harness.anki_learner import Learner, RenderedCard
from tests.harness.phone import Phone, Side

pytestmark = [pytest.mark.anki, pytest.mark.browser]


@pytest.fixture(scope="module")
def cards(
    tmp_path_factory: pytest.TempPathFactory, real_book: Edition, editions: Editions
) -> Iterator[dict[str, tuple[RenderedCard, ...]]]:
    """Return both books' cards."""
    found = {}
    learners = []
    for name, package in (("real", real_book.deck), ("small", editions.first.deck)):
        learner = Learner(tmp_path_factory.mktemp(f"reader-{name}"))
        learner.import_package(package)
        found[name] = learner.render_all()
        learners.append(learner)
    yield found
    for learner in learners:
        learner.collection.close()


_SAMPLE = 40
_NIGHT = pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
_PROFILE = pytest.mark.parametrize("profile", ["android", "iphone"])


def faults_of(
    phone: Phone, cards: Sequence[RenderedCard], sides: Sequence[Side], *, night: bool
) -> dict[str, tuple[str, ...]]:
    """Show the cards and return what is wrong with them; formulas must have been set."""
    faults = {}
    formulas = 0
    for card in cards:
        for side in sides:
            report = phone.show(card, side, night=night)
            formulas += report.formulas
            if report.faults:
                faults[f"{card.label} {side}"] = report.faults
    assert formulas > 20, "MathJax was at work"
    return faults


def test_no_card_of_the_real_book_has_a_fault(
    cards: dict[str, tuple[RenderedCard, ...]], android: Phone
) -> None:
    """Every card once; an answer shows its question too."""
    assert faults_of(android, cards["real"], ["answer"], night=False) == {}


@_NIGHT
@_PROFILE
@pytest.mark.parametrize("book", ["real", "small"])
def test_no_card_of_a_sample_has_a_fault(
    cards: dict[str, tuple[RenderedCard, ...]],
    request: pytest.FixtureRequest,
    book: str,
    profile: str,
    night: bool,
) -> None:
    """Cards spread evenly over the book, on both sides, in every profile."""
    phone: Phone = request.getfixturevalue(profile)
    chosen = cards[book][:: max(len(cards[book]) // _SAMPLE, 1)]
    assert faults_of(phone, chosen, ["question", "answer"], night=night) == {}


@pytest.mark.torture
@_NIGHT
@_PROFILE
def test_no_card_has_a_fault_anywhere(
    cards: dict[str, tuple[RenderedCard, ...]],
    request: pytest.FixtureRequest,
    profile: str,
    night: bool,
) -> None:
    phone: Phone = request.getfixturevalue(profile)
    assert faults_of(phone, cards["real"], ["question", "answer"], night=night) == {}


def test_a_card_says_what_it_should(
    cards: dict[str, tuple[RenderedCard, ...]], android: Phone
) -> None:
    (card,) = (card for card in cards["small"] if card.label == "small-book/bayes#1")
    asked, answered = android.show(card, "question"), android.show(card)

    assert "Q001" in asked.text
    assert "概率基础" in asked.text
    assert "贝叶斯公式怎样更新信念？" in asked.text
    assert "后验正比于先验乘以似然" not in asked.text
    assert "后验正比于先验乘以似然" in answered.text
    assert "详解" in answered.text
    assert (asked.formulas, answered.formulas) == (0, 2)
    assert answered.screens < answered.screens_unfolded + 0.01


def test_pictures_of_cards_can_be_taken(
    cards: dict[str, tuple[RenderedCard, ...]], android: Phone, tmp_path: Path
) -> None:
    card = next(card for card in cards["small"] if card.label == "small-book/step-size#1")
    assert android.show(card).broken_images == ()
    android.screenshot(tmp_path / "card.png", unfolded=True)
    assert (tmp_path / "card.png").stat().st_size > 20_000
