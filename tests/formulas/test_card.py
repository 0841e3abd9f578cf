"""Every formula of the corpus on cards, drawn by Anki's own MathJax without a word of complaint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bindery.maths import Request
from tests.books.workshop import Workshop
from tests.formulas.corpus import corpus, in_notes
from tests.harness.anki_learner import Learner, RenderedCard
from tests.harness.phone import Phone

pytestmark = [pytest.mark.anki, pytest.mark.browser]

GOOD = corpus("formulas.txt")
A_CARD = 18  # formulas; showing a card takes longer than drawing one
_GROUPS = {f"{start + 1:03}": GOOD[start : start + A_CARD] for start in range(0, len(GOOD), A_CARD)}


def _note(name: str, formulas: Sequence[Request]) -> str:
    """Write a question with the formulas in its answer, and the same formulas in gaps.

    Gaps take turns in the ordinals: what is not asked for is drawn on the front.
    """
    answer = [f"{in_notes(formula)}毕\n" for formula in formulas]
    gaps = [
        f"{{{{c{turn % 2 + 1}::{in_notes(formula)}}}}}毕\n" for turn, formula in enumerate(formulas)
    ]
    return "\n".join(
        (
            f"## 题 {name} {{#plain-{name}}}",
            *answer,
            f"::: cloze {{#gaps-{name}}}",
            *gaps,
            ":::\n",
        )
    )


@pytest.fixture(scope="module")
def cards(
    tmp_path_factory: pytest.TempPathFactory, cache_folder: Path
) -> Iterator[dict[str, RenderedCard]]:
    """Return the cards of a book of nothing but formulas, by note id and ordinal."""
    shop = Workshop(tmp_path_factory.mktemp("formulas"), cache_folder)
    shop.source.mkdir()
    (shop.source / "book.toml").write_text('id = "formulas"\ntitle = "公式"\n', "utf-8")
    notes = (_note(name, formulas) for name, formulas in _GROUPS.items())
    (shop.source / "formulas.md").write_text("\n".join(["# 公式", "", *notes]), "utf-8")
    shop.build()
    with Learner(tmp_path_factory.mktemp("reader")) as learner:
        assert learner.import_package(shop.deck).new == 2 * len(_GROUPS)
        assert learner.empty_cards() == ()
        yield {card.label.removeprefix("formulas/"): card for card in learner.render_all()}


@pytest.mark.parametrize("name", _GROUPS)
def test_every_formula_is_drawn_on_a_card(
    name: str, cards: dict[str, RenderedCard], android: Phone
) -> None:
    report = android.show(cards[f"plain-{name}#1"])
    assert report.faults == ()
    assert report.formulas == len(_GROUPS[name])
    assert report.text.count("毕") == len(_GROUPS[name])


@pytest.mark.parametrize("name", _GROUPS)
def test_every_formula_is_drawn_in_a_gap(
    name: str, cards: dict[str, RenderedCard], android: Phone
) -> None:
    formulas = _GROUPS[name]
    asked = android.show(cards[f"gaps-{name}#1"], "question")
    answered = android.show(cards[f"gaps-{name}#1"])
    assert (asked.faults, answered.faults) == ((), ())
    # Every other formula is asked for: hidden first, then shown; the others always are.
    assert asked.formulas == len(formulas) // 2
    assert asked.text.count("[...]") == len(formulas) - len(formulas) // 2
    assert answered.formulas == len(formulas)
    assert answered.text.count("毕") == len(formulas)


def test_all_are_there() -> None:
    assert sum(len(formulas) for formulas in _GROUPS.values()) == 178
