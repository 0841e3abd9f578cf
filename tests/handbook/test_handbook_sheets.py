"""Pages on paper, measured: bleed and marks, booklets, single leaves, cards to cut out."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.cache import Cache
from bindery.handbook import (
    Booklet,
    Flashcards,
    Handbook,
    PrintSettings,
    begin,
    booklet,
    extracted,
    render_flashcards,
)
from bindery.handbook.impose import booklet_order, signatures, with_crop_marks
from bindery.model import Card, IdentifiedBook, Paragraph, Text
from bindery.sheets import changed_sheets
from tests.handbook.pdf_text import PdfText
from tests.handbook.sample import (
    TEMPLATES,
    print_sample,
    sample_book,
    sample_figures,
    sample_formulas,
)

MM = 72 / 25.4


def box(page: Any, name: str) -> list[float]:
    return [float(value) for value in page[name]]


# ------------------------------------------------------------------------- bleed


@pytest.fixture(scope="module")
def bled(
    tmp_path_factory: pytest.TempPathFactory, fonts_cache: Path, handbook: Handbook
) -> Handbook:
    """Return the sample with room around its pages; ``handbook`` has made the picture."""
    book, folder = sample_book(), tmp_path_factory.mktemp("bleed")
    print_sample(folder, fonts_cache)
    settings = PrintSettings("b5", TEMPLATES, folder, "0.0", (("MathJax", "3.2.2"),), bleed=True)
    with Cache(fonts_cache) as kept:
        return begin(book, sample_formulas(book.book), sample_figures(), settings, kept).finish()


@pytest.mark.pdf
def test_boxes_lie_inside_one_another(bled: Handbook) -> None:
    with pikepdf.open(BytesIO(bled.pdf)) as pdf:
        for page in pdf.pages:
            trim, bleed, media = (box(page, f"/{n}Box") for n in ("Trim", "Bleed", "Media"))
            assert [trim[2] - trim[0], trim[3] - trim[1]] == pytest.approx(
                [176 * MM, 250 * MM], abs=0.1
            )
            for inner, outer, room in ((trim, bleed, 3 * MM), (bleed, media, 7 * MM)):
                for near, far in zip(inner, outer, strict=True):
                    assert abs(near - far) == pytest.approx(room, abs=0.01)


@pytest.mark.pdf
def test_marks_are_at_the_corners_and_outside_of_what_bleeds(bled: Handbook) -> None:
    with pikepdf.open(BytesIO(bled.pdf)) as pdf:
        for page in pdf.pages:
            trim, bleed = box(page, "/TrimBox"), box(page, "/BleedBox")
            marks = re.findall(rb"([-\d.]+) ([-\d.]+) m ([-\d.]+) ([-\d.]+) l", _last_marked(page))
            assert len(marks) == 8
            for numbers in marks:
                x1, y1, x2, y2 = map(float, numbers)
                if y1 == y2:
                    assert y1 == pytest.approx(trim[1], abs=0.01) or y1 == pytest.approx(
                        trim[3], abs=0.01
                    )
                    assert max(x1, x2) < bleed[0] or min(x1, x2) > bleed[2]
                else:
                    assert x1 == x2
                    assert x1 == pytest.approx(trim[0], abs=0.01) or x1 == pytest.approx(
                        trim[2], abs=0.01
                    )
                    assert max(y1, y2) < bleed[1] or min(y1, y2) > bleed[3]


def _last_marked(page: Any) -> bytes:
    contents = page.Contents
    last = contents[-1] if isinstance(contents, pikepdf.Array) else contents
    return bytes(last.read_bytes()).rpartition(b"/Artifact BMC")[2]


@pytest.mark.pdf
def test_what_is_cut_off_changes_no_page(bled: Handbook, handbook: Handbook) -> None:
    """A copy printed with room for the knife takes sheets without it, and the other way round."""
    assert changed_sheets(handbook.digests, bled.digests).steps == ()


def test_nothing_is_painted_beyond_the_bleed() -> None:
    marked = with_crop_marks(_blank(1, b"0 g -500 -500 2000 2000 re f"))
    with pikepdf.open(BytesIO(marked)) as pdf:
        operators = [
            ([float(v) for v in i.operands], str(i.operator))
            for i in pikepdf.parse_content_stream(pdf.pages[0])
            if str(i.operator) in ("re", "W", "f", "q", "Q")
        ]
    names = [name for _, name in operators]
    assert names[:5] == ["q", "re", "W", "re", "f"]
    assert names[5] == "Q"
    assert operators[1][0] == pytest.approx(
        [-3 * MM, -3 * MM, 100 + 6 * MM, 200 + 6 * MM], abs=0.01
    )


# ------------------------------------------------------------------------- booklets


def test_booklets_read_in_order_when_folded() -> None:
    assert booklet_order(6) == [(None, 0), (1, None), (5, 2), (3, 4)]


@given(st.integers(1, 700))
def test_signatures_hold_every_page_and_can_be_folded(pages: int) -> None:
    counts = signatures(pages)
    assert sum(counts) == max(1, -(-pages // 4)), "no sheet more than needed"
    assert max(counts) <= 16
    assert len(counts) == 1 or max(counts) <= 8
    assert max(counts) - min(counts) <= 1
    read = [page for first, sheets in _signatures(counts) for page in _folded(first, sheets)]
    assert read == list(range(4 * sum(counts)))


def _signatures(counts: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(4 * sum(counts[:number]), sheets) for number, sheets in enumerate(counts)]


def _folded(first: int, sheets: int) -> list[int]:
    """Turn the pages of a folded signature, as its reader does."""
    order = booklet_order(4 * sheets, sheets)
    faces = [(order[n], order[n + 1]) for n in range(0, len(order), 2)]
    rights = [page for front, back in faces for page in (front[1], back[0])]
    lefts = [page for front, back in reversed(faces) for page in (back[1], front[0])]
    return [first + page for page in (*rights, *lefts) if page is not None]


@pytest.mark.pdf
def test_booklets_show_the_right_page_on_each_half(tmp_path: Path, fonts_cache: Path) -> None:
    book = print_sample(tmp_path, fonts_cache, "a5")
    made = booklet(book.pdf)
    assert made == booklet(book.pdf)
    source = PdfText(book.pdf)
    order = booklet_order(book.page_count)
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        assert len(pdf.pages) == len(order) == 2 * sum(made.signatures)
        assert pdf.docinfo["/Title"] == "机器学习面试手册"
        for page, halves in zip(pdf.pages, order, strict=True):
            assert box(page, "/MediaBox") == pytest.approx([0, 0, 297 * MM, 210 * MM], abs=0.01)
            for side, index in enumerate(halves):
                assert (f"/P{side}" in page.Resources.XObject) == (index is not None)
                if index is None:
                    continue
                form = page.Resources.XObject[f"/P{side}"]
                shown = _drawn(form)
                assert shown == _drawn(source.pdf.pages[index].as_form_xobject())
                scale, left, bottom = _placed(page, side)
                assert scale == pytest.approx(1, abs=0.004), "A5 on A4 is not made smaller"
                assert left == pytest.approx(side * 148.5 * MM, abs=1)
                assert bottom == pytest.approx(0, abs=0.5)


def _drawn(form: Any) -> bytes:
    return bytes(form.read_bytes())


def _placed(page: Any, side: int) -> tuple[float, float, float]:
    content = bytes(page.Contents.read_bytes())
    match = re.search(rb"q ([\d.]+) 0 0 [\d.]+ ([-\d.]+) ([-\d.]+) cm /P%d Do" % side, content)
    assert match
    return float(match[1]), float(match[2]), float(match[3])


def test_bars_on_the_backs_make_a_stair() -> None:
    made = booklet(_blank(4 * 40))
    assert made.signatures == (8, 8, 8, 8, 8)
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        bars = [re.findall(rb"([\d.]+) ([\d.]+) [\d.]+ [\d.]+ re f", _all(p)) for p in pdf.pages]
    outer = [found[0] for found in bars if found]
    assert [number for number, found in enumerate(bars) if found] == [0, 16, 32, 48, 64]
    assert all(float(x) == pytest.approx(148.5 * MM - 0.6 * MM, abs=0.01) for x, _ in outer)
    assert all(float(high) > float(low) for (_, high), (_, low) in pairwise(outer))
    assert booklet(_blank(8)).signatures == (2,)
    assert b" re f" not in b"".join(_contents(booklet(_blank(8))))


def _contents(made: Booklet) -> list[bytes]:
    with pikepdf.open(BytesIO(made.pdf)) as pdf:
        return [_all(page) for page in pdf.pages]


def _all(page: Any) -> bytes:
    return bytes(page.Contents.read_bytes())


def _blank(count: int, content: bytes = b"") -> bytes:
    buffer = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(count):
            pdf.add_blank_page(page_size=(100, 200))
            pdf.pages[-1].Contents = pdf.make_stream(content)
        pdf.save(buffer, static_id=True)
    return buffer.getvalue()


# ------------------------------------------------------------------------- leaves


@pytest.mark.pdf
def test_leaves_are_taken_out_with_their_numbers(handbook: Handbook, bled: Handbook) -> None:
    assert len(handbook.digests) == handbook.page_count
    other = list(handbook.digests)
    other[7] = "changed"
    changes = changed_sheets(handbook.digests, other)
    assert changes.put_in == (3,)
    for book in (handbook, bled):
        sheets = PdfText(extracted(book.pdf, changes.pages))
        assert sheets.labels == ["3", "4"]  # behind four roman ones
        whole = PdfText(book.pdf)
        assert [sheets.text(n) for n in (0, 1)] == [whole.text(n) for n in (6, 7)]
        assert box(sheets.pdf.pages[0], "/MediaBox") == box(whole.pdf.pages[6], "/MediaBox")


@pytest.mark.pdf
def test_a_leaf_whose_back_is_white_has_one(bled: Handbook) -> None:
    last = bled.page_count - 1
    with pikepdf.open(BytesIO(extracted(bled.pdf, (last, last + 1)))) as pdf:
        for name in ("/MediaBox", "/BleedBox", "/TrimBox"):
            assert box(pdf.pages[1], name) == box(pdf.pages[0], name)


@pytest.mark.pdf
def test_labels(handbook: Handbook) -> None:
    assert handbook.labels[2:6] == ("iii", "iv", "1", "2")


# ------------------------------------------------------------------------- cards


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory, fonts_cache: Path) -> Flashcards:
    """Return the sample's cards, and so many more that there is a second sheet, half full."""
    return _cards(_with_cards(11), tmp_path_factory.mktemp("cards"), fonts_cache)


