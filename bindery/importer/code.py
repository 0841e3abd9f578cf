"""Evidence of code in a text that has lost its fences: which lines, and in which language.

A line is judged by its own form; a comment only by the line after it; an open bracket carries
on. Han outside strings and comments ends a listing, save in a shell command's placeholders.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

_HAN = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', re.DOTALL)
_TRIPLE = re.compile(r"""[rbfu]?(?:\"{3}|'{3})""")
_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[,;!]")
_COMMENT = re.compile(r"(?:^|\s)(?:#|//).*$")
_COMMENT_LINE = re.compile(r"(?:#(?!#)\s|//\s|#!/)")
_NAME = r"[A-Za-z_][\w.]*"
_PYTHON = re.compile(
    rf"""(?:
    import\s+{_NAME}(?:\s*,\s*{_NAME}|\s+as\s+\w+)*$ | from\s+[.\w]+\s+import\s+[\w*(]
  | (?:async\s+)?def\s+\w+\s*\( | class\s+\w+\s*[(:] | @{_NAME}(?:\(.*\))?$
  | (?:for\s+.+\s+in\s+.+|while\s+.+|if\s+.+|elif\s+.+|with\s+.+|except\b.*):$
  | (?:else|try|finally):$ | (?:return|yield|raise|assert|del|global)\b(?:\s+\S|$)
  | (?:pass|break|continue)$ | print\s*\(
    )""",
    re.VERBOSE,
)
_ASSIGNMENT = re.compile(
    rf"{_NAME}(?:\[[^\]]*\])*(?:\s*,\s*{_NAME}(?:\[[^\]]*\])*)*\s*(?::\s*[\w\[\], .]+)?"
    r"\s*(?:=|\+=|-=|\*=|/=)\s*(?![=>])\S"
)
_VALUE = re.compile(
    rf"[\[{{(\"'\d-]|(?:True|False|None|not|lambda|await)\b|{_NAME}\s*(?:[\[(.+*/%@-]|(?:if|and|or|in|is)\b)"
)
_BARE_VALUE = re.compile(rf"{_NAME}$")
_CALL = re.compile(rf"(?:await\s+)?{_NAME}(?:\[[^\]]*\])?(?:\(.*\)[\w.\[\]]*)+;?$")
_PAIR = re.compile(r"""['"][^'"]+['"]\s*:\s*\S""")
_CLOSERS = re.compile(r"[\])}]+[,;:]?$")
_SHELL = re.compile(
    r"(?:\$\s+)?(?:sudo|chmod|chown|chgrp|usermod|useradd|userdel|adduser|deluser|groupmod|"
    r"groupadd|groupdel|addgroup|delgroup|passwd|apt|apt-get|yum|dnf|brew|pip|pip3|conda|npm|npx|"
    r"yarn|git|docker|docker-compose|kubectl|cd|ls|cp|mv|rm|mkdir|rmdir|touch|cat|echo|export|grep|"
    r"find|tar|curl|wget|ssh|scp|ps|kill|top|df|du|nvidia-smi|python|python3|torchrun|bash|sh|make|"
    r"source|systemctl|su)(?:\s+\S|$)"
)
_SHELL_PROSE = re.compile("[。，；：！？,;:!?、]")
_BRACKETED = re.compile(r"\[[^\[\]]*\]|<[^<>]*>")
_LONGEST_USAGE = 80
_SHELL_LONE = frozenset({"ls", "top", "df", "nvidia-smi"})
_SQL = re.compile(
    r"(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b"
)
_C = re.compile(
    r"(?:#include\s*[<\"]|(?:public|private|protected|static|int|void|double|float|char)\s+[\w<>*&]+.*[;{]$)"
)
_LONGEST_BRACKET = 120
_OPENS_SUITE = re.compile(
    r"(?:(?:async\s+)?(?:def|class|for|while|if|elif|with)\b.*|(?:else|try|finally|except\b.*)\s*):\s*(?:#.*)?$"
)


class Listing(NamedTuple):
    """Lines ``start`` to ``end`` (exclusive) are code in ``language``."""

    start: int
    end: int
    language: str


