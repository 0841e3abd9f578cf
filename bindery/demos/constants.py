"""The constants by which a demo's file declares itself: ALT, INPUTS, TIMEOUT, TOLERANCE."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bindery.diagnostics import Diagnostic, Place


def judge_constants(file: str, tree: ast.Module) -> Iterator[Diagnostic]:
    """Yield what is wrong with the constants of a demo's file."""
    for name, node in _constants(tree).items():
        try:
            wrong = _CHECKS[name](ast.literal_eval(node))
        except (ValueError, TypeError):
            wrong = "is not a literal"
        if wrong:
            yield Diagnostic(
                Place(file, node.lineno), "demo-constant", f"{name} {wrong}", _FORMS[name]
            )


def read_constants(tree: ast.Module) -> dict[str, Any]:
    """Return the constants that the file sets, as values; they have been judged."""
    return {name: ast.literal_eval(node) for name, node in _constants(tree).items()}


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        targets: Iterable[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = (node.target,)
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _CHECKS and node.value is not None:
                found[target.id] = node.value
    return found


def _is_tolerance(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _check_tolerance(value: object) -> str:
    if isinstance(value, dict):
        right = all(
            isinstance(name, str) and (each is None or _is_tolerance(each))
            for name, each in value.items()
        )
        return "" if right else "has a name that is no text or a tolerance that is no number"
    return "" if _is_tolerance(value) else "is no number of at least 0"


def _check_inputs(value: object) -> str:
    if not isinstance(value, tuple | list) or not all(isinstance(each, str) for each in value):
        return "is not a tuple of file names"
    if any(Path(each).is_absolute() or ".." in Path(each).parts for each in value):
        return "leaves the source folder"
    return ""


def _check_timeout(value: object) -> str:
    return "" if _is_tolerance(value) and value else "is no positive number of seconds"


def _check_alt(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else "is empty or no text"


_CHECKS = {
    "ALT": _check_alt,
    "INPUTS": _check_inputs,
    "TIMEOUT": _check_timeout,
    "TOLERANCE": _check_tolerance,
}
_FORMS = {
    "ALT": 'ALT = "what the figure shows, for who cannot see it"',
    "INPUTS": 'INPUTS = ("data/cifar10.bin",), relative to the source folder',
    "TIMEOUT": "TIMEOUT = 60",
    "TOLERANCE": 'TOLERANCE = 1e-3, or {"loss": 0.05, "seconds": None}',
}
