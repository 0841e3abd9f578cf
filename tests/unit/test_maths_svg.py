"""SVG cleaning: extents, rules, colours, paths."""

from __future__ import annotations

import pytest

from bindery.maths.svg import CJK_FAMILY, INK, cubic, to_formula


def test_extent_comes_from_the_view_box() -> None:
    formula = to_formula(
        '<mjx><svg style="vertical-align: -0.5ex" width="1ex" role="img" '
        'viewBox="0 -750 2291.6 1000" aria-hidden="true"><g></g></svg></mjx>'
    )
    assert (formula.width, formula.height, formula.depth) == (2.2916, 1.0, 0.25)
    assert formula.svg == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -750 2291.6 1000"></svg>'
    )


def test_without_extent_is_an_error() -> None:
    with pytest.raises(ValueError, match="extent"):
        to_formula("<svg><g></g></svg>")


def test_frames_are_lines_and_ink_is_dark() -> None:
    formula = to_formula(
        '<svg viewBox="0 0 10 10"><rect data-frame="true" class="mjx-dashed" width="9"></rect>'
        '<line data-line="v" x1="0"></line><g fill="currentColor" data-mml-node="mi">'
        '<path d="M0 0" data-c="41"></path></g>'
        '<text font-family="serif" font-size="9">损</text></svg>'
    )
    assert formula.svg.count('fill="none" stroke-width="70"') == 2
    assert "stroke-dasharray" in formula.svg
    assert f'fill="{INK}"' in formula.svg
    assert f'font-family="{CJK_FAMILY}"' in formula.svg
    assert "data-" not in formula.svg
    assert "currentColor" not in formula.svg


def test_paths_become_integer_cubics() -> None:
    assert cubic("M0 0Q30 30 60 0T120 0H200V50Z") == (
        "M0 0C20 20 40 20 60 0C80 -20 100 -20 120 0L200 0L200 50Z"
    )
    assert cubic("M0 0C1.4 2 3 4 5 6S9 9 10 10") == "M0 0C1 2 3 4 5 6C7 8 9 9 10 10"
    assert cubic("M1 2 3 4") == "M1 2L3 4"
