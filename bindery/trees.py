"""Trees of chapters as bytes for the cache: pickled, and read back as our own values alone."""

from __future__ import annotations

import io
import pickle
from typing import Any

from bindery.model import Chapter

# Whoever can write into the cache must not be able to run code: nothing else is ever built.
_MODULES = frozenset({"bindery.model", "bindery.diagnostics"})


class _Trees(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module not in _MODULES or not isinstance(
            found := super().find_class(module, name), type
        ):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a chapter")
        return found


def tree_to_bytes(tree: Chapter) -> bytes:
    """Return a chapter's tree as bytes."""
    return pickle.dumps(tree, protocol=5)


def tree_from_bytes(data: bytes) -> Chapter | None:
    """Return the tree; None when the bytes are none."""
    try:
        tree = _Trees(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None
    except (TypeError, KeyError, MemoryError, OverflowError, UnicodeDecodeError):
        return None
    return tree if isinstance(tree, Chapter) else None
