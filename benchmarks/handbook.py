"""The handbook against Chromium and Typst, side by side in one run.

``python -m benchmarks.handbook [COPIES …]``: books of that many copies of the notes in
``source/`` (10 are about 200 pages, 98 about 1,900). Formulas are drawn and demos computed
before the clock starts, as Chromium and Typst get them as pictures; "one note" changes one
answer of a book that was built before. The others print the same text, formulas, tables and
listings: Chromium the very HTML and style sheet, Typst a plain translation with a contents.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import pikepdf

from benchmarks.handbook_peers import write_html, write_typst
from benchmarks.measure import Run, run
from bindery.cache import Cache
from bindery.demos import FigureOptions
from bindery.demos import run as make_figures
from bindery.formulas import drawn
from bindery.handbook import formulas_needed
from bindery.judge import check
from bindery.report import StageTimes
from bindery.request import Folders

ROOT = Path(__file__).resolve().parents[1]
_ID = re.compile(r"\{#([a-z][a-z0-9-]*)")
_REFERENCE = re.compile(r"\]\(#([a-z][a-z0-9-]*)\)")
_TITLE = re.compile(r"^(title: .*|# .*)$", re.MULTILINE)


def write_copies(source: Path, folder: Path, copies: int) -> None:
    """Write a book that holds the notes of ``source`` so many times, under other ids."""
    folder.mkdir(parents=True)
    names: list[str] = []
    for n in range(copies):
        for path in sorted(source.glob("*.md")):
            text = _ID.sub(rf"{{#\1-{n}", path.read_text("utf-8"))
            text = _REFERENCE.sub(rf"](#\1-{n})", text)
            names.append(f"{n:03}-{path.name}")
            (folder / names[-1]).write_text(_TITLE.sub(rf"\1 {n}", text), "utf-8")
    chapters = ", ".join(f'"{name}"' for name in names)
    (folder / "book.toml").write_text(
        f'id = "bench"\ntitle = "基准"\nchapters = [{chapters}]\n', "utf-8"
    )
    for name in ("demos", "images"):
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name)


def change_one_note(folder: Path) -> None:
    """Lengthen the last answer of a chapter in the middle of the book."""
    paths = sorted(folder.glob("*.md"))
    path = paths[len(paths) // 2]
    path.write_text(path.read_text("utf-8") + "\n\n" + "改动的一段话。" * 60 + "\n", "utf-8")


def compare(copies: int, folder: Path) -> None:
    """Print the table for one size of book."""
    source, cache, out = folder / "source", folder / "cache", folder / "out"
    write_copies(ROOT / "source", source, copies)
    folders = Folders(source, out, ROOT / "templates", cache, "source")
    with Cache(cache) as kept:
        checked = check(folders, kept, 0, StageTimes())
        book = checked.book()
        figures = make_figures(checked.demos, FigureOptions(), kept, source).figures
        macros = dict(checked.info.macros)
        formulas = drawn(formulas_needed(book.book), macros, kept)
        slugs = {figure.slug: figure for figure in figures}
        page = write_html(book, formulas, slugs, kept, ROOT / "templates", folder / "html")
        document = write_typst(book, formulas, folder / "typst")
    build: list[str | Path] = [sys.executable, ROOT / "build.py", "handbook"]
    build += ["--source", source, "--out", out, "--cache", cache]
    rows: list[tuple[str, Run, Path]] = []
    rows.append(("bindery, cold", run(build), out / "handbook.pdf"))
    change_one_note(source)
    rows.append(("bindery, one note changed", run(build), out / "handbook.pdf"))
    rows.append(("bindery, nothing changed", run(build), out / "handbook.pdf"))
    if chromium := shutil.which("chromium"):
        pdf = folder / "chromium.pdf"
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--no-pdf-header-footer", "--allow-file-access-from-files"]
        rows.append(("chromium", run([*command, f"--print-to-pdf={pdf}", page.as_uri()]), pdf))
    pdf = folder / "typst.pdf"
    program = (
        "import sys, typst; "
        "typst.compile(sys.argv[1], output=sys.argv[2], font_paths=[sys.argv[3]])"
    )
    command = [sys.executable, "-c", program, str(document), str(pdf), str(folder / "typst")]
    rows.append(("typst, whole", run(command), pdf))
    for name, measured, path in rows:
        with pikepdf.open(path) as printed:
            pages = len(printed.pages)
        size = path.stat().st_size / 1e6
        print(f"{name:28}{measured}  {pages:5} pages {size:6.1f} MB")


def main(arguments: list[str]) -> None:
    """Compare books of the sizes that are asked for."""
    for copies in [int(argument) for argument in arguments] or [10, 98]:
        print(f"handbook, {copies} copies of the notes")
        with tempfile.TemporaryDirectory() as folder:
            compare(copies, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
