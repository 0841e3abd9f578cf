"""Why a product is built: what is different from the last time. Pure but for a look at ``out/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindery.inputs import Inputs, Product
from bindery.request import CHANGED, Request, Standing

_MOST = 6
_ASKED = {"paper": "--paper", "bleed": "--bleed", "standard": "the PDF standard"}


def reasons(request: Request, standing: Standing) -> dict[str, tuple[str, ...]]:
    """Return for each product that is asked for why it is built, in plain words."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(request.products):
        before = standing.state.products.get(name)
        found[name] = (
            tuple(_why(request, standing.inputs, name, before))
            if before
            else ("it is built for the first time",)
        )
    return found


def changed_inputs(request: Request, standing: Standing) -> tuple[str, ...]:
    """Return what differs for any product that was built before, as the user names it."""
    names: set[str] = set()
    for name in request.products & standing.state.products.keys():
        names.update(standing.inputs.differences(standing.state.products[name].inputs))
    return tuple(_shown(name, request.folders.shown) for name in sorted(names))


def _why(request: Request, inputs: Inputs, name: str, before: Product) -> Iterator[str]:
    differ = inputs.differences(before.inputs)
    yield from _in_words(differ, inputs.digests, before.inputs, request.folders.shown)
    now = request.settings(name)
    for option in sorted(now.keys() | before.settings.keys()):
        old, new = before.settings.get(option, ""), now.get(option, "")
        if old != new:
            yield f"{_ASKED[option]} is {new or 'not given'}, it was {old or 'not given'}"
    if name == CHANGED and before.key != request.key(inputs, name) and not differ:
        yield "another copy is marked as printed"
    if not before.whole(request.folders.out):
        yield "it is missing, or was changed by another hand"
    if request.recompute:
        yield "--recompute"
    if before.key == request.key(inputs, name) and before.whole(request.folders.out):
        yield "it is up to date, and built along with the others"


def _in_words(
    names: tuple[str, ...], now: Mapping[str, str], before: Mapping[str, str], shown: str
) -> Iterator[str]:
    code = [name for name in names if name.startswith("bindery/")]
    if code:
        yield f"Bindery itself has changed ({len(code)} of its files)"
    rest = [name for name in names if name not in code]
    for name in rest[:_MOST]:
        how = "is new" if name not in before else "is gone" if name not in now else "has changed"
        yield f"{_shown(name, shown)} {how}"
    if len(rest) > _MOST:
        yield f"and {len(rest) - _MOST} more files"


def _shown(name: str, folder: str) -> str:
    """Return an input by the name that the user knows."""
    if name == "installed":
        return "what is installed"
    if name == "settings":
        return "how figures are to be made"
    return f"{folder}/{name.removeprefix('source/')}" if name.startswith("source/") else name
