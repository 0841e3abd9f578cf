"""矩阵乘法：运算量、搬运量与算术强度

上：边长 n 翻倍，运算量变为 8 倍，至少要搬运的数据只变为 4 倍。下：两者之比（算术强度）因而随 n
增长；越过设备的“峰值算力÷显存带宽”那条横线，才轮到算力说话，在它之下只能等数据。逐元素加法的强度与
n 无关，永远在横线之下。横线由 NVIDIA A100 80GB 公布的规格算得；本机各设备实测的时间见结果表。
"""

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from bindery.demos.style import MUTED, NAVY, RED, label, new_figure

ALT = (
    "上图双对数坐标：运算量随 n 按斜率 3 上升，搬运量按斜率 2 上升。"
    "下图双对数坐标：FP32 与 BF16 矩阵乘法的算术强度随 n 直线上升，先后越过两条横线；"
    "逐元素加法是一条贴近底部的横线。"
)
# What is measured differs from run to run, and devices differ from machine to machine.
TOLERANCE = {"devices": None, "milliseconds": None, "largest_error": None}
SIZES, MEASURED, REPEATS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096], [64, 256, 1024], 20
# NVIDIA A100 80GB SXM, data sheet of 2021: dense peak in FLOP/s, memory in byte/s.
BANDWIDTH, PEAKS = 2039e9, {"FP32": 19.5e12, "BF16": 312e12}


def count(n, dtype):
    """Operations and least traffic of C = A B: read A and B, write C. All are n x n."""
    a, b = (torch.empty(n, n, dtype=dtype, device="meta") for _ in range(2))  # shapes only
    with FlopCounterMode(display=False) as counter:
        c = a @ b
    return counter.get_total_flops(), a.nbytes + b.nbytes + c.nbytes


def wait(device):
    """A GPU works behind Python's back: without waiting one times the launch alone."""
    if device.type != "cpu":
        torch.accelerator.synchronize()


def milliseconds(n, device, generator):
    """The fastest run after one to warm up, and the largest relative error against FP64."""
    a, b = (torch.randn(n, n, generator=generator) for _ in range(2))
    exact = a.double() @ b.double()
    a, b = a.to(device), b.to(device)
    c = a @ b
    times = []
    for _ in range(REPEATS):
        wait(device)
        start = time.perf_counter()
        c = a @ b
        wait(device)
        times.append(1e3 * (time.perf_counter() - start))
    error = (c.cpu().double() - exact).abs().max() / exact.abs().max()
    return min(times), error.item()


def compute(device):
    fp32, bf16 = ([count(n, dtype) for n in SIZES] for dtype in (torch.float32, torch.bfloat16))
    # n*n results, each of n multiplications and n additions; three matrices of 4 or 2 bytes.
    assert fp32 == [(2 * n**3, 12 * n**2) for n in SIZES]
    assert bf16 == [(2 * n**3, 6 * n**2) for n in SIZES]

    devices = [torch.device("cpu")] + ([device] if torch.device(device).type != "cpu" else [])
    generator = torch.Generator("cpu").manual_seed(0)
    measured = [[milliseconds(n, each, generator) for n in MEASURED] for each in devices]
    largest_error = max(error for row in measured for _, error in row)
    assert largest_error < 1e-2, "a product that is not the product"
    return {
        "n": SIZES,
        "flops": [flops for flops, _ in fp32],
        "bytes": [nbytes for _, nbytes in fp32],
        "intensity_fp32": [f / b for f, b in fp32],  # n / 6
        "intensity_bf16": [f / b for f, b in bf16],  # n / 3
        "intensity_add": 1 / 12,  # one addition; 8 bytes read and 4 written
        "balance_fp32": PEAKS["FP32"] / BANDWIDTH,  # FLOP that fit in the time of one byte
        "balance_bf16": PEAKS["BF16"] / BANDWIDTH,
        "measured_n": MEASURED,
        "devices": [each.type for each in devices],
        "milliseconds": [[ms for ms, _ in row] for row in measured],
        "largest_error": largest_error,
    }


def draw(values):
    figure, (top, bottom) = new_figure(height=3.9, rows=2, sharex=True, height_ratios=(1, 1.25))
    n = values["n"]
    top.loglog(n, values["flops"], "o-", color=NAVY, base=10)
    top.loglog(n, values["bytes"], "s--", color=RED, base=10)
    label(top, "运算 $2n^3$ 次", (300, 1.5e9), colour=NAVY, ha="right")
    label(top, "搬运 $12n^2$ 字节（FP32）", (180, 3e4), colour=RED)
    top.set_ylabel("次，或字节")

    bottom.loglog(n, values["intensity_bf16"], "^-", color=NAVY)
    bottom.loglog(n, values["intensity_fp32"], "o-", color=RED)
    bottom.axhline(values["intensity_add"], color=MUTED, linestyle=":")
    label(bottom, "BF16 矩阵乘", (950, 1150), colour=NAVY, ha="right", va="center")
    label(bottom, "FP32 矩阵乘", (330, 23), colour=RED, va="center")
    label(bottom, "FP32 逐元素加法 1/12", (16, 0.16), colour=MUTED, va="center")
    rows = (("bf16", NAVY, 16, 1.7, "left"), ("fp32", RED, 4300, 0.55, "right"))
    for name, colour, x, shift, side in rows:
        balance = values[f"balance_{name}"]
        bottom.axhline(balance, color=colour, linewidth=0.9, linestyle=(0, (4, 2)))
        said = f"A100 的 {name.upper()} 平衡点：{balance:.3g}"
        at = (x, balance * shift)
        label(bottom, said, at, colour=colour, ha=side, va="center", fontsize=7)
    bottom.set_xscale("log", base=2)
    bottom.set_xticks(n, [str(each) for each in n])
    bottom.set(ylim=(0.04, 4000), xlabel="方阵的边长 $n$", ylabel="每字节的运算次数")
    return figure


def results(values):
    for name, per in (("FP32", 6), ("BF16", 3)):
        balance = values[f"balance_{name.lower()}"]
        yield f"A100 的 {name} 平衡点", f"每字节 {balance:.1f} 次，即 n = {per * balance:.0f}"
    for kind, row in zip(values["devices"], values["milliseconds"], strict=True):
        for n, ms in zip(values["measured_n"], row, strict=True):
            said = f"{ms:.3g} 毫秒，{2 * n**3 / ms / 1e6:.3g} GFLOP/s"
            yield f"实测最快一次：{kind.upper()}，n = {n}，FP32", said
