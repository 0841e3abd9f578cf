"""Which statements of a module a function needs: so that drawing runs without torch.

A module's top-level statements are selected by the names they bind and use. Both come from
the compiled statement (``LOAD_GLOBAL``, ``STORE_NAME`` …), which knows scopes exactly.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import CodeType

from bindery.demos.syntax import parsed

_LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
_STORES = ("STORE_NAME", "STORE_GLOBAL")


def sliced(
    text: str, local: Mapping[str, str], roots: Iterable[str]
) -> dict[str, tuple[ast.stmt, ...]]:
    """Select what the root names need, in a script and in the files it imports.

    Args:
        text: the script.
        local: the texts of the modules beside it, by name.
        roots: names that the script binds; those it does not bind are ignored.

    Returns:
        The statements in their order, line numbers kept, by module name; "" is the script.
        ``from module import name`` follows the name, ``import module`` takes the whole file.
    """
    wanted: dict[str, set[str] | None] = {"": set(roots)}
    selected: dict[str, tuple[ast.stmt, ...]] = {}
    open_modules = [""]
    while open_modules:
        name = open_modules.pop()
        body = parsed(local[name] if name else text).body
        needed = wanted[name]
        selected[name] = tuple(body) if needed is None else _select(body, needed)
        for module, names in _local_needs(selected[name], local):
            known = wanted.get(module, set())
            merged = None if known is None or names is None else known | names
            if module not in wanted or merged != known:
                wanted[module] = merged
                open_modules.append(module)
    return selected


def slice_text(text: str, statements: Iterable[ast.stmt]) -> str:
    """Return the lines of the statements; what stands between them does not count."""
    lines = text.splitlines()
    parts: list[str] = []
    for statement in statements:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(d.lineno for d in decorators)])
        parts += lines[first - 1 : statement.end_lineno]
    return "\n".join(parts)


def imported(tree: ast.AST) -> frozenset[str]:
    """Return the top names of all modules that a tree imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)


def _local_needs(
    statements: Iterable[ast.stmt], local: Collection[str]
) -> Iterator[tuple[str, set[str] | None]]:
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and node.module and node.module in local:
                names = {alias.name for alias in node.names}
                yield node.module, None if "*" in names else names
            elif isinstance(node, ast.Import):
                yield from ((alias.name, None) for alias in node.names if alias.name in local)


def _select(body: list[ast.stmt], roots: Iterable[str]) -> tuple[ast.stmt, ...]:
    future = [node for node in body if isinstance(node, ast.ImportFrom) and _is_future(node)]
    facts = [(node, *_names(node, future), _changed(node)) for node in body]
    needed = set(roots)
    chosen: set[int] = set()
    size = -1
    while size != len(chosen):
        size = len(chosen)
        for index, (_, binds, uses, changed) in enumerate(facts):
            if index not in chosen and (binds & needed or changed in needed):
                chosen.add(index)
                needed |= uses
    return tuple(
        node if node in future else _trimmed(node, needed)
        for i, node in enumerate(body)
        if i in chosen or node in future
    )


def _trimmed(node: ast.stmt, needed: Collection[str]) -> ast.stmt:
    """Return an import with the needed names alone: the others may need torch."""
    if not isinstance(node, ast.ImportFrom):
        return node
    names = [
        each for each in node.names if each.name == "*" or (each.asname or each.name) in needed
    ]
    return ast.copy_location(ast.ImportFrom(node.module, names, node.level), node)


def _is_future(node: ast.ImportFrom) -> bool:
    return node.module == "__future__"


def _names(node: ast.stmt, future: list[ast.ImportFrom]) -> tuple[set[str], set[str]]:
    if isinstance(node, ast.ImportFrom) and _is_future(node):
        return set(), set()
    module = ast.Module(body=[*future, node], type_ignores=[])
    binds: set[str] = set()
    uses: set[str] = set()
    open_codes = [compile(module, "<slice>", "exec", dont_inherit=True)]
    top = open_codes[0]
    while open_codes:
        code = open_codes.pop()
        for instruction in dis.get_instructions(code):
            stores = _STORES if code is top else _STORES[1:]
            if instruction.opname in stores:
                binds.add(str(instruction.argval))
            elif instruction.opname in _LOADS:
                uses.add(str(instruction.argval))
        open_codes += [each for each in code.co_consts if isinstance(each, CodeType)]
    return binds, uses


def _changed(node: ast.stmt) -> str:
    """Return the name of what a statement changes without binding it, or ""."""
    target: ast.expr | None = None
    if isinstance(node, ast.Assign):
        target = node.targets[0]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        target = node.target
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        target = node.value.func
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
