"""Chapters laid out by processes of their own: in parallel, and their memory given back."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass

from bindery.diagnostics import MachineError
from bindery.fonts import FontSet
from bindery.handbook.patches.fonts import FontUse
from bindery.handbook.weasy import Press

# What was laid out hangs together in circles: looking for it takes as long as three pages do,
# keeping it takes 2 MB a page.
_PAGES_KEPT = 30
_press: list[Press] = []
_pages: list[int] = []


@dataclass(frozen=True, slots=True)
class Document:
    """What a fragment is made of: HTML, and the bytes behind its ``book:`` URLs."""

    html: str
    assets: Mapping[str, bytes]


class Presses:
    """Processes that lay documents out with one set of fonts and one style.

    They start with the first job; use as a context manager to end them.
    """

    def __init__(self, fonts: FontSet, style: str, jobs: int) -> None:
        self._fonts, self._style, self._jobs = fonts, style, jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Presses:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def fragment(self, document: Document) -> Future[bytes]:
        """Begin to lay out a document; the result is a ``Fragment`` as bytes."""
        return self._ready().submit(_fragment, document)

    def embedded(self, uses: Mapping[str, FontUse]) -> Future[bytes]:
        """Begin to cut fonts to what is used of them; the result is a PDF that holds them."""
        return self._ready().submit(_embedded, uses)

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: this process may run threads and hold a database.
            self._pool = ProcessPoolExecutor(
                self._jobs,
                multiprocessing.get_context("spawn"),
                _start,
                (self._fonts, self._style),
            )
        return self._pool


def outcome(future: Future[bytes]) -> bytes:
    """Return what a job made.

    Raises:
        MachineError: The process was killed, or the machine lacks something.
    """
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise MachineError(
            "a process that lays out the handbook was ended, perhaps for lack of memory: "
            "try again with --jobs 1"
        ) from error


def _end_with_parent() -> None:
    """Let this process not outlive a build that is killed."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _start(fonts: FontSet, style: str) -> None:
    _end_with_parent()
    with suppress(MachineError):  # told by the job itself, which can say it
        _press.append(Press(fonts, style).__enter__())
        return
    _press.append(Press(fonts, style))


def _fragment(document: Document) -> bytes:
    import gc

    press = _press[0] if _press[0].is_ready else _press[0].__enter__()
    fragment = press.fragment(document.html, document.assets)
    _pages.append(fragment.page_count)
    if sum(_pages) > _PAGES_KEPT:
        gc.collect()
        _give_back()
        _pages.clear()
    return fragment.to_bytes()


def _give_back() -> None:
    """Return freed memory to the system: glibc keeps what lies between things that live."""
    from ctypes import CDLL

    with suppress(OSError, AttributeError):
        CDLL("libc.so.6").malloc_trim(0)


def _embedded(uses: Mapping[str, FontUse]) -> bytes:
    return _press[0].embedded(uses)
