"""Front matter: the YAML between two lines of ``---`` at the top of a file of notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bindery.diagnostics import Diagnostic, Place
from bindery.suggest import did_you_mean

if TYPE_CHECKING:
    import yaml

_KEYS = ("title", "tags", "question-level", "house-rules")
_KEY_LINE = re.compile(r"[A-Za-z][\w-]*\s*[:：]")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says of itself."""

    title: str = ""
    tags: tuple[str, ...] = ()
    question_level: int = 2
    house_rules: bool = True


def split(
    text: str, shown: str, report: Callable[[Diagnostic], None]
) -> tuple[FrontMatter, list[str]]:
    """Return the front matter and the file's lines (front matter blanked, so lines keep count)."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(), lines
    last = min(len(lines), _LONGEST)
    end = next((n for n in range(1, last) if lines[n].rstrip() in ("---", "...")), 0)
    if not end:
        if _KEY_LINE.match(lines[1] if len(lines) > 1 else ""):
            report(
                Diagnostic(
                    Place(shown, 1),
                    "unclosed-front-matter",
                    "front matter that is never closed",
                    'end it with a line "---"',
                )
            )
        return FrontMatter(), lines
    matter = _Reader(shown, report).read("\n".join(lines[1:end]))
    return matter, [""] * (end + 1) + lines[end + 1 :]


class _Reader:
    """Checks the keys of a file's front matter one by one."""

    def __init__(self, shown: str, report: Callable[[Diagnostic], None]) -> None:
        self._shown = shown
        self._report = report

    def read(self, text: str) -> FrontMatter:
        import yaml

        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            line, column = (mark.line + 2, mark.column + 1) if mark else (2, 0)
            message = str(getattr(problem, "problem", None) or "cannot be read")
            hint = 'write key: value; quote values that hold ": " or " #"'
            self._report(Diagnostic(Place(self._shown, line, column), "bad-yaml", message, hint))
            return FrontMatter()
        except RecursionError:
            place = Place(self._shown, 2)
            self._report(Diagnostic(place, "bad-yaml", "nested too deeply", "title: …"))
            return FrontMatter()
        if node is None:
            return FrontMatter()
        if not isinstance(node, yaml.MappingNode):
            self._error(node, "bad-yaml", "front matter is not key: value", "title: …")
            return FrontMatter()
        return self._keys(node)

    def _keys(self, node: yaml.MappingNode) -> FrontMatter:
        matter = FrontMatter()
        seen: set[str] = set()
        for key_node, value in node.value:
            key = str(key_node.value)
            if key in seen:
                self._error(key_node, "bad-front-matter", f"{key} stands twice", "remove one")
            seen.add(key)
            match key:
                case "title":
                    matter = replace(matter, title=self._text(value))
                case "tags":
                    matter = replace(matter, tags=self._tags(value))
                case "question-level":
                    matter = replace(matter, question_level=self._level(value))
                case "house-rules":
                    matter = replace(matter, house_rules=self._flag(value))
                case _:
                    hint = did_you_mean(key, _KEYS) or f"known: {', '.join(_KEYS)}"
                    self._error(key_node, "unknown-front-matter", f'unknown key "{key}"', hint)
        return matter

    def _text(self, node: yaml.Node) -> str:
        if isinstance(node.value, str):
            return " ".join(node.value.split()) if node.tag != "tag:yaml.org,2002:null" else ""
        self._error(node, "bad-front-matter", "title is a text", "title: …")
        return ""

    def _tags(self, node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node.value, str):
            return tuple(node.value.replace(",", " ").replace("，", " ").split())
        is_list = node.tag == "tag:yaml.org,2002:seq"
        items: list[object] = [item.value for item in node.value] if is_list else [None]
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) < len(items):
            self._error(node, "bad-front-matter", "tags are a list", "tags: [a, b]")
        return texts

    def _level(self, node: yaml.Node) -> int:
        if node.value in ("1", "2", "3", "4", "5", "6"):
            return int(node.value)
        message = "question-level is a number from 1 to 6"
        self._error(node, "bad-front-matter", message, "question-level: 3")
        return 2

    def _flag(self, node: yaml.Node) -> bool:
        if node.tag == "tag:yaml.org,2002:bool":
            return str(node.value).lower() in ("true", "yes", "on")
        self._error(node, "bad-front-matter", "house-rules is true or false", "house-rules: false")
        return True

    def _error(self, node: yaml.Node, code: str, message: str, hint: str) -> None:
        mark = node.start_mark
        place = Place(self._shown, mark.line + 2, mark.column + 1)
        self._report(Diagnostic(place, code, message, hint))
