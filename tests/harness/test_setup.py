"""Set-up: the locks say what pyproject.toml asks for, and make does nothing twice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import lock, system_packages

PROJECT = tomllib.loads((lock.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def names(requirements: list[str]) -> set[str]:
    return {lock.normal(re.split(r"[<>=!~\[; ]", text, maxsplit=1)[0]) for text in requirements}


@pytest.mark.parametrize(
    ("requirements", "files"),
    [
        (PROJECT["dependencies"], [lock.TOOL]),
        (EXTRAS["demos"], [lock.TOOL, lock.DEMOS]),
        (EXTRAS["dev"], [lock.TOOL, lock.DEV]),
    ],
    ids=["tool", "demos", "dev"],
)
def test_every_dependency_is_pinned(requirements: list[str], files: list[Path]) -> None:
    pinned = {name for file in files for name in lock.read(file)}
    assert names(requirements) - pinned == set()


def test_pins_are_exact_and_name_no_machine() -> None:
    for file in (lock.TOOL, lock.DEMOS, lock.DEV):
        for line in file.read_text("utf-8").splitlines()[1:]:
            assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line), line


def test_the_locks_do_not_contradict_one_another() -> None:
    tool, demos, dev = (lock.read(file) for file in (lock.TOOL, lock.DEMOS, lock.DEV))
    assert not tool.keys() & (demos.keys() | dev.keys())
    assert all(demos[name] == dev[name] for name in demos.keys() & dev.keys())


def test_a_local_version_is_left_to_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def pip(command: list[str], *, check: bool) -> None:
        found = '{"install":[{"metadata":{"name":"Torch_X","version":"2.13.0+cpu"}}]}'
        Path(command[command.index("--report") + 1]).write_text(found, "utf-8")

    monkeypatch.setattr(subprocess, "run", pip)
    assert lock.resolve(["torch-x"], {}) == {"torch-x": "2.13.0"}


# --------------------------------------------------------------------------- make


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., str]:
    """Return what make would do in a copy of the project that was set up for everything."""
    for name in ("Makefile", *(file.name for file in (lock.TOOL, lock.DEMOS, lock.DEV))):
        shutil.copy(lock.ROOT / name, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 0\n")
    python.chmod(0o755)

    def run(*arguments: str) -> str:
        environment = {"PATH": "/usr/bin:/bin"}
        command = ["make", "--no-print-directory", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    run("-s", "PYTHON=true", "test", "all")
    return run


def test_a_second_make_goes_straight_to_the_build(make: Callable[..., str]) -> None:
    assert make("-n") == ".venv/bin/python build.py\n"
    assert "pip" not in make("-n", "test")


def test_a_changed_lock_is_installed_and_a_touched_one_is_not(
    make: Callable[..., str], tmp_path: Path
) -> None:
    tool = tmp_path / "requirements.lock"
    tool.touch()
    assert "pip" not in make("-n")
    tool.write_text(tool.read_text("utf-8") + "colorama==0.4.6\n", "utf-8")
    assert "-r requirements.lock" in make("-n")
    assert "-r requirements-demos.lock" not in make("-n", "DEMOS=0")


def test_without_demos_torch_is_not_installed(make: Callable[..., str], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / ".venv")
    assert "requirements-demos.lock" in make("-n")
    assert "-r requirements-demos.lock" not in make("-n", "DEMOS=0")
    assert "--extra-index-url https://example.org/cpu" in make(
        "-n", "TORCH_INDEX=https://example.org/cpu"
    )


def test_an_environment_whose_python_is_gone_is_made_anew(
    make: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / ".venv" / "bin" / "python").unlink()
    assert "-m venv --clear" in make("-n")
    assert "-r requirements.lock" in make("-n")


def test_an_old_python_is_refused(make: Callable[..., str], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / ".venv")
    with pytest.raises(subprocess.CalledProcessError) as failure:
        make("PYTHON=false")
    assert "Bindery needs Python 3.11 or newer" in failure.value.stderr


# --------------------------------------------------------------------------- the system


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a Linux with nothing on it and nobody's root."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(system_packages, "loads", lambda library: False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    apt = {"apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(shutil, "which", apt.get)


@pytest.mark.parametrize(
    ("purpose", "status", "line"),
    [
        ("book", 3, "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"),
        ("tests", 0, "apt-get install -y chromium chromium-driver poppler-utils"),
    ],
)
@pytest.mark.usefixtures("without")
def test_what_the_system_lacks_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    purpose: str,
    status: int,
    line: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["system_packages.py", purpose])
    assert system_packages.main() == status
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.endswith(f"{line}\n")


@pytest.mark.usefixtures("without")
def test_root_gets_it_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, ...]] = []

    def apt_get(*arguments: str) -> bool:
        asked.append(arguments)
        if "update" in asked[0] or ("update",) in asked:
            monkeypatch.setattr(system_packages, "loads", lambda library: True)
            return True
        return False

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_packages, "apt_get", apt_get)
    monkeypatch.setattr(sys, "argv", ["system_packages.py", "book"])

    assert system_packages.main() == 0
    assert ("update",) in asked, "a bare system has no package lists"
    assert asked[-1][-1] == "libharfbuzz-subset0"
    assert capsys.readouterr().err.startswith("Installing libpango-1.0-0, ")
