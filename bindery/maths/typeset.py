"""The stage: formulas in, drawings or faults out, through the cache."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bindery.cache import Cache
from bindery.digest import digest
from bindery.maths.compute import Answer, Job, compute
from bindery.maths.engine import engine_version
from bindery.maths.errors import MathError, Request
from bindery.maths.expansion import expand, is_plain
from bindery.maths.hints import hint_for
from bindery.maths.structure import imbalance
from bindery.maths.tags import inline_tag, without_tags
from bindery.maths.tokens import Token, join, join_located, origin, tokenise
from bindery.model import Formula

_DIGIT = re.compile("[0-9]")
# Where the value of a number matters: arguments of definitions, columns, code points, colours.
_COUNTS = re.compile(
    r"#|\*\s*\{|\\(?:def|let|newcommand|renewcommand|newenvironment|unicode|char|color|textcolor"
    r"|colorbox|fcolorbox|definecolor|genfrac|begin\s*\{(?:x?x?alignat|alignedat|array)|multiput)"
)
_CHECKED = "maths-check"
_DRAWN = "maths-svg"
_SPREAD_CHECKS = 2_000
_SPREAD_DRAWINGS = 200
_DEEPEST = 250
_STRUCTURAL = frozenset(
    {
        "MissingCloseBrace",
        "ExtraOpenMissingClose",
        "ExtraCloseMissingOpen",
        "ExtraLeftMissingRight",
        "MissingLeftExtraRight",
        "EnvMissingEnd",
        "EnvBadEnd",
        "MissingBeginExtraEnd",
    }
)


def typeset(
    requests: Iterable[Request],
    macros: Mapping[str, str],
    cache: Cache,
    jobs: int | None = None,
) -> dict[Request, Formula | MathError]:
    r"""Return each formula drawn for the page, or what is wrong with it.

    A ``\tag`` is not drawn (see :func:`bindery.maths.split_tag`). The engine starts on a miss
    only. ``jobs`` bounds the processes used for many misses; default: the machine's cores.

    Raises MachineError when MathJax can't be started.
    """
    ready, results = _prepare(requests, macros)
    answers = _answers({p.key: p.job for p in ready.values()}, cache, True, jobs)
    good = {p.shape_key for p in ready.values() if "svg" in answers[p.key]}
    known = cache.get_many(_CHECKED, good)
    cache.put_many(_CHECKED, {key: _encoded({}) for key in good if key not in known})
    drawn: dict[Request, Formula | MathError] = dict(results)
    for request, prepared in ready.items():
        answer = answers[prepared.key]
        if "error" in answer:
            drawn[request] = _located(answer, prepared, request, macros)
        else:
            drawn[request] = Formula(
                answer["svg"], answer["width"], answer["height"], answer["depth"]
            )
    return drawn


def check(
    requests: Iterable[Request],
    macros: Mapping[str, str],
    cache: Cache,
    jobs: int | None = None,
) -> dict[Request, MathError | None]:
    """Return what is wrong with each formula, None for a good one; parses, draws nothing.

    Formulas that differ in digits alone are parsed once: TeX reads every digit alike, except
    where it counts with them. A refused one is parsed as it stands, for its own message.

    Raises MachineError when MathJax can't be started.
    """
    ready, results = _prepare(requests, macros)
    verdicts = _answers({p.shape_key: p.shape for p in ready.values()}, cache, False, jobs)
    doubtful = {
        request: prepared
        for request, prepared in ready.items()
        if "error" in verdicts[prepared.shape_key]
    }
    answers = _answers({p.key: p.job for p in doubtful.values()}, cache, False, jobs)
    checked: dict[Request, MathError | None] = {**dict.fromkeys(ready), **results}
    for request, prepared in doubtful.items():
        answer = answers[prepared.key]
        if "error" in answer:
            checked[request] = _located(answer, prepared, request, macros)
    return checked


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A formula as the engine gets it; ``tokens`` are () where that is what the author wrote."""

    job: Job
    key: str
    shape: Job
    shape_key: str
    tokens: tuple[Token, ...]


