"""Stage 5, formulas: every formula is judged, at its place, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Severity
from bindery.digest import digest
from bindery.facts import FormulaUse
from bindery.inline_width import inline_width
from bindery.maths import (
    MathError,
    Request,
    card_tex,
    check,
    engine_version,
    lint,
    normalise,
    typeset,
)
from bindery.model import Formula

# em of maths, which MathJax draws a quarter larger than an 18 px text: 390 px, less the margins.
_WIDEST_INLINE = 15.5


def judge(
    uses: Sequence[FormulaUse],
    macros: Mapping[str, str],
    cache: Cache,
    jobs: int | None = None,
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the formulas, each at its place.

    Raises:
        MachineError: MathJax cannot be started.
    """
    mended = {use.tex: normalise(use.tex) for use in uses}
    linted = {tex: lint(text) for tex, (text, _) in mended.items()}
    checked = check(
        {(mended[use.tex][0], use.display) for use in uses if not linted[use.tex]},
        macros,
        cache,
        jobs,
    )
    found: list[Diagnostic] = []
    for use in uses:
        text, mends = mended[use.tex]
        faults = linted[use.tex]
        if not faults and (fault := checked[text, use.display]):
            faults = (fault,)
        found.extend(_diagnostic(use, fault, text == use.tex) for fault in faults)
        found.extend(
            Diagnostic(
                use.place,
                "mended-formula",
                f"in the formula, {mend}",
                "write it so in the notes",
                Severity.WARNING,
            )
            for mend in mends
        )
        if not faults and not use.display and inline_width(text) > _WIDEST_INLINE:
            found.append(
                Diagnostic(
                    use.place,
                    "long-inline-formula",
                    "a formula inside a line that is wider than a phone: it has to be scrolled",
                    "set it on lines of its own between $$",
                    Severity.WARNING,
                )
            )
    return tuple(found)


def drawn(
    requests: Iterable[Request], macros: Mapping[str, str], cache: Cache, jobs: int | None = None
) -> dict[Request, Formula]:
    """Return the formulas drawn for the page, keyed as they stand in the notes.

    A piece of a long formula that means nothing by itself is left out: the handbook then sets
    the formula whole.

    Raises:
        MachineError: MathJax cannot be started.
    """
    mended = {request: (normalise(request[0])[0], request[1]) for request in requests}
    results = typeset(mended.values(), macros, cache, jobs)
    return {
        request: result
        for request, wanted in mended.items()
        if not isinstance(result := results[wanted], MathError)
    }


class Drawn(Mapping[Request, Formula]):
    """The formulas of a book, drawn when they are asked for, or ahead and many at once."""

    def __init__(self, macros: Mapping[str, str], cache: Cache, jobs: int | None = None) -> None:
        self._macros, self._cache, self._jobs = macros, cache, jobs
        self._known: dict[Request, Formula | None] = {}

    def ahead(self, requests: Iterable[Request]) -> None:
        """Draw what is not drawn yet."""
        wanted = [request for request in requests if request not in self._known]
        found = drawn(wanted, self._macros, self._cache, self._jobs) if wanted else {}
        self._known.update((request, found.get(request)) for request in wanted)

    def __getitem__(self, request: Request) -> Formula:
        self.ahead((request,))
        formula = self._known[request]
        if formula is None:
            raise KeyError(request)
        return formula

    def __iter__(self) -> Iterator[Request]:
        return (request for request, formula in self._known.items() if formula is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def drawing_recipe(macros: Mapping[str, str]) -> str:
    """Return a digest of what decides how formulas are drawn, given their TeX."""
    return digest(engine_version(), macros)


def tex_for_cards(tex: str, macros: Mapping[str, str]) -> str:
    """Return what stands between the delimiters on a card."""
    return card_tex(normalise(tex)[0], macros)


def _diagnostic(use: FormulaUse, fault: MathError, exact: bool) -> Diagnostic:
    place = use.place
    if fault.offset is not None and exact:
        place = use.at(fault.offset)
    return Diagnostic(
        place,
        "refused-formula",
        f"formula: {fault.message}",
        fault.hint or f"in {_shortened(use.tex)}",
    )


def _shortened(tex: str, limit: int = 60) -> str:
    line = " ".join(tex.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
