"""Worked demos: small programs whose figures and numbers the book shows.

``discover`` reads them without running them, ``run`` computes what the cache lacks, compares
it with the records and draws. Nothing here imports torch or matplotlib into the caller's
process: both live in child processes.
"""

from bindery.demos.demo import Demo, Module, discover
from bindery.demos.figures import FigureOptions, FigureRun, key, run
from bindery.demos.kept import discover_kept
from bindery.demos.outcome import DemoOutcome, agreement_table
from bindery.demos.record import Agreement, Record

__all__ = [
    "Agreement",
    "Demo",
    "DemoOutcome",
    "FigureOptions",
    "FigureRun",
    "Module",
    "Record",
    "agreement_table",
    "discover",
    "discover_kept",
    "key",
    "run",
]
