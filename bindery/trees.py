"""Trees of chapters as bytes for the cache: pickled, and read back as our own values alone."""

from __future__ import annotations

import io
import pickle
from dataclasses import fields, is_dataclass
from functools import cache
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


class _Values(pickle.Pickler):
    """Writes values as calls of their classes: read back in half the time of setting fields."""

    def reducer_override(self, value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            kind = type(value)
            return kind, tuple(getattr(value, name) for name in _names(kind))
        return NotImplemented


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def tree_to_bytes(tree: Chapter) -> bytes:
    """Return a chapter's tree as bytes."""
    buffer = io.BytesIO()
    _Values(buffer, protocol=5).dump(tree)
    return buffer.getvalue()


def tree_from_bytes(data: bytes) -> Chapter | None:
    """Return the tree; None when the bytes are none."""
    try:
        tree = _Trees(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError):
        return None
    except (TypeError, KeyError, MemoryError, OverflowError, UnicodeDecodeError):
        return None
    return tree if isinstance(tree, Chapter) else None
