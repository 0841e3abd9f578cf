"""Which lines were headings: short, bare, a noun and not a sentence, and answered by the next.

Each sign adds or takes away; a line with two or more is a title. Nothing is decided by position,
and what is near the line is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindery.importer.lost_headings.chunks import Chunk, Kind

ENOUGH = 2
SURE = 4
_GLOSS = re.compile("[(（][^()（）]*[)）]")
_FINAL_GLOSS = re.compile("[(（][^()（）]*[A-Za-z][^()（）]*[)）](?=$|[，,、/])")
_ENDS = re.compile("[。；;，,：:.！!、…]$")
_ASKS = re.compile("[?？]$")
_ASKING = re.compile(
    "什么|为何|如何|怎么|怎样|哪[些个几种]|是否|的?(?:区别|联系|异同|优缺点)|"
    "^(?:请|谈谈|说说|简述|介绍|解释|比较|描述|列举|试述|简要)|"
    r"\b(?:what|why|how|which|when|explain|describe|compare)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile("请(?!注意)|谈谈|说说|简述|介绍一下|解释一下")
_MARKUP = re.compile(r"!\[|:\s|\||<|\[\^")
_PARTS = re.compile("[，,、]\\s*")
_PREDICATE = re.compile(
    "是|通过|使用|为了|可以|能够|我们|(?<!自)我(?!国)|它|他们|这[个种些一]|其中|有[一很多]|进行|如下|"
    "需要|负责|得到|添加|一个|一种|[来会将把被让使]|用的|按照|逐步|"
    r"\b(?:is|are|was|were|can|will|have|has|we|you|it|that|which|my)\b",
    re.IGNORECASE,
)
_OPENS_A_SENTENCE = re.compile(
    "在(?!线)|当|如果|因为|所以|但|而|例如|比如|每|从|对(?!比|抗|称|数|偶|象|话|齐)|那|首先|然后|最后|"
    "另外|此外|目前|其实|经过|采样时|实际|假设|由于|注[:：]"
)
_LEADS_IN = re.compile("(?:包括|包含|有|如下|为|是|的|了|着|以及|如)$")
_FORMULA = re.compile(r"\$|\\[a-z]|[_^]\{|(?<![A-Za-z])[A-Za-z]_[A-Za-z0-9]|[=<>]")
_LATIN_WORD = re.compile("[A-Za-z][A-Za-z'-]*")
_SHORT, _MEDIUM, _LONG = 12, 24, 40
_LONGEST_QUESTION = 160
_LONGEST_PART = 16
_KEY = 2
_NOT_ASKED = re.compile(
    "自我介绍|个人介绍|个人简介|前言|序言|写在前面|致谢|后记|关于(?:作者|本)|目录|参考(?:文献|资料)|"
    r"self.?introduction|introduction|preface|about|acknowledg|references",
    re.IGNORECASE,
)
_IN_PERSON = re.compile("我叫|我的名字|尊敬的(?:各位)?(?:老师|面试官)|My name is|\\[REDACTED\\]")


def score(chunks: Sequence[Chunk], index: int) -> int:
    """Say how much a chunk looks like a title; below zero it is none by its form alone."""
    chunk = chunks[index]
    text = chunk.text
    if chunk.kind is not Kind.TEXT or len(chunk.lines) > 1 or index + 1 >= len(chunks):
        return -9
    if _ASKS.search(text):
        return 5 if len(text) <= _LONGEST_QUESTION else -1
    if _ENDS.search(text) or _FORMULA.search(text) or _MARKUP.match(text) or "`" in text:
        return -9
    before = chunks[index - 1] if index else None
    width = _width(_GLOSS.sub("", text))
    if width > _LONG:
        return -3
    points = 2 if width <= _SHORT else 1 if width <= _MEDIUM else 0
    parts = _PARTS.split(_GLOSS.sub("", text))
    if len(parts) == 1 or max(map(_width, parts)) <= _LONGEST_PART:
        points += 1
    else:
        points -= 2
    points += 2 * bool(_FINAL_GLOSS.search(text))
    if _ASKING.search(text):
        points += 2
    else:
        points -= 3 * bool(_PREDICATE.search(_GLOSS.sub("", text)))
    points -= 2 * bool(_OPENS_A_SENTENCE.match(text))
    points -= 4 * bool(_LEADS_IN.search(text))
    points -= 4 * bool(before and before.text.endswith((":", "：")))
    points += 3 * _answers(text, chunks[index + 1])
    return points


def asks(text: str) -> bool:
    """Say whether a title is a question by its form, and not a noun alone."""
    return bool(_ASKS.search(text) or _REQUEST.match(text))


def is_not_asked(title: str, body: Sequence[Chunk]) -> bool:
    """Say whether what stands below a title answers nothing: a preface, an introduction of self."""
    return bool(_NOT_ASKED.search(title)) or any(_IN_PERSON.search(c.text) for c in body[:3])


def _width(text: str) -> int:
    """Return how long a text is, a Latin word counting as two characters."""
    words = len(_LATIN_WORD.findall(text))
    rest = _LATIN_WORD.sub("", text)
    return 2 * words + len("".join(rest.split()))


def _answers(title: str, chunk: Chunk) -> bool:
    """Say whether a chunk begins with what the title names: ``过拟合`` and ``过拟合是……``."""
    name = _PARTS.split(_GLOSS.sub("", title))[0].strip()
    if len(name) < _KEY or chunk.kind is not Kind.TEXT:
        return False
    begin = chunk.text[: len(name) + 8]
    stem = re.sub("(?:聚类)?算法$|机制$", "", name)
    return name in begin or (len(stem) >= _KEY and stem in begin)
