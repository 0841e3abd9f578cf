"""每种打开模式真正做了什么

在临时文件夹里逐一执行。每次先放好内容为 old 的文件（或不放），打开，移到第 1 个字节处写入 NEW，
能读则从头读。看三处：w 一打开就清空，跳过的位置补了空字节 \\0；a 无论光标移到哪里，写入都落在末尾；
r+ 从光标处覆盖，不是插入。
"""

import io
import tempfile
from pathlib import Path

from bindery.demos.style import GREEN, INK, MUTED, RED, SMALL, new_figure

ALT = (
    "一张表，八行是 r、r+、w、w+、a、a+、x、x+ 八种模式，各列写着文件不存在时、打开的瞬间、"
    "写入之后的结果，以及能否读写。"
)
TOLERANCE = 0
MODES = ["r", "r+", "w", "w+", "a", "a+", "x", "x+"]
OLD, NEW = "old", "NEW"


def attempt(action):
    """What an action gives, or the name of the error that it raises."""
    try:
        return str(action())
    except (OSError, io.UnsupportedOperation) as error:
        # Not writable, not readable: UnsupportedOperation is an OSError and a ValueError.
        return type(error).__name__


def observe(folder, mode):
    """One mode: on a missing file, then on one that holds "old"."""
    missing = folder / f"missing-{mode}.txt"
    created = attempt(lambda: missing.open(mode, encoding="ascii").close() or "新建")

    path = folder / f"there-{mode}.txt"
    path.write_text(OLD, encoding="ascii")
    opened = attempt(lambda: path.open(mode, encoding="ascii").close() or "打开")
    if opened == "FileExistsError":
        return [mode, created, opened, "", "", ""]
    at_once = path.read_text(encoding="ascii")  # nothing has been written yet

    path.write_text(OLD, encoding="ascii")
    with path.open(mode, encoding="ascii") as file:
        position = str(file.tell())
        file.seek(1)
        wrote = attempt(lambda: file.write(NEW))
        file.seek(0)
        read = attempt(file.read)
    after = path.read_text(encoding="ascii").replace("\0", "\\0")  # a gap is filled with NUL
    can = ("读" if read != "UnsupportedOperation" else "") + (
        "写" if wrote != "UnsupportedOperation" else ""
    )
    return [mode, created, at_once or "清空", position, can, after]


def compute(device):
    del device  # nothing here is done on an accelerator
    with tempfile.TemporaryDirectory() as name:
        table = [observe(Path(name), mode) for mode in MODES]
        path = Path(name) / "lines.txt"
        path.write_text("a\nb\n", encoding="ascii", newline="\r\n")
        raw = path.read_bytes()
        text = path.read_text(encoding="ascii")
        han = Path(name) / "han.txt"
        characters = han.write_text("文件", encoding="utf-8")
        nbytes = len(han.read_bytes())
    by_mode = {row[0]: row for row in table}
    assert [m for m in MODES if by_mode[m][1] == "FileNotFoundError"] == ["r", "r+"]
    assert [m for m in MODES if by_mode[m][2] == "FileExistsError"] == ["x", "x+"]
    assert [m for m in MODES if by_mode[m][2] == "清空"] == ["w", "w+"]
    assert by_mode["a+"][5] == OLD + NEW and by_mode["r+"][5] == "oNEW"
    assert raw == b"a\r\nb\r\n" and text == "a\nb\n"
    return {
        "columns": ["模式", "文件不存在", "打开的瞬间", "光标", "能", "在 1 处写 NEW 后"],
        "table": table,
        "raw": repr(raw),
        "text": repr(text),
        "characters": characters,
        "bytes": nbytes,
    }


def draw(values):
    figure, axes = new_figure(height=2.55)
    places = (0.0, 0.15, 0.43, 0.7, 0.79, 0.88)
    heads = ("模式", "文件不存在", "打开的瞬间", "光标", "能", "在 1 处\n写 NEW")
    rows = len(values["table"])
    for x, head in zip(places, heads, strict=True):
        axes.text(x, rows + 0.15, head, color=MUTED, fontsize=SMALL, va="bottom")
    for number, row in enumerate(values["table"]):
        y = rows - 1 - number
        if number % 2 == 0:
            axes.axhspan(y, y + 1, color="#f3f3f3", lw=0)
        for column, (x, text) in enumerate(zip(places, row, strict=True)):
            failed = text.endswith("Error")
            colour = RED if failed or text == "清空" else GREEN if text == "新建" else INK
            said = {"FileNotFoundError": "× 找不到", "FileExistsError": "× 已存在"}.get(text, text)
            weight = {"family": "monospace"} if column in (0, 5) or text == OLD else {}
            axes.text(x, y + 0.5, said, color=colour, va="center", **weight)
    axes.axhline(rows, color=MUTED, linewidth=0.8)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(0, rows + 1)
    axes.set_axis_off()
    return figure


def results(values):
    for mode, missing, at_once, position, can, after in values["table"]:
        if at_once == "FileExistsError":
            yield f"模式 {mode}", f"不存在：{missing}；已存在：{at_once}"
        else:
            yield (
                f"模式 {mode}",
                f"不存在：{missing}；打开后：{at_once}，光标 {position}；能{can}；写后：{after}",
            )
    yield "换行写成 CRLF：字节", values["raw"]
    yield "换行写成 CRLF：按文本读回", values["text"]
    yield "“文件”两字写成 UTF-8", f"{values['characters']} 个字符，{values['bytes']} 个字节"
