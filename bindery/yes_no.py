"""Whether yes or no alone answers a question, in Chinese or in English."""

from __future__ import annotations

import re

_BETWEEN_SENTENCES = re.compile(r"(?<=[。！？!?；])|(?<=\.)\s+(?=[A-Z])")
_YES_NO = re.compile(r"吗\W*$|(?:是否|能否|可否|会否|有没有|有无|([\u4e00-\u9fff])不\1).*[?？]\W*$")
_ASKS_MORE = re.compile(
    r"为什么|怎|如何|什么|哪|谁|多[少大久长快高深]|几(?!何|乎)|(?<![几任])何|还是|区别|差别|异同|"
    r"原因|理由|举例|说明|说说|说一|解释|介绍|描述|讲讲|讲一|谈谈|谈一|比较|列出|写出|推导|"
    r"(?:判断|检[查测验]|验证|确定|证明|区分|取决于)[^，。？]*(?:是否|能否|有没有|有无|(.)不\1)"
)
_IN_QUESTIONS = re.compile("[吗?？]")
_YES_NO_ENGLISH = re.compile(
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|must|may)(?:n't)?\s"
    r"(?!you\b).*\?\W*$",
    re.IGNORECASE,
)
_ASKS_MORE_ENGLISH = re.compile(r"\b(?:why|how|what|which|when|where|who|or|explain)\b", re.I)
_WORD = re.compile(r"\w")
_LONGEST = 300  # characters of a question that are looked at


def is_yes_no(question: str) -> bool:
    """Say whether yes or no alone answers a question, in Chinese or in English."""
    question = question[-_LONGEST:]
    if not _IN_QUESTIONS.search(question):
        return False
    sentences = [s.strip() for s in _BETWEEN_SENTENCES.split(question) if _WORD.search(s)]
    last = sentences[-1] if sentences else ""
    if not last.isascii() and _YES_NO.search(last):
        return not _ASKS_MORE.search(question)
    return bool(_YES_NO_ENGLISH.match(last)) and not _ASKS_MORE_ENGLISH.search(question)