def _with_cards(count: int) -> IdentifiedBook:
    identified = sample_book()
    book = identified.book
    question = book.chapters[1].questions[0]
    more = tuple(
        Card(
            f"more-{n}",
            (Paragraph((Text(f"第{n}个问题？"),)),),
            (Paragraph((Text(f"第{n}个答案。" + ("很长的话。" * 99 if n == 5 else "")),)),),
            question.place,
        )
        for n in range(count)
    )
    chapter = replace(book.chapters[1], body=(replace(question, cards=more),))
    changed = replace(book, chapters=(book.chapters[0], chapter))
    svd = identified.identities["svd"]
    known = {c.id: replace(svd, id=c.id, number=f"{svd.number}.{n}") for n, c in enumerate(more, 1)}
    return replace(identified, book=changed, identities={**identified.identities, **known})


def _cards(identified: IdentifiedBook, folder: Path, cache: Path, paper: str = "b5") -> Flashcards:
    settings = PrintSettings(paper, TEMPLATES, folder, "0.0")
    formulas = sample_formulas(identified.book)
    with Cache(cache) as kept:
        return render_flashcards(identified, formulas, sample_figures(), settings, kept)


@pytest.mark.pdf
def test_each_back_lies_behind_its_front(cards: Flashcards) -> None:
    printed = PdfText(cards.pdf)
    assert cards.page_count == len(printed.pdf.pages) == 4
    found = []
    for sheet in range(2):
        fronts, backs = (_numbers(printed, page) for page in (2 * sheet, 2 * sheet + 1))
        assert fronts.keys() == backs.keys()
        width = 210 * MM
        for number, (x, y) in fronts.items():
            assert backs[number][1] == pytest.approx(y, abs=0.1)
            # A card's corner is as far from the left edge of its card on either side.
            assert _column(backs[number][0]) == 1 - _column(x)
            assert width - (x - 7 * MM) - 95 * MM == pytest.approx(
                backs[number][0] - 7 * MM, abs=0.5
            )
        found += list(fronts)
    assert len(found) == len(set(found)) == cards.count == 13
    answers = "".join(printed.text(page) for page in (1, 3)).replace(" ", "")
    questions = "".join(printed.text(page) for page in (0, 2)).replace(" ", "")
    for n in set(range(11)) - {5}:
        assert f"第{n}个问题" in questions
        assert f"第{n}个答案" in answers


