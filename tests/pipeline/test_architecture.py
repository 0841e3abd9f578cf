"""The house: which module may know which, read from the import statements themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINDERY = ROOT / "bindery"

# What every stage may know: values, and ways to keep, name, read and compare them.
SHARED = frozenset(
    """cache card_templates collector cores diagnostics digest facts fonts han highlight ledger
    model note_types printed recognise redirect sheets similar suggest tags versions walk
    trees""".split()
)
# Each stage, and the modules that are its own.
STAGES = {
    "read": {"read", "book_toml"},
    "parse": {"parse", "dialect", "front_matter", "characters"},
    "assemble": {"assemble"},
    "house rules": {"house_rules", "yes_no"},
    "identify": {"identify"},
    "formulas": {"formulas", "maths", "inline_width"},
    "figures": {"demos"},
    "cards": {"cards", "card_html"},
    "retired": {"retired"},
    "stamp": {"stamp"},
    "deck": {"deck"},
    "handbook": {"handbook", "press"},
    "verify": {"verify"},
    "status": {"status"},
    "ids": {"ids"},
}
# Beside the line: files on the disk, and what is told of a build.
EDGE = frozenset(
    """alone copies inputs new_book products reasons report request tell watch""".split()
)
JOINTS = frozenset("carding chapters importer judge kept_cards outlook pipeline printing".split())

# Third-party package → the only part of ours that knows it.
KNOWN_BY = {
    "click": {"command_line"},
    "filelock": {"alone"},
    "fontTools": {"fonts"},
    "genanki": {"deck"},
    "jinja2": {"handbook"},
    "markdown_it": {"dialect", "parse"},
    "matplotlib": {"demos"},
    "mdit_py_plugins": {"dialect"},
    "nh3": {"dialect"},
    "pikepdf": {"verify", "handbook"},
    "quickjs": {"maths"},
    "staticmathjax": {"maths"},
    "torch": {"demos"},
    "watchfiles": {"watch"},
    "weasyprint": {"press"},
    "yaml": {"front_matter"},
}
HEAVY = frozenset({"matplotlib", "numpy", "quickjs", "scipy", "sklearn", "torch", "weasyprint"})


@cache
def sources() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of ours, by dotted name; build.py is "build.py"."""
    trees = {"build.py": ast.parse((ROOT / "build.py").read_bytes())}
    for path in BINDERY.rglob("*.py"):
        parts = ("bindery", *path.relative_to(BINDERY).with_suffix("").parts)
        trees[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_bytes())
    return trees


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is imported, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from inside
            if not set(inside) <= sources().keys():
                yield str(node.module)


def part(module: str) -> str:
    """Return the part of the house that a module belongs to: its name below bindery."""
    names = module.split(".")
    return names[1] if len(names) > 1 and names[0] == "bindery" else module


@cache
def graph() -> dict[str, frozenset[str]]:
    """Return which parts each part imports."""
    found: dict[str, set[str]] = {}
    parts = {part(module) for module in sources()} - {"bindery", "build.py"}
    for module, tree in sources().items():
        known = {part(name) for name in imported(tree) if name.startswith("bindery.")}
        found.setdefault(part(module), set()).update((known & parts) - {part(module)})
    return {name: frozenset(known) for name, known in found.items()}


def test_every_part_has_its_place() -> None:
    rooms = [*SHARED, *EDGE, *JOINTS, *(name for parts in STAGES.values() for name in parts)]
    assert len(set(rooms)) == len(rooms)
    assert set(rooms) == graph().keys() - {"bindery", "build.py", "command_line"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_knows_no_other_stage(stage: str) -> None:
    for name in STAGES[stage]:
        assert graph()[name] <= SHARED | STAGES[stage], name


def test_what_is_shared_knows_no_stage() -> None:
    for name in SHARED:
        assert graph()[name] <= SHARED, name
    assert graph()["model"] == {"diagnostics"}
    assert graph()["diagnostics"] == frozenset()


def test_the_edge_knows_no_stage() -> None:
    for name in EDGE:
        assert graph()[name] <= SHARED | EDGE, name


def test_only_the_pipeline_and_the_command_line_know_the_joints() -> None:
    for joint in JOINTS:
        assert {name for name in graph() if joint in graph()[name]} <= JOINTS | {"command_line"}
    assert [n for n in graph() if "pipeline" in graph()[n]] == ["command_line"]


def test_the_line_is_straight() -> None:
    """No module waits for one that waits for it; raises CycleError otherwise."""
    modules = sources().keys()
    order = TopologicalSorter(
        {
            name: {other for other in imported(_at_import(tree)) if other in modules} - {name}
            for name, tree in sources().items()
        }
    )
    assert set(order.static_order()) == modules


def _at_import(tree: ast.Module) -> ast.Module:
    """Return the statements that run when the module is imported."""
    later = ast.FunctionDef | ast.ClassDef
    body = [node for node in tree.body if not isinstance(node, later) and not _for_mypy(node)]
    return ast.Module(body, [])


def _for_mypy(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


@pytest.mark.parametrize("package", KNOWN_BY)
def test_a_package_is_known_in_one_place(package: str) -> None:
    users = {
        part(module)
        for module, tree in sources().items()
        if any(name.split(".")[0] == package for name in imported(tree))
    }
    assert users <= KNOWN_BY[package]


def test_what_is_heavy_is_imported_where_it_is_needed() -> None:
    for module, tree in sources().items():
        names = {name.split(".")[0] for name in imported(_at_import(tree))}
        assert not names & HEAVY, module


def test_values_are_frozen() -> None:
    """What passes between stages is; what one builds with, inside itself, need not be."""
    doors = {f"{n}.{a}" for n, tree in sources().items() for a in _exported(tree)}
    loose = [
        f"{module}.{node.name}"
        for module, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if module.count(".") < 2 or f"{module.rpartition('.')[0]}.{node.name}" in doors
        for decorator in node.decorator_list
        if "dataclass" in ast.unparse(decorator)
        and not {"frozen=True", "slots=True"} <= set(_arguments(decorator))
    ]
    assert loose == []


def _exported(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            yield from ast.literal_eval(node.value)


def _arguments(decorator: ast.expr) -> Iterator[str]:
    if isinstance(decorator, ast.Call):
        yield from (ast.unparse(keyword) for keyword in decorator.keywords)


def test_no_module_is_a_drawer() -> None:
    drawers = {"common", "helpers", "manager", "misc", "util", "utils"}
    assert not [name for name in sources() if set(name.split(".")) & drawers]


def test_a_module_is_short() -> None:
    for path in (*BINDERY.rglob("*.py"), ROOT / "build.py"):
        if path != BINDERY / "model.py":  # values only, all of them
            assert len(path.read_text("utf-8").splitlines()) <= 450, path


def test_check_imports_nothing_heavy(cache_folder: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from bindery.command_line import cli
cli(["check", "--cache", {str(cache_folder)!r}, "--source", "tests/books/small"],
          standalone_mode=False)
print(*sorted(set(sys.modules) & {set(HEAVY - {"quickjs", "numpy"})!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["5 questions, 10 notes: no errors", ""]
