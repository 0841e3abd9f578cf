"""From markdown-it's block tokens to the blocks of the model."""

from __future__ import annotations

import re

from markdown_it.token import Token

from bindery.dialect import inlines, listings, raw_html
from bindery.dialect.attributes import Attributes
from bindery.dialect.context import NOTHING, Context
from bindery.dialect.cursor import Cursor
from bindery.dialect.parser import inline_tokens
from bindery.model import (
    Admonition,
    Align,
    Block,
    Blocks,
    Definition,
    DefinitionList,
    DemoFigure,
    Details,
    FigureBlock,
    Image,
    Inlines,
    List,
    ListItem,
    MathBlock,
    Paragraph,
    Quote,
    Subheading,
    Table,
    Text,
    ThematicBreak,
)
from bindery.suggest import did_you_mean
from bindery.walk import every_inline

ADMONITIONS = ("note", "tip", "important", "warning", "caution", "example")
_TASK = re.compile(r"\[([ xX])\] ")


class BlockBuilder:
    """Turns block tokens of one file into blocks; what is wrong goes to the context."""

    def __init__(self, context: Context, question_level: int) -> None:
        self.in_cloze = False
        self._context = context
        self._question_level = question_level

    def inlines(self, token: Token) -> Inlines:
        """Turn an inline token into inlines."""
        places = self._context.locator.inline(token)
        nodes = inlines.build(token.children or (), self._context, places, self.in_cloze)
        if len(nodes) > 1 or not isinstance(nodes[0] if nodes else None, Image | DemoFigure):
            self._check_pictures(nodes)
        return nodes

    def _check_pictures(self, nodes: Inlines) -> None:
        for node in every_inline(nodes):
            if isinstance(node, Image | DemoFigure) and node.id:
                self._context.error(
                    node.place,
                    "misplaced-id",
                    f'the id "{node.id}" on a picture inside a line',
                    "let the picture stand alone, with an empty line before and after it",
                )

    def until(self, cursor: Cursor, closing: str) -> Blocks:
        """Build blocks up to the ``closing`` token, which is taken."""
        blocks: list[Block] = []
        while (token := cursor.token) is not None:
            if token.type == closing:
                cursor.take()
                break
            blocks.extend(self.block(cursor))
        return tuple(blocks)

    def block(self, cursor: Cursor) -> Blocks:  # noqa: PLR0912
        """Build the block at the cursor; comments give none."""
        token = cursor.take()
        match token.type:
            case "paragraph_open":
                return (self._paragraph(cursor),)
            case "heading_open":
                return (self._subheading(token, cursor),)
            case "bullet_list_open":
                return (self._list(cursor, "bullet_list_close", None),)
            case "ordered_list_open":
                start = token.attrGet("start")
                return (
                    self._list(
                        cursor, "ordered_list_close", int(start or 0) if start is not None else 1
                    ),
                )
            case "dl_open":
                return (self._definitions(cursor),)
            case "blockquote_open":
                return (Quote(self.until(cursor, "blockquote_close")),)
            case "fence" | "code_block":
                return (listings.build(token, self._context),)
            case "math_block":
                return (self._math(token),)
            case "table_open":
                return (self._table(token, cursor),)
            case "container_open":
                return self._container(token, cursor)
            case "details_open":
                return (self._details(token, cursor),)
            case "html_block":
                return raw_html.build(token, self._context)
            case "hr":
                return (ThematicBreak(),)
            case "footnote_reference_open":
                return self._footnote(token, cursor)
            case "container_stray" | "too_deep":
                return self._refused(token)
            case _:
                raise AssertionError(f"no block for token {token.type}")

    def titled(
        self, token: Token, keys: frozenset[str] = NOTHING, classes: frozenset[str] = NOTHING
    ) -> tuple[Inlines, Attributes]:
        """Build a line of text with attributes at its end: a heading, a caption, a title."""
        place = self._context.locator.inline(token)(0)
        text, found = self._context.attributes(token.content, place, keys, classes)
        if text == token.content:
            return self.inlines(token), found
        shorter = Token("inline", "", 0, map=token.map, content=text)
        shorter.children = inline_tokens(text)
        return self.inlines(shorter), found

    def check_closed(self, token: Token, what: str) -> None:
        """Report a container that ends without its closing line."""
        if not token.meta["closed"]:
            self._context.error(
                self._context.locator.line(token),
                "unclosed-container",
                f'"{what}" is never closed',
                'close it with a line "</details>"'
                if what[0] == "<"
                else 'close it with a line ":::"',
            )

    def _paragraph(self, cursor: Cursor) -> Block:
        nodes = self.inlines(cursor.take())
        cursor.take()
        if len(nodes) == 1 and isinstance(nodes[0], Image | DemoFigure):
            return FigureBlock(nodes[0], nodes[0].id)
        return Paragraph(nodes)

    def _subheading(self, token: Token, cursor: Cursor) -> Block:
        inline = cursor.take()
        cursor.take()
        level = max(int(token.tag[1]) - self._question_level, 1)
        title, _ = self.titled(inline)
        if not title:
            self._context.error(
                self._context.locator.line(token),
                "empty-title",
                "a heading without text",
                "write what it is about, or remove it",
            )
        return Subheading(level, title)

    def _list(self, cursor: Cursor, closing: str, start: int | None) -> List:
        items: list[ListItem] = []
        tight = True
        while cursor.take().type != closing:
            following = cursor.token
            if following is not None and following.type == "paragraph_open":
                tight = tight and following.hidden
            items.append(_task(self.until(cursor, "list_item_close")))
        return List(tuple(items), start, tight)

    def _definitions(self, cursor: Cursor) -> DefinitionList:
        items: list[Definition] = []
        while cursor.take().type != "dl_close":
            term = self.inlines(cursor.take())
            cursor.take()
            details: list[Blocks] = []
            while (token := cursor.token) is not None and token.type == "dd_open":
                cursor.take()
                details.append(self.until(cursor, "dd_close"))
            items.append(Definition(term, tuple(details)))
        return DefinitionList(tuple(items))

    def _math(self, token: Token) -> MathBlock:
        tex, place, columns = self._context.locator.block_text(token)
        _, found = self._context.attributes(token.info, self._context.info_place(token))
        return MathBlock(tex, place, found.id, columns)

    def _table(self, token: Token, cursor: Cursor) -> Table:
        place = self._context.locator.line(token)
        rows: list[tuple[Inlines, ...]] = []
        aligns: list[Align] = []
        cells: list[Inlines] = []
        while (part := cursor.take()).type != "table_close":
            if part.type == "tr_open":
                cells = []
                self._check_row(part)
            elif part.type in ("th_open", "td_open"):
                if part.type == "th_open":
                    aligns.append(_align(str(part.attrGet("style") or "")))
                cells.append(self.inlines(cursor.take()))
            elif part.type == "tr_close":
                rows.append(tuple(cells))
        caption: Inlines = ()
        name = ""
        following = cursor.token
        if following is not None and following.type == "table_caption":
            cursor.take()
            caption, found = self.titled(cursor.take())
            name = found.id
        return Table(rows[0], tuple(rows[1:]), tuple(aligns), caption, place, name)

    def _check_row(self, row: Token) -> None:
        if "excess" in row.meta:
            start = row.map[0] if row.map else 0
            self._context.error(
                self._context.locator.row(start, row.meta["column"]),
                "table-row-too-long",
                f'more cells than the head has columns, from "{row.meta["excess"]}" on',
                "add a column to the head; a | inside a cell is written \\|",
            )

    def _container(self, token: Token, cursor: Cursor) -> Blocks:
        place = self._context.locator.line(token)
        kind, _, rest = token.info.partition(" ")
        self.check_closed(token, f"::: {token.info}")
        blocks = self.until(cursor, "container_close")
        if kind in ("card", "cloze"):
            self._context.error(
                place,
                "misplaced-container",
                f'"::: {kind}" inside another block',
                "put it at the left margin, below its question",
            )
            return blocks
        if kind not in ADMONITIONS:
            self._context.error(
                place,
                "unknown-container",
                f'unknown container "{kind}"',
                did_you_mean(kind.lower(), ("card", "cloze", *ADMONITIONS))
                or f"known: card, cloze, {', '.join(ADMONITIONS)}",
            )
            return blocks
        line = Token("inline", "", 0, map=token.map, content=rest.strip())
        line.children = inline_tokens(line.content)
        return (Admonition(kind, self.titled(line)[0], blocks),)

    def _details(self, token: Token, cursor: Cursor) -> Details:
        self.check_closed(token, "<details>")
        blocks = self.until(cursor, "details_close")
        line = Token("inline", "", 0, map=token.map, content=token.content.strip())
        line.children = inline_tokens(line.content)
        return Details(self.inlines(line), blocks)

    def _footnote(self, token: Token, cursor: Cursor) -> Blocks:
        self._context.error(
            self._context.locator.line(token),
            "misplaced-footnote",
            "the text of a footnote inside another block",
            "put it at the left margin, on a line of its own",
        )
        return self.until(cursor, "footnote_reference_close")

    def _refused(self, token: Token) -> Blocks:
        place = self._context.locator.line(token)
        if token.type == "too_deep":
            self._context.error(
                place,
                "nested-too-deeply",
                "blocks nested too deeply; what stands here is left out",
                "take some levels away",
            )
        else:
            self._context.error(
                place,
                "unopened-container",
                '":::" closes nothing',
                "remove it, or open a container above: ::: card {#id}",
            )
        return ()


def _align(style: str) -> Align:
    match style.removeprefix("text-align:"):
        case "left":
            return "left"
        case "center":
            return "center"
        case "right":
            return "right"
        case _:
            return ""


def _task(blocks: Blocks) -> ListItem:
    match blocks:
        case (Paragraph(children=(Text(text), *rest)), *others) if mark := _TASK.match(text):
            first = Paragraph((Text(text[mark.end() :]), *rest))
            return ListItem((first, *others), mark[1] != " ")
        case _:
            return ListItem(blocks)
