"""Blocks as HTML: the tree of an answer becomes the body of a page."""

from __future__ import annotations

from html import escape

from bindery.diagnostics import Diagnostic, Severity
from bindery.handbook.columns import cell_width, longest_unbroken
from bindery.handbook.inlines import equation_html, is_length, line_html, missing_image, where_link
from bindery.handbook.numbering import Label
from bindery.handbook.scope import Scope
from bindery.model import (
    Admonition,
    Block,
    Blocks,
    CodeBlock,
    DefinitionList,
    DemoFigure,
    Details,
    FigureBlock,
    HtmlBlock,
    Image,
    Inlines,
    List,
    ListItem,
    MathBlock,
    Paragraph,
    Quote,
    Subheading,
    Table,
    ThematicBreak,
)

_ADMONITIONS = {
    "note": "注",
    "info": "说明",
    "tip": "提示",
    "hint": "提示",
    "important": "要紧",
    "warning": "注意",
    "caution": "当心",
    "danger": "危险",
    "example": "例",
    "definition": "定义",
    "theorem": "定理",
    "proof": "证明",
}
_GRAVE = frozenset({"warning", "caution", "danger"})
# Longer than this, a table or a listing may go on overleaf instead of moving there whole.
_LONG_TABLE = 14
_LONG_LISTING = 18


def blocks_html(blocks: Blocks, scope: Scope) -> str:
    """Return blocks as HTML."""
    return "\n".join(_block(block, scope) for block in blocks)


def _block(block: Block, scope: Scope) -> str:
    match block:
        case Paragraph(children=children):
            return f"<p>{line_html(children, scope)}</p>"
        case Subheading(level=level, children=children):
            tag = f"h{min(level + 2, 6)}"
            return f'<{tag} class="sub">{line_html(children, scope, hyphenate=False)}</{tag}>'
        case List():
            return _list(block, scope)
        case DefinitionList():
            return _definitions(block, scope)
        case CodeBlock():
            return _listing(block, scope)
        case MathBlock(tex=tex):
            return equation_html(tex, block, scope)
        case Table():
            return _table(block, scope)
        case FigureBlock():
            return _figure(block, scope)
        case Quote() | Admonition() | Details():
            return _boxed(block, scope)
        case ThematicBreak():
            return "<hr>"
        case HtmlBlock(html=html):
            return html


def _list(block: List, scope: Scope) -> str:
    kind = "tight" if block.tight else "loose"
    items = "".join(_item(item, scope) for item in block.items)
    if block.start is None:
        return f'<ul class="{kind}">{items}</ul>'
    start = f' start="{block.start}"' if block.start != 1 else ""
    reset = f' style="counter-reset:item {block.start - 1}"'
    return f'<ol class="{kind}"{start}{reset}>{items}</ol>'


def _item(item: ListItem, scope: Scope) -> str:
    inner = blocks_html(item.blocks, scope)
    if item.checked is None:
        return f"<li>{inner}</li>"
    return f'<li class="{"done" if item.checked else "open"}">{inner}</li>'


def _definitions(block: DefinitionList, scope: Scope) -> str:
    parts: list[str] = []
    for definition in block.items:
        parts.append(f"<dt>{line_html(definition.term, scope)}</dt>")
        parts += [f"<dd>{blocks_html(detail, scope)}</dd>" for detail in definition.details]
    return f"<dl>{''.join(parts)}</dl>"


def _listing(block: CodeBlock, scope: Scope) -> str:
    label = scope.numbering.labels.get(block.place)
    html = scope.listing(block.text, block.language, scope.columns)
    is_long = block.text.count("\n") >= _LONG_LISTING
    return listing_figure(html, label, escape(block.caption, quote=False), is_long=is_long)


