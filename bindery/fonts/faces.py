"""Which faces the handbook is set in, and the Python packages they come from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from bindery.diagnostics import MachineError
from bindery.versions import version

Repertoire: TypeAlias = Literal["all", "chinese", "latin"]


@dataclass(frozen=True, slots=True)
class Face:
    """One face: where it comes from and what is made of it.

    ``axes`` pins a variable font to one instance; ``keep`` names the characters that the
    instance is cut to. ``path`` is relative to the import package.
    """

    file: str
    family: str
    style: str
    weight: int
    distribution: str
    package: str
    path: str
    axes: tuple[tuple[str, float], ...] = ()
    keep: Repertoire = "all"

    @property
    def source(self) -> Path:
        """The font file in the installed package.

        Raises:
            MachineError: The package is not installed, or lacks the file.
        """
        spec = find_spec(self.package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder, self.path)
            if path.is_file():
                return path
        raise MachineError(
            f"the font {self.family} {self.style} is missing: "
            f"install it with `pip install {self.distribution}`"
        )

    @property
    def version(self) -> str:
        """The version of the distribution that holds the font."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return "unknown"


_SC = "pylopdf-fonts-zh-cn", "pylopdf_fonts_zh_cn"
_CJK = "justmytype-intl-cjk", "justmytype_intl_cjk"
_SERIF = "fontpkg-noto-serif", "fontpkg_noto_serif"
_MONO = "fontpkg-jetbrains-mono", "fontpkg_jetbrains_mono"

FACES: tuple[Face, ...] = (
    Face("song.otf", "Noto Serif SC", "Regular", 400, *_SC, "NotoSerifSC-Regular.otf"),
    Face("hei.otf", "Noto Sans SC", "Regular", 400, *_SC, "NotoSansSC-Regular.otf"),
    Face(
        "hei-bold.ttf",
        "Noto Sans SC",
        "Bold",
        700,
        *_CJK,
        "fonts/ofl/notosanssc/NotoSansSC[wght].ttf",
        (("wght", 700),),
        "chinese",
    ),
    Face(
        "italic.ttf",
        "Noto Serif",
        "Italic",
        400,
        *_SERIF,
        "files/NotoSerif-Italic[wdth,wght].ttf",
        (("wdth", 100), ("wght", 400)),
        "latin",
    ),
    Face(
        "mono.ttf",
        "JetBrains Mono",
        "Regular",
        400,
        *_MONO,
        "files/JetBrainsMono[wght].ttf",
        (("wght", 400),),
    ),
    Face(
        "mono-bold.ttf",
        "JetBrains Mono",
        "Bold",
        700,
        *_MONO,
        "files/JetBrainsMono[wght].ttf",
        (("wght", 700),),
    ),
    Face(
        "last-resort.ttf",
        "DejaVu Sans",
        "Book",
        400,
        "matplotlib",
        "matplotlib",
        "mpl-data/fonts/ttf/DejaVuSans.ttf",
    ),
)
