"""The versions of what demos compute with, asked without importing any of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import metadata

from bindery.versions import version

_DISTRIBUTIONS = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "torch": "torch",
}
_TITLES = {"numpy": "NumPy", "scipy": "SciPy", "torch": "PyTorch", "python": "Python"}


def distribution_of(module: str) -> str:
    """Return the distribution that a demo computes with, by the module's top name, or ""."""
    return _DISTRIBUTIONS.get(module, "")


def installed() -> dict[str, str]:
    """Return the version of each distribution that is installed, and Python's as ``3.11``."""
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in (*_DISTRIBUTIONS.values(), "matplotlib"):
        try:
            found[name] = version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def relevant(packages: Iterable[str], versions: Mapping[str, str]) -> dict[str, str]:
    """Return the versions that can change what a demo computes: Python, NumPy and its own."""
    names = ("python", "numpy", *packages)
    return {name: versions[name] for name in sorted(set(names)) if name in versions}


def titled(versions: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the versions under the names that readers know."""
    return tuple((_TITLES.get(name, name), version) for name, version in versions)
