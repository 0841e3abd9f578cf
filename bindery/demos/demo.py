"""A worked demo as its file declares it, read from the syntax tree and never executed."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bindery.demos.constants import judge_constants, read_constants
from bindery.demos.slicing import imported, sliced
from bindery.demos.syntax import parsed
from bindery.demos.values import DEFAULT_TOLERANCE, Tolerance
from bindery.demos.versions import distribution_of
from bindery.diagnostics import Diagnostic, Place

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]"
_HAN_BREAK = re.compile(rf"(?<={_HAN})\s*\n\s*|\s*\n\s*(?={_HAN})")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file: the name it is imported by, where it stands, and its text.

    ``file`` is relative to the folder the user works in, for diagnostics.
    """

    name: str
    path: Path
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Demo:
    """One file of ``source/demos``.

    ``imports`` are the other files of the folder that it uses, directly or not; ``packages``
    are the distributions that computing needs. ``inputs`` are data files relative to the
    source folder, which may be absent. ``tolerance`` is relative: one for all values, or one
    for each by name, where None marks a measured value that no two runs share.
    ``timeout`` is in seconds, None for the usual limit.
    """

    slug: str
    module: Module
    title: str
    caption: str
    alt: str
    imports: tuple[Module, ...] = ()
    packages: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    tolerance: Tolerance = DEFAULT_TOLERANCE
    timeout: float | None = None

    @property
    def source(self) -> Path:
        """The source folder: the parent of ``demos``."""
        return self.module.path.parent.parent

    @property
    def modules(self) -> tuple[Module, ...]:
        """The script and what it imports from beside it."""
        return (self.module, *self.imports)

    @property
    def listing(self) -> str:
        """The script without its docstring, which is printed above it as title and caption."""
        lines = self.module.text.splitlines(keepends=True)
        return "".join(lines[_docstring_end(self.module.text) :]).lstrip("\n")

    def place(self, line: int = 0) -> Place:
        """Return a place in the demo's own file."""
        return Place(self.module.file, line)

    def line_of(self, value: str) -> int:
        """Return the line in ``compute`` that names a value, else that of ``compute``."""
        functions = _functions(parsed(self.module.text))
        compute = functions["compute"]
        for node in ast.walk(compute):
            if isinstance(node, ast.Constant) and node.value == value:
                return node.lineno
            if isinstance(node, ast.keyword) and node.arg == value:
                return node.value.lineno
        return compute.lineno


def _docstring_end(text: str) -> int:
    """Return the number of the docstring's last line; 0 when there is none."""
    # Reading the first words is enough; a syntax tree of the whole takes its time.
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    words = (token for token in tokens if token.type not in {tokenize.COMMENT, tokenize.NL})
    first, second = next(words), next(words, None)
    if first.type == tokenize.STRING and second and second.type == tokenize.NEWLINE:
        return first.end[0]
    statement = parsed(text).body[0]
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return (statement.end_lineno or 0) if is_text else 0


def discover(source: Path, shown: str) -> tuple[tuple[Demo, ...], tuple[Diagnostic, ...]]:
    """Read every demo of ``source/demos``; files that begin with ``_`` are not demos.

    Args:
        source: the source folder.
        shown: how diagnostics name the source folder.

    Returns:
        The demos that are whole, by slug, and what is wrong with the others.
    """
    demos: list[Demo] = []
    diagnostics: list[Diagnostic] = []
    modules: dict[str, Module] = {}
    for path in sorted((source / "demos").glob("*.py")):
        file = f"{shown}/demos/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            diagnostics.append(
                Diagnostic(Place(file), "unreadable-demo", f"cannot read the demo: {error}")
            )
            continue
        modules[path.stem] = Module(path.stem, path.resolve(), file, text)
    trees: dict[str, ast.Module] = {}
    for name, module in modules.items():
        try:
            trees[name] = parsed(module.text)
        except (SyntaxError, ValueError) as error:
            diagnostics.append(_syntax(module, error))
    for name, tree in trees.items():
        if name.startswith("_"):
            continue
        found = list(_judge(modules[name], tree))
        diagnostics += found
        if not found:
            demo = _demo(modules[name], tree, modules, trees)
            found = list(_judge_drawing(demo))
            diagnostics += found
            if not found:
                demos.append(demo)
    return tuple(demos), tuple(diagnostics)


