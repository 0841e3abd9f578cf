"""Every golden case comes out as it was read and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialect.golden import case_files, outcome, sections


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    wanted = {name: text.rstrip("\n") for name, text in sections(path).items() if name != "page"}
    text = wanted.pop("input")
    assert outcome(text) == wanted


def test_there_are_enough_cases() -> None:
    assert len(case_files()) >= 120
