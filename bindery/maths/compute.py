"""Ask the engine, here or in several processes."""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bindery.diagnostics import MachineError

if TYPE_CHECKING:
    from bindery.maths.engine import Engine, Refusal

_NUMBERED = re.compile(
    r"\\(begin|end)\{(equation|align|alignat|flalign|gather|multline|eqnarray)\}"
)
Answer: TypeAlias = dict[str, Any]
"""``{"svg", "width", "height", "depth"}``, ``{}`` if only parsed, ``{"error", "id", "offset"}``."""


class Job(NamedTuple):
    """A formula for the engine: ``tex`` is judged, ``drawn`` (without its tag) is drawn."""

    tex: str
    drawn: str
    display: bool


def compute(jobs: Sequence[Job], draw: bool, processes: int) -> list[Answer]:
    """Return the engine's answers, in order; with more than one process each gets a share."""
    if processes > 1 and len(jobs) > processes:
        return _spread(jobs, draw, processes)
    engine = _shared_engine()
    return [_answer(engine, job, draw) for job in jobs]


def close() -> None:
    """End the engine of this process, if one was started; a later formula starts another."""
    if _shared_engine.cache_info().currsize:
        _shared_engine().close()


@lru_cache(maxsize=1)
def _shared_engine() -> Engine:
    from bindery.maths.engine import Engine

    atexit.register(close)
    return Engine()


def _answer(engine: Engine, job: Job, draw: bool) -> Answer:
    result: str | Refusal = ""
    if not draw or job.tex != job.drawn:
        result = engine.convert(job.tex, job.display, draw=False)
    if draw and isinstance(result, str):
        return _drawing(engine, job)
    return {} if isinstance(result, str) else _refusal(result)


def _drawing(engine: Engine, job: Job) -> Answer:
    from bindery.maths.svg import to_formula

    # A numbered environment can come out as wide as its container, without an extent.
    for tex in (job.drawn, _NUMBERED.sub(r"\\\1{\2*}", job.drawn)):
        result = engine.convert(tex, job.display, draw=True)
        if not isinstance(result, str):
            return _refusal(result)
        with suppress(ValueError):
            formula = to_formula(result)
            return {
                "svg": formula.svg,
                "width": formula.width,
                "height": formula.height,
                "depth": formula.depth,
            }
    return {"error": "the formula has no extent of its own", "id": "NoExtent", "offset": None}


def _refusal(refusal: Refusal) -> Answer:
    return {"error": refusal.message, "id": refusal.id, "offset": refusal.offset}


def _spread(jobs: Sequence[Job], draw: bool, processes: int) -> list[Answer]:
    package_root = str(Path(__file__).resolve().parents[2])
    paths = [package_root, os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bindery.maths.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        for _ in range(processes)
    ]
    answers: list[Answer] = [{}] * len(jobs)
    failed: list[str] = []

    def collect(number: int) -> None:
        request = json.dumps({"draw": draw, "jobs": jobs[number::processes]}).encode()
        output, _ = workers[number].communicate(request)
        if workers[number].returncode:
            failed.append(f"status {workers[number].returncode}")
            return
        answers[number::processes] = json.loads(output)

    threads = [threading.Thread(target=collect, args=(n,)) for n in range(processes)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
    if failed:
        raise MachineError(f"a process that typesets formulas ended badly ({failed[0]})")
    return answers
