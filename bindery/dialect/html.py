"""Raw HTML through an allow-list: what is not on it is named, never passed on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

from bindery.dialect.maths import first_formula

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
_INSTEAD = {
    "a": "write [text](address)",
    "img": "write ![caption](file)",
    "center": "remove it: figures, tables and formulas are centred",
    "font": "use **bold**, *emphasis* or ==a mark==",
    "h1": "write it as a heading: # …",
    "h2": "write it as a heading: ## …",
    "iframe": "put a link there: [text](address)",
    "video": "put a link there: [text](address)",
    "audio": "put a link there: [text](address)",
}
_OPTIONAL_END = frozenset("p li dt dd tr td th thead tbody tfoot col colgroup br hr wbr".split())
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a fragment of HTML that cannot stay; row and column count from 0 in it."""

    code: str
    message: str
    hint: str
    row: int
    column: int


class _Reader(HTMLParser):
    """Reads a fragment for what is wrong with it, and for its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[Fault] = []
        self.text: list[str] = []
        self._open: list[tuple[str, int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in BLOCK_TAGS:
            self._fault("disallowed-html", f"HTML that is not allowed: <{tag}>", instead(tag))
            return
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set())
        for name, _ in attrs:
            if name not in allowed:
                what = f'attribute "{name}" of <{tag}>'
                self._fault("disallowed-html", f"HTML that is not allowed: {what}", "remove it")
        if tag not in ("br", "hr", "wbr", "col"):
            row, column = self.getpos()
            self._open.append((tag, row - 1, column))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._open and self._open[-1][0] == tag and tag not in INLINE_TAGS:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _, _ in self._open]
        if tag in BLOCK_TAGS and tag not in names:
            self._fault("unbalanced-html", f"</{tag}> closes nothing", "remove it")
        while tag in names:
            name = names.pop()
            _, row, column = self._open.pop()
            if name == tag:
                break
            self._unclosed(name, row, column)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if (start := first_formula(data)) >= 0:
            before = data[:start]
            row, column = self.getpos()
            breaks = before.count("\n")
            column = len(before) - before.rfind("\n") - 1 if breaks else column + len(before)
            self.faults.append(
                Fault(
                    "markdown-in-html",
                    "a formula inside raw HTML is not typeset",
                    "leave an empty line after the opening tag, or write Markdown",
                    row - 1 + breaks,
                    column,
                )
            )

    def handle_pi(self, data: str) -> None:  # noqa: ARG002
        self._fault("disallowed-html", "HTML that is not allowed: <?…>", "remove it")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002
        self._fault("disallowed-html", "HTML that is not allowed: <!…>", "remove it")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002
        self._fault("disallowed-html", "HTML that is not allowed: <![…]>", "remove it")

    def unclosed(self) -> None:
        for name, row, column in self._open:
            self._unclosed(name, row, column)

    def _unclosed(self, name: str, row: int, column: int) -> None:
        if name not in _OPTIONAL_END:
            self.faults.append(
                Fault(
                    "unbalanced-html",
                    f"<{name}> is never closed",
                    f"add </{name}> before the next empty line",
                    row,
                    column,
                )
            )

    def _fault(self, code: str, message: str, hint: str) -> None:
        row, column = self.getpos()
        self.faults.append(Fault(code, message, hint, row - 1, column))


def instead(tag: str) -> str:
    """Return what to write instead of a tag that is not allowed."""
    return _INSTEAD.get(tag.lower(), "write it as Markdown, or escape it as \\<")


def without_comments(text: str) -> str:
    """Return the fragment without its comments."""
    return _COMMENT.sub("", text)


def clean_block(text: str) -> tuple[str, Sequence[Fault]]:
    """Return the fragment reduced to the allow-list, balanced, and what is wrong with it."""
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except AssertionError:  # html.parser gives up so on "<![" before what is no name
        at = max(text.find("<!["), 0)
        row, column = text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1
        hint = "escape it as \\<"
        unreadable = Fault("disallowed-html", "HTML that cannot be read", hint, row, column)
        return "", (*reader.faults, unreadable)
    reader.unclosed()
    cleaned = _clean(text)
    if not reader.faults:
        kept = _Reader()
        kept.feed(cleaned)
        kept.close()
        if "".join(kept.text).split() != "".join(reader.text).split() or "<!--" in reader.text:
            reader.faults.append(
                Fault("disallowed-html", "HTML that cannot be read", "write it as Markdown", 0, 0)
            )
    return cleaned, reader.faults


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
