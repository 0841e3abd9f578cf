"""Every mistake is named at its place, in the words of the golden files and of the docs."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindery.cache import Cache
from tests.dialect.checking import golden_files, said_of, said_of_case
from tests.dialect.golden import sections

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs" / "diagnostics.md"
_CODE = re.compile(r"[a-z]+(?:-[a-z]+)+")
_REPORTS = {
    *("Diagnostic", "Fault", "error", "warn", "say", "problem"),
    *("_error", "_fault", "_warn", "_warning", "ValueProblemError"),
}
_READING = re.compile(
    r"dialect/.*|(?:parse|read|book_toml|front_matter|assemble|formulas|characters|house_rules)\.py"
    r"|fonts/coverage\.py|demos/(?:demo|constants)\.py"
)
_NEEDS_A_BROKEN_DISK = {"unreadable-file"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.mark.parametrize("path", golden_files(), ids=lambda path: path.stem)
def test_diagnostic(path: Path, cache: Cache) -> None:
    assert said_of_case(path, cache) == sections(path)["diagnostics"].rstrip("\n")
    assert f"[{path.stem}]" in sections(path)["diagnostics"]


def test_thirty_mistakes_are_named_in_one_run(tmp_path: Path, cache: Cache) -> None:
    source = tmp_path / "source"
    shutil.copytree(HERE / "thirty" / "source", source)
    (source / "40-encoding.md").write_bytes("# 编码\n".encode("gb18030"))
    said = said_of(source, cache)
    wanted = (HERE / "thirty" / "diagnostics.txt").read_text("utf-8").rstrip("\n")
    assert "\n".join(map(str, said)) == wanted
    assert len({str(d.place) for d in said}) == 31  # the misspelt footnote is named at both ends
    assert all(d.place.line for d in said)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "book.toml").write_text('id = "x"\ntitle = "y"\n', "utf-8")
    (tmp_path / "a.md").symlink_to(tmp_path / "nowhere.md")
    assert [d.code for d in said_of(tmp_path, cache)] == ["unreadable-file"]


# --------------------------------------------------------------------------- completeness


def _codes(path: Path) -> set[str]:
    """Return the codes that a module reports: among the first arguments of a report."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in _REPORTS:
            found |= {
                each.value
                for argument in node.args[:2]
                for each in ast.walk(argument)
                if isinstance(each, ast.Constant)
                and isinstance(each.value, str)
                and _CODE.fullmatch(each.value)
            }
    return found


def _modules() -> dict[str, Path]:
    package = ROOT / "bindery"
    return {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}


def _documented() -> dict[str, str]:
    parts = re.split(r"^### `(.+)`\n", DOCS.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_code_of_reading_has_a_golden_file() -> None:
    codes = {
        code
        for name, path in _modules().items()
        if _READING.fullmatch(name)
        for code in _codes(path)
    }
    assert codes - _NEEDS_A_BROKEN_DISK == {path.stem for path in golden_files()}


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    modules = _modules().values()
    codes = {code for path in modules for code in _codes(path)}
    texts = "\n".join(path.read_text("utf-8") for path in modules)
    documented = set(_documented())
    assert codes <= documented
    assert all(f'"{code}"' in texts for code in documented)


@pytest.mark.parametrize("path", golden_files(), ids=lambda path: path.stem)
def test_the_documented_example_is_what_is_said(path: Path) -> None:
    example = re.search(r"^```text\n(.*?)^```", _documented()[path.stem], re.DOTALL | re.MULTILINE)
    assert example
    assert example[1].rstrip("\n") in sections(path)["diagnostics"]
