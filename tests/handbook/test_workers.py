"""The processes that lay out pages: they end with the build, whatever they are at."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import wait

import pytest

from bindery.diagnostics import MachineError
from bindery.press.jobs import Workers, outcome

pytestmark = pytest.mark.pdf


def _sleep(seconds: float) -> bytes:
    time.sleep(seconds)
    return b"slept"


def _pid() -> bytes:
    return str(os.getpid()).encode()


def _die() -> bytes:
    os._exit(9)


def test_workers_end_in_the_middle_of_a_job() -> None:
    with Workers(1) as workers:
        pid = int(outcome(workers.submit(_pid)))
        workers.submit(_sleep, 600)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlives its build")


def test_ctrl_c_is_for_the_build() -> None:
    with Workers(1) as workers:
        pid = int(outcome(workers.submit(_pid)))
        os.kill(pid, signal.SIGINT)
        assert outcome(workers.submit(_sleep, 0.01)) == b"slept"


def test_a_killed_worker_is_told_whenever_it_is_noticed() -> None:
    with Workers(1) as workers:
        wait([workers.submit(_die)])
        with pytest.raises(MachineError, match="--jobs 1"):
            outcome(workers.submit(_pid))
        workers.submit_if_idle(_sleep, 0)  # type: ignore[arg-type]
        workers.end()
        assert outcome(workers.submit(_pid)), "others begin after an end"
