r"""Blocks and inlines as the HTML of an Anki card's fields.

Everything is escaped here. Maths stands between ``\(…\)`` and ``\[…\]``, which is what
Anki's MathJax looks for; inside a cloze, whatever Anki would take for the end of a gap or for
a hint is written so that it cannot.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bindery.han import HAN
from bindery.highlight import highlighted_lines
from bindery.model import (
    Admonition,
    Block,
    Blocks,
    Code,
    CodeBlock,
    DefinitionList,
    DemoFigure,
    Details,
    Emphasis,
    FigureBlock,
    FootnoteReference,
    Gap,
    HtmlBlock,
    Image,
    Inline,
    InlineHtml,
    Inlines,
    LineBreak,
    Link,
    List,
    ListItem,
    Mark,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Reference,
    SoftBreak,
    Strike,
    Strong,
    Subheading,
    Table,
    Term,
    Text,
    ThematicBreak,
)

ADMONITION_TITLES = {
    "note": "注",
    "tip": "提示",
    "important": "要点",
    "warning": "警告",
    "caution": "注意",
    "example": "例",
}
_HAN = HAN.pattern
_BOUND = re.compile(r"(\\\((?:(?!\\\)).)*\\\)[，。、；：！？）》」』”’…])")
_JOIN = re.compile(rf"({_HAN}(?:</?[a-z][^<>]*>)*)\n(?=(?:</?[a-z][^<>]*>)*{_HAN})")


@dataclass(frozen=True, slots=True)
class CardContext:
    """What a card's HTML depends on beside the blocks themselves."""

    tex: Callable[[str], str]
    media: Mapping[str, str]
    titles: Mapping[str, str]
    numbers: Mapping[str, str]
    footnotes: Mapping[str, int]
    ordinals: Sequence[int] = ()


