"""Ten pages of the sample beside pictures of how they are meant to look.

After a change that is meant, draw them anew: ``python -m tests.handbook.test_handbook_pictures``.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bindery.handbook import Handbook
from bindery.press.weasy import pango_version

PICTURES = Path(__file__).parent / "pictures"
PAGES = (1, 3, 5, 7, 8, 9, 10, 11, 15, 17)
PANGO = (PICTURES / "pango.txt").read_text() if (PICTURES / "pango.txt").is_file() else ""

pytestmark = [
    pytest.mark.pdf,
    pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler-utils is not installed"),
    pytest.mark.skipif(pango_version() != PANGO, reason="another Pango breaks lines elsewhere"),
]


@pytest.fixture(scope="module")
def drawn(handbook: Handbook, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Image.Image]:
    """Return the pages of the sample as they are drawn now."""
    return _draw(handbook.pdf, tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_looks_as_it_is_meant_to(page: int, drawn: dict[int, Image.Image]) -> None:
    wanted = Image.open(PICTURES / f"page-{page:02}.png").convert("L")
    found = drawn[page]
    assert found.size == wanted.size
    difference = ImageChops.difference(found, wanted)
    # Renderers differ in how they smooth edges: a grey here and there is no matter.
    assert ImageStat.Stat(difference).mean[0] < 0.6
    histogram = difference.histogram()
    assert sum(histogram[96:]) < 0.002 * found.size[0] * found.size[1]


def _draw(pdf: bytes, folder: Path) -> dict[int, Image.Image]:
    path = folder / "book.pdf"
    path.write_bytes(pdf)
    for page in PAGES:
        command = ["pdftoppm", "-r", "60", "-gray", "-png", "-singlefile", "-f", str(page)]
        subprocess.run([*command, str(path), str(folder / f"page-{page:02}")], check=True)
    return {page: Image.open(folder / f"page-{page:02}.png").convert("L") for page in PAGES}


def _write() -> None:
    from tests.handbook.sample import print_sample

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = print_sample(folder / "sample", folder / "cache")
        PICTURES.mkdir(exist_ok=True)
        for page, picture in _draw(book.pdf, folder).items():
            picture.quantize(16).save(PICTURES / f"page-{page:02}.png", optimize=True)
    (PICTURES / "pango.txt").write_text(pango_version())


if __name__ == "__main__":
    _write()
