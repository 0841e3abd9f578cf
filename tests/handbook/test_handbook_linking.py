"""Chapters laid out apart: linked, kept, and the same as if all were made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.fonts import install
from bindery.handbook import Handbook, PrintSettings, begin
from bindery.handbook.glossary import glossary
from bindery.handbook.link import page_label
from bindery.handbook.scope import TermUse
from bindery.model import IdentifiedBook, Paragraph, Term, Text
from bindery.press.fragment import FORMAT, Bookmark, Fragment, Link, PageBoxes, packed
from bindery.press.objects import Item, Objects
from bindery.press.patches.fonts import FontUse
from bindery.press.slot import Line, Slot, resolved
from bindery.press.weasy import Press
from tests.handbook.sample import TEMPLATES, sample_book, sample_figures, sample_formulas

DIGITS = {"F": {char: (index + 16, 500) for index, char in enumerate("0123456789ivxlcdm")}}


def slot(to: str = "svd", align: str = "left") -> Slot:
    return Slot(to, 10.0, 20.0, 15.0, "F", 10.0, (0, 0, 0), align)  # type: ignore[arg-type]


def test_a_narrower_number_lets_the_line_take_the_rest() -> None:
    content = b"%~line 0 0 0\n%~move 0 0 0\n%~number 0 0 0\n%~move 0 1 30"
    lines = [Line((slot(),), 100, "justify")]
    text = resolved(content, lines, DIGITS, lambda _: "7").split(b"\n")
    # One digit instead of three saves 10 px, a tenth for each of a hundred characters.
    assert text[0] == b"0.1 Tc"
    assert text[1] == b""
    assert b"1 0 0 -1 10 20 Tm <0017> Tj" in text[2]
    assert text[3] == b"1 0 0 1 -7 0 cm"  # ten less, thirty characters later three more


@pytest.mark.parametrize(
    ("align", "first", "behind"),
    [("left", b"", b"-10"), ("center", b"5", b"-5"), ("right", b"10", b"")],
)
def test_lines_that_are_not_justified_end_earlier(align: str, first: bytes, behind: bytes) -> None:
    lines = [Line((slot(),), 100, align)]  # type: ignore[arg-type]
    content = b"%~line 0 0 0\n%~move 0 0 0\n%~move 0 1 30"
    text = resolved(content, lines, DIGITS, lambda _: "7").split(b"\n")
    assert text[0] == b"0 Tc"
    assert text[1:] == [b"1 0 0 1 %s 0 cm" % x if x else b"" for x in (first, behind)]


def test_a_longer_number_squeezes_the_line_whatever_it_is() -> None:
    lines = [Line((slot(),), 50, "left")]
    assert resolved(b"%~line 0 0 0", lines, DIGITS, lambda _: "1234") == b"-0.1 Tc"


def test_numbers_in_lists_stand_at_the_right() -> None:
    lines = [Line((slot(align="right"),), 0, "left")]
    assert b"1 0 0 -1 20 20 Tm" in resolved(b"%~number 0 0 0", lines, DIGITS, lambda _: "7")


def test_labels() -> None:
    assert [page_label(index, 4) for index in (0, 3, 4, 13)] == ["i", "iv", "1", "10"]
    assert page_label(48, 60) == "xlix"


def test_fragments_survive_the_cache() -> None:
    fonts = {"F": FontUse("Noto Sans SC", 700, "normal", {17: ("一", 1000)})}
    fragment = Fragment(
        (b"one", b"other"),
        Objects((Item(b"<</Length 3>>", b"abc"), Item(b"<</Font \xfffonts\xff/X \xff0\xff>>"))),
        PageBoxes((0, 0, 499, 709), (0, 0, 499, 709), (0, 0, 499, 709)),
        {"svd": (1, 2.5, 3.0)},
        (Bookmark(1, "章", 0, 1.0, 2.0),),
        {1: (Link(1.0, 2.0, 3.0, 4.0, "#svd"), Link(1.0, 2.0, 3.0, 4.0, "https://example.org"))},
        (Line((slot(),), 9, "justify"),),
        {0: slot("")},
        DIGITS,
        packed(fonts),
        frozenset({1}),
        (-22.6772, 0.0),
        ("a", "b"),
        ("complaint",),
    )
    again = Fragment.from_bytes(fragment.to_bytes())
    assert again == fragment
    assert again.fonts == fonts
    assert Fragment.from_bytes(b"damaged") is None
    of_format = b'"format":%d' % FORMAT
    assert of_format in fragment.to_bytes()
    assert Fragment.from_bytes(fragment.to_bytes().replace(of_format, b'"format":0')) is None


@pytest.mark.pdf
def test_a_changed_chapter_gives_the_bytes_of_a_clean_build(
    tmp_path: Path, handbook: Handbook, fonts_cache: Path
) -> None:
    # The fixture has filled the cache with the chapters as they were.
    changed = _longer(sample_book())
    kept = _printed(changed, tmp_path, fonts_cache)
    clean = tmp_path / "clean"
    clean.mkdir()
    (clean / "fonts").symlink_to(fonts_cache / "fonts")
    assert _printed(changed, tmp_path, clean).pdf == kept.pdf
    assert kept.page_count > handbook.page_count
    # Pages behind the change have other numbers, and the references to them follow.
    assert kept.pages["svd"] != handbook.pages["svd"]


@pytest.mark.pdf
def test_only_the_changed_chapter_is_laid_out(
    tmp_path: Path, handbook: Handbook, fonts_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bindery.press.jobs import Presses

    _printed(sample_book(), tmp_path, fonts_cache)  # with the pictures of this folder
    ordered: list[str] = []
    stock = Presses.fragment

    def counted(self: Presses, document: object) -> object:
        ordered.append(getattr(document, "html", ""))
        return stock(self, document)  # type: ignore[arg-type]

    monkeypatch.setattr(Presses, "fragment", counted)
    _printed(_longer(sample_book(), "另一段改动。" * 900), tmp_path, fonts_cache)
    bodies = [html for html in ordered if "第 1 章" in html or "第 2 章" in html]
    assert len([html for html in bodies if 'class="chapter' in html]) == 1
    # The index has other pages, and what follows may begin on the other side of the sheet;
    # contents and lists are the same but for the numbers in them.
    rest = [html for html in ordered if html not in bodies]
    assert all('class="back-section index' in html or 'class="colophon' in html for html in rest)


def test_the_glossary_takes_english_inside_and_behind_a_term() -> None:
    book = sample_book().book
    inlines = (
        Term((Text("伪逆"),), "伪逆"),
        Text("（pseudoinverse）与"),
        Term((Text("核采样（Nucleus Sampling）"),), ""),
        Term((Text("奇异值"),), "奇异值"),
        Text("（见下）"),
    )
    chapter = replace(book.chapters[0], intro=(Paragraph(inlines),), body=())
    uses = [
        TermUse("伪逆", "a"),
        TermUse("核采样（Nucleus Sampling）", "b"),
        TermUse("奇异值", "c"),
    ]
    found = glossary(replace(book, chapters=(chapter,)), uses)
    assert [(e.chinese, e.english, e.anchor) for e in found] == [
        ("核采样", "Nucleus Sampling", "b"),
        ("伪逆", "pseudoinverse", "a"),
    ]


def _longer(
    identified: IdentifiedBook, text: str = "新写的一段话，改变这一章的长度。" * 400
) -> IdentifiedBook:
    book = identified.book
    first = book.chapters[0]
    chapter = replace(first, intro=(*first.intro, Paragraph((Text(text),))))
    return replace(identified, book=replace(book, chapters=(chapter, *book.chapters[1:])))


def _printed(
    identified: IdentifiedBook, folder: Path, cache: Path, settings: PrintSettings | None = None
) -> Handbook:
    (folder / "flow.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 6" width="200" height="60">'
        '<rect width="6" height="4" fill="#1a1a1a"/></svg>',
        "utf-8",
    )
    settings = settings or PrintSettings("b5", TEMPLATES, folder, "0.0")
    with Cache(cache) as kept:
        return begin(
            identified, sample_formulas(identified.book), sample_figures(), settings, kept
        ).finish()


DRAWN = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 140" width="300" height="140">
<path d="M10 130L60 90L290 28" fill="none" stroke="#9c2f22" stroke-opacity=".5"/>%s</svg>"""


@pytest.mark.pdf
@pytest.mark.parametrize(("inside", "is_kept"), [(b"", True), (b"<text y='9'>a</text>", False)])
def test_drawings_are_kept_for_the_next_process(
    tmp_path: Path, fonts_cache: Path, inside: bytes, is_kept: bool
) -> None:
    """Not one with text: whoever prints it must also say which glyphs it needs."""
    assets = {"book:pictures/a-1.svg": DRAWN % inside}
    html = '<html lang="zh-CN"><body><img src="book:pictures/a-1.svg" alt=""></body></html>'
    made: list[Fragment] = []
    with Cache(fonts_cache) as fonts, _Asked(tmp_path) as cache:
        for _ in range(2):
            with Press(install(fonts), "", cache) as press:
                made.append(press.fragment(html, assets))
        assert cache.kinds == ["handbook-drawing"] * is_kept
    assert made[0] == made[1]


class _Asked(Cache):
    """A cache that tells what was put into it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kinds: list[str] = []

    def put(self, kind: str, key: str, value: bytes) -> None:
        self.kinds.append(kind)
        super().put(kind, key, value)
