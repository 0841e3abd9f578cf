"""LSTM 的门：学会何时写、何时保持

任务：每步来一个数，偶尔带“写”的标记；每步都要答出最近一次被标记的数。只有一个记忆单元的 LSTM
训练之后，两个门自己学出了开关：见到标记，输入门打开、遗忘门关上，旧值换成新值；
没有标记，输入门关上、遗忘门接近 1，细胞状态原样保持。
"""

import numpy as np
import torch
from torch import nn

from bindery.demos.style import FAINT, GREEN, MUTED, NAVY, RED, label, new_figure

ALT = (
    "上中下三幅图，横轴是时间步。上：灰点是输入的数，红方块是带写标记的。中：遗忘门平时接近 1，"
    "在标记处跌到接近 0；输入门相反。下：输出是台阶状折线，与目标几乎重合，只在标记处改变。"
)
LENGTH, BATCH, STEPS, SHOWN = 20, 64, 400, 36
TOLERANCE = {
    "forget": 0.1,
    "input": 0.1,
    "answers": 0.1,
    "error": 0.5,
    "forget_when_writing": 0.5,
    "forget_when_holding": 0.05,
    "input_when_writing": 0.1,
    "input_when_holding": 0.5,
}


def stream(length, batch):
    """Numbers and flags -> x: (T, B, 2), and the number flagged last -> target: (T, B)"""
    numbers = torch.rand(length, batch) * 2 - 1
    flags = (torch.rand(length, batch) < 0.2).float()
    flags[0] = 1  # something is stored from the first step on
    latest = (flags * torch.arange(length)[:, None]).cummax(dim=0).values.long()  # (T, B)
    return torch.stack((numbers, flags), dim=-1), numbers.gather(0, latest)


def gates(lstm, x):
    """The cell's equations, step by step. x: (T, B, 2) -> f, i, c, h: (T, B, 1) each"""
    c = h = x.new_zeros(x.shape[1], lstm.hidden_size)  # (B, H)
    steps = []
    for x_t in x:
        z = x_t @ lstm.weight_ih_l0.T + lstm.bias_ih_l0 + h @ lstm.weight_hh_l0.T + lstm.bias_hh_l0
        i, f, g, o = z.chunk(4, dim=-1)  # PyTorch's order
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g  # the only path through time: add, never squash
        h = o * c.tanh()
        steps.append((f, i, c, h))
    return [torch.stack(each) for each in zip(*steps, strict=True)]


def compute(device):
    torch.manual_seed(5)
    lstm, readout = nn.LSTM(2, 1).to(device), nn.Linear(1, 1).to(device)
    parameters = [*lstm.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, 0.05)
    for _ in range(STEPS):
        x, target = (each.to(device) for each in stream(LENGTH, BATCH))
        loss = (readout(lstm(x)[0])[..., 0] - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x, target = (each.to(device) for each in stream(200, 20))  # ten times longer
    with torch.no_grad():
        f, i, _, h = gates(lstm, x)
        assert (h - lstm(x)[0]).abs().max() < 1e-5, "not the library's LSTM"
        answers = readout(h)[..., 0]
    error = (answers - target).square().mean().sqrt()
    flagged = x[..., 1] == 1
    means = {
        "forget_when_writing": f[flagged].mean(),
        "forget_when_holding": f[~flagged].mean(),
        "input_when_writing": i[flagged].mean(),
        "input_when_holding": i[~flagged].mean(),
    }
    assert error < 0.1, "the answers are poor"
    assert means["forget_when_writing"] < means["input_when_writing"] - 0.5
    assert means["forget_when_holding"] > means["input_when_holding"] + 0.9
    shown = (slice(SHOWN), 0)
    return means | {
        "numbers": x[..., 0][shown],
        "flags": x[..., 1][shown],
        "target": target[shown],
        "forget": f[..., 0][shown],
        "input": i[..., 0][shown],
        "answers": answers[shown],
        "error": error,
        "test_length": len(x),
    }


def draw(values):
    figure, (top, middle, bottom) = new_figure(height=4.2, rows=3, sharex=True)
    steps, writing = np.arange(SHOWN), values["flags"] == 1
    for axes in (top, middle, bottom):
        for step in steps[writing]:
            axes.axvline(step, color=FAINT, linewidth=4, zorder=0)
    top.plot(steps[~writing], values["numbers"][~writing], "o", color=MUTED, markersize=3)
    top.plot(steps[writing], values["numbers"][writing], "s", color=RED, markersize=5)
    top.set(ylim=(-1.15, 1.15), ylabel="输入")
    top.set_title("红方块：带“写”的标记")
    middle.plot(steps, values["forget"], "-", color=NAVY, marker="o", markersize=3)
    middle.plot(steps, values["input"], "--", color=GREEN, marker="^", markersize=3)
    middle.set(ylim=(-0.08, 1.12), ylabel="门的开度")
    label(middle, "遗忘门", (28.5, 0.86), colour=NAVY, ha="center", va="center")
    label(middle, "输入门", (28.5, 0.15), colour=GREEN, ha="center", va="center")
    bottom.step(steps, values["target"], where="mid", color=RED, linestyle="--", linewidth=1)
    bottom.plot(steps, values["answers"], "o", color=NAVY, markersize=3)
    bottom.set(ylim=(-1.15, 1.15), ylabel="输出", xlabel="时间步")
    bottom.set_title("点：网络的回答；虚线：正确的数")
    return figure


def results(values):
    for gate, name in (("forget", "遗忘门"), ("input", "输入门")):
        writing, holding = values[f"{gate}_when_writing"], values[f"{gate}_when_holding"]
        yield f"{name}的平均开度", f"写 {writing:.2f}，保持 {holding:.3f}"
    yield f"{values['test_length']} 步长的序列上的均方根误差", f"{values['error']:.3f}"
