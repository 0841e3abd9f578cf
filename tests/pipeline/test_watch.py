"""``build.py watch``: a build after each burst of edits, errors shown, Ctrl-C clean."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bindery.watch import edits, until_interrupted
from tests.books.workshop import ROOT, SMALL, Workshop

_PATIENCE = 60


class Watching:
    """A running ``watch`` and what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, pattern: str) -> str:
        """Wait for a line that matches, and return it."""
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=_PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} after {seen}") from None
            seen.append(line)
            if re.search(pattern, line):
                return line


@contextmanager
def watching(shop: Workshop) -> Iterator[Watching]:
    command = [sys.executable, str(ROOT / "build.py"), "watch", "deck"]
    command += ["--source", str(shop.source), "--out", str(shop.out), "--cache", str(shop.cache)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield Watching(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_watching_a_book(tmp_path: Path, cache_folder: Path) -> None:
    shop = Workshop.copy_of(SMALL, tmp_path, cache_folder)
    with watching(shop) as watch:
        watch.until("watching")
        first = shop.deck.read_bytes()

        shop.edit("20-optimisation.md", "几何间隔 $", "几何间隔是 $")
        watch.until("1 updated")
        assert float(watch.until("from saving to new products").split()[0]) > 0
        second = shop.deck.read_bytes()
        assert second != first

        shop.edit("20-optimisation.md", "$\\gamma=", "$\\gama=")
        watch.until("refused-formula")
        watch.until("nothing was written")
        assert shop.deck.read_bytes() == second, "an error in the notes leaves the deck whole"

        shop.edit("20-optimisation.md", "$\\gama=", "$\\gamma=")
        watch.until("nothing changed|0 updated")

        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(timeout=_PATIENCE) == 0
    assert not [*tmp_path.rglob(".bindery-*")], "nothing half-written is left"


def test_an_interrupt_that_is_lost_ends_the_watching_all_the_same(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    bursts = 0
    with until_interrupted() as stop:
        for _ in edits([tmp_path], dict, lambda _: False, stop):
            bursts += 1
            with suppress(KeyboardInterrupt):  # as where Python tidies up
                os.kill(os.getpid(), signal.SIGINT)
                signal.pause()
    after = signal.signal(signal.SIGINT, before)
    assert bursts == 1
    assert after == signal.SIG_DFL, "a second one ends the process"
