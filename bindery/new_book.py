"""A book of one's own: its own id, an empty ledger, and a sample chapter to write over."""

from __future__ import annotations

import re
import secrets
import unicodedata
from pathlib import Path

from bindery.products import write_whole

_BOOK = """\
# The id goes into every note's identity. It is frozen from the first build on: don't change it.
id = "{id}"
title = "{title}"
authors = []
language = "zh-CN"
paper = "b5"

# The order of the chapters. Files that are not listed come last, by name.
chapters = ["10-sample.md"]

# Short forms for formulas, expanded on cards and pages alike.
[macros]
R = '\\mathbb{{R}}'
"""
_SAMPLE = """\
---
tags: [示例]
---
# 示例章

一章就是一个文件。章首可以写几句导言。

## 什么是间隔重复？ {#spaced-repetition difficulty=1 tags="学习 记忆"}

在快要忘记时复习：每答对一次，下一次的间隔就拉长，例如 $1, 3, 7, 16$ 天。

<!-- more -->

短答写在 `<!-- more -->` 之前，它是卡片的背面，也是手册里的要点。
这里是详解，卡片上折叠，手册里展开。
公式可以独占一行：

$$
R(t) = \\mathrm{e}^{-t/S}
$$

其中 $R$ 是[记忆保持率]{.term}，$S$ 是记忆强度。

::: card {#spaced-repetition-why}
为什么要在快忘记时才复习？
---
太早几乎白费力气，太晚等于重学；临界处的一次成功回忆最能加固记忆。
:::

::: cloze {#spaced-repetition-cloze}
每次==答对==之后，复习的==间隔==都会拉长。
:::
"""


def new_book(folder: Path, title: str = "") -> tuple[Path, ...]:
    """Write a new book into ``folder`` and return the files.

    Raises:
        FileExistsError: a file of that name is there already; nothing was written.
    """
    name = title or folder.resolve().name
    files = {
        folder / "book.toml": _BOOK.format(id=_book_id(folder.resolve().name), title=_quoted(name)),
        folder / "10-sample.md": _SAMPLE,
        folder / ".gitignore": "/out/\n/.build.lock\n",
    }
    for path in files:
        if path.exists():
            raise FileExistsError(str(path))
    for path, text in files.items():
        write_whole(path, text.encode())
    for sub in ("images", "demos"):
        (folder / sub).mkdir(exist_ok=True)
    return tuple(files)


def _book_id(name: str) -> str:
    """Return an id that no other book has: two people may both call theirs "notes"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    return f"{slug or 'book'}-{secrets.token_hex(3)}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
