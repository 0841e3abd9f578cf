"""How a page is filled: floats, frames, what goes on overleaf, and lines with page numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bindery.cache import Cache
from bindery.fonts import install
from bindery.handbook.columns import longest_unbroken
from bindery.handbook.html import listing_figure
from bindery.handbook.leader import led
from bindery.handbook.listing import listing_html
from bindery.handbook.numbering import Label
from bindery.model import Text
from bindery.press.links import POINTS, links_of
from bindery.press.weasy import Layout, Press
from tests.handbook.sample import TEMPLATES

pytestmark = pytest.mark.pdf

LINE = "点积的方差随维度线性增长，不加缩放时输出会接近独热，训练便停滞不前。"
PICTURE = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100' width='80mm' height='80mm'>"
    "<rect width='100' height='100'/></svg>"
)
FIGURE = (
    '<figure class="picture" id="fig"><img alt="" src="data:image/svg+xml,'
    + PICTURE.replace("<", "%3C").replace(">", "%3E").replace("#", "%23")
    + '"><figcaption><b>图 1-1</b>一张图</figcaption></figure>'
)
BOTTOM = (250 - 26) / 25.4 * 96  # of the measure of B5, in CSS pixels


PAGE = '<!doctype html><html lang="zh-CN"><body><section class="chapter">{}</section>'


@pytest.fixture(scope="module")
def press(fonts_cache: Path) -> Iterator[Press]:
    """A press for B5."""
    style = "\n".join((TEMPLATES / name).read_text("utf-8") for name in ("b5.css", "book.css"))
    with Cache(fonts_cache) as cache, Press(install(cache), style) as ready:
        yield ready


@pytest.fixture(scope="module")
def lay_out(press: Press) -> Callable[[str], Layout]:
    """Return a function that lays out the body of a chapter on B5."""

    def run(body: str) -> Layout:
        layout = press.lay_out(PAGE.format(body), {})
        assert press.messages == []
        return layout

    return run


def lines(layout: Layout, index: int) -> list[tuple[float, str]]:
    """Return the lines of a page's text area: their lower edge in pixels, and their text."""
    found: list[tuple[float, str]] = []
    for box in layout.document.pages[index]._page_box.descendants(placeholders=True):
        if type(box).__name__ == "LineBox" and 80 < box.position_y < BOTTOM:
            texts = [b.text for b in box.descendants() if type(b).__name__ == "TextBox"]
            if texts:
                found.append((box.position_y + box.height, "".join(texts)))
    return found


def paragraphs(count: int, tail: str = "") -> str:
    return "".join(f"<p>{LINE * 3}</p>" for _ in range(count - 1)) + f"<p>{LINE * 3}{tail}</p>"


def test_text_fills_the_page_in_front_of_a_figure_that_does_not_fit(lay_out: Any) -> None:
    layout = lay_out(paragraphs(6) + FIGURE + paragraphs(9))
    assert layout.anchors["fig"] == 1
    assert BOTTOM - max(bottom for bottom, _ in lines(layout, 0)) < 2 * 24
    # It comes behind the paragraph that the page's end breaks, with its caption.
    caption = next(n for n, (_, text) in enumerate(lines(layout, 1)) if text.startswith("图 1-1"))
    assert caption < 5


def test_no_text_comes_between_a_figure_and_what_announces_it(lay_out: Any) -> None:
    layout = lay_out(paragraphs(6, "见下：") + FIGURE + paragraphs(9))
    assert layout.anchors["fig"] == 1
    assert lines(layout, 0)[-1][1].endswith("见下：")
    assert lines(layout, 1)[0][1].startswith("图 1-1")


def test_a_figure_does_not_part_a_sentence_from_its_formula(lay_out: Any) -> None:
    sentence = f'<p>{LINE}于是</p><div class="eq"><span>E</span><span class="no">(1.1)</span></div>'
    layout = lay_out(paragraphs(6) + FIGURE + sentence + paragraphs(9))
    text = [t for n in range(len(layout.document.pages)) for _, t in lines(layout, n)]
    behind = next(n for n, t in enumerate(text) if t.endswith("于是")) + 1
    assert text[behind] == "E"


def test_figures_keep_their_order(lay_out: Any) -> None:
    second = FIGURE.replace('id="fig"', 'id="fig2"').replace("1-1", "1-2")
    layout = lay_out(paragraphs(6) + FIGURE + second + paragraphs(9))
    text = "".join(t for n in range(len(layout.document.pages)) for _, t in lines(layout, n))
    assert text.index("图 1-1") < text.index("图 1-2")


