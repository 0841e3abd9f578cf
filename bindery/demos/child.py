"""The process that executes a demo: ``python -m bindery.demos.child FOLDER``.

It reads ``request.json`` from the folder, computes or draws, and writes ``reply.json``. It never
reads the notes: the texts of the script and of what it imports come with the request.
"""

from __future__ import annotations

import ast
import base64
import faulthandler
import importlib.abc
import importlib.machinery
import importlib.util
import json
import linecache
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from bindery.demos.accelerator import blames_accelerator, choose
from bindery.demos.slicing import sliced
from bindery.demos.values import ValueProblemError, decode, encode

SEED = 0


def main(arguments: Sequence[str]) -> int:
    """Carry out the request in the folder that the only argument names; exit status 0."""
    folder = Path(arguments[0])
    sys.dont_write_bytecode = True
    with (folder / "stack.txt").open("w", encoding="ascii") as stack:
        faulthandler.enable(stack)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR1, stack, all_threads=False)
        request = json.loads((folder / "request.json").read_bytes())
        parent = request["parent"]
        threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
        _limit("RLIMIT_CORE", 0)
        reply = _TASKS[request["task"]](request)
        unfinished = folder / "reply.unfinished"
        unfinished.write_text(json.dumps(reply), encoding="utf-8")
        unfinished.replace(folder / "reply.json")
        sys.stdout.flush()
        sys.stderr.flush()
        # The interpreter's own ending can hang on threads that a demo left behind.
        os._exit(0)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the demo's own modules from the request, whole or only what drawing needs."""

    def __init__(self, modules: Sequence[Mapping[str, str]], roots: Sequence[str] | None) -> None:
        script, *local = modules
        self._modules = {each["name"]: each for each in modules}
        trees = {each["name"]: ast.parse(each["text"]) for each in modules}
        if roots is not None:
            chosen = sliced(script["text"], {each["name"]: each["text"] for each in local}, roots)
            for name, statements in chosen.items():
                trees[name or script["name"]].body = list(statements)
        self._trees = trees

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname not in self._modules:
            return None
        return importlib.util.spec_from_loader(
            fullname, self, origin=self._modules[fullname]["path"]
        )

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        path, text = self._modules[name]["path"], self._modules[name]["text"]
        module.__file__ = path
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        exec(compile(self._trees[name], path, "exec", dont_inherit=True), vars(module))  # noqa: S102


def _load(request: Mapping[str, Any], roots: Sequence[str] | None) -> ModuleType:
    sys.meta_path.insert(0, _Finder(request["modules"], roots))
    return importlib.import_module(request["modules"][0]["name"])


def _compute(request: Mapping[str, Any]) -> dict[str, Any]:
    device, name, kind = "cpu", "CPU", "cpu"
    target: Any = device
    if request["torch"]:
        try:
            target, name = choose(request["device"])
        except RuntimeError as error:
            return {"error": str(error).splitlines()[0], "code": "no-such-device", "stack": []}
        kind = target.type
        _calm_torch(request["threads"])
    _seed(torch=request["torch"])
    if kind == "cpu":
        # An allocation beyond it then fails where it is asked for; RLIMIT_AS would break torch.
        _limit("RLIMIT_DATA", request["memory"])
    try:
        values = encode(_load(request, None).compute(target))
    except ValueProblemError as problem:
        return {
            "error": str(problem),
            "code": problem.code,
            "value": problem.name,
            "stack": [],
        }
    except BaseException as error:
        return _failure("compute", error) | {"accelerator": blames_accelerator(error, kind)}
    return {
        "values": values,
        "device": kind,
        "device_name": name,
    }


def _draw(request: Mapping[str, Any]) -> dict[str, Any]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from bindery.demos import drawing, style

    mpl.use("agg")
    style.apply()
    _seed(torch=False)
    values = decode(request["values"])
    try:
        module = _load(request, ("draw", "results"))
        results = module.results(values) if hasattr(module, "results") else ()
        rows = [[str(label), _text(value)] for label, value in results]
        figure = module.draw(values)
        if not isinstance(figure, Figure):
            return {
                "error": f"draw returned {type(figure).__name__}, not a matplotlib Figure",
                "code": "demo-not-a-figure",
                "function": "draw",
                "stack": [],
            }
        svg, png = drawing.render(figure)
        warnings = list(drawing.judge(figure))
    except drawing.MissingGlyphError as missing:
        return {
            "error": f'no font of the figures has "{missing.character}" '
            f"(U+{ord(missing.character):04X})",
            "code": "missing-glyph",
            "character": missing.character,
            "stack": [],
        }
    except BaseException as error:
        return _failure("draw", error)
    return {
        "svg": base64.b64encode(svg).decode("ascii"),
        "png": base64.b64encode(png).decode("ascii"),
        "results": rows,
        "warnings": warnings,
    }


def _draw_together(request: Mapping[str, Any]) -> dict[str, Any]:
    """Draw several demos, each as if alone; importing matplotlib costs more than drawing."""
    replies = []
    for each in request["requests"]:
        finders = list(sys.meta_path)
        replies.append(_draw(each))
        sys.meta_path[:] = finders
        for module in each["modules"]:
            sys.modules.pop(module["name"], None)
    return {"replies": replies}


_TASKS = {"compute": _compute, "draw": _draw, "draw together": _draw_together}


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    item = getattr(value, "item", None)
    return _text(item()) if callable(item) else str(value)


def _failure(task: str, error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    message = f"{type(error).__name__}: {error}".rstrip(": ").splitlines()[0]
    if isinstance(error, AssertionError) and not str(error) and frames:
        message = f"AssertionError: {frames[-1].line}"
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        frames.append(traceback.FrameSummary(error.filename, error.lineno, ""))
    memory = isinstance(error, MemoryError) or "can't allocate memory" in str(error)
    return {
        "error": f"{task} raised {message}",
        "code": "demo-memory" if memory else "demo-failed",
        "function": task,
        "stack": [[frame.filename, frame.lineno] for frame in reversed(frames)],
    }


def _seed(*, torch: bool) -> None:
    random.seed(SEED)
    with suppress(ImportError):
        import numpy as np

        np.random.seed(SEED)
    if torch:
        from torch import manual_seed

        manual_seed(SEED)


def _calm_torch(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False


def _limit(name: str, most: int) -> None:
    """Set a limit of the system where it knows it, never above what it is."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most, hard))


def _end_with_parent(parent: int) -> None:
    """End with everything started here when the build itself is killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
