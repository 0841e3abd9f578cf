"""The figures alone, as on a bare GPU machine: ``python -m bindery.demos --help``.

It needs PyTorch, NumPy, matplotlib, SciPy and scikit-learn, and nothing that reads notes or makes
books. Where the font of the Han labels is missing too, it computes the records and draws nothing:
any machine with the font draws from them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bindery.cache import Cache
from bindery.cores import cores
from bindery.demos.demo import discover
from bindery.demos.figures import FigureOptions, FigureRun, run
from bindery.demos.fonts import HAN_PACKAGE, han_font
from bindery.demos.outcome import DemoOutcome, agreement_table
from bindery.diagnostics import has_errors

_ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Compute, compare and draw; exit status 0, 1 where a demo failed, 2 for wrong use."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    demos, found = discover(wanted.source, wanted.source.name)
    unknown = set(wanted.slugs) - {demo.slug for demo in demos}
    if unknown and not found:
        parser.error(f"no demo is named {', '.join(sorted(unknown))}")
    chosen = [demo for demo in demos if not wanted.slugs or demo.slug in wanted.slugs]
    options = FigureOptions(
        device=wanted.device,
        recompute=wanted.recompute,
        jobs=wanted.jobs,
        drawn=han_font() is not None,
    )
    if not options.drawn:
        _say(f"{HAN_PACKAGE} is not installed: records are computed, figures are not drawn")
    with Cache(wanted.cache) as cache:
        made = run(chosen, options, cache, wanted.source, progress=_tell)
    _write(made, wanted.source, wanted.out / "figures")
    sys.stdout.write(f"{agreement_table(made.outcomes)}\n")
    for diagnostic in (*found, *made.diagnostics):
        _say(str(diagnostic))
    return 1 if has_errors((*found, *made.diagnostics)) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bindery.demos", description="Make the figures.")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="demos to make (default: all)")
    parser.add_argument("--source", type=Path, default=_ROOT / "source", help="folder of the notes")
    parser.add_argument("--out", type=Path, default=_ROOT / "out", help="folder of the products")
    parser.add_argument("--cache", type=Path, default=home / "bindery", help="folder of the cache")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes at once")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps, xpu …")
    parser.add_argument("--recompute", action="store_true", help="compute every demo again")
    return parser


def _write(made: FigureRun, source: Path, out: Path) -> None:
    files = {source / path: data for path, data in made.records}
    for figure in made.figures:
        files |= {out / f"{figure.slug}.svg": figure.svg, out / f"{figure.slug}.png": figure.png}
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(data)
        unfinished.replace(path)


def _tell(outcome: DemoOutcome) -> None:
    if outcome.how == "computed":
        _say(f"{outcome.slug}: {outcome.seconds:.1f} s on {outcome.device or 'no device'}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
