"""The two tasks of a demo, each in a child of its own: compute its values, draw its figure."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bindery.cache import Cache
from bindery.demos.demo import Demo
from bindery.demos.fonts import han_font
from bindery.demos.process import Ended, Limits, run_child
from bindery.demos.slicing import slice_text, sliced
from bindery.demos.values import Encoded
from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.digest import digest, file_digest
from bindery.model import ResultRow

DRAW_SECONDS = 60.0
_FOLDER = Path(__file__).parent
_CODES = {"timeout": "demo-timeout", "memory": "demo-memory"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What all demos of a run share: folders, limits for a child, and the way to stop."""

    source: Path
    cache: Cache
    matplotlib: str
    timeout: float
    memory: int
    threads: int
    stop: threading.Event


@dataclass(frozen=True, slots=True)
class Computed:
    """A computation as the cache keeps it; ``fallback`` is what the accelerator failed with."""

    values: Mapping[str, Encoded]
    device: str
    device_name: str
    fallback: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Computed | None:
        """Read what ``dump`` wrote, None when it is damaged."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError):
            return None

    def dump(self) -> bytes:
        """Write the computation for the cache."""
        return json.dumps(asdict(self)).encode()

    def warnings(self, demo: Demo) -> tuple[Diagnostic, ...]:
        """Return the warning that the demo fell back to the CPU, if it did."""
        if not self.fallback:
            return ()
        return (
            Diagnostic(
                demo.place(_line_of_function(demo, "compute")),
                "device-fallback",
                f'demo "{demo.slug}" was computed on the CPU instead: {self.fallback}',
                severity=Severity.WARNING,
            ),
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn figure with its result table."""

    svg: bytes
    png: bytes
    results: tuple[ResultRow, ...]


def script_digest(demo: Demo) -> str:
    """Return the digest of a demo's script and what it imports from beside it."""
    return digest([[module.name, module.text] for module in demo.modules])


def inputs_digest(demo: Demo) -> str:
    """Return the digest of the declared inputs; an absent one counts as absent."""
    paths = [(name, demo.source / name) for name in demo.inputs]
    return digest([[name, file_digest(p) if p.is_file() else ""] for name, p in paths])


def compute(
    demo: Demo, device: str, setting: Setting
) -> tuple[Computed | None, tuple[Diagnostic, ...]]:
    """Compute a demo in a child; on the CPU again when the accelerator cannot."""
    limits = Limits(demo.timeout or setting.timeout, setting.memory, setting.threads)
    request = {
        "task": "compute",
        "modules": _modules(demo),
        "device": device,
        "torch": "torch" in demo.packages,
    }
    ended = _run(request, limits, setting)
    fallback = ""
    if ended.reply is not None and ended.reply.get("accelerator"):
        fallback = str(ended.reply["error"])
        ended = _run({**request, "device": "cpu"}, limits, setting)
    reply = ended.reply
    if reply is None or "error" in reply:
        return None, _failed(demo, "compute", ended, limits)
    computed = Computed(
        values=reply["values"],
        device=reply["device"],
        device_name=reply["device_name"],
        fallback=fallback,
    )
    unknown = _unknown_tolerances(demo, computed.values)
    return (None if unknown else computed), unknown or computed.warnings(demo)


def draw(
    demo: Demo,
    values: Mapping[str, Encoded],
    setting: Setting,
    together: Mapping[str, bytes] | None = None,
) -> tuple[Drawing | None, tuple[Diagnostic, ...]]:
    """Draw a demo's figure from its record's values, or take it from the cache.

    ``together`` is what ``draw_together`` returned.
    """
    name = _draw_key(demo, values, setting)
    reply = _parsed((together or {}).get(name) or setting.cache.get("demo-figure", name))
    if reply is None:
        limits = Limits(max(DRAW_SECONDS, demo.timeout or 0), setting.memory, 1)
        request = {"task": "draw", "modules": _modules(demo), "values": dict(values)}
        ended = _run(request, limits, setting)
        reply = ended.reply
        if reply is None or "error" in reply:
            return None, _failed(demo, "draw", ended, limits)
        setting.cache.put("demo-figure", name, json.dumps(reply).encode())
    drawn = Drawing(
        svg=base64.b64decode(reply["svg"]),
        png=base64.b64decode(reply["png"]),
        results=tuple(ResultRow(label, value) for label, value in reply["results"]),
    )
    line = _line_of_function(demo, "draw")
    warnings = tuple(
        Diagnostic(demo.place(line), code, message, severity=Severity.WARNING)
        for code, message in reply["warnings"]
    )
    return drawn, warnings


