"""Every demo on the accelerator, compared with its record; skipped where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.demos import FigureOptions, agreement_table, discover, run
from bindery.demos.accelerator import accelerator_hint
from bindery.demos.versions import installed

SOURCE = Path(__file__).parents[2] / "source"


@pytest.mark.gpu
def test_every_demo_agrees_on_the_accelerator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if accelerator_hint(installed().get("torch", "0+cpu")) == "cpu":
        pytest.skip("no accelerator, or no PyTorch for one")
    demos, diagnostics = discover(SOURCE, "source")
    with Cache(tmp_path) as cache:
        made = run(demos, FigureOptions(), cache, SOURCE)
    with capsys.disabled():
        sys.stdout.write(f"\n{agreement_table(made.outcomes)}\n")
    assert not diagnostics and not made.diagnostics
    with_torch = {demo.slug for demo in demos if "torch" in demo.packages}
    for outcome in made.outcomes:
        assert outcome.agreement is not None and outcome.agreement.within, outcome
        assert (outcome.device != "CPU") == (outcome.slug in with_torch), outcome
