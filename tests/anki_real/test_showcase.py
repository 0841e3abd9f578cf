"""The showcase, which uses every construct, on every phone, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.books.workshop import Workshop
from tests.harness.anki_learner import Learner, RenderedCard
from tests.harness.phone import Phone

pytestmark = [pytest.mark.anki, pytest.mark.browser]

SHOWCASE = Path(__file__).parents[1] / "books" / "showcase"


@pytest.fixture(scope="module")
def cards(
    tmp_path_factory: pytest.TempPathFactory, cache_folder: Path
) -> Iterator[tuple[RenderedCard, ...]]:
    """Return the showcase's cards."""
    shop = Workshop.copy_of(SHOWCASE, tmp_path_factory.mktemp("showcase"), cache_folder)
    built = shop.build()
    with Learner(tmp_path_factory.mktemp("reader")) as learner:
        assert learner.import_package(shop.deck).new == built.report.notes
        assert learner.missing_media() == ()
        assert learner.unused_media() == ()
        yield learner.render_all()


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("profile", ["android", "iphone", "desktop"])
def test_no_card_has_a_fault(
    cards: tuple[RenderedCard, ...], request: pytest.FixtureRequest, profile: str, night: bool
) -> None:
    phone: Phone = request.getfixturevalue(profile)
    faults = {}
    formulas = 0
    for card in cards:
        for side in ("question", "answer"):
            report = phone.show(card, side, night=night)
            formulas += report.formulas
            if report.faults:
                faults[f"{card.label} {side}"] = report.faults
    assert faults == {}
    assert formulas > 20
