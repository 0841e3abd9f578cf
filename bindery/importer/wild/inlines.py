"""Repairs inside the lines of foreign Markdown: formulas, emphasis, pictures, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from urllib.parse import unquote

from bindery.han import HAN
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined, made
from bindery.importer.wild.pictures import Pictures
from bindery.importer.wild.spans import Edit, Region, blanked, plain, regions, spans, spliced
from bindery.maths import normalise

_SPACED = re.compile(
    r"(?<![\\$\w])\$(?P<lead>[ \t]*)(?P<tex>[^$\n`]*?[^$\n`\s\\])(?P<trail>[ \t]*)\$(?![$\d])"
)
_TEX = re.compile(r"\\[A-Za-z]|[\^_=+<>]|^[A-Za-z][A-Za-z']?$|^[A-Za-z]\([\w,]+\)$")
_STAR_PAIR = re.compile(r"(?<![\\*])\*\*(?!\*)")
_BAR_PAIR = re.compile(r"(?<![\w\\])__(?=[^\s_])(?P<text>[^_\n]*[^\s_])__(?![A-Za-z0-9_])")
_IMAGE = re.compile(
    r"!\[(?P<alt>(?:[^\[\]\\]|\\.)*)\]\(\s*(?P<src><[^<>\n]*>|(?:[^()\n\"]|\([^()\n]*\))*?)"
    r"(?P<title>\s+\"[^\"\n]*\"|\s+'[^'\n]*')?\s*(?P<size>=\d*x?\d*)?\s*\)(?P<after>\{[^{}\n]*\})?"
)
_LINK = re.compile(
    r"(?<!!)\[(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((?P<target>#[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
)
_REFERRED = re.compile(r"!\[(?P<alt>[^\[\]\n]*)\]\[(?P<label>[^\[\]\n]*)\]")
_ADDRESS = re.compile(r" {0,3}\[(?P<label>[^\[\]\n^][^\[\]\n]*)\]:[ \t]*<?(?P<address>[^\s<>]+)")
_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>(?:align|equation|gather|multline|cases|array|[bpvBV]?matrix|split|aligned"
    r"|gathered|eqnarray)\*?)\}.*?\\end\{(?P=name)\}",
    re.DOTALL,
)
_INDENT = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)*")


def addresses_of(text: str) -> dict[str, str]:
    """Return the addresses that a text gives in lines ``[label]: address``, by label."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if match := _ADDRESS.match(line):
            found.setdefault(match["label"].strip().lower(), match["address"])
    return found


