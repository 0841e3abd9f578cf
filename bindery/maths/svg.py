"""MathJax's SVG made clean and small: what a PDF writer needs, and nothing else."""

from __future__ import annotations

import re
from functools import lru_cache

from bindery.model import Formula

INK = "#1a1a1a"
CJK_FAMILY = "Noto Serif SC, Noto Serif CJK SC, DejaVu Sans"

_ATTRIBUTES = re.compile(
    r'\s(?:data-(?!line\b|frame\b)[\w-]+|aria-[\w-]+|role|focusable|xmlns:xlink)="[^"]*"'
)
_RULES = re.compile(r'<(?:line|rect) [^>]*data-(?:line|frame)="[^>]*>')
_RULE_MARKS = re.compile(r'\s(?:data-(?:line|frame)|class)="[^"]*"')
_TEXT = re.compile(r"<text\b[^>]*>")
_FAMILY = re.compile(r'\sfont-family="[^"]*"')
_STYLE = re.compile(r'\s(?:style|class)="[^"]*"')
_EMPTY_GROUP = re.compile(r"<g[^>]*>\s*</g>")
_PATH = re.compile(r'<path d="([^"]*)"')
_EMPTY_ELEMENT = re.compile(r"></(?:path|rect|line)>")
_ROOT = re.compile(r"<svg\b[^>]*>")
_VIEW_BOX = re.compile(r'viewBox="(-?[\d.]+) (-?[\d.]+) ([\d.]+) ([\d.]+)"')
_SEGMENT = re.compile(r"[MLHVQTCSZ]|-?\d*\.?\d+(?:e-?\d+)?")


def to_formula(svg: str) -> Formula:
    """Return the formula for MathJax's SVG (one ``<svg>`` element, 1000 units to the em).

    Raises ValueError when it has no extent.
    """
    start = svg.index("<svg")
    found = _VIEW_BOX.search(svg, start, svg.index(">", start))
    if found is None:
        raise ValueError("the formula has no extent")
    x, y, width, height = (float(number) for number in found.groups())
    root = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:g} {y:g} {width:g} {height:g}">'
    body = svg[svg.index(">", start) + 1 : svg.rindex("</svg>") + len("</svg>")]
    return Formula(
        svg=root + _clean(body),
        width=width / 1000,
        height=height / 1000,
        depth=round(y + height, 3) / 1000,
    )


def _clean(svg: str) -> str:
    svg = _ATTRIBUTES.sub("", svg)
    svg = _RULES.sub(_rule, svg)
    svg = _TEXT.sub(_text, svg)
    svg = _ROOT.sub(lambda m: _STYLE.sub("", m.group()), svg)
    svg = svg.replace("currentColor", INK)
    svg = _PATH.sub(lambda m: f'<path d="{cubic(m.group(1))}"', svg)
    while (shorter := _EMPTY_GROUP.sub("", svg)) != svg:
        svg = shorter
    return _EMPTY_ELEMENT.sub("/>", svg)


def _rule(match: re.Match[str]) -> str:
    """Give a table's line or frame what MathJax leaves to its style sheet."""
    tag = match.group()
    extra = ' fill="none"'
    if "stroke-width" not in tag:
        extra += ' stroke-width="70"'
    if "mjx-dashed" in tag:
        extra += ' stroke-dasharray="140"'
    if "mjx-dotted" in tag:
        extra += ' stroke-linecap="round" stroke-dasharray="0,140"'
    tag = _RULE_MARKS.sub("", tag)
    return tag[:5] + extra + tag[5:]


def _text(match: re.Match[str]) -> str:
    tag = _FAMILY.sub("", match.group())
    return f'{tag[:-1]} font-family="{CJK_FAMILY}">'


@lru_cache(maxsize=20_000)
def cubic(path: str) -> str:
    """Return an absolute ``M L H V Q T C S Z`` path as integer ``M L C Z``.

    PDF knows only cubic curves; whole thousandths of an em keep its numbers short.
    """
    tokens = _SEGMENT.findall(path)
    out: list[str] = []
    x = y = start_x = start_y = 0.0
    control: tuple[float, float] | None = None
    command = ""
    index = 0

    def take(count: int) -> list[float]:
        nonlocal index
        numbers = [float(token) for token in tokens[index : index + count]]
        index += count
        return numbers

    while index < len(tokens):
        if tokens[index].isalpha():
            command = tokens[index]
            index += 1
        last, control = control, None
        match command:
            case "Z":
                out.append("Z")
                x, y = start_x, start_y
            case "M" | "L":
                x, y = take(2)
                out.append(f"{command}{_point(x, y)}")
                if command == "M":
                    start_x, start_y, command = x, y, "L"
            case "H":
                (x,) = take(1)
                out.append(f"L{_point(x, y)}")
            case "V":
                (y,) = take(1)
                out.append(f"L{_point(x, y)}")
            case "Q" | "T":
                cx, cy = take(2) if command == "Q" else _reflected(last, x, y)
                to_x, to_y = take(2)
                first = _point(x + 2 / 3 * (cx - x), y + 2 / 3 * (cy - y))
                second = _point(to_x + 2 / 3 * (cx - to_x), to_y + 2 / 3 * (cy - to_y))
                out.append(f"C{first} {second} {_point(to_x, to_y)}")
                control, x, y = (cx, cy), to_x, to_y
            case "C" | "S":
                ax, ay = take(2) if command == "C" else _reflected(last, x, y)
                bx, by, to_x, to_y = take(4)
                out.append(f"C{_point(ax, ay)} {_point(bx, by)} {_point(to_x, to_y)}")
                control, x, y = (bx, by), to_x, to_y
            case _:
                raise ValueError(f"unexpected path command {command!r}")
    return "".join(out)


def _reflected(control: tuple[float, float] | None, x: float, y: float) -> tuple[float, float]:
    return (2 * x - control[0], 2 * y - control[1]) if control else (x, y)


def _point(x: float, y: float) -> str:
    return f"{round(x)} {round(y)}"
