"""Run a demo's child process within limits, and end it together with all it started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias
from uuid import uuid4

import bindery

End: TypeAlias = Literal["answered", "died", "timeout", "memory", "stopped"]

_POLL = 0.05
_KEPT_OUTPUT = 16_000
_MARK = "BINDERY_DEMO"
_HELD = re.compile(rb"^Rss(?:Anon|Shmem):\s+(\d+) kB", re.MULTILINE)
_FRAME = re.compile(r'File "(.+?)", line (\d+)')
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_FOREIGN = ("MATPLOTLIBRC", "MPLBACKEND", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONHASHSEED")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take: seconds, bytes of its own memory (children included), threads."""

    seconds: float
    memory: int
    threads: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    ``reply`` is its answer when it gave one; ``stack`` holds (file, line) of the frames it was
    in when it had to be ended or crashed, innermost first; ``output`` is the last of what it
    printed.
    """

    end: End
    reply: Mapping[str, Any] | None
    output: str
    stack: tuple[tuple[str, int], ...]
    status: int
    seconds: float


def run_child(
    request: Mapping[str, object],
    limits: Limits,
    *,
    folder: Path,
    matplotlib: Path,
    stop: threading.Event,
) -> Ended:
    """Run one task of ``bindery.demos.child``.

    Args:
        request: the task, as JSON.
        limits: beyond them the child and all its descendants are killed.
        folder: the working folder of the child.
        matplotlib: the folder where matplotlib keeps its list of fonts.
        stop: ends the child when set.
    """
    with tempfile.TemporaryDirectory(prefix="bindery-demo-", ignore_cleanup_errors=True) as name:
        private = Path(name)
        (private / "tmp").mkdir()
        full = {
            **request,
            "parent": os.getpid(),
            "threads": limits.threads,
            "memory": limits.memory,
        }
        (private / "request.json").write_text(json.dumps(full), encoding="utf-8")
        mark = uuid4().hex
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bindery.demos.child", str(private)],
            cwd=folder,
            env=_environment(private, matplotlib, limits.threads, mark),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        tail = _Tail(process.stdout)
        try:
            end = _wait(process, limits, start, stop, private)
        finally:
            _kill(process, mark)
        output = tail.text()
        reply = _reply(private / "reply.json") if end == "answered" else None
        if end == "answered" and reply is None:
            end = "died"
        return Ended(
            end=end,
            reply=reply,
            output=output,
            stack=_stack(private / "stack.txt") if reply is None else (),
            status=process.returncode,
            seconds=time.monotonic() - start,
        )


class _Tail:
    """The last characters of a stream, read by a thread so that the writer never blocks."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        self._thread.join(timeout=2)
        return bytes(self._kept).decode("utf-8", "replace")

    def _read(self) -> None:
        if self._stream is None:
            return
        with suppress(OSError, ValueError), self._stream as stream:
            while chunk := os.read(stream.fileno(), 65_536):
                self._kept += chunk
                del self._kept[:-_KEPT_OUTPUT]


def _environment(private: Path, matplotlib: Path, threads: int, mark: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    package = str(Path(bindery.__file__).resolve().parent.parent)
    path = [each for each in (environment.get("PYTHONPATH", ""), package) if each]
    environment |= dict.fromkeys(_THREADS, str(threads))
    environment |= {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "MPLCONFIGDIR": str(matplotlib),
        "TMPDIR": str(private / "tmp"),
        _MARK: mark,
    }
    return environment


def _wait(
    process: subprocess.Popen[bytes],
    limits: Limits,
    start: float,
    stop: threading.Event,
    private: Path,
) -> End:
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
            return "answered"
        end: End | None = None
        if stop.is_set():
            end = "stopped"
        elif _memory(process.pid) > limits.memory:
            end = "memory"
        elif time.monotonic() - start > limits.seconds:
            end = "timeout"
        if end is not None:
            if end != "stopped":
                _ask_for_stack(process, private / "stack.txt")
            return end


def _ask_for_stack(process: subprocess.Popen[bytes], file: Path) -> None:
    """Have the child's faulthandler write where it is; it does so without the GIL."""
    if not file.exists() or not hasattr(signal, "SIGUSR1"):
        return
    process.send_signal(signal.SIGUSR1)
    for _ in range(10):
        time.sleep(0.02)
        if file.stat().st_size:
            time.sleep(0.02)
            return


def _kill(process: subprocess.Popen[bytes], mark: str) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    _kill_strays(mark)


def _kill_strays(mark: str) -> None:
    """Kill what left the process group: descendants carry the mark in their environment."""
    wanted = f"{_MARK}={mark}".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in entry.read_bytes().split(b"\0"):
                os.kill(int(entry.parent.name), signal.SIGKILL)


def _memory(pid: int) -> int:
    """Return the bytes that a process and its descendants hold, files aside (Linux, else 0)."""
    kilobytes = 0
    open_pids = [pid]
    while open_pids:
        folder = Path("/proc", str(open_pids.pop()))
        with suppress(OSError):
            kilobytes += sum(map(int, _HELD.findall((folder / "status").read_bytes())))
            for children in folder.glob("task/*/children"):
                open_pids += map(int, children.read_text().split())
    return kilobytes * 1024


def _reply(file: Path) -> Mapping[str, Any] | None:
    try:
        reply = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return reply if isinstance(reply, dict) else None


def _stack(file: Path) -> tuple[tuple[str, int], ...]:
    """Read what faulthandler wrote; it escapes characters beyond ASCII."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ()
    return tuple((name, int(line)) for name, line in _FRAME.findall(text))
