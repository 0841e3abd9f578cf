"""What holds around a run of WeasyPrint: the environment, its complaints, the collector."""

from __future__ import annotations

import ctypes.util
import gc
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment, and put back what they were."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def load() -> None:
    """Import WeasyPrint, in half the time that it takes by itself.

    It tries each library by the names of all systems. On Linux the last of them, the soname, is
    the one; for each name before it Python would have gcc and ld look.

    Raises:
        OSError: A library is missing.
        ImportError: WeasyPrint is.
    """
    stock = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None  # noqa: ARG005
    try:
        import weasyprint  # type: ignore[import-untyped]  # noqa: F401
    finally:
        ctypes.util.find_library = stock


class _Listener(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())


@contextmanager
def listening(messages: list[str]) -> Iterator[None]:
    """Collect WeasyPrint's complaints instead of printing them."""
    logger = logging.getLogger("weasyprint")
    handlers, propagate, level = logger.handlers[:], logger.propagate, logger.level
    logger.handlers[:] = [_Listener(messages)]
    logger.propagate, logger.level = False, logging.WARNING
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.propagate, logger.level = propagate, level


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Layout makes millions of boxes that live to the end: looking through them is wasted."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
