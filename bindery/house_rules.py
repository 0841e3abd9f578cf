"""The house rules of a good note: advice, never an error.

A card asks one thing that has to be recalled, and its answer fits a phone. P. Wozniak, "Twenty
rules of formulating knowledge", 1999, gives the reasons. A note with ``.as-is`` is left alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from rapidfuzz.distance import Indel

from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.model import (
    Block,
    Blocks,
    Chapter,
    Cloze,
    Code,
    CodeBlock,
    FigureBlock,
    Gap,
    Inline,
    Inlines,
    List,
    Math,
    MathBlock,
    Paragraph,
    Subheading,
    Table,
    Text,
)
from bindery.walk import every_block, every_inline, own_inlines, plain_text
from bindery.yes_no import is_yes_no

CODES = frozenset(
    {"long-answer", "long-enumeration", "yes-no-question", "repeated-question", "hidden-sentence"}
)

_MOST_HAN = 150
_MOST_LINES = 20  # of the 24 or so that a phone shows, the question takes four
_MOST_ITEMS = 5
_LINE = 19.0  # em: a phone's 390 px less the margins, at 18 px
_FIGURE = 6  # lines, whatever its size
_SHOWN = 5  # of each code; the rest are counted

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_TOKEN = re.compile(r"[^\W\u3400-\u9fff_]+|[\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[。！？!?；]+|\.(?=\s+[A-Z]|$)")
_GAP = "\ue000"

_DEFINITION = re.compile(r"(?:什么是|何谓|何为|what (?:is|are)\b)|是什么\W*$", re.IGNORECASE)
_ASKING = re.compile(
    r"为什么|为何|怎[样么]|如何|[是有]?(?:多少|什么|哪些)|请|简述|\b(?:why|how|what|do|does|did|is|are)\b",
    re.I,
)
_LONGEST = 300  # characters of a question that are looked at
_GLANCE = 12  # characters of an answer that tell when it has nothing of the question
_FEWEST_TOKENS = 6
_SAME = 0.82
_WHOLE = 10  # Han characters or words: a shorter gap is a term, though it stands alone


def advice(chapter: Chapter) -> tuple[Diagnostic, ...]:
    """Return what could be better about the questions, follow-ups and clozes of a chapter."""
    return tuple(_advice(chapter))


def _advice(chapter: Chapter) -> Iterator[Diagnostic]:
    for question in chapter.questions:
        if not question.exempt:
            hint = (
                "move what is no key point below <!-- more -->"
                if question.long
                else "write <!-- more --> below the key points: the card folds the rest"
            )
            title = plain_text(question.title)
            yield from _of_question(question.place, title)
            yield from _of_answer(question.place, title, question.short, "the short answer", hint)
        for card in question.cards:
            if not card.exempt:
                hint = "say what was asked; the rest belongs to the question's long answer"
                front = " ".join(
                    plain_text(run) for block in card.front for run in own_inlines(block)
                )
                yield from _of_question(card.place, front)
                yield from _of_answer(card.place, front, card.back, "the answer", hint)
        for cloze in question.clozes:
            if not cloze.exempt:
                yield from _of_cloze(cloze)


def in_short(advices: Iterable[Diagnostic], wanted: bool = True) -> tuple[Diagnostic, ...]:
    """Return of each rule the first places in full and one line for the rest.

    ``advices`` may hold other diagnostics, which are all kept; with ``wanted`` false the advice
    goes and they alone are.
    """
    kept: list[Diagnostic] = []
    by_code: dict[str, list[Diagnostic]] = defaultdict(list)
    for each in advices:
        if each.code not in CODES:
            kept.append(each)
        elif wanted:
            by_code[each.code].append(each)
    for code, found in by_code.items():
        whole = _SHOWN if len(found) > _SHOWN + 1 else len(found)
        kept += found[:whole]
        if rest := found[whole:]:
            kept.append(_warning(rest[0].place, code, *_summary(rest)))
    return tuple(kept)


def _summary(rest: Sequence[Diagnostic]) -> tuple[str, str]:
    file = rest[0].place.file
    elsewhere = len({each.place.file for each in rest}) - 1
    lines = [str(each.place.line) for each in rest if each.place.file == file][1:]
    shown = f", then in lines {', '.join(lines[:8])}" if lines else ""
    more = " …" if len(lines) > 8 else ""
    others = f"; {elsewhere} files more" if elsewhere > 1 else "; another file" * elsewhere
    hint = "house-rules: false in a file's front matter switches this advice off"
    return f"{len(rest)} more such notes: the first here{shown}{more}{others}", hint


# --------------------------------------------------------------------------- questions


def _of_question(place: Place, question: str) -> Iterator[Diagnostic]:
    if is_yes_no(question):
        yield _warning(
            place,
            "yes-no-question",
            "yes or no answers the question: a guess is right every other time",
            "ask for what there is to know: why, when, how much, what is different",
        )


# --------------------------------------------------------------------------- answers


def _of_answer(
    place: Place, question: str, answer: Blocks, what: str, hint: str
) -> Iterator[Diagnostic]:
    blocks = list(every_block(answer))
    if amount := _too_long(blocks):
        yield _warning(place, "long-answer", f"{what} {amount}", hint)
    else:
        items = max((len(b.items) for b in blocks if isinstance(b, List)), default=0)
        if items > _MOST_ITEMS:
            yield _warning(
                place,
                "long-enumeration",
                f"a list of {items} to know by heart; {_MOST_ITEMS} can be recalled",
                "make it clozes with a gap for each, or split the card",
            )
    if repeats(question, answer):
        yield _warning(
            place,
            "repeated-question",
            f"{what} begins with the question once more",
            "begin with what the reader does not know yet",
        )


def _too_long(blocks: Sequence[Block]) -> str:
    """Say by how much an answer exceeds a phone; "" when it does not."""
    lines = wide = 0
    for block in blocks:
        match block:
            case Paragraph(children) | Subheading(children=children):
                width, here = _extent(children)
                lines, wide = lines + ceil(width / _LINE), wide + here
            case MathBlock(tex=tex):
                lines += 2 + tex.count(r"\\")
            case CodeBlock(text=text):
                lines += text.rstrip().count("\n") + 1
            case Table(rows=rows):
                lines += len(rows) + 1
                wide += sum(_extent(run)[1] for run in own_inlines(block))
            case FigureBlock():
                lines += _FIGURE
            case _:
                pass
    if wide > _MOST_HAN:
        runs = (run for block in blocks for run in own_inlines(block))
        texts = (node.text for run in runs for node in every_inline(run) if isinstance(node, Text))
        han = len(_HAN.findall("".join(texts)))
        if han > _MOST_HAN:
            return f"has {han} Han characters; {_MOST_HAN} fit a phone along with the question"
    if lines > _MOST_LINES:
        return f"takes about {lines} lines of a phone; {_MOST_LINES} fit along with the question"
    return ""


def _extent(nodes: Inlines) -> tuple[float, int]:
    """Return the width of a run of text in em, roughly, and how many full-width characters it has.

    Characters that take three bytes in UTF-8 count as full-width.
    """
    width, wide = 0.0, 0
    for node in nodes:
        if isinstance(node, Text):
            full = (len(node.text.encode()) - len(node.text)) // 2
            wide += full
            width += 0.5 * (len(node.text) + full)
        elif isinstance(node, Math):
            width += 0.3 * len(node.tex)
        elif isinstance(node, Code):
            width += 0.5 * len(node.text)
        elif children := getattr(node, "children", ()):
            inner, full = _extent(children)
            width, wide = width + inner, wide + full
    return width, wide


def repeats(question: str, answer: Blocks) -> bool:
    """Say whether an answer begins with the question, told by Han characters and Latin words.

    "X is …" is how a definition begins: "what is X" repeats only when it does so as a whole.
    """
    if not answer or not isinstance(answer[0], Paragraph):
        return False
    question = question[:_LONGEST].lower()
    head = _head(answer[0].children, 2 * len(question)).lower()
    if not any(token in question for token in _TOKEN.findall(head[:_GLANCE])):
        return False
    defines = _DEFINITION.search(question) is not None
    asked = _TOKEN.findall(question if defines else _ASKING.sub("", question))
    if len(asked) < _FEWEST_TOKENS:
        return False
    said = _TOKEN.findall(head)[: len(asked)]
    return Indel.normalized_similarity(asked, said) >= _SAME


def _head(nodes: Inlines, length: int) -> str:
    """Return the text that a run begins with, at least so long where it is."""
    text = ""
    for node in nodes:
        if len(text) >= length:
            break
        text += plain_text((node,))
    return text[:length]


# --------------------------------------------------------------------------- clozes


def _of_cloze(cloze: Cloze) -> Iterator[Diagnostic]:
    outermost = {id(block) for block in cloze.blocks}
    for block in every_block(cloze.blocks):
        alone = isinstance(block, Paragraph) and id(block) in outermost
        for run in own_inlines(block):
            for gap in _hidden_sentences(run, alone):
                yield _warning(
                    gap.place,
                    "hidden-sentence",
                    "the gap hides a whole sentence: nothing is left to tell what it says",
                    "hide the one word that matters",
                )


def _hidden_sentences(run: Inlines, alone: bool) -> Iterator[Gap]:
    """Yield the gaps that hold more than one sentence, or, in a text that stands ``alone``, one."""
    gaps = [node for node in every_inline(run) if isinstance(node, Gap)]
    texts = [_without_maths(gap.children) for gap in gaps]
    lone = _alone("".join(_outside(node) for node in run)) if alone else ()
    for index, (gap, text) in enumerate(zip(gaps, texts, strict=True)):
        pieces = [piece for piece in _SENTENCE_END.split(text) if len(_TOKEN.findall(piece)) > 1]
        if len(pieces) > 1 or (index in lone and len(_TOKEN.findall(text)) >= _WHOLE):
            yield gap


def _alone(text: str) -> tuple[int, ...]:
    """Return which gaps are all that their sentence has, in a text that shows gaps as a mark."""
    found: list[int] = []
    count = 0
    for sentence in _SENTENCE_END.split(text):
        here = sentence.count(_GAP)
        if here == 1 and not _TOKEN.search(sentence):
            found.append(count)
        count += here
    return tuple(found)


def _outside(node: Inline) -> str:
    match node:
        case Gap():
            return _GAP
        case Text(text) | Code(text):
            return text
        case Math():
            return "x"
        case _:
            return "".join(_outside(child) for child in getattr(node, "children", ()))


def _without_maths(nodes: Inlines) -> str:
    inner = every_inline(nodes)
    return "".join(node.text if isinstance(node, Text) else " " for node in inner)


def _warning(place: Place, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(place, code, message, hint, Severity.WARNING)
