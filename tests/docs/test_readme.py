"""The command lines of the documents are true: each of them runs."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from bindery.command_line import cli
from tests.books.workshop import ROOT, SMALL, Workshop

_FENCE = re.compile(r"```sh\n(.*?)```", re.S)
_BUILD = ".venv/bin/python build.py "


def command_lines(document: str) -> Iterator[str]:
    """Yield every command line of a document."""
    for block in _FENCE.findall((ROOT / document).read_text("utf-8")):
        yield from (line for line in block.splitlines() if line.strip())


README = list(command_lines("README.md"))


def test_the_documents_have_command_lines() -> None:
    assert len(README) > 5
    assert any(line == "make" for line in README)


@pytest.mark.parametrize(
    "line",
    [
        line
        for name in ("README.md", "CONTRIBUTING.md")
        for line in command_lines(name)
        if line.startswith("make")
    ],
)
def test_make_knows_the_target(line: str) -> None:
    subprocess.run([*shlex.split(line), "-n"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.pdf
def test_every_build_line_runs(
    tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run in order, as a reader types them, on a small book where none is named."""
    shop = Workshop.copy_of(SMALL, tmp_path / "book", cache_folder)
    monkeypatch.chdir(tmp_path)
    lines = [line.removeprefix(_BUILD) for line in README if line.startswith(_BUILD)]
    assert len(lines) >= 6
    for line in lines:
        arguments = shlex.split(line)
        if arguments[0] != "new":
            arguments += ["--cache", str(cache_folder)]
            if "--source" not in arguments:
                arguments += ["--source", str(shop.source), "--out", str(shop.out)]
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, f"{line}\n{result.output}"
    assert (tmp_path / "my-notes" / "out" / "handbook.pdf").is_file()


def test_pictures_and_links_are_there() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / name).read_text("utf-8"))
        inlines = [child for token in tokens for child in token.children or ()]
        targets = [str(t.attrs.get("href") or t.attrs.get("src") or "") for t in inlines]
        for target in filter(None, targets):
            path = target.partition("#")[0]
            assert "://" in target or (ROOT / path).exists(), f"{name}: {target}"
        assert any(targets)
