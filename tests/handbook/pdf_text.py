"""What a page of a PDF says and where: enough of a reader to measure what WeasyPrint wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import pikepdf


@dataclass(frozen=True)
class Run:
    """Characters set in one go: their text and place in points from the lower left corner.

    ``advances`` are the glyphs' in points, what follows them included.
    """

    text: str
    x: float
    y: float
    width: float
    size: float
    advances: tuple[float, ...]
    font: str

    @property
    def right(self) -> float:
        return self.x + self.width


@dataclass(frozen=True)
class PageLink:
    """A link inside the book: its rectangle and the index of the page that it leads to."""

    left: float
    bottom: float
    right: float
    top: float
    page: int


class PdfText:
    """The text and the links of a PDF's pages."""

    def __init__(self, data: bytes) -> None:
        self.pdf = pikepdf.open(BytesIO(data))
        self._fonts: dict[str, tuple[dict[int, str], dict[int, float]]] = {}

    @cached_property
    def labels(self) -> list[str]:
        return [str(page.label) for page in self.pdf.pages]

    @cached_property
    def destinations(self) -> dict[str, int]:
        indexes = {page.obj.objgen: n for n, page in enumerate(self.pdf.pages)}
        names = list(self.pdf.Root.Names.Dests.Names)
        return {
            str(name): indexes[target[0].objgen]
            for name, target in zip(names[::2], names[1::2], strict=True)
        }

    def links(self, index: int) -> list[PageLink]:
        found = []
        for annotation in self.pdf.pages[index].get("/Annots", []):
            if "/Dest" in annotation:
                rect = [float(value) for value in annotation.Rect]
                page = self.destinations[str(annotation.Dest)]
                left, right = sorted((rect[0], rect[2]))
                bottom, top = sorted((rect[1], rect[3]))
                found.append(PageLink(left, bottom, right, top, page))
        return found

    def text(self, index: int) -> str:
        return "".join(run.text for run in self.runs(index))

    def lines(self, index: int) -> list[list[Run]]:
        """Return the page's runs grouped by baseline, from the top, each from the left."""
        rows: dict[int, list[Run]] = {}
        for run in self.runs(index):
            rows.setdefault(round(run.y * 4), []).append(run)
        return [sorted(rows[y], key=lambda run: run.x) for y in sorted(rows, reverse=True)]

    def origins(self, index: int, prefix: str) -> list[tuple[float, float]]:
        """Return where the origin of each form is drawn whose name begins so."""
        found: list[tuple[float, float]] = []
        matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0)
        stack: list[tuple[float, ...]] = []
        for instruction in pikepdf.parse_content_stream(self.pdf.pages[index]):
            operands: Any = instruction.operands
            match str(instruction.operator):
                case "q":
                    stack.append(matrix)
                case "Q":
                    matrix = stack.pop()
                case "cm":
                    matrix = _times(tuple(map(float, operands)), matrix)
                case "Do" if str(operands[0]).startswith(prefix):
                    found.append((matrix[4], matrix[5]))
        return found

    def runs(self, index: int) -> list[Run]:
        page, found = self.pdf.pages[index], list[Run]()
        if "/Font" not in page.get("/Resources", {}):
            return found
        fonts = page.Resources.Font
        stack: list[tuple[tuple[float, ...], float]] = []
        matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0)
        text_matrix: tuple[float, ...] = matrix
        font, size, spacing = "", 0.0, 0.0
        for instruction in pikepdf.parse_content_stream(page):
            operands: Any = instruction.operands
            match str(instruction.operator):
                case "q":
                    stack.append((matrix, spacing))
                case "Q":
                    matrix, spacing = stack.pop()
                case "Tc":
                    spacing = float(operands[0])
                case "cm":
                    matrix = _times(tuple(map(float, operands)), matrix)
                case "Tm":
                    text_matrix = tuple(map(float, operands))
                case "Tf":
                    font, size = str(operands[0]), float(operands[1])
                case "TJ" | "Tj" as operator:
                    shown = operands[0] if operator == "TJ" else [operands[0]]
                    text, advances = self._shown(fonts, font, shown)
                    advances = [a + spacing / size * 1000 for a in advances]
                    whole = _times(text_matrix, matrix)
                    scale = abs(whole[0]) * size
                    points = tuple(advance * scale / 1000 for advance in advances)
                    name = str(fonts[font].BaseFont)
                    found.append(Run(text, whole[4], whole[5], sum(points), scale, points, name))
                    step = sum(advances) * size / 1000
                    text_matrix = _times((1, 0, 0, 1, step, 0), text_matrix)
        return [run for run in found if run.text.strip()]

    def _shown(self, fonts: Any, font: str, array: Any) -> tuple[str, list[float]]:
        characters, widths = self._font(fonts, font)
        text, advances = "", [0.0]
        for item in array:
            if isinstance(item, pikepdf.String):
                data = bytes(item)
                for high, low in zip(data[::2], data[1::2], strict=True):
                    glyph = high * 256 + low
                    text += characters.get(glyph, "\ufffd")
                    advances.append(widths.get(glyph, 0.0))
            else:
                advances[-1] -= float(item)
        return text, advances[1:] if not advances[0] else [advances[0] + advances[1], *advances[2:]]

    def _font(self, fonts: Any, name: str) -> tuple[dict[int, str], dict[int, float]]:
        if name not in self._fonts:
            font = fonts[name]
            source = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
            pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>", source)
            characters = {int(a, 16): bytes.fromhex(b).decode("utf-16-be") for a, b in pairs}
            widths: dict[int, float] = {}
            array = list(font.DescendantFonts[0].W)
            for first, values in zip(array[::2], array[1::2], strict=True):
                widths |= {int(first) + n: float(value) for n, value in enumerate(values)}
            self._fonts[name] = characters, widths
        return self._fonts[name]


def _times(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )
