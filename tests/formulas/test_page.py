"""Every formula of the corpus on the page, against Chromium's drawing of the same SVG."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.fonts import install
from bindery.fonts.faces import FACES
from bindery.formulas import drawn
from bindery.maths import Request
from bindery.model import Formula
from tests.formulas.corpus import corpus
from tests.formulas.drawing import apart, cells, printed, sheet_html, shown

pytestmark = [pytest.mark.pdf, pytest.mark.browser]

GOOD = corpus("formulas.txt")
# Pixels of black in half an em squared, which has 144. The same drawing has come to 3.8 at most,
# a lost dot to 7.7, a letter moved by a fifth of an em to 8.
TOLERANCE = 5.0


def _without_last_path(svg: str) -> str:
    start = svg.rindex("<path")
    return svg[:start] + svg[svg.index("/>", start) + 2 :]


def _last_path_moved(svg: str) -> str:
    start = svg.rindex("<path")
    return f'{svg[:start]}<path transform="translate(200,0)"{svg[start + 5 :]}'


def _without_rule(svg: str) -> str:
    start = svg.index("<rect")
    return svg[:start] + svg[svg.index("/>", start) + 2 :]


def _pale(svg: str) -> str:
    return svg.replace("#1a1a1a", "#9a9a9a")


# Spoilt on the page alone: what a comparison must not let pass.
SPOILT: tuple[tuple[str, Callable[[str], str]], ...] = (
    (r"d_k=d_{\text{model}}/h", _without_last_path),
    (r"\dots,\ \ldots,\ \cdots,\ \vdots,\ \ddots,\ \dotsc,\ \dotsb", _without_last_path),
    (r"d_k=d_{\text{model}}/h", _last_path_moved),
    (r"\mathcal{L}_{\text{CE}}=-\sum_{i=1}^{N}\sum_{c=1}^{C}y_{i,c}\log\hat{y}_{i,c}", _pale),
    (r"\frac{\partial^2 f}{\partial x_i\,\partial x_j}", _without_rule),
    (r"\text{若 $x>0$ 则 } y=1", _last_path_moved),
)


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> list[float]:
    """Return how far page and screen are apart, of every formula and then of the spoilt ones."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.skip("no browser to draw formulas in: needs chromium, chromium-driver")
    folder = tmp_path_factory.mktemp("sheet")
    with Cache(cache_folder) as cache:
        pictures = drawn(GOOD, {}, cache)
        fonts = install(cache, [face for face in FACES if not face.axes])
    by_tex = {tex: formula for (tex, _), formula in pictures.items()}
    right = [pictures[request] for request in GOOD]
    wrong = [_spoilt(by_tex[tex], spoil) for tex, spoil in SPOILT]
    twice = [*right, *(by_tex[tex] for tex, _ in SPOILT)]
    places, height = cells(twice)
    page = printed(sheet_html([*right, *wrong], places, height), fonts, folder)
    screen = shown(sheet_html(twice, places, height), fonts, folder)
    assert page.shape == screen.shape
    return [apart(place.cut(page), place.cut(screen)) for place in places]


def _spoilt(formula: Formula, spoil: Callable[[str], str]) -> Formula:
    return replace(formula, svg=spoil(formula.svg))


def test_no_formula_differs(differences: list[float]) -> None:
    found: dict[Request, float] = dict(zip(GOOD, differences[: len(GOOD)], strict=True))
    assert len(GOOD) == 178
    assert {request: far for request, far in found.items() if far > TOLERANCE} == {}


@pytest.mark.parametrize("index", range(len(SPOILT)))
def test_what_is_spoilt_is_seen(index: int, differences: list[float]) -> None:
    assert differences[len(GOOD) + index] > TOLERANCE
