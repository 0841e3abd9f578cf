"""The images and demos that a file of notes names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from bindery.diagnostics import Diagnostic, Place
from bindery.model import Assets
from bindery.suggest import did_you_mean


class Files:
    """Finds what one file of notes refers to; what is missing goes to ``report``."""

    def __init__(self, path: str, assets: Assets, report: Callable[[Diagnostic], None]) -> None:
        self._folder = PurePosixPath(path).parent
        self._assets = assets
        self._report = report

    def image(self, src: str, place: Place) -> str:
        """Return an image's path from the source folder; ``src`` itself when there is none.

        It is looked for beside the file of notes, in the source folder and in ``images/``.
        """
        if "://" in src or src.startswith("data:"):
            self._error(
                place,
                "remote-image",
                "an image that is not a file of the book",
                "save it in images/ and name it by its path",
            )
            return src
        plain = src.replace("\\", "/")
        for candidate in (
            self._folder / plain,
            PurePosixPath(plain),
            PurePosixPath("images") / plain,
        ):
            name = _normal(candidate)
            if name in self._assets.files:
                return name
        self._error(
            place,
            "missing-image",
            f'no image "{src}"' if src else "an image without a file",
            did_you_mean(plain, self._assets.files) or "put the file into images/",
        )
        return src

    def demo(self, slug: str, place: Place) -> None:
        """Check that there is a demo of that name."""
        if slug not in self._assets.demos:
            self._error(
                place,
                "missing-demo",
                f'no demo "{slug}"',
                did_you_mean(slug, self._assets.demos) or f"write demos/{slug}.py",
            )

    def _error(self, place: Place, code: str, message: str, hint: str) -> None:
        self._report(Diagnostic(place, code, message, hint))


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
