"""Jinja: the shapes of pages, filled with HTML that the writers made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bindery.handbook.leader import led
from bindery.handbook.spacing import Hyphens


def environment(folder: Path, hyphens: Hyphens) -> Environment:
    """Return the templates of a folder; a name that is not given is an error."""
    found = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"led": led, "hyphenated": hyphens}
    return found


def fill(templates: Environment, name: str, values: Mapping[str, Any]) -> Markup:
    """Return a template filled with values; what is not ``Markup`` is escaped."""
    return Markup(templates.get_template(name).render(values))  # noqa: S704


def ready(html: str) -> Markup:
    """Mark HTML that a writer made, so that a template does not escape it again."""
    return Markup(html)  # noqa: S704
