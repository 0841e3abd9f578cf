"""Raw HTML of foreign Markdown: written as Markdown where it has a form there, else escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape

from bindery.dialect.html import ATTRIBUTES, INLINE_TAGS
from bindery.importer.model import Repair
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, joined
from bindery.importer.wild.pictures import Pictures
from bindery.importer.wild.spans import Edit, Region, regions, spans, spliced
from bindery.importer.wild.tables import table_of

_PARTS = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<rest>.*?)(?P<void>/?)>", re.DOTALL
)
_ATTRIBUTE = re.compile(
    r"""([A-Za-z_:@][\w:.-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
)
_BLOCKS = frozenset(
    """div p center section article header footer nav main aside figure figcaption body html head
    blockquote dl dt dd ul ol form fieldset noscript address""".split()
)
_WRAPPERS = frozenset("font span big tt nobr blink label button picture source tbody thead".split())
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*"}
_VOID = frozenset("br hr wbr img col input meta link source".split())
_PLAYERS = frozenset("iframe video audio embed".split())
_HIDDEN = frozenset("script style".split())
_KEPT_BLOCKS = frozenset("details summary h3 h4 h5 h6 table tr td th caption colgroup".split())
_OF_TABLE = "table"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: where it stands, its name, and the index of its partner (-1: none)."""

    start: int
    end: int
    name: str
    is_end: bool
    is_void: bool
    attributes: Mapping[str, str]
    partner: int = -1


@dataclass(frozen=True, slots=True)
class Html:
    """Writes the HTML of one document as Markdown."""

    telling: Telling
    pictures: Pictures

    def written(self, text: Traced) -> Traced:
        """Return a body with its HTML written as Markdown."""
        if "<" not in text.text:
            return text
        edits: list[Edit] = []
        for region in regions(text.text):
            edits += self._region(text, region)
        return spliced(text, edits)

    def inline(self, text: Traced) -> Traced:
        """Return a line of text, or a cell, with its HTML written as Markdown."""
        region = Region("heading", 0, len(text), 0)
        return spliced(text, self._region(text, region)) if "<" in text.text else text

    def _region(self, text: Traced, region: Region) -> list[Edit]:
        is_block = region.kind == "html"
        edits: list[Edit] = []
        found = _tags(text.text, region.start, region.end)
        tags = paired(found)
        for tag in tags:
            partner = tags[tag.partner] if tag.partner >= 0 else None
            if not edits or tag.start >= edits[-1].end:
                whole = self._whole(text, tag, partner, region)
                edits += [whole] if whole is not None else []
        rest = [t for t in found if not any(e.start <= t.start < e.end for e in edits)]
        tags = paired(rest)
        items = dict(_items(tags))
        for tag in tags:
            partner = tags[tag.partner] if tag.partner >= 0 else None
            if is_block and tag.name == "li":
                mark = items.get(tag.start, "")
                self._gone(text[tag.start : tag.end], "written as Markdown", now=mark)
                edits.append(Edit(tag.start, tag.end, mark))
            else:
                edits += self._tag(text, tag, partner, is_block)
        if is_block and edits:
            edits += _flush_left(text, region, edits)
        return edits

    def _whole(self, text: Traced, tag: Tag, partner: Tag | None, region: Region) -> Edit | None:
        """Write an element whose content is not Markdown, or is arranged anew."""
        if tag.is_end or partner is None:
            return None
        inner = text[tag.end : partner.start]
        whole = text[tag.start : partner.end]
        if tag.name in _HIDDEN:
            self.telling.drop("html-program", f"<{tag.name}>, which notes do not have", whole)
            return Edit(tag.start, partner.end, "")
        if tag.name == "pre" and region.kind == "html":
            return Edit(tag.start, partner.end, self._listing(inner, whole))
        if tag.name == _OF_TABLE and region.kind == "html":
            before = len(self.telling.repairs)
            table = table_of(inner, self.inline)
            if table is not None:
                gone = _untold(_missing_from(whole, table), self.telling.repairs[before:])
                self.telling.repaired(
                    "html-table", "an HTML table written as one of Markdown", gone
                )
                return Edit(tag.start, partner.end, joined(["\n\n", table, "\n\n"]))
        if tag.name in _PLAYERS:
            address = _value(text[tag.start : tag.end], "src")
            self._gone(_missing_from(whole, address), "written as a link", whole)
            return Edit(tag.start, partner.end, joined(["<", address, ">"]) if address else "")
        return None

    def _tag(self, text: Traced, tag: Tag, partner: Tag | None, is_block: bool) -> Iterator[Edit]:
        whole = text[tag.start : tag.end]
        name = tag.name
        if name in ("a", "img"):
            yield from self._linked(text, tag, partner)
        elif name in _MARKS and partner is not None and _is_line(text.text, tag, partner):
            if not tag.is_end:
                self._gone(whole, "written as Markdown")
                self._gone(text[partner.start : partner.end], "written as Markdown")
                yield Edit(tag.start, tag.end, _MARKS[name])
                yield Edit(partner.start, partner.end, _MARKS[name])
        elif name in _BLOCKS or (name in _WRAPPERS and (partner is not None or tag.name in _VOID)):
            self._gone(whole, "left out")
            yield Edit(tag.start, tag.end, "\n\n" if name in _BLOCKS and is_block else "")
        elif name in ("br", "hr", "wbr"):
            if whole.text not in (f"<{name}>", f"<{name}/>", f"<{name} />"):
                yield from self._stripped(text, tag)
        elif name in _KEPT_BLOCKS or (
            name in INLINE_TAGS and partner is not None and not _is_token(text.text, tag, partner)
        ):
            yield from self._stripped(text, tag)
        else:
            self.telling.repaired(
                "escaped-tag", f'"{whole.text}" is text, no tag', (), "", whole.start
            )
            yield Edit(tag.start, tag.start, "\\")

    def _linked(self, text: Traced, tag: Tag, partner: Tag | None) -> Iterator[Edit]:
        whole = text[tag.start : tag.end]
        if tag.is_end:
            if tag.partner < 0:
                self._gone(whole, "left out: it closes nothing")
                yield Edit(tag.start, tag.end, "")
            return
        close = text[partner.start : partner.end] if partner else NOTHING
        if tag.name == "img":
            src, alt = _value(whole, "src"), _value(whole, "alt")
            width = tag.attributes.get("width", "")
            yield Edit(tag.start, tag.end, self.pictures.markdown(whole, alt, src, width))
            return
        address = _value(whole, "href")
        if (
            partner is None
            or not address.text.strip()
            or not text[tag.end : partner.start].text.strip()
        ):
            self._gone(whole + close, "left out: it only names a place")
            yield Edit(tag.start, tag.end, "")
        else:
            self._gone(_missing_from(whole, address) + close, "written as a link", whole)
            yield Edit(tag.start, tag.end, "[")
            yield Edit(partner.start, partner.end, joined(["](", address.strip(), ")"]))
        if partner is not None and not (
            address.text.strip() and text[tag.end : partner.start].text.strip()
        ):
            yield Edit(partner.start, partner.end, "")

    def _stripped(self, text: Traced, tag: Tag) -> Iterator[Edit]:
        """Take the attributes off a tag that no note may have."""
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag.name, set())
        if not any(name not in allowed for name in tag.attributes):
            return
        first = tag.start + 1 + len(tag.name)
        last = tag.end - (2 if text.text[tag.end - 2] == "/" else 1)
        self._gone(text[first:last], "left out: attributes that notes do not have")
        yield Edit(first, last, "")

    def _listing(self, inner: Traced, whole: Traced) -> Traced:
        match = re.match(r"\s*<code\b([^>]*)>", inner.text)
        language = ""
        if match:
            found = re.search(r"(?:language|lang|brush:)-?\s*([\w+#-]+)", match[1])
            language = found[1].lower() if found else ""
        code = inner.sub(re.compile(r"</?(?:code|span|b|i|em|strong|font)\b[^>]*>"), lambda _: "")
        code = code.sub(re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|\w+);"), lambda m: unescape(m[0]))
        entities = "".join(c for c, at in zip(code.text, code.at, strict=True) if at < 0)
        gone = _missing_from(whole, code)
        self.telling.repaired("html-code", "<pre> written as a fence", gone, language + entities)
        fence = "```" if "```" not in code.text else "````"
        return joined(["\n\n", fence, language, "\n", _unframed(code), "\n", fence, "\n\n"])

    def _gone(self, gone: Traced, what: str, whole: Traced = NOTHING, now: str = "") -> None:
        if gone.text.strip():
            name = " ".join((whole or gone).text.split())
            self.telling.repaired(
                "html", f"{name[:60]} {what}", gone, "".join(filter(str.isdigit, now))
            )


def _tags(text: str, start: int, end: int) -> list[Tag]:
    """Return the tags between two offsets, without partners."""
    found: list[Tag] = []
    for span in spans(text, start, end):
        match = _PARTS.fullmatch(text, span.start, span.end) if span.kind == "tag" else None
        if match is None:
            continue
        values = {
            m[1].lower(): next((v for v in m.groups()[1:] if v is not None), "")
            for m in _ATTRIBUTE.finditer(match["rest"])
        }
        name = match["name"].lower()
        is_void = bool(match["void"]) or name in _VOID
        found.append(Tag(span.start, span.end, name, bool(match["end"]), is_void, values))
    return found


def paired(tags: Sequence[Tag]) -> list[Tag]:
    """Return the tags, each with the index of its partner."""
    found = list(tags)
    waiting: dict[str, list[int]] = {}
    for index, tag in enumerate(tags):
        if tag.is_end and waiting.get(tag.name):
            partner = waiting[tag.name].pop()
            found[partner] = replace(tags[partner], partner=index)
            found[index] = replace(tag, partner=partner)
        elif not tag.is_end and not tag.is_void:
            waiting.setdefault(tag.name, []).append(index)
    return found


def _items(tags: Sequence[Tag]) -> Iterator[tuple[int, str]]:
    """Yield, for the beginning of each item, its marker at the depth at which it stands."""
    lists: list[
        list[int]
    ] = []  # of each open list: the number of the next item (0: bullets), width
    for tag in tags:
        if tag.name in ("ul", "ol"):
            if not tag.is_end:
                start = tag.attributes.get("start", "")
                first = int(start) if start.isascii() and start.isdigit() else 1
                lists.append([first if tag.name == "ol" else 0, 2])
            elif lists:
                lists.pop()
        elif tag.name == "li" and not tag.is_end:
            number = lists[-1][0] if lists else 0
            mark = f"{number}. " if number else "- "
            margin = " " * sum(width for _, width in lists[:-1])
            if lists:
                lists[-1] = [number + 1 if number else 0, len(mark)]
            yield tag.start, f"\n{margin}{mark}"


def _is_token(text: str, tag: Tag, partner: Tag) -> bool:
    """Say whether ``<s>`` and ``</s>`` are the tokens of a language model, not struck text."""
    first, last = (partner, tag) if tag.is_end else (tag, partner)
    inner = text[first.end : last.start]
    edges = inner[:1], inner[-1:]
    return tag.name == "s" and any(not edge.isalnum() and edge not in '(["“（' for edge in edges)


def _is_line(text: str, tag: Tag, partner: Tag) -> bool:
    first, last = (partner, tag) if tag.is_end else (tag, partner)
    inner = text[first.end : last.start]
    return bool(inner.strip()) and inner == inner.strip() and "\n" not in inner and "*" not in inner


def _value(tag: Traced, name: str) -> Traced:
    """Return the value of a tag's attribute, as it stands in the source."""
    for match in _ATTRIBUTE.finditer(tag.text, 1 + len(tag.text[1:].split(None, 1)[0])):
        if match[1].lower() == name:
            group = next((n for n in (2, 3, 4) if match[n] is not None), 0)
            return tag[match.start(group) : match.end(group)] if group else NOTHING
    return NOTHING


def _missing_from(whole: Traced, kept: Traced) -> Traced:
    left = {at for at in kept.at if at >= 0}
    return joined(whole[n : n + 1] for n, at in enumerate(whole.at) if at not in left)


def _untold(gone: Traced, later: Sequence[Repair]) -> Traced:
    """Return ``gone`` without what repairs inside it have told already."""
    said = {at for repair in later for start, end in repair.spans for at in range(start, end)}
    return joined(gone[n : n + 1] for n, at in enumerate(gone.at) if at not in said)


def _unframed(code: Traced) -> Traced:
    text = code.text
    first = len(text) - len(text.lstrip("\n"))
    return code[first : len(text.rstrip())] if text.strip() else NOTHING


def _flush_left(text: Traced, region: Region, edits: Sequence[Edit]) -> Iterator[Edit]:
    """Take away the indentation of rows of HTML that is Markdown now: it would make them code."""
    for match in re.finditer(r"^[ \t]+(?=\S)", text.text[region.start : region.end], re.MULTILINE):
        start, end = region.start + match.start(), region.start + match.end()
        if not any(e.start < end and start < e.end for e in edits):
            yield Edit(start, end, "")