class Inlines:
    """Repairs the running text of one document."""

    def __init__(
        self,
        telling: Telling,
        pictures: Pictures,
        anchors: Mapping[str, str],
        addresses: Mapping[str, str],
    ) -> None:
        self._telling = telling
        self._pictures = pictures
        self._anchors = anchors
        self._addresses = addresses
        self._words = (self._referred, self._pictured, self._linked, self._bold, self._barred)

    def repaired(self, text: Traced) -> Traced:
        """Return a body with its running text repaired."""
        for step in (self._environments, self._formulas, self._displays, *self._words):
            edits: list[Edit] = []
            for region in regions(text.text):
                edits += step(text, region)
            text = spliced(text, edits)
        return text

    def line(self, text: Traced) -> Traced:
        """Return a single line, such as a title, repaired."""
        for step in (self._formulas, *self._words):
            text = spliced(text, step(text, Region("heading", 0, len(text), 0)))
        return text

    # ------------------------------------------------------------------ formulas

    def _environments(self, text: Traced, region: Region) -> Iterator[Edit]:
        if region.kind != "inline" or "\\begin" not in text.text[region.start : region.end]:
            return
        free = blanked(text.text, region.start, region.end)
        for match in _ENVIRONMENT.finditer(free):
            start, end = region.start + match.start(), region.start + match.end()
            what = f"put the environment {match['name']} between $$"
            self._telling.repaired("bare-environment", what, (), "", text[start:end].start)
            before, after = _frame(text.text, region, start, end)
            indent = _indent(text.text, region)
            yield Edit(start, start, f"{before}$$\n{indent}")
            yield Edit(end, end, f"\n{indent}$$" + after)

    def _formulas(self, text: Traced, region: Region) -> Iterator[Edit]:
        source = text.text
        for span in spans(source, region.start, region.end):
            if span.kind in ("maths", "display"):
                yield from self._mended(text, *span.inner)
        free = blanked(source, region.start, region.end)
        for match in _SPACED.finditer(free):
            start, end = region.start + match.start("tex"), region.start + match.end("tex")
            is_spaced = match["lead"] or match["trail"]
            if not is_spaced or not _TEX.search(match["tex"]) or HAN.search(match["tex"]):
                continue
            what = "spaces just inside the dollar signs of a formula taken away"
            self._telling.repaired("spaced-formula", what, (), "", text[start:end].start)
            yield Edit(start - len(match["lead"]), start, "")
            yield Edit(end, end + len(match["trail"]), "")

    def _mended(self, text: Traced, start: int, end: int) -> Iterator[Edit]:
        tex = text[start:end]
        now, done = normalise(tex.text)
        if not done:
            return
        parts: list[Traced | str] = []
        gone: list[Traced] = []
        new: list[str] = []
        for kind, a, b, c, d in SequenceMatcher(None, tex.text, now, autojunk=False).get_opcodes():
            parts.append(tex[a:b] if kind == "equal" else now[c:d])
            if kind != "equal":
                gone.append(tex[a:b])
                new.append(now[c:d].strip())
        what = f"in a formula: {'; '.join(done)}"
        self._telling.repaired("mended-formula", what, joined(gone), "".join(new), tex.start)
        yield Edit(start, end, joined(parts))

    def _displays(self, text: Traced, region: Region) -> Iterator[Edit]:
        """Put formulas between ``$$`` that are glued to a paragraph on lines of their own."""
        source = text.text
        if region.kind != "inline" or source[region.start : region.end].lstrip()[:1] == ">":
            return
        indent = _indent(source, region)
        for span in spans(source, region.start, region.end):
            if span.kind != "display" or not source.startswith("$$", span.start):
                continue
            before, after = _frame(source, region, span.start, span.end)
            if not (before or after):
                continue
            what = "a formula between $$ put on lines of its own"
            self._telling.repaired("glued-formula", what, (), "", text[span.start : span.end].start)
            first, last = span.inner
            lead = span.start - len(_trailing_space(source[region.start : span.start]))
            inner = text[first:last].strip()
            yield Edit(
                lead if before else span.start,
                span.end + len(_leading_space(source[span.end : region.end])) * bool(after),
                joined(
                    [
                        before,
                        text[span.start : first],
                        f"\n{indent}",
                        _reindented(inner, indent),
                        f"\n{indent}",
                        text[last : span.end],
                        after,
                    ]
                ),
            )

    # ------------------------------------------------------------------ words

    def _barred(self, text: Traced, region: Region) -> Iterator[Edit]:
        free = blanked(text.text, region.start, region.end)
        for match in _BAR_PAIR.finditer(free):
            if HAN.search(match["text"]):
                first = region.start + match.start()
                last = region.start + match.end()
                for at in (first, last - 2):
                    what = "bold between __, which stays literal next to Han"
                    self._telling.repaired("literal-bold", what, text[at : at + 2])
                    yield Edit(at, at + 2, "**")

    def _bold(self, text: Traced, region: Region) -> Iterator[Edit]:
        """Take the spaces away that keep bold from being bold."""
        free = blanked(text.text, region.start, region.end)
        marks = [m.start() for m in _STAR_PAIR.finditer(free) if not _is_power(free, m.start())]
        if len(marks) % 2:
            return
        for opening, closing in zip(marks[::2], marks[1::2], strict=True):
            inner = free[opening + 2 : closing]
            if inner == inner.strip() or not inner.strip() or not HAN.search(inner):
                continue
            start, end = region.start + opening + 2, region.start + closing
            what = "spaces just inside a pair of ** taken away: they kept it from being bold"
            self._telling.repaired("literal-bold", what, (), "", text[start:end].start)
            yield Edit(start, start + len(inner) - len(inner.lstrip()), "")
            yield Edit(end - (len(inner) - len(inner.rstrip())), end, "")

    def _pictured(self, text: Traced, region: Region) -> Iterator[Edit]:
        source = text.text
        for first, last in plain(source, region.start, region.end):
            for match in _IMAGE.finditer(source, first, last):
                if match["src"].startswith("demo:"):
                    continue
                whole = text[match.start() : match.end()]
                alt, src = (_part(text, match, name) for name in ("alt", "src"))
                width = re.search(r"width\s*=\s*\"?([\d.]+(?:%|px)?)", match["after"] or "")
                size = re.search(r"=(\d+)x?", match["size"] or "")
                wanted = width[1] if width else f"{size[1]}px" if size else ""
                named = re.search(r"#([a-z0-9-]{1,64})(?=[\s}])", match["after"] or "")
                name = named[1] if named else ""
                now = self._pictures.markdown(whole, alt, src, wanted, name)
                if now is not whole:
                    yield Edit(match.start(), match.end(), now)

    def _referred(self, text: Traced, region: Region) -> Iterator[Edit]:
        """Write pictures whose address stands in a line of its own, ``![…][label]``, as others."""
        for first, last in plain(text.text, region.start, region.end):
            for match in _REFERRED.finditer(text.text, first, last):
                address = self._addresses.get((match["label"] or match["alt"]).strip().lower())
                if address is None:
                    continue
                whole = text[match.start() : match.end()]
                now = self._pictures.markdown(whole, _part(text, match, "alt"), made(address))
                yield Edit(match.start(), match.end(), now)

    def _linked(self, text: Traced, region: Region) -> Iterator[Edit]:
        """Let links into the file lead to the notes' ids; those that lead nowhere become text."""
        source = text.text
        for first, last in plain(source, region.start, region.end):
            for match in _LINK.finditer(source, first, last):
                name = unquote(match["target"][1:]).lower()
                target = self._anchors.get(name, "")
                if target == match["target"][1:]:
                    continue
                label, link = _part(text, match, "label"), _part(text, match, "target")
                if target:
                    what = f'a link into the file leads to the note "{target}"'
                    self._telling.repaired("link", what, link[1:], target)
                    yield Edit(match.start("target") + 1, match.end("target"), target)
                else:
                    end = match.end("label")
                    what = f'a link to "{match["target"]}", which is nowhere in the file, is text'
                    gone = text[match.start() : match.start("label")] + text[end : match.end()]
                    self._telling.repaired("dead-link", what, gone)
                    yield Edit(match.start(), match.end(), label)


