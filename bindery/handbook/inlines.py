"""Inlines as HTML: spacing, hyphenation, formulas, references, footnotes, index terms."""

from __future__ import annotations

import re
from html import escape

from bindery.han import LETTERS
from bindery.handbook.breaks import untagged
from bindery.handbook.formula import displayed_formula, inline_formula
from bindery.handbook.plain import plain
from bindery.handbook.scope import Scope
from bindery.handbook.spacing import Edge, Spacer, first_edge
from bindery.handbook.walk import Container, inlines_in
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
    Paragraph,
    Reference,
    SoftBreak,
    Strike,
    Strong,
    Term,
    Text,
)
from bindery.press.slot import PLACEHOLDER

_HAN_RUN = re.compile(f"[{LETTERS}]+")
_CODE_BREAK = re.compile(r"(?<=[._/(,=\-])(?=\w)")
_LENGTH = re.compile(r"\d+(?:\.\d+)?(?:%|px|pt|mm|cm|em)")
_SAFE_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_LONG_CODE = 14


def line_html(inlines: Inlines, scope: Scope, *, hyphenate: bool = True) -> str:
    """Return a line of inlines as HTML; headings and captions are not hyphenated."""
    return InlineWriter(scope, hyphenate).write(inlines)


class InlineWriter:
    """Writes one line, remembering what stands in front for the spacing."""

    def __init__(self, scope: Scope, hyphenate: bool) -> None:
        self._scope = scope
        self._hyphenate = hyphenate
        self._spacer = Spacer()
        self._in_emphasis = False
        self._is_behind_page = False

    def write(self, inlines: Inlines) -> str:
        """Return the inlines as HTML."""
        pieces: list[str] = []
        for before, inline in zip((None, *inlines), inlines, strict=False):
            if isinstance(inline, FootnoteReference) and isinstance(before, FootnoteReference):
                pieces.append('<sup class="again">,</sup>')  # or 1 and 2 would read as 12
            pieces.append(self._one(inline))
        return "".join(pieces)

    def _one(self, inline: Inline) -> str:
        if isinstance(inline, Text):
            return self._text(inline.text)
        self._is_behind_page = False
        match inline:
            case Code(text=text):
                return f"{self._spacer.atom()}<code>{_breakable(text)}</code>"
            case Math():
                return self._math(inline)
            case FootnoteReference():
                return self._footnote(inline)
            case Image():
                return self._image(inline)
            case DemoFigure(slug=slug, alt=alt):
                return self._demo(slug, alt)
            case LineBreak():
                self._spacer.reset()
                return "<br>"
            case SoftBreak():
                self._spacer.line_end()
                return ""
            case InlineHtml(html=html):
                return html
            case _:
                return self._spacer.before(_edge(inline.children)) + self._container(inline)

    def _text(self, text: str) -> str:
        if self._is_behind_page:  # a space that the author typed stands behind a bracket now
            text, self._is_behind_page = text.lstrip(" "), False
        spaced = self._spacer.text(text)
        html = escape(self._scope.hyphenated(spaced) if self._hyphenate else spaced, quote=False)
        if self._in_emphasis:
            html = _HAN_RUN.sub(r'<span class="dotted">\g<0></span>', html)
        return html

    def _container(self, inline: Container) -> str:
        match inline:
            case Emphasis():
                self._in_emphasis, before = True, self._in_emphasis
                html = f"<em>{self.write(inline.children)}</em>"
                self._in_emphasis = before
                return html
            case Strong():
                return f"<strong>{self.write(inline.children)}</strong>"
            case Strike():
                return f"<s>{self.write(inline.children)}</s>"
            case Mark():
                return f"<mark>{self.write(inline.children)}</mark>"
            case Gap():
                is_formula = all(isinstance(child, Math) for child in inline.children)
                kind = "gap formula" if is_formula else "gap"
                return f'<span class="{kind}">{self.write(inline.children)}</span>'
            case Term(key=key):
                anchor = self._scope.term_anchor(key or plain(inline.children))
                return f'<span class="term" id="{anchor}">{self.write(inline.children)}</span>'
            case Link(href=href):
                inner = self.write(inline.children)
                if not _SAFE_LINK.match(href):
                    return inner
                return f'<a class="out" href="{escape(href)}">{inner}</a>'
            case Reference():
                return self._reference(inline)

    def _reference(self, inline: Reference) -> str:
        target = self._scope.numbering.targets.get(inline.target)
        inner = self.write(inline.children)
        if target is None:
            self._scope.problem(
                inline.place, "unknown-reference", f'nothing is called "{inline.target}"'
            )
            return inner
        is_near = target.owner == self._scope.owner and target.owner != ""
        if target.is_note:
            inner = inner or self._spacer.text(f"{target.label} {target.title}")
            tail = "" if is_near else page_link(target.anchor)
        else:
            label = self._spacer.text(target.label or target.title)
            where = escape(label).replace(" ", "\u00a0")
            if not inner:
                inner, tail = where, "" if is_near else page_link(target.anchor)
            else:
                tail = where_link(target.anchor, where, far=not is_near)
        if tail:
            self._spacer.reset()
            self._is_behind_page = True
        return f'<a class="ref" href="#{escape(target.anchor)}">{inner}</a>{tail}'

    def _math(self, inline: Math) -> str:
        if inline.display:
            self._spacer.reset()
            return equation_html(inline.tex, inline, self._scope, tag="span")
        html = inline_formula(inline.tex, self._scope.formulas, self._scope.assets)
        if html is None:
            html = _unset(inline, self._scope)
        return self._spacer.atom() + html

    def _footnote(self, inline: FootnoteReference) -> str:
        call = self._scope.numbering.calls.get(inline.place)
        note = self._scope.footnotes.get(inline.label)
        if call is None or note is None:
            self._scope.problem(
                inline.place, "unknown-footnote", f'there is no footnote "{inline.label}"'
            )
            return ""
        if not call.first:
            return f'<sup class="again">{call.number}</sup>'
        text = InlineWriter(self._scope, True).write(_flat(note.blocks))
        return f'<span class="fn" data-n="{call.number}">{text}</span>'

    def _image(self, inline: Image) -> str:
        url = self._scope.assets.image(inline.src, self._scope.chapter)
        if url is None:
            missing_image(inline, self._scope)
            return ""
        style = f' style="width:{inline.width}"' if is_length(inline.width) else ""
        alt = escape(inline.alt or inline.title or inline.src)
        return f'{self._spacer.atom()}<img class="inline" src="{url}" alt="{alt}"{style}>'

    def _demo(self, slug: str, alt: str) -> str:
        demo = self._scope.numbering.demos.get(slug)
        text = escape(self._spacer.text(alt or slug))
        return f'<a href="#{demo.anchor}">{text}</a>' if demo else text