def _syntax(module: Module, error: SyntaxError | ValueError) -> Diagnostic:
    line = (error.lineno or 0) if isinstance(error, SyntaxError) else 0
    column = (error.offset or 0) if isinstance(error, SyntaxError) else 0
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    return Diagnostic(
        Place(module.file, line, max(column, 0)), "demo-syntax", f"not valid Python: {message}"
    )


def _judge(module: Module, tree: ast.Module) -> Iterator[Diagnostic]:
    if not _SLUG.fullmatch(module.name):
        yield Diagnostic(
            Place(module.file),
            "demo-name",
            f'"{module.name}" cannot name a figure',
            "use lower-case letters, digits and hyphens, at most 64; "
            "begin with _ what is only imported",
        )
    title, caption = _title_and_caption(tree)
    if not title or not caption:
        yield Diagnostic(
            Place(module.file, 1),
            "demo-docstring",
            "the docstring lacks a " + ("caption" if title else "title"),
            'begin the file with """Title, an empty line, then a caption that says what to see"""',
        )
    functions = _functions(tree)
    for name, argument in (("compute", "device"), ("draw", "values")):
        if name not in functions:
            yield Diagnostic(
                Place(module.file, 1),
                "demo-function",
                f"the demo has no function {name}({argument})",
            )
    for name in ("compute", "draw", "results"):
        function = functions.get(name)
        if function is not None and not _takes_one(function):
            argument = "device" if name == "compute" else "values"
            yield Diagnostic(
                Place(module.file, function.lineno),
                "demo-signature",
                f"{name} must be a plain function of one argument",
                f"def {name}({argument}):",
            )
    yield from judge_constants(module.file, tree)


def _judge_drawing(demo: Demo) -> Iterator[Diagnostic]:
    texts = {module.name: module.text for module in demo.imports}
    for name, body in sliced(demo.module.text, texts, ("draw", "results")).items():
        for statement in body:
            if "torch" in imported(statement):
                module = next(m for m in demo.modules if m.name == (name or demo.slug))
                yield Diagnostic(
                    Place(module.file, statement.lineno),
                    "drawing-needs-torch",
                    "what draw uses imports torch, which a machine that draws from the record "
                    "need not have",
                    "draw gets NumPy arrays; keep torch to compute",
                )


def _demo(
    module: Module,
    tree: ast.Module,
    modules: Mapping[str, Module],
    trees: Mapping[str, ast.Module],
) -> Demo:
    title, caption = _title_and_caption(tree)
    constants = read_constants(tree)
    local = _local_imports(module.name, trees)
    imports = tuple(modules[name] for name in local)
    used = {name for each in (module.name, *local) for name in imported(trees[each])}
    tolerance = constants.get("TOLERANCE", DEFAULT_TOLERANCE)
    timeout = constants.get("TIMEOUT")
    return Demo(
        slug=module.name,
        module=module,
        title=title,
        caption=caption,
        alt=constants.get("ALT", caption),
        imports=imports,
        packages=tuple(sorted({d for name in used if (d := distribution_of(name))})),
        inputs=tuple(constants.get("INPUTS", ())),
        tolerance=tuple(sorted(tolerance.items())) if isinstance(tolerance, dict) else tolerance,
        timeout=None if timeout is None else float(timeout),
    )


def _local_imports(name: str, trees: Mapping[str, ast.Module]) -> tuple[str, ...]:
    found: set[str] = set()
    open_names = [name]
    while open_names:
        for each in imported(trees[open_names.pop()]):
            if each in trees and each not in found and each != name and not distribution_of(each):
                found.add(each)
                open_names.append(each)
    return tuple(sorted(found))


def _title_and_caption(tree: ast.Module) -> tuple[str, str]:
    title, _, rest = (ast.get_docstring(tree) or "").partition("\n")
    lines = _HAN_BREAK.sub("", rest.strip())
    return title.strip(), " ".join(lines.split())


def _functions(tree: ast.Module) -> dict[str, _Function]:
    return {node.name: node for node in tree.body if isinstance(node, _Function)}


def _takes_one(function: _Function) -> bool:
    if isinstance(function, ast.AsyncFunctionDef):
        return False
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return (
        positional >= 1
        and positional - len(arguments.defaults) <= 1
        and all(default is not None for default in arguments.kw_defaults)
    )
