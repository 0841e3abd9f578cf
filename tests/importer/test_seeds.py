"""The two documents that this was made for: what is found in them, down to the line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from bindery.diagnostics import Severity
from bindery.importer.account import account
from bindery.importer.model import Entry, Imported, Question
from bindery.importer.readers import chosen
from bindery.importer.traced import Traced
from bindery.model import CodeBlock, List, Subheading
from bindery.model import Question as Asked
from bindery.walk import every_block, plain_text, question_blocks
from tests.importer import importing
from tests.importer.importing import imported_seed, parsed, seed

SEEDS = pytest.mark.parametrize("number", ["000", "003"])
# First and last line of each listing of the scraped page, and its language.
LISTINGS = """
328-343 python, 356 python, 362 python, 367 python, 373 python, 383 python, 390 python, 398 python,
403 python, 408 python, 414 python, 435-444 python, 446 json, 457-462 python, 464 python,
471-479 python, 481-485 python, 492-507 python, 549-587 python, 703 bash, 719-724 bash,
733-736 bash, 742 bash, 744-747 bash, 751 bash, 753-756 bash, 759 bash, 761-764 bash, 770 bash,
772-773 bash, 775 bash, 777-778 bash, 782 bash, 784-785 bash, 789 bash, 792 bash, 795 bash,
798 bash, 801-802 bash, 804-805 bash, 807-815 bash
"""
WITHOUT_INDENTATION = [328, 471, 481, 492, 549]
BARE_HEADINGS = [98, 104, 119, 126, 128]


def lines_of(found: Imported, code: str) -> list[int]:
    """Return the lines that are doubted for a reason."""
    return sorted({found.source.line(d.at) for d in found.doubts if d.code == code})


@SEEDS
def test_nothing_of_a_seed_vanishes(number: str) -> None:
    assert account(imported_seed(number)) == ()


@SEEDS
def test_a_seed_is_recognised(number: str) -> None:
    reader, evidence = chosen(seed(number))
    assert reader.name == {"000": "text", "003": "scraped"}[number]
    assert evidence > 0.5


@SEEDS
def test_the_notes_are_accepted(number: str) -> None:
    errors = [d for d in parsed(imported_seed(number))[1] if d.severity is Severity.ERROR]
    assert errors == []


@SEEDS
def test_every_question_is_found_in_its_section(number: str) -> None:
    found = {
        (entry.line, _plain(entry.title), _plain(chapter.title))
        for chapter in imported_seed(number).chapters
        for entry in chapter.entries
        if isinstance(entry, Question)
    }
    told = importing.questions_of(number)
    asked = [row for row in told if row["section"] != "自我介绍"]
    lines = [line.strip() for line in seed(number).text.split("\n")]
    assert found == {
        (
            int(row["line"]),
            _normal(re.sub("^【.*?】", "", lines[int(row["line"]) - 1])),
            _normal(row["section"]),
        )
        for row in asked
    }
    assert len(found) == {"000": 37, "003": 16}[number]


@SEEDS
def test_every_formula_is_found(number: str) -> None:
    told = [(each["tex"], each["display"]) for each in importing.formulas_of(number)]
    found = importing.formulas(parsed(imported_seed(number))[0])
    # The label before the one displayed formula may belong to the sentence: it stays, doubted.
    found = [(tex.removeprefix("x_t: "), display) for tex, display in found]
    assert found == told
    assert len(found) == {"000": 18, "003": 81}[number]


@SEEDS
def test_what_is_kept_is_what_a_reader_sees(number: str) -> None:
    """Markdown that swallowed a letter, or showed one of ours, would be found out here."""
    found = imported_seed(number)
    kept: Counter[str] = Counter()
    for chapter in found.chapters:
        for text in (chapter.title, chapter.intro, *_texts(chapter.entries)):
            kept.update(c for c, at in zip(text.text, text.at, strict=True) if at >= 0)
    kept.update(char for repair in found.repairs for char in repair.now)
    for made in found.made:
        if made.code == "notice":
            kept.update(made.text.removeprefix("warning "))
    kept = Counter({char: count for char, count in kept.items() if char.isalpha()})
    assert importing.letters_seen(parsed(found)[0]) == kept


# --------------------------------------------------------------------------- the scraped page


def test_the_listings_are_fenced_with_their_language() -> None:
    trees, _ = parsed(imported_seed("003"))
    lines = seed("003").text.split("\n")
    told = []
    for each in LISTINGS.replace("\n", " ").split(","):
        numbers, language = each.split()
        first, _, last = numbers.partition("-")
        told.append((language, "\n".join(lines[int(first) - 1 : int(last or first)])))
    found = [(block.language, block.text.rstrip("\n")) for block in importing.listings(trees)]
    assert found == told
    assert len(told) == 41


def test_the_table_is_a_table() -> None:
    (table,) = importing.tables(parsed(imported_seed("003"))[0])
    assert [plain_text(cell) for cell in table.head] == ["模式", "描述"]
    assert [plain_text(row[0]) for row in table.rows] == [f"'{mode}'" for mode in "rwaxtb+"]
    assert plain_text(table.rows[1][1]) == "写入，文件不存在则创建，存在则覆盖"


def test_no_heading_is_false() -> None:
    trees, _ = parsed(imported_seed("003"))
    found = [
        plain_text(block.children)
        for tree in trees
        for entry in tree.body
        if isinstance(entry, Asked)
        for blocks in question_blocks(entry)
        for block in every_block(blocks)
        if isinstance(block, Subheading)
    ]
    lines = seed("003").text.split("\n")
    numbered = [line for line in lines[58:831] if re.match(r"\d+\. |[一二三四五六七]、", line)]
    told = numbered + [lines[number - 1] for number in BARE_HEADINGS]
    assert len(found) == len(told) == 66 + 12 + 5
    # A heading that was cut at its code begins with the line that was found.
    assert all(any(_normal(f).startswith(_normal(t)) for f in found) for t in told)


def test_lost_indentation_is_marked_and_not_guessed() -> None:
    found = imported_seed("003")
    assert lines_of(found, "lost-indentation") == WITHOUT_INDENTATION
    bodies = "\n".join(question.body.text for question in found.questions)
    assert bodies.count("::: warning 缩进已丢失") == len(WITHOUT_INDENTATION)


def test_what_can_be_read_in_two_ways_is_doubted() -> None:
    found = imported_seed("003")
    assert set(lines_of(found, "glued-item")) >= {354, 545, 695, 820}
    assert lines_of(found, "hanging-terms") == [448, 707, 714, 728]
    assert lines_of(found, "missing-picture") == [79, 86]
    assert lines_of(found, "bare-line") == [*BARE_HEADINGS, 548, 769, 774]
    assert set(lines_of(found, "plain-letter")) >= {294, 309, 312, 314, 323}
    assert set(lines_of(found, "list-depth")) >= {188, 515}
    assert {doubt.code for doubt in found.doubts} >= {"preface", "joined-lines"}
    dropped = {(each.code, found.source.line(each.at)) for each in found.dropped}
    phantoms = {("phantom-repeat", line) for line in (357, 374, 384, 391, 399, 415)}
    assert dropped == phantoms | {
        ("promotion", 1),
        ("table-of-contents", 17),
        ("promotion", 832),
    }


def test_terms_stand_before_their_definitions() -> None:
    trees, _ = parsed(imported_seed("003"))
    answer = importing.question(trees, "Linux中修改用户权限")
    (found,) = [
        items
        for items in (_texts_of(b) for b in every_block(answer.long) if isinstance(b, List))
        if items[0].startswith("u：")
    ]
    assert found == [
        "u：文件所有者（user）",
        "g：文件所属组（group）",
        "o：其他用户（others）",
        "a：所有用户（all，等同于 ugo）",
    ]


def test_code_inside_a_line_is_put_back() -> None:
    body = {_plain(q.title): q.body.text for q in imported_seed("003").questions}
    modes = body[_normal("python中文件有哪些打开模式，它们的区别是什么？")]
    assert "通过内建的 `open()` 函数实现的" in modes
    assert "处理的是字符串类型（`str`）。此模式下" in modes
    assert "换行符（如 `\\n` 和 `\\r\\n`）以适应" in modes
    linux = body[_normal("Linux中修改用户权限的命令有哪些？")]
    assert "### 三、修改文件所有者和所属组的命令：`chown` 和 `chgrp`" in linux
    assert "- 谨慎使用 `sudo`：带有 `sudo` 的命令" in linux


def test_lists_have_their_depth() -> None:
    trees, _ = parsed(imported_seed("003"))
    (first, *_) = [
        block for block in importing.question(trees, "打开模式").long if isinstance(block, List)
    ]
    assert len(first.items) == 4
    _head, inner, code = first.items[0].blocks
    assert isinstance(inner, List)
    assert len(inner.items) == 3
    assert isinstance(code, CodeBlock)
    assert code.text.strip() == "f = open('file.txt', 'r')"


# --------------------------------------------------------------------------- lost headings


def test_introductions_of_oneself_are_no_questions() -> None:
    found = imported_seed("000")
    titles = [chapter.title.text for chapter in found.chapters]
    assert titles == [
        "自我介绍(英文)",
        "自我介绍(中文)",
        "机器学习",
        "深度神经网络",
        "简历问题精选",
    ]
    assert [len(chapter.entries) for chapter in found.chapters] == [0, 0, 22, 6, 9]
    assert lines_of(found, "no-question") == [3, 23]


def test_lists_of_the_lost_headings_are_lists() -> None:
    trees, _ = parsed(imported_seed("000"))
    answer = importing.question(trees, "监督学习，无监督学习")
    (paradigms, *_) = answer.short
    assert isinstance(paradigms, List)
    assert paradigms.start == 1
    assert len(paradigms.items) == 3
    inner = paradigms.items[2].blocks[1]
    assert isinstance(inner, List)
    assert len(inner.items) == 7
    lists = [
        block
        for tree in trees
        for entry in tree.body
        if isinstance(entry, Asked)
        for blocks in question_blocks(entry)
        for block in every_block(blocks)
        if isinstance(block, List)
    ]
    text = seed("000").text
    items = len(re.findall(r"^ ?(?:\d+\.|-) ", text, re.MULTILINE))
    assert sum(len(each.items) for each in lists) == items == 87 + 21


def test_a_formula_that_is_missing_or_bare_is_doubted() -> None:
    found = imported_seed("000")
    assert lines_of(found, "missing-formula") == [439]
    assert lines_of(found, "formula-prefix") == [419]
    assert set(lines_of(found, "undelimited-formula")) >= {94, 415, 423, 427, 429, 433, 439, 441}


def _texts(entries: tuple[Entry, ...]) -> list[Traced]:
    return [text for entry in entries for text in (entry.title, entry.body)]


def _texts_of(block: List) -> list[str]:
    return [
        "".join(plain_text(inner.children) for inner in item.blocks if hasattr(inner, "children"))
        for item in block.items
    ]


def _plain(title: Traced) -> str:
    return _normal(title.text)


def _normal(text: str) -> str:
    """Return a text whose punctuation may be half or full-width, and its code marked or not."""
    return unicodedata.normalize("NFKC", text).replace("`", "").replace(" ", "").replace("\\", "")
