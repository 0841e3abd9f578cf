"""The same notes in each peer's format, and the peers themselves in an environment of their own."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

NOTES_A_FILE = 100
PEERS = ("md2anki==3.1.0", "ankdown==0.7.1", "typst==0.15.2")
_WORDS = (
    "gradient descent loss layer attention token embedding softmax entropy prior posterior variance"
    " bias regularization dropout batch norm kernel margin tree forest boosting residual network"
    " convolution pooling stride padding recurrent state gate memory transformer head query key"
    " value mask position encoder decoder beam sampling temperature likelihood divergence mutual"
    " information estimator consistent optimizer momentum rate schedule warmup decay clipping"
    " overflow precision quantization pruning distillation student teacher policy reward value"
    " advantage replay exploration the of and a to in is that for it as with on are this by"
).split()
_HAN = "为什么注意力机制需要除以根号维度因为点积的方差随维度线性增长否则梯度会消失"
_INLINE = (
    r"$a_{%d} * b_{%d} * c$",
    r"$\frac{\partial L}{\partial w_{%d}} = \sum_{i=1}^{%d} x_i \delta_i$",
    r"$p(y \mid x_{%d}) \propto e^{-z_{%d}/T}$",
    r"$\lVert \theta_{%d} \rVert_2 \le \epsilon_{%d}$",
)
_DISPLAY = (
    "$$\n\\begin{aligned}\n\\mathcal{L}(\\theta) &= -\\frac{1}{N}\\sum_{n=1}^{N}"
    " \\log p_\\theta(y_n \\mid x_n) \\\\\n&= \\mathbb{E}_{q}\\left[ \\log"
    " \\frac{q(z)}{p(z, x_{%d})} \\right]\n\\end{aligned}\n$$"
)
_CODE = (
    "```python\ndef step_%d(w, g, lr=0.1):\n    # costs $5 * n_steps * n_params\n"
    "    m = [b * 0.9 + x for b, x in zip(w, g)]\n"
    "    return [a - lr * x for a, x in zip(w, m)]\n```"
)


def notes(count: int, seed: int = 20260101) -> Iterator[tuple[str, str]]:
    """Yield questions and answers of about 145 tokens, two inline formulas and a display."""
    rng = random.Random(seed)

    def words(number: int) -> str:
        return " ".join(rng.choice(_WORDS) for _ in range(number))

    for n in range(count):
        first = rng.choice(_INLINE) % (n % 97, n % 13 + 2)
        second = rng.choice(_INLINE) % (n % 89, n % 11 + 2)
        question = f"Q{n}: why does {words(10)} matter for {first}?"
        answer = f"{words(22).capitalize()}, and **{words(2)}** of {second} is {words(20)}."
        if n % 4 == 0:
            answer += f" {_HAN}，其中**缩放因子**很重要。"
        parts = [answer, _DISPLAY % n, f"{words(26).capitalize()}."]
        parts.append("\n".join(f"- {words(7)}" for _ in range(3)))
        if n % 10 == 0:
            parts.append(_CODE % n)
        yield question, "\n\n".join(parts)


def write_all(count: int, folder: Path) -> None:
    """Write the notes as ours, for the naive reference, for md2anki and for ankdown."""
    pairs = list(notes(count))
    for name in ("ours", "naive", "md2anki", "ankdown/Bench"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "ours" / "book.toml").write_text('id = "bench"\ntitle = "Bench"\n', "utf-8")
    for start in range(0, count, NOTES_A_FILE):
        number, chunk = start // NOTES_A_FILE, pairs[start : start + NOTES_A_FILE]
        name = f"part{number:04d}.md"
        plain = "\n\n".join(f"## {q}\n\n{a}" for q, a in chunk)
        (folder / "naive" / name).write_text(f"# Bench {number}\n\n{plain}\n", "utf-8")
        ours = "\n\n".join(f"## {q} {{#q{n}}}\n\n{a}" for n, (q, a) in enumerate(chunk, start))
        (folder / "ours" / name).write_text(f"# Bench {number}\n\n{ours}\n", "utf-8")
        theirs = "\n\n".join(
            f"## {q} ({uuid.uuid5(uuid.NAMESPACE_URL, f'bench/{n}')})\n\n{a}"
            for n, (q, a) in enumerate(chunk, start)
        )
        text = f"# Bench {number} ({1_000_000 + number})\n\n{theirs}\n"
        (folder / "md2anki" / name).write_text(text, "utf-8")
        cards = (f"{_brackets(q)}\n\n%\n\n{_brackets(a)}\n\n%\n\nbench" for q, a in chunk)
        (folder / "ankdown" / "Bench" / name).write_text("\n\n---\n\n".join(cards) + "\n", "utf-8")


def install(folder: Path) -> Path:
    """Install the peers into an environment below ``folder`` and return its ``bin``."""
    mark = hashlib.sha256(" ".join(PEERS).encode()).hexdigest()[:12]
    environment = folder / f"peers-{mark}"
    if not (environment / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        subprocess.run([environment / "bin" / "pip", "install", "-qq", *PEERS], check=True)
        for path in environment.rglob("md2anki/md_util.py"):
            # md2anki 3.1.0 nests quotes in an f-string, which Python 3.11 cannot read.
            text = path.read_text("utf-8").replace('suffix.lstrip(".")', "suffix.lstrip('.')")
            path.write_text(text, "utf-8")
        (environment / "done").touch()
    return environment / "bin"


def _brackets(text: str) -> str:
    text = re.sub(r"\$\$(.+?)\$\$", lambda m: rf"\[{m[1]}\]", text, flags=re.S)
    return re.sub(r"(?<!`)\$([^$\n]+?)\$", lambda m: rf"\({m[1]}\)", text)
