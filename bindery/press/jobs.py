"""Chapters laid out by processes of their own: in parallel, and their memory given back."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bindery.cache import Cache
from bindery.cores import cores
from bindery.diagnostics import MachineError
from bindery.fonts import FontSet
from bindery.press import surroundings
from bindery.press.patches.fonts import FontUse
from bindery.press.weasy import Press

# What was laid out hangs together in circles: looking for it takes as long as three pages do,
# keeping it takes a thousand bytes for each one of HTML.
_HTML_KEPT = 100_000
_presses: dict[tuple[str, str], Press] = {}
_kept: list[int] = []

# A little of each face.
_SAMPLE = (
    '<html lang="zh-CN"><body><h1>题 Title</h1><p>文 text <em>slant</em> <strong>粗 bold</strong> '
    "<code>code</code></p></body></html>"
)
_Setting = tuple[FontSet, str, Path]


@dataclass(frozen=True, slots=True)
class Document:
    """What a fragment is made of: HTML, and the bytes behind its ``book:`` URLs.

    ``closer`` is a style sheet for when the last page would be nearly empty.
    """

    html: str
    assets: Mapping[str, bytes]
    closer: str = ""


class Workers:
    """Processes that lay out documents; as a context manager they end with what they work for."""

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or cores()
        self._pool: ProcessPoolExecutor | None = None
        self._begun: Future[None] | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """End the processes; a later job begins others."""
        pool, self._pool, self._begun = self._pool, None, None
        if pool is None:
            return
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)  # forgets them
        # They have nothing to tidy up, and tidying millions of boxes takes its time.
        for process in processes:
            process.kill()

    def begin(self) -> None:
        """Start a process ahead of its first job: WeasyPrint takes most of a second to load."""
        self._begun = self._ready().submit(_load)

    def submit_if_idle(self, job: Callable[..., None], *arguments: object) -> None:
        """Begin a job that is worth no further process: when one that was begun has loaded."""
        if self._begun is not None and self._begun.done():
            with suppress(BrokenProcessPool):  # told when there is a result to wait for
                self._ready().submit(job, *arguments)

    def submit(self, job: Callable[..., bytes], *arguments: object) -> Future[bytes]:
        """Begin a job.

        Raises:
            MachineError: A process was killed.
        """
        try:
            return self._ready().submit(job, *arguments)
        except BrokenProcessPool as error:
            raise _killed() from error

    def _ready(self) -> ProcessPoolExecutor:
        """Return the pool, made when it is first needed: a deck alone needs none."""
        if self._pool is None:
            # Spawned, not forked: this process may run threads and hold a database.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._jobs, context, _end_with_parent)
        return self._pool


class Presses:
    """Workers that lay documents out with one set of fonts, one style and one cache."""

    def __init__(self, workers: Workers, fonts: FontSet, style: str, cache: Path) -> None:
        self._workers, self._setting = workers, (fonts, style, cache)

    def warm(self) -> None:
        """Let a worker read style and fonts while it has nothing else to do."""
        self._workers.submit_if_idle(_warm, self._setting)

    def end(self) -> None:
        """End the workers: nothing more is laid out, and their memory takes time to give back."""
        self._workers.end()

    def fragment(self, document: Document) -> Future[bytes]:
        """Begin to lay out a document; the result is a ``Fragment`` as bytes."""
        return self._workers.submit(_fragment, self._setting, document)

    def embedded(self, uses: Mapping[str, FontUse]) -> Future[bytes]:
        """Begin to cut fonts to what is used of them; the result is ``Objects`` as bytes."""
        return self._workers.submit(_embedded, self._setting, uses)


def outcome(future: Future[bytes]) -> bytes:
    """Return what a job made.

    Raises:
        MachineError: The process was killed, or the machine lacks something.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise _killed() from error


def _killed() -> MachineError:
    return MachineError(
        "a process that lays out the handbook was ended, perhaps for lack of memory: "
        "try again with --jobs 1"
    )


def _end_with_parent() -> None:
    """Let this process not outlive a build that is killed; Ctrl-C is the build's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _load() -> None:
    with suppress(ImportError, OSError):  # told by the job itself, which can say it
        surroundings.load()


def _warm(setting: _Setting) -> None:
    with suppress(MachineError):
        _press_for(setting).lay_out(_SAMPLE, {})


def _press_for(setting: _Setting) -> Press:
    fonts, style, cache = setting
    wanted = (fonts.digest, style)
    if wanted not in _presses:
        while _presses:
            _presses.popitem()[1].__exit__()
            gc.collect()
        _presses[wanted] = Press(fonts, style, Cache(cache)).__enter__()
        gc.freeze()  # what is there by now stays: looking through it frees nothing
    return _presses[wanted]


def _fragment(setting: _Setting, document: Document) -> bytes:
    press = _press_for(setting)
    if sum(_kept) + len(document.html) > _HTML_KEPT and _kept:
        gc.collect()
        _give_back()
        _kept.clear()
    _kept.append(len(document.html))
    return press.fragment(document.html, document.assets, document.closer).to_bytes()


def _give_back() -> None:
    """Return freed memory to the system: glibc keeps what lies between things that live."""
    from ctypes import CDLL

    with suppress(OSError, AttributeError):
        CDLL("libc.so.6").malloc_trim(0)


def _embedded(setting: _Setting, uses: Mapping[str, FontUse]) -> bytes:
    return _press_for(setting).embedded(uses).to_bytes()
