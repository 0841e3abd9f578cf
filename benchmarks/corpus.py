"""A synthetic book of any size: the same text on every machine.

A note has about 145 tokens: two inline formulas and a displayed one, Chinese with bold next to
it in every fourth, a list, a fenced block in every tenth; 100 notes a chapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

NOTES_A_FILE = 100
_WORDS = (
    "gradient descent loss layer attention token embedding softmax entropy prior posterior "
    "variance bias regularization dropout batch norm kernel margin tree forest boosting "
    "residual network convolution pooling stride padding recurrent state gate memory "
    "transformer head query key value mask position encoder decoder beam sampling temperature "
    "likelihood divergence mutual information estimator consistent optimizer momentum rate "
    "schedule warmup decay clipping overflow precision policy reward advantage replay "
    "exploration the of and a to in is that for it as with on are by"
).split()
_HAN = "为什么注意力机制需要除以根号维度因为点积的方差随维度线性增长否则梯度会消失"
_INLINE = (
    r"$a_{%d} * b_{%d} * c$",
    r"$\frac{\partial L}{\partial w_{%d}} = \sum_{i=1}^{%d} x_i \delta_i$",
    r"$p(y \mid x_{%d}) \propto e^{-z_{%d}/T}$",
    r"$\lVert \theta_{%d} \rVert_2 \le \epsilon_{%d}$",
)
_DISPLAY = r"""$$
\begin{aligned}
\mathcal{L}(\theta) &= -\frac{1}{N}\sum_{n=1}^{N} \log p_\theta(y_n \mid x_n) \\
&= \mathbb{E}_{q}\left[ \log \frac{q(z)}{p(z, x_{%d})} \right]
\end{aligned}
$$"""
_CODE = """```python
def step_%d(w, g, lr=0.1):
    # costs $5 * n_steps * n_params
    m = [b * 0.9 + x for b, x in zip(w, g)]
    return [a - lr * x for a, x in zip(w, m)]
```"""


def notes(count: int, seed: int = 20260101) -> Iterator[str]:
    """Yield notes as the dialect writes them, each with a heading that has an id."""
    rng = random.Random(seed)

    def words(number: int) -> str:
        return " ".join(rng.choices(_WORDS, k=number))

    for n in range(count):
        first = rng.choice(_INLINE) % (n % 97, n % 13 + 2)
        second = rng.choice(_INLINE) % (n % 89, n % 11 + 2)
        answer = f"{words(22).capitalize()}, and **{words(2)}** of {second} is {words(20)}."
        if n % 4 == 0:
            answer += f" {_HAN}，其中**缩放因子：**很重要，见[上一题](#q{max(n - 1, 0)})。"
        blocks = [
            f"## Q{n}: why does {words(10)} matter for {first}? {{#q{n}}}",
            answer,
            _DISPLAY % n,
            f"{words(26).capitalize()}.",
            "\n".join(f"- {words(7)}" for _ in range(3)),
        ]
        if n % 10 == 0:
            blocks.append(_CODE % n)
        yield "\n\n".join(blocks)


def write_book(count: int, folder: Path) -> None:
    """Write a book of ``count`` notes into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.toml").write_text('id = "bench"\ntitle = "Bench"\n', "utf-8")
    texts = list(notes(count))
    for start in range(0, count, NOTES_A_FILE):
        number = start // NOTES_A_FILE
        body = "\n\n".join(texts[start : start + NOTES_A_FILE])
        (folder / f"part{number:04d}.md").write_text(f"# Bench {number}\n\n{body}\n", "utf-8")
