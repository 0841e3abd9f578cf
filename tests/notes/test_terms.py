"""One glossary for the whole book: no term is written in two ways.

What is preferred stands in ``docs/STYLE.md``; the rest is told by the notes themselves: which
English stands in brackets behind which Chinese, and how a Latin word is capitalised.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

from bindery.model import (
    Code,
    Inlines,
    LineBreak,
    Math,
    Question,
    SoftBreak,
    SourceFile,
    Term,
    Text,
)
from bindery.parse import parse
from bindery.read import read
from bindery.walk import every_block, own_inlines, question_blocks

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "source"
STYLE = ROOT / "docs" / "STYLE.md"

_NOT_TEXT = "\ufffc"  # stands for code and formulas
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-\u2010\u2013][A-Za-z0-9]+)*")
_LATIN_NEAR = re.compile(r"[A-Za-z.][ ,.:]{0,2}$|^[ ,.:]{0,2}[A-Za-z]|^\.\w")
# "中文（English，ABBR）": a term marks where its Chinese begins.
_GLOSS = re.compile(
    r"(?P<chinese>[\u3400-\u9fff\w –-]*[\u3400-\u9fff])\ue001?"
    r"（(?P<english>[A-Za-z][^（），\ufffc]*?)(?:，(?P<short>[A-Z][A-Za-z-]+))?[，）]"
)
# Words that are two things: the letters of a name in an English sentence, and a sound.
_TWO_THINGS = {"gan"}


def written(nodes: Inlines) -> str:
    """Return the running text of inlines; a term stands between U+E000 and U+E001."""
    pieces = []
    for node in nodes:
        match node:
            case Text(text):
                pieces.append(text)
            case Code() | Math():
                pieces.append(_NOT_TEXT)
            case SoftBreak() | LineBreak():
                pieces.append(" ")
            case Term(children):
                pieces.append(f"\ue000{written(children)}\ue001")
            case _:
                pieces.append(written(getattr(node, "children", ())))
    return "".join(pieces)


def texts_of(file: SourceFile) -> Iterator[str]:
    """Yield the running texts of a file of notes: no code, no formulas, no footnotes."""
    assets = read(SOURCE)[0].assets
    chapter, _ = parse(file, assets)
    runs = [own_inlines(block) for block in every_block(chapter.intro)]
    for item in chapter.body:
        yield written(item.title)
        for blocks in question_blocks(item) if isinstance(item, Question) else (item.blocks,):
            runs += [own_inlines(block) for block in every_block(blocks)]
    yield from (written(run) for several in runs for run in several)


@cache
def book() -> tuple[str, ...]:
    """Return every running text of the book."""
    return tuple(text for file in read(SOURCE)[0].files for text in texts_of(file))


def refused() -> dict[str, str]:
    """Return what is written instead of each form that the style page refuses."""
    rows = _ROW.findall(STYLE.read_text("utf-8").partition("## 术语")[2].partition("\n## ")[0])
    return {
        form: preferred
        for preferred, _, forms in rows
        if set(forms) - set("- ") and forms != "不写"
        for form in forms.split("、")
    }


def refused_in(texts: Sequence[str], forms: Mapping[str, str]) -> list[str]:
    """Return each refused form with the text around it."""
    found = []
    for text in texts:
        plain = re.sub("[\ue000\ue001]", "", text)
        for form, preferred in forms.items():
            at = plain.replace(preferred, "\0" * len(preferred)).find(form)
            if at >= 0:
                around = plain[max(at - 12, 0) : at + 20]
                found.append(f"{form}，写作{preferred}：…{around}…")
    return found


def two_capitals(texts: Sequence[str]) -> dict[str, set[str]]:
    """Return the Latin words that stand among Han in two capitalisations or hyphenations."""
    forms: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        plain = re.sub("[\ue000\ue001]", "", text)
        for match in _WORD.finditer(plain):
            before, after = plain[max(match.start() - 3, 0) : match.start()], plain[match.end() :]
            alone = not _LATIN_NEAR.search(before) and not _LATIN_NEAR.search(after[:4])
            if alone and len(match[0]) > 1:
                forms[re.sub(r"\W", "", match[0].lower())].add(match[0])
    return {word: each for word, each in forms.items() if len(each) > 1 and word not in _TWO_THINGS}


def two_names(texts: Sequence[str]) -> list[str]:
    """Return the English that stands behind two Chinese names, and the reverse."""
    chinese: dict[str, set[str]] = defaultdict(set)
    english: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for match in _GLOSS.finditer(text.replace("\ue000", "，")):
            name = match["chinese"].strip()
            for each in filter(None, (match["english"], match["short"])):
                chinese[_bare(each)].add(name)
        for match in re.finditer("\ue000([^\ue001]+)\ue001（([A-Za-z][^（），]*)[，）]", text):
            english[match[1]].add(_bare(match[2]))
    found = [f"{each}: {sorted(names)}" for each, names in chinese.items() if _differ(names)]
    return found + [f"{name}: {sorted(all_)}" for name, all_ in english.items() if len(all_) > 1]


def _differ(names: set[str]) -> bool:
    """Say whether two of the names are more than a longer and a shorter form of one."""
    pairs = combinations(sorted(names, key=len), 2)
    return any(not (long.startswith(short) or long.endswith(short)) for short, long in pairs)


def _bare(english: str) -> str:
    return re.sub(r"s\b|\W", "", english.lower())


# --------------------------------------------------------------------------- the checks themselves


def test_a_refused_form_is_found() -> None:
    assert refused_in(["要提前停止训练"], {"提前停止": "早停"}) == [
        "提前停止，写作早停：…要提前停止训练…"
    ]
    assert not refused_in(["要早停"], {"提前停止": "早停"})
    assert not refused_in(["选超参数"], {"超参": "超参数"})
    assert refused_in(["选超参数和超参"], {"超参": "超参数"})


def test_two_capitalisations_are_found() -> None:
    assert two_capitals(["用 Dropout 时", "关掉 dropout，再测"]) == {
        "dropout": {"Dropout", "dropout"}
    }
    assert two_capitals(["用 pre-norm 时", "用 Prenorm 时"]) == {"prenorm": {"pre-norm", "Prenorm"}}
    english = (
        "弹性权重巩固（elastic weight consolidation）",
        "词（Weight Watch）",
        "llama.cpp 与 Llama",
    )
    assert not two_capitals(english)


def test_two_names_are_found() -> None:
    term = "\ue000总变分\ue001（total variation，TV）"
    assert two_names([term, "两者的总变差（total variation）"]) == [
        "totalvariation: ['两者的总变差', '总变分']"
    ]
    assert two_names([term, "两者的全变分（TV）"]) == ["tv: ['两者的全变分', '总变分']"]
    assert two_names(["\ue000熵\ue001（entropy）", "\ue000熵\ue001（information）"]) == [
        "熵: ['entropy', 'information']"
    ]
    assert not two_names([term, "它的总变分（Total Variations）", "只说总变分（TV）"])


# --------------------------------------------------------------------------- the book


def test_no_term_is_written_as_the_style_page_refuses() -> None:
    forms = refused()
    assert len(forms) > 30
    assert refused_in(book(), forms) == []


def test_no_latin_word_is_capitalised_in_two_ways() -> None:
    assert two_capitals(book()) == {}


def test_no_term_has_two_names() -> None:
    assert two_names(book()) == []
