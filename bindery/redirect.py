"""Cross-references by a former id: ``{#new was=old}`` keeps ``[…](#old)`` alive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from bindery.model import Chapter, Reference


def redirected(chapter: Chapter, new: Mapping[str, str]) -> Chapter:
    """Return the chapter with its references to former ids pointing to the new ones."""
    result = _redirected(chapter, new)
    assert isinstance(result, Chapter)
    return result


def _redirected(node: Any, new: Mapping[str, str]) -> Any:
    if isinstance(node, tuple):
        children = tuple(_redirected(child, new) for child in node)
        changed = any(a is not b for a, b in zip(children, node, strict=True))
        return children if changed else node
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changes = {}
    for each in fields(node):
        value = getattr(node, each.name)
        other = _redirected(value, new)
        if other is not value:
            changes[each.name] = other
    if isinstance(node, Reference) and node.target in new:
        changes["target"] = new[node.target]
    return replace(node, **changes) if changes else node
