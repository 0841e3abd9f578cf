"""From markdown-it's block tokens to the blocks of the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from bindery.diagnostics import Diagnostic, Place
from bindery.dialect import html, inlines
from bindery.dialect.attributes import ID, NONE, Attributes, parse_attributes, trailing
from bindery.dialect.locate import Locator
from bindery.dialect.parser import parser
from bindery.model import (
    Admonition,
    Align,
    Block,
    Blocks,
    CodeBlock,
    Definition,
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
    Text,
    ThematicBreak,
)

ADMONITIONS = ("note", "tip", "important", "warning", "caution", "example")
_TITLE = re.compile(r'\btitle\s*=\s*"([^"]*)"|\btitle\s*=\s*(\S+)')
_TASK = re.compile(r"\[([ xX])\] ")
_MORE = re.compile(r"<!--\s*more\s*-->")
_DETAILS = re.compile(r"\s*<details[^>]*>\s*(?:<summary>(?P<summary>.*?)</summary>)?\s*$", re.S)
_DETAILS_END = re.compile(r"\s*</details>\s*$")


def is_more(token: Token) -> bool:
    """Say whether a token is ``<!-- more -->``."""
    return token.type == "html_block" and bool(_MORE.fullmatch(token.content.strip()))


@dataclass(slots=True)
class Cursor:
    """A position in a list of tokens."""

    tokens: Sequence[Token]
    at: int = 0

    @property
    def token(self) -> Token | None:
        """The token at the cursor, or None at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> Token:
        """Return the token at the cursor and move on."""
        token = self.tokens[self.at]
        self.at += 1
        return token


