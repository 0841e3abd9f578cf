"""Ours, the naive reference, md2anki and ankdown on the same notes, side by side in one run.

Usage: python -m benchmarks.deck [NOTES…]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, run
from benchmarks.peers import install, write_all

ROOT = Path(__file__).resolve().parent.parent
SIZES = (100, 1_000, 10_000)
BARS = {"cold / md2anki": 0.7, "unchanged / naive": 0.15, "one changed / naive": 0.5}


def measure(count: int, folder: Path, peers: Path) -> dict[str, Run]:
    """Return the runs at one size, in the order they were made."""
    write_all(count, folder)
    ours: list[str | Path] = [
        *(sys.executable, ROOT / "build.py", "deck"),
        *("--source", folder / "ours", "--out", folder / "out", "--cache", folder / "cache"),
    ]
    runs: dict[str, Run] = {}
    naive: list[str | Path] = [
        sys.executable,
        Path(__file__).with_name("naive.py"),
        folder / "naive",
    ]
    runs["naive"] = run([*naive, folder / "naive.apkg"])
    runs["ours, cold"] = run(ours)
    runs["ours, unchanged"] = run(ours)
    edited = folder / "ours" / "part0000.md"
    text = edited.read_text("utf-8")
    edited.write_text(text.replace(".\n", ", as we now know.\n", 1), "utf-8")
    runs["ours, one changed"] = run(ours)
    ankdown: list[str | Path] = [
        peers / "ankdown",
        "-r",
        folder / "ankdown",
        "-p",
        folder / "ankdown.apkg",
    ]
    runs["ankdown"] = run(ankdown, cwd=folder)
    files = sorted((folder / "md2anki").glob("*.md"))
    runs["md2anki"] = run([peers / "md2anki", *files, "-o-anki", folder / "md2anki.apkg"])
    return runs


def ratios(runs: dict[str, Run]) -> dict[str, float]:
    """Return wall times as ratios to the peer that each bar names."""
    return {
        "cold / md2anki": runs["ours, cold"].wall / runs["md2anki"].wall,
        "unchanged / naive": runs["ours, unchanged"].wall / runs["naive"].wall,
        "one changed / naive": runs["ours, one changed"].wall / runs["naive"].wall,
    }


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print a table for each size."""
    kept = Path(tempfile.gettempdir()) / "bindery-benchmarks"
    kept.mkdir(exist_ok=True)
    peers = install(kept)
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            runs = measure(count, Path(folder), peers)
        print(f"\n{count} notes")
        for name, found in runs.items():
            print(f"  {name:18} {found}")
        for name, ratio in ratios(runs).items():
            bar = f"  (bar at 10,000: {BARS[name]})" if count >= max(SIZES) else ""
            print(f"  {name:22} {ratio:5.2f}{bar}")


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
