"""Every malformed formula is named by ``check``, at its place inside the formula.

``python -m tests.formulas.test_malformed`` writes what is said now; read it before you believe it.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic
from tests.dialect.checking import said_of
from tests.formulas.corpus import corpus, in_notes

BAD = corpus("malformed-formulas.txt")
GOLDEN = Path(__file__).with_name("malformed.txt")
_HEAD = 2  # lines before the first formula


def _line(index: int) -> str:
    return f"式 {in_notes(BAD[index])} 毕。"


def _said() -> list[list[Diagnostic]]:
    """Return what is said of each formula of a book that has them all."""
    with tempfile.TemporaryDirectory() as folder, Cache(Path(folder, "cache")) as cache:
        source = Path(folder, "source")
        source.mkdir()
        (source / "book.toml").write_text(
            'id = "malformed"\ntitle = "错"\nhouse-rules = false\n', "utf-8"
        )
        paragraphs = "\n\n".join(_line(index) for index in range(len(BAD)))
        (source / "a.md").write_text(f"## 题\n\n{paragraphs}\n", "utf-8")
        said = said_of(source, cache)
    found: list[list[Diagnostic]] = [[] for _ in BAD]
    for each in said:
        found[(each.place.line - _HEAD - 1) // 2].append(each)
    return found


def _golden(said: list[list[Diagnostic]]) -> str:
    """Write each formula with a mark under every place, and what is said of it."""
    blocks = []
    for index, found in enumerate(said):
        line = _line(index)
        marks = {each.place.column for each in found}
        # Han are as wide as two marks.
        pointers = "".join(
            ("^" if column in marks else " ") + (" " if ord(char) > 0x2E80 else "")
            for column, char in enumerate(line, 1)
        )
        texts = (re.sub(r"^source/a\.md:\d+:", "", str(each)) for each in found)
        blocks.append("\n".join([line, pointers.rstrip(), *texts]))
    return "\n\n".join(blocks) + "\n"


def test_every_malformed_formula_is_named_at_its_place() -> None:
    said = _said()
    assert _golden(said) == GOLDEN.read_text("utf-8")
    for index, found in enumerate(said):
        assert found, _line(index)
        start = _line(index).index(BAD[index][0]) + 1
        for each in found:
            assert each.code == "refused-formula"
            assert start <= each.place.column <= start + len(BAD[index][0])


if __name__ == "__main__":
    GOLDEN.write_text(_golden(_said()), "utf-8")
