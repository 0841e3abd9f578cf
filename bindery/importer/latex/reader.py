r"""The reader of LaTeX: it is written as Markdown, whose questions are then found as in any other.

The preamble is dropped but for the title and the author's own macros, which are written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindery.importer.latex.body import Body
from bindery.importer.latex.macros import Macro, definitions, expanded
from bindery.importer.latex.notes import Notes
from bindery.importer.latex.scan import group, without_comments
from bindery.importer.model import Imported, Source
from bindery.importer.repairs import clean
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, joined
from bindery.importer.wild.matter import Matter
from bindery.importer.wild.reader import imported_of

_BEGIN = re.compile(r"\\begin[ \t]*\{document\}")
_END = re.compile(r"\\end[ \t]*\{document\}")
_TITLE = re.compile(r"\\title[ \t]*(?=\{)")
_BIBLIOGRAPHY = re.compile(
    r"\\begin\{thebibliography\}(?:\{[^{}]*\})?(?P<items>.*?)\\end\{thebibliography\}", re.DOTALL
)
_REFERENCE = re.compile(r"\\bibitem[ \t]*(?:\[[^\]]*\])?[ \t]*\{(?P<key>[^{}]*)\}")
_SIGNS = (
    re.compile(r"\\documentclass|\\begin\{document\}"),
    re.compile(r"\\(?:sub)*section\*?\{"),
    re.compile(r"\\item\b"),
    re.compile(r"\\begin\{[A-Za-z]+\*?\}"),
    re.compile(r"\\(?:textbf|emph|label|ref|cite|usepackage|newcommand)\b"),
)


class LatexReader:
    """LaTeX with sections, items or environments for its questions."""

    name = "latex"

    def evidence(self, source: Source) -> float:
        """Say how much a file looks like LaTeX: by its name, then by its commands."""
        is_named = source.path.suffix.lower() in (".tex", ".ltx", ".latex")
        is_document = bool(_SIGNS[0].search(source.text))
        kinds = sum(bool(sign.search(source.text)) for sign in _SIGNS[1:])
        has_sections = bool(_SIGNS[1].search(source.text))
        return min(0.7 * is_named + 0.6 * is_document + 0.2 * has_sections + 0.08 * kinds, 1.0)

    def read(self, source: Source) -> Imported:
        """Read a file of LaTeX."""
        cleaned = clean(source)
        telling = Telling(cleaned.repairs)
        text, comments = without_comments(cleaned.text)
        for comment in comments:
            telling.drop("comment", "a comment", comment)
        macros = {each.name: each.macro for each in definitions(text.text)}
        body, title = _document(text, telling)
        body = _defined(body, telling)
        body = expanded(body, _usable(macros), telling)
        body, references = _references(body, telling)
        notes = Notes(telling, references)
        writer = Body(notes)
        words = writer.written(title) if title else NOTHING
        markdown = writer.written(body)
        rest = _uncited(notes, references, writer)
        whole = joined([markdown, "\n\n", rest, "\n\n", notes.footnotes()])
        notes.tell()
        flat = words.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
        return imported_of(source, self.name, Matter(flat, (), _spaced(whole)), telling)


def _document(text: Traced, telling: Telling) -> tuple[Traced, Traced]:
    r"""Return what stands between ``\begin{document}`` and its end, and the title."""
    begin = _BEGIN.search(text.text)
    title = NOTHING
    where = _TITLE.search(text.text)
    inner = group(text.text, where.end()) if where else None
    if begin is None:
        return text, title
    end = _END.search(text.text, begin.end())
    stop = end.start() if end else len(text)
    before: list[Traced] = [text[: begin.end()]]
    if inner is not None and where is not None and inner.end <= begin.start():
        title = text[inner.start : inner.stop]
        before = [text[: inner.start], text[inner.stop : begin.end()]]
    for part in before:
        telling.drop("preamble", "the preamble", part)
    telling.drop(
        "after-document", "what stands at the end of the document, or after it", text[stop:]
    )
    return text[begin.end() : stop], title


def _defined(body: Traced, telling: Telling) -> Traced:
    """Drop the definitions of macros inside the body."""
    parts: list[Traced] = []
    position = 0
    for each in definitions(body.text):
        if each.start < position:
            continue
        parts.append(body[position : each.start])
        telling.drop("macro", f"the definition of \\{each.name}", body[each.start : each.end])
        position = each.end
    return joined([*parts, body[position:]])


def _usable(macros: dict[str, Macro]) -> dict[str, Macro]:
    """Return the macros that do not use themselves."""
    return {
        name: macro
        for name, macro in macros.items()
        if not re.search(rf"\\{name}(?![A-Za-z])", macro.body)
    }


def _references(body: Traced, telling: Telling) -> tuple[Traced, dict[str, Traced]]:
    found: dict[str, Traced] = {}
    match = _BIBLIOGRAPHY.search(body.text)
    if match is None:
        return body, found
    start, end = match.span("items")
    items = body[start:end]
    marks = list(_REFERENCE.finditer(items.text))
    gone = [body[match.start() : start], body[end : match.end()]]
    lead = items[: marks[0].start()] if marks else items
    ends = [m.start() for m in marks[1:]] + [len(items)]
    for mark, stop in zip(marks, ends, strict=False):
        gone.append(items[mark.start() : mark.end()])
        key = mark["key"].strip()
        text = items[mark.end() : stop].strip()
        found[key] = joined([found[key], " ", text]) if key in found else text
    for part in gone:
        if part.text.strip():
            telling.repaired("latex", "the bibliography as footnotes", part)
    return joined([body[: match.start()], lead, body[match.end() :]]), found


def _uncited(notes: Notes, references: dict[str, Traced], writer: Body) -> Traced:
    """Return the references that nothing cites, as a list; write those that are cited."""
    for key in list(references):
        text = writer.written(references[key])
        references[key] = text.sub(re.compile(r"\s*\n\s*"), lambda _: " ").strip()
    rest = list(_items(notes, references))
    if not rest:
        return NOTHING
    notes.telling.make("references", "参考文献", references[next(iter(references))].start)
    return joined(["## 参考文献\n\n", joined(rest, "\n")])


def _items(notes: Notes, references: dict[str, Traced]) -> Iterator[Traced]:
    for key, text in references.items():
        if key not in notes.cites and text.text.strip():
            yield joined(["- ", text])


def _spaced(text: Traced) -> Traced:
    """Return the text with single empty lines, and no line end at a paragraph's edge."""
    spaced = text.sub(re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+"), lambda _: "\n\n")
    edges = re.compile(r"(?<=\n\n)(?P<lead>[ \t]*)<br>[ \t\n]*|[ \t\n]*<br>[ \t]*(?=\n\n|\Z)")
    return spaced.sub(edges, lambda m: m["lead"] or "").strip("\n")
