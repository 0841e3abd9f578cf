"""The same formulas drawn twice, by the handbook's typesetter and by Chromium, as pixels.

Both draw one large sheet on which every formula has a cell of its own, in whole pixels.
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bindery.fonts import FontSet
from bindery.handbook.assets import Assets
from bindery.handbook.formula import SCALE, displayed_formula
from bindery.model import Formula
from bindery.press.weasy import Press

Pixels: TypeAlias = NDArray[np.float32]
"""Height × width × 3, from 0 to 255."""

DPI = 150
# Drawn finer and averaged: Poppler widens hair lines to whole pixels, Chromium moves pictures.
_FINER = 2
EM = 16  # CSS pixels
_GRID = 16  # CSS pixels: 25 of the picture
_PIXELS = DPI / 96
_MARGIN = 8  # CSS pixels around a formula
_SHEET_WIDTH = 1280  # CSS pixels
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a formula stands on the sheet, in CSS pixels."""

    left: int
    top: int
    width: int
    height: int

    def cut(self, sheet: Pixels) -> Pixels:
        """Return what stands in the cell on a sheet."""
        left, top, width, height = (
            round(side * _PIXELS) for side in (self.left, self.top, self.width, self.height)
        )
        return sheet[top : top + height, left : left + width]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as HTML, the pictures on it by URL, and its height in CSS pixels."""

    html: str
    assets: Mapping[str, bytes]
    height: int


def cells(formulas: Sequence[Formula]) -> tuple[list[Cell], int]:
    """Lay formulas out in rows, the tallest first; return their cells and the sheet's height."""
    order = sorted(range(len(formulas)), key=lambda i: -formulas[i].height)
    found: dict[int, Cell] = {}
    left = top = row = 0
    for index in order:
        width, height = (
            -(-int(side * SCALE * EM + 2 * _MARGIN + 1) // _GRID) * _GRID
            for side in (formulas[index].width, formulas[index].height)
        )
        if left + width > _SHEET_WIDTH:
            left, top, row = 0, top + row, 0
        found[index] = Cell(left, top, width, height)
        left, row = left + width, max(row, height)
    return [found[index] for index in range(len(formulas))], top + row


def sheet_html(formulas: Sequence[Formula], places: Sequence[Cell], height: int) -> Sheet:
    """Write the sheet as the handbook writes formulas."""
    assets = Assets(Path())
    rows = [
        f"@page {{ size: {_SHEET_WIDTH}px {height}px; margin: 0 }}",
        f"html, body {{ margin: 0; background: white; font-size: {EM}px }}",
        "div { position: absolute } img { display: block }",
    ]
    body = []
    for number, (formula, cell) in enumerate(zip(formulas, places, strict=True)):
        picture = displayed_formula(str(number), {(str(number), True): formula}, assets)
        place = f"left: {cell.left + _MARGIN}px; top: {cell.top + _MARGIN}px"
        body.append(f'<div style="{place}">{picture}</div>')
    style = "\n".join(rows)
    html = f'<!doctype html><meta charset="utf-8"><style>{style}</style>' + "\n".join(body)
    return Sheet(html, assets.contents, height)


def printed(sheet: Sheet, fonts: FontSet, folder: Path) -> Pixels:
    """Return the sheet as the handbook's typesetter prints it, drawn by Poppler."""
    with Press(fonts, "") as press:
        layout = press.lay_out(sheet.html, sheet.assets)
        pdf = press.write([layout], [(0, "arabic")], "00" * 16)
        assert press.messages == []
    assert layout.page_count == 1
    path = folder / "sheet.pdf"
    path.write_bytes(pdf)
    command = ["pdftoppm", "-r", str(DPI * _FINER), "-singlefile", str(path), str(folder / "page")]
    subprocess.run(command, check=True)
    return _pixels((folder / "page.ppm").read_bytes())


def shown(sheet: Sheet, fonts: FontSet, folder: Path) -> Pixels:
    """Return the sheet as Chromium shows it, with the same fonts."""
    for url, data in sheet.assets.items():
        path = folder / url.partition(":")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    page = folder / "sheet.html"
    page.write_text(sheet.html.replace('src="book:', 'src="'), "utf-8")
    with _browser(fonts, folder) as browser:
        metrics = {
            "width": _SHEET_WIDTH,
            "height": sheet.height,
            "deviceScaleFactor": _PIXELS * _FINER,
            "mobile": False,
        }
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(page.as_uri())
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    return _pixels(base64.b64decode(shot["data"]))


@contextmanager
def _browser(fonts: FontSet, folder: Path) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    service = Service(shutil.which("chromedriver"), env={"FONTCONFIG_FILE": str(fonts.config)})
    browser = webdriver.Chrome(options=options, service=service)
    try:
        yield browser
    finally:
        browser.quit()


def _pixels(picture: bytes) -> Pixels:
    with Image.open(io.BytesIO(picture)) as image:
        return np.asarray(image.convert("RGB").reduce(_FINER), dtype=np.float32)


def apart(one: Pixels, other: Pixels) -> float:
    """Return how many pixels of black are out of place in the worst square of half an em.

    Both pictures are blurred by a pixel, for hair lines, and a pixel is out of place as far as
    it is darker or lighter than all pixels of the other picture up to one pixel away: browsers
    put pictures and letters on whole pixels, printers don't.
    """
    assert one.shape == other.shape
    one, other = _blurred(one), _blurred(other)
    outside = np.maximum(_outside(one, other), _outside(other, one)).max(axis=2) / 255
    sums = np.pad(outside.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    side = round(EM * _PIXELS / 2)
    squares = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return float(squares.max())


def _blurred(picture: Pixels) -> Pixels:
    """Return the mean of each pixel and its eight neighbours."""
    mean: Pixels = np.mean(_around(picture), axis=0, dtype=np.float32)
    return mean


def _outside(picture: Pixels, other: Pixels) -> Pixels:
    """Return how far each pixel is from the range of the other picture around it."""
    around = _around(other)
    least, most = np.minimum.reduce(around), np.maximum.reduce(around)
    outside: Pixels = np.maximum(np.maximum(least - picture, picture - most), 0)
    return outside


def _around(picture: Pixels) -> list[Pixels]:
    """Return the picture and those moved by a pixel in eight directions."""
    height, width, _ = picture.shape
    edged = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return [edged[y : y + height, x : x + width] for y in range(3) for x in range(3)]
