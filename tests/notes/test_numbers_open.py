"""Every worked number in the chapter of open questions, computed anew."""

from __future__ import annotations

import re

import pytest

from tests.notes.reading import question as question_of

FILE = "90-open.md"


def question(number: str) -> str:
    return question_of(number, FILE)


def test_adapters_with_and_without_a_protocol() -> None:
    text = question("research-direction-mcp")
    assert f"5 个应用、8 种工具，就是 {5 * 8} 个对 {5 + 8} 个" in text


def test_when_to_bet() -> None:
    text = question("next-era-misjudgement")
    assert r"p>\frac{a}{a+b}" in text
    assert f"$a=1$、$b=9$，门槛只有 {1 / 10:.0%}；$a=9$、$b=1$，门槛是 {9 / 10:.0%}" in text
    for a, b in ((1.0, 9.0), (9.0, 1.0), (2.0, 3.0)):
        p = a / (a + b)
        assert (1 - p) * a == pytest.approx(p * b)  # both ways lose the same on average


def test_bayes_and_brier() -> None:
    text = question("next-era-misjudgement")
    once = 0.02 * 0.8 / (0.02 * 0.8 + 0.98 * 0.1)
    twice = once * 0.8 / (once * 0.8 + (1 - once) * 0.1)
    assert rf"\approx {100 * once:.1f}\%" in text
    assert f"才升到 {100 * twice:.1f}%" in text
    assert f"总说 50% 得 {sum((0.5 - o) ** 2 for o in (0, 1)) / 2:.2f}" in text
    p, o = 0.3, 1  # as Brier has it: summed over both outcomes
    assert (p - o) ** 2 + ((1 - p) - (1 - o)) ** 2 == pytest.approx(2 * (p - o) ** 2)
    assert "恰好加倍" in text


def test_a_portfolio_of_long_shots() -> None:
    text = question("next-company-misjudgement")
    assert rf"1-0.95^{{20}}\approx {100 * (1 - 0.95**20):.1f}\%" in text
    assert rf"$0.05\times100={0.05 * 100:.0f}$ 倍" in text


def test_the_minute_of_the_introduction() -> None:
    text = question("intro-chinese")
    found = re.search(r"四段大致是 (\d+)、(\d+)、(\d+)、(\d+) 字", text)
    assert found
    assert sum(int(each) for each in found.groups()) == 240