def draw_together(
    demos: Sequence[tuple[Demo, Mapping[str, Encoded]]], setting: Setting
) -> dict[str, bytes]:
    """Draw what the cache lacks in one child; what fails there is left to ``draw``, and told.

    Returns:
        The drawings for ``draw``, by their keys.
    """
    missing = {_draw_key(demo, values, setting): (demo, values) for demo, values in demos}
    found = dict(setting.cache.get_many("demo-figure", missing))
    for name in found:
        del missing[name]
    if len(missing) < 2:
        return found
    requests = [
        {"task": "draw", "modules": _modules(demo), "values": dict(values)}
        for demo, values in missing.values()
    ]
    limits = Limits(DRAW_SECONDS * len(requests), setting.memory, 1)
    ended = _run({"task": "draw together", "requests": requests}, limits, setting)
    for name, reply in zip(missing, (ended.reply or {}).get("replies", ()), strict=False):
        if "error" not in reply:
            found[name] = json.dumps(reply).encode()
            setting.cache.put("demo-figure", name, found[name])
    return found


def _run(request: Mapping[str, object], limits: Limits, setting: Setting) -> Ended:
    matplotlib = setting.cache.path("matplotlib", "fontlist.json").parent
    return run_child(
        request, limits, folder=setting.source, matplotlib=matplotlib, stop=setting.stop
    )


def _modules(demo: Demo) -> list[dict[str, str]]:
    return [
        {"name": module.name, "path": str(module.path), "text": module.text}
        for module in demo.modules
    ]


def _draw_key(demo: Demo, values: Mapping[str, Encoded], setting: Setting) -> str:
    return digest(
        "drawing", _drawing_code(demo, setting.cache), dict(values), _look(), setting.matplotlib
    )


def _drawing_code(demo: Demo, cache: Cache) -> str:
    """Return the digest of the statements that drawing needs; finding them is worth keeping."""
    name = script_digest(demo)
    kept = cache.get("demo-slices", name)
    if kept is not None:
        return kept.decode("ascii", "replace")
    texts = {module.name: module.text for module in demo.imports}
    found = digest(
        {
            module: slice_text(texts[module] if module else demo.module.text, statements)
            for module, statements in sliced(demo.module.text, texts, ("draw", "results")).items()
        }
    )
    cache.put("demo-slices", name, found.encode())
    return found


@lru_cache(1)
def _look() -> str:
    """Return the digest of what all figures share: our own style, and the font of Han."""
    han = han_font()
    names = ("style.py", "fonts.py", "drawing.py")
    return digest([file_digest(_FOLDER / name) for name in names], str(han and han.name))


def _parsed(data: bytes | None) -> Mapping[str, Any] | None:
    if data is None:
        return None
    try:
        reply = json.loads(data)
    except ValueError:
        return None
    return reply if isinstance(reply, dict) else None


def _unknown_tolerances(demo: Demo, values: Mapping[str, Encoded]) -> tuple[Diagnostic, ...]:
    named = dict(demo.tolerance) if isinstance(demo.tolerance, tuple) else {}
    return tuple(
        Diagnostic(
            demo.place(_line_of_text(demo, name)),
            "demo-constant",
            f'TOLERANCE names "{name}", which compute does not return',
            f"it returns {', '.join(values)}",
        )
        for name in named
        if name not in values
    )


def _failed(demo: Demo, task: str, ended: Ended, limits: Limits) -> tuple[Diagnostic, ...]:
    if ended.end == "stopped":
        return ()
    reply = ended.reply or {}
    stack = [(str(file), int(line)) for file, line in reply.get("stack", ended.stack)]
    place = _innermost(demo, stack)
    if place is None and reply.get("value"):
        place = demo.place(demo.line_of(str(reply["value"])))
    if place is None and reply.get("character"):
        place = demo.place(_line_of_text(demo, str(reply["character"])))
    if place is None:
        place = demo.place(_line_of_function(demo, task))
    messages = {
        "timeout": f"{task} took longer than {limits.seconds:g} s and was ended",
        "memory": f"{task} took more than {limits.memory / 1e9:.3g} GB of memory and was ended",
        "died": f"{task} ended without an answer (exit status {ended.status})",
        "answered": str(reply.get("error", "")),
    }
    code = reply.get("code") or _CODES.get(ended.end, "demo-failed")
    output = ended.output.strip().splitlines()[-6:]
    hints = {
        "demo-timeout": "do less, or raise it in the file: TIMEOUT = 300",
        "demo-memory": "compute at a smaller scale",
        "no-such-device": "use --device auto",
    }
    hint = hints.get(code, "")
    if not hint and output and code == "demo-failed":
        hint = "the last it printed:\n      " + "\n      ".join(output)
    return (Diagnostic(place, code, messages[ended.end], hint),)


def _innermost(demo: Demo, stack: list[tuple[str, int]]) -> Place | None:
    # faulthandler escapes what is not ASCII in a path.
    files: dict[str, str] = {}
    for module in demo.modules:
        path = str(module.path)
        files[path] = files[path.encode("ascii", "backslashreplace").decode()] = module.file
    return next((Place(files[file], line) for file, line in stack if file in files), None)


def _line_of_text(demo: Demo, text: str) -> int:
    lines = demo.module.text.splitlines()
    return next((n for n, line in enumerate(lines, 1) if text in line), 0)


def _line_of_function(demo: Demo, name: str) -> int:
    return _line_of_text(demo, f"def {name}(")
