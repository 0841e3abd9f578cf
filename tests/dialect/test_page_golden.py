"""Every golden case is printed as it was read and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialect.golden import case_files, printed, sections


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_page(path: Path) -> None:
    found = sections(path)
    wanted = {"page": found["page"].rstrip("\n")} if "page" in found else {}
    assert printed(found["input"]) == wanted


def test_enough_cases_have_a_page() -> None:
    assert sum("page" in sections(path) for path in case_files()) >= 120
