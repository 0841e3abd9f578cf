"""``python -m benchmarks``: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import deck, reading

reading.main([])
deck.main()
