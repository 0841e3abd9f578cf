"""Drawings written once: formulas and figures become forms that every use of them shares.

MathJax's paths are turned into PDF operators here. WeasyPrint's own SVG code reads every path
again each time a formula is printed; on a page of formulas that is most of the time of
writing. What this code does not know (text, strokes, several colours) is left to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from bindery.cache import Cache
from bindery.digest import digest

MARK = "bindery-formula"  # the class of a formula's drawing
_TOKEN = re.compile(r"([A-Za-z])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)")
_TRANSFORM = re.compile(r"(translate|scale|matrix)\(([^)]*)\)")
_STEPS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "T": 2, "Z": 0}
_COLOUR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_INK = (26 / 255, 26 / 255, 26 / 255)  # the colour of the text, in the style sheet

_KIND = "handbook-drawing"
_TEXT = re.compile(rb"\bTf\b")

Matrix = tuple[float, float, float, float, float, float]


class UnknownDrawingError(ValueError):
    """The drawing uses something that only the stock code draws."""


class _Drawn:
    """Drawings by name: the content of each, its box and its graphics states."""

    def __init__(self, cache: Cache | None, base: str) -> None:
        self._cache, self._base = cache, base
        self._known: dict[str, tuple[bytes, list[float], dict[str, dict[str, Any]]]] = {}

    def get(self, name: str) -> tuple[bytes, list[float], dict[str, dict[str, Any]]] | None:
        if name not in self._known and self._cache is not None:
            kept = self._cache.get(_KIND, digest(self._base, name))
            if kept is not None:
                head, _, content = kept.partition(b"\n")
                box, states = json.loads(head)
                self._known[name] = (content, box, states)
        return self._known.get(name)

    def keep(
        self, name: str, content: bytes, box: list[float], states: dict[str, dict[str, Any]]
    ) -> None:
        self._known[name] = (content, box, states)
        if self._cache is not None:
            head = json.dumps([box, states]).encode()
            self._cache.put(_KIND, digest(self._base, name), head + b"\n" + content)


_state = {"drawn": _Drawn(None, "")}


def start(cache: Cache | None, base: str) -> None:
    """Begin with what a cache keeps of the drawings that were made by the recipe ``base``."""
    _state["drawn"] = _Drawn(cache, base)


def patch() -> None:
    """Let WeasyPrint draw formulas as form XObjects."""
    from weasyprint import images  # type: ignore[import-untyped]

    images.SVGImage.__init__ = _remembering(images.SVGImage.__init__)
    images.SVGImage.draw = _drawing(images.SVGImage.draw)


def _remembering(stock: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: Any, tree: Any, *args: Any) -> None:  # noqa: N807
        self.formula = None
        if MARK in (tree.get("class") or "").split():
            try:
                box = [float(value) for value in tree.get("viewBox").split()]
                self.formula = (box, _colour(tree), operators(tree))
            except (UnknownDrawingError, AttributeError, KeyError, TypeError, ValueError):
                self.formula = None
        if self.formula is not None:
            # All that is still asked of it is its size: it outlives many documents.
            tree[:] = []
        stock(self, tree, *args)
        if self.formula is not None:
            self._context = None

    return __init__


def _drawing(stock: Callable[..., None]) -> Callable[..., None]:
    def draw(self: Any, stream: Any, width: float, height: float, style: Any) -> None:
        if self.formula is None:
            stream.draw_x_object(_drawn_once(self, stream, (width, height), style, stock))
            return
        (x, y, box_width, box_height), colour, content = self.formula
        scale = min(width / box_width, height / box_height)
        left = (width - box_width * scale) / 2 - x * scale
        top = (height - box_height * scale) / 2 - y * scale
        stream.push_state()
        stream.transform(scale, 0, 0, scale, left, top)
        stream.set_color_rgb(*colour)
        stream.draw_x_object(_form(self, stream, content, (x, y, box_width, box_height)))
        stream.pop_state()

    return draw


def _drawn_once(
    image: Any, stream: Any, size: tuple[float, float], style: Any, stock: Callable[..., None]
) -> str:
    """Return the name of a form with a drawing at this size, drawn by the stock code once.

    A demo's figure stands in its question and in the appendix; drawing it takes 0.2 s.
    """
    forms = stream._resources["XObject"]
    made = getattr(image, "drawn", None)
    if made is None or made[0] is not forms:
        made = image.drawn = (forms, dict[tuple[float, float], str]())
    names: dict[tuple[float, float], str] = made[1]
    if size not in names:
        names[size] = _group(image, stream, size, style, stock)
    return names[size]


def _group(
    image: Any, stream: Any, size: tuple[float, float], style: Any, stock: Callable[..., None]
) -> str:
    import pydyf  # type: ignore[import-untyped]

    forms = stream._resources["XObject"]
    # URLs of the book hold a digest of what is behind them: so does the name.
    url = image._base_url or ""
    name = f"d-{digest(url, size, length=16)}" if url.startswith("book:") else ""
    if name and (drawn := _state["drawn"].get(name)):
        content, box, states = drawn
        by_name = {state: pydyf.Dictionary(values) for state, values in states.items()}
        resources = pydyf.Dictionary({"ExtGState": pydyf.Dictionary(by_name)})
        resources |= {kind: pydyf.Dictionary() for kind in ("XObject", "Pattern", "Shading")}
        resources["Font"] = None  # set by WeasyPrint when it writes
        extra = pydyf.Dictionary(
            {
                "Type": "/XObject",
                "Subtype": "/Form",
                "BBox": pydyf.Array(box),
                "Resources": resources,
            }
        )
        forms[name] = pydyf.Stream([content], extra, compress=stream.compress)
        return name
    group = stream.add_group(0, 0, *size)
    stock(image, group, *size, style)
    if not name:
        return str(group.id)
    forms[name] = forms.pop(group.id)
    resources = group.extra["Resources"]
    content = b"\n".join(pydyf._to_bytes(item) for item in group.stream)
    states = {state: dict(values) for state, values in resources["ExtGState"].items()}
    # A drawing with text also tells the document which glyphs it needs: it is not kept.
    bare = not any(resources[kind] for kind in ("XObject", "Pattern", "Shading"))
    plain = all(
        isinstance(v, int | float | str) for state in states.values() for v in state.values()
    )
    if bare and plain and not _TEXT.search(content):
        group.extra["BBox"] = pydyf.Array(group.extra["BBox"])
        # As it is made from what is kept, or the bytes would tell which use of it came first.
        del resources["ColorSpace"], group.extra["Group"]
        _state["drawn"].keep(name, content, list(group.extra["BBox"]), states)
    return name


def _form(image: Any, stream: Any, content: bytes, box: tuple[float, ...]) -> str:
    """Return the name of the formula's form in this PDF, made when it is first drawn."""
    import pydyf

    forms = stream._resources["XObject"]
    made = getattr(image, "formula_form", None)
    if made is not None and made[0] is forms:
        return str(made[1])
    x, y, width, height = box
    # Strokes of glyphs may reach beyond the box that TeX gives them.
    margin = 200
    extent = (x - margin, y - margin, x + width + margin, y + height + margin)
    extra = pydyf.Dictionary({"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array(extent)})
    name = f"f-{digest(content, extent, length=16)}"
    forms[name] = pydyf.Stream([content], extra, compress=stream.compress)
    image.formula_form = (forms, name)
    return name


def _colour(root: Any) -> tuple[float, float, float]:
    found = {
        element.get("fill")
        for element in root.iter()
        if element.get("fill") not in {None, "none", "currentColor"}
    }
    if len(found) > 1:
        raise UnknownDrawingError("several colours")
    match = _COLOUR.fullmatch(found.pop()) if found else None
    return (
        (int(match[1], 16) / 255, int(match[2], 16) / 255, int(match[3], 16) / 255)
        if (match)
        else _INK
    )


def operators(root: Any) -> bytes:
    """Return the PDF operators that fill a formula's paths, in the units of its view box.

    Raises:
        UnknownDrawingError: It holds text, strokes or anything but filled shapes.
    """
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    out: list[str] = []
    for child in root:
        _draw(child, ids, out)
    return "\n".join(out).encode()


def _draw(element: Any, ids: dict[str, Any], out: list[str]) -> None:
    tag = element.tag.rsplit("}", 1)[-1]
    if tag in {"defs", "title"}:
        return
    if element.get("fill") == "none" or element.get("style"):
        raise UnknownDrawingError(tag)
    matrices = list(_matrices(element.get("transform") or ""))
    if matrices:
        out.append("q")
        out += [" ".join(_number(value) for value in matrix) + " cm" for matrix in matrices]
    if tag == "path":
        shape = path_operators(element.get("d") or "")
        if shape:
            out.append(shape + "\nf")
    elif tag == "rect":
        sides = (float(element.get(name) or 0) for name in ("x", "y", "width", "height"))
        out.append(" ".join(_number(side) for side in sides) + " re\nf")
    elif tag == "use":
        href = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href")
        _draw(ids[href[1:]], ids, out)
    elif tag == "g":
        for child in element:
            _draw(child, ids, out)
    else:
        raise UnknownDrawingError(tag)
    if matrices:
        out.append("Q")


def _matrices(transform: str) -> Iterator[Matrix]:
    for kind, values in _TRANSFORM.findall(transform):
        numbers = [float(value) for value in re.split(r"[ ,]+", values.strip())]
        if kind == "translate":
            yield (1, 0, 0, 1, numbers[0], numbers[1] if len(numbers) > 1 else 0)
        elif kind == "scale":
            yield (numbers[0], 0, 0, numbers[-1], 0, 0)
        else:
            a, b, c, d, e, f = numbers
            yield (a, b, c, d, e, f)


@lru_cache(maxsize=8192)
def path_operators(data: str) -> str:
    """Return an SVG path of absolute M L H V C Q T Z commands as PDF operators."""
    out: list[str] = []
    x = y = start_x = start_y = 0.0
    control: tuple[float, float] | None = None
    for command, values in _commands(data):
        if command == "Z":
            out.append("h")
            x, y, control = start_x, start_y, None
            continue
        if command in "QT":
            if command == "Q":
                control, end = (values[0], values[1]), values[2:]
            else:
                control = (2 * x - control[0], 2 * y - control[1]) if control else (x, y)
                end = values
            out.append(_cubic(x, y, control, end))
            x, y = end
            continue
        control = None
        if command == "C":
            out.append(" ".join(_number(value) for value in values) + " c")
            x, y = values[4:]
            continue
        x = values[0] if command in "MLH" else x
        y = values[-1] if command in "MLV" else y
        if command == "M":
            start_x, start_y = x, y
        out.append(f"{_number(x)} {_number(y)} {'m' if command == 'M' else 'l'}")
    return "\n".join(out)


def _cubic(x: float, y: float, control: tuple[float, float], end: tuple[float, ...]) -> str:
    middle_x, middle_y = control
    points = (
        x + (middle_x - x) * 2 / 3,
        y + (middle_y - y) * 2 / 3,
        end[0] + (middle_x - end[0]) * 2 / 3,
        end[1] + (middle_y - end[1]) * 2 / 3,
        *end,
    )
    return " ".join(_number(round(value, 1)) for value in points) + " c"


def _commands(data: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    command, numbers = "", list[float]()
    for letter, number in _TOKEN.findall(data):
        if letter:
            command, numbers = letter.upper() if letter in "zZ" else letter, []
            if command not in _STEPS:
                raise UnknownDrawingError(command)
            if command == "Z":
                yield "Z", ()
            continue
        numbers.append(float(number))
        if command and len(numbers) == _STEPS[command]:
            yield command, tuple(numbers)
            numbers = []
            command = "L" if command == "M" else command


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
