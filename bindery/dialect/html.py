"""Raw HTML through an allow-list: what is not on it is named, never passed on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

INLINE_TAGS = frozenset(
    "abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strong "
    "sub sup u var wbr".split()
)
BLOCK_TAGS = INLINE_TAGS | frozenset(
    "blockquote br caption col colgroup dd details div dl dt figcaption figure h3 h4 h5 h6 hr li "
    "ol p pre summary table tbody td tfoot th thead tr ul".split()
)
ATTRIBUTES = {
    "*": {"lang", "title", "dir"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start", "type"},
    "details": {"open"},
}
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.S)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag or attribute that is not allowed; line and column count from 0 in the fragment."""

    what: str
    line: int
    column: int


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.refused: list[Refusal] = []
        self.open: list[tuple[str, int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        if tag not in BLOCK_TAGS:
            self.refused.append(Refusal(f"<{tag}>", line - 1, column))
            return
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())
        for name, _ in attrs:
            if name not in allowed:
                self.refused.append(Refusal(f'attribute "{name}" of <{tag}>', line - 1, column))


def without_comments(text: str) -> str:
    """Return the fragment without its comments."""
    return _COMMENT.sub("", text)


def clean_block(text: str) -> tuple[str, tuple[Refusal, ...]]:
    """Return the fragment reduced to the allow-list, balanced, and what was refused in it."""
    collector = _Collector()
    collector.feed(text)
    collector.close()
    return _clean(text), tuple(collector.refused)


def clean_tag(text: str) -> tuple[str, str, bool] | None:
    """Return an inline tag as (html, name, closing), or None when it is not allowed."""
    match = _TAG.match(text)
    if match is None or match[2].lower() not in INLINE_TAGS:
        return None
    name = match[2].lower()
    if match[1]:
        return f"</{name}>", name, True
    if name == "wbr":
        return "<wbr>", name, False
    cleaned = _clean(f"{text}</{name}>")
    return cleaned.removesuffix(f"</{name}>"), name, False


def _clean(text: str) -> str:
    return nh3.clean(
        text,
        tags=set(BLOCK_TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        clean_content_tags={"script", "style"},
        strip_comments=True,
    )
