"""Demos are read from the syntax tree: what is found, what is refused, what drawing needs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bindery.demos import Demo, discover
from bindery.demos.slicing import slice_text, sliced
from bindery.diagnostics import Diagnostic

DEMOS = Path(__file__).parents[2] / "source" / "demos"
WHOLE = '''"""A title

The caption says
what to see. 图中
可见。
"""
import numpy as np
TOLERANCE = {"loss": 0.1, "seconds": None}
INPUTS = ("data/x.bin",)
TIMEOUT = 30
def compute(device):
    return {
        "loss": 1.0,
        "seconds": 2.0,
    }
def draw(values):
    return None
'''


def read(folder: Path, **files: str) -> tuple[tuple[Demo, ...], tuple[Diagnostic, ...]]:
    demos = folder / "source" / "demos"
    demos.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (demos / f"{name.replace('__', '-')}.py").write_text(text, encoding="utf-8")
    return discover(folder / "source", "source")


def test_a_demo_is_read_whole(tmp_path: Path) -> None:
    (demo,), diagnostics = read(tmp_path, a__demo=WHOLE)
    assert not diagnostics
    assert (demo.slug, demo.title) == ("a-demo", "A title")
    assert demo.caption == demo.alt == "The caption says what to see. 图中可见。"
    assert demo.tolerance == (("loss", 0.1), ("seconds", None))
    assert (demo.inputs, demo.timeout, demo.packages) == (("data/x.bin",), 30.0, ("numpy",))
    assert demo.line_of("seconds") == 14
    assert demo.line_of("elsewhere") == 11


def test_reading_never_executes(tmp_path: Path) -> None:
    (tmp_path / "source" / "demos").mkdir(parents=True)
    mark = tmp_path / "executed"
    (demos, diagnostics) = read(tmp_path, a=WHOLE + f"open({str(mark)!r}, 'w')\n")
    assert demos and not diagnostics and not mark.exists()


def test_local_imports_are_followed_and_are_no_demos(tmp_path: Path) -> None:
    (demo,), diagnostics = read(
        tmp_path,
        a=WHOLE.replace("import numpy as np", "from _one import f"),
        _one="import _two, random\ndef f(): pass\n",
        _two="import scipy\n",
        _random="",
    )
    assert not diagnostics
    assert [module.name for module in demo.imports] == ["_one", "_two"]
    assert demo.packages == ("scipy",)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("def draw(values):", "def draw(values:", "demo-syntax", 16),
        ('"""A title', 'x = """A title', "demo-docstring", 1),
        ('"""A title', '"""A title"""\n"""', "demo-docstring", 1),
        ("def compute(device)", "def computes(device)", "demo-function", 1),
        ("def draw(values)", "def draw(values, axes)", "demo-signature", 16),
        ("def draw(values)", "def draw()", "demo-signature", 16),
        ("def draw(values)", "async def draw(values)", "demo-signature", 16),
        ('"seconds": None}', '"seconds": "?"}', "demo-constant", 8),
        ("TIMEOUT = 30", "TIMEOUT = 10 * 3", "demo-constant", 10),
        ('"data/x.bin"', '"../x.bin"', "demo-constant", 9),
        ("import numpy as np", "import torch\nx = torch.ones(1)", "drawing-needs-torch", 7),
    ],
)
def test_what_is_wrong_has_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    text = WHOLE.replace(old, new)
    if code == "drawing-needs-torch":
        text = text.replace("return None", "return x")
    demos, (diagnostic,) = read(tmp_path, a=text)
    assert not demos
    assert (diagnostic.code, diagnostic.place.line) == (code, line)
    assert diagnostic.place.file == "source/demos/a.py"


def test_a_file_that_cannot_name_a_figure_is_refused(tmp_path: Path) -> None:
    _, (diagnostic,) = read(tmp_path, Bad_Name=WHOLE)
    assert diagnostic.code == "demo-name"


def source_of(text: str, roots: tuple[str, ...], **local: str) -> dict[str, str]:
    chosen = sliced(text, local, roots)
    return {name: slice_text(local[name] if name else text, body) for name, body in chosen.items()}


def test_a_slice_has_what_the_root_needs_and_nothing_else() -> None:
    text = """from __future__ import annotations
import torch
import numpy as np
torch.manual_seed(0)
x = torch.ones(3)
COLOURS = {}
COLOURS["a"] = "red"
def helper(x):
    return np.sin(x)
@torch.no_grad()
def compute(device):
    return x
def draw(values: torch.Tensor):
    x = helper(values)
    return [COLOURS[y] for y in x]
"""
    (kept,) = source_of(text, ("draw",)).values()
    assert kept == "\n".join(
        line for n, line in enumerate(text.splitlines(), 1) if n in {1, 3, 6, 7, 8, 9, 13, 14, 15}
    )


def test_a_slice_follows_names_into_local_modules() -> None:
    slices = source_of(
        "from _a import f\nimport _b\ndef draw(v): return f(v), _b.g\n",
        ("draw",),
        _a="import torch\nfrom _c import h\ndef f(v): return h\ndef net(): return torch\n",
        _b="g = 1\n",
        _c="import torch\nh = 2\n",
    )
    assert slices["_a"] == "from _c import h\ndef f(v): return h"
    assert (slices["_b"], slices["_c"]) == ("g = 1", "h = 2")


def test_a_slice_leaves_out_of_an_import_what_is_not_needed() -> None:
    """A constant may stand beside a function that needs torch, and be imported with it."""
    text = "from _a import SIZE, net as n\ndef compute(d): return n\ndef draw(v): return SIZE\n"
    local = {"_a": "import torch\nSIZE = 3\ndef net(): return torch\n"}
    chosen = sliced(text, local, ("draw",))
    assert ast.unparse(chosen[""][0]) == "from _a import SIZE"
    assert [ast.unparse(node) for node in chosen["_a"]] == ["SIZE = 3"]


def test_a_slice_keeps_line_numbers() -> None:
    body = sliced("import torch\n\n\ndef draw(v):\n    return v\n", {}, ("draw",))[""]
    assert [node.lineno for node in body] == [4]
    assert isinstance(body[0], ast.FunctionDef)


@pytest.mark.parametrize("path", sorted(DEMOS.glob("[!_]*.py")), ids=lambda path: path.stem)
def test_our_own_demos_are_short_enough_to_read(path: Path) -> None:
    assert 30 <= len(path.read_text("utf-8").splitlines()) <= 120


def test_our_own_demos_are_those_of_the_book() -> None:
    """Each is shown by a note, each has its record, and each record its demo."""
    shown = set()
    for page in DEMOS.parent.glob("*.md"):
        shown |= set(re.findall(r"\]\(demo:([a-z0-9-]+)\)", page.read_text("utf-8")))
    demos = {path.stem for path in DEMOS.glob("[!_]*.py")}
    assert demos == shown == {path.stem for path in DEMOS.glob("records/*.json")}
    assert len(demos) == 46
