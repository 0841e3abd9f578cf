"""动态规划：同一个子问题只算一次

上图是朴素递归求 F(6) 的调用树，圆是第一次遇到的子问题，方是重复计算，全是浪费。
下图是真正数出来的调用次数（对数轴）：朴素递归随 n 按黄金比例的幂增长，记忆化只是 2n − 1 次，
自底向上只要 n − 1 次加法。
"""

import torch

from bindery.demos.style import INK, MUTED, NAVY, ORANGE, PAPER, RED, label, new_figure

ALT = (
    "上幅是 F(6) 的二叉调用树，25 个节点里有 18 个是橙色方块，表示重复。"
    "下幅三条曲线：朴素递归的调用次数指数上升，记忆化与自底向上缓慢上升。"
)
LARGEST, TREE = 22, 6


def naive(n, calls):
    calls.append(n)
    return n if n < 2 else naive(n - 1, calls) + naive(n - 2, calls)


def memoised(n, calls, table):
    calls.append(n)
    if n not in table:
        a, b = memoised(n - 1, calls, table), memoised(n - 2, calls, table)
        table[n] = a + b
    return table[n]


def bottom_up(n):
    """Two running values: n - 1 additions, constant memory."""
    a, b, additions = 0, 1, 0
    for _ in range(n - 1):
        a, b, additions = b, a + b, additions + 1
    return b, additions


def compute(device):
    counts = []
    for n in range(1, LARGEST + 1):
        slow, quick = [], []
        values = {naive(n, slow), memoised(n, quick, {0: 0, 1: 1}), bottom_up(n)[0]}
        assert len(values) == 1, "the three ways disagree"
        assert len(slow) == 2 * naive(n + 1, []) - 1, "not 2 F(n + 1) - 1 calls"
        assert len(quick) == 2 * n - 1
        counts.append((len(slow), len(quick), bottom_up(n)[1]))
    counts = torch.tensor(counts, device=device)  # (n, way)
    calls = []
    naive(TREE, calls)  # in the order of the calls: a node, its left subtree, its right one
    ratio = counts[-1, 0] / counts[-2, 0]
    assert abs(ratio - (1 + 5**0.5) / 2) < 1e-3, "calls do not grow by the golden ratio"
    return {"counts": counts, "calls": calls, "ratio": ratio, "value": naive(LARGEST, [])}


def place(n, depth, left, spots):
    """Lay the call tree out: leaves side by side, a parent over the middle of its children."""
    row = len(spots)
    spots.append(None)
    if n < 2:
        spots[row] = (left, depth, None)
        return left, left + 1
    first, left = place(n - 1, depth + 1, left, spots)
    second, left = place(n - 2, depth + 1, left, spots)
    spots[row] = ((first + second) / 2, depth, (first, second))
    return spots[row][0], left


def draw(values):
    figure, (top, bottom) = new_figure(height=3.5, rows=2, height_ratios=(1.2, 1))
    spots, seen = [], set()
    place(TREE, 0, 0, spots)
    for n, (x, depth, children) in zip(values["calls"], spots, strict=True):
        for child in children or ():
            top.plot([x, child], [depth, depth + 1], "-", color=MUTED, linewidth=0.7, zorder=1)
        again = n in seen
        seen.add(n)
        face, ink, edge = (ORANGE, INK, INK) if again else (NAVY, PAPER, NAVY)
        top.plot(x, depth, "s" if again else "o", color=face, markersize=10.5, mec=edge, mew=0.6)
        top.text(x, depth + 0.02, str(n), color=ink, ha="center", va="center", fontsize=7)
    top.set_title(f"F({TREE}) 的调用树：圆是首次，方是重复")
    top.set(ylim=(TREE - 0.5, -0.5), xlim=(-0.6, 12.6))
    top.set_axis_off()
    slow, quick, additions = values["counts"].T
    ns = range(1, len(slow) + 1)
    bottom.semilogy(ns, slow, "--", color=RED)
    bottom.semilogy(ns, quick, "-", color=NAVY)
    bottom.semilogy(ns[1:], additions[1:], ":", color=MUTED)
    label(bottom, f"朴素递归：{slow[-1]:,}", (LARGEST - 2.6, slow[-1]), colour=RED, ha="right")
    label(bottom, f"记忆化：{quick[-1]}", (LARGEST, quick[-1] * 1.9), colour=NAVY, ha="right")
    label(bottom, f"自底向上：{additions[-1]}", (LARGEST, additions[-1] / 4.5), ha="right")
    bottom.set(xlabel="n", ylabel="调用（加法）次数", xticks=range(2, 23, 4))
    return figure


def results(values):
    slow, quick, additions = values["counts"][-1]
    yield f"F({LARGEST})", f"{values['value']:,}"
    yield "朴素递归的调用", f"{slow:,} 次"
    yield "记忆化的调用", f"{quick} 次"
    yield "自底向上的加法", f"{additions} 次"
    yield "n 加 1，朴素递归的调用变为", f"{values['ratio']:.3f} 倍"
