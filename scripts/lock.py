"""Resolve pyproject.toml into the three lock files: `make lock`, or `make lock UPGRADE=1`.

Pip's own resolver decides (a dry run into nothing), so a lock is what an installation gets.
Versions already pinned stay unless ``--upgrade`` is given. Pins carry neither hashes nor an
index: PyTorch's CPU and CUDA builds share a version, and the installing machine chooses.
Run it on Linux with the oldest Python the project supports.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL, DEMOS, DEV = (
    ROOT / name
    for name in ("requirements.lock", "requirements-demos.lock", "requirements-dev.lock")
)
HEADINGS = {
    TOOL: "What the tool runs on.",
    DEMOS: "What the worked demos compute with, beyond requirements.lock; optional.",
    DEV: "What the tests and checks need, beyond requirements.lock.",
}

Pins = dict[str, str]


def normal(name: str) -> str:
    """Return a package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> Pins:
    """Return name → version of a lock file; nothing when there is none."""
    if not path.exists():
        return {}
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return {normal(name): version for name, _, version in (x.partition("==") for x in lines if x)}


def resolve(requirements: Iterable[str], constraints: Mapping[str, str]) -> Pins:
    """Return what pip would install for the requirements into an empty environment."""
    with tempfile.TemporaryDirectory(prefix="lock-") as folder:
        report, limits = Path(folder, "report.json"), Path(folder, "constraints.txt")
        limits.write_text("".join(f"{n}=={v}\n" for n, v in constraints.items()), "utf-8")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
        command += ["--ignore-installed", "--report", str(report), "--constraint", str(limits)]
        subprocess.run([*command, *requirements], check=True)
        found = json.loads(report.read_text("utf-8"))["install"]
    return {
        normal(item["metadata"]["name"]): item["metadata"]["version"].partition("+")[0]
        for item in found
    }


def write(path: Path, pins: Mapping[str, str]) -> None:
    """Write a lock file, sorted by name."""
    heading = f"# {HEADINGS[path]} Written by `make lock`; do not edit.\n"
    body = "".join(f"{name}=={pins[name]}\n" for name in sorted(pins))
    path.write_text(heading + body, "utf-8")


def main() -> None:
    """Write the three locks; the second and third agree with the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest that fit")
    upgrade = parser.parse_args().upgrade

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]

    tool = resolve(project["dependencies"], {} if upgrade else read(TOOL))
    for path, requirements in ((DEMOS, extras["demos"]), (DEV, extras["dev"])):
        pins = resolve(requirements, {**({} if upgrade else read(path)), **tool})
        write(path, {name: version for name, version in pins.items() if name not in tool})
    write(TOOL, tool)


if __name__ == "__main__":
    main()
