"""The showcase: a book that uses every construct, and reads without a word of complaint."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindery import model
from bindery.assemble import assemble
from bindery.cache import Cache
from bindery.facts import facts_of
from bindery.model import Book, Chapter, DefinitionList, List, Question, Section
from bindery.parse import parse
from bindery.read import read
from bindery.redirect import redirected
from bindery.walk import chapter_blocks, chapter_inlines, every_block
from tests.dialect.checking import said_of

SOURCE = Path(__file__).parents[1] / "books" / "showcase"


@pytest.fixture(scope="module")
def book() -> Book:
    manuscript, found = read(SOURCE)
    chapters = [parse(file, manuscript.assets) for file in manuscript.files]
    former, problems = assemble([facts_of(chapter, some) for chapter, some in chapters])
    assert not [*found, *problems, *(each for _, some in chapters for each in some)]
    return Book(manuscript.info, tuple(redirected(chapter, former) for chapter, _ in chapters))


def _nodes(chapter: Chapter) -> Iterator[object]:
    yield from chapter_inlines(chapter)
    for blocks in chapter_blocks(chapter):
        yield from every_block(blocks)


def test_check_finds_nothing(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        assert said_of(SOURCE, cache) == ()


def test_every_kind_of_block_and_inline_occurs(book: Book) -> None:
    kinds = {type(node) for chapter in book.chapters for node in _nodes(chapter)}
    wanted = {*typing.get_args(model.Block), *typing.get_args(model.Inline)}
    assert wanted - kinds == set()


def test_every_attribute_of_the_blocks_occurs(book: Book) -> None:
    nodes = [node for chapter in book.chapters for node in _nodes(chapter)]
    lists = [node for node in nodes if isinstance(node, List)]
    assert {None, 1, 7} <= {each.start for each in lists}
    assert {None, True, False} == {item.checked for each in lists for item in each.items}
    assert max(_depth(each) for each in lists) == 6
    assert any(
        len(d.details[0]) > 1 for n in nodes if isinstance(n, DefinitionList) for d in n.items
    )
    labelled = (model.MathBlock, model.Table, model.CodeBlock, model.FigureBlock)
    assert {type(node) for node in nodes if getattr(node, "id", "")} >= set(labelled)
    admonitions = {node.kind for node in nodes if isinstance(node, model.Admonition)}
    assert admonitions == {"note", "tip", "important", "warning", "caution", "example"}
    pictures = [node for node in nodes if isinstance(node, model.Image)]
    assert {bool(each.width) for each in pictures} == {True}
    assert all(each.src == "images/子文件夹/损失 曲线.png" for each in pictures)


def _depth(block: List) -> int:
    inner = [b for item in block.items for b in item.blocks if isinstance(b, List)]
    return 1 + max((_depth(each) for each in inner), default=0)


def test_the_book_says_all_that_book_toml_can_say(book: Book) -> None:
    info = book.info
    assert (info.id, info.title, info.authors) == ("showcase", "样书", ("甲", "乙"))
    assert (info.language, info.deck, info.paper, info.edition) == (
        "zh-CN",
        "样书",
        "b5",
        "第 1 版",
    )
    assert [(part.title, part.files) for part in info.parts] == [
        ("写法", ("10-showcase.md",)),
        ("旁证", ("20-plain.md",)),
    ]
    assert dict(info.macros) == {"R": r"\mathbb{R}", "loss": r"\mathcal{L}(#1)"}
    assert [chapter.title for chapter in book.chapters] == ["写法大全", "什么语法都不用"]
    assert book.chapters[0].tags == ("样例", "写法")


def test_questions_sections_notes_and_folds(book: Book) -> None:
    chapter = book.chapters[0]
    sections = [item.id for item in chapter.body if isinstance(item, Section)]
    assert sections == ["inline-section", "block-section"]
    questions = [item for item in chapter.body if isinstance(item, Question)]
    assert questions[0].difficulty == 1
    assert questions[0].tags == ("行内", "标点")
    assert questions[-1].cards[0].id == "notes-card"
    assert questions[-1].clozes[0].id == "notes-cloze"
    assert sum(bool(question.long) for question in questions) >= 7


def test_a_former_id_leads_to_the_new_one(book: Book) -> None:
    references = [n for n in chapter_inlines(book.chapters[0]) if isinstance(n, model.Reference)]
    assert "links" in {node.target for node in references}
    assert "old-links" not in {node.target for node in references}


def test_no_markup_is_left_in_the_text(book: Book) -> None:
    texts = [
        node.text
        for chapter in book.chapters
        for node in chapter_inlines(chapter)
        if isinstance(node, model.Text)
    ]
    left = re.compile(r"\*\*|~~|\]\(|\{[#.]|\{\{c|^:::|\\\(|\\\[|<!--")
    assert [text for text in texts if left.search(text)] == []