def test_a_picture_lets_a_table_pass_and_no_table_a_picture(lay_out: Any) -> None:
    """They are numbered apart; two that do not fit would otherwise change places for ever."""
    rows = "<tr><td>量</td><td>值</td></tr>"
    table = '<figure class="table" id="tab"><figcaption>表</figcaption><table>{}</table></figure>'
    fits = lay_out(paragraphs(6) + FIGURE + table.format(rows * 3) + paragraphs(4))
    assert (fits.anchors["tab"], fits.anchors["fig"]) == (0, 1)
    tall = table.format(rows * 14)
    for body in (FIGURE + tall, tall + FIGURE):
        layout = lay_out(paragraphs(6) + body + paragraphs(9))
        assert min(layout.anchors["tab"], layout.anchors["fig"]) == 1


def test_key_points_may_break_and_end_with_their_text(lay_out: Any) -> None:
    items = "".join(f"<li><p>{LINE}</p></li>" for _ in range(8))
    key = f'<div class="key run-in"><p>{LINE}</p><ul>{items}</ul></div>'
    layout = lay_out(paragraphs(6) + key)
    frames = [
        box
        for page in layout.document.pages
        for box in page._page_box.descendants()
        if box.element is not None and box.element.get("class") == "key run-in"
    ]
    assert len(frames) == 2
    last = max(b.position_y + b.height for b in frames[0].descendants() if b.element_tag == "p")
    assert abs(frames[0].content_box_y() + frames[0].height - last) < 2
    assert all(min(frame.padding_top, frame.padding_bottom) > 5 for frame in frames)


def test_a_listing_that_goes_on_says_so(lay_out: Any) -> None:
    code = "\n".join(f"step_{n} = {n}" for n in range(110))
    html = listing_html(code, "python", 71)
    figure = listing_figure(html, Label("listing", "1-1", "l"), "很长的程序", is_long=True)
    layout = lay_out(paragraphs(2) + figure)
    pages = [[text for _, text in lines(layout, n)] for n in range(len(layout.document.pages))]
    assert len(pages) == 3
    assert "代码 1-1（续）" not in pages[0]
    assert any(text.startswith("代码 1-1很长") for text in pages[0])
    assert [page[0] for page in pages[1:]] == ["代码 1-1（续）"] * 2
    printed = [n for page in pages for text in page for n in re.findall(r"step_(\d+)", text)]
    assert printed == [str(n) for n in range(110)]


def test_a_table_that_goes_on_says_so_above_its_head(lay_out: Any) -> None:
    rows = "".join(f"<tr><td>第 {n} 行</td><td>值</td></tr>" for n in range(40))
    again = '<tr class="again"><th colspan="2"><b>表 1-1</b>（续）</th></tr>'
    head = '<tr class="head"><th>行</th><th>量</th></tr>'
    layout = lay_out(
        '<figure class="table long"><figcaption><b>表 1-1</b>长表</figcaption>'
        f'<table class="headed"><thead>{again}{head}</thead><tbody>{rows}</tbody></table></figure>'
    )
    first, second = ([text for _, text in lines(layout, n)] for n in (0, 1))
    assert first[:3] == ["表 1-1长表", "行", "量"]
    assert second[:3] == ["表 1-1（续）", "行", "量"]
    assert [t for t in first + second if t.startswith("第")] == [f"第 {n} 行" for n in range(40)]


def test_a_footnote_called_in_a_head_stays_on_the_page(lay_out: Any) -> None:
    note = f'<span class="fn" data-n="1">{LINE * 3}</span>'
    layout = lay_out(
        '<table class="headed"><thead><tr class="head">'
        f'<th class="short">方法{note}</th></tr></thead>'
        "<tbody><tr><td>甲</td></tr></tbody></table>"
    )
    page = layout.document.pages[0]._page_box
    right = (176 - 22) / 25.4 * 96
    boxes = [b for b in page.descendants() if type(b).__name__ == "TextBox" and b.text[:2] in LINE]
    assert len(boxes) >= 3
    assert all(box.position_x + box.width <= right + 1 for box in boxes)


def test_readings_and_keys_can_be_told_from_the_text(lay_out: Any) -> None:
    layout = lay_out(
        "<p>按 <kbd>Tab</kbd>；<ruby>熵<rp>(</rp><rt>shāng</rt><rp>)</rp></ruby>。</p>"
    )
    assert "熵（shāng）。" in "".join(text for _, text in lines(layout, 0))
    key = next(
        b for b in layout.document.pages[0]._page_box.descendants() if b.element_tag == "kbd"
    )
    assert key.border_left_width * POINTS == pytest.approx(0.5)


