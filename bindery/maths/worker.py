"""A process that answers formulas: JSON on standard input, JSON on standard output."""

from __future__ import annotations

import json
import sys

from bindery.maths.compute import Job, close, compute


def main() -> None:
    """Read ``{"draw", "jobs"}``, write the list of answers."""
    request = json.load(sys.stdin.buffer)
    jobs = [Job(*job) for job in request["jobs"]]
    answers = compute(jobs, request["draw"], 1)
    sys.stdout.buffer.write(json.dumps(answers).encode())
    close()


if __name__ == "__main__":
    main()