def listings(lines: Sequence[str], free: Sequence[bool]) -> tuple[Listing, ...]:
    """Return the listings among the lines; only lines that are ``free`` may belong to one."""
    found: list[Listing] = []
    index = 0
    while index < len(lines):
        end = _end(lines, free, index)
        if end == index:
            index += 1
            continue
        found.append(Listing(index, end, language(lines[index:end])))
        index = end
    return tuple(found)


def is_code(line: str) -> bool:
    """Say whether a line alone is evidence enough."""
    return bool(_kind(line))


def language(lines: Sequence[str]) -> str:
    """Return the language of a listing as a fence names it; "text" when nothing tells."""
    whole = "\n".join(lines)
    if _is_json(whole):
        return "json"
    kinds = [_kind(line) for line in lines]
    for kind in ("cpp", "sql", "bash", "python"):
        if kind in kinds and (kind != "bash" or "python" not in kinds):
            return kind
    return "python" if any(kinds) else "text"


def lost_indentation(lines: Sequence[str]) -> bool:
    """Say whether Python lacks the indentation without which it is not the program it was."""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if _OPENS_SUITE.match(line.strip()):
            depth = len(line) - len(line.lstrip())
            if len(following) - len(following.lstrip()) <= depth:
                return True
    return False


def _end(lines: Sequence[str], free: Sequence[bool], start: int) -> int:
    """Return where the listing that begins at ``start`` ends; ``start`` when none begins."""
    index = start
    end = start
    while index < len(lines) and free[index]:
        line = lines[index].strip()
        if _COMMENT_LINE.match(line):
            index += 1
            if end > start and index - 1 == end and _kind(line.lstrip("#/ ")):
                end = index
            continue
        if not line:
            index += 1
            if end == start:
                break
            continue
        begins = end > start or not _CLOSERS.match(line)
        if not begins or not _kind(line) or _breaks(lines[start:end], line):
            break
        index = _closed(lines, free, index)
        end = index
    return end


def _breaks(before: Sequence[str], line: str) -> bool:
    """Say whether what came before is whole and of another kind: its output, or its input."""
    return bool(before) and (_is_json("\n".join(before)) or _is_json(line))


def _closed(lines: Sequence[str], free: Sequence[bool], start: int) -> int:
    """Return one past the line on which every bracket and string opened at ``start`` is closed."""
    depth = 0
    quoted = False
    for index in range(start, min(len(lines), start + _LONGEST_BRACKET)):
        if not free[index]:
            break
        quoted ^= bool(len(_TRIPLE.findall(lines[index])) % 2)
        bare = "" if quoted else _bare(lines[index])
        depth += sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
        if depth <= 0 and not quoted:
            return index + 1
    return start + 1


def _bare(line: str) -> str:
    """Return a line without its strings and its comment."""
    return _COMMENT.sub("", _STRING.sub('""', line)).strip()


def _kind(line: str) -> str:
    line = line.strip()
    if _SQL.match(line):
        return "sql"
    if _C.match(line) and not _HAN.search(_bare(line)):
        return "cpp"
    if _SHELL.match(line):
        words = line.split()
        if len(words) == 1:
            return "bash" if words[0] in _SHELL_LONE else ""
        bare = _BRACKETED.sub("", line)
        is_prose = _HAN.search(line) and (_SHELL_PROSE.search(bare) or len(line) > _LONGEST_USAGE)
        return "" if is_prose and not _COMMENT.search(line) else "bash"
    bare = _bare(line)
    if _TRIPLE.match(line):
        return "python"
    if not bare or _HAN.search(bare) or _TEX.search(bare):
        return ""
    if _PYTHON.match(bare) or _CLOSERS.match(bare) or _CALL.match(bare):
        return "python"
    if _PAIR.match(line) or _is_display(line):
        return "python"
    assigned = _ASSIGNMENT.match(bare)
    if assigned:
        value = bare[assigned.end() - 1 :]
        if _VALUE.match(value) or _BARE_VALUE.match(value):
            return "python"
    return ""


def _is_display(line: str) -> bool:
    """Say whether a line is a dictionary or a list with a quoted part."""
    return line[:1] in "{[" and line[-1:] in "]}" and ("'" in line or '"' in line) and ":" in line


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
