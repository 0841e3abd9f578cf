"""多头注意力：一个头只有一套权重，顾此失彼

任务：每个位置要同时报出前 1 个和前 3 个符号。上：两个头训练之后各盯一个距离，每行是一个位置，
颜色越深权重越大；最上面三行没有前 3 个，不计分。下：宽度与参数量都相同，只是把 32 维分成
1、2、4 个头。单头只能把两处混成一个平均，分不清谁是谁；两个头就够了，四个头也一样。
"""

import torch
from torch import nn

from bindery.demos.style import MUTED, NAVY, RED, label, new_figure

ALT = (
    "上面两张 12 行 12 列的权重热图：一个头的深色格子排成紧邻对角线的斜线，另一个头的斜线再远两格。"
    "下面的正确率曲线：2 头与 4 头很快升到 1，单头停在 0.2 以下。"
)
TOLERANCE = {
    "accuracy_1": 0.4,
    "accuracy_2": 0.2,
    "accuracy_4": 0.2,
    "weights": 0.2,
    "head_weight": 0.05,
    "final": 0.1,
}
SYMBOLS, LENGTH, D_MODEL, STEPS, BATCH, WINDOW = 8, 12, 32, 120, 64, 6
HEADS, DISTANCES = (1, 2, 4), (1, 3)


class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))

    def forward(self, x):  # (B, T, d)
        B, T, d = x.shape
        # Split the width, not the input: (B, T, d) -> (B, h, T, d/h)
        split = (B, T, self.heads, d // self.heads)
        q, k, v = (layer(x).view(split).transpose(1, 2) for layer in (self.q, self.k, self.v))
        weights = (q @ k.mT / (d // self.heads) ** 0.5).softmax(-1)  # (B, h, T, T)
        y = (weights @ v).transpose(1, 2).reshape(B, T, d)  # heads side by side again
        return self.o(y), weights


class Recall(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, D_MODEL)
        self.positions = nn.Parameter(torch.randn(LENGTH, D_MODEL))
        self.attention = MultiHeadAttention(D_MODEL, heads)
        self.out = nn.Linear(D_MODEL, len(DISTANCES) * SYMBOLS)

    def forward(self, symbols):  # (B, T) -> (B, T, 2, 8), (B, h, T, T)
        y, weights = self.attention(self.embed(symbols) + self.positions)
        return self.out(y).unflatten(-1, (len(DISTANCES), SYMBOLS)), weights


def compute(device):
    values = {"heads": list(HEADS), "distances": list(DISTANCES)}
    finals = []
    for heads in HEADS:
        torch.manual_seed(0)
        model = Recall(heads).to(device)
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        right = []
        for _ in range(STEPS):
            symbols = torch.randint(SYMBOLS, (BATCH, LENGTH)).to(device)
            logits, weights = model(symbols)
            logits = logits[:, 3:]  # (B, T - 3, 2, 8): earlier places lack a third before
            target = torch.stack([symbols[:, 3 - d : LENGTH - d] for d in DISTANCES], dim=-1)
            loss = nn.functional.cross_entropy(logits.flatten(0, 2), target.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right.append((logits.argmax(-1) == target).all(-1).float().mean())
        right = torch.stack(right)
        values[f"accuracy_{heads}"] = right.view(-1, WINDOW).mean(1)
        finals.append(right[-20:].mean())
        if heads == 2:
            values["weights"] = weights.mean(0).detach()  # (h, T, T), over the last batch
        values[f"parameters_{heads}"] = sum(each.numel() for each in model.attention.parameters())
    values["final"] = torch.stack(finals)
    assert finals[0] < 0.5, "one head sufficed"
    assert min(finals[1:]) > 0.98, "several heads did not suffice"
    # Mean weight of each head at each distance, over the places that have both. (h, 2)
    diagonals = [values["weights"].diagonal(-d, 1, 2)[:, 3 - d :].mean(1) for d in DISTANCES]
    values["head_weight"] = torch.stack(diagonals, dim=1)
    assert (values["head_weight"].amax(1) > 0.9).all(), "a head that looks at two places"
    return values


def draw(values):
    figure, axes = new_figure(height=4.1)
    axes.remove()
    above, below = figure.subfigures(2, 1, height_ratios=(1.1, 1))
    for number, axes in enumerate(above.subplots(1, 2), start=1):
        axes.imshow(values["weights"][number - 1], cmap="Blues", vmin=0, vmax=1)
        distance = DISTANCES[int(values["head_weight"][number - 1].argmax())]
        axes.set(title=f"头 {number}：看前 {distance} 个", xlabel="被看的位置", xticks=(0, 5, 10))
        axes.set(yticks=(0, 5, 10), ylabel="位置" if number == 1 else "")
        axes.spines[:].set_visible(True)
    axes = below.subplots()
    steps = [WINDOW * (window + 0.5) for window in range(len(values["accuracy_1"]))]
    styles = (
        (1, "1 个头", RED, "--", (STEPS, 0.29), "right"),
        (2, "2 个头", NAVY, "-", (15.5, 0.8), "right"),
        (4, "4 个头", MUTED, "-.", (27, 0.55), "left"),
    )
    for heads, text, colour, line, at, side in styles:
        axes.plot(steps, values[f"accuracy_{heads}"], line, color=colour)
        label(axes, text, at, colour=colour, ha=side, va="center")
    axes.set(ylim=(0, 1.05), xlabel="训练步数", ylabel="两个都报对")
    return figure


def results(values):
    for heads, right in zip(HEADS, values["final"], strict=True):
        parameters = values[f"parameters_{heads}"]
        yield f"{heads} 个头（注意力 {parameters:,} 个参数）：两个都报对", f"{right:.1%}"
    yield "乱猜两个都对", f"{1 / SYMBOLS**2:.1%}"
