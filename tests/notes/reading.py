"""What the tests of the notes read: a question, its listing, what a demo computed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

SOURCE = Path(__file__).parents[2] / "source"


def question(number: str, file: str = "*.md") -> str:
    """Text of one question: from its heading to the next ``##`` or the end of the file."""
    for path in sorted(SOURCE.glob(file)):
        text = path.read_text(encoding="utf-8")
        found = re.search(rf"^## [^\n]*\{{#{number}[ }}].*?(?=^## |\Z)", text, re.M | re.S)
        if found:
            return found[0]
    raise AssertionError(f"{file} has no question {number}")


def listing(text: str) -> dict[str, Any]:
    """Names that the question's only Python listing defines."""
    (code,) = re.findall(r"^```python[^\n]*\n(.*?)^```", text, re.M | re.S)
    names: dict[str, Any] = {}
    exec(compile(code, "listing", "exec"), names)
    return names


def record(slug: str) -> dict[str, Any]:
    """Values of a demo's record, arrays as nested lists."""
    text = (SOURCE / "demos" / "records" / f"{slug}.json").read_text(encoding="utf-8")
    return {
        name: value["data"] if isinstance(value, dict) else value
        for name, value in json.loads(text)["values"].items()
    }


def arrays(slug: str) -> dict[str, Any]:
    """Values of a demo's record, arrays as NumPy arrays."""
    text = (SOURCE / "demos" / "records" / f"{slug}.json").read_text(encoding="utf-8")
    return {
        name: np.array(value["data"]) if isinstance(value, dict) else value
        for name, value in json.loads(text)["values"].items()
    }
