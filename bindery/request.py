"""What is asked of a build, and whether it is there already. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bindery
from bindery.inputs import Inputs, State, gather, load_state

DECK, RETIRED, HANDBOOK = "deck.apkg", "retired.apkg", "handbook.pdf"
BOOKLET, CHANGED, FLASHCARDS = "booklet.pdf", "handbook-changed.pdf", "flashcards.pdf"
FIGURES, REPORT = "figures", "report.json"
PRINTED = frozenset({HANDBOOK, BOOKLET, CHANGED, FLASHCARDS})
ALL = frozenset({DECK, HANDBOOK, FIGURES})
# What PyTorch 2.13 calls its kinds of device, and those of its plugins.
DEVICES = ("auto", "cpu", "cuda", "mps", "xpu", "hpu", "mlu", "musa", "npu")
PRODUCTS = {
    "deck": DECK,
    "handbook": HANDBOOK,
    "figures": FIGURES,
    "flashcards": FLASHCARDS,
}
COPY = ".printed.json"
TAGGED, ARCHIVAL = "pdf/ua-1", "pdf/a-2u"
_FOR_SCREENS = "a tagged book is for the screen, not for paper"
_CONFLICTS = {
    ("pdf_ua", "pdf_a"): "a file keeps one standard; build them one after the other",
    ("pdf_ua", "bleed"): _FOR_SCREENS,
    ("pdf_ua", "booklet"): _FOR_SCREENS,
    ("pdf_ua", "changed"): _FOR_SCREENS,
    ("pdf_a", "booklet"): "an archive keeps the book, not how it is folded",
    ("pdf_a", "changed"): "an archive keeps whole books",
    ("booklet", "bleed"): "a booklet is folded, nothing is cut off",
    ("booklet", "changed"): "the sheets of a booklet hang together",
}


class WrongUseError(Exception):
    """What was asked for cannot be had, or contradicts itself; exit status 2."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where things are; ``shown`` is how diagnostics name the source folder."""

    source: Path
    out: Path
    templates: Path
    cache: Path
    shown: str = "source"


@dataclass(frozen=True, slots=True)
class Request:
    """What to build, and how.

    ``device`` to ``keep_going`` say how figures are made; ``bleed`` and ``standard`` (a PDF
    standard, "" for none) how the handbook is printed; "" as ``paper`` is the book's own.
    """

    folders: Folders
    products: frozenset[str] = ALL
    locked: bool = False
    paper: str = ""
    jobs: int | None = None
    device: str = "auto"
    recompute: bool = False
    no_demos: bool = False
    keep_going: bool = False
    bleed: bool = False
    standard: str = ""

    def settings(self, product: str) -> dict[str, str]:
        """Return what one product is asked for by, by the name of the option."""
        paper = {"paper": self.paper, "bleed": "given" if self.bleed else ""}
        if product == HANDBOOK:
            return {**paper, "standard": self.standard}
        return paper if product == CHANGED else {}

    def key(self, inputs: Inputs, product: str) -> str:
        """Return the key of one product made of these inputs."""
        return inputs.key(self.settings(product), inputs.copy if product == CHANGED else "")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where things stand before a build: the inputs now, and what was built last."""

    inputs: Inputs
    state: State

    def is_up_to_date(self, request: Request) -> bool:
        """Say whether every product is there, made of just these inputs."""
        out = request.folders.out
        if request.recompute or not (out / REPORT).is_file():
            return False
        keys = {name: request.key(self.inputs, name) for name in request.products}
        return all(self.state.has(out, name, key) for name, key in keys.items())


def standing_of(request: Request) -> Standing:
    """Digest everything that the build depends on, and read what was built."""
    return Standing(inputs_of(request), load_state(request.folders.out))


def inputs_of(request: Request) -> Inputs:
    """Digest everything that the build depends on."""
    folders = request.folders
    settings = {
        "device": request.device,
        "no_demos": request.no_demos,
        "keep_going": request.keep_going,
    }
    rooms = {
        "source": folders.source,
        "templates": folders.templates,
        "bindery": Path(bindery.__file__).parent,
    }
    return gather(rooms, settings, folders.out, folders.source / COPY)


def request_of(options: Mapping[str, Any], root: Path, product: str | None = None) -> Request:
    """Return what is asked for by options of the command line, by name as in Python.

    Args:
        options: what was given; None where nothing was.
        root: the folder of the tool, whose own book is built when no other is named.
        product: one of ``PRODUCTS``, or None for all that belongs to a whole build.

    Raises:
        WrongUseError: options contradict each other.
    """
    products = frozenset({PRODUCTS[product]}) if product else ALL
    if HANDBOOK in products:
        _refuse_conflicts(options)
        further = {BOOKLET: options.get("booklet"), CHANGED: options.get("changed")}
        products |= {name for name, wanted in further.items() if wanted}
    return Request(
        folders=folders_of(options, root),
        products=products,
        locked=bool(options.get("locked")),
        paper=options.get("paper") or "",
        jobs=options.get("jobs"),
        device=options.get("device") or "auto",
        recompute=bool(options.get("recompute")),
        no_demos=bool(options.get("no_demos")),
        keep_going=bool(options.get("keep_going")),
        bleed=bool(options.get("bleed")),
        standard=TAGGED if options.get("pdf_ua") else ARCHIVAL if options.get("pdf_a") else "",
    )


def folders_of(options: Mapping[str, Any], root: Path) -> Folders:
    """Return where things are, as options say; what they don't is below ``root``."""
    import platformdirs

    source: Path | None = options.get("source")
    if source is not None and source.is_file():
        raise WrongUseError(f"--source names a folder of notes, and {source} is a file")
    cache = options.get("cache") or platformdirs.user_cache_dir("bindery", appauthor=False)
    return Folders(
        source=source or root / "source",
        out=options.get("out") or root / "out",
        templates=options.get("templates") or root / "templates",
        cache=Path(cache).resolve(),  # children work in folders of their own
        shown=source.as_posix() if source else "source",
    )


def _refuse_conflicts(options: Mapping[str, Any]) -> None:
    for (one, other), why in _CONFLICTS.items():
        if options.get(one) and options.get(other):
            raise WrongUseError(f"{_typed(one)} and {_typed(other)} do not go together: {why}")
    if options.get("booklet") and options.get("paper") not in (None, "", "a5"):
        raise WrongUseError(f"a booklet has pages of A5: leave --paper {options['paper']} out")


def _typed(name: str) -> str:
    return f"--{name.replace('_', '-')}"
