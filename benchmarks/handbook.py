"""The handbook against Chromium and Typst, side by side in one run.

``python -m benchmarks.handbook [CHAPTERS …]``: books of that many chapters of ``source/``, which
come round again under other ids (3 are about 200 pages, 63 about 1,900), with the demos that
they use. Formulas are drawn and demos computed before the clock starts, as Chromium and Typst
get them as pictures; "one note" changes one answer of a book that was built before. The others
print the same text, formulas, tables and listings: Chromium the very HTML and style sheet, Typst
a plain translation with a contents.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pikepdf

from benchmarks.handbook_peers import write_html, write_typst
from benchmarks.measure import Run, run
from benchmarks.peers import install
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
_DEMO = re.compile(r"\(demo:([a-z0-9-]+)")
_MORE = "<!-- more -->\n"
SIZES = (3, 63)


def write_chapters(source: Path, folder: Path, count: int) -> None:
    """Write a book of so many chapters of ``source``; those that come again get other ids."""
    folder.mkdir(parents=True)
    files = sorted(source.glob("*.md"))
    texts: dict[str, str] = {}
    for n in range(count):
        path, turn = files[n % len(files)], n // len(files)
        text = _ID.sub(rf"{{#\1-{turn}", path.read_text("utf-8"))
        text = _REFERENCE.sub(rf"](#\1-{turn})", text)
        texts[f"{turn:03}-{path.name}"] = _TITLE.sub(rf"\1 {turn}", text)
    known = {name for text in texts.values() for name in _ID.findall(text)}

    def link(match: re.Match[str]) -> str:
        return match[0] if match[1] in known else "](https://example.org/)"

    for name, text in texts.items():
        (folder / name).write_text(_REFERENCE.sub(link, text), "utf-8")
    chapters = ", ".join(f'"{name}"' for name in texts)
    (folder / "book.toml").write_text(
        f'id = "bench"\ntitle = "基准"\nchapters = [{chapters}]\nhouse-rules = false\n', "utf-8"
    )
    if (source / "images").is_dir():
        shutil.copytree(source / "images", folder / "images")
    shutil.copytree(source / "demos", folder / "demos")
    used = {slug for text in texts.values() for slug in _DEMO.findall(text)}
    for path in (folder / "demos").glob("[!_]*.py"):
        if path.stem not in used:
            path.unlink()
            (folder / "demos" / "records" / f"{path.stem}.json").unlink()


def change_one_note(folder: Path) -> None:
    """Lengthen an answer in the middle of a chapter in the middle of the book."""
    paths = sorted(folder.glob("*.md"))
    path = paths[len(paths) // 2]
    parts = path.read_text("utf-8").split(_MORE)
    parts[len(parts) // 2] = "\n" + "改动的一段话。" * 60 + "\n" + parts[len(parts) // 2]
    path.write_text(_MORE.join(parts), "utf-8")


def prepare(source: Path, cache: Path, out: Path, folder: Path) -> tuple[Path, Path]:
    """Draw formulas, compute demos, and write what the others print: HTML and Typst."""
    folders = Folders(source, out, ROOT / "templates", cache, "source")
    with Cache(cache) as kept:
        checked = check(folders, kept, 0, StageTimes())
        book = checked.book()
        figures = make_figures(checked.demos, FigureOptions(), kept, source).figures
        macros = dict(checked.info.macros)
        formulas = drawn(formulas_needed(book.book), macros, kept)
        slugs = {figure.slug: figure for figure in figures}
        page = write_html(book, formulas, slugs, kept, ROOT / "templates", folder / "html")
        document = write_typst(book, formulas, slugs, folder / "typst")
    return page, document


def compare(count: int, folder: Path, peers: Path) -> None:
    """Print the table for one size of book."""
    source, cache, out = folder / "source", folder / "cache", folder / "out"
    write_chapters(ROOT / "source", source, count)
    # In a process of its own: the peak of a command begins with that of who starts it.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        page, document = pool.submit(prepare, source, cache, out, folder).result()
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
    command = [str(peers / "python"), "-c", program, str(document), str(pdf), str(folder / "typst")]
    rows.append(("typst, whole", run(command), pdf))
    for name, measured, path in rows:
        with pikepdf.open(path) as printed:
            pages = len(printed.pages)
        size = path.stat().st_size / 1e6
        print(f"{name:28}{measured}  {pages:5} pages {size:6.1f} MB")


def main(arguments: list[str]) -> None:
    """Compare books of the sizes that are asked for."""
    kept = Path(tempfile.gettempdir()) / "bindery-benchmarks"
    kept.mkdir(exist_ok=True)
    peers = install(kept)
    for count in [int(argument) for argument in arguments] or SIZES:
        print(f"handbook, {count} chapters")
        with tempfile.TemporaryDirectory() as folder:
            compare(count, Path(folder), peers)


if __name__ == "__main__":
    main(sys.argv[1:])