class CardHtml:
    """Writes the HTML of one note; gaps take their ordinals in reading order."""

    def __init__(self, context: CardContext) -> None:
        self._context = context
        self._ordinals = iter(context.ordinals)
        self._in_gap = False

    def blocks(self, blocks: Blocks) -> str:
        """Return the HTML of the blocks."""
        return "\n".join(self._block(block) for block in blocks)

    def inlines(self, nodes: Inlines) -> str:
        """Return the HTML of a run of inlines.

        A line end between Han leaves nothing, and no line begins with the punctuation that
        follows a formula: browsers break there, since a formula is a box to them.
        """
        joined = _JOIN.sub(r"\1", "".join(self._inline(node) for node in nodes))
        joined = joined.replace("\n", " ").replace(
            '</sup><sup class="fn">', '</sup><sup class="fn">,'
        )
        return _BOUND.sub(r'<span class="nb">\1</span>', joined)

    # ------------------------------------------------------------------ blocks

    def _block(self, block: Block) -> str:  # noqa: PLR0912
        match block:
            case Paragraph(children):
                return f"<p>{self.inlines(children)}</p>"
            case Subheading(level=level, children=children):
                tag = f"h{min(level + 2, 6)}"
                return f"<{tag}>{self.inlines(children)}</{tag}>"
            case List():
                return self._list(block)
            case DefinitionList(items=items):
                return f"<dl>{''.join(self._definition(i.term, i.details) for i in items)}</dl>"
            case CodeBlock():
                return self._code(block)
            case MathBlock(tex=tex):
                return f'<div class="eq">{self._display(tex)}</div>'
            case Table():
                return self._table(block)
            case Quote(blocks=inner):
                return f"<blockquote>{self.blocks(inner)}</blockquote>"
            case Admonition(kind=kind, title=title, blocks=inner):
                heading = self.inlines(title) or ADMONITION_TITLES[kind]
                body = self.blocks(inner)
                return f'<div class="adm {kind}"><p class="adm-t">{heading}</p>{body}</div>'
            case Details(summary=summary, blocks=inner):
                heading = self.inlines(summary) or "展开"
                return f"<details><summary>{heading}</summary>{self.blocks(inner)}</details>"
            case FigureBlock(figure=figure):
                return self._figure(figure)
            case ThematicBreak():
                return "<hr>"
            case HtmlBlock(html=markup):
                return markup.strip()
        raise AssertionError(block)

    def _list(self, block: List) -> str:
        items = "".join(self._item(item, block.tight) for item in block.items)
        if block.start is None:
            task = any(item.checked is not None for item in block.items)
            return f'<ul class="task">{items}</ul>' if task else f"<ul>{items}</ul>"
        start = f' start="{block.start}"' if block.start != 1 else ""
        return f"<ol{start}>{items}</ol>"

    def _item(self, item: ListItem, tight: bool) -> str:
        box = "" if item.checked is None else ("☑ " if item.checked else "☐ ")
        return f"<li>{box}{self._compact(item.blocks, tight)}</li>"

    def _compact(self, blocks: Blocks, tight: bool) -> str:
        return "\n".join(
            self.inlines(block.children)
            if tight and isinstance(block, Paragraph)
            else self._block(block)
            for block in blocks
        )

    def _definition(self, term: Inlines, details: tuple[Blocks, ...]) -> str:
        body = "".join(f"<dd>{self._compact(blocks, True)}</dd>" for blocks in details)
        return f"<dt>{self.inlines(term)}</dt>{body}"

    def _code(self, block: CodeBlock) -> str:
        caption = f'<div class="cap">{_escaped(block.caption)}</div>' if block.caption else ""
        lines = "\n".join(highlighted_lines(block.text, block.language))
        return f'{caption}<pre class="code"><code>{self._gap_safe(lines)}</code></pre>'

    def _table(self, block: Table) -> str:
        classes = [f' class="{a[0]}"' if a in ("right", "center") else "" for a in block.aligns]

        def row(cells: tuple[Inlines, ...], tag: str) -> str:
            inner = "".join(
                f"<{tag}{css}>{self.inlines(cell)}</{tag}>"
                for cell, css in zip(cells, classes, strict=True)
            )
            return f"<tr>{inner}</tr>"

        head = f"<thead>{row(block.head, 'th')}</thead>"
        body = "".join(row(cells, "td") for cells in block.rows)
        caption = f'<div class="cap">{self.inlines(block.caption)}</div>' if block.caption else ""
        return f"{caption}<table>{head}<tbody>{body}</tbody></table>"

    def _figure(self, figure: Image | DemoFigure) -> str:
        caption = figure.title if isinstance(figure, Image) else figure.alt
        text = f'<div class="cap">{_escaped(caption)}</div>' if caption else ""
        return f'<div class="fig">{self._inline(figure)}{text}</div>'

    def _display(self, tex: str) -> str:
        return rf"\[{self._tex(tex)}\]"

    def _tex(self, tex: str) -> str:
        """Return the escaped TeX; ``%`` as an entity, so that no checker sees a TeX comment."""
        return _escaped(self._context.tex(tex)).replace("%", "&#37;")

    # ------------------------------------------------------------------ inlines

    def _inline(self, node: Inline) -> str:  # noqa: PLR0912
        match node:
            case Text(text):
                return self._gap_safe(_escaped(text))
            case Emphasis(children):
                return f"<em>{self._run(children)}</em>"
            case Strong(children):
                return f"<b>{self._run(children)}</b>"
            case Strike(children):
                return f"<s>{self._run(children)}</s>"
            case Mark(children):
                return f"<mark>{self._run(children)}</mark>"
            case Term(children=children):
                return self._run(children)
            case Code(text):
                return f"<code>{self._gap_safe(_escaped(text))}</code>"
            case Math(tex=tex, display=display):
                if display:
                    return self._display(tex)
                return rf"\({self._tex(tex)}\)"
            case Link(href=href, children=children):
                return f'<a href="{self._gap_safe(_escaped(href))}">{self._run(children)}</a>'
            case Reference(target=target, children=children):
                return self._reference(target, children)
            case Image(src=src, alt=alt, width=width):
                style = f' style="width:{_escaped(width)}"' if width else ""
                name = self._context.media[src]
                return f'<img src="{_escaped(name)}" alt="{_escaped(alt)}"{style}>'
            case DemoFigure(slug=slug, alt=alt):
                name = self._context.media.get(f"demo:{slug}", "")
                return f'<img src="{_escaped(name)}" alt="{_escaped(alt)}">' if name else "〔图缺〕"
            case Gap(children=children, hint=hint):
                return self._gap(children, hint)
            case FootnoteReference(label=label):
                return f'<sup class="fn">{self._context.footnotes[label]}</sup>'
            case LineBreak():
                return "<br>"
            case SoftBreak():
                return "\n"
            case InlineHtml(html=markup):
                return self._gap_safe(markup)
        raise AssertionError(node)

    def _run(self, nodes: Inlines) -> str:
        return "".join(self._inline(node) for node in nodes)

    def _reference(self, target: str, children: Inlines) -> str:
        text = self._run(children) or self._context.titles.get(target, "")
        number = self._context.numbers.get(target, "")
        return f'{text}<span class="no">（{number}）</span>' if number else text

    def _gap(self, children: Inlines, hint: str) -> str:
        ordinal = next(self._ordinals)
        self._in_gap = True
        body = self._run(children)
        self._in_gap = False
        clue = f"::{_escaped(hint)}" if hint else ""
        return f"{{{{c{ordinal}::{body}{clue}}}}}"

    def _gap_safe(self, markup: str) -> str:
        """Keep Anki from reading ``}}``, ``::`` or ``{{c1::`` of the text as cloze syntax."""
        if not self._context.ordinals:
            return markup
        markup = markup.replace("{{", "{&#123;")
        if self._in_gap:
            markup = markup.replace("}}", "}&#125;").replace("::", ":&#58;")
        return markup


def _escaped(text: str) -> str:
    return html.escape(text, quote=True).replace("&#x27;", "'")