def _part(text: Traced, match: re.Match[str], name: str) -> Traced:
    return text[match.start(name) : match.end(name)]


def _frame(source: str, region: Region, start: int, end: int) -> tuple[str, str]:
    """Return the line ends that set a formula apart from the text before and after it."""
    indent = _indent(source, region)
    before = source[region.start : start].strip(" \t\n")
    after = source[end : region.end].strip(" \t\n")
    opens = bool(before) and not _INDENT.fullmatch(source[region.start : start])
    return (f"\n\n{indent}" if opens else "", f"\n\n{indent}" if after else "")


def _indent(source: str, region: Region) -> str:
    """Return the space that a further line of the region's block begins with."""
    row = source.rfind("\n", 0, region.start) + 1
    match = _INDENT.match(source, row)
    return " " * len(match[0].expandtabs(4)) if match else ""


def _reindented(inner: Traced, indent: str) -> Traced:
    return inner.sub(re.compile(r"\n[ \t]*"), lambda _: f"\n{indent}")


def _trailing_space(text: str) -> str:
    return text[len(text.rstrip(" \t\n")) :]


def _leading_space(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t\n"))]


def _is_power(text: str, at: int) -> bool:
    """Say whether ``**`` is an operator: space on both sides, or between ASCII words."""
    before, after = text[:at][-2:], text[at + 2 : at + 4]
    spaced = before[-1:] == " " and after[:1] == " "
    operands = before.strip()[-1:], after.strip()[:1]
    ascii_words = all(
        each.isascii() and (each.isalnum() or each in ")]}([{") for each in operands if each
    )
    return spaced and all(operands) and ascii_words
