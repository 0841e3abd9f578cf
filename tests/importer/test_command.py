"""``build.py import`` as it is typed: what is written, what is said, the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bindery import command_line
from bindery.importer import run as run_module
from bindery.importer.source import read_source
from tests.importer.importing import NAMES, SEEDS

NOTES = """\
优化方法

动量

动量累积梯度。

![路径](C:\\图\\我的 图.png)

![没有](x\\y.png)

正则化

它限制模型。
"""


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, which is the current one, with notes to be imported."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "旧笔记.txt").write_text(NOTES, "utf-8")
    (tmp_path / "我的 图.png").write_bytes(_PNG)
    return tmp_path


def say(*words: str, cache: Path) -> Result:
    return CliRunner().invoke(command_line.cli, ["import", *words, "--cache", str(cache)])


def test_notes_and_pictures_are_written(typed: Path, cache_folder: Path) -> None:
    result = say("旧笔记.txt", "--to", "book", cache=cache_folder)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "旧笔记.txt: read as plain text without headings → 优化方法.md"
    assert "wrote book/优化方法.md" in lines
    text = (typed / "book/优化方法.md").read_text("utf-8")
    assert "![路径](images/我的-图.png)" in text
    assert (typed / "book/images/我的-图.png").read_bytes() == _PNG
    assert "〔缺图：没有" in text
    assert any("doubt[missing-picture]" in line for line in lines)


def test_a_dry_run_writes_nothing(typed: Path, cache_folder: Path) -> None:
    result = say("旧笔记.txt", "--to", "book", "--dry-run", cache=cache_folder)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "would write book/优化方法.md"
    assert not (typed / "book").exists()


def test_a_note_is_not_overwritten_unasked(typed: Path, cache_folder: Path) -> None:
    (typed / "book").mkdir()
    own = typed / "book/优化方法.md"
    own.write_text("# 我自己的\n", "utf-8")
    refused = say("旧笔记.txt", "--to", "book", cache=cache_folder)
    assert refused.exit_code == 1
    assert "book/优化方法.md: error[note-exists]" in refused.output
    assert own.read_text("utf-8") == "# 我自己的\n"
    assert sorted(path.name for path in (typed / "book").iterdir()) == ["优化方法.md"]

    beforehand = say("旧笔记.txt", "--to", "book", "--dry-run", cache=cache_folder)
    assert beforehand.exit_code == 0
    assert "error[note-exists]" in beforehand.output

    told = say("旧笔记.txt", "--to", "book", "--overwrite", cache=cache_folder)
    assert told.exit_code == 0
    assert own.read_text("utf-8").startswith("# 优化方法")


def test_the_report_is_written_and_printed(typed: Path, cache_folder: Path) -> None:
    words = ("旧笔记.txt", "--to", "book", "--dry-run")
    printed = say(*words, "--json", "--report", "report.json", cache=cache_folder)
    report = json.loads(printed.stdout)
    assert json.loads((typed / "report.json").read_text("utf-8")) == report
    (source,) = report["sources"]
    assert source["format"] == "text"
    assert source["found"]["questions"] == 2
    assert {"code", "line", "column", "text", "choice", "alternative"} == set(source["doubts"][0])
    signs = source["characters"]
    assert signs["all"] == signs["kept"] + signs["repaired"] + signs["dropped"]

    say(*words, "--report", "report.txt", cache=cache_folder)
    assert (typed / "report.txt").read_text("utf-8").startswith("旧笔记.txt: read as")


def test_the_format_can_be_told(typed: Path, cache_folder: Path) -> None:
    result = say("旧笔记.txt", "--to", "b", "--format", "scraped", "--json", cache=cache_folder)
    assert json.loads(result.stdout)["sources"][0]["format"] == "scraped"
    wrong = say("旧笔记.txt", "--format", "word", cache=cache_folder)
    assert wrong.exit_code == 2
    assert 'no format "word"' in wrong.output


def test_two_files_with_one_title_are_two_notes(typed: Path, cache_folder: Path) -> None:
    (typed / "zweite.txt").write_text(NOTES, "utf-8")
    result = say("旧笔记.txt", "zweite.txt", "--to", "book", cache=cache_folder)
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in (typed / "book").glob("*.md"))
    assert names == ["优化方法-2.md", "优化方法.md"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "error[unreadable-file]"),
        (b"\x00\x01\x02\x00" * 50, "error[not-a-text]"),
        (b"\xff\xff\xff", "error[not-a-text]"),
    ],
)
def test_what_is_no_text_is_refused(
    typed: Path, cache_folder: Path, data: bytes | None, said: str
) -> None:
    if data is not None:
        (typed / "x.bin").write_bytes(data)
    result = say("x.bin", "--to", "book", cache=cache_folder)
    assert result.exit_code == 1
    assert said in result.output
    assert not (typed / "book").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_usual_encoding_is_read(typed: Path, encoding: str) -> None:
    (typed / "x.txt").write_bytes("梯度下降".encode(encoding))
    assert read_source(typed / "x.txt").text.removeprefix("\ufeff") == "梯度下降"


def test_an_uneven_account_writes_nothing(
    typed: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "account", lambda _: ("旧笔记.txt:1:1: lost",))
    result = say("旧笔记.txt", "--to", "book", cache=cache_folder)
    assert result.exit_code == 1
    assert "error[uneven-account]" in result.output
    assert not (typed / "book").exists()


@pytest.mark.pdf
@pytest.mark.parametrize(
    ("number", "questions"),
    [pytest.param("000", 37, marks=pytest.mark.torture), ("003", 16)],
)
def test_an_imported_seed_is_a_book(
    tmp_path: Path, cache_folder: Path, number: str, questions: int
) -> None:
    """A deck and a handbook come of it: no character without a glyph, nothing too wide."""
    book = tmp_path / "book"
    runner = CliRunner()
    assert runner.invoke(command_line.cli, ["new", str(book)]).exit_code == 0
    (book / "10-sample.md").unlink()
    toml = book / "book.toml"
    toml.write_text(toml.read_text("utf-8").replace('["10-sample.md"]', "[]"), "utf-8")
    done = say(str(SEEDS / NAMES[number]), "--to", str(book), cache=cache_folder)
    assert done.exit_code == 0, done.output
    folders = ["--source", str(book), "--out", str(tmp_path / "out"), "--cache", str(cache_folder)]
    built = runner.invoke(command_line.cli, folders)
    assert built.exit_code == 0, built.output
    assert f"{questions} questions, {questions} notes" in built.output
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    said = {each["code"] for each in report["diagnostics"]}
    assert not said & {"typesetting", "character-without-glyph", "formula-not-typeset"}
    assert {each["severity"] for each in report["diagnostics"]} <= {"warning"}


_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