class BlockBuilder:
    """Turns block tokens of one file into blocks; what is wrong goes to ``report``."""

    def __init__(
        self,
        locator: Locator,
        report: Callable[[Diagnostic], None],
        level: int,
        context: inlines.InlineContext,
    ) -> None:
        self.locator = locator
        self.report = report
        self.question_level = level
        self.in_cloze = False
        self._context = context

    def inlines(self, token: Token, *, cell: bool = False) -> Inlines:
        """Turn an inline token into inlines."""
        start = self.locator.start_of(token, cell=cell)
        context = replace(
            self._context,
            place=lambda offset: self.locator.inside(token, start, offset),
            in_cloze=self.in_cloze,
        )
        return inlines.build(token.children or (), context)

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
                start = int(token.attrGet("start") or 1)
                return (self._list(cursor, "ordered_list_close", start),)
            case "dl_open":
                return (self._definitions(cursor),)
            case "blockquote_open":
                return (Quote(self.until(cursor, "blockquote_close")),)
            case "fence" | "code_block":
                return (self._code(token),)
            case "math_block":
                return (self._math(token),)
            case "table_open":
                return (self._table(token, cursor),)
            case "container_open":
                return self._container(token, cursor)
            case "html_block":
                return self._html(token, cursor)
            case "hr":
                return (ThematicBreak(),)
            case "footnote_reference_open":
                self.error(
                    self.locator.line(token),
                    "misplaced-footnote",
                    "a footnote inside another block",
                    "put it at the left margin, on a line of its own",
                )
                return self.until(cursor, "footnote_reference_close")
            case _:
                raise AssertionError(f"no block for token {token.type}")

    def error(self, place: Place, code: str, message: str, hint: str) -> None:
        """Report an error."""
        self.report(Diagnostic(place, code, message, hint))

    def attributes(
        self, text: str, place: Place, keys: frozenset[str], classes: frozenset[str] = frozenset()
    ) -> tuple[str, Attributes]:
        """Split attributes off the end of a heading or info string and check their names."""
        plain, found = trailing(text)
        if found.error:
            at = Place(place.file, place.line, place.column + found.offset if place.column else 0)
            self.error(
                at,
                "malformed-attributes",
                f"malformed attributes: {found.error}",
                'write {#id .class key="value"}',
            )
            return plain, NONE
        if found.id:
            self.check_id(found.id, place)
        for key in found.pairs:
            if key not in keys:
                known = ", ".join(sorted(keys)) or "none here"
                self.error(
                    place, "unknown-attribute", f'unknown attribute "{key}"', f"known: {known}"
                )
        for name in found.classes:
            if name not in classes:
                known = ", ".join(f".{c}" for c in sorted(classes)) or "none here"
                self.error(place, "unknown-class", f'unknown class ".{name}"', f"known: {known}")
        return plain, found

    def check_id(self, name: str, place: Place) -> None:
        """Report an id that is not lower-case letters, digits and hyphens, up to 64."""
        if not ID.fullmatch(name):
            self.error(
                place,
                "malformed-id",
                f'"{name}" cannot be an id',
                "use lower-case letters, digits and hyphens, at most 64",
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
        level = max(int(token.tag[1]) - self.question_level, 1)
        return Subheading(level, self.inlines(inline))

    def _list(self, cursor: Cursor, closing: str, start: int | None) -> List:
        items: list[ListItem] = []
        tight = True
        while (token := cursor.take()).type != closing:
            following = cursor.token
            if following is not None and following.type == "paragraph_open":
                tight = tight and following.hidden
            items.append(_task(self.until(cursor, "list_item_close")))
        del token
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

    def _code(self, token: Token) -> Block:
        place = self.locator.line(token)
        info = token.info.strip()
        if token.type == "fence" and not self._closed(token):
            self.error(
                place,
                "unclosed-fence",
                "a fenced code block that is never closed",
                f"close it with {token.markup}",
            )
        if info == "math":
            tex = token.content.strip()
            lead = len(token.content) - len(token.content.lstrip())
            row = (token.map[0] if token.map else 0) + 1 + token.content[:lead].count("\n")
            return MathBlock(tex, self.locator.row(row, 1))
        rest, found = self.attributes(info, place, frozenset({"title"}))
        match = _TITLE.search(rest)
        caption = (match[1] or match[2]) if match else found.pairs.get("title", "")
        language = "" if rest.startswith("title") else rest.split(" ", 1)[0]
        return CodeBlock(token.content, language, caption, place, found.id)

    def _closed(self, token: Token) -> bool:
        assert token.map is not None
        return token.map[1] - token.map[0] == token.content.count("\n") + 2

    def _math(self, token: Token) -> MathBlock:
        tex, place = self.locator.block_text(token)
        found = NONE
        if token.info:
            found = parse_attributes(token.info)
            if found.error:
                self.error(
                    self.locator.line(token),
                    "malformed-attributes",
                    f"malformed attributes: {found.error}",
                    "write {#eq-name}",
                )
            elif found.id:
                self.check_id(found.id, place)
        return MathBlock(tex, place, found.id)

    def _table(self, token: Token, cursor: Cursor) -> Table:
        place = self.locator.line(token)
        rows: list[tuple[Inlines, ...]] = []
        aligns: list[Align] = []
        cells: list[Inlines] = []
        while (part := cursor.take()).type != "table_close":
            if part.type == "tr_open":
                cells = []
            elif part.type in ("th_open", "td_open"):
                if part.type == "th_open":
                    aligns.append(_align(str(part.attrGet("style") or "")))
                cells.append(self.inlines(cursor.take(), cell=True))
            elif part.type == "tr_close":
                rows.append(tuple(cells))
        caption: Inlines = ()
        found = NONE
        following = cursor.token
        if following is not None and following.type == "table_caption":
            cursor.take()
            caption, found = self.titled(cursor.take(), frozenset(), frozenset())
        return Table(rows[0], tuple(rows[1:]), tuple(aligns), caption, place, found.id)

    def titled(
        self, token: Token, keys: frozenset[str], classes: frozenset[str]
    ) -> tuple[Inlines, Attributes]:
        """Build a line of text with attributes at its end: a heading, a caption, a title."""
        row, column = self.locator.start_of(token)
        place = self.locator.row(row, column + 1)
        text, found = self.attributes(token.content, place, keys, classes)
        if text == token.content:
            return self.inlines(token), found
        shorter = Token("inline", "", 0, map=token.map, content=text)
        shorter.children = parser().parseInline(text)[0].children if text else []
        return self.inlines(shorter), found

    def _container(self, token: Token, cursor: Cursor) -> Blocks:
        place = self.locator.line(token)
        kind, _, rest = token.info.partition(" ")
        self.check_closed(token)
        blocks = self.until(cursor, "container_close")
        if kind in ("card", "cloze"):
            self.error(
                place,
                "misplaced-container",
                f'"::: {kind}" inside another block',
                "put it at the left margin, below its question",
            )
            return blocks
        if kind not in ADMONITIONS:
            self.error(
                place,
                "unknown-container",
                f'unknown container "{kind}"',
                f"known: card, cloze, {', '.join(ADMONITIONS)}",
            )
            return blocks
        title = parser().parseInline(rest.strip())[0] if rest.strip() else None
        if title is None:
            return (Admonition(kind, (), blocks),)
        title.map = token.map
        return (Admonition(kind, self.inlines(title), blocks),)

    def check_closed(self, token: Token) -> None:
        """Report a container that the file's end closes."""
        if not token.meta["closed"]:
            self.error(
                self.locator.line(token),
                "unclosed-container",
                f'"::: {token.info}" is never closed',
                'close it with a line ":::"',
            )

    def _html(self, token: Token, cursor: Cursor) -> Blocks:
        if is_more(token):
            self.error(
                self.locator.line(token),
                "misplaced-more",
                "<!-- more --> inside another block, or a second time",
                "one a question, at the left margin, after the short answer",
            )
        text = html.without_comments(token.content)
        if not text.strip():
            return ()
        if match := _DETAILS.match(text):
            return self._details(token, match["summary"] or "", cursor)
        cleaned, refused = html.clean_block(token.content)
        start = token.map[0] if token.map else 0
        for refusal in refused:
            self.error(
                self.locator.row(start + refusal.line, refusal.column + 1),
                "disallowed-html",
                f"HTML that is not allowed: {refusal.what}",
                "write it as Markdown",
            )
        return (HtmlBlock(cleaned),)

    def _details(self, token: Token, summary: str, cursor: Cursor) -> Blocks:
        blocks: list[Block] = []
        closed = False
        while (following := cursor.token) is not None and following.nesting >= 0:
            if following.type == "html_block" and _DETAILS_END.match(following.content):
                cursor.take()
                closed = True
                break
            blocks.extend(self.block(cursor))
        if not closed:
            self.error(
                self.locator.line(token),
                "unbalanced-html",
                "<details> is never closed",
                "add </details> on a line of its own, after an empty line",
            )
        title = parser().parseInline(summary.strip())[0]
        title.map = token.map
        return (Details(self.inlines(title), tuple(blocks)),)


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
