"""From markdown-it's inline tokens to the inlines of the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from markdown_it.token import Token

from bindery.diagnostics import Place
from bindery.dialect import pictures
from bindery.dialect.attributes import NONE, Attributes
from bindery.dialect.context import NOTHING, Context
from bindery.dialect.html import clean_tag, instead
from bindery.dialect.locate import InlinePlaces
from bindery.model import (
    Code,
    Emphasis,
    FootnoteReference,
    Gap,
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

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_CHAPTER = re.compile(r"[^#?]*\.md#(.+)")
_DEEPEST = 40
_LARGEST_ORDINAL = 499  # Anki reads c1 to c499
_WRAPPERS: dict[str, Callable[[Inlines], Inline]] = {
    "em": Emphasis,
    "strong": Strong,
    "s": Strike,
}
_STRAY_MATHS = {
    "$": ("$ opens a formula that is never closed", "close it with $; for a dollar sign write \\$"),
    "closer": ("$ closes a formula that never began", "add the $ before it, or write \\$"),
    "spaces": (
        "a formula with spaces just inside its dollar signs",
        "write $x$, not $ x $; for dollar signs write \\$",
    ),
    "$$": ("$$ opens a formula that is never closed", "close it with $$ in the same paragraph"),
    r"\(": (r"\( opens a formula that is never closed", r"close it with \)"),
    r"\[": (r"\[ opens a formula that is never closed", r"close it with \]"),
    "environment": (r"TeX outside a formula: \begin", "put it between two lines of $$"),
}


def build(
    tokens: Sequence[Token], context: Context, places: InlinePlaces, in_cloze: bool
) -> Inlines:
    """Turn the children of an inline token into inlines; in a cloze ``==…==`` is a gap."""
    return _Builder(tokens, context, places, in_cloze).until("")


class _Builder:
    def __init__(
        self, tokens: Sequence[Token], context: Context, places: InlinePlaces, in_cloze: bool
    ) -> None:
        self._tokens = tokens
        self._at = 0
        self._context = context
        self._places = places
        self._in_cloze = in_cloze
        self._depth = 0
        self._open_html: list[tuple[str, Place]] = []
        self._html_base = 0
        self._refused: set[str] = set()
        self._left_out: list[str] = []

    def until(self, closing: str) -> Inlines:
        """Build up to the ``closing`` token, which is taken."""
        nodes: list[Inline] = []
        base, self._html_base = self._html_base, len(self._open_html)
        self._depth += 1
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if self._is_too_deep(token):
                continue
            if token.type == closing:
                break
            node = self._node(token)
            if isinstance(node, Text) and nodes and isinstance(nodes[-1], Text):
                nodes[-1] = Text(nodes[-1].text + node.text)
            elif node is not None:
                nodes.append(node)
        self._depth -= 1
        while len(self._open_html) > self._html_base:
            name, place = self._open_html.pop()
            self._error(place, "unbalanced-html", f"<{name}> is never closed", f"add </{name}>")
        self._html_base = base
        return tuple(nodes)

    def _is_too_deep(self, token: Token) -> bool:
        """Leave out markup beyond the limit, but not what it stands around."""
        if self._left_out and token.type == self._left_out[-1]:
            self._left_out.pop()
            return True
        if token.nesting <= 0 or self._depth <= _DEEPEST:
            return False
        if not self._left_out:
            self._error(
                self._place(token),
                "nested-too-deeply",
                f"more than {_DEEPEST} pieces of markup inside each other",
                "take some of them away",
            )
        self._left_out.append(token.type.replace("_open", "_close"))
        return True

    def _node(self, token: Token) -> Inline | None:  # noqa: PLR0912
        match token.type:
            case "text" | "text_special":
                return Text(token.content) if token.content else None
            case "em_open" | "strong_open" | "s_open":
                name = token.type.removesuffix("_open")
                return _WRAPPERS[name](self.until(f"{name}_close"))
            case "mark_open":
                place = self._place(token)
                children = self.until("mark_close")
                return Gap(children, "", place) if self._in_cloze else Mark(children)
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
            case "stray_math" | "stray_gap" | "stray_mark":
                return self._stray(token)
            case _:
                raise AssertionError(f"no inline for token {token.type}")

    def _stray(self, token: Token) -> Inline:
        place = self._place(token)
        if token.type == "stray_math":
            message, hint = _STRAY_MATHS[token.meta["kind"]]
            self._error(place, "unbalanced-maths", message, hint)
        elif token.type == "stray_gap":
            self._error(
                place, "unclosed-gap", f"{token.content} is never closed", "end the gap with }}"
            )
        elif self._in_cloze:
            self._error(
                place,
                "unclosed-gap",
                "== without a partner in the same paragraph",
                "a gap is ==text==; write \\=\\= for the signs themselves",
            )
        return Text(token.content)

    def _math(self, token: Token) -> Math:
        tex = token.content.strip()
        lead = len(token.content) - len(token.content.lstrip())
        start = int(token.meta["pos"]) + int(token.meta["offset"]) + lead
        columns = self._places.columns_after(start, start + len(tex))
        return Math(tex, self._places(start), token.type == "math_display", columns)

    def _gap(self, token: Token) -> Inline:
        place = self._place(token)
        children = self.until("gap_close")
        if not self._in_cloze:
            self._error(
                place,
                "gap-outside-cloze",
                "a cloze deletion outside a cloze",
                'put the sentence between "::: cloze {#id}" and ":::"',
            )
        ordinal = int(token.meta["ordinal"])
        if not 1 <= ordinal <= _LARGEST_ORDINAL:
            self._error(
                place,
                "bad-ordinal",
                f"a gap numbered c{ordinal}",
                f"number gaps from c1 to c{_LARGEST_ORDINAL}",
            )
        return Gap(children, str(token.meta["hint"]), place, ordinal)

    def _link(self, token: Token) -> Inline:
        start = int(token.meta.get("pos", 0))
        href = str(token.attrGet("href") or "")
        if token.info != "auto":
            start = max(start - 1, 0)
        place = self._places(start)
        children = self.until("link_close")
        self._attributes(self._tokens[self._at - 1], NOTHING)
        pictures.warn_of_title(str(token.attrGet("title") or ""), place, self._context)
        if href.startswith("#"):
            return Reference(unquote(href[1:]), children, place)
        if _SCHEME.match(href):
            return Link(href, children)
        if chapter := _CHAPTER.fullmatch(href):
            return Reference(unquote(chapter[1]), children, place)
        self._context.warn(
            place,
            "dead-link",
            f'"{unquote(href)}" leads nowhere on a card or on paper',
            "write [text](#id) for a place in the book, [text](https://…) for one outside",
        )
        return Link(href, children)

    def _span(self, token: Token) -> Inline:
        place = self._place(token)
        children = self.until("span_close")
        malformed = token.meta["attributes"].error
        attributes = self._attributes(token, frozenset({"key"}), frozenset({"term"}))
        if "term" not in attributes.classes:
            if not malformed and not attributes.classes:
                self._error(
                    place,
                    "unknown-class",
                    "a span in brackets needs the class .term",
                    "write [text]{.term}, or escape the brace as \\{",
                )
            return Emphasis(children)
        return Term(children, attributes.pairs.get("key", plain_text(children)))

    def _image(self, token: Token) -> Inline:
        is_demo = pictures.is_demo(token)
        attributes = self._attributes(token, NOTHING if is_demo else pictures.KEYS)
        return pictures.build(token, attributes, self._place(token), self._context)

    def _attributes(
        self, token: Token, keys: frozenset[str], classes: frozenset[str] = NOTHING
    ) -> Attributes:
        found = token.meta.get("attributes", NONE) if token.meta else NONE
        assert isinstance(found, Attributes)
        if found is NONE:
            return NONE
        opening = int(token.meta.get("opening", token.meta.get("pos", 0)))
        return self._context.checked(found, self._places, opening, keys, classes)

    def _html(self, token: Token) -> Inline | None:
        text = token.content
        if text.startswith("<!--"):
            return None
        if _BREAK.fullmatch(text):
            return LineBreak()
        cleaned = clean_tag(text)
        place = self._place(token)
        if cleaned is None:
            match = _TAG_NAME.match(text)
            name = match[1].lower() if match else ""
            if not (text.startswith("</") and name in self._refused):
                self._error(
                    place, "disallowed-html", f"HTML that is not allowed: {text}", instead(name)
                )
            self._refused.add(name)
            return Text(text)
        html, tag, closing = cleaned
        if closing:
            if len(self._open_html) == self._html_base or self._open_html[-1][0] != tag:
                self._error(place, "unbalanced-html", f"</{tag}> closes nothing", "remove it")
                return None
            self._open_html.pop()
        elif tag != "wbr":
            self._open_html.append((tag, place))
        return InlineHtml(html)

    def _place(self, token: Token) -> Place:
        return self._places(int(token.meta.get("pos", 0)))

    def _error(self, place: Place, code: str, message: str, hint: str) -> None:
        self._context.error(place, code, message, hint)
