"""From markdown-it's inline tokens to the inlines of the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from markdown_it.token import Token

from bindery.diagnostics import Diagnostic, Place
from bindery.dialect.attributes import NONE, Attributes
from bindery.dialect.html import clean_tag
from bindery.model import (
    Code,
    DemoFigure,
    Emphasis,
    FootnoteReference,
    Gap,
    Image,
    Inline,
    InlineHtml,
    Inlines,
    LineBreak,
    Link,
    Mark,
    Math,
    Reference,
    SoftBreak,
    Strike,
    Strong,
    Term,
    Text,
)
from bindery.walk import plain_text

_BREAK = re.compile(r"<br\s*/?>", re.I)
_WIDTH = re.compile(r"\d+(?:\.\d+)?(?:%|px|em|mm|cm|pt)?")
_IMAGE_KEYS = {"width", "title"}


@dataclass(frozen=True, slots=True)
class InlineContext:
    """Where the tokens stand: offset → place, where to report, and whether ``==`` is a gap."""

    place: Callable[[int], Place]
    report: Callable[[Diagnostic], None]
    in_cloze: bool = False
    find_image: Callable[[str, Place], str] = lambda src, _: src
    find_demo: Callable[[str, Place], None] = lambda _, __: None


def build(tokens: Sequence[Token], context: InlineContext) -> Inlines:
    """Turn the children of an inline token into inlines."""
    builder = _Builder(tokens, context)
    nodes = builder.until("")
    builder.close_html()
    return nodes


class _Builder:
    def __init__(self, tokens: Sequence[Token], context: InlineContext) -> None:
        self._tokens = tokens
        self._at = 0
        self._context = context
        self._open_html: list[tuple[str, Place]] = []

    def until(self, closing: str) -> Inlines:
        nodes: list[Inline] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == closing:
                break
            node = self._node(token)
            if isinstance(node, Text) and nodes and isinstance(nodes[-1], Text):
                nodes[-1] = Text(nodes[-1].text + node.text)
            elif node is not None:
                nodes.append(node)
        return tuple(nodes)

    def close_html(self) -> None:
        for name, place in self._open_html:
            self._error(place, "unbalanced-html", f"<{name}> is never closed", f"add </{name}>")

    def _node(self, token: Token) -> Inline | None:  # noqa: PLR0912
        match token.type:
            case "text" | "text_special":
                return Text(token.content) if token.content else None
            case "em_open":
                return Emphasis(self.until("em_close"))
            case "strong_open":
                return Strong(self.until("strong_close"))
            case "s_open":
                return Strike(self.until("s_close"))
            case "mark_open":
                place = self._place(token)
                children = self.until("mark_close")
                return Gap(children, "", place) if self._context.in_cloze else Mark(children)
            case "gap_open":
                return self._gap(token)
            case "code_inline":
                return Code(token.content)
            case "math_inline" | "math_display":
                return self._math(token)
            case "link_open":
                return self._link(token)
            case "span_open":
                return self._span(token)
            case "image":
                return self._image(token)
            case "footnote_call":
                return FootnoteReference(token.content, self._place(token))
            case "softbreak":
                return SoftBreak()
            case "hardbreak":
                return LineBreak()
            case "html_inline":
                return self._html(token)
            case _:
                raise AssertionError(f"no inline for token {token.type}")

    def _math(self, token: Token) -> Math:
        tex = token.content.strip()
        lead = len(token.content) - len(token.content.lstrip())
        place = self._place(token, int(token.meta["offset"]) + lead)
        return Math(tex, place, token.type == "math_display")

    def _gap(self, token: Token) -> Inline:
        place = self._place(token)
        children = self.until("gap_close")
        if not self._context.in_cloze:
            self._error(
                place,
                "gap-outside-cloze",
                "a cloze deletion outside a cloze",
                'put the sentence between "::: cloze {#id}" and ":::"',
            )
        return Gap(children, str(token.meta["hint"]), place, int(token.meta["ordinal"]))

    def _link(self, token: Token) -> Inline:
        start = int(token.meta.get("pos", 0))
        href = str(token.attrGet("href") or "")
        if token.info != "auto":
            start = max(start - 1, 0)
        place = self._context.place(start)
        children = self.until("link_close")
        self._attributes(self._tokens[self._at - 1], place, set())
        if href.startswith("#"):
            return Reference(unquote(href[1:]), children, place)
        return Link(href, children)

    def _span(self, token: Token) -> Inline:
        place = self._place(token)
        children = self.until("span_close")
        attributes = self._attributes(token, place, {"key"}, {"term"})
        if "term" not in attributes.classes:
            if not attributes.error:
                self._error(
                    place,
                    "unknown-class",
                    "a span in brackets needs the class .term",
                    "write [text]{.term}, or escape the brace as \\{",
                )
            return Emphasis(children)
        return Term(children, attributes.pairs.get("key", plain_text(children)))

    def _image(self, token: Token) -> Inline:
        place = self._place(token)
        src = unquote(str(token.attrGet("src") or ""))
        attributes = self._attributes(token, place, _IMAGE_KEYS)
        alt = "".join(_alt(child) for child in token.children or ())
        if src.startswith("demo:"):
            slug = src.removeprefix("demo:")
            self._context.find_demo(slug, place)
            return DemoFigure(slug, alt, place, attributes.id)
        width = attributes.pairs.get("width", "")
        if width and not _WIDTH.fullmatch(width):
            self._error(place, "malformed-attributes", f'width "{width}" is no length', "width=60%")
        title = attributes.pairs.get("title") or str(token.attrGet("title") or "")
        found = self._context.find_image(src, place)
        return Image(found, alt, title, width, place, attributes.id)

    def _attributes(
        self, token: Token, place: Place, keys: set[str], classes: set[str] | None = None
    ) -> Attributes:
        found = token.meta.get("attributes", NONE) if token.meta else NONE
        assert isinstance(found, Attributes)
        if found.error:
            self._error(
                self._context.place(found.offset) if found.offset else place,
                "malformed-attributes",
                f"malformed attributes: {found.error}",
                'write {#id .class key="value"}',
            )
            return found
        for key in found.pairs:
            if key not in keys:
                known = ", ".join(sorted(keys)) or "none"
                self._error(
                    place, "unknown-attribute", f'unknown attribute "{key}"', f"known: {known}"
                )
        for name in found.classes:
            if name not in (classes or set()):
                self._error(place, "unknown-class", f'unknown class ".{name}"', "known: .term")
        return found

    def _html(self, token: Token) -> Inline | None:
        text = token.content
        if text.startswith("<!--"):
            return None
        if _BREAK.fullmatch(text):
            return LineBreak()
        cleaned = clean_tag(text)
        place = self._place(token)
        if cleaned is None:
            self._error(
                place,
                "disallowed-html",
                f"HTML that is not allowed: {text}",
                "write it as Markdown, or escape it as \\<",
            )
            return Text(text)
        html, name, closing = cleaned
        if closing:
            if not self._open_html or self._open_html[-1][0] != name:
                self._error(place, "unbalanced-html", f"</{name}> closes nothing", "remove it")
                return None
            self._open_html.pop()
        elif name != "wbr":
            self._open_html.append((name, place))
        return InlineHtml(html)

    def _place(self, token: Token, more: int = 0) -> Place:
        return self._context.place(int(token.meta.get("pos", 0)) + more)

    def _error(self, place: Place, code: str, message: str, hint: str) -> None:
        self._context.report(Diagnostic(place, code, message, hint))


def _alt(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type in ("math_inline", "math_display"):
        return token.content
    return token.content + "".join(_alt(child) for child in token.children or ())
