"""What every builder of a file's tree needs: where things stand, and where to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markdown_it.token import Token

from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.dialect.attributes import ID, NONE, Attributes, trailing
from bindery.dialect.locate import Locator

NOTHING: frozenset[str] = frozenset()
_EXAMPLE = 'write {#id .class key="value"}'


@dataclass(frozen=True, slots=True)
class Context:
    """One file being read.

    ``find_image`` returns an image's path from the source folder, ``find_demo`` says what is
    wrong with a demo's name; both report by themselves.
    """

    locator: Locator
    report: Callable[[Diagnostic], None]
    find_image: Callable[[str, Place], str]
    find_demo: Callable[[str, Place], None]

    def error(self, place: Place, code: str, message: str, hint: str) -> None:
        """Report an error."""
        self.report(Diagnostic(place, code, message, hint))

    def warn(self, place: Place, code: str, message: str, hint: str) -> None:
        """Report a warning."""
        self.report(Diagnostic(place, code, message, hint, Severity.WARNING))

    def info_place(self, token: Token) -> Place:
        """Return where the info string of a fence or container begins."""
        row = token.map[0] if token.map else 0
        column = self.locator.row_text(row).rfind(token.info.strip()) if token.info else -1
        return self.locator.row(row, column + 1)

    def attributes(
        self,
        text: str,
        place: Place,
        keys: frozenset[str] = NOTHING,
        classes: frozenset[str] = NOTHING,
    ) -> tuple[str, Attributes]:
        """Split attributes off the end of a heading or info string, and check them.

        ``place`` is where ``text`` begins.
        """
        plain, found = trailing(text)
        if found is NONE:
            return plain, found

        def at(offset: int) -> Place:
            return Place(place.file, place.line, place.column + offset if place.column else 0)

        opening = max(text.find("{", len(plain)), text.find("｛", len(plain)))
        return plain, self.checked(found, at, opening, keys, classes)

    def checked(
        self,
        found: Attributes,
        place: Callable[[int], Place],
        opening: int,
        keys: frozenset[str],
        classes: frozenset[str] = NOTHING,
    ) -> Attributes:
        """Report what is wrong with attributes that begin at ``opening``."""
        if found.error:
            self.error(
                place(found.offset),
                "malformed-attributes",
                f"malformed attributes: {found.error}",
                _EXAMPLE,
            )
            return NONE
        start = place(opening)
        if found.id:
            self.check_id(found.id, start)
        for key in found.pairs:
            if key not in keys:
                self.error(
                    start, "unknown-attribute", f'unknown attribute "{key}"', _known(sorted(keys))
                )
        for name in found.classes:
            if name not in classes:
                known = _known([f".{each}" for each in sorted(classes)])
                self.error(start, "unknown-class", f'unknown class ".{name}"', known)
        return found

    def check_id(self, name: str, place: Place) -> None:
        """Report an id that is not lower-case letters, digits and hyphens, up to 64."""
        if not ID.fullmatch(name):
            self.error(
                place,
                "malformed-id",
                f'"{name}" cannot be an id',
                "use lower-case letters, digits and hyphens, at most 64",
            )


def _known(names: list[str]) -> str:
    return f"known here: {', '.join(names)}" if names else "none are known here"
