"""没有位置编码的 Transformer 分不清先后

上：位置编码的正弦分量，每行一个位置。左边的维变得快，右边的维变得慢，每行都不同。下：同一个单层
Transformer 学着判断甲、乙两个词哪个在前。不给位置时，打乱输入只会让输出跟着换位，正确率停在乱猜；
加上正弦编码就学得会；什么都不加、只用因果掩码，也学得会，因为每个词看得见的前文多少不同。
"""

import numpy as np
import torch
from torch import nn

from bindery.demos.style import GREEN, MUTED, NAVY, RED, SEQUENTIAL, label, new_figure

ALT = (
    "上图是正弦位置编码的色块图：左侧各列条纹很密，越往右越疏。下图三条正确率曲线："
    "正弦编码和因果掩码都升到接近 1，既无编码又无掩码的停在 0.5 左右。"
)
# Whether a curve rises a few steps sooner depends on the rounding of the device.
TOLERANCE = {"sinusoidal": 0.2, "causal": 0.2, "none": 0.2, "final": 0.1, "equivariance": 0.3}
VOCABULARY, LENGTH, D_MODEL, STEPS, BATCH, WINDOW = 12, 10, 32, 128, 64, 8
KINDS = ("sinusoidal", "causal", "none")


def sinusoidal(length, d):
    """PE[t, 2i] = sin(t / 10000^(2i/d)), PE[t, 2i+1] = cos of the same. -> (length, d)"""
    angle = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)  # (T, d/2)
    return torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1)


def sentences(count):
    """Words 0 to 9 with one 10 and one 11 among them; is 10 the earlier? -> (B, T), (B,)"""
    words = torch.randint(10, (count, LENGTH))
    places = torch.rand(count, LENGTH).argsort(dim=1)[:, :2]  # two different ones
    words.scatter_(1, places, torch.tensor([[10, 11]]).expand(count, 2))
    return words, (places[:, 0] < places[:, 1]).long()


class Classifier(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, D_MODEL)
        self.layer = nn.TransformerEncoderLayer(
            D_MODEL, nhead=4, dim_feedforward=64, dropout=0.0, batch_first=True, norm_first=True
        )
        self.out = nn.Linear(D_MODEL, 2)
        positions = sinusoidal(LENGTH, D_MODEL) * (kind == "sinusoidal")
        self.register_buffer("positions", positions)
        hidden = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)  # True: must not be seen
        self.register_buffer("mask", hidden if kind == "causal" else hidden & False)

    def states(self, words):  # (B, T) -> (B, T, d)
        return self.layer(self.embed(words) + self.positions, src_mask=self.mask)

    def forward(self, words):
        return self.out(self.states(words).mean(1))  # (B, 2)


def compute(device):
    values = {"steps": STEPS, "sines": sinusoidal(50, 64)[:, ::2]}  # (50, 32)
    final, moved = [], []
    for kind in KINDS:
        torch.manual_seed(0)
        model = Classifier(kind).to(device)
        optimizer = torch.optim.Adam(model.parameters(), 3e-3)
        right = []
        for _ in range(STEPS):
            words, target = (each.to(device) for each in sentences(BATCH))
            logits = model(words)
            loss = nn.functional.cross_entropy(logits, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right.append((logits.argmax(1) == target).float().mean())
        values[kind] = torch.stack(right).view(-1, WINDOW).mean(1)
        with torch.no_grad():
            words, target = (each.to(device) for each in sentences(1000))
            final.append((model(words).argmax(1) == target).float().mean())
            order = torch.randperm(LENGTH).to(device)
            states = model.states(words)
            gap = model.states(words[:, order]) - states[:, order]
            moved.append(gap.norm() / states.norm())
    assert moved[2] < 1e-5, "without positions and mask, outputs just move along"
    assert min(moved[:2]) > 0.1, "with either, they change"
    assert final[2] < 0.6 and min(final[:2]) > 0.9
    return values | {"final": torch.stack(final), "equivariance": torch.stack(moved)}


def draw(values):
    figure, (above, below) = new_figure(height=4.0, rows=2)
    above.imshow(values["sines"], cmap=SEQUENTIAL, vmin=-1, vmax=1, aspect="auto")
    above.set(title="正弦分量：深为负，浅为正", xlabel="第 $i$ 对", ylabel="位置")
    above.set(xticks=(0, 8, 16, 24, 31), yticks=(0, 25, 49))
    steps = (np.arange(len(values["none"])) + 0.5) * WINDOW
    styles = (
        ("causal", "只加因果掩码", GREEN, "-", (STEPS, 1.08), "right"),
        ("sinusoidal", "正弦编码", NAVY, "-", (56, 0.78), "left"),
        ("none", "都不加", RED, "--", (STEPS, 0.38), "right"),
    )
    for kind, text, colour, line, at, side in styles:
        below.plot(steps, values[kind], line, color=colour)
        label(below, text, at, colour=colour, ha=side, va="center")
    below.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
    below.set(ylim=(0.3, 1.15), yticks=(0.5, 0.75, 1), xlabel="训练步数", ylabel="正确率")
    return figure


def results(values):
    names = ("正弦编码", "因果掩码，无编码", "无编码，无掩码")
    for name, right, gap in zip(names, values["final"], values["equivariance"], strict=True):
        yield f"{name}：1000 句新句子的正确率", f"{right:.1%}"
        yield f"{name}：打乱输入，输出除换位外的相对改变", f"{gap:.1e}"
