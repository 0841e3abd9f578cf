"""Books for archives (PDF/A-2u) and for screen readers (PDF/UA-1), checked by their structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from bindery.cache import Cache
from bindery.handbook import Handbook, PrintSettings, begin
from bindery.handbook.settings import Standard
from tests.handbook.pdf_text import PdfText
from tests.handbook.sample import (
    TEMPLATES,
    print_sample,
    sample_book,
    sample_figures,
    sample_formulas,
)

pytestmark = pytest.mark.pdf

_OPERATORS = ("TJ", "Tj", "Do", "f", "f*", "S", "B", "B*", "sh")


def printed(folder: Path, cache: Path, standard: Standard, *, bleed: bool = False) -> Handbook:
    book = sample_book()
    print_sample(folder, cache)  # for the picture that it leaves in the folder
    settings = PrintSettings("b5", TEMPLATES, folder, "0.0", bleed=bleed, standard=standard)
    with Cache(cache) as kept:
        return begin(book, sample_formulas(book.book), sample_figures(), settings, kept).finish()


# ------------------------------------------------------------------------- archives


@pytest.mark.parametrize("bleed", [False, True])
def test_archival_books_say_what_an_archive_asks(
    tmp_path: Path, fonts_cache: Path, bleed: bool
) -> None:
    book = printed(tmp_path, fonts_cache, "pdf/a-2u", bleed=bleed)
    assert book.diagnostics == ()
    with pikepdf.open(BytesIO(book.pdf)) as pdf:
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert "<pdfaid:part>2</pdfaid:part>" in metadata
        assert "<pdfaid:conformance>U</pdfaid:conformance>" in metadata
        assert "机器学习面试手册" in metadata
        for name in ("/Creator", "/Producer", "/Subject", "/Keywords"):
            assert str(pdf.docinfo[name]) in metadata, "both say the same"
        assert "/Filter" not in pdf.Root.Metadata, "metadata can be read without a decoder"
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        profile = bytes(intent.DestOutputProfile.read_bytes())
        assert (int(intent.DestOutputProfile.N), profile[16:20]) == (3, b"RGB ")
        assert "/ID" in pdf.trailer
        assert "/Encrypt" not in pdf.trailer
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                assert "LZWDecode" not in str(item.get("/Filter", ""))
            if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
                assert item.get("/S") not in ("/JavaScript", "/Launch")
        for page in pdf.pages:
            for note in page.get("/Annots", []):
                assert int(note.F) == 4, "printed, and not hidden"
                assert "/AP" in note or note.Subtype == "/Link"


def test_every_font_names_its_characters_and_glyphs(tmp_path: Path, fonts_cache: Path) -> None:
    book = printed(tmp_path, fonts_cache, "pdf/a-2u")
    with pikepdf.open(BytesIO(book.pdf)) as pdf:
        fonts = {
            font.objgen: font
            for page in pdf.pages
            if "/Font" in page.get("/Resources", {})
            for font in page.Resources.Font.values()
        }
        assert len(fonts) > 5
        kinds = set()
        for font in fonts.values():
            assert "/ToUnicode" in font
            inner = font.DescendantFonts[0]
            kinds.add(str(inner.Subtype))
            if inner.Subtype == "/CIDFontType2":
                assert inner.CIDToGIDMap == "/Identity"
                continue
            # The text names glyphs by index; programs look for them by CID.
            data = bytes(inner.FontDescriptor.FontFile3.read_bytes())
            order = TTFont(BytesIO(data))["CFF "].cff[0].charset
            assert order[1:] == [f"cid{number:05}" for number in range(1, len(order))]
        assert kinds == {"/CIDFontType0", "/CIDFontType2"}


# ------------------------------------------------------------------------- screen readers


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory, fonts_cache: Path) -> Handbook:
    """Return the sample, tagged."""
    return printed(tmp_path_factory.mktemp("tagged"), fonts_cache, "pdf/ua-1")


@pytest.fixture(scope="module")
def pdf(tagged: Handbook) -> pikepdf.Pdf:
    """Return the tagged sample, opened."""
    return pikepdf.open(BytesIO(tagged.pdf))


def elements(pdf: Any, kind: str = "") -> list[Any]:
    """Return the structure elements in the order in which they are read."""
    return [e for e in _walk(pdf.Root.StructTreeRoot.K[0]) if not kind or kind == e.S]


def _walk(element: Any) -> Iterator[Any]:
    yield element
    for child in element.get("/K", []):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield from _walk(child)


def test_a_tagged_book_says_what_it_is(tagged: Handbook, pdf: Any) -> None:
    assert tagged.diagnostics == ()
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert pdf.Root.Lang == "zh-CN"
    metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
    assert re.search(r'pdfuaid:part(="|>)1', metadata)
    assert "机器学习面试手册" in metadata
    assert str(pdf.docinfo["/Title"]) == "机器学习面试手册"


def test_pictures_and_formulas_have_words(pdf: Any) -> None:
    pictures, formulas = elements(pdf, "/Figure"), elements(pdf, "/Formula")
    assert {str(f.Alt) for f in pictures} >= {"数据流", "两条曲线"}
    assert r"\sqrt{d_k}" in {str(f.Alt) for f in formulas}
    for each in (*pictures, *formulas):
        assert str(each.get("/Alt", "")).strip()
        left, bottom, right, top = (float(value) for value in each.A.BBox)
        media = [float(value) for value in each.Pg.MediaBox]
        assert 0 <= left < right <= media[2] + 0.01
        assert 0 <= bottom < top <= media[3] + 0.01


def test_all_content_is_in_the_tree_or_an_artifact(pdf: Any) -> None:
    held: dict[tuple[int, int], list[int]] = {}
    for element in elements(pdf):
        for child in element.get("/K", []):
            if isinstance(child, int):
                held.setdefault(element.Pg.objgen, []).append(child)
    marked = 0
    for page in pdf.pages:
        depth: list[str] = []
        here: list[int] = []
        for instruction in pikepdf.parse_content_stream(page):
            operator, operands = str(instruction.operator), list(instruction.operands)
            if operator in ("BMC", "BDC"):
                depth.append(str(operands[0]))
                if operator == "BDC" and "/MCID" in operands[1]:
                    here.append(int(operands[1].MCID))
                    assert "/Artifact" not in depth
            elif operator == "EMC":
                depth.pop()
            elif operator in _OPERATORS:
                assert depth, f"{operator} is neither content nor artifact"
        assert depth == []
        assert sorted(held.get(page.obj.objgen, [])) == sorted(here), "each is held once"
        assert page.Tabs == "/S"
        marked += len(here)
    assert marked > 300


def test_margins_are_artifacts(pdf: Any, handbook: Handbook) -> None:
    spoken = "".join(_spoken(pdf))
    heads = "注意力与 Transformer"
    pages = PdfText(handbook.pdf)
    in_margins = sum(heads in pages.text(index) for index in range(len(pages.labels)))
    assert in_margins > 3
    assert spoken.count(heads) < 5  # title, contents, and where it is named


def test_the_book_is_read_in_the_order_of_its_source(pdf: Any) -> None:
    spoken = re.sub("[ \xad\u2060]", "", "".join(_spoken(pdf)))
    spoken = re.sub(r"第\d+页", "第n页", spoken)  # the number is read where it stands
    body = spoken[spoken.index("第1章注意力与Transformer注意力机制") :]
    order = (
        *("注意力机制把“读哪里”变成可学习的权重", "为什么注意力分数要除以"),
        *(
            "点积的方差随维度增长",
            "只与每个头的维度有关",
            "推导",
            "记，于是缩放点积注意力",
            "见定义",
        ),
        *("SVD（第n页）。再看表1-1", "(1.1)", "段内公式", "图1-1点积方差随维度的增长"),
        *("再次出现的脚注", "常见追问", "行不行？", "方差会变成", "填空自测", "成正比", "实现"),
        *("掩码加在哪里？", "旧写法", "defattention", "变体1", "变体20", "先缩放", "从三数起"),
        *("屏蔽不该看见的位置", "注意力即一切", "整行都被屏蔽", "完整推导", "原样的HTML"),
        *("第2章矩阵分解", "什么是奇异值分解", "把矩阵写成三个矩阵的乘积", "演示：代码与结果"),
        *("索引", "编号一览", "版本说明"),
    )
    at = 0
    for text in order:
        assert text in body[at:], f"{text} is not read behind {body[max(0, at - 40) : at]}"
        at = body.index(text, at) + len(text)


def _spoken(pdf: Any) -> Iterator[str]:
    """Yield the text of all content in the order of the tree."""
    texts = {page.obj.objgen: _texts(page) for page in pdf.pages}

    def read(element: Any) -> Iterator[str]:
        for child in element.get("/K", []):
            if isinstance(child, int):
                yield texts[element.Pg.objgen].get(child, "")
            elif "/S" in child:
                yield from read(child)

    yield from read(pdf.Root.StructTreeRoot.K[0])


def _texts(page: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    current: list[int | None] = []
    font = ""
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator in ("BMC", "BDC"):
            number = operands[1].get("/MCID") if operator == "BDC" else None
            current.append(None if number is None else int(number))
        elif operator == "EMC":
            current.pop()
        elif operator == "Tf":
            font = str(operands[0])
        elif operator in ("TJ", "Tj"):
            inside = next((number for number in reversed(current) if number is not None), None)
            if inside is not None:
                shown = operands[0] if operator == "TJ" else [operands[0]]
                text = _characters(page.Resources.Font[font], shown)
                found[inside] = found.get(inside, "") + text
    return found


_KNOWN: dict[tuple[int, int], dict[int, str]] = {}


def _characters(font: Any, shown: Any) -> str:
    if font.objgen not in _KNOWN:
        source = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
        pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", source)
        _KNOWN[font.objgen] = {
            int(glyph, 16): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs
        }
    table = _KNOWN[font.objgen]
    data = [bytes(item) for item in shown if isinstance(item, pikepdf.String)]
    return "".join(
        table.get(high * 256 + low, "")
        for item in data
        for high, low in zip(item[::2], item[1::2], strict=True)
    )


def test_links_are_in_link_elements_once_and_say_where_they_lead(pdf: Any) -> None:
    held = []
    for element in elements(pdf):
        for child in element.get("/K", []):
            if isinstance(child, pikepdf.Dictionary) and child.get("/Type") == "/OBJR":
                assert element.S == "/Link"
                held.append(child.Obj.objgen)
    annotations = [note for page in pdf.pages for note in page.get("/Annots", [])]
    assert sorted(held) == sorted(note.objgen for note in annotations)
    assert len(set(held)) == len(held) > 20
    parents = pdf.Root.StructTreeRoot.ParentTree.Nums
    known = dict(zip(map(int, parents[::2]), parents[1::2], strict=True))
    destinations = PdfText(_bytes(pdf)).destinations
    labels = [str(page.label) for page in pdf.pages]
    for note in annotations:
        assert known[int(note.StructParent)].S == "/Link"
        assert int(note.F) & 4
        if "/Dest" in note:
            assert str(note.Contents) == f"第 {labels[destinations[str(note.Dest)]]} 页"
        else:
            assert str(note.Contents) == str(note.A.URI)


def _bytes(pdf: Any) -> bytes:
    buffer = BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def test_tables_have_headers_and_lists_have_items(pdf: Any) -> None:
    heads = elements(pdf, "/TH")
    assert len(heads) >= 3
    assert all(head.A.Scope == "/Column" for head in heads)
    for table in elements(pdf, "/Table"):
        rows = [e for e in _walk(table) if e.S == "/TR"]
        assert rows
        assert {str(c.S) for row in rows for c in row.K if isinstance(c, pikepdf.Dictionary)} <= {
            "/TH",
            "/TD",
        }
    for each in elements(pdf, "/L"):
        assert {str(child.S) for child in each.K} <= {"/LI", "/Caption"}


def test_headings_skip_no_level(pdf: Any) -> None:
    levels = [int(str(e.S)[2:]) for e in elements(pdf) if re.fullmatch(r"/H\d", str(e.S))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_same_tagged_bytes_every_time(
    tagged: Handbook, tmp_path: Path, fonts_cache: Path
) -> None:
    assert printed(tmp_path, fonts_cache, "pdf/ua-1").pdf == tagged.pdf
