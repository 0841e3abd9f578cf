"""写成 JSON 再读回，什么变了

每个值都真正执行 json.loads(json.dumps(value))，再与原值比较。数、文字、列表、None 原样回来；
元组变成列表，不是字符串的键变成字符串，键 1 与 "1" 相撞、只剩一个；日期、集合、字节根本写不出去；
NaN 写得出，却不是合法的 JSON。
"""

import datetime
import json

import numpy as np

from bindery.demos.style import GREEN, INK, MUTED, RED, SMALL, new_figure

ALT = "一张表，左列是 Python 的值，中列是写出的 JSON，右列是读回的结果：相同、变了或写不出。"
TOLERANCE = 0
VALUES = [
    ("整数", 2**53 + 1),
    ("小数", 0.1),
    ("空与真", [None, True]),
    ("中文", "模型"),
    ("元组", (1, 2)),
    ("整数键", {1: "a"}),
    ("两键相撞", {1: "a", "1": "b"}),
    ("NaN", float("nan")),
    ("集合", {1}),
    ("日期", datetime.date(2026, 1, 2)),
    ("字节", b"ab"),
    ("NumPy 标量", np.float32(1.5)),
]


def round_trip(value):
    """The JSON text, and what came back of it."""
    try:
        text = json.dumps(value)
    except TypeError as error:
        return type(error).__name__, "写不出"
    back = json.loads(text)
    if not strictly_valid(text):
        return text, "不是合法 JSON"
    same = back == value and type(back) is type(value)
    return text, "相同" if same else repr(back)


def strictly_valid(text):
    """Whether the text is JSON as RFC 8259 has it, where NaN and Infinity are no numbers."""

    def refuse(name):
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def compute(device):
    del device  # nothing here is done on an accelerator
    table = [[name, repr(value), *round_trip(value)] for name, value in VALUES]
    by_name = {row[0]: row for row in table}
    assert by_name["元组"][3] == "[1, 2]" and by_name["整数键"][3] == "{'1': 'a'}"
    assert by_name["两键相撞"][2:] == ['{"1": "a", "1": "b"}', "{'1': 'b'}"]
    assert [row[0] for row in table if row[3] == "写不出"] == ["集合", "日期", "字节", "NumPy 标量"]
    assert by_name["NaN"][2:] == ["NaN", "不是合法 JSON"]
    record = {"模型": "甲", "n": [1, 2]}
    compact = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    texts = [json.dumps(record), json.dumps(record, ensure_ascii=False), compact]
    assert all(json.loads(text) == record for text in texts), "only the looks may differ"
    return {
        "table": table,
        "same": sum(row[3] == "相同" for row in table),
        "texts": texts,
        "bytes": [len(text.encode("utf-8")) for text in texts],
        "float_of_large_integer": int(float(2**53 + 1)),
    }


def draw(values):
    table = values["table"]
    figure, axes = new_figure(height=2.9)
    rows = len(table)
    for x, head in ((0, "Python 的值"), (0.36, "写出的 JSON"), (0.725, "读回")):
        axes.text(x, rows + 0.15, head, color=MUTED, fontsize=SMALL, va="bottom")
    for number, (_, value, text, back) in enumerate(table):
        y = rows - 1 - number
        if number % 2 == 0:
            axes.axhspan(y, y + 1, color="#f3f3f3", lw=0)
        short = value.replace("datetime.", "").replace("np.", "")
        mark = ("✓ " if back == "相同" else "× ") + back
        for x, said, colour in (
            (0, short, INK),
            (0.36, text, RED if text.endswith("Error") else INK),
            (0.725, mark, GREEN if back == "相同" else RED),
        ):
            family = {"family": "monospace"} if said.isascii() else {}  # it has no Han
            axes.text(x, y + 0.5, said, color=colour, fontsize=SMALL, va="center", **family)
    axes.axhline(rows, color=MUTED, linewidth=0.8)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(0, rows + 1)
    axes.set_axis_off()
    return figure


def results(values):
    for name, value, text, back in values["table"]:
        yield f"{name}：{value}", f"{text} → {back}"
    for name, text, size in zip(
        ("默认", "ensure_ascii=False", "再去掉空格"), values["texts"], values["bytes"], strict=True
    ):
        yield f"同一字典，{name}", f"{text}，{size} 字节"
