"""The printed book, measured: what a reader of the PDF would find wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from bindery.cache import Cache
from bindery.handbook import Handbook, PrintSettings, begin
from bindery.model import InlineHtml, Paragraph
from tests.handbook.pdf_text import PdfText, Run
from tests.handbook.sample import (
    TEMPLATES,
    sample_book,
    sample_figures,
    sample_formulas,
)

pytestmark = pytest.mark.pdf

MM = 72 / 25.4
# Width, inner and outer margin, height, upper and lower margin in mm, as the style sheets say.
PAPERS = {
    "a4": (210, 34, 28, 297, 30, 34),
    "a5": (148, 22, 19, 210, 20, 20),
    "b5": (176, 28, 22, 250, 25, 26),
}
B5_INNER, B5_OUTER, B5_WIDTH = 28 * 72 / 25.4, 22 * 72 / 25.4, 176 * 72 / 25.4
MAY_NOT_BEGIN = "，。、；：！？）》」』】〉〕”’"
MAY_NOT_END = "（《「『【〈〔“‘"


def test_nothing_is_complained_of(handbook: Handbook) -> None:
    # WeasyPrint's warnings become diagnostics: missing glyphs, unknown CSS, lost anchors.
    assert handbook.diagnostics == ()


def test_every_page_is_counted(handbook: Handbook, printed: PdfText) -> None:
    assert len(printed.pdf.pages) == handbook.page_count > 15


def test_fonts_are_embedded_and_cut(printed: PdfText) -> None:
    fonts = {
        font.objgen: font
        for page in printed.pdf.pages
        if "/Font" in page.obj.get("/Resources", {})
        for font in page.Resources.Font.values()
    }
    names = {str(font.BaseFont) for font in fonts.values()}
    assert len(fonts) == 7  # each is embedded once, for all chapters
    for font in fonts.values():
        assert font.Subtype == "/Type0"
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in names)
    families = {name.split("+")[1] for name in names}
    assert families == {
        "Noto-Serif-SC",
        "Noto-Sans-SC",
        "Noto-Sans-SC-Bold",
        "Noto-Serif-Italic",
        "JetBrains-Mono",
        "JetBrains-Mono-Bold",
        "DejaVu-Sans",
    }


def test_nothing_is_printed_without_a_glyph(printed: PdfText) -> None:
    for index in range(len(printed.pdf.pages)):
        assert "\ufffd" not in printed.text(index)


def test_labels_are_roman_then_arabic(printed: PdfText) -> None:
    assert printed.labels[:6] == ["i", "ii", "iii", "iv", "1", "2"]


def test_body_and_back_begin_on_the_right(printed: PdfText) -> None:
    for anchor in ("part:1", "chapter:1", "part:2", "chapter:2", "appendix:demos", "index"):
        assert int(printed.labels[printed.destinations[anchor]]) % 2 == 1, anchor


def test_folios_agree_with_labels(printed: PdfText) -> None:
    for anchor in ("chapter:1", "mask", "svd", "index", "contents"):
        index = printed.destinations[anchor]
        label = printed.labels[index]
        assert label in {run.text for run in printed.runs(index)}, anchor


def test_outline_leads_to_parts_chapters_and_questions(printed: PdfText) -> None:
    with printed.pdf.open_outline() as outline:
        tree = [
            (item.title, [(c.title, [q.title for q in c.children]) for c in item.children])
            for item in outline.root
        ]
    titles = [title for title, _ in tree]
    assert titles == [
        "目录",
        "插图目录",
        "表格目录",
        "代码目录",
        "第一部分　深度学习",
        "第二部分　基础",
        "附录 A　演示：代码与结果",
        "索引",
        "编号一览",
        "版本说明",
    ]
    chapter, questions = tree[4][1][0]
    assert chapter == "第 1 章　注意力与 Transformer"
    assert questions == [
        "Q001　为什么注意力分数要除以 √d_k？",
        "实现",
        "Q002　用 PyTorch 手写注意力，掩码加在哪里？",
    ]


def test_metadata(printed: PdfText) -> None:
    info = printed.pdf.docinfo
    assert info["/Title"] == "机器学习面试手册"
    assert info["/Author"] == "编写组"
    assert info["/Creator"] == "Bindery 0.0"
    assert "/CreationDate" not in info
    assert printed.pdf.Root.Lang == "zh-CN"


def test_every_link_lands(printed: PdfText) -> None:
    count = sum(len(printed.links(index)) for index in range(len(printed.pdf.pages)))
    assert count > 40
    for page in printed.pdf.pages:
        for annotation in page.get("/Annots", []):
            assert "/Dest" in annotation or str(annotation.A.URI).startswith("https://")


def test_contents_give_the_true_pages(handbook: Handbook, printed: PdfText) -> None:
    index = printed.destinations["contents"]
    seen = {}
    for line in printed.lines(index):
        text = "".join(run.text for run in line)
        if match := re.match(r"(Q\d+|第 \d+ 章|附录 A|索引|编号一览|版本说明)", text):
            page = re.search(r"(\d+)\s*$", text)
            assert page, text
            seen[match[1]] = page[1]
    expected = {
        "Q001": handbook.pages["scaling"],
        "Q002": handbook.pages["mask"],
        "Q003": handbook.pages["svd"],
        **{
            name: printed.labels[printed.destinations[anchor]]
            for name, anchor in (
                ("第 1 章", "chapter:1"),
                ("第 2 章", "chapter:2"),
                ("附录 A", "appendix:demos"),
                ("索引", "index"),
                ("编号一览", "numbers"),
                ("版本说明", "colophon"),
            )
        },
    }
    assert seen == expected


def test_each_note_has_its_page(handbook: Handbook, printed: PdfText) -> None:
    assert set(handbook.pages) == set(sample_book().identities)
    for ident, label in handbook.pages.items():
        assert printed.labels[printed.destinations[ident]] == label


def test_page_references_are_true(printed: PdfText) -> None:
    checked = 0
    for index in range(len(printed.pdf.pages)):
        links = printed.links(index)
        for line in printed.lines(index):
            for before, run, behind in zip(line, line[1:], line[2:], strict=False):
                if not (before.text.rstrip().endswith("第") and behind.text.startswith(" 页")):
                    continue
                pages = {
                    link.page
                    for link in links
                    if link.left - 1 <= run.x
                    and run.right <= link.right + 1
                    and link.bottom <= run.y <= link.top
                }
                assert {printed.labels[page] for page in pages} == {run.text}
                # Nothing shows that the room was kept for three digits.
                assert abs(run.x - before.right) < 0.3 * run.size
                assert abs(behind.x - run.right) < 0.3 * run.size
                checked += 1
    assert checked >= 6


def test_index_pages_are_true(printed: PdfText) -> None:
    text = printed.text(printed.destinations["index"])
    pages = {name: printed.labels[page] for name, page in printed.destinations.items()}
    assert f"Q奇异值{pages['term:svd-1']}S" in text
    # The same term on two pages that do not follow one another.
    assert f"softmax{pages['term:scaling-2']}，{pages['term:svd-2']}" in text


def test_footnotes_stand_on_the_page_of_their_call(printed: PdfText) -> None:
    pages = [i for i in range(len(printed.pdf.pages)) if "Attention Is All" in printed.text(i)]
    assert [printed.labels[page] for page in pages] == [
        printed.labels[printed.destinations["eq-attention"]]
    ]


def test_captions_stand_with_their_floats(printed: PdfText) -> None:
    page = printed.text(printed.destinations["lst-attention"])
    assert "缩放点积注意力" in page
    assert "importmath" in page
    table = printed.destinations["tab-variants"]
    assert "注意力的变体" in printed.text(table)
    # The head is repeated where the table goes on.
    assert "变体头数说明" in printed.text(table + 1)


def test_lines_keep_within_the_measure_and_fill_it(printed: PdfText) -> None:
    full = 0
    for _, right, line in _text_lines(printed):
        end = max(run.right for run in line)
        assert end <= right + 0.5, "".join(run.text for run in line)
        full += abs(end - right) < 0.6
    assert full >= 20


def test_no_line_begins_or_ends_with_the_wrong_mark(printed: PdfText) -> None:
    count = 0
    for left, right, line in _text_lines(printed):
        if abs(line[0].x - left) < 0.5:
            assert line[0].text[0] not in MAY_NOT_BEGIN
        if abs(line[-1].right - right) < 0.5:
            assert line[-1].text[-1] not in MAY_NOT_END
        count += 1
    assert count > 60


def test_slack_is_spread_over_the_whole_line(printed: PdfText) -> None:
    spaces = 0
    for _, _, line in _text_lines(printed):
        for run in line:
            if len(run.text) != len(run.advances):
                continue
            for char, advance in zip(run.text, run.advances, strict=True):
                # Unpatched, one space of a Chinese line takes all its slack.
                widest = 0.75 if char == " " else 1.27
                assert advance < widest * run.size, run.text
                spaces += char == " "
    assert spaces > 30


@pytest.mark.parametrize("paper", PAPERS)
def test_formulas_stand_on_the_baseline_of_their_line(
    paper: str, papers: Mapping[str, PdfText]
) -> None:
    printed, checked = papers[paper], 0
    for index in range(len(printed.pdf.pages)):
        runs = printed.runs(index)
        for x, y in printed.origins(index, "/f-"):
            beside = [r for r in runs if 0 <= x - r.right < 8 and abs(r.y - y) < 6 and r.size > 9]
            assert all(abs(run.y - y) < 0.5 for run in beside), (index, x, y)
            checked += bool(beside)
    assert checked >= 40


def test_formulas_move_with_a_line_whose_page_number_is_short(printed: PdfText) -> None:
    """Room for three digits is kept; what stands behind a shorter number comes nearer."""
    index = printed.destinations["svd"]
    for line in printed.lines(index):
        if "时对任何输入都给出" in (text := "".join(run.text for run in line)):
            assert re.search(r"第\d+页", text.replace(" ", "")), text
            before = next(run for run in line if run.text.startswith("。"))
            behind = next(run for run in line if "时对任何" in run.text)
            (x,) = (
                x
                for x, y in printed.origins(index, "/f-")
                if abs(y - before.y) < 0.5 and before.right - 3 < x < behind.x
            )
            width = 0.42 * 1.04 * 10  # of the stand-in for k=N
            assert abs(x - before.right) < 0.5
            assert abs(behind.x - (x + width)) < 0.5
            return
    pytest.fail("the line is not there")


@pytest.mark.parametrize("paper", PAPERS)
def test_no_heading_is_the_last_on_its_page(paper: str, papers: Mapping[str, PdfText]) -> None:
    printed, headings = papers[paper], 0
    for index, label in enumerate(printed.labels):
        is_part = index in {printed.destinations[name] for name in ("part:1", "part:2")}
        if not label.isdecimal() or is_part or index >= printed.destinations["index"]:
            continue
        left, right = _measure(paper, int(label))
        low, high = _band(paper)
        rows = [
            row
            for line in printed.lines(index)
            if low <= line[0].y <= high
            and (row := [run for run in line if left - 0.5 <= run.x <= right])
        ]
        bold = [all(run.font.endswith("Sans-SC-Bold") for run in row) for row in rows]
        # Footnotes stand below: their numbers are bold, their text is not.
        headings += sum(bold)
        assert not bold or not bold[-1], "".join(run.text for run in rows[-1])
    assert headings >= 8


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_reaches_beyond_the_measure(paper: str, papers: Mapping[str, PdfText]) -> None:
    """Text, code, tables, captions, headers, footnotes: whatever is printed on any page."""
    printed, checked = papers[paper], 0
    for index, label in enumerate(printed.labels):
        if not label.isdecimal() or index >= printed.destinations["index"]:
            continue
        left, right = _measure(paper, int(label))
        for run in printed.runs(index):
            assert run.right <= right + 0.6, run.text
            if not re.match(r"[QA][\d.]+$", run.text.strip()):  # numbers hang in the margin
                assert run.x >= left - 0.6, run.text
            checked += 1
    assert checked > 800


@pytest.mark.parametrize("paper", PAPERS)
def test_every_caption_stands_with_what_it_names(paper: str, papers: Mapping[str, PdfText]) -> None:
    printed, seen = papers[paper], set[str]()
    for index, label in enumerate(printed.labels):
        if not label.isdecimal():
            continue
        for line in printed.lines(index):
            found = re.match(r"(图|表|代码) [\dA]-\d+", line[0].text)
            if not (found and line[0].font.endswith("Bold")):
                continue
            seen.add(found[1])
            y = line[0].y
            if found[1] == "图":
                assert any(other - y > 0 for _, other in printed.origins(index, "/d-")), line
            else:  # two lines at least of the table or the listing
                below = {round(r.y) for r in printed.runs(index) if 0 < y - r.y < 60}
                assert len(below) >= 2, line
    assert seen == {"图", "表", "代码"}


def test_no_font_is_type_3_and_formulas_are_kept_once(printed: PdfText) -> None:
    forms: list[bytes] = []
    for item in printed.pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font":
            assert item.get("/Subtype") != "/Type3"
        is_form = isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form"
        if is_form and "/Resources" not in item:
            forms.append(bytes(item.read_bytes()))
    assert len(forms) == len(set(forms)) > 5


def test_references_spell_what_they_lead_to(printed: PdfText) -> None:
    text = "".join(printed.text(index) for index in range(len(printed.pdf.pages)))
    for expected in (
        "（式 1.1）",
        "（代码 1-1，第",
        "表 1-1",
        "图 1-2",
        "附录 A.1",
        "(*)",
        "填空自测",
    ):
        assert expected in text, expected


def test_author_spaces_are_put_between_han_and_latin(printed: PdfText) -> None:
    text = "".join(printed.text(index) for index in range(len(printed.pdf.pages)))
    assert "会把 softmax 推入" in text
    assert "用 PyTorch 手写" in text


def test_bytes_are_the_same_elsewhere(
    handbook: Handbook, tmp_path: Path, fonts_cache: Path
) -> None:
    root = Path(__file__).parents[2]
    elsewhere = tmp_path / "another folder"
    elsewhere.mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": str(root),
        "PYTHONHASHSEED": "4321",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "1",
    }
    command = [
        sys.executable,
        "-m",
        "tests.handbook.sample",
        str(elsewhere),
        str(fonts_cache),
        "b5",
    ]
    subprocess.run(command, cwd=elsewhere, env=environment, check=True)
    again = (elsewhere / "handbook.pdf").read_bytes()
    assert sha256(again).hexdigest() == sha256(handbook.pdf).hexdigest()


def test_no_path_of_this_machine_is_inside(handbook: Handbook, fonts_cache: Path) -> None:
    with pikepdf.open(BytesIO(handbook.pdf)) as pdf:
        streams = b"".join(
            bytes(item.read_bytes()) for item in pdf.objects if isinstance(item, pikepdf.Stream)
        )
    assert str(fonts_cache).encode() not in handbook.pdf + streams
    assert str(Path(__file__).parents[2]).encode() not in handbook.pdf + streams


@pytest.mark.parametrize("paper", PAPERS)
def test_pages_have_the_size_of_their_paper(paper: str, papers: Mapping[str, PdfText]) -> None:
    width = float(papers[paper].pdf.pages[0].MediaBox[2])
    assert width == pytest.approx(PAPERS[paper][0] * MM, abs=0.1)


def test_no_page_has_nothing_but_its_head(tmp_path: Path, fonts_cache: Path) -> None:
    """A demo that begins a run may be too tall for a page together with its table."""
    spare = sample_figures()["spare"]
    tall = replace(
        spare,
        svg=spare.svg.replace(b"300 140", b"300 400").replace(b'"140"', b'"400"'),
        results=tuple(replace(spare.results[0], label=f"第 {n} 个量") for n in range(13)),
        caption=spare.caption * 6,
    )
    figures = {slug: replace(tall, slug=slug) for slug in ("one", "two", "three", "four")}
    settings = PrintSettings("b5", TEMPLATES, tmp_path, "0.0")
    book = sample_book()
    with Cache(fonts_cache) as cache:
        made = begin(book, sample_formulas(book.book), figures, settings, cache).finish()
    printed = PdfText(made.pdf)
    low, high = _band("b5")
    for index in range(printed.destinations["appendix:demos"], printed.destinations["index"]):
        lines = [line[0].y for line in printed.lines(index)]
        assert not lines or any(low <= y <= high for y in lines), index


def test_pictures_from_outside_are_refused(tmp_path: Path, fonts_cache: Path) -> None:
    identified = sample_book()
    chapter = identified.book.chapters[1]
    question = replace(
        chapter.questions[0],
        long=(Paragraph((InlineHtml('<img src="http://127.0.0.1:9/x.png" alt="">'),)),),
    )
    book = replace(identified.book, chapters=(replace(chapter, body=(question,)),))
    settings = PrintSettings("b5", TEMPLATES, tmp_path, "0.0")
    with Cache(fonts_cache) as cache:
        printed = begin(
            replace(identified, book=book), sample_formulas(book), sample_figures(), settings, cache
        ).finish()
    assert any("not a picture of this book" in d.message for d in printed.diagnostics)


def _text_lines(printed: PdfText) -> Iterator[tuple[float, float, list[Run]]]:
    """Yield the lines of body text, with the edges of the measure of their page."""
    for index, label in enumerate(printed.labels):
        if not label.isdecimal():
            continue
        left = B5_INNER if int(label) % 2 else B5_OUTER
        right = B5_WIDTH - (B5_OUTER if int(label) % 2 else B5_INNER)
        for line in printed.lines(index):
            body = [run for run in line if run.x >= left - 0.5]
            if body and body[0].y < 625 and abs(body[0].size - 10) < 0.01:
                yield left, right, body


def _measure(paper: str, page: int) -> tuple[float, float]:
    width, inner, outer, *_ = PAPERS[paper]
    left, right = (inner, outer) if page % 2 else (outer, inner)
    return left * MM, (width - right) * MM


def _band(paper: str) -> tuple[float, float]:
    *_, height, top, bottom = PAPERS[paper]
    return bottom * MM, (height - top) * MM
