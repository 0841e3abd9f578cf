"""标准注意力与线性注意力的开销

横轴是特征图展平后的位置数 n = H × W。上图数一次前向的乘加，下图数中间结果占的字节
（单精度、一个头、d = 32，不计输入与输出）。标准注意力的两条线在对数坐标里斜率为 2，线性注意力
斜率为 1；两者的乘加在 n = d 处相交。计数与 PyTorch 自己的计数器逐一核对，实测时间另列在表中。
"""

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from bindery.demos.style import MUTED, NAVY, RED, label, new_figure

ALT = (
    "上下两幅双对数坐标的折线图，横轴是位置数 n，从 16 到 65536。标准注意力的虚线斜率为 2，"
    "线性注意力的实线斜率为 1；乘加在 n = 32 处相交，之后差距随 n 拉大。"
)
TOLERANCE = {"seconds": None}
D, SIDES, TIMED = 32, (4, 8, 16, 32, 64, 128, 256), (16, 32, 64)


def softmax_attention(q, k, v):  # (n, d) each
    weights = (q @ k.T / q.shape[1] ** 0.5).softmax(dim=-1)  # (n, n)
    return weights @ v  # (n, d)


def linear_attention(q, k, v):  # Shen et al.: q over its features, k over the positions
    q, k = q.softmax(dim=-1), k.softmax(dim=0)
    context = k.T @ v  # (d, d), whatever n is
    return q @ context  # (n, d)


def multiply_adds(attention, n):
    """Counted by PyTorch on tensors without storage: nothing is computed."""
    q = torch.empty(n, D, device="meta")
    with FlopCounterMode(display=False) as counter:
        attention(q, q, q)
    return counter.get_total_flops() // 2


def wait(device):
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def seconds(attention, q, k, v):
    runs = []
    for _ in range(4):
        wait(q.device)
        start = time.perf_counter()
        attention(q, k, v)
        wait(q.device)
        runs.append(time.perf_counter() - start)
    return min(runs[1:])


def compute(device):
    generator = torch.Generator("cpu").manual_seed(8)
    n = torch.tensor([side * side for side in SIDES])
    names = (("softmax", softmax_attention), ("linear", linear_attention))
    values = {"n": n, "d": D}
    for name, attention in names:
        values[f"{name}_macs"] = torch.tensor([multiply_adds(attention, int(m)) for m in n])
    values["softmax_bytes"] = 4 * n * n  # the weights; a softmax in place
    values["linear_bytes"] = 4 * (2 * n * D + D * D)  # softened q and k, and the context
    assert torch.equal(values["softmax_macs"], 2 * n * n * D)
    assert torch.equal(values["linear_macs"], 2 * n * D * D)

    # The order of the products changes the cost, not the result: (q k^T) v = q (k^T v).
    q, k, v = torch.randn(3, 4096, D, generator=generator).to(device)
    q, k = q.softmax(dim=-1), k.softmax(dim=0)
    difference = ((q @ k.T) @ v - q @ (k.T @ v)).abs().max() / v.abs().max()
    assert difference < 1e-5, "matrix products are not associative here"
    # With the softmax of the whole row it is another function, not an approximation.
    times = []
    for side in TIMED:
        q, k, v = torch.randn(3, side * side, D, generator=generator).to(device)
        times.append([seconds(attention, q, k, v) for _, attention in names])
    return values | {"seconds": torch.tensor(times).T}


def draw(values):
    figure, panels = new_figure(height=3.4, rows=2, sharex=True)
    looks = (("softmax", "标准", RED, "s", "--"), ("linear", "线性", NAVY, "o", "-"))
    for axes, what, title in zip(panels, ("macs", "bytes"), ("乘加次数", "中间结果"), strict=True):
        for name, text, colour, marker, line in looks:
            numbers = values[f"{name}_{what}"].astype(float)
            axes.loglog(values["n"], numbers, line, marker=marker, color=colour)
            power = "n^2" if name == "softmax" else "n"
            above = name == "softmax"
            label(
                axes,
                f"{text}，$\\propto {power}$",
                (values["n"][4] * (0.8 if above else 1.2), numbers[4] * (1.3 if above else 0.75)),
                colour=colour,
                ha="right" if above else "left",
                va="bottom" if above else "top",
            )
        axes.set_title(title)
    panels[0].axvline(values["d"], color=MUTED, linestyle=":", linewidth=0.8)
    label(panels[0], "$n=d$", (values["d"] * 1.15, 2e10), colour=MUTED)
    panels[0].set(yticks=(1e4, 1e7, 1e10))
    panels[1].set(yticks=(2**10, 2**20, 2**30, 2**34), xlabel="位置数 $n$")
    panels[1].set_yticklabels(("1 KiB", "1 MiB", "1 GiB", "16 GiB"))
    sides = ("4²", "16²", "64²", "256²")
    panels[1].set_xticks((16, 256, 4096, 65536), sides)
    for axes in panels:
        axes.minorticks_off()
    return figure


def results(values):
    for name, text in (("softmax", "标准注意力"), ("linear", "线性注意力")):
        yield f"{text}，n = 4096：乘加", f"{values[f'{name}_macs'][4]:,}"
        yield f"{text}，n = 4096：中间结果", f"{values[f'{name}_bytes'][4] / 2**20:.2f} MiB"
    for side, pair in zip(TIMED, values["seconds"].T, strict=True):
        times = " 与 ".join(f"{1000 * t:.2f}" for t in pair)
        yield f"实测，n = {side}² = {side * side}：标准与线性", f"{times} 毫秒"