def _table(block: Table, scope: Scope) -> str:
    label = scope.numbering.labels.get(block.place)
    aligns = [*block.aligns, *[""] * (len(block.head) - len(block.aligns))]
    unbroken = longest_unbroken((block.head, *block.rows))

    def row(cells: tuple[Inlines, ...], tag: str) -> str:
        written = ""
        for align, cell in zip(aligns, cells, strict=False):
            names = f"{align or ''}{' short' if cell_width(cell) <= unbroken else ''}".strip()
            attribute = f' class="{names}"' if names else ""
            written += f"<{tag}{attribute}>{line_html(cell, scope)}</{tag}>"
        return written

    caption_line = line_html(block.caption, scope, hyphenate=False)
    is_long, has_head = len(block.rows) > _LONG_TABLE, any(block.head)
    head = f'<tr class="head">{row(block.head, "th")}</tr>' if has_head else ""
    if is_long and has_head and (again := _again(label, caption_line)):
        head = f'<tr class="again"><th colspan="{len(block.head)}">{again}</th></tr>{head}'
    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in block.rows)
    kind = ' class="headed"' if has_head else ""
    return (
        f'<figure class="table{" long" if is_long else ""}"{_anchor(label)}>'
        f"{caption_html(label, caption_line)}<table{kind}>"
        f"{f'<thead>{head}</thead>' if head else ''}<tbody>{body}</tbody></table></figure>"
    )


def listing_figure(html: str, label: Label | None, caption: str, *, is_long: bool) -> str:
    """Return a listing with its caption above; a long one may go on overleaf, and says so."""
    again = _again(label, caption) if is_long else ""
    if again:
        html = f'<div class="run"><div class="again"><p>{again}</p></div>{html}</div>'
    kind = "listing long" if is_long else "listing"
    return f'<figure class="{kind}"{_anchor(label)}>{caption_html(label, caption)}{html}</figure>'


def _again(label: Label | None, caption: str) -> str:
    """Return what stands above the part of a table or a listing that is overleaf."""
    if label is None:
        return f"{caption}（续）" if caption else ""
    return f"<b>{label.text}</b>（续）"


def _boxed(block: Quote | Admonition | Details, scope: Scope) -> str:
    inner = blocks_html(block.blocks, scope)
    if isinstance(block, Quote):
        return f"<blockquote>{inner}</blockquote>"
    if isinstance(block, Details):
        kind, title = "details", line_html(block.summary, scope, hyphenate=False)
    else:
        kind = "admonition grave" if block.kind in _GRAVE else "admonition"
        title = line_html(block.title, scope, hyphenate=False)
        title = title or escape(_ADMONITIONS.get(block.kind, block.kind))
    head = f'<p class="title">{title}</p>' if title else ""
    return f'<div class="{kind}">{head}{inner}</div>'


def _figure(block: FigureBlock, scope: Scope) -> str:
    figure = block.figure
    label = scope.numbering.labels.get(figure.place)
    if isinstance(figure, DemoFigure):
        picture, caption = _demo(figure, scope)
    else:
        picture, caption = _picture(figure, scope), escape(figure.title or figure.alt, quote=False)
    return figure_html(picture, label, caption)


def _picture(image: Image, scope: Scope) -> str:
    url = scope.assets.image(image.src, scope.chapter)
    if url is None:
        missing_image(image, scope)
        return ""
    style = f' style="width:{image.width}"' if is_length(image.width) else ""
    return f'<img src="{escape(url)}" alt="{escape(image.alt or image.title or image.src)}"{style}>'


def _demo(figure: DemoFigure, scope: Scope) -> tuple[str, str]:
    demo, number = scope.figures.get(figure.slug), scope.numbering.demos.get(figure.slug)
    if demo is None or number is None:
        what = f'no demo "{figure.slug}" was computed; the book says 图缺'
        told = Diagnostic(figure.place, "missing-figure", what, severity=Severity.WARNING)
        scope.problems.append(told)
        return '<p class="missing">图缺</p>', escape(figure.alt, quote=False)
    url = scope.assets.drawing(demo.slug, ".svg", demo.svg)
    picture = f'<img src="{url}" alt="{escape(demo.alt or demo.caption)}">'
    more = where_link(number.anchor, f"附录 {number.number}", far=True)
    return picture, escape(figure.alt or demo.title, quote=False) + more


def figure_html(picture: str, label: Label | None, caption: str) -> str:
    """Return a picture with its caption below."""
    return (
        f'<figure class="picture"{_anchor(label)}>{picture}{caption_html(label, caption)}</figure>'
    )


def caption_html(label: Label | None, caption: str) -> str:
    """Return the caption of a figure, table or listing; "" when there is none."""
    if label is None and not caption:
        return ""
    number = f"<b>{label.text}</b>" if label else ""
    return f"<figcaption>{number}{caption}</figcaption>"


def _anchor(label: Label | None) -> str:
    return f' id="{escape(label.anchor)}"' if label else ""