def equation_html(tex: str, where: Math | object, scope: Scope, tag: str = "div") -> str:
    """Return a displayed formula with its number, if it has one."""
    place = getattr(where, "place", None)
    label = scope.numbering.labels.get(place) if place else None
    html = displayed_formula(tex, scope.formulas, scope.assets)
    if html is None:
        html = _unset(where, scope)
    ident = f' id="{escape(label.anchor)}"' if label else ""
    text = untagged(tex)[1] or (label.number if label else "")
    number = f'<span class="no">({escape(text)})</span>' if text else ""
    return f'<{tag} class="eq"{ident}>{html}{number}</{tag}>'


def is_length(width: str) -> bool:
    """Say whether a picture's width is one that a style sheet understands."""
    return _LENGTH.fullmatch(width) is not None


def missing_image(image: Image, scope: Scope) -> None:
    """Report a picture that is not there."""
    scope.problem(
        image.place,
        "missing-image",
        f'no picture "{image.src}"',
        "paths count from the chapter's own folder",
    )


def page_link(anchor: str) -> str:
    """Return "（第 n 页）" with a slot for the page that the anchor is on."""
    return f'<a class="page" href="#{escape(anchor)}">（第 {page_slot(anchor)} 页）</a>'


def where_link(anchor: str, label: str, *, far: bool) -> str:
    """Return a label in parentheses, with the page when it is far away."""
    inner = f"<span>（{label}）</span>"
    if far:
        inner = f"<span>（{label}，</span><span>第 {page_slot(anchor)} 页）</span>"
    return f'<a class="where" href="#{escape(anchor)}">{inner}</a>'


def page_slot(anchor: str) -> str:
    """Return a slot for the page that an anchor is on."""
    return f'<span class="slot" data-to="{escape(anchor)}">{PLACEHOLDER}</span>'


def _unset(where: object, scope: Scope) -> str:
    tex, place = getattr(where, "tex", ""), getattr(where, "place", None)
    if place is not None:
        scope.problem(place, "formula-not-typeset", f"the formula {tex!r} was not typeset")
    return f"<code>{escape(tex)}</code>"


def _edge(inlines: Inlines) -> Edge:
    for inline in inlines:
        match inline:
            case Text(text=text) if text:
                return first_edge(text)
            case Code() | Math() | DemoFigure() | Image():
                return Edge.LATIN
            case _ if isinstance(inline, Container):
                edge = _edge(inline.children)
                if edge is not Edge.NONE:
                    return edge
    return Edge.NONE


def _breakable(text: str) -> str:
    if len(text) > _LONG_CODE:
        text = _CODE_BREAK.sub("\u200b", text)
    return escape(text, quote=False)


def _flat(blocks: tuple[object, ...]) -> Inlines:
    """Return a footnote's blocks as one line: a note stands at the foot of a page."""
    flat: list[Inline] = []
    for block in blocks:
        if flat:
            flat.append(SoftBreak())
        if isinstance(block, Paragraph):
            flat.extend(block.children)
        else:
            flat.extend(_leaves(block))
    return tuple(flat)


def _leaves(block: object) -> list[Inline]:
    tex, text = getattr(block, "tex", ""), getattr(block, "text", "")
    if tex:
        return [Math(tex, block.place, display=True)]  # type: ignore[attr-defined]
    if text:
        return [Code(text.strip())]
    return [i for i in inlines_in((block,)) if not isinstance(i, Container)]  # type: ignore[arg-type]
