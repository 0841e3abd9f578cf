"""Importing a file again into a folder of notes: what is written, kept, shown, refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.diagnostics import NotesError
from bindery.importer.records import load
from bindery.importer.run import Order, Outcome, prepare, write
from bindery.read import read

SOURCE = """# 题库

## 什么是熵？

不确定性的度量。

单位是比特。

## 什么是秩？

列空间的维数。
"""


class Desk:
    """A foreign file beside a folder of notes."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.file = folder / "found" / "bank.md"
        self.notes = folder / "source"
        self.note = self.notes / "bank.md"
        self.cache = kept
        self.file.parent.mkdir()

    def bring(self, text: str, overwrite: bool = False) -> Outcome:
        self.file.write_text(text, "utf-8")
        order = Order((self.file,), self.notes, "source", "markdown", overwrite)
        with Cache(self.cache) as cache:
            return write(order, prepare(order, cache))

    def edit(self, old: str, new: str) -> str:
        text = self.note.read_text("utf-8")
        assert old in text
        self.note.write_text(text.replace(old, new), "utf-8")
        return self.note.read_text("utf-8")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def desk(tmp_path: Path, kept: Path) -> Desk:
    return Desk(tmp_path, kept)


def test_the_first_import_keeps_a_record(desk: Desk) -> None:
    done = desk.bring(SOURCE)
    assert (done.written, done.unchanged, done.diagnostics) == (("bank.md",), (), ())
    (record,) = load(desk.notes).values()
    assert (record.note, record.source) == ("bank.md", "bank.md")
    assert record.text == desk.note.read_text("utf-8")


def test_records_and_conflicts_are_no_notes_of_the_book(desk: Desk) -> None:
    desk.bring(SOURCE)
    desk.edit("单位是比特", "单位是奈特")
    desk.bring(SOURCE.replace("单位是比特", "单位是哈特利"))
    assert (desk.notes / "_bank.conflict.md").is_file()
    manuscript, _ = read(desk.notes, "source")
    assert [file.path for file in manuscript.files] == ["bank.md"]


def test_the_same_source_again_writes_nothing(desk: Desk) -> None:
    desk.bring(SOURCE)
    before = {path: path.read_bytes() for path in desk.notes.rglob("*") if path.is_file()}
    done = desk.bring(SOURCE)
    assert (done.written, done.unchanged) == ((), ("bank.md",))
    assert before == {path: path.read_bytes() for path in desk.notes.rglob("*") if path.is_file()}


def test_a_changed_source_updates_unedited_notes(desk: Desk) -> None:
    desk.bring(SOURCE)
    done = desk.bring(SOURCE.replace("列空间的维数", "列空间与行空间的维数"))
    assert done.written == ("bank.md",)
    assert done.news == ("source/bank.md: updated: 什么是秩？",)
    assert "列空间与行空间的维数" in desk.note.read_text("utf-8")


def test_edits_of_the_user_stay_through_two_more_imports(desk: Desk) -> None:
    desk.bring(SOURCE)
    desk.edit("## 什么是熵？", "## 什么是熵？ {#entropy}")
    desk.edit("不确定性的度量", "不确定性的度量，见 Shannon 1948")
    for text in ("列空间与行空间的维数", "线性无关的列数"):
        done = desk.bring(SOURCE.replace("列空间的维数", text))
        assert done.diagnostics == ()
        now = desk.note.read_text("utf-8")
        assert text in now
        assert "## 什么是熵？ {#entropy}\n" in now
        assert "见 Shannon 1948" in now


def test_a_conflict_keeps_the_users_text_and_shows_all_three(desk: Desk) -> None:
    desk.bring(SOURCE)
    mine = desk.edit("单位是比特", "单位是奈特")
    done = desk.bring(SOURCE.replace("单位是比特", "单位是哈特利"))
    assert desk.note.read_text("utf-8") == mine
    (conflict,) = done.diagnostics
    assert (conflict.code, str(conflict.place)) == ("import-conflict", "source/bank.md:3")
    assert "什么是熵？" in conflict.message
    shown = (desk.notes / "_bank.conflict.md").read_text("utf-8")
    order = [
        "<<<<<<< bank.md:3",
        "奈特",
        "||||||| ",
        "比特",
        "=======",
        "哈特利",
        ">>>>>>> bank.md",
    ]
    assert sorted(order, key=shown.index) == order


def test_a_conflict_is_told_once_and_the_next_does_not_wipe_it_out(desk: Desk) -> None:
    desk.bring(SOURCE)
    desk.edit("单位是比特", "单位是奈特")
    changed = SOURCE.replace("单位是比特", "单位是哈特利")
    desk.bring(changed)
    assert desk.bring(changed).diagnostics == ()
    desk.bring(changed.replace("哈特利", "香农"))
    shown = (desk.notes / "_bank.conflict.md").read_text("utf-8")
    assert shown.count("<<<<<<< ") == 2
    assert "香农" in shown


def test_a_note_that_no_import_wrote_is_not_touched(desk: Desk) -> None:
    desk.notes.mkdir()
    desk.note.write_text("# 自己的\n\n## 问？\n\n答。\n", "utf-8")
    with pytest.raises(NotesError, match="note-exists"):
        desk.bring(SOURCE)
    assert desk.note.read_text("utf-8") == "# 自己的\n\n## 问？\n\n答。\n"
    assert not (desk.notes / ".import").exists()
    desk.bring(SOURCE, overwrite=True)
    assert "不确定性" in desk.note.read_text("utf-8")


def test_another_source_of_the_same_name_of_notes_is_refused(desk: Desk) -> None:
    desk.bring(SOURCE)
    other = desk.file.with_suffix(".markdown")
    other.write_text("# 别的\n\n## 别的问题？\n\n答。\n", "utf-8")
    order = Order((other,), desk.notes, "source", "markdown")
    with (
        Cache(desk.cache) as cache,
        pytest.raises(NotesError, match="note-exists"),
    ):
        write(order, prepare(order, cache))


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 9}', '{"version": 1, "note": 3}'])
def test_a_damaged_record_is_none(desk: Desk, damage: str) -> None:
    desk.bring(SOURCE)
    (desk.notes / ".import" / "bank.md.json").write_text(damage, "utf-8")
    with pytest.raises(NotesError, match="note-exists"):
        desk.bring(SOURCE.replace("单位是比特", "单位是奈特"))


def test_notes_that_the_user_renamed_are_found(desk: Desk) -> None:
    desk.bring(SOURCE)
    desk.edit("单位是比特", "单位是奈特")
    desk.note.rename(desk.notes / "10-ml.md")
    done = desk.bring(SOURCE.replace("列空间的维数", "列空间与行空间的维数"))
    assert done.written == ("10-ml.md",)
    now = (desk.notes / "10-ml.md").read_text("utf-8")
    assert "单位是奈特" in now
    assert "列空间与行空间的维数" in now
    assert not desk.note.exists()
    assert desk.bring(SOURCE).written == ("10-ml.md",)
    assert not desk.note.exists()


def test_notes_that_are_no_utf8_are_left_alone(desk: Desk) -> None:
    desk.bring(SOURCE)
    desk.note.write_bytes("## 什么是熵？".encode("gb18030"))
    with pytest.raises(NotesError, match="note-exists"):
        desk.bring(SOURCE.replace("单位是比特", "单位是奈特"))
