"""What a demo computes, as plain JSON: rounded, finite, comparable.

A number, a text and a list stay what they are; a tensor or an array becomes
``{"dtype": "float" | "int" | "bool", "shape": […], "data": nested lists}``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

DIGITS = 6
DEFAULT_TOLERANCE = 1e-4
MOST_NUMBERS = 100_000

Tolerance: TypeAlias = float | tuple[tuple[str, float | None], ...]
Encoded: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any]

_DTYPES = {"f": "float", "i": "int", "u": "int", "b": "bool"}


class ValueProblemError(Exception):
    """A value that no record can hold; ``name`` is the value's."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.code = code


def encode(values: object) -> dict[str, Encoded]:
    """Turn what ``compute`` returned into plain JSON, floats to 6 significant digits.

    Raises:
        ValueProblemError: a value is no tensor, array, number, text or list of these, is not
            finite, or there is far too much.
    """
    if not isinstance(values, Mapping):
        raise ValueProblemError("", "demo-values", f"compute returned {_kind(values)}, not a dict")
    encoded: dict[str, Encoded] = {}
    count = 0
    for name, value in values.items():
        if not isinstance(name, str) or not name:
            raise ValueProblemError(
                "", "demo-values", f"a value is named {name!r}, which is no text"
            )
        count += _count(value)
        if count > MOST_NUMBERS:
            raise ValueProblemError(
                name,
                "record-too-large",
                f'with "{name}" compute returns more than {MOST_NUMBERS:,} numbers',
            )
        encoded[name] = _encode(name, value)
    return encoded


def decode(values: Mapping[str, Encoded]) -> dict[str, Any]:
    """Return what ``draw`` gets: NumPy arrays where arrays were, all else unchanged."""
    return {name: _decode(value) for name, value in values.items()}


def tolerance_of(tolerance: Tolerance, name: str) -> float | None:
    """Return a value's relative tolerance; None for one that is measured, never compared."""
    if isinstance(tolerance, tuple):
        return dict(tolerance).get(name, DEFAULT_TOLERANCE)
    return tolerance


def deviation(old: Encoded, new: Encoded) -> float:
    """Return how far two values differ: the largest difference over the old one's largest size.

    Infinity where they differ in kind, shape or text.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        if (old["dtype"], old["shape"]) != (new["dtype"], new["shape"]):
            return math.inf
        if old["data"] == new["data"]:
            return 0.0
        return _deviation(list(_leaves(old["data"])), list(_leaves(new["data"])))
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return math.inf
        if all(_is_number(each) for each in (*old, *new)):
            return _deviation(old, new)
        return max((deviation(a, b) for a, b in zip(old, new, strict=True)), default=0.0)
    return _deviation([old], [new])


def _deviation(old: list[Any], new: list[Any]) -> float:
    if old == new:
        return 0.0
    if not all(_is_number(each) for each in (*old, *new)):
        return math.inf
    scale = max(abs(each) for each in old)
    largest = max(abs(a - b) for a, b in zip(old, new, strict=True))
    return float(largest / scale) if scale else math.inf


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _leaves(data: object) -> Iterator[Any]:
    if isinstance(data, list):
        for each in data:
            yield from _leaves(each)
    else:
        yield data


def _count(value: object) -> int:
    numel = getattr(value, "numel", None)
    if callable(numel):
        return int(numel())
    if isinstance(value, list | tuple):
        return sum(_count(each) for each in value)
    return int(getattr(value, "size", 1))


def _kind(value: object) -> str:
    return f"a value of type {type(value).__name__}"


def _encode(name: str, value: object) -> Encoded:
    import numpy as np

    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return _rounded(name, value)
    if isinstance(value, list | tuple):
        return [_encode(name, each) for each in value]
    array = _array(value)
    if isinstance(array, np.generic) or (isinstance(array, np.ndarray) and array.ndim == 0):
        return _encode(name, array.item())
    if isinstance(array, np.ndarray) and array.dtype.kind == "U":
        texts: list[Any] = array.tolist()
        return texts
    if isinstance(array, np.ndarray) and array.dtype.kind in _DTYPES:
        kind = array.dtype.kind
        data = array.astype(np.float64).tolist() if kind == "f" else array.tolist()
        if kind == "f":
            data = _round_all(name, data)
        return {"dtype": _DTYPES[kind], "shape": list(array.shape), "data": data}
    raise ValueProblemError(
        name,
        "demo-values",
        f'"{name}" is {_kind(value)}; a record holds tensors, arrays, numbers, texts and lists',
    )


def _array(value: object) -> object:
    detach = getattr(value, "detach", None)
    if not callable(detach):
        return value
    tensor: Any = detach().cpu()
    if tensor.is_floating_point():
        tensor = tensor.double()
    return tensor.resolve_conj().numpy()


def _round_all(name: str, data: list[Any]) -> list[Any]:
    return [
        _round_all(name, each) if isinstance(each, list) else _rounded(name, each) for each in data
    ]


def _rounded(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise ValueProblemError(
            name, "demo-not-finite", f'"{name}" holds {value}, not a finite number'
        )
    return float(f"{value:.{DIGITS}g}") + 0.0


def _decode(value: Encoded) -> Any:
    import numpy as np

    if isinstance(value, dict):
        dtype = {"float": np.float64, "int": np.int64, "bool": np.bool_}[value["dtype"]]
        return np.array(value["data"], dtype=dtype).reshape(value["shape"])
    if isinstance(value, list):
        return [_decode(each) for each in value]
    return value
