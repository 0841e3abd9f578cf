"""Versions of installed packages, each looked up once: that reads a file of metadata."""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata

_VERSION = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)


@cache
def version(package: str) -> str:
    """Return a package's version.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    found = metadata.distribution(package)
    # Reading all of it as a message takes ten times as long.
    line = _VERSION.search((found.read_text("METADATA") or "").partition("\n\n")[0])
    return line[1] if line else found.version
