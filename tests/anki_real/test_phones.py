"""Every card on a phone, by day and by night, in Anki's own reviewer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.anki_real.conftest import Edition, Editions
from tests.harness.anki_learner import Learner, RenderedCard
from tests.harness.phone import Phone

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


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("profile", ["android", "iphone"])
@pytest.mark.parametrize("book", ["real", "small"])
def test_no_card_has_a_fault(
    cards: dict[str, tuple[RenderedCard, ...]],
    request: pytest.FixtureRequest,
    book: str,
    profile: str,
    night: bool,
) -> None:
    phone: Phone = request.getfixturevalue(profile)
    faults = {}
    formulas = 0
    for card in cards[book]:
        for side in ("question", "answer"):
            report = phone.show(card, side, night=night)
            formulas += report.formulas
            if report.faults:
                faults[f"{card.label} {side}"] = report.faults
    assert faults == {}
    assert formulas > 20, "MathJax was at work"


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
