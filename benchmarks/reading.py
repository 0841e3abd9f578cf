"""How long reading takes, and whether it grows in proportion: ``python -m benchmarks.reading``.

Prints the CPU seconds of each stage at growing sizes of the book, and the slope: the exponent of
the growth (1.0 is linear, 2.0 quadratic). With ``--hard`` also texts made to find quadratic steps.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.corpus import write_book
from bindery.assemble import assemble
from bindery.facts import facts_of
from bindery.model import Assets, SourceFile
from bindery.parse import parse
from bindery.read import read

SIZES = (1_000, 3_000, 10_000)
HARD: dict[str, Callable[[int], str]] = {
    "one paragraph of formulas": lambda n: "## q\n" + "$x_1$ 与 **粗** " * n,
    "dollar signs": lambda n: "## q\n" + "$5 " * n,
    "open brackets of maths": lambda n: "## q\n" + "\\(x " * n,
    "open gaps": lambda n: "## q\n" + "{{c1::x " * n,
    "open square brackets": lambda n: "## q\n" + "[" * n,
    "spans": lambda n: "## q\n" + "[词]{.term} " * n,
    "stars": lambda n: "## q\n" + "**x " * n,
    "equals signs": lambda n: "## q\n" + "==x " * n,
    "containers": lambda n: "## q\nx\n" + "::: note\n" * n,
    "fences": lambda n: "## q\n" + "```\n" * n,
    "closing markers": lambda n: "## q\n" + ":::\n" * n,
    "displays": lambda n: "## q\n" + "$$\nx\n\n文\n\n" * n,
    "details": lambda n: "## q\n" + "<details>\n" * n,
    "table cells": lambda n: "## q\n|a|b|\n|-|-|\n" + "|$|x|$|`a|b`|\n" * n,
    "footnotes": lambda n: (
        "## q\n"
        + "".join(f"[^{i}]" for i in range(n))
        + "".join(f"\n\n[^{i}]: x" for i in range(n))
    ),
    "headings with ids": lambda n: "".join(f"## q {{#q{i}}}\nx\n" for i in range(n)),
}


def hard(text: str) -> float:
    """Return how much CPU time one file takes."""
    start = time.process_time()
    parse(SourceFile("a.md", "a.md", text, ""), Assets(frozenset(), frozenset()))
    return time.process_time() - start


def slope(small: float, large: float, factor: float) -> float:
    """Return the exponent with which the time grows when the size grows by ``factor``."""
    return math.log(large / small) / math.log(factor)


def measure(count: int) -> dict[str, float]:
    """Return the seconds of each stage for a book of ``count`` notes."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        write_book(count, source)
        times: dict[str, float] = {}
        start = time.process_time()
        manuscript, _ = read(source)
        times["read"] = time.process_time() - start
        start = time.process_time()
        chapters = [parse(file, manuscript.assets) for file in manuscript.files]
        times["parse"] = time.process_time() - start
        start = time.process_time()
        facts = [facts_of(chapter, found) for chapter, found in chapters]
        _, found = assemble(facts)
        times["assemble"] = time.process_time() - start
        assert sum(chapter.questions for chapter in facts) == count
        assert not found
        assert not any(diagnostics for _, diagnostics in chapters)
        return times


def main(arguments: list[str]) -> None:
    """Print the measurements."""
    totals: list[float] = []
    print(f"{'notes':>8} {'read':>8} {'parse':>8} {'assemble':>9} {'total':>8}")
    for count in SIZES:
        times = measure(count)
        totals.append(sum(times.values()))
        columns = f"{times['read']:8.2f} {times['parse']:8.2f} {times['assemble']:9.2f}"
        print(f"{count:8} {columns} {totals[-1]:8.2f}")
    print(f"slope {slope(totals[0], totals[-1], SIZES[-1] / SIZES[0]):.2f}")
    if "--hard" in arguments:
        for name, text in HARD.items():
            sizes = (2_000, 8_000)
            small, large = (hard(text(size)) for size in sizes)
            print(f"{name:28} {large:7.2f} s, slope {slope(small, large, sizes[1] / sizes[0]):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
