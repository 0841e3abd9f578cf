"""``python -m bindery.demos`` on a machine that has nothing but what demos compute with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demos.test_demos_run import DRAW, HEAD, NUMPY

REPOSITORY = Path(__file__).parents[2]
# Whatever our own code imports beyond the list fails, in the build and in its children; what a
# package of the list imports for itself is its own affair.
BARE = """
import sys

ALLOWED = {"bindery", "matplotlib", "numpy", "scipy", "sklearn", "torch"} | sys.stdlib_module_names
ALLOWED |= {"torch_mlu", "torch_musa"}  # looked for: they bring PyTorch other accelerators

class Bare:
    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe(1)
        while frame and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        importer = frame.f_globals.get("__name__", "") if frame else ""
        ours = importer.partition(".")[0] in ("bindery", "__main__")
        if ours and name.partition(".")[0] not in ALLOWED:
            raise ImportError(f"a bare machine has no {name}")

sys.meta_path.insert(0, Bare())
"""
TORCH = f"""{HEAD}import torch
from sklearn.datasets import load_digits
from scipy.special import expit
def compute(device):
    digits = torch.tensor(load_digits().images[0], device=device)
    return {{"x": digits.mean(0), "half": float(expit(0.0))}}
{DRAW}"""


def alone(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    folders = [f"--{name}={folder / name}" for name in ("source", "out", "cache")]
    return bare(folder, "-m", "bindery.demos", *folders, *words)


def bare(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "bare").mkdir(exist_ok=True)
    (folder / "bare/sitecustomize.py").write_text(BARE, "utf-8")
    path = os.pathsep.join((str(folder / "bare"), str(REPOSITORY)))
    return subprocess.run(
        [sys.executable, *words],
        env=os.environ | {"PYTHONPATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "source/demos").mkdir(parents=True)
    (tmp_path / "source/demos/plain.py").write_text(NUMPY, "utf-8")
    return tmp_path


def test_figures_need_nothing_that_reads_notes_or_makes_books(folder: Path) -> None:
    (folder / "source/demos/tensors.py").write_text(TORCH, "utf-8")
    ended = alone(folder)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in (folder / "out/figures").iterdir()} == {
        f"{slug}.{kind}" for slug in ("plain", "tensors") for kind in ("svg", "png")
    }
    records = {path.name for path in (folder / "source/demos/records").iterdir()}
    assert records == {"plain.json", "tensors.json"}
    assert "not compared" in ended.stdout and "plain: " in ended.stderr

    again = alone(folder, "plain")
    assert "agrees" in again.stdout and "tensors" not in again.stdout
    assert not again.stderr


def test_the_guard_of_these_tests_does_guard(folder: Path) -> None:
    refused = bare(folder, "-c", "import bindery.judge")
    assert "a bare machine has no " in refused.stderr


def test_what_fails_is_told_with_its_line(folder: Path) -> None:
    (folder / "source/demos/broken.py").write_text(
        NUMPY.replace("np.arange(4) / 3", "1 / 0"), "utf-8"
    )
    ended = alone(folder)
    assert ended.returncode == 1
    assert "source/demos/broken.py:7: error[demo-failed]" in ended.stderr
    assert (folder / "out/figures/plain.svg").is_file()
    assert alone(folder, "unknown").returncode == 2
