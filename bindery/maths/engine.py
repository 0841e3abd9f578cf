"""MathJax 3.2.2 in QuickJS: the only module that knows either."""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bindery.diagnostics import MachineError
from bindery.digest import digest, file_digest
from bindery.maths.javascript import FILES, GLUE, PACKAGES, SETUP

_DISTRIBUTION = "django-static-mathjax"
_FOLDER = "mathjax/static/mathjax/es5"
_THREAD_STACK = 64 << 20
_SCRIPT_STACK = 48 << 20  # on a smaller C stack deep nesting would crash the process
_MEMORY = 512 << 20
TIME_LIMIT = 3.0
"""Seconds of CPU that one formula may take."""

_STATEFUL = (
    "\\newcommand",
    "\\renewcommand",
    "\\newenvironment",
    "\\renewenvironment",
    "\\def",
    "\\let",
    "\\Declare",
    "\\newtagform",
    "\\renewtagform",
    "\\mathtoolsset",
    "\\definecolor",
    "\\usetagform",
)
_ENDLESS = "the formula takes too long or too much memory"
_DEEP = "the formula is nested too deeply"


@dataclass(frozen=True, slots=True)
class Refusal:
    """MathJax's answer to a formula that it can't read; ``offset`` within what it was given."""

    message: str
    id: str
    offset: int | None


@lru_cache(maxsize=1)
def engine_version() -> str:
    """Return a digest of all that decides what a formula looks like, given its expanded TeX."""
    try:
        version = distribution(_DISTRIBUTION).version
    except PackageNotFoundError as error:
        raise MachineError(f"the package {_DISTRIBUTION} is not installed") from error
    cleaning = file_digest(Path(__file__).with_name("svg.py"))
    return digest(version, SETUP, GLUE, FILES, PACKAGES, cleaning, length=16)


class Engine:
    """A MathJax that lives in a thread of its own, started by the first formula.

    The thread has the big stack that deeply nested formulas need; QuickJS objects never
    leave it. After a formula that ran out of time, memory or stack it begins afresh.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[str, queue.SimpleQueue[Any]] | None] | None = None
        self._thread: threading.Thread | None = None

    def convert(self, tex: str, display: bool, draw: bool) -> str | Refusal:
        """Return MathJax's SVG markup ("" unless ``draw``), or why it can't read the formula."""
        request = json.dumps({"tex": tex, "display": display, "draw": draw})
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            self._start().put((request, answers))
            answer = answers.get()
        if isinstance(answer, BaseException):
            raise answer
        if "error" in answer:
            return Refusal(answer["error"], answer["id"], answer["offset"])
        return str(answer["svg"])

    def close(self) -> None:
        """End the thread; a later formula starts another."""
        with self._lock:
            thread, jobs = self._thread, self._jobs
            self._thread = self._jobs = None
        if thread is not None and jobs is not None:
            jobs.put(None)
            thread.join()

    def _start(self) -> queue.SimpleQueue[tuple[str, queue.SimpleQueue[Any]] | None]:
        if self._jobs is None:
            self._jobs = queue.SimpleQueue()
            previous = threading.stack_size(_THREAD_STACK)
            try:
                self._thread = threading.Thread(
                    target=_serve, args=(self._jobs, self._time_limit), daemon=True, name="mathjax"
                )
                self._thread.start()
            finally:
                threading.stack_size(previous)
        return self._jobs


def _serve(
    jobs: queue.SimpleQueue[tuple[str, queue.SimpleQueue[Any]] | None], time_limit: float
) -> None:
    context: Any = None
    while (job := jobs.get()) is not None:
        request, answers = job
        try:
            if context is None:
                context = _context(time_limit)
        except Exception as error:
            answers.put(_machine_error(error))
            continue
        answer, sound = _answer(context, request)
        if not sound:
            context = None
        answers.put(answer)


def _answer(context: Any, request: str) -> tuple[dict[str, Any], bool]:
    """Return the answer, and whether the context can be used again."""
    quickjs: Any = import_module("quickjs")

    try:
        answer = json.loads(context.get("convert")(request))
        if any(json.dumps(word)[1:-1] in request for word in _STATEFUL):
            context.get("rebuild")(_configuration())
    except (quickjs.StackOverflow, quickjs.JSException) as error:
        text = str(error)
        deep = isinstance(error, quickjs.StackOverflow) or "stack" in text
        message = _DEEP if deep else _ENDLESS
        return {"error": message, "id": "Limit", "offset": None}, False
    return answer, True


def _context(time_limit: float) -> Any:
    quickjs: Any = import_module("quickjs")

    root = Path(str(distribution(_DISTRIBUTION).locate_file(_FOLDER)))
    context = quickjs.Context()
    context.set_max_stack_size(_SCRIPT_STACK)
    context.set_memory_limit(_MEMORY)
    context.eval(SETUP)
    for name in FILES:
        context.eval((root / name).read_text(encoding="utf-8"))
    context.eval(GLUE)
    context.get("rebuild")(_configuration())
    context.set_time_limit(time_limit)
    return context


def _configuration() -> str:
    return json.dumps({"packages": PACKAGES})


def _machine_error(error: Exception) -> MachineError:
    return MachineError(
        f"MathJax can't be started ({error}): install quickjs-ng and {_DISTRIBUTION}"
    )
