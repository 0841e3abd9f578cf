"""What is asked of a build, and whether it is there already. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bindery
from bindery.inputs import Inputs, State, gather, load_state

DECK, RETIRED, HANDBOOK = "deck.apkg", "retired.apkg", "handbook.pdf"
FIGURES, REPORT = "figures", "report.json"
ALL = frozenset({DECK, HANDBOOK, FIGURES})


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
    """What to build, and how; the last four say how figures are made."""

    folders: Folders
    products: frozenset[str] = ALL
    locked: bool = False
    paper: str = ""
    jobs: int | None = None
    device: str = "auto"
    recompute: bool = False
    no_demos: bool = False
    keep_going: bool = False

    def key(self, inputs: Inputs, product: str) -> str:
        """Return the key of one product made of these inputs."""
        return inputs.key(self.paper if product == HANDBOOK else "")


def inputs_of(request: Request) -> Inputs:
    """Digest everything that the build depends on."""
    folders = request.folders
    code = Path(bindery.__file__).parent
    settings = {
        "device": request.device,
        "no_demos": request.no_demos,
        "keep_going": request.keep_going,
    }
    return gather(folders.source, (folders.templates, code), settings, folders.out)


def is_up_to_date(request: Request, inputs: Inputs, state: State) -> bool:
    """Say whether every product is there, made of just these inputs."""
    out = request.folders.out
    if request.recompute or not (out / REPORT).is_file():
        return False
    return all(state.has(out, name, request.key(inputs, name)) for name in request.products)


def nothing_to_do(request: Request) -> bool:
    """Say whether a build would change nothing."""
    return is_up_to_date(request, inputs_of(request), load_state(request.folders.out))