def _prepare(
    requests: Iterable[Request], macros: Mapping[str, str]
) -> tuple[dict[Request, _Prepared], dict[Request, MathError]]:
    version = engine_version()
    ready: dict[Request, _Prepared] = {}
    faults: dict[Request, MathError] = {}
    for request in dict.fromkeys(requests):
        tex, display = request
        written, tokens = tex, tuple[Token, ...]()
        fault: MathError | None = None
        if not is_plain(tex, macros):
            expansion = expand(tex, macros)
            written, tokens = join(expansion.tokens), expansion.tokens
            if expansion.error:
                fault = imbalance(tokenise(tex)) or expansion.error
        if not display and "\\tag" in written:
            fault = fault or inline_tag(tokens or tokenise(tex))
        fault = fault or _unfit(written, tokens)
        if fault:
            faults[request] = fault
            continue
        drawn = join(without_tags(tokens or tokenise(tex))) if "\\tag" in written else written
        shape = written if _COUNTS.search(written) else _DIGIT.sub("0", written)
        ready[request] = _Prepared(
            Job(written, drawn, display),
            digest(version, written, display),
            Job(shape, shape, display),
            digest(version, shape, display),
            tokens,
        )
    return ready, faults


def _unfit(written: str, tokens: Sequence[Token]) -> MathError | None:
    if not written.strip():
        return MathError("the formula is empty", 0)
    if written.count("{") <= _DEEPEST:
        return None
    depth = 0
    for token in tokens or tokenise(written):
        depth += (token.text == "{") - (token.text == "}")
        if depth > _DEEPEST:
            return MathError("the formula is nested too deeply", token.at)
    return None


def _answers(
    wanted: Mapping[str, Job], cache: Cache, draw: bool, jobs: int | None
) -> dict[str, Answer]:
    """Return an answer for each key, from the cache or the engine."""
    answers: dict[str, Answer] = {}
    for kind in (_DRAWN, _CHECKED) if draw else (_CHECKED,):
        missing = [key for key in wanted if key not in answers]
        for key, value in cache.get_many(kind, missing).items():
            answer = _decoded(value)
            if answer is not None and (not draw or answer):
                answers[key] = answer
    misses = [key for key in wanted if key not in answers]
    if not misses:
        return answers
    spread = len(misses) > (_SPREAD_DRAWINGS if draw else _SPREAD_CHECKS)
    processes = (jobs or os.cpu_count() or 1) if spread else 1
    fresh = dict(
        zip(misses, compute([wanted[key] for key in misses], draw, processes), strict=True)
    )
    lasting = {key: answer for key, answer in fresh.items() if answer.get("id") != "Limit"}
    if draw:
        cache.put_many(
            _DRAWN, {k: _encoded(answer) for k, answer in lasting.items() if "svg" in answer}
        )
    cache.put_many(
        _CHECKED,
        {k: _encoded(answer) for k, answer in lasting.items() if "svg" not in answer},
    )
    return answers | fresh


def _encoded(answer: Answer) -> bytes:
    return json.dumps(answer, ensure_ascii=False, sort_keys=True).encode()


def _decoded(value: bytes) -> Answer | None:
    try:
        answer = json.loads(value)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _located(
    answer: Answer, prepared: _Prepared, request: Request, macros: Mapping[str, str]
) -> MathError:
    """Return the fault in terms of what the author wrote."""
    fault = imbalance(tokenise(request[0]))
    if fault and answer["id"] in _STRUCTURAL:
        return fault
    at: int | None = answer["offset"]
    if at is not None and prepared.tokens:
        at = origin(join_located(prepared.tokens)[1], at)
    return MathError(answer["error"], at, hint_for(answer["id"], answer["error"], macros))
