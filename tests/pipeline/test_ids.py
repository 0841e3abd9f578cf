"""``build.py ids`` writes ids into the notes, and nothing changes for a learner."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bindery.command_line import cli
from bindery.ids import as_before, inserted

NOTES = """# 章

## 什么是 SVD？
答一 $a$

::: card
为什么？
---
因为
:::

## 第二问 {difficulty=2}
答二

::: cloze
==甲==
:::

## 有名 {#named}
答三
"""


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("## 问", "## 问 {#x}"),
        ("## 问 ##", "## 问 {#x}"),
        ("## 问 {difficulty=2}", "## 问 {#x difficulty=2}"),
        ("## 问 {.section}", "## 问 {#x .section}"),
        ("## 集合 {a, b}", "## 集合 {a, b} {#x}"),
        ("## 求 $x^{2}$", "## 求 $x^{2}$ {#x}"),
        ("::: card", "::: card {#x}"),
        ("::: cloze {was=old}", "::: cloze {#x was=old}"),
    ],
)
def test_an_id_goes_where_the_attributes_are(line: str, wanted: str) -> None:
    assert inserted(line, "x") == wanted


def test_line_ends_and_byte_order_mark_stay() -> None:
    assert as_before(b"\xef\xbb\xbfa\r\nb", "a {#x}\nb") == b"\xef\xbb\xbfa {#x}\r\nb"
    assert as_before(b"a\nb", "a {#x}\nb") == b"a {#x}\nb"


def test_the_deck_stays_the_same(tmp_path: Path, cache_folder: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "book.toml").write_text('id = "x"\ntitle = "X"\n')
    notes = source / "a.md"
    notes.write_text(NOTES, "utf-8")
    where = ["--source", str(source), "--out", str(tmp_path / "out"), "--cache", str(cache_folder)]

    def run(command: str) -> str:
        result = CliRunner().invoke(cli, [command, *where])
        assert result.exit_code == 0, result.output
        return result.output

    run("deck")
    before = (tmp_path / "out" / "deck.apkg").read_bytes()
    assert "4 ids written" in run("ids")
    assert notes.read_text("utf-8").count("{#auto-") == 4
    assert "## 有名 {#named}" in notes.read_text("utf-8")
    run("deck")
    assert (tmp_path / "out" / "deck.apkg").read_bytes() == before
    assert "every note has an id already" in run("ids")