def _column(x: float) -> int:
    return int((x - 10 * MM) // (95 * MM))


def _numbers(printed: PdfText, page: int) -> dict[str, tuple[float, float]]:
    found = {}
    for run in printed.runs(page):
        if match := re.match(r"Q\d{3}(\.\d+)?", run.text):
            found[match[0]] = (run.x, run.y)
    return found


@pytest.mark.pdf
def test_what_is_too_long_is_left_out_and_counted(cards: Flashcards) -> None:
    # Too long: the sixth of the eleven; "mask" has a table in its short answer.
    assert cards.left_out == 2
    text = "".join(PdfText(cards.pdf).text(page) for page in range(4))
    assert "第5个" not in text.replace(" ", "")
    assert cards.diagnostics == ()


@pytest.mark.pdf
def test_only_fronts_have_lines_for_cutting(cards: Flashcards) -> None:
    with pikepdf.open(BytesIO(cards.pdf)) as pdf:
        dashes = [len(re.findall(rb"[\d.]+ re\b", _all(page))) for page in pdf.pages]
    assert min(dashes[::2]) > 1000 > 10 * max(dashes[1::2])


@pytest.mark.pdf
def test_cards_are_a4_and_the_same_whatever_the_paper(
    cards: Flashcards, tmp_path: Path, fonts_cache: Path
) -> None:
    with pikepdf.open(BytesIO(cards.pdf)) as pdf:
        assert box(pdf.pages[0], "/MediaBox") == pytest.approx([0, 0, 210 * MM, 297 * MM], abs=0.1)
    assert _cards(_with_cards(11), tmp_path, fonts_cache, "a5").pdf == cards.pdf
