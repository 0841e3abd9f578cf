"""Ask the engine, here or in several processes."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bindery.diagnostics import MachineError

if TYPE_CHECKING:
    from bindery.maths.engine import Engine

Answer: TypeAlias = dict[str, Any]
"""``{"svg", "width", "height", "depth"}``; ``{}`` when only parsed; ``{"error", "id", "offset"}``."""


class Job(NamedTuple):
    """A formula for the engine: ``tex`` is judged, ``drawn`` (without its tag) is drawn."""

    tex: str
    drawn: str
    display: bool


_lock = threading.Lock()
_engine: Engine | None = None


def compute(jobs: Sequence[Job], draw: bool, processes: int) -> list[Answer]:
    """Return the engine's answers, in order; with more than one process each gets a share."""
    if processes > 1 and len(jobs) > processes:
        return _spread(jobs, draw, processes)
    engine = _shared_engine()
    return [_answer(engine, job, draw) for job in jobs]


def close() -> None:
    """End the engine of this process, if one was started."""
    global _engine
    with _lock:
        engine, _engine = _engine, None
    if engine is not None:
        engine.close()


def _shared_engine() -> Engine:
    global _engine
    with _lock:
        if _engine is None:
            from bindery.maths.engine import Engine

            _engine = Engine()
            atexit.register(close)
        return _engine


def _answer(engine: Engine, job: Job, draw: bool) -> Answer:
    from bindery.maths.svg import to_formula

    judged_apart = not draw or job.tex != job.drawn
    result = engine.convert(job.tex, job.display, draw=not judged_apart)
    if isinstance(result, str) and judged_apart and draw:
        result = engine.convert(job.drawn, job.display, draw=True)
    if not isinstance(result, str):
        return {"error": result.message, "id": result.id, "offset": result.offset}
    if not draw:
        return {}
    formula = to_formula(result)
    return {
        "svg": formula.svg,
        "width": formula.width,
        "height": formula.height,
        "depth": formula.depth,
    }


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
