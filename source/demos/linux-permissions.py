"""chmod 真正改了哪些位

在临时文件夹里逐条执行 chmod，再用 stat 读出权限位：左边是命令，右边是九格 rwx 与八进制。
数字形式把九位整个换掉，符号形式只动点名的位；umask 从新建文件的 666、新建目录的 777 里去掉位；
四位数里，2 开头的是 setgid（组的 x 变成 s），1 开头的是粘滞位（其他人的 x 变成 t）。
"""

import os
import stat
import subprocess
import tempfile
from pathlib import Path

from bindery.demos.style import FAINT, INK, MUTED, NAVY, PAPER, RED, SKY, SMALL, new_figure

ALT = (
    "一张表，每行左边是一条命令，中间是九个格子，依次为所有者、组、其他人的 r、w、x，"
    "填色表示放行，右边是八进制的权限。"
)
TOLERANCE = 0
CLASSES, BITS = "ugo", "rwx"


def symbolic(mode, clause):
    """The mode after one clause such as g-w or a=rx, as chmod(1) has it, without s, t and X."""
    operator = next(each for each in "+-=" if each in clause)
    who, permissions = clause.split(operator)
    bits = sum(4 >> BITS.index(each) for each in permissions)  # r 4, w 2, x 1
    for each in CLASSES if who in ("", "a") else who:
        shift = 6 - 3 * CLASSES.index(each)  # user 6, group 3, others 0
        if operator == "=":
            mode &= ~(7 << shift)
        mode = mode & ~(bits << shift) if operator == "-" else mode | bits << shift
    return mode


def compute(device):
    del device  # nothing here is done on an accelerator
    rows = []

    def note(command, path):
        mode = path.stat().st_mode  # the bits; root may pass whatever they say
        rows.append([command, stat.filemode(mode), stat.S_IMODE(mode)])

    before = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as name:
            file, folder = Path(name) / "file", Path(name) / "folder"
            file.touch()  # asks for 666; the mask takes 022 away
            note("umask 022 新建文件", file)
            folder.mkdir()  # asks for 777
            note("umask 022 新建目录", folder)
            for change in ("640", "u+x", "g-r", "a=rx", "go="):
                told = stat.S_IMODE(file.stat().st_mode)
                told = int(change, 8) if change.isdigit() else symbolic(told, change)
                subprocess.run(["chmod", change, file], check=True)
                assert stat.S_IMODE(file.stat().st_mode) == told, "chmod did something else"
                note(f"chmod {change} 文件", file)
            for change in ("2770", "1777"):  # GNU chmod keeps a directory's setgid: use fresh ones
                fresh = Path(name) / change
                fresh.mkdir()
                subprocess.run(["chmod", change, fresh], check=True)
                note(f"chmod {change} 目录", fresh)
            os.umask(0o077)
            secret = Path(name) / "secret"
            secret.touch()
            note("umask 077 新建文件", secret)
    finally:
        os.umask(before)
    modes = [f"{mode:o}" for _, _, mode in rows]
    assert modes == "644 755 640 740 700 555 500 2770 1777 600".split(), modes
    assert [row[1] for row in rows[:3]] == ["-rw-r--r--", "drwxr-xr-x", "-rw-r-----"]
    assert all(0o666 & ~mask == 0o666 - mask for mask in (0o022, 0o002))
    assert 0o666 & ~0o033 == 0o644 != 0o666 - 0o033, "a mask removes bits, it is not subtracted"
    return {"rows": [[command, text, f"{mode:o}"] for command, text, mode in rows]}


def draw(values):
    rows = values["rows"]
    figure, axes = new_figure(height=2.9)
    top = len(rows)
    for x, head in ((1, "所有者"), (4.4, "组"), (7.8, "其他人")):
        axes.text(x, top + 0.2, head, color=MUTED, fontsize=SMALL, ha="center", va="bottom")
    axes.text(11.6, top + 0.2, "八进制", color=MUTED, fontsize=SMALL, ha="center", va="bottom")
    for number, (command, text, octal) in enumerate(rows):
        y = top - number - 1
        axes.text(-9.3, y + 0.5, command, va="center", fontsize=SMALL + 0.5)
        for place, letter in enumerate(text[1:]):
            x = place + 0.4 * (place // 3)
            special = letter in "sStT"
            fill = PAPER if letter == "-" else RED if special else NAVY if letter == "w" else SKY
            edge = FAINT if letter == "-" else fill
            axes.bar(x, 0.76, 0.86, bottom=y + 0.12, color=fill, edgecolor=edge)
            ink = FAINT if letter == "-" else INK if fill == SKY else PAPER
            axes.text(x, y + 0.48, letter, color=ink, ha="center", va="center", family="monospace")
        axes.text(11.6, y + 0.48, octal, ha="center", va="center", family="monospace")
    axes.set_xlim(-9.4, 12.8)
    axes.set_ylim(0, top + 1)
    axes.set_axis_off()
    return figure


def results(values):
    for command, text, octal in values["rows"]:
        yield command, f"{text}（{octal}）"
