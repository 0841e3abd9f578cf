"""The same book for the others: HTML for Chromium, markup for Typst."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bindery.cache import Cache
from bindery.digest import digest
from bindery.fonts import FACES, install
from bindery.handbook import PrintSettings, sections
from bindery.handbook.breaks import untagged
from bindery.handbook.numbering import number_book
from bindery.handbook.spacing import Hyphens
from bindery.handbook.templates import environment
from bindery.handbook.work import Work
from bindery.model import (
    Block,
    Blocks,
    Code,
    CodeBlock,
    DemoFigure,
    Figure,
    FigureBlock,
    Formula,
    IdentifiedBook,
    Inlines,
    List,
    Math,
    MathBlock,
    Paragraph,
    Question,
    Subheading,
    Table,
    Text,
)

Formulas = Mapping[tuple[str, bool], Formula]
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\#$*_`<>@=-+/[]~'\""})


def write_html(
    identified: IdentifiedBook,
    formulas: Formulas,
    figures: Mapping[str, Figure],
    cache: Cache,
    templates: Path,
    folder: Path,
) -> Path:
    """Write the handbook's own HTML, style sheets and pictures; return the page."""
    settings = PrintSettings("b5", templates / "handbook", folder, "0")
    numbering, fonts = number_book(identified, figures), install(cache)
    shapes = environment(settings.templates, Hyphens())
    work = Work(identified, numbering, formulas, figures, settings, shapes, fonts)
    body = list(sections.body(work))
    terms = [term for section in body for term in section.terms]
    entries = sections.glossary_entries(work, terms)
    front = sections.front(work, sections.back_titles(terms, entries))
    parts = [*front, *body, *sections.numbers_sections(work)]
    folder.mkdir(parents=True)
    for section in parts:
        for url, data in section.assets.items():
            path = folder / url.removeprefix("book:")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    faces = "".join(
        f"@font-face {{ font-family: '{face.family}'; font-weight: {face.weight}; font-style: "
        f"{'italic' if face.style == 'Italic' else 'normal'}; "
        f"src: url('{(fonts.folder / face.file).resolve().as_uri()}') }}\n"
        for face in FACES
    )
    html = work.document("body", "\n".join(section.html for section in parts))
    html = html.replace("</head>", f"<style>{faces}{work.style()}</style></head>")
    page = folder / "book.html"
    page.write_text(html.replace("book:", ""), "utf-8")
    for face in FACES:
        (folder.parent / "typst").mkdir(exist_ok=True)
        shutil.copy(fonts.folder / face.file, folder.parent / "typst" / face.file)
    return page


def write_typst(
    identified: IdentifiedBook, formulas: Formulas, figures: Mapping[str, Figure], folder: Path
) -> Path:
    """Write the book for Typst, formulas and figures as the same pictures; return the document."""
    folder.mkdir(parents=True, exist_ok=True)
    writer = _Typst(formulas, figures, folder)
    lines = [
        '#set page(width: 176mm, height: 250mm, margin: (x: 25mm, y: 25mm), numbering: "1")',
        '#set text(font: ("Noto Serif SC", "DejaVu Sans"), size: 10pt, lang: "zh")',
        "#set par(justify: true, first-line-indent: 2em, leading: .75em)",
        '#set heading(numbering: "1.1")',
        "#outline()",
    ]
    for chapter in identified.book.chapters:
        lines += ['#pagebreak(to: "odd")', f"= {chapter.title.translate(_SPECIAL)}"]
        lines += writer.blocks(chapter.intro)
        for item in chapter.body:
            lines.append(f"== {writer.line(item.title)}")
            if not isinstance(item, Question):
                lines += writer.blocks(item.blocks)
                continue
            lines += [*writer.blocks(item.short), *writer.blocks(item.long)]
            for card in item.cards:
                lines += [*writer.blocks(card.front), *writer.blocks(card.back)]
            for cloze in item.clozes:
                lines += writer.blocks(cloze.blocks)
    lines += ['#pagebreak(to: "odd")', "= 附录"]
    for slug, figure in figures.items():
        lines += [f"== {figure.title.translate(_SPECIAL)}", writer.figure(slug)]
        lines += [figure.caption.translate(_SPECIAL), f"````python\n{figure.listing}\n````"]
    path = folder / "book.typ"
    path.write_text("\n\n".join(lines), "utf-8")
    return path


class _Typst:
    def __init__(self, formulas: Formulas, figures: Mapping[str, Figure], folder: Path) -> None:
        self._formulas, self._figures, self._folder = formulas, figures, folder

    def figure(self, slug: str) -> str:
        (self._folder / f"{slug}.svg").write_bytes(self._figures[slug].svg)
        return f'#align(center, image("{slug}.svg", width: 80%))'

    def blocks(self, blocks: Blocks) -> list[str]:
        return [text for block in blocks if (text := self._block(block))]

    def line(self, inlines: Inlines) -> str:
        return "".join(self._inline(inline) for inline in inlines)

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children=children):
                return self.line(children)
            case Subheading(children=children):
                return f"=== {self.line(children)}"
            case MathBlock(tex=tex):
                return f"#align(center)[{self._formula(untagged(tex)[0], True)}]"
            case FigureBlock(figure=DemoFigure(slug=slug)) if slug in self._figures:
                return self.figure(slug)
            case CodeBlock(text=text, language=language):
                return f"````{language}\n{text}\n````"
            case List(items=items):
                rows = (" ".join(self.blocks(item.blocks)) for item in items)
                return "\n".join(f"- {row}" for row in rows)
            case Table(head=head, rows=rows):
                cells = [self.line(cell) for row in (head, *rows) for cell in row]
                inner = ", ".join(f"[{cell}]" for cell in cells)
                return f"#table(columns: {len(head)}, {inner})"
        inner_blocks = getattr(block, "blocks", ())
        return "\n\n".join(self.blocks(inner_blocks))

    def _inline(self, inline: object) -> str:
        match inline:
            case Text(text=text):
                return text.translate(_SPECIAL)
            case Code(text=text):
                return f"#raw({_literal(text)})"
            case Math(tex=tex, display=display):
                return self._formula(tex, display)
        return self.line(getattr(inline, "children", ()))

    def _formula(self, tex: str, display: bool) -> str:
        formula = self._formulas.get((tex, display))
        if formula is None:
            return ""
        name = f"{digest(formula.svg, length=16)}.svg"
        path = self._folder / name
        if not path.exists():
            path.write_text(formula.svg, "utf-8")
        return (
            f'#box(image("{name}", width: {formula.width:.4f}em, height: {formula.height:.4f}em), '
            f"baseline: {formula.depth:.4f}em)"
        )


def _literal(text: str) -> str:
    """Return a string literal of Typst."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
