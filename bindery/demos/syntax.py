"""Syntax trees of scripts, one at a time: CPython 3.11 confuses trees that threads build at once.

Its converter keeps the depth of its recursion for the interpreter, not for the thread, and raises
``SystemError: AST constructor recursion depth mismatch`` (python/cpython#106905).
"""

from __future__ import annotations

import ast
import threading
from functools import lru_cache

_LOCK = threading.Lock()


@lru_cache(maxsize=512)
def parsed(text: str) -> ast.Module:
    """Return the tree of a script, which nobody may change.

    Raises:
        SyntaxError: the text is not Python.
        ValueError: it holds a null character.
    """
    with _LOCK:
        return ast.parse(text)
