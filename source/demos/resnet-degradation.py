"""退化：加深的普通网络学不动，残差网络学得动

在同一批真实手写数字上训练，宽度、层数、批归一化、优化器全都相同，只差一条捷径。看的是训练损失，
所以与过拟合无关。普通网络由 6 层加到 34 层，训练损失反而越来越高；残差网络加到 34 层只慢一点。
粗略对应 He 等 2015 年观察到的现象，这里用全连接的小网络重现。
"""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from bindery.demos.style import BLUE, INK, NAVY, RED, SKY, label, new_figure

ALT = (
    "左右两幅训练损失曲线，横轴是步数。左为普通网络：6 层降到很低，18 层停在高处，34 层几乎不降。"
    "右为残差网络：6、18、34 层三条曲线都降到很低，挨得很近。"
)
# Chaos of training: rounding that differs between devices grows over the steps.
TOLERANCE = {
    "plain_curves": 0.2,
    "residual_curves": 0.3,
    "plain_final": 0.15,
    "residual_final": 0.3,
}
DEPTHS, WIDTH, STEPS, BATCH, WINDOW = (6, 18, 34), 32, 100, 64, 5


class Block(nn.Module):
    """Two layers, each Linear, BatchNorm, ReLU; with a shortcut or without. (B, 32) -> (B, 32)"""

    def __init__(self, shortcut):
        super().__init__()
        layers = (nn.Linear(WIDTH, WIDTH, bias=False), nn.BatchNorm1d(WIDTH))
        self.residual = nn.Sequential(
            *layers,
            nn.ReLU(),
            nn.Linear(WIDTH, WIDTH, bias=False),
            nn.BatchNorm1d(WIDTH),
        )
        self.shortcut = shortcut

    def forward(self, x):
        y = self.residual(x)
        return torch.relu(x + y if self.shortcut else y)


def network(depth, shortcut):
    blocks = [Block(shortcut) for _ in range((depth - 2) // 2)]
    return nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), *blocks, nn.Linear(WIDTH, 10))


def compute(device):
    digits = load_digits()
    x = torch.tensor(digits.data, dtype=torch.float32, device=device) / 16  # (1797, 64)
    y = torch.tensor(digits.target, device=device)
    values = {"depths": list(DEPTHS), "steps": STEPS}
    for kind, shortcut in (("plain", False), ("residual", True)):
        curves = []
        for depth in DEPTHS:
            torch.manual_seed(0)
            model = network(depth, shortcut).to(device)
            optimizer = torch.optim.SGD(model.parameters(), 0.02, momentum=0.9)
            losses = []
            for _ in range(STEPS):
                batch = torch.randint(len(x), (BATCH,)).to(device)
                loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())
            curves.append(torch.stack(losses))
            values[f"parameters_{depth}"] = sum(each.numel() for each in model.parameters())
        curves = torch.stack(curves)  # (depths, STEPS)
        values[f"{kind}_curves"] = curves.view(len(DEPTHS), -1, WINDOW).mean(-1)
        values[f"{kind}_final"] = curves[:, -20:].mean(-1)  # of the last 20 batches
    plain, residual = values["plain_final"], values["residual_final"]
    assert (plain.diff() > 0.3).all(), "the plain network did not degrade"
    assert plain[-1] > 3 * residual[-1], "the shortcut did not help"
    return values


def draw(values):
    figure, panels = new_figure(height=2.7, columns=2, sharey=True)
    steps = (np.arange(values["plain_curves"].shape[1]) + 0.5) * WINDOW
    styles = ((SKY, "-"), (RED, "--"), (NAVY, "-"))
    titles = ("普通网络", "残差网络")
    for axes, kind, title in zip(panels, ("plain", "residual"), titles, strict=True):
        for curve, (colour, line) in zip(values[f"{kind}_curves"], styles, strict=True):
            axes.plot(steps, curve, line, color=colour)
        axes.set(title=title, xlabel="训练步数", ylim=(0, 3.2), xticks=(0, 50, 100))
    for depth, (colour, _), height in zip(DEPTHS, styles, (0.36, 1.25, 2.2), strict=True):
        dark = BLUE if colour == SKY else colour
        label(panels[0], f"{depth} 层", (STEPS, height), colour=dark, ha="right")
    label(panels[1], "6、18、34 层\n都学得下去", (STEPS, 1.25), colour=INK, ha="right")
    panels[0].set_ylabel("训练损失")
    return figure


def results(values):
    for kind, name in (("plain", "普通网络"), ("residual", "残差网络")):
        for depth, loss in zip(DEPTHS, values[f"{kind}_final"], strict=True):
            parameters = values[f"parameters_{depth}"]
            yield f"{name}，{depth} 层（{parameters:,} 个参数）", f"最后 20 批的平均损失 {loss:.2f}"
