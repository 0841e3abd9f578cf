"""What a LaTeX file says beside its running text: footnotes, citations, labels, syntax left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined

_UNFIT = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


def identifier(label: str) -> str:
    r"""Return the id that a ``\label`` becomes: ``eq:strong`` → ``eq-strong``."""
    name = _UNFIT.sub("-", label.lower()).strip("-")[:_LONGEST].strip("-")
    if name:
        return name
    return f"l-{sum(ord(c) * (n + 1) for n, c in enumerate(label)) % 99991}"


class Notes:
    """Collects what running text refers to, and tells what of its syntax is left out."""

    def __init__(self, telling: Telling, references: Mapping[str, Traced]) -> None:
        self.telling = telling
        self.cites: list[str] = []
        self.wanted: set[str] = set()
        self._references = references
        self._footnotes: list[tuple[str, Traced]] = []
        self._syntax: dict[str, tuple[list[tuple[int, int]], list[str]]] = {}
        self._unknown: dict[str, int] = {}
        self._count = 0

    def syntax(self, what: str, gone: Traced, now: str = "") -> None:
        """Say that syntax of LaTeX gave way to ours; it is told once for each kind."""
        spans, nows = self._syntax.setdefault(what, ([], []))
        spans += gone.spans()
        nows.append(now)

    def unknown(self, name: str, gone: Traced) -> None:
        """Say that a command is not known here: its argument stays, its name is listed."""
        self.syntax(f"the unknown command \\{name} left out", gone)
        self._unknown.setdefault(name, gone.start)

    def footnote(self, text: Traced) -> str:
        """Keep a footnote; return its label."""
        self._count += 1
        label = f"n{self._count}"
        self._footnotes.append((label, text))
        return label

    def cited(self, key: str) -> str:
        """Return what a citation becomes: a footnote, or its key between brackets."""
        if key in self._references:
            if key not in self.cites:
                self.cites.append(key)
            return f"[^{identifier(key)}]"
        return f"［{key}］"

    def refer(self, name: str) -> None:
        """Remember that something refers to an id."""
        self.wanted.add(name)

    def footnotes(self) -> Traced:
        """Return the texts of all footnotes, those of the citations first."""
        lines = [
            joined([f"[^{identifier(key)}]: ", self._references[key].strip()]) for key in self.cites
        ]
        for key in self.cites:
            self.telling.make("reference", identifier(key), self._references[key].start)
        lines += [joined([f"[^{label}]: ", text.strip()]) for label, text in self._footnotes]
        return joined(lines, "\n\n")

    def tell(self) -> None:
        """Tell what has been collected of syntax, and the commands that are not known."""
        for what, (spans, nows) in self._syntax.items():
            self.telling.repaired("latex", what, spans, "".join(nows), spans[0][0] if spans else 0)
        for name, at in self._unknown.items():
            self.telling.doubt(
                "unknown-command",
                at,
                f"\\{name} is not known: left out, its argument is text",
                r"define it in the file by \newcommand",
            )
