"""Versions of installed packages, each looked up once: that reads a file of metadata."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version(package: str) -> str:
    """Return a package's version.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    return metadata.version(package)
