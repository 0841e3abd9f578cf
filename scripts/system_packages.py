"""See that the system has what pip cannot install; on Debian and Ubuntu, as root, install it.

``system_packages.py book`` is about the libraries WeasyPrint lays out text with: exit status 3
when they are missing and cannot be installed. ``system_packages.py tests`` is about the programs
the tests drive: without them tests are skipped, so it only says so.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import shutil
import subprocess
import sys

LIBRARIES = (
    "libgobject-2.0.so.0",
    "libfontconfig.so.1",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
)
# Debian's names for those; the other libraries come as their dependencies.
PANGO = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
PROGRAMS = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "pdftoppm": "poppler-utils",
}
ELSEWHERE = {
    "darwin": "brew install pango",
    "win32": "pacman -S mingw-w64-x86_64-pango (in MSYS2; then put its bin folder on PATH)",
}
LACKS_SOMETHING = 3


def loads(library: str) -> bool:
    """Say whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_for_book() -> tuple[str, ...]:
    """Return the packages to install for WeasyPrint; nothing when all is there."""
    if not sys.platform.startswith("linux"):
        try:
            importlib.import_module("weasyprint")
        except OSError:
            return PANGO
        return ()
    return () if all(loads(library) for library in LIBRARIES) else PANGO


def missing_for_tests() -> tuple[str, ...]:
    """Return the packages whose programs the tests would miss."""
    if not sys.platform.startswith("linux"):
        return ()
    return tuple(package for program, package in PROGRAMS.items() if not shutil.which(program))


def install(packages: tuple[str, ...]) -> None:
    """Install Debian packages, one by one, where that may be done."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    sys.stderr.write(f"Installing {', '.join(packages)} ...\n")
    if not all(apt_get("install", "-y", "--no-install-recommends", name) for name in packages):
        apt_get("update")
        for name in packages:
            apt_get("install", "-y", "--no-install-recommends", name)


def apt_get(*arguments: str) -> bool:
    """Run apt-get without questions; say whether it went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0


def advice(packages: tuple[str, ...]) -> str:
    """Return the command that installs the packages on this system."""
    if shutil.which("apt-get"):
        return f"apt-get install -y {' '.join(packages)}"
    return ELSEWHERE.get(sys.platform, f"your system's packages of {', '.join(packages)}")


def main() -> int:
    """Check, install or say what to install; return the exit status."""
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in ("book", "tests"):
        sys.stderr.write("usage: system_packages.py book|tests\n")
        return 2
    find = missing_for_book if purpose == "book" else missing_for_tests
    missing = find()
    if missing:
        install(missing)
        missing = find()
    if not missing:
        return 0
    if purpose == "book":
        sys.stderr.write(f"The handbook needs Pango; install it: {advice(missing)}\n")
        return LACKS_SOMETHING
    sys.stderr.write(f"Some tests will be skipped; to have them: {advice(missing)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