def test_no_leader_stands_alone_on_a_line(lay_out: Any) -> None:
    titles = [(LINE * 2)[:length] for length in range(20, 48)]
    entries = "".join(f'<p class="in-question">{led(title, "a")}</p>' for title in titles)
    layout = lay_out(f'<nav class="contents"><div id="a"></div>{entries}</nav>')
    found = [text for n in range(len(layout.document.pages)) for _, text in lines(layout, n)]
    ends = [text.replace("\xa0", " ") for text in found if text.endswith("0000")]
    assert len(ends) == len(titles)
    assert all(re.search(r"[\u4e00-\u9fff，。] {2}[ .]+0000$", text) for text in ends), ends
    assert len(titles) < len(found) <= 2 * len(titles)


def test_cells_of_a_few_han_are_not_broken() -> None:
    def row(*cells: str) -> tuple[tuple[Text, ...], ...]:
        return tuple((Text(cell),) for cell in cells)

    assert longest_unbroken([row("换行", LINE), row("回车换行符", LINE)]) == 9
    # Nine columns of nine Han have no room on any page.
    assert longest_unbroken([row(*["一二三四五六七八九"] * 9)]) < 9
    assert longest_unbroken([row(*["一二三"] * 5)]) >= 3
    assert longest_unbroken([]) == 9


def test_each_number_of_a_list_is_a_link_where_it_is_printed(lay_out: Any) -> None:
    numbers = [str(n) for n in range(80, 1900, 11)]
    goals = [f"to-{n}" for n in range(len(numbers))]
    elements = [f'<a href="#{goal}">{n}</a>' for goal, n in zip(goals, numbers, strict=True)]
    entry = '<p><span class="term">注意力</span>　<span class="listed"{}>{}</span></p>'
    index = '<section class="index"><div class="columns long">{}</div></section>'
    listed = entry.format(f' data-to="{" ".join(goals)}"', "，".join(numbers)) * 9
    stock = entry.format("", "，".join(elements)) * 9
    found, known = (
        links_of(lay_out(index.format(body)).document.pages) for body in (listed, stock)
    )
    assert len(found) > 1
    assert found.keys() == known.keys()
    for page in known:
        assert [link.to for link in found[page]] == [link.to for link in known[page]]
        for ours, theirs in zip(found[page], known[page], strict=True):
            assert abs(ours.left - theirs.left) < 1
            assert abs(ours.right - theirs.right) < 1
            assert theirs.low - 2 < (ours.low + ours.high) / 2 < theirs.high + 2


def test_a_range_that_is_broken_leads_from_both_its_lines(lay_out: Any) -> None:
    numbers = [f"{n}–{n + 2}" for n in range(100, 1900, 11)]
    goals = [f"to-{n}" for n in range(len(numbers))]
    listed = f'<span class="listed" data-to="{" ".join(goals)}">{"，".join(numbers)}</span>'
    index = '<section class="index"><div class="columns long"><p>{}</p></div></section>'
    (links,) = links_of(lay_out(index.format(listed)).document.pages).values()
    found = [link.to.removeprefix("#") for link in links]
    assert list(dict.fromkeys(found)) == goals
    assert found == sorted(found, key=goals.index)
    assert len(found) > len(goals)


@pytest.mark.parametrize(("lines_over", "saved"), [(2, True), (16, False)])
def test_a_last_page_with_a_few_lines_is_saved(press: Press, lines_over: int, saved: bool) -> None:
    closer = (TEMPLATES / "close.css").read_text("utf-8")
    line = "<p>点积的方差随维度线性增长</p>"
    full = next(n for n in range(20, 60) if press.lay_out(PAGE.format(line * n), {}).page_count > 1)
    html = PAGE.format(line * ((full - 1) * 3 + lines_over))
    assert press.fragment(html, {}).page_count == 4
    assert press.fragment(html, {}, closer).page_count == (3 if saved else 4)


def test_a_wrapped_line_of_code_stays_on_its_page(lay_out: Any) -> None:
    code = listing_html(
        "\n".join(f"name_{n} = call(first, second)" for n in range(90)), "python", 24
    )
    layout = lay_out(listing_figure(code, Label("listing", "1-1", "l"), "t", is_long=True))
    assert layout.page_count > 1
    for index in range(1, layout.page_count):
        shown = (text for _, text in lines(layout, index))
        first = next(text for text in shown if "续" not in text and not text.isdigit())
        assert first.startswith("name_"), first


def test_what_is_cut_is_not_read_into_the_ellipsis(press: Press) -> None:
    style = "white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 6em"
    html = PAGE.format(f'<div style="{style}">很长的一行题目，很长的一行题目</div>')
    uses = press.fragment(html, {}).fonts.values()
    read = [text for use in uses for text, _ in use.glyphs.values()]
    assert "⋯" in read
    assert all(len(text) == 1 for text in read), read
