"""What ``discover`` finds, kept: reading many scripts' syntax trees takes longer than all else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bindery.cache import Cache
from bindery.demos.demo import Demo, Module, discover
from bindery.diagnostics import Diagnostic
from bindery.digest import digest, file_digest

_KIND = "demos"
_FOLDER = Path(__file__).parent


def discover_kept(
    source: Path, shown: str, cache: Cache
) -> tuple[tuple[Demo, ...], tuple[Diagnostic, ...]]:
    """Read every demo as ``discover`` does; what was whole is not read a second time."""
    paths = sorted((source / "demos").glob("*.py"))
    code = [file_digest(path) for path in sorted(_FOLDER.glob("*.py"))]
    key = digest(code, [[path.name, file_digest(path)] for path in paths])
    kept = cache.get(_KIND, key)
    if kept is not None and (demos := _decoded(kept, paths, shown)) is not None:
        return demos, ()
    found, diagnostics = discover(source, shown)
    if not diagnostics:
        cache.put(_KIND, key, json.dumps([_record(demo) for demo in found]).encode())
    return found, diagnostics


def _record(demo: Demo) -> list[Any]:
    return [
        demo.slug,
        demo.title,
        demo.caption,
        demo.alt,
        [module.name for module in demo.imports],
        demo.packages,
        demo.inputs,
        demo.tolerance,
        demo.timeout,
    ]


def _decoded(data: bytes, paths: list[Path], shown: str) -> tuple[Demo, ...] | None:
    modules = {
        path.stem: Module(
            path.stem, path.resolve(), f"{shown}/demos/{path.name}", path.read_text("utf-8")
        )
        for path in paths
    }
    try:
        return tuple(
            Demo(
                slug=slug,
                module=modules[slug],
                title=title,
                caption=caption,
                alt=alt,
                imports=tuple(modules[name] for name in imports),
                packages=tuple(packages),
                inputs=tuple(inputs),
                tolerance=tolerance
                if not isinstance(tolerance, list)
                else tuple((name, limit) for name, limit in tolerance),
                timeout=timeout,
            )
            for slug, title, caption, alt, imports, packages, inputs, tolerance, timeout in (
                json.loads(data)
            )
        )
    except (ValueError, TypeError, KeyError):
        return None
