"""``python -m benchmarks``: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import deck, handbook, reading

reading.main([])
deck.main()
handbook.main([])
